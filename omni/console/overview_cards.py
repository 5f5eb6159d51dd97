"""What stands on the cards of the overview, from the figures. Pure: no card asks the database.

Each card ends in what to do about it: ``act`` is a sentence, ``url`` where that is done.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.stock.figures import Short, Worth
from omni.console import periods
from omni.console.charted import MONEY, NUMBER, Cell, Column, Table, change, number, percent, whole
from omni.console.questions import Question
from omni.console.reasons import reason_name
from omni.console.report_tables import before_buckets
from omni.core.money import Money
from omni.screens import words
from orders.aftersales.figures import Returned
from orders.fulfilment.figures import Service, worst
from orders.sales.figures import Buyers, Sales

TARGET = 0.95
SERIES = 4
SHOWN = 7


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, its trend by day, and how it stands against the period before."""

    label: str
    figure: str
    trend: Sequence[float]
    change: Cell
    note: str
    up: bool = True


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


def _report(name: str, question: Question, **more: str) -> str:
    kept = {"by": "", "of": "", **more}
    return f"{reverse(f'office:report-{name}')}?{question.query(**kept)}"


def _sum(rows: Iterable[Any], value: Callable[[Any], int]) -> int:
    return sum(value(row) for row in rows)


# --- tiles ----------------------------------------------------------------------------------------


def tiles(question: Question, sales: Sequence[Sales], returned: Sequence[Returned]) -> list[Tile]:
    """Net sales, orders and receipts, average basket, share of units that came back."""
    per_day = _by_day(question, sales, returned)
    now, before = (_totals(sales, returned, span) for span in (0, 1))
    held = bool(question.period.before_days)
    found = [
        _tile(_("Net sales"), "net", now, before, per_day, question, held),
        _tile(_("Orders and receipts"), "orders", now, before, per_day, question, held),
        _tile(_("Average basket"), "basket", now, before, per_day, question, held),
    ]
    share, was = now["share"], before["share"]
    points = None if not held or share is None or was is None else share - was
    tone = "" if not points else "bad" if points > 0 else "good"
    shift = (
        Cell("")
        if points is None
        else Cell(
            _("%(points)s points") % {"points": percent(points, sign=True).replace("\u00a0%", "")},
            points,
            tone,
        )
    )
    found.append(
        Tile(
            _("Returned"),
            "–" if share is None else percent(share),
            [day["share"] or 0 for day in per_day],
            shift,
            "" if was is None or not held else _("from %(was)s of units") % {"was": percent(was)},
            bool(points and points > 0),
        )
    )
    return found


def _tile(
    label: str,
    key: str,
    now: Mapping[str, Any],
    before: Mapping[str, Any],
    per_day: Sequence[Mapping[str, Any]],
    question: Question,
    held: bool,
) -> Tile:
    def said(value: float | None) -> str:
        if value is None:
            return "–"
        if key == "orders":
            return number(value)
        if key == "basket":
            return str(Money(round(value), question.currency))
        return whole(round(value), question.currency)

    shift = change(now[key] or 0, before[key] or 0) if held else Cell("")
    note = _("from %(was)s") % {"was": said(before[key])} if held and before[key] else ""
    if held and not before[key]:
        note = _("nothing to hold it against")
    trend = [day[key] or 0 for day in per_day]
    return Tile(label, said(now[key]), trend, shift, note, shift.tone == "good")


def _totals(sales: Sequence[Sales], returned: Sequence[Returned], span: int) -> dict[str, Any]:
    return _figures(
        [row for row in sales if row.span == span], [row for row in returned if row.span == span]
    )


def _figures(sales: Sequence[Sales], returned: Sequence[Returned]) -> dict[str, Any]:
    net, orders = _sum(sales, lambda row: row.net_minor), _sum(sales, lambda row: row.orders)
    units, back = _sum(sales, lambda row: row.units), _sum(returned, lambda row: row.units)
    return {
        "net": net,
        "orders": orders,
        "basket": net / orders if orders else None,
        "share": back / units if units else None,
    }


