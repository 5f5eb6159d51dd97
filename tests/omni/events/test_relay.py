"""Positions, batches, parking."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events import operations as events
from omni.events import parking, queries, relay
from omni.events.metrics import LagCollector
from omni.events.models import (
    ParkedAggregate,
    ParkedEvent,
    StoredEvent,
    SubscriptionPosition,
)
from omni.events.subscriptions import RecordedEvent
from omni.work.models import Incident, Task
from tests.omni.events.samples import ParcelLost, moved, numbers

Listen = Callable[..., list[Any]]


def _seen() -> list[int]:
    """Numbers whose handling was committed, in the order in which they were handled."""
    titles = Task.objects.order_by("title").values_list("title", flat=True)
    return [int(title.partition(":")[2]) for title in titles]


class Picky:
    """Writes a task for each event, and cannot bear some numbers until it is healed."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.calls = count()

    def __call__(self, batch: Sequence[RecordedEvent]) -> None:
        for event in batch:
            Task.objects.create(
                kind="seen",
                subject_kind="event",
                subject_id=str(event.id),
                title=f"{next(self.calls):06}:{event.payload['number']}",
                created_by="test",
                created_at=event.recorded_at,
            )
            if event.payload["number"] in self.bad:
                raise ValueError(f"cannot bear {event.payload['number']}")


@pytest.mark.django_db
def test_drain_hands_over_everything_once_and_in_order(listen: Listen) -> None:
    received = listen()
    events.record_all([moved(n) for n in range(1200)], actor=SYSTEM)

    read = events.drain()
    again = events.drain()

    assert read == 1200
    assert again == 0
    assert numbers(received) == list(range(1200))
    position = SubscriptionPosition.objects.get(pk="test")
    assert position.position_id == received[-1].id
    assert position.position_xid == received[-1].xid


@pytest.mark.django_db
def test_drain_reads_transactions_in_order_of_number_not_of_text(listen: Listen) -> None:
    received = listen()
    events.record_all([moved(n) for n in range(3)], actor=SYSTEM)
    for number, xid in ((0, 1000), (1, 999), (2, 10000)):
        StoredEvent.objects.filter(payload__number=number).update(xid=xid)

    events.drain()

    assert numbers(received) == [1, 0, 2]


@pytest.mark.django_db
def test_drain_hands_over_the_wanted_types_and_passes_the_others(listen: Listen) -> None:
    lost: list[RecordedEvent] = listen("lost", to=[ParcelLost])
    parcel = uuid7()
    events.record_all([moved(), ParcelLost(parcel_id=parcel), moved()], actor=SYSTEM)

    events.drain()

    assert [event.event for event in lost] == [ParcelLost(parcel_id=parcel)]
    last = StoredEvent.objects.order_by("-id")[0]
    assert SubscriptionPosition.objects.get(pk="lost").position_id == last.id


@pytest.mark.django_db
def test_drain_hands_over_what_handlers_record(listen: Listen) -> None:
    received = listen("a", to=[ParcelLost])

    def report_loss(batch: Sequence[RecordedEvent]) -> None:
        events.record_all([ParcelLost(parcel_id=e.aggregateid) for e in batch], actor=SYSTEM)

    listen("b", to=[type(moved())], handler=report_loss)
    event = moved()
    events.record(event, actor=SYSTEM)

    events.drain()

    assert [each.aggregateid for each in received] == [event.parcel_id]


@pytest.mark.django_db
def test_drain_raises_the_error_of_a_handler_and_nothing_has_moved(listen: Listen) -> None:
    listen(handler=Picky(2))
    events.record_all([moved(n) for n in range(4)], actor=SYSTEM)

    with pytest.raises(ValueError, match="cannot bear 2"):
        events.drain()

    assert _seen() == []
    assert not SubscriptionPosition.objects.filter(position_id__gt=0).exists()
    assert not ParkedAggregate.objects.exists()


@pytest.mark.django_db
def test_poison_parks_its_aggregate_and_the_others_flow(listen: Listen) -> None:
    listen(handler=Picky(13))
    sick = uuid7()
    events.record_all([moved(n) for n in range(10)], actor=SYSTEM)
    events.record_all([moved(13, sick), moved(14, sick), moved(15)], actor=SYSTEM)

    events.drain(park=True)
    events.record_all([moved(16, sick), moved(17)], actor=SYSTEM)
    events.drain(park=True)

    assert _seen() == [*range(10), 15, 17]
    parked = ParkedAggregate.objects.get()
    assert parked.aggregateid == sick
    queue = ParkedEvent.objects.filter(parked=parked).order_by("id")
    assert [row.status for row in queue] == ["waiting"] * 3
    assert queue[0].error == "ValueError: cannot bear 13"
    incident = Incident.objects.get()
    assert incident.status == "open"
    assert parked.incident_id == incident.pk


