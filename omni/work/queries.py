"""What work an actor sees: that of the locations of the grant, and with a grant for everywhere
also what belongs to no location."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.together import counted
from omni.work.models import (
    Approval,
    ApprovalStatus,
    Incident,
    IncidentStatus,
    Subject,
    Task,
    TaskStatus,
    TeamNote,
)


def visible(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of a model of work that the actor may see."""
    places = actor.location_ids(Permission.WORK_VIEW)
    return rows if places is None else rows.filter(location_id__in=places)


def incidents(actor: Actor, **filters: Any) -> QuerySet[Incident]:
    """Incidents by status, kind, location and subject."""
    return visible(actor, _filtered(Incident, filters))


def tasks(actor: Actor, **filters: Any) -> QuerySet[Task]:
    """Tasks by status, kind, location, subject and assignee."""
    return visible(actor, _filtered(Task, filters))


def approvals(actor: Actor, **filters: Any) -> QuerySet[Approval]:
    """Approvals by status, kind, location and subject."""
    return visible(actor, _filtered(Approval, filters))


def get_one(actor: Actor, model: type[Subject], row_id: UUID) -> Any:
    """Raises: NotFound, also for what the actor may not see."""
    row = visible(actor, model.objects.filter(pk=row_id)).first()
    if row is None:
        raise NotFound
    return row


def team_notes(actor: Actor, *, location_id: UUID, now: datetime) -> QuerySet[TeamNote]:
    """What the people of a location tell each other now, newest first."""
    notes = TeamNote.objects.filter(location_id=location_id, taken_down_at=None, until__gt=now)
    return visible(actor, notes).order_by("-written_at", "-id")


def waiting_at(location_id: UUID, *, now: datetime) -> QuerySet[Any, dict[str, Any]]:
    """How many tasks, incidents and approvals of a location wait for somebody: ``n`` of each."""
    parts: list[QuerySet[Any]] = [
        Task.objects.filter(status__in=[TaskStatus.OPEN, TaskStatus.DOING]),
        Incident.objects.filter(status=IncidentStatus.OPEN),
        Approval.objects.filter(status=ApprovalStatus.ASKED, lapses_at__gt=now),
    ]
    first, *rest = [counted(part.filter(location_id=location_id), n=Count("pk")) for part in parts]
    return first.union(*rest, all=True)


def _filtered(model: type[Subject], filters: dict[str, Any]) -> QuerySet[Any]:
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    rows: QuerySet[Any] = model.objects.filter(**given)
    return rows
