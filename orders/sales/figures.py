"""What was sold, as figures: by day, channel, store and category, and who bought.

A sale is an order that was confirmed, with the goods that are still ordered at the prices charged,
discounts taken off; what was cancelled is off. **Net sales** are that less what came back
(``orders.aftersales.figures`` tells it, as rows of the same shape). Amounts are net of tax;
shipping is told beside the goods and is no part of net sales. A sale counts on the day on which it
was placed where it was sold: in the time zone of the store whose till rang it, else in the
merchant's. It belongs to the store of that till; web and app sales belong to none. Currencies are
never added up: a scope names one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from omni.access.actor import Actor
from omni.access.permissions import Permission


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from the first to the last, and nothing at or after a moment."""

    first: date
    last: date
    until: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """What figures are asked about. None stands for all.

    ``seen_*`` is what the person may see: sales of these stores or of these channels.
    """

    currency: str
    zone: str
    channel_ids: Sequence[UUID] | None = None
    location_ids: Sequence[UUID] | None = None
    seen_location_ids: Sequence[UUID] | None = None
    seen_channel_ids: Sequence[UUID] | None = None

    def values(self, spans: Sequence[Span]) -> dict[str, Any]:
        """Parameters of the statements; moments leave a day each way for the time zones."""
        widest = timedelta(days=1)
        first = min(span.first for span in spans)
        last = max(span.last for span in spans)
        return {
            "currency": self.currency,
            "zone": self.zone,
            "channels": _ids(self.channel_ids),
            "locations": _ids(self.location_ids),
            "seen_locations": _ids(self.seen_location_ids),
            "seen_channels": _ids(self.seen_channel_ids),
            "first": [span.first for span in spans],
            "last": [span.last for span in spans],
            "until": [span.until for span in spans],
            "from": datetime.combine(first, time.min, UTC) - widest,
            "to": datetime.combine(last, time.min, UTC) + 2 * widest,
        }


def _ids(ids: Sequence[UUID] | None) -> list[UUID] | None:
    return None if ids is None else list(ids)


def seen_by(actor: Actor, permission: str = Permission.ORDERS_VIEW) -> dict[str, Any]:
    """The ``seen_*`` of a scope for somebody."""
    if actor.may_everywhere(permission):
        return {}
    return {
        "seen_location_ids": sorted(actor.location_ids(permission) or ()),
        "seen_channel_ids": sorted(actor.channel_ids(permission) or ()),
    }


# The days asked about; what a scope lets through of a table of orders named ``o``.
SPANS = """
span AS (
    SELECT s.span, s.first, s.last, s.until
    FROM unnest(%(first)s::date[], %(last)s::date[], %(until)s::timestamptz[])
         WITH ORDINALITY AS s (first, last, until, span))"""
IN_SCOPE = """
    (%(channels)s::uuid[] IS NULL OR o.channel_id = ANY(%(channels)s))
AND (%(locations)s::uuid[] IS NULL OR o.location_id = ANY(%(locations)s))
AND (%(seen_locations)s::uuid[] IS NULL OR o.location_id = ANY(%(seen_locations)s)
     OR o.channel_id = ANY(%(seen_channels)s))"""

_SOLD = f"""
{SPANS},
sold AS (
    SELECT o.id, o.channel_id, o.location_id, o.customer_id, o.cancelled_minor, o.placed_at,
           d.day, s.span
    FROM orders_order o
    LEFT JOIN inventory_location p ON p.id = o.location_id
    CROSS JOIN LATERAL (
        SELECT (o.placed_at AT TIME ZONE coalesce(p.time_zone, %(zone)s))::date AS day) d
    JOIN span s ON d.day BETWEEN s.first AND s.last AND o.placed_at < s.until
    WHERE o.placed_at >= %(from)s AND o.placed_at < %(to)s
      AND o.status IN ('confirmed', 'completed') AND o.currency = %(currency)s
      AND {IN_SCOPE})"""  # noqa: S608

