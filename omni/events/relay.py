"""The relay: each subscription reads the log from its position, in batches, one reader at a time.

The handler and the move of the position are one transaction: killed between the two, both are
undone. A batch runs in one savepoint; only when it fails is it cut in halves until the poison event
stands alone, whose aggregate is then parked. Trouble of the database (a lock not obtained, a lost
connection) is nobody's poison: the batch is tried again, and only after FAILURES times in a row is
it treated as such.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from omni.events import log, parking, positions
from omni.events.models import SubscriptionPosition
from omni.events.subscriptions import RecordedEvent, Subscription, subscription, subscriptions

logger = logging.getLogger(__name__)

BATCH = 500
SMALLEST_BATCH = 50
SLOW_BATCH = 1.0  # seconds; a slower batch makes the next one smaller, for the 5 s rule
FAILURES = 5
NEVER_POISON = (SoftTimeLimitExceeded,)
TRANSIENT = (OperationalError, InterfaceError, *NEVER_POISON)


def run(name: str, *, seconds: float = 20.0) -> int:
    """Read one subscription on to the end of the log. Returns the number of events read."""
    return _run([subscription(name)], seconds)


def run_all(*, seconds: float = 20.0) -> int:
    """Read all on, a batch of each in turn, so that no slow one keeps the others back."""
    return _run(subscriptions(), seconds)


def drain(*, park: bool = False) -> int:
    """See ``operations.drain``."""
    total = 0
    while handled := sum(_drain_one(each, park=park) for each in subscriptions()):
        total += handled
    return total


def _run(waiting: Sequence[Subscription], seconds: float) -> int:
    deadline = time.monotonic() + seconds
    sizes = dict.fromkeys((each.name for each in waiting), BATCH)
    total = 0
    while waiting and time.monotonic() < deadline:
        behind = []
        for each in waiting:
            began = time.monotonic()
            count = _guarded_batch(each, sizes[each.name])
            took = time.monotonic() - began
            sizes[each.name] = _next_size(sizes[each.name], took)
            total += count
            if count:
                behind.append(each)
        waiting = behind
    return total


def _next_size(size: int, took: float) -> int:
    return max(SMALLEST_BATCH, size // 2) if took > SLOW_BATCH else min(BATCH, size * 2)


def _guarded_batch(each: Subscription, size: int) -> int:
    """A batch whose failure stops this subscription for now, and no other."""
    try:
        return _batch(each, size)
    except Exception as error:
        logger.warning("subscription %s failed, it will be tried again", each.name, exc_info=True)
        _note_failure(each.name, error)
        if isinstance(error, SoftTimeLimitExceeded):
            raise
        return 0


def _batch(each: Subscription, size: int) -> int:
    with transaction.atomic():
        if not positions.try_lock(each.name):
            return 0
        row = positions.current(each.name)
        batch = log.read(after=positions.of(row), types=each.types, limit=size)
        if batch:
            patient = row.failures < FAILURES
            _handle(each, batch, park=True, transient=TRANSIENT if patient else NEVER_POISON)
            positions.advance(each.name, log.Position(batch[-1].xid, batch[-1].id))
    return len(batch)


def _drain_one(each: Subscription, *, park: bool) -> int:
    with transaction.atomic():
        positions.wait_for_lock(each.name)
        row = positions.current(each.name)
        batch = log.read(after=positions.of(row), types=each.types, limit=BATCH, settled_only=False)
        if batch:
            _handle(each, batch, park=park, transient=TRANSIENT)
            positions.advance(each.name, log.Position(batch[-1].xid, batch[-1].id))
    return len(batch)


def _handle(
    each: Subscription,
    batch: Sequence[RecordedEvent],
    *,
    park: bool,
    transient: tuple[type[BaseException], ...],
) -> None:
    wanted = [event for event in batch if each.wants(event.type)]
    if not wanted:
        return
    parked = parking.parked_aggregates(each.name)
    _work_through(each, wanted, parked, park=park, transient=transient)


def _work_through(
    each: Subscription,
    events: Sequence[RecordedEvent],
    parked: parking.Parked,
    *,
    park: bool,
    transient: tuple[type[BaseException], ...],
) -> None:
    """All at once; if that fails, the first half and then the second; at last one by one."""
    flowing = [event for event in events if (event.aggregatetype, event.aggregateid) not in parked]
    if len(flowing) < len(events):
        held = [e for e in events if (e.aggregatetype, e.aggregateid) in parked]
        parking.queue(held, parked)
    if not flowing:
        return
    error = _attempt(each, flowing, park=park, transient=transient)
    if error is None:
        return
    if len(flowing) == 1:
        logger.error("subscription %s parks %s", each.name, flowing[0].type, exc_info=error)
        parking.park(each.name, flowing[0], error, parked)
        return
    middle = len(flowing) // 2
    for half in (flowing[:middle], flowing[middle:]):
        _work_through(each, half, parked, park=park, transient=transient)


def _attempt(
    each: Subscription,
    events: Sequence[RecordedEvent],
    *,
    park: bool,
    transient: tuple[type[BaseException], ...],
) -> Exception | None:
    """The handler in a savepoint: None, or the error that is to be parked. Raises any other."""
    try:
        with transaction.atomic():
            each.handler(events)
    except transient:
        raise
    except Exception as error:
        if not park or not connection.is_usable():
            raise
        return error
    return None


def _note_failure(name: str, error: Exception) -> None:
    """Remember it, in a transaction of its own; if even that fails the database is away."""
    try:
        connection.close_if_unusable_or_obsolete()
        SubscriptionPosition.objects.filter(pk=name).update(
            failures=F("failures") + 1, last_error=parking.describe(error)
        )
    except (OperationalError, InterfaceError):
        logger.warning("the failure of subscription %s could not be noted", name)
