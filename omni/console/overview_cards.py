"""What stands on the cards of the overview, from the figures. Pure: no card asks the database.

Each card ends in what to do about it: ``act`` is a sentence, ``url`` where that is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.stock.figures import Short, Worth
from omni.console import periods
from omni.console.charted import NUMBER, Cell, Column, Table, number, percent, whole
from omni.console.questions import Question
from omni.screens import words
from omni.screens.reasons import reason_name
from orders.aftersales.figures import Returned
from orders.fulfilment.figures import Service, worst
from orders.sales.figures import Buyers

TARGET = 0.95


@dataclass(frozen=True, slots=True)
class Bar:
    """One of several bars, with the mark of the period before or of a target."""

    label: str
    value: float
    mark: float | None
    figure: str
    change: Cell | None = None
    missed: bool = False
    url: str = ""


@dataclass(slots=True)
class Card:
    """One card. ``bars`` are drawn by the server, ``table`` by the script."""

    title: str
    lead: str = ""
    note: str = ""
    chip: str = ""
    tone: str = ""
    bars: list[Bar] = field(default_factory=list)
    most: float = 1.0
    bar_tone: str = "a"
    table: Table | None = None
    legend: list[tuple[str, str, str]] = field(default_factory=list)
    all_of: Bar | None = None
    parts: list[tuple[str, float, float]] = field(default_factory=list)
    short: Sequence[Short] = ()
    act: str = ""
    word: str = ""
    url: str = ""


def report_url(name: str, question: Question, **more: str) -> str:
    kept = {"by": "", "of": "", **more}
    return f"{reverse(f'office:report-{name}')}?{question.query(**kept)}"


def summed(rows: Iterable[Any], value: Callable[[Any], int]) -> int:
    return sum(value(row) for row in rows)


# --- service, returns, stock, buyers --------------------------------------------------------------


def pickups(question: Question, rows: Sequence[Service]) -> Card:
    """How many pickups lay ready by their promise, by store, the worst last."""
    overall = next((row for row in rows if row.location_id is None), None)
    stores = [row for row in rows if row.location_id is not None and row.share is not None]
    names = {each.pk: each.name for each in question.places}
    card = Card(_("Pickups on time"), url=report_url("pickups", question), word=_("Open"))
    if overall is None or overall.share is None:
        return card
    card.lead = percent(overall.share)
    card.note = _("of %(n)s") % {"n": number(overall.promised)}
    if overall.minutes is not None:
        span = words.span(overall.minutes * 60)
        card.note = _("of %(n)s, ready in %(span)s") % {
            "n": number(overall.promised), "span": span,
        }  # fmt: skip
    good = overall.share >= TARGET
    card.tone = "good" if good else "bad"
    card.chip = _("Above 95 %") if good else _("Below 95 %")
    for row in sorted(stores, key=lambda row: -(row.share or 0))[-6:]:
        share = row.share or 0.0
        card.bars.append(
            Bar(
                names.get(row.location_id, "?") if row.location_id else "?",
                share,
                TARGET,
                percent(share),
                missed=share < TARGET,
            )
        )
    late = worst(stores, TARGET)
    if late is not None:
        card.act, card.word = _late_words(late, names), _("See why")
        card.url = report_url("pickups", question, store=str(late.location_id))
    else:
        card.act = _("Every store keeps its promises")
    return card


def _late_words(row: Service, names: Mapping[UUID, str]) -> str:
    store = names.get(row.location_id, "?") if row.location_id else "?"
    asked = row.promised + row.rejected
    if row.rejected and row.rejected / asked >= 0.05:
        return _("%(store)s rejects %(share)s") % {
            "store": store, "share": percent(row.rejected / asked),
        }  # fmt: skip
    missed = row.promised - row.on_time
    return ngettext("%(store)s: %(n)d was late", "%(store)s: %(n)d were late", missed) % {
        "store": store, "n": missed,
    }  # fmt: skip


def returns(question: Question, rows: Sequence[Returned], share: float | None) -> Card:
    """What was taken back, by reason, with the product that comes back most. ``share`` is how much
    of the units sold came back."""
    now = [row for row in rows if row.span == 0 and row.is_back]
    units = summed(now, lambda row: row.units)
    card = Card(_("Returns"), url=report_url("returns", question), word=_("Open"))
    if not units:
        return card
    if share is not None:
        card.chip = _("%(share)s of units") % {"share": percent(share)}
    card.lead = whole(summed(now, lambda row: row.refund_minor), question.currency)
    elsewhere = summed(now, lambda row: row.elsewhere)
    card.note = _("%(share)s at another place") % {"share": percent(elsewhere / units)}
    reasons, products = Counter[str](), Counter[str]()
    for row in now:
        reasons[row.reason] += row.units
        products[row.product] += row.units
    card.most, card.bar_tone = max(reasons.values()), "b"
    for reason, count in _most(reasons)[:6]:
        card.bars.append(Bar(reason_name(reason), count, None, percent(count / units)))
    product, count = _most(products)[0]
    card.act = ngettext("%(product)s: %(n)d unit", "%(product)s: %(n)d units", count) % {
        "product": product, "n": count,
    }  # fmt: skip
    card.url = report_url("returns", question, of="product")
    return card


def _most(counted: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first; of equals by name."""
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def stock(question: Question, worth: Sequence[Worth], short: Sequence[Short]) -> Card:
    """The stock at listed prices, and the goods that are promised and lacking."""
    own = [row for row in worth if row.currency == question.currency]
    card = Card(_("Stock"), url=report_url("stock", question), word=_("Open"))
    value = summed(own, lambda row: row.value_minor)
    if not own:
        return card
    card.lead, card.note = whole(value, question.currency), _("at listed prices")
    house = summed([row for row in own if row.kind == "warehouse"], lambda row: row.value_minor)
    at, total = 0.0, value or 1
    for tone, label, part in (
        ("a", _("Warehouse"), house),
        ("b", _("Stores"), value - house),
    ):
        width = round(245 * part / total, 1)
        if part:
            card.legend.append((tone, label, whole(part, question.currency)))
            card.parts.append((tone, at, max(0, width - 2) or width))
            at += width
    card.short = short[:3]
    if short:
        places, units = short[0].places, short[0].total
        card.tone = "bad"
        card.chip = ngettext("%(n)d shortfall", "%(n)d shortfalls", places) % {"n": places}
        card.act = ngettext(
            "%(n)d promised unit lacks goods", "%(n)d promised units lack goods", units
        ) % {"n": units}
        card.word, card.url = _("Solve"), f"{reverse('office:stock')}?show=short"
    else:
        card.act = _("No promise lacks its goods")
    return card


