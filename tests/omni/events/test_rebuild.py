"""Projections made anew; positions after a restore."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from omni.access.actor import SYSTEM
from omni.core.ids import uuid7
from omni.events import operations as events
from omni.events import queries, subscriptions
from omni.events.models import ParkedAggregate, StoredEvent, SubscriptionPosition
from omni.events.rebase import rebase
from omni.events.rebuild import NotAProjection, RebuildUnderWay, abandon, rebuild
from omni.events.subscriptions import RecordedEvent
from omni.work.models import Incident
from tests.omni.events.samples import moved, numbers


class Diary:
    """A table of numbers, also written by direct capture (event_id null)."""

    def __init__(self) -> None:
        self.factor = 1
        self.breaks_at: int | None = None
        self._run("CREATE TABLE test_diary (event_id bigint UNIQUE, number int)")

    def live(self, batch: Sequence[RecordedEvent]) -> None:
        self._write("test_diary", batch)

    def prepare(self) -> None:
        self._run("DROP TABLE IF EXISTS test_diary_new")
        self._run("CREATE TABLE test_diary_new (event_id bigint UNIQUE, number int)")

    def handle(self, batch: Sequence[RecordedEvent]) -> None:
        self._write("test_diary_new", batch)

    def swap(self) -> None:
        self._run("INSERT INTO test_diary_new SELECT * FROM test_diary WHERE event_id IS NULL")
        self._run("DROP TABLE test_diary")
        self._run("ALTER TABLE test_diary_new RENAME TO test_diary")

    def discard(self) -> None:
        self._run("DROP TABLE IF EXISTS test_diary_new")

    def rows(self) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT event_id IS NULL, number FROM test_diary ORDER BY 1, 2")
            return cursor.fetchall()

    def capture(self, number: int) -> None:
        self._run(f"INSERT INTO test_diary VALUES (NULL, {number})")

    def _write(self, table: str, batch: Sequence[RecordedEvent]) -> None:
        for event in batch:
            number = event.payload["number"]
            if number == self.breaks_at:
                raise ValueError(number)
            self._run(f"INSERT INTO {table} VALUES ({event.id}, {number * self.factor})")

    def _run(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.fixture
def diary(db: None, only_mine: None) -> Diary:
    made = Diary()
    subscriptions.subscribe(name="diary", to=subscriptions.ALL, handler=made.live, projection=made)
    return made


@pytest.mark.django_db
def test_rebuild_makes_the_projection_anew_and_keeps_direct_capture(diary: Diary) -> None:
    events.record_all([moved(n) for n in range(3)], actor=SYSTEM)
    events.drain()
    diary.capture(99)
    diary.factor = 10

    count = rebuild(name="diary", actor=SYSTEM)
    events.record(moved(3), actor=SYSTEM)
    events.drain()

    assert count == 3
    assert diary.rows() == [(False, 0), (False, 10), (False, 20), (False, 30), (True, 99)]
    row = SubscriptionPosition.objects.get(pk="diary")
    assert row.rebuilt_at is not None
    assert row.rebuild_xid is None


@pytest.mark.django_db
def test_rebuild_resolves_what_was_parked(diary: Diary) -> None:
    diary.breaks_at = 1
    events.record_all([moved(n) for n in range(3)], actor=SYSTEM)
    events.drain(park=True)
    diary.breaks_at = None

    rebuild(name="diary", actor=SYSTEM)

    assert diary.rows() == [(False, 0), (False, 1), (False, 2)]
    assert ParkedAggregate.objects.get().status == "resolved"
    assert Incident.objects.get().status == "closed"


@pytest.mark.django_db
def test_rebuild_that_fails_leaves_the_projection_in_use(diary: Diary) -> None:
    events.record_all([moved(n) for n in range(3)], actor=SYSTEM)
    events.drain()
    diary.breaks_at = 1

    with pytest.raises(ValueError, match="1"):
        rebuild(name="diary", actor=SYSTEM)

    assert diary.rows() == [(False, 0), (False, 1), (False, 2)]
    assert SubscriptionPosition.objects.get(pk="diary").rebuild_xid is None


@pytest.mark.django_db
def test_rebuild_is_refused_while_one_is_under_way_until_it_is_abandoned(diary: Diary) -> None:
    SubscriptionPosition.objects.create(pk="diary", rebuild_xid=0, rebuild_id=0)

    with pytest.raises(RebuildUnderWay):
        rebuild(name="diary", actor=SYSTEM)
    abandon(name="diary")

    assert rebuild(name="diary", actor=SYSTEM) == 0


@pytest.mark.django_db
def test_rebuild_is_refused_for_what_cannot_be_done_again(
    listen: Callable[..., list[Any]],
) -> None:
    received = listen("messages")
    events.record(moved(), actor=SYSTEM)
    events.drain()

    with pytest.raises(NotAProjection):
        rebuild(name="messages", actor=SYSTEM)

    assert len(received) == 1


@pytest.mark.django_db
def test_rebase_lets_a_restored_log_go_on(listen: Callable[..., list[Any]]) -> None:
    first = listen("a")
    events.record_all([moved(n) for n in range(4)], actor=SYSTEM)
    events.drain()
    second = listen("b")
    events.record_all([moved(n) for n in (4, 5)], actor=SYSTEM)
    # As after a restore: the rows bear ids that this cluster reaches only after years.
    StoredEvent.objects.update(xid=10**12)
    handled = first[-1].id
    SubscriptionPosition.objects.filter(pk="a").update(
        position_xid=10**12, position_id=handled, high_xid=10**12, high_id=handled
    )
    ahead = queries.log_is_ahead()

    rebase()
    events.drain()
    events.record(moved(6, uuid7()), actor=SYSTEM)
    events.drain()

    assert ahead
    assert not queries.log_is_ahead()
    assert numbers(first) == [0, 1, 2, 3, 4, 5, 6]
    assert numbers(second) == [0, 1, 2, 3, 4, 5, 6]