# A line without what was cancelled of it, at its own rate of tax. Weighed goods count as one unit.
_LINES = """
SELECT x.order_id, x.variant_id,
       CASE v.unit WHEN 'gram' THEN (x.quantity > x.quantity_cancelled)::int
                   ELSE x.quantity - x.quantity_cancelled END AS units,
       x.net_minor - CASE WHEN x.total_minor = 0 THEN 0
           ELSE round(x.net_minor::numeric * x.cancelled_minor / x.total_minor) END AS net,
       x.cancelled_minor
FROM sold JOIN orders_orderline x ON x.order_id = sold.id
JOIN inventory_variant v ON v.id = x.variant_id"""

# Shipping and discounts on whole orders; credits of exchanges are money, not sales. What was
# cancelled beyond the goods is shipping that nobody needs any more.
_ORDERS = f"""
WITH {_SOLD},
line AS ({_LINES}),
goods AS (
    SELECT order_id, sum(units) AS units, sum(net) AS net, sum(cancelled_minor) AS cancelled
    FROM line GROUP BY 1),
charge AS (
    SELECT a.order_id,
           sum(a.net_minor) FILTER (WHERE a.kind <> 'shipping') AS net,
           sum(a.net_minor) FILTER (WHERE a.kind = 'shipping') AS shipping,
           sum(a.total_minor) FILTER (WHERE a.kind = 'shipping') AS total
    FROM sold JOIN orders_adjustment a ON a.order_id = sold.id AND a.kind <> 'exchange'
    GROUP BY 1),
value AS (
    SELECT sold.*, coalesce(g.units, 0) AS units, coalesce(g.net, 0) + coalesce(c.net, 0) AS net,
           coalesce(c.shipping, 0) - CASE WHEN c.total > 0 THEN round(c.shipping
               * least(c.total, greatest(0, sold.cancelled_minor - coalesce(g.cancelled, 0)))
               / c.total) ELSE 0 END AS shipping
    FROM sold
    LEFT JOIN goods g ON g.order_id = sold.id
    LEFT JOIN charge c ON c.order_id = sold.id)
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sales:
    """What one channel and store (None: no till) sold on one day in the span of this number, or
    what came off its sales that day: ``back_units`` and ``back_minor`` are goods that came back."""

    span: int
    day: date
    channel_id: UUID
    location_id: UUID | None
    orders: int
    units: int
    sold_minor: int
    shipping_minor: int
    back_units: int = 0
    back_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Net sales."""
        return self.sold_minor - self.back_minor


def sales_by_day(scope: Scope, spans: Sequence[Span]) -> list[Sales]:
    """One row per span, day, channel and store that sold something. Spans count from 0. What came
    off is not in it."""
    statement = f"""{_ORDERS}
        SELECT span - 1, day, channel_id, location_id, count(*), sum(units)::bigint,
               sum(net)::bigint, sum(shipping)::bigint
        FROM value GROUP BY 1, 2, 3, 4"""  # noqa: S608
    return [Sales(*row) for row in _rows(statement, scope.values(spans))]


