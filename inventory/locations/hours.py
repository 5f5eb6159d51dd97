"""When a location is open. Pure: takes the hours, touches no database.

Hours are local times of the location's zone; the answers are moments in UTC. A span whose end is at
or before its start ends on the next day, so 00:00 to 00:00 is the whole day. An exception replaces
every span that begins on its date. Where the clock jumps, a time that does not occur is read with
the offset before the jump, and one that occurs twice means the first.
Source: RFC 5545, section 3.3.5 (times that do not occur, or occur twice).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Interval = tuple[datetime, datetime]

DAY = timedelta(days=1)
HORIZON = 400  # days that are searched for the next change: longer than any closing season


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when, in local time."""

    opens_at: time
    closes_at: time


@dataclass(frozen=True, slots=True)
class Hours:
    """All that decides about a location: weekly spans, exceptions by date, first and last day.

    An exception without a span means closed that day.
    """

    time_zone: str
    weekly: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    exceptions: Mapping[date, Span | None] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None


def opening_hours_for(hours: Hours, on_date: date) -> list[Interval]:
    """The intervals that begin on this date, in UTC and in order."""
    if hours.first_day and on_date < hours.first_day:
        return []
    if hours.last_day and on_date > hours.last_day:
        return []
    zone = ZoneInfo(hours.time_zone)
    intervals = [_interval(span, on_date, zone) for span in _spans(hours, on_date)]
    return sorted(interval for interval in intervals if interval[0] < interval[1])


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether somebody can walk in at this moment. The end of a span is closed already."""
    today = at.astimezone(ZoneInfo(hours.time_zone)).date()
    return any(
        start <= at < end
        for day in (today - DAY, today)
        for start, end in opening_hours_for(hours, day)
    )


def next_change(hours: Hours, at: datetime) -> datetime | None:
    """When it closes if it is open, when it opens if not; None if that never changes."""
    today = at.astimezone(ZoneInfo(hours.time_zone)).date()
    open_until: datetime | None = None
    for start, end in _intervals_from(hours, today - DAY):
        if end <= at:
            continue
        if open_until is None:
            if start > at:
                return start
            open_until = end
        elif start <= open_until:
            open_until = max(open_until, end)
        else:
            return open_until
    if open_until is not None and open_until - at > (HORIZON - 7) * DAY:
        return None
    return open_until


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """``at`` itself while it is open, otherwise when it opens next; None if it never does."""
    return at if is_open(hours, at) else next_change(hours, at)


def open_minutes_later(hours: Hours, at: datetime, minutes: int) -> datetime:
    """The moment after so many minutes of opening. Without any opening ahead, of plain time."""
    left = timedelta(minutes=minutes)
    today = at.astimezone(ZoneInfo(hours.time_zone)).date()
    reached = at
    for start, end in _intervals_from(hours, today - DAY):
        begin = max(start, reached)
        if end <= begin:
            continue
        if end - begin >= left:
            return begin + left
        left -= end - begin
        reached = end
    return at + timedelta(minutes=minutes)


def end_of_day(hours: Hours, on_date: date) -> datetime:
    """When the location closes on this date; if it does not open, local midnight after it."""
    intervals = opening_hours_for(hours, on_date)
    if intervals:
        return max(end for _start, end in intervals)
    return _moment(on_date + DAY, time(0), ZoneInfo(hours.time_zone))


def _intervals_from(hours: Hours, first: date) -> Iterator[Interval]:
    for days in range(HORIZON):
        yield from opening_hours_for(hours, first + days * DAY)


def _spans(hours: Hours, on_date: date) -> Sequence[Span]:
    if on_date in hours.exceptions:
        span = hours.exceptions[on_date]
        return [span] if span else []
    return hours.weekly.get(on_date.weekday(), [])


def _interval(span: Span, on_date: date, zone: ZoneInfo) -> Interval:
    last = on_date if span.closes_at > span.opens_at else on_date + DAY
    return _moment(on_date, span.opens_at, zone), _moment(last, span.closes_at, zone)


def _moment(on_date: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on_date, at, tzinfo=zone).astimezone(UTC)
