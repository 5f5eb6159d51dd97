"""Which part of a timeline a page shows: filters, search, a date to jump to, and the way on.

The newest rows also tell the last touches. With filters these are read beside the page's rows, and
the names of both are looked up together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from journeys.timeline.entries import Entry, told
from journeys.timeline.naming import names_of
from journeys.timeline.queries import TimelineFilter, timeline_page
from omni.core.text import search_key

ROWS = 60
LATEST = 40
SEARCHED = 2000
MIN_YEAR, MAX_YEAR = 2000, 2200

SHOWN: Mapping[str, tuple[str | Promise, tuple[str, ...]]] = {
    "orders": (
        _("Orders"),
        (
            "order.placed", "order.cancelled", "order.failed", "sale.completed", "sale.voided",
            "pickup.ready", "pickup.handed_over", "pickup.not_collected", "pickup.refused",
            "pickup.extended", "fulfilment.line_short", "fulfilment.rejected",
            "fulfilment.rerouted", "shipment.dispatched", "shipment.delivered", "shipment.lost",
            "shipment.refused", "shipment.returned", "payment.failed", "refund.succeeded",
            "refund.failed", "return.requested", "return.received", "return.exchanged",
            "return.declined",
        ),
    ),
    "visits": (
        _("Visits"),
        (
            "store.visited", "sale.completed", "pickup.arrived", "pickup.handed_over",
            "pickup.refused", "return.received", "return.exchanged", "no_sale.noted",
        ),
    ),
    "messages": (_("Messages"), ("call.noted", "chat.line")),
    "browsing": (
        _("Browsing"),
        (
            "page.viewed", "search.made", "ad.clicked", "cart.line_added", "cart.expired",
            "session.started",
        ),
    ),
    "notes": (_("Notes"), ("note.written", "no_sale.noted", "store.visited")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page of a timeline asks for, as its address says."""

    show: str = ""
    search: str = ""
    until: date | None = None
    cursor: str = ""

    @property
    def is_plain(self) -> bool:
        """The newest of everything: the rows that also tell the last touches."""
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Read:
    """The entries of a page, the newest entries of all, and how to go on."""

    entries: Sequence[Entry]
    latest: Sequence[Entry]
    next: str | None


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day."""

    on: date
    entries: Sequence[Entry]


def read(customer_id: UUID, wanted: Wanted, zone: tzinfo) -> Read:
    """One page of a customer's timeline. Raises: InvalidCursor."""
    limit = SEARCHED if wanted.search else ROWS
    page = timeline_page(
        customer_id=customer_id,
        wanted=_filter(wanted, zone),
        cursor=wanted.cursor or None,
        limit=limit,
    )
    if wanted.is_plain:
        entries = told(page.rows, names_of(page.rows))
        return Read(entries, entries, page.next)
    newest = timeline_page(customer_id=customer_id, limit=LATEST).rows
    names = names_of([*page.rows, *newest])
    entries = told(page.rows, names)
    if wanted.search:
        entries = _matching(entries, wanted.search)
    return Read(entries, told(newest, names), page.next)


def by_day(entries: Sequence[Entry], zone: tzinfo) -> list[Day]:
    """Entries in order, by the days of the place."""
    days: list[Day] = []
    for entry in entries:
        on = entry.at.astimezone(zone).date()
        if days and days[-1].on == on:
            days[-1] = replace(days[-1], entries=[*days[-1].entries, entry])
        else:
            days.append(Day(on, [entry]))
    return days


def _filter(wanted: Wanted, zone: tzinfo) -> TimelineFilter:
    until = None
    if wanted.until:
        until = datetime.combine(wanted.until + timedelta(days=1), time.min, tzinfo=zone)
    kinds = SHOWN[wanted.show][1] if wanted.show in SHOWN else ()
    return TimelineFilter(kinds=kinds, until_at=until)


def _matching(entries: Sequence[Entry], text: str) -> list[Entry]:
    """Entries that hold every word of the text, in what they say, where and by whom."""
    words = search_key(text).split()

    def holds(entry: Entry) -> bool:
        said = search_key(
            " ".join([entry.line, entry.where, entry.staff, *(p.name for p in entry.pictures)])
        )
        return all(word in said for word in words)

    return [entry for entry in entries if holds(entry)]


def wanted_by(params: Mapping[str, Any]) -> Wanted:
    """What an address asks for; what makes no sense in it is as if it were not there."""
    show = params.get("show", "")
    return Wanted(
        show=show if show in SHOWN else "",
        search=params.get("q", "").replace("\x00", " ").strip()[:100],
        until=_date(params.get("until", "")),
        cursor=params.get("cursor", "")[:500],
    )


def _date(text: str) -> date | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if MIN_YEAR <= on.year <= MAX_YEAR else None
