"""What work an actor sees: that of the locations of the grant, and with a grant for everywhere
also what belongs to no location."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.work.models import Approval, Incident, Subject, Task


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


def _filtered(model: type[Subject], filters: dict[str, Any]) -> QuerySet[Any]:
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    rows: QuerySet[Any] = model.objects.filter(**given)
    return rows
