"""What does it cost here, is it here, and who has it: one question at the till, one answer.

A whole code (a barcode, a SKU) is looked for first, else every word in names. The number of
statements is the same however many things are found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from inventory.catalog.queries import live_listings
from inventory.channels.models import Channel
from inventory.locations import hours
from inventory.locations.models import Location
from inventory.locations.queries import get_location_for, hours_of_many
from inventory.stock.looking import FoundVariant, exact_variants, find_variants
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock

STORES = 3


@dataclass(frozen=True, slots=True)
class StoreWithIt:
    """Another store that has it. Open until ``next_change_at``, or closed until then."""

    location_id: UUID
    name: str
    city: str
    phone: str
    available: int
    distance_km: float | None
    is_open: bool
    next_change_at: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """A variant with its price in the channel (None: not sold here) and where it is.

    ``variant.available`` is what the counter here may sell; the others' is what they may promise.
    """

    variant: FoundVariant
    price_minor: int | None
    price_quantity: int
    compare_at_minor: int | None
    currency: str
    elsewhere: tuple[StoreWithIt, ...]


def price_check(
    actor: Actor, *, text: str, location_id: UUID, channel_id: UUID, limit: int = 8
) -> list[PriceCheck]:
    """Up to ``limit`` variants that a code or words mean, as seen from a store and its channel.

    Raises: NotFound (the actor sells nothing there). Nine statements at most.
    """
    here = get_location_for(actor, location_id, Permission.POS_SELL)
    now = clock.now()
    found = exact_variants(text, location_id=location_id, now=now) or find_variants(
        text, location_id=location_id, now=now, limit=limit
    )
    found = found[:limit]
    if not found:
        return []
    ids = [each.id for each in found]
    listings = live_listings(channel_id=channel_id, now=now, variant_ids=ids)
    prices = {row.variant_id: row for row in listings}
    currency = Channel.objects.values_list("currency", flat=True).get(pk=channel_id)
    near = _elsewhere(here, ids, now)
    return [
        PriceCheck(
            variant=each,
            price_minor=prices[each.id].price_minor if each.id in prices else None,
            price_quantity=prices[each.id].price_quantity if each.id in prices else 1,
            compare_at_minor=prices[each.id].compare_at_minor if each.id in prices else None,
            currency=currency,
            elsewhere=tuple(near.get(each.id, ())),
        )
        for each in found
    ]


_ELSEWHERE = """
SELECT w.variant_id, w.location_id, w.available, w.km FROM (
    SELECT l.variant_id, l.location_id, a.available, d.km,
           row_number() OVER (PARTITION BY l.variant_id ORDER BY d.km NULLS LAST, p.id) AS place
    FROM inventory_stocklevel l
    JOIN inventory_location p
        ON p.id = l.location_id AND p.kind = 'store' AND p.status IN ('open', 'closing')
    LEFT JOIN LATERAL (
        SELECT sum(r.quantity) AS units FROM inventory_reservation r
        WHERE r.level_id = l.id AND r.status IN ('held', 'requested')
          AND r.expires_at <= %(now)s) e ON l.held > 0
    CROSS JOIN LATERAL (
        SELECT (l.on_hand - l.unavailable - l.committed - l.held - l.safety
                + coalesce(e.units, 0))::int AS available) a
    CROSS JOIN LATERAL (
        SELECT 2 * 6371.0088 * asin(least(1, sqrt(
            power(sin(radians(p.latitude - %(latitude)s) / 2), 2)
            + cos(radians(%(latitude)s)) * cos(radians(p.latitude))
              * power(sin(radians(p.longitude - %(longitude)s) / 2), 2)))) AS km) d
    WHERE l.variant_id = ANY(%(variants)s::uuid[]) AND l.location_id <> %(here)s
      AND a.available > 0) w
WHERE w.place <= %(limit)s
ORDER BY w.variant_id, w.place
"""


def _elsewhere(
    here: Location, variant_ids: Collection[UUID], now: datetime
) -> dict[UUID, list[StoreWithIt]]:
    values: dict[str, Any] = {
        "variants": list(variant_ids),
        "here": here.pk,
        "latitude": here.latitude,
        "longitude": here.longitude,
        "limit": STORES,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, values)
        rows = cursor.fetchall()
    stores = {row.pk: row for row in Location.objects.filter(pk__in={row[1] for row in rows})}
    weeks = hours_of_many(stores.values())
    found: dict[UUID, list[StoreWithIt]] = {}
    for variant_id, location_id, available, km in rows:
        store, week = stores[location_id], weeks[location_id]
        found.setdefault(variant_id, []).append(
            StoreWithIt(
                location_id=location_id,
                name=store.name,
                city=store.city,
                phone=store.phone,
                available=available,
                distance_km=None if km is None else round(km, 1),
                is_open=hours.is_open(week, now),
                next_change_at=hours.next_change(week, now),
                time_zone=store.time_zone,
            )
        )
    return found
