"""The tiles of the overview and its cards of sales, from the figures. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from omni.console import periods
from omni.console.charted import MONEY, Cell, Column, Table, change, number, percent, whole
from omni.console.over_time import before_buckets
from omni.console.overview_cards import Bar, Card, report_url, summed
from omni.console.questions import Question
from omni.core.money import Money
from orders.sales.figures import Sales

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


# --- tiles ----------------------------------------------------------------------------------------


def tiles(question: Question, sales: Sequence[Sales]) -> list[Tile]:
    """Net sales, orders and receipts, average basket, share of units that came back.

    ``sales`` holds what was sold and what came off it. The basket is what was sold by the orders;
    the share is of the units sold in the same days, not of those that will come back of them.
    """
    per_day = _by_day(question, sales)
    now, before = (_figures([row for row in sales if row.span == span]) for span in (0, 1))
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


def share_back(sales: Sequence[Sales]) -> float | None:
    """Units that came back by units that were sold; None where nothing was sold."""
    units = summed(sales, lambda row: row.units)
    return summed(sales, lambda row: row.back_units) / units if units else None


def _figures(sales: Sequence[Sales]) -> dict[str, Any]:
    orders = summed(sales, lambda row: row.orders)
    sold = summed(sales, lambda row: row.sold_minor)
    return {
        "net": summed(sales, lambda row: row.net_minor),
        "orders": orders,
        "basket": sold / orders if orders else None,
        "share": share_back(sales),
    }


def _by_day(question: Question, sales: Sequence[Sales]) -> list[dict[str, Any]]:
    sold: dict[date, list[Sales]] = defaultdict(list)
    grain = periods.usual_grain(question.period)
    for row in sales:
        if row.span == 0:
            sold[periods.bucket(row.day, grain)].append(row)
    days = periods.buckets(question.period.days, grain)
    return [_figures(sold[day]) for day in days]


# --- sales ----------------------------------------------------------------------------------------


def by_channel(question: Question, sales: Sequence[Sales]) -> Card:
    """Net sales by day, stacked by channel, beside those of the period before."""
    card = Card(_("Sales by channel"))
    names = {each.pk: each.name for each in question.channels}
    totals: Counter[UUID] = Counter()
    for row in sales:
        if row.span == 0:
            totals[row.channel_id] += row.net_minor
    ranked = sorted(totals, key=lambda pk: (-totals[pk], names.get(pk, "")))
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
    card.word, card.url = _("Open the report"), report_url("sales", question)
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
    """Net sales of each store's tills, with the mark of the period before."""
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
                url=report_url("sales", question, store=str(pk)),
            )
        )
    total, was = sum(now.values()), sum(before.values())
    if ids:
        rest = _("%(n)d more stores") % {"n": len(ids) - SHOWN} if len(ids) > SHOWN else ""
        card.act = rest or _("What their tills sold, less what came back of it")
        card.all_of = Bar(
            _("All stores"), total, None, whole(total, question.currency),
            change(total, was) if held else None,
        )  # fmt: skip
    card.word, card.url = _("Open"), report_url("sales", question, of="store")
    return card
