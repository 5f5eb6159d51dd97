"""A store as the customer of an order needs it: where it is, and when one can come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from customers.profiles.postal import formatted
from inventory.locations import hours as opening
from inventory.locations.hours import Hours
from inventory.locations.models import Location
from inventory.locations.queries import hours_of_many

MOST_DAYS = 7
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One local date with its spans, as moments; no span is closed."""

    on: date
    spans: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Store:
    """``address`` is written as in its country. ``days`` are today and those after it.

    ``closes_at`` while it is open, else ``opens_at``: when it does next, if ever.
    """

    id: UUID
    name: str
    address: tuple[str, ...]
    phone: str
    zone: ZoneInfo
    days: tuple[Day, ...]
    closes_at: datetime | None = None
    opens_at: datetime | None = None

    @property
    def today(self) -> Day:
        return self.days[0]


def stores_of(
    locations: Iterable[Location], *, visited: Collection[UUID], now: datetime
) -> dict[UUID, Store]:
    """The places, those that one visits with the hours of the coming week. At most two queries."""
    by_id = {location.pk: location for location in locations}
    hours = hours_of_many(each for pk, each in by_id.items() if pk in visited) if visited else {}
    return {
        pk: _store(location, hours.get(pk, Hours(location.time_zone)), now)
        for pk, location in by_id.items()
    }


def _store(location: Location, hours: Hours, now: datetime) -> Store:
    zone = ZoneInfo(location.time_zone)
    today = now.astimezone(zone).date()
    change = opening.next_change(hours, now)
    is_open = opening.is_open(hours, now)
    return Store(
        id=location.pk,
        name=location.name,
        # Its name stands above the address.
        address=tuple(line for line in formatted(location) if line != location.name),
        phone=location.phone,
        zone=zone,
        days=tuple(_day(hours, today + ahead * DAY) for ahead in range(MOST_DAYS)),
        closes_at=change if is_open else None,
        opens_at=None if is_open else change,
    )


def _day(hours: Hours, on: date) -> Day:
    return Day(on, tuple(opening.opening_hours_for(hours, on)))
