"""Promises of time on a location's own calendar: when work is due, when a window ends.

A lead time runs only while the location is open, in its zone, holidays and short days included. A
location without any opening hours works around the clock.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

# How far ahead an open hour is looked for, before the clock alone decides.
HORIZON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """Hours of one location. ``exceptions`` replace a date's hours; None is a closed day."""

    time_zone: str
    week: dict[int, tuple[tuple[time, time], ...]]
    exceptions: dict[date, tuple[time, time] | None]
    lead_minutes: dict[str, int]
    window_days: dict[str, int]

    def due_after(self, moment: datetime, service: str) -> datetime:
        """When work that arrives now is promised: the lead time of open hours later."""
        lead = timedelta(minutes=self.lead_minutes.get(service, 0))
        if not self.week:
            return moment + lead
        left = lead
        for opens, closes in self._spans(moment):
            begins = max(opens, moment)
            if begins >= closes:
                continue
            if begins + left <= closes:
                return (begins + left).astimezone(UTC)
            left -= closes - begins
        return moment + lead

    def window_end(self, moment: datetime, service: str) -> datetime:
        """The end of the last opening day of a window that starts now.

        The window has as many days as the service says; a window whose last day is closed ends at
        the end of the next open one.
        """
        days = timedelta(days=self.window_days.get(service, 0))
        if not self.week:
            return moment + days
        zone = ZoneInfo(self.time_zone)
        last = moment.astimezone(zone).date() + days
        for ahead in range(HORIZON_DAYS):
            ends = [closes for _opens, closes in self._of(last + timedelta(days=ahead), zone)]
            if ends and max(ends) > moment:
                return max(ends).astimezone(UTC)
        return moment + days

    def _spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        zone = ZoneInfo(self.time_zone)
        first = moment.astimezone(zone).date() - timedelta(days=1)
        for ahead in range(HORIZON_DAYS):
            yield from self._of(first + timedelta(days=ahead), zone)

    def _of(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        if day in self.exceptions:
            only = self.exceptions[day]
            spans = (only,) if only else ()
        else:
            spans = self.week.get(day.weekday(), ())
        return [_span(day, opens, closes, zone) for opens, closes in spans]


def _span(day: date, opens: time, closes: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    until = day if closes > opens else day + timedelta(days=1)
    return (
        datetime.combine(day, opens, zone).astimezone(UTC),
        datetime.combine(until, closes, zone).astimezone(UTC),
    )


_CALENDARS = """
SELECT l.id, l.time_zone,
    (SELECT json_agg(json_build_array(s.service, s.lead_minutes, s.window_days))
     FROM inventory_locationservice s WHERE s.location_id = l.id AND s.is_active),
    (SELECT json_agg(json_build_array(h.weekday, h.opens_at, h.closes_at) ORDER BY h.opens_at)
     FROM inventory_openinghours h WHERE h.location_id = l.id),
    (SELECT json_agg(json_build_array(e.on_date, e.is_closed, e.opens_at, e.closes_at))
     FROM inventory_hoursexception e WHERE e.location_id = l.id AND e.on_date >= %s)
FROM inventory_location l WHERE l.id = ANY(%s)
"""


def calendars(location_ids: Collection[UUID], *, since: datetime) -> dict[UUID, Calendar]:
    """The calendars of these locations from a moment on, by one statement."""
    if not location_ids:
        return {}
    from_date = since.date() - timedelta(days=2)
    with connection.cursor() as cursor:
        cursor.execute(_CALENDARS, [from_date, list(location_ids)])
        rows = cursor.fetchall()
    return {row[0]: _calendar(*row[1:]) for row in rows}


def _calendar(time_zone: str, services: Any, hours: Any, exceptions: Any) -> Calendar:
    week: dict[int, tuple[tuple[time, time], ...]] = {}
    for weekday, opens, closes in _read(hours):
        span = (time.fromisoformat(opens), time.fromisoformat(closes))
        week[weekday] = (*week.get(weekday, ()), span)
    return Calendar(
        time_zone=time_zone,
        week=week,
        exceptions={
            date.fromisoformat(on): None
            if closed
            else (time.fromisoformat(opens), time.fromisoformat(closes))
            for on, closed, opens, closes in _read(exceptions)
        },
        lead_minutes={service: lead for service, lead, _days in _read(services)},
        window_days={service: days for service, _lead, days in _read(services)},
    )


def _read(value: Any) -> list[Any]:
    # Django leaves json columns of raw statements as text.
    return json.loads(value) if isinstance(value, str) else value or []
