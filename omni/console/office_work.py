"""Incidents of all stores: what went wrong, where, and what was decided."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from omni.access.names import names_of
from omni.access.permissions import Permission
from omni.console.questions import OfficeScreen
from omni.console.work import DecisionForm, facts_of
from omni.rest.pagination import page
from omni.screens import office_counts, subjects, twins
from omni.screens.sentences import Part, part
from omni.screens.views import Done
from omni.work import operations, queries
from omni.work.models import Incident, IncidentStatus

ROWS = 50
KEYS = ("-last_at", "-id")


class Incidents(OfficeScreen):
    """Those that wait for a decision first; of all stores that one may see."""

    permission = Permission.WORK_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        status = request.GET.get("status", IncidentStatus.OPEN.value)
        status = status if status in (*IncidentStatus.values, "all") else IncidentStatus.OPEN.value
        granted = self.actor.location_ids(Permission.WORK_VIEW)
        places = [each for each in self.places() if granted is None or each.pk in granted]
        store = next((each for each in places if str(each.pk) == request.GET.get("store")), None)
        rows = queries.incidents(self.actor, location_id=store.pk if store else None)
        if status != "all":
            rows = rows.filter(status=status)
        found = page(rows, keys=KEYS, cursor=request.GET.get("after"), limit=ROWS)
        names = {each.pk: each.name for each in places}
        query = urlencode({"status": status, "store": str(store.pk) if store else ""})
        context = {
            "parts": _sentence(status, store, places),
            "rows": [{"row": row, "place": names.get(row.location_id, "")} for row in found.rows],
            "is_open": status == IncidentStatus.OPEN,
            "after": f"?{query}&{urlencode({'after': found.next})}" if found.next else "",
            "before": f"?{query}" if request.GET.get("after") else "",
        }
        return self.show("office/work/incidents.html", context)


def _sentence(status: str, store: Any, places: list[Any]) -> list[Part]:
    here = str(store.pk) if store else ""
    states = [
        (IncidentStatus.OPEN.value, _("what is to be decided")),
        (IncidentStatus.DECIDED.value, _("what is decided and not done")),
        (IncidentStatus.CLOSED.value, _("what is closed")),
        ("all", _("everything")),
    ]
    stores = [("", _("all places")), *((str(each.pk), each.name) for each in places)]

    def word(name: str, before: str, value: str, choices: list[tuple[str, str]]) -> Part:
        asked = {"status": status, "store": here}
        return part(name, before, value, choices, lambda code: urlencode({**asked, name: code}))

    return [word("status", _("Show"), status, states), word("store", _("in"), here, stores)]


class IncidentPage(OfficeScreen):
    """What went wrong, what is known about it, and the decision."""

    permission = Permission.WORK_VIEW

    def get(self, request: HttpRequest, incident_id: UUID) -> HttpResponse:
        row = queries.get_one(self.actor, Incident, incident_id)
        names = names_of([row.opened_by, row.decided_by])
        place = next((each.name for each in self.places() if each.pk == row.location_id), "")
        context = {
            "incident": row,
            "place_name": place,
            "page": twins.in_office(subjects.page_of(row)),
            "opened_by": names.get(row.opened_by, ""),
            "decided_by": names.get(row.decided_by, ""),
            "facts": facts_of(row.details),
            "form": self.fresh(DecisionForm),
            "may_decide": self.actor.may(Permission.WORK_DECIDE, location_id=row.location_id),
        }
        return self.show("office/work/incident.html", context)

    def post(self, request: HttpRequest, incident_id: UUID) -> HttpResponse:
        return self.once(lambda: self._decide(incident_id))

    def _decide(self, incident_id: UUID) -> Done:
        queries.get_one(self.actor, Incident, incident_id)
        office_counts.forget(self.actor)
        if self.request.POST.get("do") == "close":
            operations.close_incident(incident_id=incident_id, actor=self.actor)
            return Done(reverse("office:incidents"), _("Closed"))
        note = self.form(DecisionForm).cleaned_data["note"]
        operations.decide_incident(
            incident_id=incident_id, decision="by_words", note=note, actor=self.actor
        )
        return Done(reverse("office:incidents"), _("Decided"))
