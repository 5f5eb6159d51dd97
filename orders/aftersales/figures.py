"""What came back: units and money by reason, product, store and day.

Units count once they are back (or stay with the customer, or were lost on their way) and are not
sent back to them, on the local day on which their case was opened. ``refund_minor`` is their price,
**with tax**, as customers are told; ``net_minor`` the same without it: that comes off the sales of
the channel and of the store whose till sold them, wherever they are taken back. Goods without a
receipt come off the sales of the store that took them, at the tax rate of that day. Money given
back for no goods is no return.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from orders.pricing.queries import tax_rate_sql
from orders.sales.figures import SPANS, CategorySales, Sales, Scope, Span


@dataclass(frozen=True, slots=True)
class Returned:
    """Units of one product that came back in one span for one reason at one place.

    ``location_id`` is where they were taken back, ``elsewhere`` how many of them at another place
    than the one that sold or gave them, ``sold_at_id`` the store whose till sold them. ``is_back``
    if they were taken back where was asked, ``is_off`` if they come off the sales that were asked
    about.
    """

    span: int
    day: date
    reason: str
    channel_id: UUID
    location_id: UUID | None
    sold_at_id: UUID | None
    product_id: UUID
    product: str
    category: str
    is_back: bool
    is_off: bool
    units: int
    elsewhere: int
    refund_minor: int
    net_minor: int


def _within(scope: str, place: str) -> str:
    """Whether a row lies in a scope; the parameters bear its name."""
    return f"""%({scope})s
      AND (%({scope}_channels)s::uuid[] IS NULL OR c.channel_id = ANY(%({scope}_channels)s))
      AND (%({scope}_locations)s::uuid[] IS NULL
           OR coalesce({place} = ANY(%({scope}_locations)s), FALSE))
      AND (%({scope}_seen_locations)s::uuid[] IS NULL
           OR coalesce({place} = ANY(%({scope}_seen_locations)s), FALSE)
           OR c.channel_id = ANY(%({scope}_seen_channels)s))"""


_RATE = tax_rate_sql(country="at.country", region="at.region", tax_class="p.tax_class", on="d.day")
_RETURNED = f"""
WITH {SPANS}
SELECT s.span - 1, d.day, coalesce(nullif(x.reason, ''), c.reason), c.channel_id, at.id,
       home.id, p.id, p.name, coalesce(k.name, ''), seen.is_back, seen.is_off,
       sum(u.units)::bigint,
       coalesce(sum(u.units) FILTER (WHERE at.id <> coalesce(o.location_id, y.location_id)),
                0)::bigint,
       sum(x.refund_minor)::bigint,
       sum(CASE WHEN y.id IS NOT NULL THEN
                    coalesce(round(x.refund_minor::numeric * y.net_minor
                                   / nullif(y.total_minor, 0)), 0)
                WHEN n.tax_display = 'net' THEN x.refund_minor
                ELSE round(x.refund_minor / (1 + coalesce({_RATE}, 0))) END)::bigint
FROM orders_returncase c
JOIN orders_returnline x ON x.case_id = c.id
JOIN inventory_channel n ON n.id = c.channel_id
JOIN inventory_variant v ON v.id = x.variant_id
JOIN inventory_product p ON p.id = v.product_id
LEFT JOIN inventory_category k ON k.id = p.category_id
LEFT JOIN orders_order o ON o.id = c.order_id
LEFT JOIN orders_orderline y ON y.id = x.order_line_id
LEFT JOIN inventory_location at ON at.id = coalesce(x.received_at_location_id, c.location_id)
CROSS JOIN LATERAL (
    SELECT CASE WHEN c.order_id IS NULL THEN at.id ELSE o.location_id END AS id) home
CROSS JOIN LATERAL (
    SELECT CASE v.unit WHEN 'gram' THEN 1 ELSE x.received END AS units) u
CROSS JOIN LATERAL (
    SELECT (c.opened_at AT TIME ZONE coalesce(at.time_zone, %(zone)s))::date AS day) d
CROSS JOIN LATERAL (
    SELECT {_within("back", "at.id")} AS is_back, {_within("off", "home.id")} AS is_off) seen
JOIN span s ON d.day BETWEEN s.first AND s.last AND c.opened_at < s.until
WHERE c.opened_at >= %(from)s AND c.opened_at < %(to)s AND c.currency = %(currency)s
  AND x.received > 0 AND x.disposition <> 'send_back' AND (seen.is_back OR seen.is_off)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""  # noqa: S608


def returned_by_day(
    spans: Sequence[Span], *, back: Scope | None = None, off: Scope | None = None
) -> list[Returned]:
    """What was taken back in one scope, and what came off the sales of another (or the same).

    Both in one statement; a row may be of either or of both. They name the same currency.
    """
    main = back or off
    if main is None:
        return []
    values = main.values(spans) | _named("back", back, spans) | _named("off", off, spans)
    with connection.cursor() as cursor:
        cursor.execute(_RETURNED, values)
        return [Returned(*row) for row in cursor.fetchall()]


def _named(name: str, scope: Scope | None, spans: Sequence[Span]) -> dict[str, Any]:
    keys = ("channels", "locations", "seen_locations", "seen_channels")
    values = scope.values(spans) if scope else dict.fromkeys(keys)
    return {name: scope is not None, **{f"{name}_{key}": values[key] for key in keys}}


def off_sales(rows: Iterable[Returned]) -> list[Sales]:
    """What came off the sales, in the shape of sales."""
    return [
        Sales(row.span, row.day, row.channel_id, row.sold_at_id, 0, 0, 0, 0, row.units,
              row.net_minor)
        for row in rows if row.is_off
    ]  # fmt: skip


def off_categories(rows: Iterable[Returned]) -> list[CategorySales]:
    """What came off the sales of each category."""
    return [
        CategorySales(row.span, row.day, row.category, 0, 0, 0, row.units, row.net_minor)
        for row in rows if row.is_off
    ]  # fmt: skip
