"""Promises of time on a location's own calendar: when work is due, when a window ends.

A lead time runs only while the location is open. A location without any opening hours (a warehouse)
works around the clock. What open means is ``inventory.locations.hours``; here the settings of all
locations of an order are read by one statement, because every checkout asks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from inventory.locations import hours as opening
from inventory.locations.hours import Hours, Span
from omni.core.statements import hot_cursor

DAY = timedelta(days=1)
SEARCHED_DAYS = 60  # how far a closed last day may move the end of a window


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service of a location promises."""

    lead_minutes: int = 0
    window_days: int = 0
    has_slots: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """Hours of one location, and the terms of its services."""

    hours: Hours
    terms: Mapping[str, Terms]

    def terms_of(self, service: str) -> Terms:
        return self.terms.get(service, Terms())

    def due_after(self, moment: datetime, service: str) -> datetime:
        """When work that arrives now is promised: the lead time of open hours later."""
        minutes = self.terms_of(service).lead_minutes
        if not self.hours.weekly:
            return moment + timedelta(minutes=minutes)
        return opening.open_minutes_later(self.hours, moment, minutes)

    def window_end(self, moment: datetime, service: str) -> datetime:
        """The close of the last day of a window that starts now.

        A window whose last day is closed ends with the next open day.
        """
        days = timedelta(days=self.terms_of(service).window_days)
        if not self.hours.weekly:
            return moment + days
        last = moment.astimezone(ZoneInfo(self.hours.time_zone)).date() + days
        for ahead in range(SEARCHED_DAYS):
            spans = opening.opening_hours_for(self.hours, last + ahead * DAY)
            if spans and spans[-1][1] > moment:
                return spans[-1][1]
        return moment + days


_CALENDARS = """
SELECT l.id, l.time_zone, l.opens_on, l.closes_on,
    (SELECT json_agg(json_build_array(
        s.service, s.lead_minutes, s.window_days, s.slot_minutes > 0 AND s.slot_capacity > 0))
     FROM inventory_locationservice s WHERE s.location_id = l.id AND s.is_active),
    (SELECT json_agg(json_build_array(h.weekday, h.opens_at, h.closes_at))
     FROM inventory_openinghours h WHERE h.location_id = l.id),
    (SELECT json_agg(json_build_array(e.on_date, e.is_closed, e.opens_at, e.closes_at))
     FROM inventory_hoursexception e WHERE e.location_id = l.id AND e.on_date >= %s)
FROM inventory_location l WHERE l.id = ANY(%s)
"""


def calendars(location_ids: Collection[UUID], *, since: datetime) -> dict[UUID, Calendar]:
    """The calendars of these locations from a moment on, by one statement."""
    if not location_ids:
        return {}
    with hot_cursor() as cursor:
        cursor.execute(_CALENDARS, [since.date() - 2 * DAY, list(location_ids)])
        rows = cursor.fetchall()
    return {row[0]: _calendar(*row[1:]) for row in rows}


def _calendar(
    time_zone: str,
    first_day: date | None,
    last_day: date | None,
    services: Any,
    weekly: Any,
    exceptions: Any,
) -> Calendar:
    spans: dict[int, list[Span]] = {}
    for weekday, opens, closes in _read(weekly):
        spans.setdefault(weekday, []).append(_span(opens, closes))
    replaced = {
        date.fromisoformat(on): None if closed else _span(opens, closes)
        for on, closed, opens, closes in _read(exceptions)
    }
    hours = Hours(
        time_zone=time_zone,
        weekly=spans,
        exceptions=replaced,
        first_day=first_day,
        last_day=last_day,
    )
    return Calendar(hours, {service: Terms(*terms) for service, *terms in _read(services)})


def _span(opens: str, closes: str) -> Span:
    return Span(time.fromisoformat(opens), time.fromisoformat(closes))


def _read(value: Any) -> list[Any]:
    # Django leaves json columns of raw statements as text.
    return json.loads(value) if isinstance(value, str) else value or []
