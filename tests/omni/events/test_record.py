import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.ids import uuid7
from omni.events import nudge
from omni.events import operations as events
from omni.events.models import StoredEvent
from tests.omni.events.samples import ParcelMoved, moved


@pytest.mark.django_db
def test_record_writes_a_row_of_facts() -> None:
    customer = uuid7()
    event = ParcelMoved(parcel_id=uuid7(), number=4, customer_id=customer)
    actor = Actor(kind="staff", user_id=uuid7(), request_id="req-1")

    events.record(event, actor=actor)

    row = StoredEvent.objects.get()
    assert row.type == "parcel.moved"
    assert row.aggregatetype == "parcel"
    assert row.aggregateid == event.parcel_id
    assert row.payload == event.to_payload()
    assert row.customer_id == customer
    assert row.principal == actor.principal
    assert row.request_id == "req-1"
    assert row.occurred_at == clock.now()
    assert row.xid > 0


@pytest.mark.django_db
def test_record_keeps_the_moment_at_which_it_occurred() -> None:
    moment = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)

    events.record(moved(), actor=SYSTEM, occurred_at=moment)

    row = StoredEvent.objects.get()
    assert row.occurred_at == moment
    assert row.recorded_at > moment


@pytest.mark.django_db
def test_record_all_keeps_the_order_and_takes_one_insert(
    django_assert_num_queries: Any,
) -> None:
    events.record(moved(), actor=SYSTEM)
    before = StoredEvent.objects.count()
    clock.now()
    events.ensure_current_months()

    with django_assert_num_queries(1):
        events.record_all([moved(n) for n in range(400)], actor=SYSTEM)

    rows = StoredEvent.objects.order_by("id")[before:]
    assert [row.payload["number"] for row in rows] == list(range(400))


@pytest.mark.django_db
def test_record_dated_gives_each_its_moment() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    later = first + timedelta(hours=1)

    events.record_dated([(moved(1), first), (moved(2), later)], actor=SYSTEM)

    assert list(StoredEvent.objects.order_by("id").values_list("occurred_at", flat=True)) == [
        first,
        later,
    ]


@pytest.mark.django_db(transaction=True)
def test_record_refuses_to_run_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        events.record(moved(), actor=SYSTEM)

    assert not StoredEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_record_is_undone_with_its_transaction() -> None:
    with transaction.atomic():
        events.record(moved(), actor=SYSTEM)
        transaction.set_rollback(True)

    assert not StoredEvent.objects.exists()


@pytest.mark.django_db
def test_record_of_a_bad_payload_writes_nothing() -> None:
    with pytest.raises(TypeError):
        events.record_all([moved(), moved(1.5)], actor=SYSTEM)  # type: ignore[arg-type]

    assert not StoredEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_record_returns_at_once_while_the_broker_hangs(
    monkeypatch: pytest.MonkeyPatch, hanging_broker: list[Any]
) -> None:
    monkeypatch.setattr(nudge, "_owner_pid", 0)
    with transaction.atomic():
        events.record(moved(), actor=SYSTEM)
    slowest = 0.0

    for _ in range(20):
        with transaction.atomic():
            events.record(moved(), actor=SYSTEM)
            began = time.monotonic()
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.02)

    assert hanging_broker, "nobody spoke to the broker"
    assert slowest < 0.15
    assert StoredEvent.objects.count() == 21


@pytest.mark.django_db
def test_events_lie_in_the_partition_of_their_month() -> None:
    events.record(moved(), actor=SYSTEM)

    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, recorded_at FROM omni_event")
        table, recorded_at = cursor.fetchone()
    assert table == f"omni_event_{recorded_at:%Y_%m}"
