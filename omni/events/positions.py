"""Where each subscription stands, and the lock that keeps it to one reader."""

from __future__ import annotations

from django.db import connection

from omni.core import clock
from omni.events.log import Position
from omni.events.models import SubscriptionPosition


def try_lock(name: str) -> bool:
    """Become the one reader until the end of the transaction, unless somebody else is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_key(name)])
        return bool(cursor.fetchone()[0])


def wait_for_lock(name: str) -> None:
    """Become the one reader, after the one at work. ``lock_timeout`` ends the wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_key(name)])


def current(name: str) -> SubscriptionPosition:
    """The row, made at the beginning of the log when it is missing. The lock is held."""
    row = SubscriptionPosition.objects.filter(pk=name).first()
    return row or SubscriptionPosition.objects.get_or_create(pk=name)[0]


def of(row: SubscriptionPosition) -> Position:
    return Position(row.position_xid, row.position_id)


def advance(name: str, to: Position) -> None:
    """Move on to a place further down the log. The lock is held."""
    SubscriptionPosition.objects.filter(pk=name).update(
        position_xid=to.xid,
        position_id=to.id,
        high_xid=to.xid,
        high_id=to.id,
        moved_at=clock.now(),
        failures=0,
        last_error="",
    )


def _key(name: str) -> str:
    return f"subscription {name}"