@pytest.mark.django_db
def test_retry_parked_does_what_waits_in_order_and_closes_the_incident(listen: Listen) -> None:
    picky = Picky(13)
    listen(handler=picky)
    sick = uuid7()
    events.record_all([moved(13, sick), moved(14, sick), moved(15)], actor=SYSTEM)
    events.drain(park=True)
    parked = ParkedAggregate.objects.get()

    still = parking.retry_parked(parked_id=parked.pk, actor=SYSTEM)
    picky.bad.clear()
    done = parking.retry_parked(parked_id=parked.pk, actor=SYSTEM)
    events.record(moved(16, sick), actor=SYSTEM)
    events.drain()

    assert (still, done) == (False, True)
    assert _seen() == [15, 13, 14, 16]
    parked.refresh_from_db()
    assert parked.status == "resolved"
    assert Incident.objects.get().status == "closed"
    with pytest.raises(parking.NothingParked):
        parking.retry_parked(parked_id=parked.pk, actor=SYSTEM)


@pytest.mark.django_db
def test_skip_parked_gives_up_the_poison_and_does_the_rest(listen: Listen) -> None:
    listen(handler=Picky(13))
    sick = uuid7()
    events.record_all([moved(13, sick), moved(14, sick)], actor=SYSTEM)
    events.drain(park=True)
    parked = ParkedAggregate.objects.get()

    done = parking.skip_parked(parked_id=parked.pk, actor=SYSTEM)

    assert done
    assert _seen() == [14]
    assert list(parked.queue.order_by("id").values_list("status", flat=True)) == ["skipped", "done"]
    assert Incident.objects.get().status == "closed"


@pytest.mark.django_db
def test_retry_parked_of_an_unknown_row_is_not_found(listen: Listen) -> None:
    listen()

    with pytest.raises(NotFound):
        parking.retry_parked(parked_id=1, actor=SYSTEM)


@pytest.mark.django_db
def test_trouble_of_the_database_is_nobodys_poison(listen: Listen) -> None:
    def busy(batch: Sequence[RecordedEvent]) -> None:
        raise OperationalError("lock timeout")

    listen(handler=busy)
    events.record(moved(), actor=SYSTEM)

    with pytest.raises(OperationalError):
        events.drain(park=True)

    assert not ParkedAggregate.objects.exists()


@pytest.mark.django_db
def test_drain_takes_the_same_queries_for_one_event_and_for_five_hundred(listen: Listen) -> None:
    listen()
    events.record(moved(), actor=SYSTEM)
    events.drain()

    counts = []
    for many in (1, 500):
        events.record_all([moved(n) for n in range(many)], actor=SYSTEM)
        with CaptureQueriesContext(connection) as caught:
            events.drain()
        counts.append(len(caught))

    assert counts[0] == counts[1] <= 18


@pytest.mark.django_db
def test_lag_is_the_age_of_the_oldest_waiting_event(listen: Listen) -> None:
    listen()
    events.record(moved(), actor=SYSTEM)

    before = queries.subscription_statuses()[0]
    gauges = {metric.name: metric.samples for metric in LagCollector().collect()}
    events.drain()
    after = queries.subscription_statuses()[0]

    assert before.lag_seconds > 0
    assert before.oldest_waiting_at == StoredEvent.objects.get().recorded_at
    assert gauges["omni_subscription_lag_seconds"][0].labels == {"subscription": "test"}
    assert gauges["omni_subscription_lag_seconds"][0].value > 0
    assert after.lag_seconds == 0


@pytest.mark.django_db
def test_events_command_shows_and_retries(
    listen: Listen, capsys: pytest.CaptureFixture[str]
) -> None:
    picky = Picky(1)
    listen(handler=picky)
    events.record_all([moved(1), moved(2)], actor=SYSTEM)
    events.drain(park=True)
    parked = ParkedAggregate.objects.get()

    call_command("events", "status")
    shown = capsys.readouterr().out
    picky.bad.clear()
    call_command("events", "retry", str(parked.pk))

    assert "waiting 0" in shown
    assert "parked 1" in shown
    assert "ValueError: cannot bear 1" in shown
    assert _seen() == [2, 1]


@pytest.mark.django_db(transaction=True)
def test_run_leaves_a_subscription_that_fails_and_reads_the_others(
    listen: Listen, relay_until: Callable[..., None]
) -> None:
    def away(batch: Sequence[RecordedEvent]) -> None:
        raise OperationalError("the database is away")

    listen("a", handler=away)
    received = listen("b")
    with transaction.atomic():
        events.record(moved(1), actor=SYSTEM)

    relay_until(lambda: received)

    assert numbers(received) == [1]
    row = SubscriptionPosition.objects.filter(pk="a").first()
    assert row is None or row.position_id == 0
    assert not ParkedAggregate.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_run_parks_even_trouble_of_the_database_when_it_does_not_end(
    listen: Listen, relay_until: Callable[..., None]
) -> None:
    def always(batch: Sequence[RecordedEvent]) -> None:
        if any(event.payload["number"] == 1 for event in batch):
            raise OperationalError("canceling statement due to statement timeout")

    listen("a", handler=always)
    SubscriptionPosition.objects.create(pk="a")
    with transaction.atomic():
        events.record_all([moved(1), moved(2)], actor=SYSTEM)

    relay_until(lambda: ParkedAggregate.objects.exists())

    assert ParkedEvent.objects.count() == 1
    assert SubscriptionPosition.objects.get(pk="a").failures == 0
    assert relay.run("a") == 0
