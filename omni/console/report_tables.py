"""The tables of the reports, from the figures. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
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
)
from omni.console.over_time import bucket_cell, folded, grain_word
from omni.console.questions import Question
from omni.screens import words
from omni.screens.reasons import reason_name
from orders.aftersales.figures import Returned
from orders.fulfilment.figures import Refused, Service
from orders.fulfilment.models import FulfilmentState
from orders.sales.figures import Lost
from orders.sales.models import OrderStatus

ROWS = 100


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
    own, other = folded(units)
    listed = [*own, *([other] if other else [])]
    columns = [Column(grain_word(grain))]
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
            bucket_cell(day, grain),
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
            Column(grain_word(grain)),
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
        over.add(bucket_cell(day, grain), each["on_time"], late, share, each["rejected"])
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
    columns = [Column(grain_word(grain))]
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
        over.add(bucket_cell(day, grain), *counted, cells[day]["amount"])
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
