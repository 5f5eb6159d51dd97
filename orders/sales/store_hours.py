"""What a store's tills sold today, hour by hour, beside the same weekday of the last four weeks.

Decided here: a usual day is the mean of those of the four on which the store sold anything, so that
a holiday does not lower it. Amounts are what customers owe for what is still ordered, tax included,
in one currency; hours and days are those of the store's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound

WEEKS = 4


@dataclass(frozen=True, slots=True)
class HourSales:
    """One local hour: today's sum (0 where it is still to come), and that of a usual day."""

    hour: int
    minor: int
    usual_minor: int


@dataclass(frozen=True, slots=True)
class StoreSales:
    """Minor units. ``usual_*`` are None where nothing was sold on that weekday for four weeks.

    ``usual_by_now_minor`` is what a usual day had at this minute.
    """

    minor: int
    orders: int
    usual_minor: int | None
    usual_by_now_minor: int | None
    hours: tuple[HourSales, ...]

    @property
    def ahead_minor(self) -> int | None:
        """How far today is ahead of a usual day; negative: behind."""
        return None if self.usual_by_now_minor is None else self.minor - self.usual_by_now_minor

    @property
    def behind_minor(self) -> int | None:
        """The same the other way round."""
        return None if self.ahead_minor is None else -self.ahead_minor

    @property
    def share(self) -> float | None:
        """How much of a usual day is reached already."""
        return self.minor / self.usual_minor if self.usual_minor else None

    @property
    def expected_share(self) -> float | None:
        """How much of it a usual day had reached by now."""
        if not self.usual_minor or self.usual_by_now_minor is None:
            return None
        return self.usual_by_now_minor / self.usual_minor


# A range a day, so that the days between are not read.
_HOURS = """
SELECT d.weeks_ago, extract(hour FROM o.placed_at AT TIME ZONE %(zone)s)::int,
       sum(o.total_minor - o.cancelled_minor)::bigint,
       coalesce(sum(o.total_minor - o.cancelled_minor) FILTER (WHERE o.placed_at < d.by_now),
                0)::bigint,
       count(*)::int
FROM unnest(%(weeks)s::int[], %(begins)s::timestamptz[], %(ends)s::timestamptz[],
            %(by_now)s::timestamptz[]) AS d (weeks_ago, begins, ends, by_now)
JOIN orders_order o ON o.location_id = %(location)s
    AND o.placed_at >= d.begins AND o.placed_at < d.ends
WHERE o.status IN ('confirmed', 'completed') AND o.currency = %(currency)s
GROUP BY 1, 2
"""


def store_sales(
    actor: Actor, location_id: UUID, *, currency: str, zone: str, now: datetime
) -> StoreSales:
    """Today at a store, up to now. One statement. Raises: NotFound (the actor sees no sales there).

    ``currency`` and ``zone`` are those of the place where the person works.
    """
    if not actor.may(Permission.ORDERS_VIEW, location_id=location_id):
        raise NotFound
    values = _days(now, ZoneInfo(zone))
    with connection.cursor() as cursor:
        cursor.execute(
            _HOURS, values | {"location": location_id, "currency": currency, "zone": zone}
        )
        rows = cursor.fetchall()
    return _told(rows)


def _days(now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Today and the same weekday before: from midnight to midnight, and this time of day."""
    local = now.astimezone(zone)
    days = [local.date() - timedelta(weeks=weeks) for weeks in range(WEEKS + 1)]
    midnights = [datetime.combine(day, time(0), tzinfo=zone) for day in days]
    ends = [datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone) for day in days]
    by_now = [datetime.combine(day, local.time(), tzinfo=zone) for day in days]
    # Today ends now: the clock of a demo may stand before what it has.
    return {
        "weeks": list(range(WEEKS + 1)),
        "begins": midnights,
        "ends": [now, *ends[1:]],
        "by_now": [now, *by_now[1:]],
        "zone": str(zone),
    }


def _told(rows: list[tuple[int, int, int, int, int]]) -> StoreSales:
    today = {hour: total for weeks, hour, total, _by_now, _count in rows if not weeks}
    before = [row for row in rows if row[0]]
    known = len({row[0] for row in before})
    usual: dict[int, int] = {}
    for _weeks, hour, total, _by_now, _count in before:
        usual[hour] = usual.get(hour, 0) + total
    spoken = sorted({*today, *usual})
    span = range(spoken[0], spoken[-1] + 1) if spoken else range(0)
    return StoreSales(
        minor=sum(today.values()),
        orders=sum(row[4] for row in rows if not row[0]),
        usual_minor=sum(row[2] for row in before) // known if known else None,
        usual_by_now_minor=sum(row[3] for row in before) // known if known else None,
        hours=tuple(
            HourSales(hour, today.get(hour, 0), usual.get(hour, 0) // known if known else 0)
            for hour in span
        ),
    )
