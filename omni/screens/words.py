"""Times and amounts as people of a place say them. Pure: the moment of asking is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from django.utils.translation import get_language, gettext, ngettext

MINUTE = 60
SOON = 30 * MINUTE  # from here on a clock is amber
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Clock:
    """Time left to a promise: what to say, in which tone, and the hour it is about."""

    words: str
    tone: str
    icon: str
    hour: str


# English of no country: days before months and a clock of 24 hours, as most of the world writes.
_PLAIN = {"en": "en_GB"}


def locale() -> str:
    """The language of the page as Babel names it."""
    language = (get_language() or "en").replace("-", "_")
    return _PLAIN.get(language, language)


def hour(moment: datetime, zone: tzinfo) -> str:
    """14:30, by the wall of the place."""
    local = moment.astimezone(zone)
    return format_time(local, "HH:mm", locale=locale())


def day(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """Today, Yesterday, Tomorrow, Wed 26 Nov, or with its year if that is another."""
    local, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    near = {-1: gettext("Yesterday"), 0: gettext("Today"), 1: gettext("Tomorrow")}
    apart = (local - today).days
    return near.get(apart) or plain_day(local, with_year=local.year != today.year)


def within(told: str) -> str:
    """The same within a sentence: opens tomorrow 09:30. Names of days stay as they are written."""
    near = (gettext("Yesterday"), gettext("Today"), gettext("Tomorrow"))
    return told[0].lower() + told[1:] if told.startswith(near) else told


def plain_day(on: date, *, with_year: bool = False) -> str:
    """Wed 26 Nov, in the order of the language."""
    skeleton = "yMMMEd" if with_year else "MMMEd"
    return format_skeleton(skeleton, on, locale=locale())


def long_day(on: date) -> str:
    """Monday, 23 November 2026."""
    return format_date(on, "full", locale=locale())


def weekday(on: date) -> str:
    """Monday 23 November."""
    name = format_date(on, "EEEE", locale=locale())
    return f"{name} {format_skeleton('MMMMd', on, locale=locale())}"


def month(moment: datetime, zone: tzinfo) -> str:
    """March 2019."""
    return format_skeleton("yMMMM", moment.astimezone(zone), locale=locale())


def language_name(code: str) -> str:
    """German, in the language of the page; the code where it has no name."""
    try:
        return Locale.parse(code, sep="-").get_display_name(locale()) or code
    except (ValueError, UnknownLocaleError):
        return code


def short_date(on: date) -> str:
    """The date in figures, in the order of the language."""
    return format_date(on, "short", locale=locale())


def when(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """14:30 today, else the day and the hour."""
    at = hour(moment, zone)
    local, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    return at if local == today else f"{day(moment, zone, now)} {at}"


def ago(moment: datetime, now: datetime) -> str:
    """6 min ago, 4 h ago, 3 days ago."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < MINUTE:
        return gettext("just now")
    if seconds < 2 * 86_400:
        return gettext("%(span)s ago") % {"span": span(seconds)}
    days = seconds // 86_400
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def span(seconds: int) -> str:
    """13 min, 1 h 12 min, 2 days."""
    minutes = max(0, seconds) // MINUTE
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return ngettext("%(days)d day", "%(days)d days", hours // 24) % {"days": hours // 24}
    if not hours:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if not rest:
        return gettext("%(hours)d h") % {"hours": hours}
    return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def clock(due: datetime, zone: tzinfo, now: datetime) -> Clock:
    """How long until a promise is due, or how late it is."""
    left = int((due - now).total_seconds())
    at = gettext("for %(hour)s") % {"hour": within(when(due, zone, now))}
    if left < 0:
        words = gettext("%(span)s late") % {"span": span(-left)}
        return Clock(words, "bad", "clock-alert", at)
    if due.astimezone(zone).date() != now.astimezone(zone).date():
        return Clock(
            day(due, zone, now),
            "good",
            "circle-check",
            gettext("for %(hour)s") % {"hour": hour(due, zone)},
        )
    words = gettext("%(span)s left") % {"span": span(left)}
    if left < SOON:
        return Clock(words, "wait", "clock", at)
    return Clock(words, "good", "circle-check", at)


def waiting(since: datetime, now: datetime) -> Clock:
    """How long a person has been standing there: green to two minutes, red from five."""
    seconds = max(0, int((now - since).total_seconds()))
    tone = "good" if seconds < 2 * MINUTE else "wait" if seconds < 5 * MINUTE else "bad"
    icon = "clock-alert" if tone == "bad" else "clock"
    return Clock(span(seconds), tone, icon, "")


def initials(name: str) -> str:
    """Two letters for a person; one sign for names written without spaces."""
    words = [word for word in name.replace("-", " ").split() if word]
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:2].upper() if words[0].isascii() else words[0][:1]
    return (words[0][0] + words[-1][0]).upper()
