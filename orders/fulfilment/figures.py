"""How well pickups were served: promised against ready, and what stores refused.

A pickup counts on the local day for which it was promised. It was on time if it lay ready by then.
What a store rejected or what was cancelled is no promise kept or broken (the same rule as on the
store's own board); rejections are told beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from orders.sales.figures import SPANS, Scope, Span

_WORK = f"""
WITH {SPANS},
work AS (
    SELECT f.*, p.ready_at, d.day
    FROM orders_fulfilmentorder f
    JOIN orders_pickup p ON p.fulfilment_order_id = f.id
    JOIN orders_order o ON o.id = f.order_id
    JOIN inventory_location l ON l.id = f.location_id
    CROSS JOIN LATERAL (SELECT (f.due_at AT TIME ZONE l.time_zone)::date AS day) d
    JOIN span s ON d.day BETWEEN s.first AND s.last AND f.due_at < s.until
    WHERE f.method = 'pickup' AND f.due_at >= %(from)s AND f.due_at < %(to)s
      AND (%(channels)s::uuid[] IS NULL OR o.channel_id = ANY(%(channels)s))
      AND (%(locations)s::uuid[] IS NULL OR f.location_id = ANY(%(locations)s))
      AND (%(seen_locations)s::uuid[] IS NULL OR f.location_id = ANY(%(seen_locations)s)
           OR o.channel_id = ANY(%(seen_channels)s)))
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Service:
    """Pickups of a store (None: of all), on a day (None: on all). ``minutes`` is the median from
    order to ready."""

    location_id: UUID | None
    day: date | None
    promised: int
    on_time: int
    rejected: int
    not_collected: int
    minutes: int | None

    @property
    def share(self) -> float | None:
        """The part that was on time; None where nothing was promised."""
        return self.on_time / self.promised if self.promised else None


def pickup_service(scope: Scope, span: Span, *, by_day: bool = False) -> list[Service]:
    """One row per store, and one of all; by day too, if asked. Currency plays no part."""
    sets = "(location_id, day), (day), (location_id), ()" if by_day else "(location_id), ()"
    told = "NOT IN ('rejected', 'cancelled')"
    statement = f"""{_WORK}
        SELECT location_id, {"day" if by_day else "NULL"},
               count(*) FILTER (WHERE status {told}),
               count(*) FILTER (WHERE status {told} AND ready_at <= due_at),
               count(*) FILTER (WHERE status = 'rejected'),
               count(*) FILTER (WHERE status = 'no_show'
                                   OR status IN ('put_back', 'closed') AND reason = 'no_show'),
               round(percentile_cont(0.5) WITHIN GROUP (
                   ORDER BY extract(epoch FROM ready_at - created_at) / 60)
                   FILTER (WHERE status {told} AND ready_at IS NOT NULL))::int
        FROM work GROUP BY GROUPING SETS ({sets})"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, scope.values([span]))
        return [Service(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Refused:
    """Work that a store refused, or pickups that were left, with the reason."""

    location_id: UUID
    status: str
    reason: str
    works: int
    units: int


def refused_work(scope: Scope, span: Span) -> list[Refused]:
    """Rejections, no-shows and refusals at the counter, by store and reason."""
    statement = f"""{_WORK}
        SELECT work.location_id, work.status, work.reason, count(DISTINCT work.id),
               coalesce(sum(x.quantity), 0)::bigint
        FROM work JOIN orders_fulfilmentline x ON x.fulfilment_order_id = work.id
        WHERE work.status IN ('rejected', 'no_show', 'refused_at_counter')
        GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2, 3"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, scope.values([span]))
        return [Refused(*row) for row in cursor.fetchall()]


def worst(rows: Sequence[Service], target: float) -> Service | None:
    """The store furthest below the target."""
    below = [each for each in rows if each.share is not None and each.share < target]
    return min(below, key=lambda each: (each.share, -each.promised), default=None)
