"""Where is it, how many may be sold, and why is it that many: what the stock pages read.

Each function is one statement, however many variants or locations there are. Units that expired
holds still claim count as free, as they do everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from inventory.catalog import search
from inventory.catalog.barcodes import BarcodeNotValid, canonical
from inventory.stock.models import MovementKind, StockMovement

MOST_PRODUCTS = 60

_COLUMNS = """
    v.id, v.product_id, p.name, v.name, v.options, v.sku,
    coalesce(l.on_hand, 0),
    GREATEST(0, l.on_hand - l.unavailable - l.committed - l.held + coalesce(e.units, 0))::int,
    coalesce(l.shortfall, 0)
"""
_STOCK_HERE = """
LEFT JOIN inventory_stocklevel l ON l.variant_id = v.id AND l.location_id = %(location)s
LEFT JOIN LATERAL (
    SELECT sum(r.quantity) AS units FROM inventory_reservation r
    WHERE r.level_id = l.id AND r.status IN ('held', 'requested') AND r.expires_at <= %(now)s) e
    ON TRUE
"""
_FOUND = f"""
SELECT {_COLUMNS}
FROM inventory_variant v JOIN inventory_product p ON p.id = v.product_id
{_STOCK_HERE}
WHERE v.is_active AND v.is_stocked AND v.product_id IN (
    SELECT x.id FROM inventory_product x
    WHERE x.status <> 'archived' AND x.search @@ %(query)s::tsquery
    ORDER BY ts_rank(x.search, %(query)s::tsquery) DESC, x.id LIMIT {MOST_PRODUCTS})
ORDER BY p.name, v.product_id, v.position, v.id
"""  # noqa: S608
_EXACT = f"""
SELECT {_COLUMNS}
FROM inventory_variant v JOIN inventory_product p ON p.id = v.product_id
{_STOCK_HERE}
WHERE v.sku = %(code)s OR v.id IN (
    SELECT variant_id FROM inventory_barcode WHERE code = ANY(%(codes)s))
ORDER BY v.sku = %(code)s, v.id
LIMIT 5
"""  # noqa: S608
# What asks for a look: promised more than there is, or nothing left to sell of what was there.
_SCARCE = f"""
SELECT {_COLUMNS}
FROM inventory_stocklevel l
JOIN inventory_variant v ON v.id = l.variant_id AND v.is_active
JOIN inventory_product p ON p.id = v.product_id AND p.status = 'active'
LEFT JOIN LATERAL (
    SELECT sum(r.quantity) AS units FROM inventory_reservation r
    WHERE r.level_id = l.id AND r.status IN ('held', 'requested') AND r.expires_at <= %(now)s) e
    ON TRUE
WHERE l.location_id = %(location)s
  AND (l.shortfall > 0 OR l.on_hand - l.unavailable - l.committed - l.held <= 2)
ORDER BY l.shortfall DESC, l.on_hand - l.unavailable - l.committed - l.held, p.name, v.position,
         v.id
LIMIT %(limit)s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class FoundVariant:
    """A variant with its stock at one location."""

    id: UUID
    product_id: UUID
    product_name: str
    variant_name: str
    options: Mapping[str, Any]
    sku: str
    on_hand: int
    available: int
    shortfall: int

    @property
    def label(self) -> str:
        """Name of the product with what tells the variant from its siblings."""
        return named(self.product_name, self.variant_name, self.options)


def named(product: str, variant: str, options: Mapping[str, Any]) -> str:
    """Kiel merino crew, oat, M."""
    if variant and variant != product:
        return variant if product in variant else f"{product}, {variant}"
    return ", ".join([product, *(str(value) for value in options.values())])


def find_variants(
    text: str, *, location_id: UUID | None, now: datetime, limit: int = 40
) -> list[FoundVariant]:
    """Variants in whose product every word is found, those that say most of it themselves first."""
    query = search.query(text)
    if not query:
        return []
    found = _rows(_FOUND, {"query": query, "location": location_id, "now": now})
    asked = search.words(text)
    return sorted(found, key=lambda each: -_said(each, asked))[:limit]


def exact_variants(code: str, *, location_id: UUID | None, now: datetime) -> list[FoundVariant]:
    """What a whole code means: a barcode or a SKU."""
    bare = code.strip()
    try:
        codes = [canonical(bare)]
    except BarcodeNotValid:
        codes = [bare]
    return _rows(_EXACT, {"code": bare, "codes": codes, "location": location_id, "now": now})


def scarce_variants(*, location_id: UUID, now: datetime, limit: int = 40) -> list[FoundVariant]:
    """What is short at a location: promised beyond the goods first, then what is nearly gone."""
    return _rows(_SCARCE, {"location": location_id, "now": now, "limit": limit})


def _rows(statement: str, values: Mapping[str, Any]) -> list[FoundVariant]:
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(values))
        rows = cursor.fetchall()
    return [
        FoundVariant(
            pk, product_id, product, name, _json(options), sku, on_hand, available or 0, short
        )
        for pk, product_id, product, name, options, sku, on_hand, available, short in rows
    ]


def _json(value: Any) -> Mapping[str, Any]:
    """Raw cursors give jsonb as text where Django's adapters are not asked for."""
    return value if isinstance(value, dict) else json.loads(value or "{}")


def _said(found: FoundVariant, asked: Sequence[str]) -> int:
    own = search.words(
        f"{found.sku} {found.variant_name} {' '.join(map(str, found.options.values()))}"
    )
    return sum(any(word.startswith(each) for word in own) for each in asked)


