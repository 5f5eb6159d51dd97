"""Corruptions of the timeline."""

from __future__ import annotations

from uuid import uuid4

from customers.profiles.operations import CustomerDraft, create_customer
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.partitions import ensure_month
from omni.events import operations as events
from tests.omni.audit.corruption import corruption, sql


@corruption("E4")
def event_missing_on_the_timeline() -> None:
    create_customer(draft=CustomerDraft(name="Ada"), actor=SYSTEM)
    events.drain()
    sql("DELETE FROM journeys_interaction")


@corruption("E4")
def event_twice_on_the_timeline() -> None:
    create_customer(draft=CustomerDraft(name="Ada"), actor=SYSTEM)
    events.drain()
    sql(
        "INSERT INTO journeys_interaction (kind, occurred_at, customer_id, event_id)"
        " SELECT kind, occurred_at - interval '1 microsecond', customer_id, event_id"
        " FROM journeys_interaction"
    )


@corruption("E5")
def interaction_of_nobody() -> None:
    ensure_month("journeys_interaction", clock.now())
    sql(
        "INSERT INTO journeys_interaction (kind, occurred_at, customer_id, capture_key)"
        " VALUES ('page.viewed', %s, %s, 'x')",
        [clock.now(), uuid4()],
    )


@corruption("E9")
def month_unknown_to_the_timeline() -> None:
    create_customer(draft=CustomerDraft(name="Ada"), actor=SYSTEM)
    events.drain()
    sql("DELETE FROM journeys_timelinemonth")
