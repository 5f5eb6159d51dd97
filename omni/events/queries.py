"""How far behind each subscription is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from omni.events.subscriptions import subscriptions

_STATUS = """
SELECT names.name, coalesce(p.position_xid::text, '0'), coalesce(p.position_id, 0), p.moved_at,
       coalesce(p.failures, 0), coalesce(p.last_error, ''), p.rebuild_xid IS NOT NULL,
       (SELECT count(*) FROM omni_parked_aggregate a
         WHERE a.subscription = names.name AND a.status = 'parked'),
       next.recorded_at,
       CASE WHEN next.recorded_at IS NULL THEN 0
            ELSE extract(epoch FROM clock_timestamp() - next.recorded_at) END
  FROM unnest(%s::text[]) AS names(name)
  LEFT JOIN omni_subscription p ON p.name = names.name
  LEFT JOIN LATERAL (
        SELECT e.recorded_at FROM omni_event e
         WHERE (e.xid, e.id) > (coalesce(p.position_xid, '0'::xid8), coalesce(p.position_id, 0))
         ORDER BY e.xid, e.id LIMIT 1) AS next ON true
 ORDER BY names.name
"""
_WAITING = """
SELECT count(*) FROM (
    SELECT FROM omni_event
     WHERE (xid, id) > (SELECT coalesce(max(position_xid::text), '0')::xid8,
                               coalesce(max(position_id), 0)
                          FROM omni_subscription WHERE name = %s)
     LIMIT %s) AS beyond
"""
COUNT_UP_TO = 100_000


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """``lag_seconds`` is the age of the oldest event not handled yet, 0 if there is none."""

    name: str
    position_xid: int
    position_id: int
    moved_at: datetime | None
    failures: int
    last_error: str
    is_rebuilding: bool
    parked: int
    oldest_waiting_at: datetime | None
    lag_seconds: float


def subscription_statuses() -> list[SubscriptionStatus]:
    """All declared subscriptions, one query, a look into the index for each."""
    names = [each.name for each in subscriptions()]
    with connection.cursor() as cursor:
        cursor.execute(_STATUS, [names])
        return [
            SubscriptionStatus(*(row[0], int(row[1]), *row[2:9], float(row[9])))
            for row in cursor.fetchall()
        ]


def waiting_events(name: str) -> int:
    """How many events lie beyond the position, counted up to 100,000."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [name, COUNT_UP_TO])
        count: int = cursor.fetchone()[0]
    return count


def log_is_ahead() -> bool:
    """Whether rows bear transaction ids that this cluster has not reached: it was restored from a
    dump, and ``manage.py events rebase`` must run before anything is relayed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM omni_event"
            " WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())"
            " AND xid <> coalesce(pg_current_xact_id_if_assigned(), '0'::xid8))"
        )
        return bool(cursor.fetchone()[0])
