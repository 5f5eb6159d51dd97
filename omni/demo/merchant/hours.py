"""When the stores of the demo are open, and moments that people there would live. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from omni.demo.merchant.places import STORES_TO_MAKE, Store
from omni.demo.merchant.sites import SITES

Span = tuple[datetime, datetime]

PLACES: dict[str, Store] = {place.code: place for place in (*STORES_TO_MAKE, *SITES)}
# Who works there comes so much before the doors open.
BEFORE = timedelta(minutes=10)
_WEEK = 7


def zone_of(store: str) -> ZoneInfo:
    """The time that its clocks show."""
    return ZoneInfo(str(PLACES[store].address["time_zone"]))


def opening(store: str, on: date) -> Span | None:
    """From when until when a store is open on a date; None while it is closed."""
    spans = [span for days, *span in PLACES[store].hours if on.weekday() in days]
    if not spans or (on.month, on.day) in ((1, 1), (12, 25)):
        return None
    zone = zone_of(store)
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    return (
        datetime.combine(on, time.fromisoformat(first), zone),
        datetime.combine(on, time.fromisoformat(last), zone),
    )


def is_open(store: str, now: datetime) -> bool:
    """Whether its doors are open."""
    today = opening(store, now.astimezone(zone_of(store)).date())
    return today is not None and today[0] <= now < today[1]


def from_day(store: str, on: date) -> Iterator[Span]:
    """The open days from a date on."""
    for ahead in range(2 * _WEEK):
        if found := opening(store, on + timedelta(days=ahead)):
            yield found


def before_day(store: str, on: date) -> Span:
    """The last open day before a date."""
    for ago in range(1, 2 * _WEEK):
        if found := opening(store, on - timedelta(days=ago)):
            return found
    raise ValueError(store)


def near(store: str, now: datetime, minutes: int) -> datetime:
    """A moment at which somebody works there, so many minutes from now.

    While it is closed: so many before it closed, or after it opens next.
    """
    today = now.astimezone(zone_of(store)).date()
    if minutes >= 0:
        opens, closes = next(span for span in from_day(store, today) if span[1] > now)
        return min(max(now, opens) + timedelta(minutes=minutes), closes)
    here = opening(store, today)
    opens, closes = here if here and here[0] <= now else before_day(store, today)
    return max(min(now, closes) + timedelta(minutes=minutes), opens - BEFORE)


def begins_today(store: str, now: datetime) -> datetime:
    """When the till was opened today: before the doors, or just now if they open later or never."""
    today = now.astimezone(zone_of(store)).date()
    here = opening(store, today)
    if here and here[0] - BEFORE < now:
        return here[0] - BEFORE
    midnight = datetime.combine(today, time(0, 1), zone_of(store))
    return max(min(midnight, now), now - timedelta(minutes=25))


def work_after(store: str, moment: datetime, minutes: int, late: int = 20) -> datetime:
    """When the store comes to it: so many minutes later, or so late after it opens next."""
    wanted = moment + timedelta(minutes=minutes)
    for opens, closes in from_day(store, moment.astimezone(zone_of(store)).date()):
        if wanted < closes:
            return max(wanted, opens + timedelta(minutes=late))
    return wanted
