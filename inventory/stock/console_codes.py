"""A code that nobody knows: what was scanned, where and by whom, and which goods it shall mean.

Who looks after the catalog searches the goods and links it; others pass it on to somebody who does.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.catalog.barcodes import is_gtin
from inventory.catalog.pictures import Picture, pictures_of
from inventory.catalog.unknown_codes import get_unknown_code, link_unknown_code
from inventory.locations.models import Location
from inventory.stock import looking
from omni.access.names import names_of
from omni.access.people import who_may
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens import codes, moment
from omni.screens.views import Done, Screen
from omni.work import operations as work
from omni.work.models import Task, TaskStatus

MOST = 12


class ChoiceForm(forms.Form):
    """The goods, or the colleague."""

    chosen = forms.UUIDField()


class UnknownCode(Screen):
    """What is known of the code, and a search for what it is."""

    permission = Permission.WORK_VIEW

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        task = get_unknown_code(self.actor, task_id)
        text = codes.cleaned(request.GET.get("q", ""))
        may_link = self.actor.may(Permission.CATALOG_EDIT)
        known = self._goods(task.subject_id, exact=True)
        context = {
            "task": task,
            "is_over": task.status not in (TaskStatus.OPEN, TaskStatus.DOING),
            "is_gtin": is_gtin(task.subject_id),
            "who": names_of([task.created_by]).get(task.created_by, ""),
            "where": self._where(task),
            "known": known,
            "text": text,
            "found": self._goods(text) if text and may_link and not known else [],
            "may_link": may_link,
            "people": [] if may_link else self._keepers(task),
        }
        return self.show("console/stock/unknown_code.html", context)

    def _goods(self, text: str, *, exact: bool = False) -> list[dict[str, Any]]:
        """Goods that a code or words mean, with their pictures."""
        here, now = self.place.location_id, moment.now()
        rows = looking.exact_variants(text, location_id=here, now=now)
        if not rows and not exact:
            rows = looking.find_variants(text, location_id=here, now=now, limit=MOST)
        pictures = pictures_of([row.id for row in rows])
        return [{"row": row, "picture": pictures.get(row.id, Picture("", ""))} for row in rows]

    def _where(self, task: Task) -> str:
        rows = Location.objects.filter(pk__in=[task.location_id] if task.location_id else [])
        name = rows.values_list("name", flat=True).first()
        return ", ".join(filter(None, [name, task.details.get("scanned_at", "")]))

    def _keepers(self, task: Task) -> list[Any]:
        """Who looks after the catalog, besides the one who looks at the page."""
        place = task.location_id or self.place.location_id
        people = who_may(Permission.CATALOG_EDIT, place)
        return [each for each in people if each.user_id != self.actor.user_id]


class LinkCode(UnknownCode):
    """It means these goods."""

    permissions = {"GET": Permission.WORK_VIEW, "POST": Permission.CATALOG_EDIT}

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        return self.once(lambda: self._link(task_id))

    def _link(self, task_id: UUID) -> Done:
        chosen = self.form(ChoiceForm).cleaned_data["chosen"]
        made = link_unknown_code(task_id=task_id, variant_id=chosen, actor=self.actor)
        said = _("The code means %(sku)s from now on, at every till.") % {"sku": made.variant.sku}
        return Done(reverse("console:tasks"), said)


class PassCodeOn(UnknownCode):
    """Somebody who looks after the catalog is asked."""

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        return self.once(lambda: self._pass(task_id))

    def _pass(self, task_id: UUID) -> Done:
        chosen = self.form(ChoiceForm).cleaned_data["chosen"]
        task = get_unknown_code(self.actor, task_id)
        keeper = next((each for each in self._keepers(task) if each.user_id == chosen), None)
        if keeper is None:
            raise NotFound
        work.pass_task_on(task_id=task_id, to_user_id=chosen, actor=self.actor)
        said = _("%(name)s is asked to find out what it is") % {"name": keeper.name}
        return Done(reverse("console:tasks"), said)
