"""The tables of the reports, from the figures. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from inventory.stock.figures import Short, Worth
from omni.console import periods
from omni.console.charted import (
    MINUTES,
    MONEY,
    NUMBER,
    PERCENT,
    Cell,
    Column,
    Table,
    change,
)
from omni.console.questions import Question
from omni.console.reasons import reason_name
from omni.screens import words
from orders.aftersales.figures import Returned
from orders.fulfilment.figures import Refused, Service
from orders.fulfilment.models import FulfilmentState
from orders.sales.figures import Lost
from orders.sales.models import OrderStatus

COLUMNS = 7  # that many groups stand beside each other; the smaller ones are put together
ROWS = 100


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales of one day and group."""

    span: int
    day: date
    group: str
    orders: int
    units: int
    net_minor: int


def _grain_word(grain: str) -> str:
    return {"day": _("Day"), "week": _("Week"), "month": _("Month")}[grain]


def _bucket_cell(day: date, grain: str) -> Cell:
    name, year = periods.bucket_name(day, grain), day.isocalendar()
    raw = {"day": day.isoformat(), "week": f"{year.year}-W{year.week:02}", "month": f"{day:%Y-%m}"}
    return Cell(name, raw[grain], short=periods.short_name(day, grain))


def _folded(totals: Counter[str]) -> tuple[list[str], str]:
    """The groups that stand for themselves, and the name of the rest ("" if there is none)."""
    ranked = [name for name, _sum in sorted(totals.items(), key=lambda each: (-each[1], each[0]))]
    if len(ranked) <= COLUMNS:
        return ranked, ""
    return ranked[: COLUMNS - 1], _("Other")


# --- sales ----------------------------------------------------------------------------------------


def sales_tables(
    question: Question, grain: str, rows: Sequence[Sold], *, exact_orders: bool
) -> tuple[Table, Table]:
    """Net sales by bucket and group; the groups with their shares. Orders of one category are
    orders of another too, so they are not added up."""
    now = [row for row in rows if row.span == 0]
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row.group] += row.net_minor if row.span == 0 else 0
    return (
        _sales_over(question, grain, rows, totals, exact_orders),
        _sales_groups(question, now, [row for row in rows if row.span], totals, exact_orders),
    )


