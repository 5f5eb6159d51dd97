"""Races: many workers that start at one moment, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")

START_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What one worker came back with: a value, or the error that stopped it."""

    value: T | None = None
    error: Exception | None = None


def race(workers: Sequence[Callable[[], T]]) -> list[Outcome[T]]:
    """Run all workers at once; outcomes in the order of the workers."""
    gate = threading.Barrier(len(workers))
    outcomes: list[Outcome[T]] = [Outcome() for _ in workers]

    def run(place: int, work: Callable[[], T]) -> None:
        try:
            connections["default"].ensure_connection()
            gate.wait(START_TIMEOUT)
            outcomes[place] = Outcome(value=work())
        except Exception as error:  # noqa: BLE001  every error is an outcome of the race
            outcomes[place] = Outcome(error=error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(place, work), name=f"racer-{place}")
        for place, work in enumerate(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
