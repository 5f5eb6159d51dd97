"""Tasks, incidents and approvals of a store: what is due, who has it, what a person decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access import pins
from omni.access.names import names_of
from omni.access.permissions import Permission
from omni.access.sessions import device_of
from omni.core import clock
from omni.core.money import Money
from omni.screens import subjects
from omni.screens.views import Done, Screen
from omni.work import operations, queries
from omni.work.models import (
    LIVE_TASKS,
    Approval,
    ApprovalStatus,
    Incident,
    IncidentStatus,
    Task,
)

ROWS = 100
LATELY = timedelta(days=7)
LIVE_INCIDENTS = (IncidentStatus.OPEN, IncidentStatus.DECIDED)


class NoteForm(forms.Form):
    """A few words beside a decision."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=forms.Textarea
    )


class DecisionForm(NoteForm):
    """What shall be done about an incident."""

    note = forms.CharField(
        label=gettext_lazy("What shall be done"), max_length=500, widget=forms.Textarea
    )


class TaskForm(forms.Form):
    """A task for the store, or for one person of it."""

    title = forms.CharField(label=gettext_lazy("What is to be done"), max_length=200)
    assignee = forms.UUIDField(label=gettext_lazy("For"), required=False)
    due_at = forms.DateTimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )


class Tasks(Screen):
    """The store's tasks: mine, nobody's, all; one can be added."""

    permission = Permission.WORK_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(_live_tasks(self))
        whose = request.GET.get("whose", "")
        shown = [row for row in rows if _is_in(row, whose, self.actor.user_id)]
        people = pins.people_at(self.place.location_id)
        names = {each.user_id: each.name for each in people}
        context = {
            "tasks": [{**_with_page(row), "has_it": names.get(row.assignee_id)} for row in shown],
            "whose": whose,
            "mine": sum(_is_in(row, "mine", self.actor.user_id) for row in rows),
            "nobodys": sum(_is_in(row, "nobodys", None) for row in rows),
            "total": len(rows),
            "people": people,
            "form": self.fresh(TaskForm),
            "may_decide": self._may_decide(),
            **_tab_counts(self, tasks=len(rows)),
        }
        return self.show("console/work/tasks.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._create)

    def _create(self) -> Done:
        given = self.form(TaskForm).cleaned_data
        place = self.place.location_id
        operations.create_task(
            matter=operations.Matter("note", "location", place, place),
            title=given["title"],
            due_at=given["due_at"],
            assignee_id=given["assignee"],
            actor=self.actor,
        )
        return Done(reverse("console:tasks"), _("Task added"))

    def _may_decide(self) -> bool:
        return self.actor.may(Permission.WORK_DECIDE, location_id=self.place.location_id)


class TaskStep(Screen):
    """One step of a task: taken, given back, done, dropped."""

    permission = Permission.WORK_VIEW
    operation: Callable[..., Task]
    said: str | Promise

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        return self.once(lambda: self._step(task_id))

    def _step(self, task_id: UUID) -> Done:
        type(self).operation(task_id=task_id, actor=self.actor)
        return Done(self.came_from(), str(self.said))


class TakeTask(TaskStep):
    operation = staticmethod(operations.take_task)
    said = gettext_lazy("It is yours now")


class GiveTaskBack(TaskStep):
    operation = staticmethod(operations.give_task_back)
    said = gettext_lazy("Given back, for somebody else to take")


class FinishTask(TaskStep):
    operation = staticmethod(operations.finish_task)
    said = gettext_lazy("Done")


class DropTask(TaskStep):
    permission = Permission.WORK_DECIDE
    operation = staticmethod(operations.drop_task)
    said = gettext_lazy("Dropped")


class Incidents(Screen):
    """What went wrong at the store and waits for a decision, or for being carried out."""

    permission = Permission.WORK_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(_live_incidents(self))
        names = names_of([row.decided_by for row in rows])
        context = {
            "incidents": [
                {**_with_page(row), "decided_by": names.get(row.decided_by, "")} for row in rows
            ],
            "may_decide": self.actor.may(
                Permission.WORK_DECIDE, location_id=self.place.location_id
            ),
            **_tab_counts(self, incidents=len(rows)),
        }
        return self.show("console/work/incidents.html", context)


class IncidentPage(Screen):
    """One incident: what is known, and the decision."""

    permissions = {"GET": Permission.WORK_VIEW, "POST": Permission.WORK_DECIDE}

    def get(self, request: HttpRequest, incident_id: UUID) -> HttpResponse:
        row: Incident = queries.get_one(self.actor, Incident, incident_id)
        names = names_of([row.opened_by, row.decided_by])
        context = {
            "incident": row,
            "page": subjects.page_of(row),
            "opened_by": names.get(row.opened_by, ""),
            "decided_by": names.get(row.decided_by, ""),
            "facts": facts_of(row.details),
            "form": self.fresh(DecisionForm),
            "may_decide": self.actor.may(Permission.WORK_DECIDE, location_id=row.location_id),
        }
        return self.show("console/work/incident.html", context)

    def post(self, request: HttpRequest, incident_id: UUID) -> HttpResponse:
        return self.once(lambda: self._decide(incident_id))

    def _decide(self, incident_id: UUID) -> Done:
        note = self.form(DecisionForm).cleaned_data["note"]
        operations.decide_incident(
            incident_id=incident_id, decision="by_words", note=note, actor=self.actor
        )
        return Done(reverse("console:incidents"), _("Decided"))


class CloseIncident(Screen):
    """What was decided has been done."""

    permission = Permission.WORK_DECIDE

    def post(self, request: HttpRequest, incident_id: UUID) -> HttpResponse:
        return self.once(lambda: self._close(incident_id))

    def _close(self, incident_id: UUID) -> Done:
        operations.close_incident(incident_id=incident_id, actor=self.actor)
        return Done(reverse("console:incidents"), _("Closed"))


class Approvals(Screen):
    """Who asks what, why, and how far above their limit; decided by somebody else."""

    permission = Permission.WORK_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(_live_approvals(self))
        lately = list(
            queries.approvals(self.actor, location_id=self.place.location_id)
            .exclude(status=ApprovalStatus.ASKED)
            .filter(asked_at__gt=clock.now() - LATELY)
            .order_by("-id")[:10]
        )
        names = names_of(
            [each for row in [*rows, *lately] for each in (row.asked_by, row.decided_by)]
        )
        may_decide = self.actor.may(Permission.WORK_DECIDE, location_id=self.place.location_id)
        context = {
            "approvals": [self._shown(row, names) for row in rows],
            "lately": [self._shown(row, names) for row in lately],
            "may_decide": may_decide,
            "seconds": [
                each
                for each in pins.people_at(self.place.location_id)
                if each.has_pin and each.user_id != self.actor.user_id
            ],
            **_tab_counts(self, approvals=len(rows)),
        }
        return self.show("console/work/approvals.html", context)

    def _shown(self, row: Approval, names: dict[str, str]) -> dict[str, Any]:
        return {
            **_with_page(row),
            "asked_by": names.get(row.asked_by, ""),
            "decided_by": names.get(row.decided_by, ""),
            "is_own": row.asked_by == self.actor.principal,
            "amount": amount_in(row.details, "amount_minor", self.place.currency),
            "limit": amount_in(row.details, "limit_minor", self.place.currency),
            "given_back": amount_in(row.details, "given_back_minor", self.place.currency),
        }


class DecideApproval(Screen):
    """Grant or refuse: in one's own name, or a colleague by PIN at this device."""

    permission = Permission.WORK_VIEW

    def post(self, request: HttpRequest, approval_id: UUID) -> HttpResponse:
        return self.once(lambda: self._decide(approval_id), process=True)

    def _decide(self, approval_id: UUID) -> Done:
        granted = self.request.POST.get("granted") == "yes"
        note = self.form(NoteForm).cleaned_data["note"]
        operations.decide_approval(
            approval_id=approval_id, granted=granted, note=note, actor=self._decider()
        )
        said = _("Granted. It holds for one time.") if granted else _("Refused")
        return Done(reverse("console:approvals"), said)

    def _decider(self) -> Any:
        second = self.request.POST.get("second", "")
        if not second:
            return self.actor
        device = device_of(self.request, location_id=self.place.location_id)
        user_id = forms.UUIDField().clean(second)
        pin = self.request.POST.get("pin", "")
        return pins.prove_second(device=device, user_id=user_id, pin=pin, actor=self.actor)


# --- what the pages read --------------------------------------------------------------------------


def _live_tasks(screen: Screen) -> Any:
    rows = queries.tasks(screen.actor, location_id=screen.place.location_id)
    return rows.filter(status__in=LIVE_TASKS).order_by("due_at", "id")[:ROWS]


def _live_incidents(screen: Screen) -> Any:
    rows = queries.incidents(screen.actor, location_id=screen.place.location_id)
    return rows.filter(status__in=LIVE_INCIDENTS).order_by("-status", "-last_at", "-id")[:ROWS]


def _live_approvals(screen: Screen) -> Any:
    rows = queries.approvals(screen.actor, location_id=screen.place.location_id)
    return rows.filter(status=ApprovalStatus.ASKED, lapses_at__gt=clock.now()).order_by(
        "lapses_at", "id"
    )[:ROWS]


def _tab_counts(screen: Screen, **known: int) -> dict[str, int]:
    """How many wait in each tab; what the page has read already is not counted again."""
    asked = {
        "tasks": _live_tasks,
        "incidents": _live_incidents,
        "approvals": _live_approvals,
    }
    return {
        f"{name}_count": known[name] if name in known else rows(screen).count()
        for name, rows in asked.items()
    }


def _is_in(task: Task, whose: str, user_id: UUID | None) -> bool:
    if whose == "mine":
        return task.assignee_id is not None and task.assignee_id == user_id
    if whose == "nobodys":
        return task.assignee_id is None
    return True


def _with_page(row: Any) -> dict[str, Any]:
    return {"row": row, "page": subjects.page_of(row)}


def facts_of(details: dict[str, Any]) -> list[tuple[str, str]]:
    """What the details say in plain figures, without ids and without nested parts."""
    found = []
    for name, value in details.items():
        if isinstance(value, bool | dict | list) or value in (None, ""):
            continue
        if name.endswith("_id") or name == "currency":
            continue
        if name.endswith("_minor") and isinstance(value, int) and details.get("currency"):
            found.append((_words(name[:-6]), str(Money(value, details["currency"]))))
        else:
            found.append((_words(name), _told(value)))
    return found


def amount_in(details: dict[str, Any], name: str, currency: str) -> Money | None:
    """An amount of the details, in their currency or that of the place."""
    minor = details.get(name)
    return Money(minor, details.get("currency") or currency) if isinstance(minor, int) else None


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _told(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
