"""The tables of the report on sales. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from omni.console import periods
from omni.console.charted import MONEY, NUMBER, PERCENT, Column, Table, change
from omni.console.over_time import before_buckets, bucket_cell, folded, grain_word
from omni.console.questions import Question
from omni.core.money import round_half_up

ROWS = 100


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales of one day and group, or what came off them."""

    span: int
    day: date
    group: str
    orders: int
    units: int
    sold_minor: int
    back_minor: int = 0
    shipping_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.sold_minor - self.back_minor


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
    own, other = folded(totals)
    names = [*own, *([other] if other else [])]
    held = periods.against_names(question.period.name)[question.period.against]
    has_before = bool(question.period.before_days)
    columns = [Column(grain_word(grain))]
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
            bucket_cell(day, grain),
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


def _sales_groups(
    question: Question,
    now: Sequence[Sold],
    before: Sequence[Sold],
    totals: Counter[str],
    exact_orders: bool,
) -> Table:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in now:
        sums[row.group].update(
            sold=row.sold_minor, back=row.back_minor, net=row.net_minor,
            shipping=row.shipping_minor, orders=row.orders, units=row.units,
        )  # fmt: skip
    was: Counter[str] = Counter()
    for row in before:
        was[row.group] += row.net_minor
    has_before = bool(question.period.before_days)
    columns = [Column(_("Name")), Column(_("Sold"), MONEY), Column(_("Came back"), MONEY)]
    columns += [Column(_("Net sales"), MONEY), Column(_("Share"), PERCENT)]
    if has_before:
        columns += [Column(_("Before"), MONEY), Column(_("Change"), PERCENT)]
    if exact_orders:
        columns += [Column(_("Orders"), NUMBER), Column(_("Average basket"), MONEY)]
    columns.append(Column(_("Units"), NUMBER))
    if exact_orders:
        columns.append(Column(_("Shipping"), MONEY))
    table = Table(_("Net sales by group"), columns, question.currency)
    whole = sum(each["net"] for each in sums.values())
    names = sorted({*sums, *was}, key=lambda name: (-sums[name]["net"], name))

    def line(name: str, each: Mapping[str, int], then: int) -> list[Any]:
        orders = each["orders"]
        return [
            name,
            each["sold"],
            -each["back"],
            each["net"],
            each["net"] / whole if whole > 0 else None,
            *([then, change(each["net"], then)] if has_before else []),
            *([orders, _half_up(each["sold"], orders)] if exact_orders else []),
            each["units"],
            *([each["shipping"]] if exact_orders else []),
        ]

    for name in names[:ROWS]:
        table.add(*line(name, sums[name], was[name]))
    everything: Counter[str] = Counter()
    for each in sums.values():
        everything.update(each)
    table.foot(*line(_("All"), everything, sum(was.values())))
    return table


def _half_up(amount: int, count: int) -> int | None:
    return round_half_up(Decimal(amount) / count) if count else None
