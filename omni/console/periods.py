"""Periods of reports: which days, and which days they are held against. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from babel.dates import format_interval
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.screens import words
from orders.sales.figures import Span

LONGEST_DAYS = 750
A_YEAR = timedelta(days=364)  # whole weeks, so that Saturdays are held against Saturdays
OWN = "days"

NAMES: Mapping[str, Promise] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "7d": gettext_lazy("the last 7 days"),
    "week": gettext_lazy("this week"),
    "last-week": gettext_lazy("last week"),
    "28d": gettext_lazy("the last 28 days"),
    "month": gettext_lazy("this month"),
    "last-month": gettext_lazy("last month"),
    "12w": gettext_lazy("the last 12 weeks"),
}
USUAL = "7d"
_BEFORE: Mapping[str, Promise] = {
    "today": gettext_lazy("the same day a week before"),
    "yesterday": gettext_lazy("the same day a week before"),
    "7d": gettext_lazy("the 7 days before"),
    "week": gettext_lazy("the week before"),
    "last-week": gettext_lazy("the week before"),
    "28d": gettext_lazy("the 28 days before"),
    "month": gettext_lazy("the month before"),
    "last-month": gettext_lazy("the month before"),
    "12w": gettext_lazy("the 12 weeks before"),
    OWN: gettext_lazy("as many days before"),
}
AGAINST = ("before", "year", "none")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, and those that they are held against, as many."""

    name: str
    first: date
    last: date
    before_first: date | None
    before_last: date | None
    against: str

    @property
    def days(self) -> list[date]:
        return list(_days(self.first, self.last))

    @property
    def before_days(self) -> list[date]:
        if self.before_first is None or self.before_last is None:
            return []
        return list(_days(self.before_first, self.before_last))

    def label(self) -> str:
        """The last 7 days; for days of one's own, which."""
        return str(NAMES[self.name]) if self.name in NAMES else interval(self.first, self.last)

    def spans(self, now: datetime, zone: tzinfo) -> list[Span]:
        """The days as spans. What lasts until now is held against what lasted as long.

        Whole days need no moment: their stores tell them by clocks of their own, so the moment
        lies a day behind the last one.
        """
        found = [Span(self.first, self.last, min(now, _behind(self.last, zone)))]
        if self.before_first is None or self.before_last is None:
            return found
        local = now.astimezone(zone)
        until = _behind(self.before_last, zone)
        if self.first <= local.date() <= self.last:
            day = self.before_first + (local.date() - self.first)
            until = _utc(datetime.combine(min(day, self.before_last), local.timetz()))
        return [*found, Span(self.before_first, self.before_last, min(now, until))]


def period(
    name: str, *, today: date, against: str = "before", own: tuple[date, date] | None = None
) -> Period:
    """The period of a name; unknown ones are the usual one. ``own`` are days that were typed."""
    if name == OWN and own is not None:
        first, last = own
    else:
        name = name if name in NAMES else USUAL
        first, last = _days_of(name, today)
    against = against if against in AGAINST else "before"
    if against == "none":
        return Period(name, first, last, None, None, against)
    if against == "year":
        return Period(name, first, last, first - A_YEAR, last - A_YEAR, against)
    before_first, before_last = _before(name, first, last)
    return Period(name, first, last, before_first, before_last, against)


def against_names(name: str) -> dict[str, str]:
    """What a period may be held against, in words."""
    return {
        "before": str(_BEFORE[name]),
        "year": _("the same days a year before"),
        "none": _("nothing"),
    }


def own_days(first: str, last: str) -> tuple[date, date] | None:
    """Days that were typed; None if they are no days, or too many."""
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    if not date(1990, 1, 1) <= days[0] <= days[1] <= date(2200, 1, 1):
        return None
    return days if (days[1] - days[0]).days < LONGEST_DAYS else None


def why_not(first: str, last: str) -> str:
    """Why days that were typed are none, in words."""
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return _("The days are not dates like 2026-11-23.")
    if days[0] > days[1]:
        return _("The days end before they begin.")
    if (days[1] - days[0]).days >= LONGEST_DAYS:
        return _("That is too long: at most %(n)d days fit.") % {"n": LONGEST_DAYS}
    return _("The days lie too far away.")


def interval(first: date, last: date) -> str:
    """16 – 22 November."""
    if first == last:
        return words.plain_day(first)
    return str(format_interval(first, last, "MMMd", locale=words.locale()))


# --- buckets --------------------------------------------------------------------------------------

GRAINS = ("day", "week", "month")


def usual_grain(of: Period) -> str:
    """Days up to a month, else weeks, else months."""
    count = len(of.days)
    return "day" if count <= 31 else "week" if count <= 190 else "month"


def bucket(on: date, grain: str) -> date:
    """The first day of the day, week or month in which a day lies."""
    if grain == "week":
        return on - timedelta(days=on.weekday())
    return on.replace(day=1) if grain == "month" else on


def buckets(days: list[date], grain: str) -> list[date]:
    """The buckets of these days, in order, each once."""
    return list(dict.fromkeys(bucket(day, grain) for day in days))


def bucket_name(on: date, grain: str) -> str:
    """Mon 16 Nov; week 47; November 2026."""
    if grain == "week":
        return _("Week %(number)d") % {"number": on.isocalendar().week}
    if grain == "month":
        return words.month(datetime.combine(on, time(12), UTC), UTC)
    return words.plain_day(on)


def short_name(on: date, grain: str) -> str:
    """What stands below a bar: Mon 16; 47; November 2026."""
    if grain == "day":
        return f"{words.plain_day(on).split()[0]} {on.day}"
    return str(on.isocalendar().week) if grain == "week" else bucket_name(on, grain)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))


def _days_of(name: str, today: date) -> tuple[date, date]:
    yesterday = today - timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    first_of_month = today.replace(day=1)
    end_of_last = first_of_month - timedelta(days=1)
    return {
        "today": (today, today),
        "yesterday": (yesterday, yesterday),
        "7d": (today - timedelta(days=7), yesterday),
        "week": (monday, today),
        "last-week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "28d": (today - timedelta(days=28), yesterday),
        "month": (first_of_month, today),
        "last-month": (end_of_last.replace(day=1), end_of_last),
        "12w": (monday - timedelta(weeks=12), monday - timedelta(days=1)),
    }[name]


def _before(name: str, first: date, last: date) -> tuple[date, date]:
    if name in ("month", "last-month"):
        end = first - timedelta(days=1)
        start = end.replace(day=1)
        whole = name == "last-month"
        return start, end if whole else min(end, start + (last - first))
    if name in ("today", "yesterday", "week"):
        return first - timedelta(days=7), last - timedelta(days=7)
    length = last - first + timedelta(days=1)
    return first - length, last - length


def _behind(last: date, zone: tzinfo) -> datetime:
    return _utc(datetime.combine(last + timedelta(days=2), time.min, zone))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
