"""The one clock: the database's, read once per outermost transaction.

Operations read it at their top and pass the moment on, also to SQL as a parameter, so that
everything one transaction writes bears the same moment, whatever machine it ran on. Demo and tests
move it with ``moved``; only the offset moves, the database's clock is never asked twice for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

_offset: ContextVar[timedelta] = ContextVar("omni_clock_offset", default=timedelta(0))


def now() -> datetime:
    """The current moment, UTC: the same for the whole outermost transaction."""
    return _read() + _offset.get()


def offset() -> timedelta:
    """How far the clock is moved: for SQL that must read the database's clock by itself."""
    return _offset.get()


def prime(moment: datetime) -> datetime:
    """Take over a reading of ``clock_timestamp()`` that another statement brought along.

    The first reading of a transaction stays. Returns the reading that counts.
    """
    if not connection.in_atomic_block:
        return moment
    remembered = _recall()
    if remembered is not None:
        return remembered
    _remember(moment)
    return moment


def reading(moment: datetime) -> datetime:
    """The current moment by a reading of ``clock_timestamp()`` that a query brought along."""
    return moment.astimezone(UTC) + _offset.get()


@contextmanager
def moved(*, by: timedelta | None = None, to: datetime | None = None) -> Iterator[None]:
    """Move the clock of this thread for a while, by a span or to a moment (it goes on running)."""
    if (by is None) == (to is None):
        raise ValueError("move the clock either by a span or to a moment")
    offset = _offset.get() + by if by is not None else to - _read()  # type: ignore[operator]
    token = _offset.set(offset)
    try:
        yield
    finally:
        _offset.reset(token)


def _read() -> datetime:
    if not connection.in_atomic_block:
        return _ask()
    remembered = _recall()
    if remembered is not None:
        return remembered
    moment = _ask()
    _remember(moment)
    return moment


def _ask() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment.astimezone(UTC)


# Django replaces ``run_on_commit`` by a new list whenever a transaction ends, so the identity of
# that list tells transactions apart without a hook of ours that a rollback could miss.
def _remember(moment: datetime) -> None:
    _wrapper()._omni_clock = (connection.run_on_commit, moment.astimezone(UTC))  # noqa: SLF001


def _recall() -> datetime | None:
    remembered = getattr(_wrapper(), "_omni_clock", None)
    if remembered is None or remembered[0] is not connection.run_on_commit:
        return None
    moment: datetime = remembered[1]
    return moment


def _wrapper() -> Any:
    # ``connection`` is a proxy of the thread's own wrapper; attributes belong on the latter.
    return connections[DEFAULT_DB_ALIAS]
