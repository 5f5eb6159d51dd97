"""What can be sold, and what happened to a level.

One rule for web, till and back office: on_hand - unavailable - committed - held - safety, less the
buffer of the channel at the location, plus holds that have expired but are not swept yet. Never
below zero. A variant that is not stocked has no levels; ask its ``is_stocked`` first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from inventory.stock.lines import Key
from inventory.stock.models import StockLevel, StockMovement
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.statements import hot_cursor

_AVAILABLE = """
SELECT l.variant_id, l.location_id,
       GREATEST(0, l.on_hand - l.unavailable - l.committed - l.held + coalesce(e.units, 0)
                   - CASE WHEN %(at_till)s THEN 0 ELSE l.safety + coalesce(c.buffer, 0) END)::int
FROM inventory_stocklevel l
LEFT JOIN (
    SELECT level_id, sum(quantity) AS units
    FROM inventory_reservation
    WHERE status IN ('held', 'requested') AND expires_at <= %(now)s
    GROUP BY level_id
) e ON e.level_id = l.id
LEFT JOIN inventory_channellocation c
    ON c.location_id = l.location_id AND c.channel_id = %(channel)s::uuid
WHERE l.variant_id = ANY(%(variants)s::uuid[]) AND l.location_id = ANY(%(locations)s::uuid[])
"""

_IN_CHANNEL = """
SELECT l.variant_id,
       sum(GREATEST(0, l.on_hand - l.unavailable - l.committed - l.held + coalesce(e.units, 0)
                       - l.safety - c.buffer))::bigint
FROM inventory_channellocation c
JOIN inventory_location p ON p.id = c.location_id AND p.status IN ('open', 'closing')
JOIN inventory_stocklevel l ON l.location_id = c.location_id
LEFT JOIN (
    SELECT level_id, sum(quantity) AS units
    FROM inventory_reservation
    WHERE status IN ('held', 'requested') AND expires_at <= %(now)s
    GROUP BY level_id
) e ON e.level_id = l.id
WHERE c.channel_id = %(channel)s AND l.variant_id = ANY(%(variants)s::uuid[])
  AND (%(method)s::text IS NULL OR %(method)s = ANY(c.methods))
GROUP BY l.variant_id
"""

# Great-circle distance on a sphere of 6,371.0088 km (the mean radius of WGS 84).
_NEAR = """
WITH place AS (
    SELECT p.id, p.code, p.name, c.buffer,
           2 * 6371.0088 * asin(least(1, sqrt(
               power(sin(radians(p.latitude - %(lat)s) / 2), 2)
               + cos(radians(%(lat)s)) * cos(radians(p.latitude))
                 * power(sin(radians(p.longitude - %(lon)s) / 2), 2)))) AS km
    FROM inventory_channellocation c
    JOIN inventory_location p ON p.id = c.location_id
    WHERE c.channel_id = %(channel)s AND %(method)s = ANY(c.methods)
      AND p.status IN ('open', 'closing') AND p.latitude IS NOT NULL AND p.longitude IS NOT NULL
    ORDER BY km, p.id
    LIMIT %(limit)s
)
SELECT l.variant_id, place.id, place.code, place.name, place.km,
       GREATEST(0, l.on_hand - l.unavailable - l.committed - l.held + coalesce(e.units, 0)
                   - l.safety - place.buffer)::int
FROM place
JOIN inventory_stocklevel l
    ON l.location_id = place.id AND l.variant_id = ANY(%(variants)s::uuid[])
LEFT JOIN (
    SELECT level_id, sum(quantity) AS units
    FROM inventory_reservation
    WHERE status IN ('held', 'requested') AND expires_at <= %(now)s
    GROUP BY level_id
) e ON e.level_id = l.id
ORDER BY place.km, place.id
"""


@dataclass(frozen=True, slots=True)
class NearbyStock:
    """Units of one variant that one location can promise, and how far away it is."""

    location_id: UUID
    location_code: str
    location_name: str
    distance_km: float
    available: int


def available_to_sell(
    *,
    variant_ids: Collection[UUID],
    location_ids: Collection[UUID],
    channel_id: UUID | None = None,
    at_till: bool = False,
    now: datetime | None = None,
) -> dict[Key, int]:
    """Units that may be promised, for every pair of variant and location (0 where none is).

    With a channel its buffers count. The till sees safety stock and buffer too. One statement,
    given the moment.
    """
    found = _fetch(
        _AVAILABLE,
        {
            "variants": list(variant_ids),
            "locations": list(location_ids),
            "channel": channel_id,
            "at_till": at_till,
        },
        now,
    )
    units = {(variant, location): 0 for variant in variant_ids for location in location_ids}
    units.update({(variant, location): available for variant, location, available in found})
    return units


def available_in_channel(
    *,
    channel_id: UUID,
    variant_ids: Collection[UUID],
    method: str | None = None,
    now: datetime | None = None,
) -> dict[UUID, int]:
    """Units of each variant that all locations serving the channel can promise together."""
    found = _fetch(
        _IN_CHANNEL,
        {"variants": list(variant_ids), "channel": channel_id, "method": method},
        now,
    )
    return dict.fromkeys(variant_ids, 0) | {row[0]: int(row[1]) for row in found}


def availability_near(
    *,
    channel_id: UUID,
    variant_ids: Collection[UUID],
    latitude: float,
    longitude: float,
    method: str = "pickup",
    limit: int = 3,
    now: datetime | None = None,
) -> dict[UUID, list[NearbyStock]]:
    """Per variant what the nearest locations of the channel can promise by this method.

    Nearest first, the same ``limit`` locations for all variants; locations that never had the
    variant are absent. One statement, given the moment.
    """
    found = _fetch(
        _NEAR,
        {
            "variants": list(variant_ids),
            "channel": channel_id,
            "lat": latitude,
            "lon": longitude,
            "method": method,
            "limit": limit,
        },
        now,
    )
    near: dict[UUID, list[NearbyStock]] = {variant_id: [] for variant_id in variant_ids}
    for variant_id, location_id, code, name, km, available in found:
        near[variant_id].append(NearbyStock(location_id, code, name, round(km, 3), available))
    return near


def levels_visible_to(actor: Actor) -> QuerySet[StockLevel]:
    """Levels at the locations where the actor may see stock."""
    levels = StockLevel.objects.select_related("variant", "location")
    granted = actor.location_ids(Permission.STOCK_VIEW)
    return levels if granted is None else levels.filter(location_id__in=granted)


def get_level(actor: Actor, *, variant_id: UUID, location_id: UUID) -> StockLevel:
    """One level that the actor may see, its buckets fetched. Raises: NotFound."""
    level = (
        levels_visible_to(actor)
        .prefetch_related("buckets")
        .filter(variant_id=variant_id, location_id=location_id)
        .first()
    )
    if level is None:
        raise NotFound
    return level


def movements_of(level: StockLevel) -> QuerySet[StockMovement]:
    """The ledger of a level; page it by id."""
    return StockMovement.objects.filter(level=level)


def _fetch(statement: str, values: dict[str, Any], now: datetime | None) -> Sequence[Any]:
    with hot_cursor() as cursor:
        cursor.execute(statement, {**values, "now": now or clock.now()})
        return cursor.fetchall()
