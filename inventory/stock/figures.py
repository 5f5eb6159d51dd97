"""What the stock is worth, where it is short, and a list of levels over all locations.

Stock has no cost here, so it is valued **at the listed price** of the channel that sells it at its
location (its tills, else the channel that it serves first), in that channel's currency and tax
display. Goods without such a price are counted and not valued.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from inventory.stock.looking import named

# The channel that sells a location's goods, found once for each location; and the price of each
# variant there, found once for each of these channels.
_PRICES = """
WITH home AS MATERIALIZED (
    SELECT DISTINCT ON (r.location_id) r.location_id, c.id, c.currency
    FROM inventory_channellocation r
    JOIN inventory_channel c ON c.id = r.channel_id AND c.status = 'open'
    ORDER BY r.location_id, c.kind <> 'store', r.priority, c.code),
price AS MATERIALIZED (
    SELECT DISTINCT ON (h.id, i.variant_id)
           h.id AS home_id, i.variant_id, i.price_minor, i.price_quantity
    FROM (SELECT DISTINCT id, currency FROM home) h
    JOIN inventory_channel c ON c.currency = h.currency
    JOIN inventory_listing i ON i.channel_id = c.id
    ORDER BY h.id, i.variant_id, i.channel_id <> h.id, i.status <> 'live', c.code)"""


@dataclass(frozen=True, slots=True)
class Worth:
    """The stock of one location. ``currency`` is None where no channel sells it."""

    location_id: UUID
    name: str
    kind: str
    currency: str | None
    units: int
    for_sale: int
    promised: int
    value_minor: int
    unpriced: int
    shortfall: int


def stock_worth(location_ids: Sequence[UUID] | None) -> list[Worth]:
    """Every location that holds or lacks something, dearest first. Weighed goods count grams as
    value only, not as units."""
    statement = f"""{_PRICES}
        SELECT p.id, p.name, p.kind, home.currency,
               coalesce(sum(greatest(l.on_hand, 0)) FILTER (WHERE v.unit = 'piece'), 0)::bigint,
               coalesce(sum(greatest(l.on_hand - l.unavailable, 0))
                        FILTER (WHERE v.unit = 'piece'), 0)::bigint,
               coalesce(sum(l.committed + l.held) FILTER (WHERE v.unit = 'piece'), 0)::bigint,
               coalesce(sum(round(greatest(l.on_hand, 0)::numeric * price.price_minor
                                  / price.price_quantity)), 0)::bigint,
               coalesce(sum(greatest(l.on_hand, 0))
                        FILTER (WHERE price.price_minor IS NULL AND v.unit = 'piece'), 0)::bigint,
               coalesce(sum(l.shortfall), 0)::bigint
        FROM inventory_stocklevel l
        JOIN inventory_location p ON p.id = l.location_id
        JOIN inventory_variant v ON v.id = l.variant_id
        LEFT JOIN home ON home.location_id = p.id
        LEFT JOIN price ON price.home_id = home.id AND price.variant_id = l.variant_id
        WHERE (%(locations)s::uuid[] IS NULL OR p.id = ANY(%(locations)s))
        GROUP BY p.id, p.name, p.kind, home.currency
        ORDER BY 8 DESC, 2"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"locations": None if location_ids is None else list(location_ids)}
        )
        return [Worth(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Short:
    """A level that promised more than it has; ``places`` and ``total`` are of all such levels."""

    variant_id: UUID
    location_id: UUID
    location: str
    shortfall: int
    label: str
    picture: str
    places: int
    total: int


_SHORT = """
SELECT v.id, p.id, p.name, l.shortfall, d.name, v.name, v.options, coalesce(m.url, ''),
       count(*) OVER (), (sum(l.shortfall) OVER ())::bigint
FROM inventory_stocklevel l
JOIN inventory_location p ON p.id = l.location_id
JOIN inventory_variant v ON v.id = l.variant_id
JOIN inventory_product d ON d.id = v.product_id
LEFT JOIN LATERAL (
    SELECT url FROM inventory_media
    WHERE product_id = d.id AND (variant_id = v.id OR variant_id IS NULL)
    ORDER BY variant_id IS NULL, position, id LIMIT 1) m ON TRUE
WHERE l.shortfall > 0 AND (%(locations)s::uuid[] IS NULL OR p.id = ANY(%(locations)s))
ORDER BY l.shortfall DESC, p.name, v.sku
LIMIT %(limit)s
"""


def shortfalls(location_ids: Sequence[UUID] | None, *, limit: int = 200) -> list[Short]:
    """The worst first, with pictures."""
    values = {"locations": None if location_ids is None else list(location_ids), "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_SHORT, values)
        return [
            Short(
                variant_id=row[0],
                location_id=row[1],
                location=row[2],
                shortfall=row[3],
                label=named(row[4], row[5], _options(row[6])),
                picture=row[7],
                places=row[8],
                total=row[9],
            )
            for row in cursor.fetchall()
        ]


def _options(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else json.loads(value or "{}")
