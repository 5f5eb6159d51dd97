"""What happened to a record: who, when, what was changed from what to what, and who looked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst

from customers.back_office import CustomerPages
from omni.access.admin_site import GuardedAdmin
from omni.access.models import AccessLog
from omni.access.names import names_of
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.console.changes import changes_of, keeps_changes
from omni.console.questions import OfficeScreen
from omni.core.errors import NotFound
from omni.screens.views import STAFF
from orders.history import happened_to

LOOKS = 20


class Activity(OfficeScreen):
    """One record of a list that one may see. Missing and forbidden look the same."""

    permission = STAFF

    def get(self, request: HttpRequest, label: str, key: str) -> HttpResponse:
        page, row = self._row(request, label, key)
        model = type(row)
        kind, subject = _look_of(page, row)
        if kind:
            log_view(actor=self.actor, kind=kind, subject_id=subject, reason="activity")
        changes = changes_of(model, row.pk)
        looks = self._looks(kind, subject)
        names = names_of(
            [*(each.principal for each in changes), *(each.principal for each in looks)]
        )
        opts = model._meta  # noqa: SLF001
        context = {
            "row": row,
            "kind": capfirst(opts.verbose_name_plural),
            "list_url": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
            "row_url": reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk]),
            "changes": [{"change": each, "who": names.get(each.principal, "")} for each in changes],
            "keeps_changes": keeps_changes(model),
            "events": happened_to([row.pk]) if isinstance(row.pk, UUID) else [],
            "looks": [{"look": each, "who": names.get(each.principal, "")} for each in looks],
        }
        return self.show("office/activity/activity.html", context)

    def _row(self, request: HttpRequest, label: str, key: str) -> tuple[GuardedAdmin, Model]:
        """The row as its list lets the person see it. Raises: NotFound."""
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            raise NotFound from None
        page: Any = admin.site._registry.get(model)  # noqa: SLF001
        if not isinstance(page, GuardedAdmin) or not page.has_view_permission(request):
            raise NotFound
        try:
            row = page.get_queryset(request).filter(pk=unquote(key)).first()
        except (ValidationError, ValueError):
            raise NotFound from None
        if row is None:
            raise NotFound
        return page, row

    def _looks(self, kind: str, subject: str) -> list[AccessLog]:
        if not kind or not self.actor.may_everywhere(Permission.AUDIT_VIEW):
            return []
        return list(AccessLog.objects.filter(kind=kind, subject_id=subject).order_by("-id")[:LOOKS])


def _look_of(page: GuardedAdmin, row: Model) -> tuple[str, str]:
    """Kind and subject under which a look at the row is logged; ("", …) if it is not."""
    if isinstance(page, CustomerPages):
        return page.look_of(row)
    return page.logged_as, str(row.pk)
