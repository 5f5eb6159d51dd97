"""Making and ending work. Machines open incidents and tasks; people decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access import pins
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotAllowed, NotFound
from omni.core.states import move
from omni.work import queries
from omni.work.models import (
    APPROVAL_MOVES,
    INCIDENT_MOVES,
    LIVE_TASKS,
    TASK_MOVES,
    Approval,
    ApprovalStatus,
    Incident,
    IncidentStatus,
    Task,
    TaskStatus,
    TeamNote,
)

NOTE_STANDS = timedelta(days=7)
APPROVAL_WAITS = timedelta(hours=1)


class OwnApproval(NotAllowed):
    code = "own_approval"
    message = _("You cannot decide on what you asked for yourself. Ask another person to.")


class ApprovalLapsed(Conflict):
    code = "approval_lapsed"
    message = _("The time to decide on this or to use it is over. Ask again.")


class EmptyTeamNote(Invalid):
    code = "empty_team_note"
    message = _("A note needs words. Write what the colleagues shall know.")


class NotThere(Invalid):
    code = "person_not_there"
    message = _("This person does not work at this location. Choose somebody who does.")


class ApprovalNeeded(NotAllowed):
    code = "approval_needed"
    message = _(
        "A second person must approve this first. Ask for it, and repeat this once they did."
    )


@dataclass(frozen=True, slots=True)
class Matter:
    """What a piece of work is about."""

    kind: str
    subject_kind: str
    subject_id: UUID | str | int
    location_id: UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "subject_kind": self.subject_kind,
            "subject_id": str(self.subject_id),
            "location_id": self.location_id,
            "details": self.details,
        }


# ---- incidents


@transaction.atomic
def open_incident(
    *,
    kind: str,
    subject_kind: str,
    subject_id: UUID | str | int,
    summary: str,
    actor: Actor,
    details: dict[str, Any] | None = None,
    location_id: UUID | None = None,
) -> Incident:
    """Report that something went wrong. While one is open for the kind and subject, it is that one.

    A repeated report counts up and brings the summary and details up to date.
    """
    now = clock.now()
    matter = Matter(kind, subject_kind, subject_id, location_id, details or {})
    row = Incident(
        **matter.columns(),
        summary=summary[:300],
        opened_by=actor.principal,
        opened_at=now,
        last_at=now,
    )
    # The partial unique index decides who is first; a rival's uncommitted row is waited for.
    Incident.objects.bulk_create([row], ignore_conflicts=True)
    open_one = _incidents(kind, subject_kind, subject_id, IncidentStatus.OPEN)
    found: Incident = open_one.locked().get()
    if found.pk == row.pk:
        return found
    found.times, found.last_at = found.times + 1, now
    found.summary, found.details = row.summary, row.details
    found.save(update_fields=["times", "last_at", "summary", "details"])
    return found


@transaction.atomic
def decide_incident(*, incident_id: UUID, decision: str, note: str = "", actor: Actor) -> Incident:
    """A person decides what shall be done. ``decision`` is a code of the app that opened it.

    Raises: NotFound, NotAllowed, InvalidTransition.
    """
    incident = _locked(Incident, incident_id, actor)
    move(
        incident,
        IncidentStatus.DECIDED,
        moves=INCIDENT_MOVES,
        decision=decision,
        note=note,
        decided_by=actor.principal,
        decided_at=clock.now(),
    )
    return incident


@transaction.atomic
def close_incident(*, incident_id: UUID, actor: Actor) -> Incident:
    """What was decided has been done. Raises: NotFound, NotAllowed, InvalidTransition."""
    incident = _locked(Incident, incident_id, actor)
    move(incident, IncidentStatus.CLOSED, moves=INCIDENT_MOVES, closed_at=clock.now())
    return incident


@transaction.atomic
def settle_incident(
    *,
    kind: str,
    subject_kind: str,
    subject_id: UUID | str | int,
    decision: str,
    actor: Actor,
    note: str = "",
) -> bool:
    """The trouble is gone: decide and close what is open about it. Returns whether there was any.

    Called by the operation that removed the cause; repeatable.
    """
    now = clock.now()
    live = _incidents(kind, subject_kind, subject_id, IncidentStatus.OPEN, IncidentStatus.DECIDED)
    settled = False
    for incident in live.locked():
        if incident.status == IncidentStatus.OPEN:
            move(
                incident,
                IncidentStatus.DECIDED,
                moves=INCIDENT_MOVES,
                decision=decision,
                note=note,
                decided_by=actor.principal,
                decided_at=now,
            )
        move(incident, IncidentStatus.CLOSED, moves=INCIDENT_MOVES, closed_at=now)
        settled = True
    return settled


def _incidents(
    kind: str, subject_kind: str, subject_id: UUID | str | int, *statuses: IncidentStatus
) -> Any:
    return Incident.objects.filter(
        kind=kind, subject_kind=subject_kind, subject_id=str(subject_id), status__in=statuses
    )


# ---- tasks


@transaction.atomic
def create_task(
    *,
    matter: Matter,
    title: str,
    actor: Actor,
    due_at: datetime | None = None,
    assignee_id: UUID | None = None,
) -> Task:
    """Give people something to do, at a location or everywhere. Raises: NotThere (the assignee)."""
    _check_works_at(assignee_id, matter.location_id)
    task: Task = Task.objects.create(
        **matter.columns(),
        title=title[:200],
        due_at=due_at,
        assignee_id=assignee_id,
        created_by=actor.principal,
        created_at=clock.now(),
    )
    return task


@transaction.atomic
def create_task_once(*, matter: Matter, title: str, actor: Actor) -> Task:
    """The same where it is to be done once: while one of the kind, subject and place is not over,
    it is that one.
    """
    live = Task.objects.filter(
        kind=matter.kind,
        subject_kind=matter.subject_kind,
        subject_id=str(matter.subject_id),
        location_id=matter.location_id,
        status__in=LIVE_TASKS,
    )
    while True:
        known: Task | None = live.order_by("created_at", "pk").first()
        if known is not None:
            return known
        row = Task(
            **matter.columns(),
            is_single=True,
            title=title[:200],
            created_by=actor.principal,
            created_at=clock.now(),
        )
        # The partial unique index decides who is first; a rival's uncommitted row is waited for.
        Task.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def take_task(*, task_id: UUID, actor: Actor) -> Task:
    """The actor does it. Raises: NotFound, NotAllowed, InvalidTransition."""
    task = _locked(Task, task_id, actor, permission=Permission.WORK_VIEW)
    move(task, TaskStatus.DOING, moves=TASK_MOVES, assignee_id=actor.user_id)
    return task


@transaction.atomic
def pass_task_on(*, task_id: UUID, to_user_id: UUID, actor: Actor) -> Task:
    """Somebody else is asked to do it; a task that was taken waits again, for them.

    Raises: NotFound, NotAllowed, NotThere, InvalidTransition (it is over).
    """
    task = _locked(Task, task_id, actor, permission=Permission.WORK_VIEW)
    _check_works_at(to_user_id, task.location_id)
    if task.status == TaskStatus.OPEN:
        task.assignee_id = to_user_id
        task.save(update_fields=["assignee_id"])
        return task
    move(task, TaskStatus.OPEN, moves=TASK_MOVES, assignee_id=to_user_id)
    return task


@transaction.atomic
def give_task_back(*, task_id: UUID, actor: Actor) -> Task:
    """Somebody else shall do it. Raises: NotFound, NotAllowed, InvalidTransition."""
    task = _locked(Task, task_id, actor, permission=Permission.WORK_VIEW)
    move(task, TaskStatus.OPEN, moves=TASK_MOVES, assignee_id=None)
    return task


@transaction.atomic
def finish_task(*, task_id: UUID, note: str = "", actor: Actor) -> Task:
    """It is done; one that nobody took yet is taken first. Raises: as ``take_task``."""
    task = _locked(Task, task_id, actor, permission=Permission.WORK_VIEW)
    if task.status == TaskStatus.OPEN:
        move(task, TaskStatus.DOING, moves=TASK_MOVES, assignee_id=actor.user_id)
    return _end_task(task, TaskStatus.DONE, note, actor)


@transaction.atomic
def drop_task(*, task_id: UUID, note: str = "", actor: Actor) -> Task:
    """It need not be done any more. Raises: NotFound, NotAllowed, InvalidTransition."""
    task = _locked(Task, task_id, actor)
    return _end_task(task, TaskStatus.DROPPED, note, actor)


def _end_task(task: Task, status: TaskStatus, note: str, actor: Actor) -> Task:
    ended: dict[str, Any] = {"note": note, "ended_by": actor.principal, "ended_at": clock.now()}
    move(task, status, moves=TASK_MOVES, **ended)
    return task


# ---- team notes


@transaction.atomic
def write_team_note(*, location_id: UUID, text: str, actor: Actor) -> TeamNote:
    """Tell the colleagues of a store something, for a week. Raises: NotAllowed, EmptyTeamNote."""
    actor.require(Permission.WORK_VIEW, location_id=location_id)
    words = text.strip()
    if not words:
        raise EmptyTeamNote
    now = clock.now()
    note: TeamNote = TeamNote.objects.create(
        location_id=location_id,
        text=words[:500],
        principal=actor.principal,
        written_at=now,
        until=now + NOTE_STANDS,
    )
    return note


@transaction.atomic
def take_down_team_note(*, note_id: UUID, actor: Actor) -> TeamNote:
    """The author, or who decides at the store, takes it down. Repeatable.

    Raises: NotFound, NotAllowed.
    """
    note: TeamNote | None = queries.visible(actor, TeamNote.objects.filter(pk=note_id)).first()
    if note is None:
        raise NotFound
    if note.principal != actor.principal:
        actor.require(Permission.WORK_DECIDE, location_id=note.location_id)
    if note.taken_down_at is None:
        note.taken_down_at = clock.now()
        note.save(update_fields=["taken_down_at"])
    return note


# ---- approvals


@transaction.atomic
def ask_approval(
    *,
    matter: Matter,
    reason: str,
    actor: Actor,
    waits: timedelta = APPROVAL_WAITS,
) -> Approval:
    """Ask that a second identity allows what a limit forbids. Each asking is a row of its own."""
    now = clock.now()
    approval: Approval = Approval.objects.create(
        **matter.columns(),
        reason=reason[:300],
        asked_by=actor.principal,
        asked_at=now,
        lapses_at=now + waits,
    )
    return approval


@transaction.atomic
def decide_approval(*, approval_id: UUID, granted: bool, note: str = "", actor: Actor) -> Approval:
    """Another identity grants or refuses.

    Raises: NotFound, NotAllowed, OwnApproval, ApprovalLapsed, InvalidTransition.
    """
    approval = _locked(Approval, approval_id, actor)
    now = clock.now()
    if approval.asked_by == actor.principal:
        raise OwnApproval
    if approval.status == ApprovalStatus.ASKED and approval.lapses_at <= now:
        raise ApprovalLapsed
    move(
        approval,
        ApprovalStatus.GRANTED if granted else ApprovalStatus.REFUSED,
        moves=APPROVAL_MOVES,
        decided_by=actor.principal,
        decided_at=now,
        note=note,
    )
    return approval


@transaction.atomic
def use_approval(*, approval_id: UUID, matter: Matter, actor: Actor) -> Approval:
    """Spend a granted approval on the operation that needs it: the asker, once, in time.

    It must be about the same kind and subject; the caller compares ``details`` (an amount) itself.
    Raises: ApprovalNeeded.
    """
    changed = Approval.objects.filter(
        pk=approval_id,
        kind=matter.kind,
        subject_kind=matter.subject_kind,
        subject_id=str(matter.subject_id),
        asked_by=actor.principal,
        status=ApprovalStatus.GRANTED,
        used_at=None,
        lapses_at__gt=clock.now(),
    ).update(used_at=clock.now())
    if not changed:
        raise ApprovalNeeded(kind=matter.kind)
    approval: Approval = Approval.objects.get(pk=approval_id)
    return approval


@transaction.atomic
def lapse_approvals() -> int:
    """Sweep: what nobody decided or used in time lapses. Returns how many."""
    late = Approval.objects.filter(
        status__in=[ApprovalStatus.ASKED, ApprovalStatus.GRANTED],
        used_at=None,
        lapses_at__lte=clock.now(),
    ).locked()
    lapsed = 0
    for approval in late[:500]:
        move(approval, ApprovalStatus.LAPSED, moves=APPROVAL_MOVES)
        lapsed += 1
    return lapsed


# ---- shared steps


def _check_works_at(user_id: UUID | None, location_id: UUID | None) -> None:
    """Raises: NotThere. A task of everywhere is for those who work everywhere."""
    if user_id is not None and not pins.people_at(location_id, user_id=user_id):
        raise NotThere


def _locked(
    model: Any, row_id: UUID, actor: Actor, permission: Permission = Permission.WORK_DECIDE
) -> Any:
    """The locked row. One that the actor may not see looks like none."""
    row = queries.visible(actor, model.objects.filter(pk=row_id)).locked().first()  # type: ignore[attr-defined]
    if row is None:
        raise NotFound
    if row.location_id is None and not actor.may_everywhere(permission):
        raise NotAllowed(permission=str(permission))
    actor.require(permission, location_id=row.location_id)
    return row