@dataclass(frozen=True, slots=True)
class CategorySales:
    """Goods of one category sold on one day, or what came off them. Without a name: in none."""

    span: int
    day: date
    category: str
    orders: int
    units: int
    sold_minor: int
    back_units: int = 0
    back_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Net sales."""
        return self.sold_minor - self.back_minor


def sales_by_category(scope: Scope, spans: Sequence[Span]) -> list[CategorySales]:
    """By the category in which the goods are today, without discounts on whole orders. What came
    off is not in it."""
    statement = f"""WITH {_SOLD}, line AS ({_LINES})
        SELECT sold.span - 1, sold.day, coalesce(k.name, ''), count(DISTINCT sold.id),
               sum(line.units)::bigint, sum(line.net)::bigint
        FROM sold JOIN line ON line.order_id = sold.id
        JOIN inventory_variant v ON v.id = line.variant_id
        JOIN inventory_product p ON p.id = v.product_id
        LEFT JOIN inventory_category k ON k.id = p.category_id
        GROUP BY 1, 2, 3"""  # noqa: S608
    return [CategorySales(*row) for row in _rows(statement, scope.values(spans))]


@dataclass(frozen=True, slots=True)
class Buyers:
    """Known customers who bought in a week (None: in all of them), by whether it was their first
    purchase ever; ``unknown`` are sales to nobody known."""

    week: date | None
    new: int
    back: int
    unknown: int


def buyers_by_week(scope: Scope, span: Span) -> list[Buyers]:
    """Weeks begin on Monday. The row of all weeks counts each customer once; it comes last."""
    statement = f"""WITH {_SOLD},
        week AS (SELECT id, customer_id, date_trunc('week', day)::date AS monday, placed_at
                 FROM sold),
        first AS (
            SELECT w.customer_id, (
                SELECT min(o.placed_at) FROM orders_order o
                WHERE o.customer_id = w.customer_id AND o.status IN ('confirmed', 'completed')
            ) AS at FROM (SELECT DISTINCT customer_id FROM week WHERE customer_id IS NOT NULL) w),
        buyer AS (
            SELECT w.monday, w.customer_id, w.id, bool_or(w.placed_at = f.at) OVER (
                PARTITION BY w.monday, w.customer_id) AS new_in_week,
                bool_or(w.placed_at = f.at) OVER (PARTITION BY w.customer_id) AS new_at_all
            FROM week w LEFT JOIN first f USING (customer_id))
        SELECT monday,
            CASE grouping(monday) WHEN 0 THEN count(DISTINCT customer_id) FILTER (WHERE new_in_week)
                                  ELSE count(DISTINCT customer_id) FILTER (WHERE new_at_all) END,
            CASE grouping(monday) WHEN 0 THEN count(DISTINCT customer_id)
                                              FILTER (WHERE NOT new_in_week)
                 ELSE count(DISTINCT customer_id) FILTER (WHERE NOT new_at_all) END,
            count(*) FILTER (WHERE customer_id IS NULL)
        FROM buyer GROUP BY GROUPING SETS ((monday), ()) ORDER BY monday NULLS LAST"""  # noqa: S608
    return [Buyers(*row) for row in _rows(statement, scope.values([span]))]


@dataclass(frozen=True, slots=True)
class Lost:
    """Orders placed on one day that came to nothing, or lost a part. Amounts with tax, as told."""

    day: date
    channel_id: UUID
    status: str
    reason: str
    orders: int
    amount_minor: int


def lost_by_day(scope: Scope, span: Span) -> list[Lost]:
    """Orders cancelled whole or in part, by the reason given first, and those never paid."""
    statement = f"""WITH {SPANS}
        SELECT d.day, o.channel_id,
               CASE WHEN o.status IN ('cancelled', 'failed') THEN o.status ELSE 'part' END,
               CASE o.status WHEN 'failed' THEN '' ELSE coalesce(c.reason, '') END,
               count(*), sum(CASE o.status WHEN 'failed' THEN o.total_minor
                                           ELSE o.cancelled_minor END)::bigint
        FROM orders_order o
        LEFT JOIN inventory_location p ON p.id = o.location_id
        CROSS JOIN LATERAL (
            SELECT (o.placed_at AT TIME ZONE coalesce(p.time_zone, %(zone)s))::date AS day) d
        JOIN span s ON d.day BETWEEN s.first AND s.last AND o.placed_at < s.until
        LEFT JOIN LATERAL (
            SELECT reason FROM orders_orderchange c
            WHERE c.order_id = o.id AND c.kind = 'cancelled' ORDER BY c.id LIMIT 1) c ON TRUE
        WHERE o.placed_at >= %(from)s AND o.placed_at < %(to)s AND o.currency = %(currency)s
          AND (o.status IN ('cancelled', 'failed') OR o.cancelled_minor > 0) AND {IN_SCOPE}
        GROUP BY 1, 2, 3, 4"""  # noqa: S608
    return [Lost(*row) for row in _rows(statement, scope.values([span]))]


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