# --- one variant everywhere -----------------------------------------------------------------------

_EVERYWHERE = """
WITH here AS (SELECT latitude, longitude FROM inventory_location WHERE id = %(location)s),
shop AS (SELECT id, name FROM inventory_channel
         WHERE kind = 'web' AND status = 'open' AND currency = %(currency)s
         ORDER BY code LIMIT 1)
SELECT l.id, (SELECT name FROM shop), p.id, p.code, p.name, p.kind, p.city, l.on_hand,
       l.unavailable, l.committed, l.held, l.safety, l.shortfall, l.incoming,
       coalesce(e.units, 0)::int, coalesce(c.buffer, 0), coalesce(c.methods, '{}'),
       2 * 6371.0088 * asin(least(1, sqrt(
           power(sin(radians(p.latitude - here.latitude) / 2), 2)
           + cos(radians(here.latitude)) * cos(radians(p.latitude))
             * power(sin(radians(p.longitude - here.longitude) / 2), 2)))) AS km
FROM inventory_stocklevel l
JOIN inventory_location p ON p.id = l.location_id AND p.status IN ('open', 'closing')
CROSS JOIN here
LEFT JOIN inventory_channellocation c
    ON c.location_id = p.id AND c.channel_id = (SELECT id FROM shop)
LEFT JOIN LATERAL (
    SELECT sum(r.quantity) AS units FROM inventory_reservation r
    WHERE r.level_id = l.id AND r.status IN ('held', 'requested') AND r.expires_at <= %(now)s) e
    ON TRUE
WHERE l.variant_id = %(variant)s
ORDER BY p.id <> %(location)s, km NULLS LAST, p.name, p.id
"""


@dataclass(frozen=True, slots=True)
class StockAt:
    """The stock of one variant at one location, as the level has it now.

    ``lapsed`` are units of holds that ended and are not swept yet. ``shop`` is the web shop of the
    currency, ``buffer`` what the location keeps back from it, ``methods`` what it does for it.
    """

    level_id: int
    shop: str | None
    location_id: UUID
    code: str
    name: str
    kind: str
    city: str
    on_hand: int
    unavailable: int
    committed: int
    held: int
    safety: int
    shortfall: int
    incoming: int
    lapsed: int
    buffer: int
    methods: Sequence[str]
    distance_km: float | None

    @property
    def held_now(self) -> int:
        """Units that live holds claim."""
        return self.held - self.lapsed

    @property
    def at_till(self) -> int:
        """Units that the counter may sell: its own safety stock and buffer are for it."""
        return max(0, self.on_hand - self.unavailable - self.committed - self.held_now)

    @property
    def available(self) -> int:
        """Units that may be promised before a channel's buffer."""
        return max(0, self.at_till - self.safety)

    @property
    def for_channel(self) -> int:
        """Units that the web shop may promise."""
        return max(0, self.available - self.buffer)


def stock_everywhere(
    *, variant_id: UUID, location_id: UUID, currency: str, now: datetime
) -> list[StockAt]:
    """The variant at all trading locations that ever had it: this one first, then by distance."""
    values: dict[str, Any] = {
        "variant": variant_id,
        "location": location_id,
        "currency": currency,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVERYWHERE, values)
        return [StockAt(*row) for row in cursor.fetchall()]


# --- why is it that many --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One movement with what was on hand after it."""

    row: StockMovement
    on_hand: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """A page of a level's history, newest first, and where the next one begins."""

    lines: Sequence[LedgerLine] = field(default=())
    next_id: int | None = None
    next_on_hand: int = 0


GROUPS: Mapping[str, tuple[str, ...]] = {
    "sales": (
        MovementKind.SOLD,
        MovementKind.SHIPPED,
        MovementKind.HANDED_OVER,
        MovementKind.UNDONE,
    ),
    "corrections": (MovementKind.COUNTED, MovementKind.CORRECTED, MovementKind.DAMAGED),
}


def ledger_of(
    *, level_id: int, on_hand: int, before_id: int | None = None, limit: int = 40
) -> Ledger:
    """Movements with their running balance, by keyset.

    ``on_hand`` is the balance after the newest movement of this page: the level's own for the first
    page, what the page before gave for the next.
    """
    rows = StockMovement.objects.filter(level_id=level_id)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    taken = list(rows.order_by("-pk")[: limit + 1])
    lines = []
    balance = on_hand
    for row in taken[:limit]:
        lines.append(LedgerLine(row, balance))
        balance -= row.quantity
    more = len(taken) > limit
    return Ledger(lines, lines[-1].row.pk if more else None, balance)


_PACE = """
SELECT floor(extract(epoch FROM (%(now)s - m.occurred_at)) / 604800)::int AS weeks_ago,
       -sum(m.quantity)::int
FROM inventory_stockmovement m
WHERE m.level_id = %(level)s AND m.kind IN ('sold', 'shipped', 'handed_over', 'undone', 'returned')
  AND m.occurred_at > %(now)s - interval '12 weeks' AND m.occurred_at <= %(now)s
GROUP BY 1
"""


def pace_of(*, level_id: int, now: datetime) -> list[int]:
    """Units that left for customers in each of twelve weeks, net of returns, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_PACE, {"level": level_id, "now": now})
        weeks = dict(cursor.fetchall())
    return [weeks.get(week, 0) for week in range(11, -1, -1)]