def buyers(question: Question, rows: Sequence[Buyers]) -> Card:
    """New and returning buyers by week; the weeks end with the period."""
    overall = next((row for row in rows if row.week is None), None)
    weeks = [row for row in rows if row.week is not None]
    card = Card(_("New and returning"), url=reverse("office:customers"), word=_("Customers"))
    if overall is None or not overall.new + overall.back:
        return card
    known = overall.new + overall.back
    card.lead = number(known)
    card.note = _("buyers, %(share)s new") % {"share": percent(overall.new / known)}
    card.legend = [("a", _("New"), ""), ("b", _("Back"), "")]
    card.table = Table(
        _("Buyers by week"),
        [
            Column(_("Week")),
            Column(_("New"), NUMBER, draw="bar"),
            Column(_("Back"), NUMBER, draw="bar"),
            Column(_("Anonymous sales"), NUMBER),
        ],
    )
    for row in weeks:
        assert row.week is not None  # noqa: S101  rows of weeks only
        name = Cell(
            periods.bucket_name(row.week, "week"), short=periods.short_name(row.week, "week")
        )
        card.table.add(name, row.new, row.back, row.unknown)
    card.table.foot(_("All weeks"), overall.new, overall.back, overall.unknown)
    if overall.unknown:
        card.act = ngettext("%(n)s anonymous sale", "%(n)s anonymous sales", overall.unknown) % {
            "n": number(overall.unknown)
        }
    else:
        card.act = _("Every buyer is known")
    return card
