"""What shoppers read: products with the channel's prices and what is where.

Composed here, because the catalog knows neither channels' prices in context nor stock. Each list is
a fixed number of statements: the page of products with prices, then availability for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory.catalog import search
from inventory.channels.models import ChannelStatus
from inventory.channels.operations import ChannelClosed
from inventory.stock import queries as stock
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.statements import hot_cursor
from omni.rest.pagination import Page, cut, decode
from orders.storefront.places import Place, open_places, places_of

STORES_SHOWN = 3
STORES_ASKED = 25

_SELLABLE = """EXISTS (
    SELECT FROM inventory_variant v
    JOIN inventory_listing l ON l.variant_id = v.id
    WHERE v.product_id = p.id AND v.is_active
      AND l.channel_id = %(channel)s AND l.status = 'live')"""

_LIST = """
WITH page AS (
    SELECT p.id, p.slug, p.name, p.brand, p.category_id, {sort} AS sort
    FROM inventory_product p
    WHERE p.status = 'active' AND {where}
    ORDER BY {order}
    LIMIT %(limit)s
)
SELECT page.id, page.slug, coalesce(t.name, page.name), page.brand, page.category_id, page.sort,
       o.lowest, o.highest, o.price_quantity, o.compare_at, o.variants, m.url, m.alt
FROM page
LEFT JOIN inventory_producttranslation t
    ON t.product_id = page.id AND t.language = %(language)s
CROSS JOIN LATERAL (
    SELECT min(l.price_minor) AS lowest, max(l.price_minor) AS highest,
           min(l.price_quantity) AS price_quantity, max(l.compare_at_minor) AS compare_at,
           array_agg(v.id) AS variants
    FROM inventory_variant v
    JOIN inventory_listing l ON l.variant_id = v.id
    WHERE v.product_id = page.id AND v.is_active
      AND l.channel_id = %(channel)s AND l.status = 'live') o
LEFT JOIN LATERAL (
    SELECT url, alt FROM inventory_media WHERE product_id = page.id
    ORDER BY position, id LIMIT 1) m ON true
ORDER BY {order_outside}
"""

_DETAIL = """
SELECT p.id, p.slug, coalesce(t.name, p.name), coalesce(nullif(t.description, ''), p.description),
       p.brand, p.is_final_sale, c.slug, c.name,
       (SELECT json_agg(json_build_object(
            'id', v.id, 'sku', v.sku, 'name', v.name, 'options', v.options, 'unit', v.unit,
            'weight_g', v.weight_g, 'is_stocked', v.is_stocked, 'price', l.price_minor,
            'price_quantity', l.price_quantity, 'compare_at', l.compare_at_minor)
            ORDER BY v.position, v.id)
          FROM inventory_variant v
          JOIN inventory_listing l ON l.variant_id = v.id
         WHERE v.product_id = p.id AND v.is_active
           AND l.channel_id = ch.id AND l.status = 'live'),
       (SELECT json_agg(json_build_object('url', m.url, 'alt', m.alt, 'variant_id', m.variant_id)
                        ORDER BY m.position, m.id)
          FROM inventory_media m WHERE m.product_id = p.id),
       ch.currency, ch.tax_display, ch.status, clock_timestamp()
FROM inventory_channel ch
JOIN inventory_product p ON p.slug = %(slug)s AND p.status = 'active'
LEFT JOIN inventory_producttranslation t
    ON t.product_id = p.id AND t.language = coalesce(%(language)s, ch.language)
LEFT JOIN inventory_category c ON c.id = p.category_id
WHERE ch.id = %(channel)s
"""

_CHANNEL = """
SELECT id, code, name, kind, currency, language, country, tax_display, brand_name, status,
       return_window_days, allows_pay_at_collection, clock_timestamp()
FROM inventory_channel WHERE id = %(channel)s
"""

_FACETS = """
WITH found AS (
    SELECT p.category_id, p.brand FROM inventory_product p
    WHERE p.status = 'active' AND {where})