def _by_day(
    question: Question, sales: Sequence[Sales], returned: Sequence[Returned]
) -> list[dict[str, Any]]:
    sold: dict[date, list[Sales]] = defaultdict(list)
    back: dict[date, list[Returned]] = defaultdict(list)
    grain = periods.usual_grain(question.period)
    for row in sales:
        if row.span == 0:
            sold[periods.bucket(row.day, grain)].append(row)
    for each in returned:
        if each.span == 0:
            back[periods.bucket(each.day, grain)].append(each)
    days = periods.buckets(question.period.days, grain)
    return [_figures(sold[day], back[day]) for day in days]


# --- sales ----------------------------------------------------------------------------------------


def by_channel(question: Question, sales: Sequence[Sales]) -> Card:
    """Sales by day, stacked by channel, beside those of the period before."""
    card = Card(_("Sales by channel"))
    names = {each.pk: each.name for each in question.channels}
    totals: Counter[UUID] = Counter()
    for row in sales:
        if row.span == 0:
            totals[row.channel_id] += row.net_minor
    ranked = [pk for pk, _net in totals.most_common()]
    own = ranked if len(ranked) <= SERIES else ranked[: SERIES - 1]
    series = [names.get(pk, "?") for pk in own] + ([_("Other")] if len(ranked) > len(own) else [])
    sums = [totals[pk] for pk in own]
    if len(ranked) > len(own):
        sums.append(sum(totals.values()) - sum(sums))
    card.table = _by_channel_table(question, sales, own, series)
    card.legend = [
        (tone, name, whole(net, question.currency))
        for tone, name, net in zip("abcd", series, sums, strict=False)
    ]
    if question.period.before_days:
        card.legend.append(("p", _("Before"), ""))
    best = max(card.table.rows, key=lambda row: row[len(series) + 1].raw or 0, default=None)
    if best is not None and any(sums):
        card.act = _("Best: %(day)s") % {"day": best[0].text}
    card.word, card.url = _("Open the report"), _report("sales", question)
    return card


def _by_channel_table(
    question: Question, sales: Sequence[Sales], own: Sequence[UUID], series: Sequence[str]
) -> Table:
    grain = periods.usual_grain(question.period)
    held = bool(question.period.before_days)
    columns = [Column({"day": _("Day"), "week": _("Week"), "month": _("Month")}[grain])]
    columns += [Column(name, MONEY, draw="bar") for name in series]
    columns.append(Column(_("Together"), MONEY))
    if held:
        columns.append(Column(capfirst(_against(question)), MONEY, draw="prev"))
    table = Table(_("Net sales by channel"), columns, question.currency, exact=False)
    cells = _stacked(question, sales, own, grain)
    before = before_buckets(question, grain, ((r.span, r.day, r.net_minor) for r in sales))
    buckets = periods.buckets(question.period.days, grain)
    places = range(len(series))
    for day, was in zip(buckets, before, strict=True):
        parts: list[int] = [cells[day][place] for place in places]
        name = Cell(periods.bucket_name(day, grain), short=periods.short_name(day, grain))
        table.add(name, *parts, sum(parts), *([was] if held else []))
    sums = [sum(cells[day][place] for day in buckets) for place in places]
    table.foot(_("All"), *sums, sum(sums), *([sum(before)] if held else []))
    return table


def _against(question: Question) -> str:
    return periods.against_names(question.period.name)[question.period.against]


def _stacked(
    question: Question, sales: Sequence[Sales], own: Sequence[UUID], grain: str
) -> dict[date, Counter[int]]:
    place = {pk: index for index, pk in enumerate(own)}
    cells: dict[date, Counter[int]] = defaultdict(Counter)
    for row in sales:
        if row.span == 0:
            cells[periods.bucket(row.day, grain)][place.get(row.channel_id, len(own))] += (
                row.net_minor
            )
    return cells


