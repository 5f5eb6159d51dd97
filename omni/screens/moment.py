"""One moment for a whole page: the clock is read once, however many times the page tells the time.

A page that says «13 min left» in thirty rows means one now; and asking the database's clock for
each of them would be thirty queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from omni.core import clock

_kept: ContextVar[list[datetime] | None] = ContextVar("omni_page_moment", default=None)


@contextmanager
def one_moment(moment: datetime | None = None) -> Iterator[None]:
    """Within this, ``now`` is always the same: the moment given, or that of the first reading."""
    token = _kept.set([] if moment is None else [moment])
    try:
        yield
    finally:
        _kept.reset(token)


def take(reading: datetime) -> None:
    """Take over a reading of the database's clock that a query of the page brought along.

    The first reading of a page stays; outside of one this does nothing.
    """
    kept = _kept.get()
    if kept is not None and not kept:
        kept.append(clock.reading(reading))


def now() -> datetime:
    """The moment of the page; outside of one, the clock's."""
    kept = _kept.get()
    if kept is None:
        return clock.now()
    if not kept:
        kept.append(clock.now())
    return kept[0]