SELECT 'category', c.slug, c.name, count(*) FROM found
JOIN inventory_category c ON c.id = found.category_id GROUP BY c.slug, c.name
UNION ALL
SELECT 'brand', brand, brand, count(*) FROM found WHERE brand <> '' GROUP BY brand
ORDER BY 1, 4 DESC, 2
"""

_CATEGORIES = """
SELECT c.id, c.slug, c.name, c.parent_id, c.position,
       (SELECT count(*) FROM inventory_product p
         WHERE p.status = 'active'
           AND p.category_id IN (SELECT d.id FROM inventory_category d WHERE d.path @> ARRAY[c.id])
           AND {sellable})
FROM inventory_category c
ORDER BY cardinality(c.path), c.position, c.name, c.id
"""

# The lowest price of a product in the channel, as the list shows it.
_PRICE = """(SELECT min(l.price_minor) FROM inventory_variant v
    JOIN inventory_listing l ON l.variant_id = v.id
    WHERE v.product_id = p.id AND v.is_active
      AND l.channel_id = %(channel)s AND l.status = 'live')"""

# What a list can be sorted by: the column of the page, and its direction.
SORTS: Mapping[str, tuple[str, str]] = {
    "price": (_PRICE, "sort, p.id"),
    "-price": (_PRICE, "sort DESC, p.id"),
    "newest": ("NULL::text", "p.id DESC"),
    "name": ("p.name", "p.name, p.id"),
    "relevance": ("ts_rank(p.search, %(query)s::tsquery)", "sort DESC, p.id"),
}


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What a storefront must know of its channel, and the moment it was read."""

    id: UUID
    code: str
    name: str
    kind: str
    currency: str
    language: str
    country: str
    tax_display: str
    brand_name: str
    status: str
    return_window_days: int
    allows_pay_at_collection: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class ProductSearch:
    """What a shopper looks for. ``at`` is latitude and longitude in degrees, prices are minor."""

    text: str = ""
    category: str = ""
    brand: str = ""
    store: str = ""
    price_min: int | None = None
    price_max: int | None = None
    at: tuple[float, float] | None = None
    open_now: bool = False
    sort: str = ""
    language: str = ""
    cursor: str | None = None
    limit: int = 24


@dataclass(frozen=True, slots=True)
class Offer:
    """A product in the list. Prices in minor units for ``price_quantity`` units."""

    id: UUID
    slug: str
    name: str
    brand: str
    category_id: UUID | None
    sort: Any
    lowest_minor: int
    highest_minor: int
    price_quantity: int
    compare_at_minor: int | None
    variant_ids: Sequence[UUID]
    picture_url: str | None
    picture_alt: str | None


@dataclass(frozen=True, slots=True)
class StoreStock:
    """Units that one store can promise."""

    place: Place
    is_open: bool
    available: int


def channel_facts(channel_id: UUID) -> ChannelFacts:
    """The channel, open for sale. One statement. Raises: NotFound, ChannelClosed."""
    with hot_cursor() as cursor:
        cursor.execute(_CHANNEL, {"channel": channel_id})
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    facts = ChannelFacts(*row)
    if facts.status != ChannelStatus.OPEN:
        raise ChannelClosed
    return replace(facts, now=clock.reading(facts.now))


def product_page(*, channel: ChannelFacts, wanted: ProductSearch) -> Page:
    """A page of offers in the order asked for. One statement. Raises: InvalidCursor."""
    where, values = _conditions(channel, wanted)
    sort = wanted.sort or ("relevance" if values.get("query") else "newest")
    if sort == "relevance" and not values.get("query"):
        sort = "newest"
    column, order = SORTS[sort]
    where += _after(sort, wanted.cursor, values)
    statement = _LIST.format(
        sort=column,
        where=where,
        order=order,
        order_outside=order.replace("p.name", "page.name").replace("p.id", "page.id"),
    )
    values |= {"limit": wanted.limit + 1, "language": wanted.language or channel.language}
    with hot_cursor() as cursor:
        cursor.execute(statement, values)
        offers = [Offer(*row) for row in cursor.fetchall()]
    return cut(offers, names=["id"] if sort == "newest" else ["sort", "id"], limit=wanted.limit)


