"""Waking the relay: a message on the broker, one per 50 ms, and none that a request waits for."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from omni.events import nudge


@pytest.fixture
def memory_broker() -> Iterator[None]:
    before = current_app.conf.broker_url
    current_app.conf.broker_url = "memory://"
    yield
    current_app.conf.broker_url = before


def test_a_message_of_the_relay_task_reaches_the_broker(memory_broker: None) -> None:
    with nudge._connect() as connection:
        nudge._send(connection)
        message = connection.SimpleQueue(current_app.conf.task_default_queue).get(timeout=2)

    assert message.headers["task"] == nudge.RELAY_TASK
    assert message.headers["expires"]


def test_without_a_broker_nobody_is_nudged(
    memory_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudge, "_owner_pid", 0)

    nudge.nudge()

    assert nudge._owner_pid == 0


def test_a_burst_of_nudges_is_few_messages(
    hanging_broker: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudge, "_owner_pid", 0)

    began = time.monotonic()
    for _ in range(10_000):
        nudge.nudge()
    took = time.monotonic() - began
    time.sleep(0.5)

    assert took < 0.5
    assert 1 <= len(hanging_broker) <= 4


def test_every_tick_of_beat_is_a_task() -> None:
    current_app.loader.import_default_modules()

    for tick in settings.CELERY_BEAT_SCHEDULE.values():
        assert tick["task"] in current_app.tasks
    assert nudge.RELAY_TASK in current_app.tasks
