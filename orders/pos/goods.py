"""What the till offers: products as keys, variants of one, and where else there is some.

Each function is one statement but where it says otherwise. Units are those that a till may sell:
also the last one, and what an expired hold still claims.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from inventory.catalog import search
from inventory.locations.hours import is_open, next_change
from inventory.locations.models import Location
from inventory.locations.queries import hours_of_many
from inventory.stock.looking import named

MOST_KEYS = 24
SOLD_WITHIN = timedelta(days=30)

_FREE = """CASE WHEN s.id IS NULL THEN 0 ELSE GREATEST(0,
    s.on_hand - s.unavailable - s.committed - s.held + CASE WHEN s.held = 0 THEN 0 ELSE (
        SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r
        WHERE r.level_id = s.id AND r.status IN ('held', 'requested')
          AND r.expires_at <= %(now)s) END) END"""
_KEYS = f"""
SELECT p.id, p.name, count(*), min(l.price_minor), max(l.price_minor),
    min(l.price_quantity), bool_or(v.is_stocked), sum({_FREE})::bigint,
    (array_agg(v.id ORDER BY v.position, v.id))[1],
    (SELECT m.url FROM inventory_media m WHERE m.product_id = p.id
     ORDER BY m.variant_id IS NOT NULL, m.position, m.id LIMIT 1)
FROM inventory_product p
JOIN inventory_variant v ON v.product_id = p.id AND v.is_active
JOIN inventory_listing l ON l.variant_id = v.id AND l.channel_id = %(channel)s
    AND (l.status = 'live' OR (l.status = 'scheduled' AND l.starts_at <= %(now)s))
LEFT JOIN inventory_stocklevel s ON s.variant_id = v.id AND s.location_id = %(location)s
{{joins}}
WHERE p.status = 'active' AND {{where}}
GROUP BY p.id {{group}}
ORDER BY {{order}}
LIMIT {MOST_KEYS}
"""  # noqa: S608  parts are constants of this file, values are parameters
# What sold best at this store lately, however it was sold.
_SOLD_HERE = """LEFT JOIN (
    SELECT x.product_id, sum(ol.quantity) AS units
    FROM orders_order o JOIN orders_orderline ol ON ol.order_id = o.id
    JOIN inventory_variant x ON x.id = ol.variant_id
    WHERE o.location_id = %(location)s AND o.placed_at > %(since)s
    GROUP BY x.product_id) sold ON sold.product_id = p.id"""
_VARIANTS = f"""
SELECT v.id, p.id, p.name, v.name, v.options, v.sku, v.is_stocked, l.price_minor, l.price_quantity,
    l.compare_at_minor, ({_FREE})::bigint,
    (SELECT m.url FROM inventory_media m
     WHERE m.product_id = p.id AND (m.variant_id = v.id OR m.variant_id IS NULL)
     ORDER BY m.variant_id IS NULL, m.position, m.id LIMIT 1)
FROM inventory_variant v
JOIN inventory_product p ON p.id = v.product_id
LEFT JOIN inventory_listing l ON l.variant_id = v.id AND l.channel_id = %(channel)s
    AND v.is_active AND p.status = 'active'
    AND (l.status = 'live' OR (l.status = 'scheduled' AND l.starts_at <= %(now)s))
LEFT JOIN inventory_stocklevel s ON s.variant_id = v.id AND s.location_id = %(location)s
WHERE {{where}}
ORDER BY p.name, v.position, v.id
LIMIT 80
"""  # noqa: S608
_NEAR = f"""
SELECT p.id, p.name, p.city, ({_FREE})::bigint,
    coalesce('pickup' = ANY(c.methods), false) AND NOT EXISTS (
        SELECT FROM inventory_locationservice x
        WHERE x.location_id = p.id AND x.service = 'pickup' AND NOT x.is_active),
    2 * 6371.0088 * asin(least(1, sqrt(
        power(sin(radians(p.latitude - here.latitude) / 2), 2)
        + cos(radians(here.latitude)) * cos(radians(p.latitude))
          * power(sin(radians(p.longitude - here.longitude) / 2), 2)))) AS km,
    p.time_zone, p.opens_on, p.closes_on