def facets(*, channel: ChannelFacts, wanted: ProductSearch) -> dict[str, list[dict[str, Any]]]:
    """Categories and brands of all that is found, with counts. One statement."""
    where, values = _conditions(channel, wanted)
    with hot_cursor() as cursor:
        cursor.execute(_FACETS.format(where=where), values)
        rows = cursor.fetchall()
    found: dict[str, list[dict[str, Any]]] = {"category": [], "brand": []}
    for kind, value, name, count in rows:
        found[kind].append({"value": value, "name": name, "count": count})
    return found


def stores_for(
    *,
    channel: ChannelFacts,
    at: tuple[float, float] | None,
    open_now: bool = False,
    limit: int = STORES_SHOWN,
) -> list[Place]:
    """The nearest stores at which the channel's customers collect. One statement."""
    places = places_of(
        channel_id=channel.id,
        now=channel.now,
        at=at,
        method="pickup",
        limit=STORES_ASKED if open_now else limit,
    )
    return (open_places(places, channel.now) if open_now else places)[:limit]


def stock_at(
    *, channel: ChannelFacts, places: Sequence[Place], variant_ids: Iterable[UUID]
) -> dict[UUID, list[StoreStock]]:
    """Per variant what each of these stores can promise, in their order. One statement."""
    wanted = list(variant_ids)
    units = stock.available_to_sell(
        variant_ids=wanted,
        location_ids=[place.id for place in places],
        channel_id=channel.id,
        now=channel.now,
    )
    is_open = {place.id: place.is_open(channel.now) for place in places}
    return {
        variant: [
            StoreStock(place, is_open[place.id], units[variant, place.id]) for place in places
        ]
        for variant in wanted
    }


def product_detail(*, channel_id: UUID, slug: str, language: str = "") -> dict[str, Any]:
    """A product with its variants, prices and what the channel can deliver. Two statements.

    Raises: NotFound (also when nothing of it is for sale in this channel), ChannelClosed.
    """
    with hot_cursor() as cursor:
        cursor.execute(_DETAIL, {"channel": channel_id, "slug": slug, "language": language or None})
        row = cursor.fetchone()
    if row is None or row[8] is None:
        raise NotFound
    (*facts, variants, media, currency, tax_display, status, moment) = row
    if status != ChannelStatus.OPEN:
        raise ChannelClosed
    key, canonical, name, description, brand, is_final_sale, category, category_name = facts
    ids = [UUID(variant["id"]) for variant in variants]
    units = stock.available_in_channel(
        channel_id=channel_id, variant_ids=ids, now=clock.reading(moment)
    )
    return {
        "id": key,
        "slug": canonical,
        "name": name,
        "description": description,
        "brand": brand,
        "is_final_sale": is_final_sale,
        "category": {"slug": category, "name": category_name} if category else None,
        "media": media or [],
        "tax_display": tax_display,
        "variants": [
            _variant(variant, currency, units[variant_id])
            for variant, variant_id in zip(variants, ids, strict=True)
        ],
    }


def categories(*, channel: ChannelFacts) -> list[dict[str, Any]]:
    """The category tree, parents first, with the number of products for sale. One statement."""
    with hot_cursor() as cursor:
        cursor.execute(_CATEGORIES.format(sellable=_SELLABLE), {"channel": channel.id})
        return [
            {
                "id": key,
                "slug": slug,
                "name": name,
                "parent_id": parent,
                "position": position,
                "products": count,
            }
            for key, slug, name, parent, position, count in cursor.fetchall()
        ]


