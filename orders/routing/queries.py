"""Which location sends what: the channel's priorities and what is there, put to ``sourcing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from inventory.stock import queries as stock
from inventory.stock.operations import OutOfStock
from orders.routing.sourcing import Demand, Part, source

_PLACES = """
SELECT c.location_id, c.buffer
FROM inventory_channellocation c JOIN inventory_location l ON l.id = c.location_id
WHERE c.channel_id = %s AND %s = ANY(c.methods) AND l.status IN ('open', 'closing')
ORDER BY c.priority, c.location_id
"""


def route(
    *,
    channel_id: UUID,
    method: str,
    demands: Sequence[Demand],
    own: Mapping[tuple[UUID, UUID], int] | None = None,
    excluded: Sequence[UUID] = (),
    now: datetime | None = None,
) -> tuple[list[Part], dict[UUID, int]]:
    """Places for these lines, and the channel's buffer at each location.

    ``own`` is what the caller itself holds at a (variant, location): it counts as free. Reads only:
    the commit that follows is what guards. Raises: OutOfStock.
    """
    buffers = _places(channel_id, method)
    places = [place for place in buffers if place not in set(excluded)]
    units = stock.available_to_sell(
        variant_ids={demand.variant_id for demand in demands},
        location_ids=places,
        channel_id=channel_id,
        now=now,
    )
    for key, held in (own or {}).items():
        if key in units:
            units[key] += held
    found = source(demands=demands, locations=places, stock=units)
    if found.shortages or not found.parts:
        raise OutOfStock(
            lines=[
                {
                    "variant_id": str(short.variant_id),
                    "location_id": None,
                    "requested": short.requested,
                    "available": short.available,
                }
                for short in found.shortages
            ]
        )
    return list(found.parts), buffers


def _places(channel_id: UUID, method: str) -> dict[UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [channel_id, method])
        return dict(cursor.fetchall())