def by_store(question: Question, sales: Sequence[Sales]) -> Card:
    """Sales at each store's tills, with the mark of the period before."""
    now, before = Counter[UUID](), Counter[UUID]()
    for row in sales:
        if row.location_id is not None:
            (now if row.span == 0 else before)[row.location_id] += row.net_minor
    names = {each.pk: each.name for each in question.places}
    held = bool(question.period.before_days)
    ids = sorted({*now, *before}, key=lambda pk: (-now[pk], names.get(pk, "")))
    card = Card(_("Sales by store"), most=max([*now.values(), *before.values(), 1]))
    for pk in ids[:SHOWN]:
        card.bars.append(
            Bar(
                names.get(pk, "?"),
                now[pk],
                before[pk] if held else None,
                whole(now[pk], question.currency),
                change(now[pk], before[pk]) if held else None,
                url=_report("sales", question, store=str(pk)),
            )
        )
    total, was = sum(now.values()), sum(before.values())
    if ids:
        rest = _("%(n)d more stores") % {"n": len(ids) - SHOWN} if len(ids) > SHOWN else ""
        card.act = rest or _("What was sold at their tills")
        card.all_of = Bar(
            _("All stores"), total, None, whole(total, question.currency),
            change(total, was) if held else None,
        )  # fmt: skip
    card.word, card.url = _("Open"), _report("sales", question, of="store")
    return card


# --- service, returns, stock, buyers --------------------------------------------------------------


def pickups(question: Question, rows: Sequence[Service]) -> Card:
    """How many pickups lay ready by their promise, by store, the worst last."""
    overall = next((row for row in rows if row.location_id is None), None)
    stores = [row for row in rows if row.location_id is not None and row.share is not None]
    names = {each.pk: each.name for each in question.places}
    card = Card(_("Pickups on time"), url=_report("pickups", question), word=_("Open"))
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
        card.url = _report("pickups", question, store=str(late.location_id))
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


def returns(question: Question, rows: Sequence[Returned], sales: Sequence[Sales]) -> Card:
    """What came back, by reason, with the product that comes back most."""
    now = [row for row in rows if row.span == 0]
    units = _sum(now, lambda row: row.units)
    card = Card(_("Returns"), url=_report("returns", question), word=_("Open"))
    if not units:
        return card
    sold = _sum([row for row in sales if row.span == 0], lambda row: row.units)
    if sold:
        card.chip = _("%(share)s of units") % {"share": percent(units / sold)}
    card.lead = whole(_sum(now, lambda row: row.refund_minor), question.currency)
    elsewhere = _sum(now, lambda row: row.elsewhere)
    card.note = _("%(share)s at another place") % {"share": percent(elsewhere / units)}
    reasons, products = Counter[str](), Counter[str]()
    for row in now:
        reasons[row.reason] += row.units
        products[row.product] += row.units
    card.most, card.bar_tone = max(reasons.values()), "b"
    for reason, count in reasons.most_common(6):
        card.bars.append(Bar(reason_name(reason), count, None, percent(count / units)))
    product, count = products.most_common(1)[0]
    card.act = ngettext("%(product)s: %(n)d unit", "%(product)s: %(n)d units", count) % {
        "product": product, "n": count,
    }  # fmt: skip
    card.url = _report("returns", question, of="product")
    return card


def stock(question: Question, worth: Sequence[Worth], short: Sequence[Short]) -> Card:
    """The stock at listed prices, and the goods that are promised and lacking."""
    own = [row for row in worth if row.currency == question.currency]
    card = Card(_("Stock"), url=_report("stock", question), word=_("Open"))
    value = _sum(own, lambda row: row.value_minor)
    if not own:
        return card
    card.lead, card.note = whole(value, question.currency), _("at listed prices")
    house = _sum([row for row in own if row.kind == "warehouse"], lambda row: row.value_minor)
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
            Column(_("Sales to nobody known"), NUMBER),
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
        card.act = ngettext(
            "%(n)s sale to nobody known", "%(n)s sales to nobody known", overall.unknown
        ) % {"n": number(overall.unknown)}
    else:
        card.act = _("Every buyer is known")
    return card
