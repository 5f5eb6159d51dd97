"""The order of the log: nothing is skipped, nothing is handled twice."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from omni.access.actor import SYSTEM
from omni.events import operations as events
from omni.events import relay
from omni.events.models import StoredEvent, SubscriptionPosition
from omni.events.subscriptions import RecordedEvent
from omni.work.models import Task
from tests.omni.events.samples import moved, numbers

WRITERS = 20
EACH = 15
ROOT = Path(__file__).resolve().parents[3]


def _in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_late_commit_is_not_skipped_though_polling_by_id_skips_it(
    listen: Callable[..., list[Any]], relay_until: Callable[..., None]
) -> None:
    received = listen()
    recorded, commit = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            events.record(moved(1), actor=SYSTEM)
            recorded.set()
            commit.wait(10)

    slow = _in_thread(slow_writer)
    recorded.wait(10)
    with transaction.atomic():
        events.record(moved(2), actor=SYSTEM)

    # The control: a reader that remembers the highest id it saw.
    polled = list(StoredEvent.objects.order_by("id"))
    relay.run_all()
    early = list(received)
    commit.set()
    slow.join()
    polled += list(StoredEvent.objects.filter(id__gt=polled[-1].id))
    relay_until(lambda: len(received) >= 2)

    assert [row.payload["number"] for row in polled] == [2]
    assert early == []
    assert numbers(received) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_and_three_readers_lose_and_repeat_nothing(
    listen: Callable[..., list[Any]],
) -> None:
    received = listen()
    stop = threading.Event()
    total = WRITERS * EACH

    def write(writer: int) -> None:
        dice = random.Random(writer)
        for n in range(EACH):
            with transaction.atomic():
                events.record(moved(writer * EACH + n), actor=SYSTEM)
                time.sleep(dice.random() * 0.02)

    def read() -> None:
        while not stop.is_set():
            relay.run_all()
            time.sleep(0.002)

    readers = [_in_thread(read) for _ in range(3)]
    writers = [_in_thread(lambda w=w: write(w)) for w in range(WRITERS)]  # type: ignore[misc]
    for writer in writers:
        writer.join()
    deadline = time.monotonic() + 20
    while len(received) < total and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    for reader in readers:
        reader.join()

    assert sorted(numbers(received)) == list(range(total))
    order = [(event.xid, event.id) for event in received]
    assert order == sorted(order)


@pytest.mark.django_db(transaction=True)
def test_a_reader_killed_before_it_moves_its_position_leaves_nothing_behind(
    listen: Callable[..., list[Any]], relay_until: Callable[..., None]
) -> None:
    with transaction.atomic():
        events.record_all([moved(n) for n in range(50)], actor=SYSTEM)
    database = connection.settings_dict
    command = [
        sys.executable,
        str(Path(__file__).with_name("killed_reader.py")),
        database["NAME"],
        database["OPTIONS"]["host"],
    ]

    died = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False
    )
    left = Task.objects.count()

    def handle(batch: Sequence[RecordedEvent]) -> None:
        Task.objects.bulk_create(
            Task(
                kind="seen",
                subject_kind="event",
                subject_id=str(event.id),
                title="seen",
                created_by="reader",
                created_at=event.recorded_at,
            )
            for event in batch
        )

    listen("killed", handler=handle)
    relay_until(lambda: Task.objects.exists())
    relay.run_all()

    assert died.returncode == -9
    assert left == 0
    assert Task.objects.count() == 50
    assert Task.objects.values("subject_id").distinct().count() == 50
    assert SubscriptionPosition.objects.get(pk="killed").position_id > 0
