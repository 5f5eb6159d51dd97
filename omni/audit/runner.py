"""The run: all invariants against one snapshot, without stopping anybody."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import Error, connection, transaction

from omni.audit.registry import Invariant, invariants

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What one invariant found. ``rows`` holds the first 100 offenders, ``count`` counts all."""

    invariant: Invariant
    count: int
    rows: Sequence[dict[str, Any]]
    seconds: float
    error: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.count and not self.error


def run(*, only: Iterable[str] | None = None) -> list[Finding]:
    """Check the invariants, all in one REPEATABLE READ READ ONLY transaction.

    Within a transaction of the caller (tests) its view of the data is the snapshot. Raises
    LookupError for an unknown code.
    """
    chosen = invariants(only)
    with _snapshot():
        return [_check(each) for each in chosen]


def explain(*, only: Iterable[str] | None = None) -> Iterator[tuple[Invariant, str]]:
    """The plan of each invariant's statement."""
    for each in invariants(only):
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + each.statement())
            yield each, "\n".join(row[0] for row in cursor.fetchall())


@contextmanager
def _snapshot() -> Iterator[None]:
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _check(each: Invariant) -> Finding:
    began = time.monotonic()
    try:
        # In a savepoint, so that a statement that fails does not end the others.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(each.statement())  # without parameters, so that % stands for itself
            names = [column.name for column in cursor.description or ()]
            shown = cursor.fetchmany(SHOWN)
            count = max(cursor.rowcount, len(shown))
    except Error as error:
        return Finding(each, 0, [], time.monotonic() - began, error=str(error).strip())
    rows = [dict(zip(names, row, strict=True)) for row in shown]
    return Finding(each, count, rows, time.monotonic() - began)