FROM inventory_location p
JOIN inventory_location here ON here.id = %(location)s
JOIN inventory_stocklevel s ON s.location_id = p.id AND s.variant_id = %(variant)s
LEFT JOIN inventory_channellocation c ON c.location_id = p.id AND c.channel_id = %(channel)s
WHERE p.kind = 'store' AND p.status IN ('open', 'closing') AND p.id <> here.id
ORDER BY ({_FREE}) = 0, km NULLS LAST, p.name
LIMIT 6
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Key:
    """A product as a key: its lowest price, the units here, its variant if it has one only."""

    product_id: UUID
    name: str
    variants: int
    price_minor: int
    highest_minor: int
    price_quantity: int
    is_stocked: bool
    here: int
    variant_id: UUID
    picture: str | None

    @property
    def is_one(self) -> bool:
        return self.variants == 1


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant as the till sells it; without a price it is not sold here."""

    variant_id: UUID
    product_id: UUID
    product_name: str
    variant_name: str
    options: Mapping[str, Any]
    sku: str
    is_stocked: bool
    price_minor: int | None
    price_quantity: int | None
    compare_at_minor: int | None
    here: int
    picture: str | None

    @property
    def name(self) -> str:
        return named(self.product_name, self.variant_name, self.options)

    @property
    def size(self) -> str:
        """What tells it from its siblings."""
        options = ", ".join(str(value) for value in self.options.values())
        return options or self.variant_name or self.sku


@dataclass(frozen=True, slots=True)
class Nearby:
    """Another store with its units of a variant, how far it is, and until when it is open."""

    location_id: UUID
    name: str
    city: str
    here: int
    is_collectable: bool
    km: float | None
    is_open: bool
    changes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counter:
    """For whom the till asks: its channel, its store, the moment."""

    channel_id: UUID
    location_id: UUID
    now: datetime

    def values(self, **more: Any) -> dict[str, Any]:
        return {
            "channel": self.channel_id,
            "location": self.location_id,
            "now": self.now,
            **more,
        }


def favourites(at: Counter) -> list[Key]:
    """What sells here; where little was sold yet, what else the till sells."""
    return _keys(
        at.values(since=at.now - SOLD_WITHIN),
        joins=_SOLD_HERE,
        where="true",
        group=", sold.units",
        order="coalesce(sold.units, 0) DESC, p.name, p.id",
    )


def of_category(at: Counter, category_id: UUID) -> list[Key]:
    """The products of a category and of all below it."""
    where = """p.category_id IN (
        SELECT c.id FROM inventory_category c WHERE c.path @> ARRAY[%(category)s])"""
    return _keys(at.values(category=category_id), where=where)


def with_words(at: Counter, text: str) -> list[Key]:
    """Products in which every word is found, best first."""
    query = search.query(text)
    if not query:
        return []
    order = "ts_rank(p.search, %(query)s::tsquery) DESC, p.name, p.id"
    return _keys(at.values(query=query), where="p.search @@ %(query)s::tsquery", order=order)


def variants_of(at: Counter, product_id: UUID) -> list[Goods]:
    """The variants of a product that the till sells."""
    where = "v.product_id = %(product)s AND l.price_minor IS NOT NULL"
    return _goods(where, at.values(product=product_id))


def goods_of(at: Counter, variant_ids: Collection[UUID]) -> dict[UUID, Goods]:
    """These variants. None for none."""
    if not variant_ids:
        return {}
    rows = _goods("v.id = ANY(%(ids)s::uuid[])", at.values(ids=list(variant_ids)))
    return {row.variant_id: row for row in rows}


def nearby(at: Counter, variant_id: UUID) -> list[Nearby]:
    """Other stores that ever had it: those that have some first, the nearest first.

    Three statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, at.values(variant=variant_id))
        rows = cursor.fetchall()
    hours = hours_of_many(
        Location(pk=row[0], time_zone=row[6], opens_on=row[7], closes_on=row[8]) for row in rows
    )
    return [
        Nearby(
            location_id=pk,
            name=name,
            city=city,
            here=here,
            is_collectable=can,
            km=None if km is None else round(km, 1),
            is_open=is_open(hours[pk], at.now),
            changes_at=next_change(hours[pk], at.now),
        )
        for pk, name, city, here, can, km, *_hours in rows
    ]


def _keys(
    values: Mapping[str, Any],
    *,
    where: str,
    joins: str = "",
    group: str = "",
    order: str = "p.name, p.id",
) -> list[Key]:
    statement = _KEYS.format(joins=joins, where=where, group=group, order=order)
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(values))
        return [Key(*row) for row in cursor.fetchall()]


def _goods(where: str, values: Mapping[str, Any]) -> list[Goods]:
    with connection.cursor() as cursor:
        cursor.execute(_VARIANTS.format(where=where), dict(values))
        rows: list[list[Any]] = [list(row) for row in cursor.fetchall()]
    for row in rows:
        row[4] = _options(row[4])
    return [Goods(*row) for row in rows]


def _options(value: Any) -> Mapping[str, Any]:
    """JSON comes as text where no field of a model reads it."""
    return json.loads(value) if isinstance(value, str) else value or {}
