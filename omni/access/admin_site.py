"""The back office: staff sessions only, and grants instead of Django's model permissions.

Each page names the permission to look and the permission to change. A grant for one location opens
a page only if the page says how to narrow its rows (``rows_for``); otherwise it takes a grant for
everything. Adding and deleting are off unless a page turns them on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from omni.access.actor import ANONYMOUS, Actor
from omni.access.admin_forms import PlainForm, named_in, words_of_breach
from omni.access.authorship import signed_by
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.access.sessions import SecondFactorRequired, staff_actor
from omni.core.errors import DomainError
from omni.core.zones import home_zone

logger = logging.getLogger(__name__)

# Fields that no page shows. Asking which rows begin with a letter would spell them out.
_SECRET_FIELD = re.compile(r"password|digest|secret|token")
Notice = Callable[[], Iterable[str]]
_NOTICES: list[tuple[Permission, Notice]] = []
OUR_APPS = frozenset({"omni", "inventory", "customers", "orders", "journeys"})


def notice(permission: Permission) -> Callable[[Notice], Notice]:
    """Register what the first page of the back office warns of, for those who may mend it."""

    def keep(tell: Notice) -> Notice:
        _NOTICES.append((permission, tell))
        return tell

    return keep


def actor_of(request: HttpRequest) -> Actor:
    """The member of staff behind a page's request; an anonymous actor if there is none."""
    try:
        return staff_actor(request) or ANONYMOUS
    except SecondFactorRequired:
        return ANONYMOUS


class StaffAdminSite(admin.AdminSite):
    """Open to every signed-in member of staff; what they see there is up to their grants."""

    site_header = _("Back office")
    site_title = _("Omni")
    index_title = _("Back office")
    enable_nav_sidebar = False
    left_out: ClassVar[list[str]] = []

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages that ask for grants. Those that libraries bring along are left out: they
        know nothing of grants, and one of them shows the secrets of second factors. A page of
        ours that is not guarded is left out too, and a system check names it."""
        if admin_class is not None and issubclass(admin_class, GuardedAdmin):
            super().register(model_or_iterable, admin_class, **options)
        elif admin_class is None or admin_class.__module__.split(".")[0] in OUR_APPS:
            self.left_out.append(str(admin_class))

    def has_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).kind == "staff"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the frame of the back office shows, as its other pages have it."""
        context: dict[str, Any] = super().each_context(request)
        return context | {"actor": actor_of(request), "place": None}

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Each page tells times in the merchant's zone; what it changes is signed."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(home_zone()), self._signed(request):
                response = inner(request, *args, **kwargs)
                # Templates are filled in later otherwise, when the zone is UTC again.
                return response.render() if hasattr(response, "render") else response

        return page

    def _signed(self, request: HttpRequest) -> AbstractContextManager[None]:
        actor = actor_of(request) if request.method == "POST" else ANONYMOUS
        return signed_by(actor) if actor.kind == "staff" else nullcontext()

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        actor = actor_of(request)
        for permission, tell in _NOTICES:
            if actor.may_everywhere(permission):
                for words in tell():
                    messages.warning(request, words)
        return super().index(request, extra_context)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django's own sign-in knows no second factor, so it only leads to ours."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied
        target = request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))
        query = urlencode({REDIRECT_FIELD_NAME: target})
        return HttpResponseRedirect(f"{reverse('account_login')}?{query}")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Only for fields for which a page offers it: Django would list any table that a row
        refers to, customers too, past the pages that log who looks at them."""
        asked = tuple(
            request.GET.get(name, "") for name in ("app_label", "model_name", "field_name")
        )
        if asked not in self._offered():
            raise PermissionDenied
        return super().autocomplete_view(request)

    def _offered(self) -> set[tuple[str, ...]]:
        forms: list[tuple[Any, Any]] = [*self._registry.items()]
        forms += [(each.model, each) for page in self._registry.values() for each in page.inlines]
        return {
            (model._meta.app_label, str(model._meta.model_name), str(field))  # noqa: SLF001
            for model, form in forms
            for field in form.autocomplete_fields
        }

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return HttpResponseRedirect(reverse("account_change_password"))


class GuardedAdmin(admin.ModelAdmin[Any]):
    """Base of every admin page of ours."""

    view_permission: ClassVar[Permission]
    edit_permission: ClassVar[Permission | None] = None
    may_add: ClassVar[bool] = False
    may_delete: ClassVar[bool] = False
    scoped: ClassVar[bool] = False
    logged_as: ClassVar[str] = ""
    form = PlainForm
    list_per_page = 50
    show_full_result_count = False

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the actor may see; pages with ``scoped = True`` narrow them here."""
        return rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.rows_for(actor_of(request), super().get_queryset(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._granted(request, self.view_permission) or self._may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and self._may_edit(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and self._may_edit(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        self._log_look(request, response, object_id)
        return response

    def _log_look(self, request: HttpRequest, response: HttpResponse, object_id: str) -> None:
        if self.logged_as and response.status_code == 200:
            log_view(actor=actor_of(request), kind=self.logged_as, subject_id=object_id)

    # What an operation refuses is told above the page, and the page is shown again. Where it names
    # fields it is told at them, and what was typed stays.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = (request, object_id, form_url, extra_context)
        try:
            return super().changeform_view(*shown)
        except DomainError as error:
            if not named_in(error):
                return _told(request, error.message)
            request.refused = error  # type: ignore[attr-defined]
        except IntegrityError as error:
            logger.warning("a page kept a row that the database refuses", exc_info=error)
            models = (self.model, *(each.model for each in self.inlines))
            return _told(request, words_of_breach(error, models))
        return super().changeform_view(*shown)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        made: type[Any] = super().get_form(request, obj, change, **kwargs)
        refused = getattr(request, "refused", None)
        return type(made.__name__, (made,), {"refused": refused}) if refused else made

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except DomainError as error:
            return _told(request, error.message)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            return _told(request, error.message)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django looks the row up first, and so tells strangers whether it is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = super().history_view(request, object_id, extra_context)
        self._log_look(request, response, object_id)
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Django lets a list be narrowed by any field of its rows, shown or not."""
        return not _SECRET_FIELD.search(lookup) and super().lookup_allowed(lookup, value, request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Choices are those of the rows that the actor sees, not all stores, tills or channels."""
        return [
            (each, admin.RelatedOnlyFieldListFilter) if self._is_relation(each) else each
            for each in super().get_list_filter(request)
        ]

    def _is_relation(self, each: Any) -> bool:
        if not isinstance(each, str):
            return False
        try:
            return bool(get_fields_from_path(self.model, each)[-1].is_relation)
        except FieldDoesNotExist:
            return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many rows at once goes round the operations, so it is not offered."""
        return {k: v for k, v in super().get_actions(request).items() if k != "delete_selected"}

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> Any:
        return super().get_action_choices(request, [("", str(_("With what is ticked …")))])

    def _may_edit(self, request: HttpRequest) -> bool:
        return self.edit_permission is not None and self._granted(request, self.edit_permission)

    def _granted(self, request: HttpRequest, permission: Permission) -> bool:
        actor = actor_of(request)
        return actor.may(permission) if self.scoped else actor.may_everywhere(permission)


def _told(request: HttpRequest, words: str | Promise) -> HttpResponse:
    messages.error(request, str(words))
    return HttpResponseRedirect(request.get_full_path())


def adopt(shown: Model, written: Model) -> None:
    """Let a form's object stand for the row that an operation wrote in its place."""
    shown.__dict__.update(written.__dict__)


class LedgerAdmin(GuardedAdmin):
    """Rows that are only ever looked at: ledgers, events, logs."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
