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
def one_moment() -> Iterator[None]:
    """Within this, ``now`` is always the same."""
    token = _kept.set([])
    try:
        yield
    finally:
        _kept.reset(token)


def now() -> datetime:
    """The moment of the page; outside of one, the clock's."""
    kept = _kept.get()
    if kept is None:
        return clock.now()
    if not kept:
        kept.append(clock.now())
    return kept[0]