def _sales_over(
    question: Question, grain: str, rows: Sequence[Sold], totals: Counter[str], exact_orders: bool
) -> Table:
    own, other = _folded(totals)
    names = [*own, *([other] if other else [])]
    held = periods.against_names(question.period.name)[question.period.against]
    has_before = bool(question.period.before_days)
    columns = [Column(_grain_word(grain))]
    columns += [Column(name, MONEY, draw="bar") for name in names]
    columns.append(Column(_("Together"), MONEY))
    if has_before:
        columns.append(Column(capfirst(held), MONEY, draw="prev"))
    if exact_orders:
        columns.append(Column(_("Orders"), NUMBER))
    columns.append(Column(_("Units"), NUMBER))
    table = Table(_("Net sales"), columns, question.currency)
    cells: dict[date, Counter[str]] = defaultdict(Counter)
    sums: dict[date, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.span:
            continue
        day = periods.bucket(row.day, grain)
        cells[day][row.group if row.group in own else other] += row.net_minor
        sums[day].update(orders=row.orders, units=row.units)
    before = before_buckets(question, grain, [(r.span, r.day, r.net_minor) for r in rows])
    days = periods.buckets(question.period.days, grain)
    for day, was in zip(days, before, strict=True):
        table.add(
            _bucket_cell(day, grain),
            *[cells[day][name] for name in names],
            sum(cells[day].values()),
            *([was] if has_before else []),
            *([sums[day]["orders"]] if exact_orders else []),
            sums[day]["units"],
        )
    table.foot(
        _("All"),
        *[sum(cells[day][name] for day in days) for name in names],
        sum(sum(each.values()) for each in cells.values()),
        *([sum(before)] if has_before else []),
        *([sum(each["orders"] for each in sums.values())] if exact_orders else []),
        sum(each["units"] for each in sums.values()),
    )
    return table


def before_buckets(
    question: Question, grain: str, rows: Iterable[tuple[int, date, int]]
) -> list[int]:
    """Sums of the period before, in the buckets that they are held against."""
    days, was = question.period.days, question.period.before_days
    place = {day: days[min(index, len(days) - 1)] for index, day in enumerate(was)}
    held: Counter[date] = Counter()
    for span, day, value in rows:
        if span == 1 and day in place:
            held[periods.bucket(place[day], grain)] += value
    return [held[day] for day in periods.buckets(days, grain)]


def _sales_groups(
    question: Question,
    now: Sequence[Sold],
    before: Sequence[Sold],
    totals: Counter[str],
    exact_orders: bool,
) -> Table:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in now:
        sums[row.group].update(net=row.net_minor, orders=row.orders, units=row.units)
    was: Counter[str] = Counter()
    for row in before:
        was[row.group] += row.net_minor
    has_before = bool(question.period.before_days)
    columns = [Column(_("Name")), Column(_("Net sales"), MONEY), Column(_("Share"), PERCENT)]
    if has_before:
        columns += [Column(_("Before"), MONEY), Column(_("Change"), PERCENT)]
    if exact_orders:
        columns += [Column(_("Orders"), NUMBER), Column(_("Average basket"), MONEY)]
    columns.append(Column(_("Units"), NUMBER))
    table = Table(_("Net sales by group"), columns, question.currency)
    whole = sum(each["net"] for each in sums.values())
    names = sorted({*sums, *was}, key=lambda name: (-sums[name]["net"], name))

    def line(name: str, each: Mapping[str, int], then: int) -> list[Any]:
        orders = each["orders"]
        return [
            name,
            each["net"],
            each["net"] / whole if whole else None,
            *([then, change(each["net"], then)] if has_before else []),
            *([orders, round(each["net"] / orders) if orders else None] if exact_orders else []),
            each["units"],
        ]

    for name in names[:ROWS]:
        table.add(*line(name, sums[name], was[name]))
    everything: Counter[str] = Counter()
    for each in sums.values():
        everything.update(each)
    table.foot(*line(_("All"), everything, sum(was.values())))
    return table


# --- returns --------------------------------------------------------------------------------------


def returns_tables(
    question: Question,
    grain: str,
    rows: Sequence[Returned],
    group: str,
    names: Mapping[UUID, str],
) -> tuple[Table, Table]:
    """Units by bucket and group; the groups with what goes back for them."""

    def name_of(row: Returned) -> str:
        if group == "reason":
            return reason_name(row.reason)
        if group == "product":
            return row.product
        known = row.location_id if group == "store" else row.channel_id
        return names.get(known, _("Nowhere yet")) if known else _("Nowhere yet")

    sums: dict[str, Counter[str]] = defaultdict(Counter)
    units: Counter[str] = Counter()
    for row in rows:
        sums[name_of(row)].update(units=row.units, elsewhere=row.elsewhere, refund=row.refund_minor)
        units[name_of(row)] += row.units
    own, other = _folded(units)
    listed = [*own, *([other] if other else [])]
    columns = [Column(_grain_word(grain))]
    columns += [Column(name, NUMBER, draw="bar") for name in listed]
    columns += [Column(_("Units"), NUMBER), Column(_("Goes back"), MONEY)]
    over = Table(_("Units that came back"), columns, question.currency)
    cells: dict[date, Counter[str]] = defaultdict(Counter)
    refunds: Counter[date] = Counter()
    for row in rows:
        day, name = periods.bucket(row.day, grain), name_of(row)
        cells[day][name if name in own else other] += row.units
        refunds[day] += row.refund_minor
    days = periods.buckets(question.period.days, grain)
    for day in days:
        over.add(
            _bucket_cell(day, grain),
            *[cells[day][name] for name in listed],
            sum(cells[day].values()),
            refunds[day],
        )
    over.foot(
        _("All"),
        *[sum(cells[day][name] for day in days) for name in listed],
        sum(units.values()),
        sum(refunds.values()),
    )
    return over, _returned_groups(question, sums)


def _returned_groups(question: Question, sums: Mapping[str, Counter[str]]) -> Table:
    table = Table(
        _("What came back by group"),
        [
            Column(_("Name")),
            Column(_("Units"), NUMBER),
            Column(_("Share"), PERCENT),
            Column(_("At another place"), NUMBER),
            Column(_("Goes back"), MONEY),
        ],
        question.currency,
    )
    whole = sum(each["units"] for each in sums.values())
    for name in sorted(sums, key=lambda name: (-sums[name]["units"], name))[:ROWS]:
        each = sums[name]
        table.add(name, each["units"], each["units"] / whole, each["elsewhere"], each["refund"])
    table.foot(
        _("All"),
        whole,
        1.0 if whole else None,
        sum(each["elsewhere"] for each in sums.values()),
        sum(each["refund"] for each in sums.values()),
    )
    return table


# --- pickups --------------------------------------------------------------------------------------


def pickup_tables(
    question: Question, grain: str, rows: Sequence[Service], names: Mapping[UUID, str]
) -> tuple[Table, Table]:
    """On time and late by bucket; the stores with their share and their median."""
    over = Table(
        _("Pickups on time and late"),
        [
            Column(_grain_word(grain)),
            Column(_("On time"), NUMBER, draw="bar"),
            Column(_("Late"), NUMBER, draw="bar", tone="bad"),
            Column(_("Share on time"), PERCENT),
            Column(_("Rejected"), NUMBER),
        ],
    )
    sums: dict[date, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.day is not None and row.location_id is None:
            sums[periods.bucket(row.day, grain)].update(
                promised=row.promised, on_time=row.on_time, rejected=row.rejected
            )
    for day in periods.buckets(question.period.days, grain):
        each = sums[day]
        share = each["on_time"] / each["promised"] if each["promised"] else None
        late = each["promised"] - each["on_time"]
        over.add(_bucket_cell(day, grain), each["on_time"], late, share, each["rejected"])
    whole = next(row for row in rows if row.day is None and row.location_id is None)
    late = whole.promised - whole.on_time
    over.foot(_("All"), whole.on_time, late, whole.share, whole.rejected)
    stores = Table(
        _("Pickups by store"),
        [
            Column(_("Store")),
            Column(_("Promised"), NUMBER),
            Column(_("On time"), NUMBER),
            Column(_("Share on time"), PERCENT),
            Column(_("Minutes to ready"), MINUTES),
            Column(_("Rejected"), NUMBER),
            Column(_("Not collected"), NUMBER),
        ],
    )

    def line(name: str, row: Service) -> list[Any]:
        minutes = (
            Cell("–") if row.minutes is None else Cell(words.span(row.minutes * 60), row.minutes)
        )
        return [
            name, row.promised, row.on_time, row.share, minutes, row.rejected, row.not_collected,
        ]  # fmt: skip

    for row in sorted(
        (row for row in rows if row.day is None and row.location_id is not None),
        key=lambda row: (row.share is None, row.share or 0, -row.promised),
    ):
        assert row.location_id is not None  # noqa: S101  rows of stores only
        stores.add(*line(names.get(row.location_id, "?"), row))
    stores.foot(*line(_("All stores"), whole))
    return over, stores


def refused_table(rows: Sequence[Refused], names: Mapping[UUID, str]) -> Table:
    """Work that a store refused and pickups that were left, with why."""
    table = Table(
        _("Refused and left"),
        [
            Column(_("Store")),
            Column(_("What")),
            Column(_("Why")),
            Column(_("Pickups"), NUMBER),
            Column(_("Units"), NUMBER),
        ],
    )
    for row in rows:
        what = str(FulfilmentState(row.status).label)
        why = reason_name(row.reason) if row.reason else "–"
        table.add(names.get(row.location_id, "?"), what, why, row.works, row.units)
    return table


# --- lost, stock ----------------------------------------------------------------------------------


def lost_tables(question: Question, grain: str, rows: Sequence[Lost]) -> tuple[Table, Table]:
    """Orders by bucket and by what became of them; the reasons."""
    kinds = {
        "cancelled": str(OrderStatus.CANCELLED.label),
        "part": _("Cancelled in part"),
        "failed": str(OrderStatus.FAILED.label),
    }
    columns = [Column(_grain_word(grain))]
    columns += [Column(label, NUMBER, draw="bar") for label in kinds.values()]
    columns.append(Column(_("Amount"), MONEY))
    over = Table(_("Orders that came to nothing"), columns, question.currency)
    cells: dict[date, Counter[str]] = defaultdict(Counter)
    reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        day = periods.bucket(row.day, grain)
        cells[day].update({row.status: row.orders, "amount": row.amount_minor})
        reasons[row.status, row.reason].update(orders=row.orders, amount=row.amount_minor)
    days = periods.buckets(question.period.days, grain)
    for day in days:
        counted = [cells[day][kind] for kind in kinds]
        over.add(_bucket_cell(day, grain), *counted, cells[day]["amount"])
    sums = [sum(cells[day][kind] for day in days) for kind in (*kinds, "amount")]
    over.foot(_("All"), *sums)
    table = Table(
        _("Why orders came to nothing"),
        [
            Column(_("What")),
            Column(_("Why")),
            Column(_("Orders"), NUMBER),
            Column(_("Amount"), MONEY),
        ],
        question.currency,
    )
    for (status, reason), each in sorted(reasons.items(), key=lambda item: -item[1]["orders"]):
        why = "–" if status == "failed" else reason_name(reason)
        table.add(kinds[status], why, each["orders"], each["amount"])
    table.foot(_("All"), "", sum(sums[:-1]), sums[-1])
    return over, table


def worth_table(question: Question, rows: Sequence[Worth]) -> Table:
    """The stock of each place."""
    table = Table(
        _("Stock by place"),
        [
            Column(_("Place")),
            Column(_("Value"), MONEY, draw="bar"),
            Column(_("Units on hand"), NUMBER),
            Column(_("For sale"), NUMBER),
            Column(_("Promised"), NUMBER),
            Column(_("Without a price"), NUMBER),
            Column(_("Lacking"), NUMBER),
        ],
        question.currency,
    )
    for row in rows:
        table.add(
            row.name, row.value_minor, row.units, row.for_sale, row.promised, row.unpriced,
            row.shortfall, url=f"{reverse('office:stock')}?store={row.location_id}",
        )  # fmt: skip
    table.foot(
        _("All places"),
        *(
            sum(getattr(row, name) for row in rows)
            for name in ("value_minor", "units", "for_sale", "promised", "unpriced", "shortfall")
        ),
    )
    return table


def short_table(rows: Sequence[Short]) -> Table:
    """Variants that are promised and lacking."""
    table = Table(
        _("Promised and not there"),
        [Column(_("Product")), Column(_("Place")), Column(_("Lacking"), NUMBER)],
    )
    for row in rows:
        url = reverse("office:stock-variant", args=[row.variant_id])
        table.add(row.label, row.location, row.shortfall, url=url)
    return table
