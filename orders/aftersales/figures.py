"""What came back: units and money by reason, product, store and day.

Units count once they are back (or stay with the customer) and are not sent back to them, on the
local day on which their case was opened. Amounts are what goes back for them, **with tax**, as
customers are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from orders.sales.figures import SPANS, Scope, Span


@dataclass(frozen=True, slots=True)
class Returned:
    """Units of one product that came back in one span for one reason at one place.

    ``location_id`` is where they were taken back, ``elsewhere`` how many of them at another place
    than the one that sold or gave them.
    """

    span: int
    day: date
    reason: str
    channel_id: UUID
    location_id: UUID | None
    product_id: UUID
    product: str
    units: int
    elsewhere: int
    refund_minor: int


_RETURNED = f"""
WITH {SPANS}
SELECT s.span - 1, d.day, coalesce(nullif(x.reason, ''), c.reason), c.channel_id, at.id, p.id,
       p.name,
       sum(u.units)::bigint,
       coalesce(sum(u.units) FILTER (WHERE at.id <> coalesce(o.location_id, y.location_id)),
                0)::bigint,
       sum(x.refund_minor)::bigint
FROM orders_returncase c
JOIN orders_returnline x ON x.case_id = c.id
JOIN inventory_variant v ON v.id = x.variant_id
JOIN inventory_product p ON p.id = v.product_id
LEFT JOIN orders_order o ON o.id = c.order_id
LEFT JOIN orders_orderline y ON y.id = x.order_line_id
LEFT JOIN inventory_location at ON at.id = coalesce(x.received_at_location_id, c.location_id)
CROSS JOIN LATERAL (
    SELECT CASE v.unit WHEN 'gram' THEN 1 ELSE x.received END AS units) u
CROSS JOIN LATERAL (
    SELECT (c.opened_at AT TIME ZONE coalesce(at.time_zone, %(zone)s))::date AS day) d
JOIN span s ON d.day BETWEEN s.first AND s.last AND c.opened_at < s.until
WHERE c.opened_at >= %(from)s AND c.opened_at < %(to)s AND c.currency = %(currency)s
  AND x.received > 0 AND x.disposition <> 'send_back'
  AND (%(channels)s::uuid[] IS NULL OR c.channel_id = ANY(%(channels)s))
  AND (%(locations)s::uuid[] IS NULL OR at.id = ANY(%(locations)s))
  AND (%(seen_locations)s::uuid[] IS NULL OR at.id = ANY(%(seen_locations)s)
       OR c.channel_id = ANY(%(seen_channels)s))
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608


def returned_by_day(scope: Scope, spans: Sequence[Span]) -> list[Returned]:
    """One row per span, day, reason, channel, place and product."""
    with connection.cursor() as cursor:
        cursor.execute(_RETURNED, scope.values(spans))
        return [Returned(*row) for row in cursor.fetchall()]
