"""All kinds of work of a store in one list: what it is, until when, whose, and its one action.

Decided here: what counts as work now, its words, and the order: who stands in the store first, then
by promise, then what has no hour. Pure but for the reading functions at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.catalog.pictures import Picture
from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.together import found_together
from omni.screens import subjects
from omni.screens.place import Place
from omni.work import queries as work
from omni.work.models import (
    Approval,
    ApprovalStatus,
    Incident,
    IncidentStatus,
    Task,
    TaskStatus,
    TeamNote,
)
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.fulfilment.queries import fulfilment_orders_visible_to, with_lines

_S = FulfilmentState
TO_ACCEPT = (_S.NEW,)
TO_PICK = (_S.ACCEPTED, _S.PICKING, _S.WAITING_TRANSFER)
TO_SEND = (_S.PACKED,)
AT_COUNTER = (_S.READY, _S.PARTLY_HANDED_OVER)
TO_PUT_BACK = (_S.NO_SHOW, _S.REFUSED_AT_COUNTER)
ROWS = 200
NOTES = 8
INCIDENTS = 5


@dataclass(frozen=True, slots=True)
class Job:
    """One row of "Do now". ``since`` is set where somebody waits in the store."""

    icon: str
    title: str
    detail: str
    verb: str
    url: str
    due_at: datetime | None = None
    since: datetime | None = None
    assignee_id: UUID | None = None
    variant_ids: tuple[UUID, ...] = ()
    pictures: Sequence[Picture] = field(default=())
    more: int = 0

    @property
    def order(self) -> tuple[Any, ...]:
        """People first, longest waiting; then by promise; then what has no hour."""
        if self.since is not None:
            return (0, self.since)
        return (1, self.due_at) if self.due_at is not None else (2, self.title)


def sorted_jobs(jobs: Iterable[Job]) -> list[Job]:
    """In the order in which they are done."""
    return sorted(jobs, key=lambda job: job.order)


def fulfilment_job(row: FulfilmentOrder) -> Job | None:
    """What a pickup or parcel asks of the store now, if anything."""
    name = row.order.contact_name or row.order.number
    lines = [line for line in row.lines.all() if line.quantity_open > 0]
    variants = tuple(line.order_line.variant_id for line in lines)
    made = _verb(row, name, lines)
    if made is None:
        return None
    icon, title, verb, detail = made
    arrived = row.pickup.arrived_at if _is_here(row) else None
    due = row.due_at if row.status in (*TO_ACCEPT, *TO_PICK, *TO_SEND) else _window(row)
    return Job(
        icon=icon,
        title=title,
        detail=detail,
        verb=verb,
        url=_page(row),
        due_at=due,
        since=arrived,
        variant_ids=variants,
    )


def _verb(
    row: FulfilmentOrder, name: str, lines: Sequence[Any]
) -> tuple[str, str, str, str] | None:
    units = sum(line.quantity_open for line in lines)
    items = ngettext("%(n)d item", "%(n)d items", units) % {"n": units}
    what = _named(lines)
    if row.method == Method.PICKUP and row.status in AT_COUNTER:
        if not _is_here(row):
            return None
        shelf = _("%(items)s on shelf %(shelf)s") % {"items": items, "shelf": row.pickup.shelf}
        return "hand-helping", _("Hand over to %(name)s") % {"name": name}, _("Hand over"), shelf
    if row.status in TO_ACCEPT:
        title = _("Accept for %(name)s") % {"name": name}
        return "bell-ring", title, _("Accept"), f"{items}: {what}"
    if row.status in TO_PICK:
        left = sum(line.quantity_to_pick for line in lines)
        done = units - left
        told = _("%(left)d of %(all)d still to pick") % {"left": left, "all": units}
        if not left:
            told = _("Picked, not on a shelf yet")
        detail = f"{told}: {what}" if done else what
        title = _("Pick for %(name)s") % {"name": name}
        return "shopping-bag", title, _("Go on") if done else _("Pick"), detail
    if row.status in TO_SEND and row.method != Method.PICKUP:
        return "truck", _("Send to %(name)s") % {"name": name}, _("Send"), items
    if row.status in TO_PUT_BACK:
        title = _("Put back what %(name)s did not take") % {"name": name}
        return "archive-restore", title, _("Put back"), items
    return None


def _named(lines: Sequence[Any]) -> str:
    return ", ".join(line.order_line.name for line in lines[:3])


def _is_here(row: FulfilmentOrder) -> bool:
    is_pickup = row.method == Method.PICKUP and row.status in AT_COUNTER
    return is_pickup and row.pickup.arrived_at is not None


def _window(row: FulfilmentOrder) -> datetime | None:
    return row.pickup.window_ends_at if row.method == Method.PICKUP else row.due_at


def _page(row: FulfilmentOrder) -> str:
    if row.method != Method.PICKUP:
        return f"{reverse('console:shipping')}?open={row.pk}"
    if row.status in AT_COUNTER:
        return reverse("console:hand-over", args=[row.pk])
    if row.status in TO_PUT_BACK:
        return reverse("console:shelf")
    return f"{reverse('console:pickups')}?open={row.pk}"


def task_job(task: Task) -> Job:
    """A task of the store."""
    is_taken = task.status == TaskStatus.DOING
    return Job(
        icon="clipboard-list" if task.kind == "count" else "circle-check-big",
        title=task.title,
        detail=_("Being done") if is_taken else _("Nobody has it yet"),
        verb=_("Go on") if is_taken else _("Open"),
        url=subjects.page_of(task) or reverse("console:tasks"),
        due_at=task.due_at,
        assignee_id=task.assignee_id,
    )


def approval_job(approval: Approval) -> Job:
    """Somebody waits for a decision."""
    return Job(
        icon="key-round",
        title=_("Decide: %(reason)s") % {"reason": approval.reason},
        detail=_("Somebody asks for more than their limit"),
        verb=_("Decide"),
        url=reverse("console:approvals"),
        due_at=approval.lapses_at,
    )


# --- reading --------------------------------------------------------------------------------------


def live_work(actor: Actor, place: Place) -> list[FulfilmentOrder]:
    """Pickups and parcels of the store that still ask something of it, by promise. Two queries."""
    states = (*TO_ACCEPT, *TO_PICK, *TO_SEND, *AT_COUNTER, *TO_PUT_BACK)
    rows = with_lines(fulfilment_orders_visible_to(actor)).filter(
        location_id=place.location_id, status__in=states
    )
    return list(rows.order_by("due_at", "pk")[:ROWS])


@dataclass(frozen=True, slots=True)
class Papers:
    """What lies on the desk of a store beside its orders."""

    tasks: Sequence[Task] = ()
    approvals: Sequence[Approval] = ()
    notes: Sequence[TeamNote] = ()
    incidents: Sequence[Incident] = ()

    @property
    def jobs(self) -> list[Job]:
        """Tasks, and what waits for the actor's decision."""
        return [*map(task_job, self.tasks), *map(approval_job, self.approvals)]


def papers(actor: Actor, place: Place, now: datetime) -> Papers:
    """The open work, the notes of the team and what went wrong. One query."""
    here: Mapping[str, Any] = {"location_id": place.location_id}
    tasks = work.tasks(actor, **here).filter(status__in=[TaskStatus.OPEN, TaskStatus.DOING])
    asked = work.approvals(actor, **here).filter(status=ApprovalStatus.ASKED, lapses_at__gt=now)
    if not actor.may(Permission.WORK_DECIDE, location_id=place.location_id):
        asked = asked.none()
    wrong = work.incidents(actor, **here).filter(status=IncidentStatus.OPEN)
    return Papers(
        *found_together(
            tasks.order_by("due_at", "id")[:ROWS],
            asked.exclude(asked_by=actor.principal).order_by("lapses_at")[:ROWS],
            work.team_notes(actor, location_id=place.location_id, now=now)[:NOTES],
            wrong.order_by("-last_at", "-id")[:INCIDENTS],
        )
    )