def _variant(variant: dict[str, Any], currency: str, available: int) -> dict[str, Any]:
    compare_at = variant["compare_at"]
    return {
        "id": variant["id"],
        "sku": variant["sku"],
        "name": variant["name"],
        "options": variant["options"],
        "unit": variant["unit"],
        "weight_g": variant["weight_g"],
        "price": {"amount": variant["price"], "currency": currency},
        "price_quantity": variant["price_quantity"],
        "compare_at": {"amount": compare_at, "currency": currency} if compare_at else None,
        "is_available": available > 0 or not variant["is_stocked"],
        "available": available if variant["is_stocked"] else None,
    }


def _conditions(channel: ChannelFacts, wanted: ProductSearch) -> tuple[str, dict[str, Any]]:
    """The filters in SQL and their values."""
    values: dict[str, Any] = {"channel": channel.id}
    where = _SELLABLE
    query = search.query(wanted.text)
    if query:
        values["query"] = query
        where += " AND p.search @@ %(query)s::tsquery"
    elif wanted.text.strip():
        where += " AND false"  # nothing but signs: no product is called so
    if wanted.category:
        values["category"] = wanted.category
        where += (
            " AND p.category_id IN (SELECT d.id FROM inventory_category d WHERE d.path @> ARRAY("
            "SELECT c.id FROM inventory_category c WHERE c.slug = %(category)s)"
            " AND EXISTS (SELECT FROM inventory_category c WHERE c.slug = %(category)s))"
        )
    if wanted.brand:
        values["brand"] = wanted.brand
        where += " AND p.brand = %(brand)s"
    if wanted.store:
        values["store"] = wanted.store
        where += _IN_STORE
    if wanted.price_min is not None or wanted.price_max is not None:
        values |= {"price_min": wanted.price_min, "price_max": wanted.price_max}
        where += _AT_PRICE
    return where, values


_AT_PRICE = """ AND EXISTS (
    SELECT FROM inventory_variant v
    JOIN inventory_listing l ON l.variant_id = v.id
    WHERE v.product_id = p.id AND v.is_active
      AND l.channel_id = %(channel)s AND l.status = 'live'
      AND l.price_minor >= coalesce(%(price_min)s::bigint, 0)
      AND (%(price_max)s::bigint IS NULL OR l.price_minor <= %(price_max)s::bigint))"""


_IN_STORE = """ AND EXISTS (
    SELECT FROM inventory_variant v
    JOIN inventory_stocklevel s ON s.variant_id = v.id
    JOIN inventory_location b ON b.id = s.location_id AND b.code = %(store)s
    JOIN inventory_channellocation c ON c.location_id = b.id AND c.channel_id = %(channel)s
    WHERE v.product_id = p.id
      AND s.on_hand - s.unavailable - s.committed - s.held - s.safety - c.buffer > 0)"""


def _after(sort: str, cursor: str | None, values: dict[str, Any]) -> str:
    if not cursor:
        return ""
    if sort == "newest":
        (values["last_id"],) = decode(cursor, length=1, types=[UUID])
        return " AND p.id < %(last_id)s"
    column = SORTS[sort][0]
    kind, cast = _SORTED_AS[sort]
    values["last_sort"], values["last_id"] = decode(cursor, length=2, types=[kind, UUID])
    if sort in ("name", "price"):
        return f" AND ({column}, p.id) > (%(last_sort)s::{cast}, %(last_id)s)"
    return (
        f" AND ({column} < %(last_sort)s::{cast}"
        f" OR ({column} = %(last_sort)s::{cast} AND p.id > %(last_id)s))"
    )


# What the last row of a page told: its type here and in SQL.
_SORTED_AS: Mapping[str, tuple[type, str]] = {
    "name": (str, "text"),
    "price": (int, "bigint"),
    "-price": (int, "bigint"),
    "relevance": (float, "float4"),
}
