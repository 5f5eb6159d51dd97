"""Poison events: the aggregate of one that cannot be done waits for a person, all others flow."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import Conflict, NotAllowed, NotFound
from omni.core.states import move
from omni.events import log, positions
from omni.events.models import (
    PARKED_EVENT_MOVES,
    PARKED_MOVES,
    ParkedAggregate,
    ParkedEvent,
    ParkedEventStatus,
    ParkedStatus,
)
from omni.events.subscriptions import RecordedEvent, subscription
from omni.work import operations as work

INCIDENT = "events_parked"
ERROR_LENGTH = 2000

# (aggregatetype, aggregateid) -> key of the parked row.
Parked = dict[tuple[str, UUID], int]


class NothingParked(Conflict):
    code = "nothing_parked"
    message = gettext_lazy("Nothing of this is parked any more. There is nothing left to do.")


def parked_aggregates(name: str) -> Parked:
    """What a subscription holds back now."""
    rows = ParkedAggregate.objects.filter(subscription=name, status=ParkedStatus.PARKED)
    found = rows.values_list("pk", "aggregatetype", "aggregateid")
    return {(kind, subject): pk for pk, kind, subject in found}


def park(name: str, event: RecordedEvent, error: BaseException, parked: Parked) -> None:
    """Hold the event's aggregate back, with an incident. The subscription's lock is held."""
    reason = describe(error)
    incident = _report(name, event, reason)
    row = ParkedAggregate.objects.create(
        subscription=name,
        aggregatetype=event.aggregatetype,
        aggregateid=event.aggregateid,
        incident_id=incident,
        parked_at=clock.now(),
    )
    parked[event.aggregatetype, event.aggregateid] = row.pk
    _waiting(row.pk, event, attempts=1, error=reason).save(force_insert=True)


def queue(events: Iterable[RecordedEvent], parked: Parked) -> None:
    """Later events of parked aggregates wait behind, in order."""
    ParkedEvent.objects.bulk_create(
        _waiting(parked[event.aggregatetype, event.aggregateid], event) for event in events
    )


@transaction.atomic
def retry_parked(*, parked_id: int, actor: Actor) -> bool:
    """Do what waits, in order, and let the aggregate flow again. Returns whether all was done.

    At the first event that fails again it stops; what was done before it stays done.
    Raises: NotAllowed, NotFound, NothingParked.
    """
    row = _parked_row(parked_id, actor)
    return _work_off(row, actor)


@transaction.atomic
def skip_parked(*, parked_id: int, actor: Actor) -> bool:
    """Give up the first waiting event, then do as ``retry_parked`` with the rest."""
    row = _parked_row(parked_id, actor)
    head = row.queue.filter(status=ParkedEventStatus.WAITING).order_by("pk").first()
    if head is not None:
        move(head, ParkedEventStatus.SKIPPED, moves=PARKED_EVENT_MOVES)
    return _work_off(row, actor)


def resolve_all(name: str, actor: Actor) -> None:
    """A rebuild has done everything, what was parked included. The subscription's lock is held."""
    for row in ParkedAggregate.objects.filter(subscription=name, status=ParkedStatus.PARKED):
        for waiting in row.queue.filter(status=ParkedEventStatus.WAITING):
            move(waiting, ParkedEventStatus.DONE, moves=PARKED_EVENT_MOVES)
        _resolve(row, actor, decision="rebuilt")


def describe(error: BaseException) -> str:
    """The error in one line, for people: without a traceback, which goes to the log."""
    return f"{type(error).__name__}: {error}"[:ERROR_LENGTH].replace("\x00", "")


def _parked_row(parked_id: int, actor: Actor) -> ParkedAggregate:
    if not actor.may_everywhere(Permission.WORK_DECIDE):
        raise NotAllowed(permission=str(Permission.WORK_DECIDE))
    found = ParkedAggregate.objects.filter(pk=parked_id).first()
    if found is None:
        raise NotFound
    positions.wait_for_lock(found.subscription)
    row = ParkedAggregate.objects.select_for_update(no_key=True).get(pk=parked_id)
    if row.status != ParkedStatus.PARKED:
        raise NothingParked
    return row


def _work_off(row: ParkedAggregate, actor: Actor) -> bool:
    handler = subscription(row.subscription).handler
    waiting = list(row.queue.filter(status=ParkedEventStatus.WAITING).order_by("pk"))
    found = {event.id: event for event in log.load([(w.event_id, w.recorded_at) for w in waiting])}
    for queued in waiting:
        event = found.get(queued.event_id)
        try:
            with transaction.atomic():
                if event is not None:
                    handler([event])
        except Exception as error:  # noqa: BLE001 - any error of a handler leaves it parked
            queued.attempts, queued.error = queued.attempts + 1, describe(error)
            queued.save(update_fields=["attempts", "error"])
            if event is not None:
                _report(row.subscription, event, queued.error)
            return False
        move(queued, ParkedEventStatus.DONE, moves=PARKED_EVENT_MOVES)
    _resolve(row, actor, decision="retried")
    return True


def _resolve(row: ParkedAggregate, actor: Actor, *, decision: str) -> None:
    move(
        row,
        ParkedStatus.RESOLVED,
        moves=PARKED_MOVES,
        resolved_at=clock.now(),
        resolved_by=actor.principal,
    )
    work.settle_incident(
        kind=INCIDENT,
        subject_kind="parked_aggregate",
        subject_id=_subject(row.subscription, row.aggregateid),
        decision=decision,
        actor=actor,
    )


def _report(name: str, event: RecordedEvent, reason: str) -> UUID:
    incident = work.open_incident(
        kind=INCIDENT,
        subject_kind="parked_aggregate",
        subject_id=_subject(name, event.aggregateid),
        summary=_("“%(name)s” cannot handle %(type)s of %(aggregate)s %(id)s")
        % {
            "name": name,
            "type": event.type,
            "aggregate": event.aggregatetype,
            "id": event.aggregateid,
        },
        details={"subscription": name, "event_id": event.id, "type": event.type, "error": reason},
        actor=SYSTEM,
    )
    pk: UUID = incident.pk
    return pk


def _subject(name: str, aggregateid: UUID) -> str:
    return f"{name}:{aggregateid}"


def _waiting(
    parked_id: int, event: RecordedEvent, *, attempts: int = 0, error: str = ""
) -> ParkedEvent:
    return ParkedEvent(
        parked_id=parked_id,
        event_id=event.id,
        recorded_at=event.recorded_at,
        type=event.type,
        attempts=attempts,
        error=error,
    )
