"""Recording of events: the only way into the log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction

from omni.access.actor import Actor
from omni.core import clock
from omni.core.partitions import ensure_months, month_after
from omni.core.statements import cursor_for
from omni.events import nudge, relay
from omni.events.event import Event

EVENT_TABLE = "omni_event"
CHUNK = 500
# The month is chosen by the database's clock, guessed here: these margins cover the difference.
_CLOCKS_DIFFER = timedelta(days=1)

_ROW = "(%s, %s, %s, %s, %s::jsonb, %s, %s, %s)"
_INSERT = (
    "INSERT INTO omni_event"
    " (occurred_at, aggregatetype, aggregateid, type, payload, customer_id, principal, request_id)"
    " VALUES "
)


def record(event: Event, *, actor: Actor, occurred_at: datetime | None = None) -> None:
    """Write that something happened, in the transaction in which it happened.

    ``occurred_at`` defaults to the transaction's moment. Refuses to run outside a transaction.
    """
    record_all([event], actor=actor, occurred_at=occurred_at)


def record_all(
    events: Iterable[Event], *, actor: Actor, occurred_at: datetime | None = None
) -> None:
    """Write many events, in their order, with one statement per 500."""
    _refuse_outside_a_transaction()
    moment = occurred_at or clock.now()
    record_dated(((event, moment) for event in events), actor=actor)


def record_dated(events: Iterable[tuple[Event, datetime]], *, actor: Actor) -> None:
    """Write events that each have their own moment (imports, tills that were offline)."""
    _refuse_outside_a_transaction()
    rows = (_row(event, actor, moment) for event, moment in events)
    chunk = list(islice(rows, CHUNK))
    if not chunk:
        return
    ensure_current_months()
    while chunk:
        marks = ", ".join([_ROW] * len(chunk))
        values = [value for row in chunk for value in row]
        with cursor_for(len(values)) as cursor:
            cursor.execute(_INSERT + marks, values)
        chunk = list(islice(rows, CHUNK))
    transaction.on_commit(nudge.nudge, robust=True)


def ensure_current_months() -> None:
    """The months in which the database may now record: this one, and the next near its end."""
    now = datetime.now(UTC)
    ensure_months(EVENT_TABLE, (now - _CLOCKS_DIFFER, now, now + _CLOCKS_DIFFER))


def make_months_ahead() -> None:
    """Daily tick: this month and the next, so that no writer has to make one."""
    now = datetime.now(UTC)
    ensure_months(EVENT_TABLE, (now, month_after(now)))


def drain(*, park: bool = False) -> int:
    """Handle everything recorded so far, by the same handlers and positions. For tests.

    Without the xmin bound, so that events of the test's own transaction are seen. An error of a
    handler is raised; with ``park`` it parks the aggregate, as in production. Returns the number of
    events handled, over all subscriptions, those that handlers recorded included.
    """
    return relay.drain(park=park)


def _refuse_outside_a_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction in which it happened")


def _row(event: Event, actor: Actor, moment: datetime) -> Sequence[Any]:
    return (
        moment,
        event.aggregatetype,
        event.aggregateid,
        event.type,
        json.dumps(event.to_payload(), ensure_ascii=False, separators=(",", ":")),
        getattr(event, "customer_id", None),
        actor.principal,
        actor.request_id,
    )
