"""The stores of a channel as a shopper sees them: how far, open or closed, until when.

One statement brings places, hours, exceptions and the clock; whether a store is open is decided by
``inventory.locations.hours``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from inventory.locations import hours
from inventory.locations.hours import Hours, Span
from omni.core.statements import hot_cursor

# Great-circle distance on a sphere of 6,371.0088 km. Source: R. W. Sinnott, 1984.
_DISTANCE = """2 * 6371.0088 * asin(least(1, sqrt(
    power(sin(radians(p.latitude - %(latitude)s) / 2), 2)
    + cos(radians(%(latitude)s)) * cos(radians(p.latitude))
      * power(sin(radians(p.longitude - %(longitude)s) / 2), 2))))"""

_PLACES = """
WITH place AS (
    SELECT p.*, c.priority, c.methods, {distance} AS km
    FROM inventory_channellocation c
    JOIN inventory_location p ON p.id = c.location_id
    WHERE c.channel_id = %(channel)s AND p.status IN ('open', 'closing') AND p.kind = 'store'
      {where}
    ORDER BY {order}
    LIMIT %(limit)s
)
SELECT place.id, place.code, place.name, place.street, place.postal_code, place.city,
       place.region, place.country, place.latitude, place.longitude, place.phone, place.time_zone,
       place.opens_on, place.closes_on, place.methods, place.km,
       (SELECT json_agg(json_build_array(h.weekday, h.opens_at, h.closes_at)
                        ORDER BY h.weekday, h.opens_at)
          FROM inventory_openinghours h WHERE h.location_id = place.id),
       (SELECT json_agg(json_build_array(x.on_date, x.is_closed, x.opens_at, x.closes_at, x.note)
                        ORDER BY x.on_date)
          FROM inventory_hoursexception x
         WHERE x.location_id = place.id
           AND x.on_date BETWEEN %(today)s::date - 2 AND %(today)s::date + 60),
       (SELECT json_agg(s.service ORDER BY s.service)
          FROM inventory_locationservice s WHERE s.location_id = place.id AND s.is_active)
FROM place
ORDER BY {order_outside}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A store of the channel. ``distance_km`` is None where the shopper told no place."""

    id: UUID
    code: str
    name: str
    street: str
    postal_code: str
    city: str
    region: str
    country: str
    latitude: float | None
    longitude: float | None
    phone: str
    time_zone: str
    methods: Sequence[str]
    distance_km: float | None
    services: Sequence[str]
    hours: Hours
    notes: Sequence[tuple[date, str]]

    def is_open(self, at: datetime) -> bool:
        return hours.is_open(self.hours, at)


def places_of(
    *,
    channel_id: UUID,
    now: datetime,
    at: tuple[float, float] | None = None,
    method: str = "",
    code: str = "",
    limit: int = 50,
) -> list[Place]:
    """Stores that serve the channel, nearest first (without a place: the channel's order)."""
    where = "AND p.latitude IS NOT NULL AND p.longitude IS NOT NULL" if at else ""
    where += " AND %(method)s = ANY(c.methods)" if method else ""
    where += " AND p.code = %(code)s" if code else ""
    order = "km, p.id" if at else "c.priority, p.id"
    statement = _PLACES.format(
        distance=_DISTANCE if at else "NULL::float8",
        where=where,
        order=order,
        order_outside=order.replace("c.", "place.").replace("p.", "place."),
    )
    values: dict[str, Any] = {
        "channel": channel_id,
        "limit": limit,
        "method": method,
        "code": code,
        "today": now.date(),
    }
    if at:
        values["latitude"], values["longitude"] = at
    with hot_cursor() as cursor:
        cursor.execute(statement, values)
        return [_place(row) for row in cursor.fetchall()]


def open_places(places: Sequence[Place], at: datetime) -> list[Place]:
    """Those in which somebody can walk now."""
    return [place for place in places if place.is_open(at)]


def _place(row: Sequence[Any]) -> Place:
    *facts, time_zone, opens_on, closes_on, methods, km, weekly, exceptions, services = row
    excepted = [_exception(each) for each in exceptions or ()]
    return Place(
        *facts,  # type: ignore[misc]
        time_zone=time_zone,
        methods=methods,
        distance_km=None if km is None else round(km, 3),
        services=services or [],
        hours=Hours(
            time_zone=time_zone,
            weekly=_weekly(weekly or []),
            exceptions={day: span for day, span, _note in excepted},
            first_day=opens_on,
            last_day=closes_on,
        ),
        notes=[(day, note) for day, _span, note in excepted],
    )


def _weekly(rows: Sequence[Sequence[Any]]) -> dict[int, list[Span]]:
    week: dict[int, list[Span]] = {}
    for weekday, opens, closes in rows:
        week.setdefault(weekday, []).append(
            Span(time.fromisoformat(opens), time.fromisoformat(closes))
        )
    return week


def _exception(row: Sequence[Any]) -> tuple[date, Span | None, str]:
    on_date, is_closed, opens, closes, note = row
    span = None
    if not is_closed and opens and closes:
        span = Span(time.fromisoformat(opens), time.fromisoformat(closes))
    return date.fromisoformat(on_date), span, note
