"""Reports: each a sentence, a chart, the tables that it is drawn from, and the same as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.stock.figures import shortfalls, stock_worth
from omni.access.permissions import Permission
from omni.console import periods, report_sales
from omni.console import report_tables as tables
from omni.console.charted import Table
from omni.console.questions import OfficeScreen, Question
from omni.screens.sentences import Part, part
from omni.screens.tables import csv_file
from orders.aftersales.figures import off_categories, off_sales, returned_by_day
from orders.fulfilment.figures import pickup_service, refused_work
from orders.sales.figures import lost_by_day, sales_by_category, sales_by_day


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a heading; ``plot`` if a chart is drawn from it."""

    title: str
    table: Table
    plot: str = ""
    note: str = ""

    @property
    def legend(self) -> list[tuple[str, str, str]]:
        """Colour and name of each column that is drawn."""
        found, free = [], iter("abcdfgh")
        for column in self.table.columns:
            if column.draw == "prev":
                found.append(("p", column.label, ""))
            elif column.draw:
                found.append((column.tone or next(free, "e"), column.label, ""))
        return found


@dataclass(frozen=True, slots=True)
class Report:
    """What a report tells. ``note`` says what counts and what does not."""

    note: str
    sections: Sequence[Section]
    empty: str = ""
    links: Sequence[tuple[str, str]] = field(default=())


class ReportScreen(OfficeScreen):
    """Base of the reports."""

    name: ClassVar[str]
    title: ClassVar[Promise]
    groups: ClassVar[dict[str, Promise]] = {}
    without: ClassVar[frozenset[str]] = frozenset({"against"})

    def get(self, request: HttpRequest) -> HttpResponseBase:
        question = self.question(request)
        grain = question.values.get("by", "")
        grain = grain if grain in periods.GRAINS else periods.usual_grain(question.period)
        group = question.values.get("of", "")
        group = group if group in self.groups else next(iter(self.groups), "")
        report = self.report(question, grain, group)
        if "file" in request.GET:
            return self._file(report, question, group)
        context = {
            "question": question,
            "parts": self._parts(question, grain, group),
            "days": self._days(question),
            "own": {"first": question.period.first, "last": question.period.last},
            "report": report,
            "doubts": [*question.doubts, *self._doubts(question)],
            "title": self.title,
            "name": self.name,
            "tabs": tabs(self.actor, self.name, question),
        }
        return self.show("office/reports/report.html", context)

    def report(self, question: Question, grain: str, group: str) -> Report:
        raise NotImplementedError

    def _parts(self, question: Question, grain: str, group: str) -> list[Part]:
        parts = [each for each in question.parts() if each.name not in self.without]
        if "channel" in self.without:
            parts[0] = replace(parts[0], before=_("Show stock in"))
        if "period" not in self.without:
            parts.append(_choice(question, "by", _("by"), grain, _GRAINS))
        if self.groups:
            parts.append(_choice(question, "of", _("and by"), group, self.groups))
        return parts

    def _doubts(self, question: Question) -> list[str]:
        """What was asked of the tables and is not known."""
        known = {"by": periods.GRAINS, "of": self.groups}
        if any(question.values.get(name, "") not in ("", *each) for name, each in known.items()):
            return [_("The figures cannot be told apart like that. Shown is what is usual.")]
        return []

    def _days(self, question: Question) -> dict[str, str]:
        of = question.period
        return {"now": periods.interval(of.first, of.last) if "period" not in self.without else ""}

    def _file(self, report: Report, question: Question, group: str) -> HttpResponseBase:
        """The first table as it stands, with its currency beside each row."""
        table = report.sections[0].table if report.sections else Table("", [])
        head = [*(column.label for column in table.columns), _("Currency")]
        rows = ([*(cell.raw for cell in row), table.currency] for row in table.rows)
        of = question.period
        days = f"-{of.first}-{of.last}" if "period" not in self.without else ""
        kind = f"-{group}" if group else ""
        return csv_file(f"{self.name}{kind}{days}.csv", head, rows)


_GRAINS: dict[str, Promise] = {
    "day": gettext_lazy("day"),
    "week": gettext_lazy("week"),
    "month": gettext_lazy("month"),
}


def _choice(
    question: Question, name: str, before: str, value: str, choices: dict[str, Promise]
) -> Part:
    return part(
        name, before, value, list(choices.items()), lambda code: question.query(**{name: code})
    )


class SalesReport(ReportScreen):
    """Net sales over time and by channel, store or category."""

    permission = Permission.ORDERS_VIEW
    name = "sales"
    title = gettext_lazy("Sales")
    without = frozenset()
    groups = {
        "channel": gettext_lazy("channel"),
        "store": gettext_lazy("store"),
        "category": gettext_lazy("category"),
    }

    def report(self, question: Question, grain: str, group: str) -> Report:
        scope, spans = question.scope(self.actor), question.spans
        off = returned_by_day(spans, off=scope)
        if group == "category":
            rows = [
                report_sales.Sold(row.span, row.day, row.category or _("No category"), row.orders,
                                  row.units, row.sold_minor, row.back_minor)
                for row in (*sales_by_category(scope, spans), *off_categories(off))
            ]  # fmt: skip
        else:
            names: dict[Any, str] = {each.pk: each.name for each in question.channels}
            if group == "store":
                names = {each.pk: each.name for each in self.places()}
                names[None] = _("Sold at no till")
            rows = [
                report_sales.Sold(
                    row.span, row.day,
                    names.get(row.location_id if group == "store" else row.channel_id, "?"),
                    row.orders, row.units, row.sold_minor, row.back_minor, row.shipping_minor,
                )
                for row in (*sales_by_day(scope, spans), *off_sales(off))
            ]  # fmt: skip
        note = _(
            "Net sales: the goods of confirmed orders and receipts, discounts taken off, without"
            " tax and shipping, less what was cancelled and what came back. It comes off on the"
            " day on which its return began, from the channel and the store that sold it."
        )
        if group == "category":
            note += " " + _("Goods count in the category in which they are today.")
        over, groups = report_sales.sales_tables(
            question, grain, rows, exact_orders=group != "category"
        )
        return Report(
            note,
            [
                Section(_("Over time"), over, plot="plot-report"),
                Section(_("By %(group)s") % {"group": self.groups[group]}, groups),
            ]
            if rows
            else [],
            empty=_("Nothing was sold in these days."),
        )


class ReturnsReport(ReportScreen):
    """What came back, over time and by reason, product, channel or store."""

    permission = Permission.RETURNS_VIEW
    name = "returns"
    title = gettext_lazy("Returns")
    groups = {
        "reason": gettext_lazy("reason"),
        "product": gettext_lazy("product"),
        "channel": gettext_lazy("channel"),
        "store": gettext_lazy("store"),
    }

    def report(self, question: Question, grain: str, group: str) -> Report:
        scope = question.scope(self.actor, Permission.RETURNS_VIEW)
        rows = returned_by_day(question.spans[:1], back=scope)
        names = {each.pk: each.name for each in question.channels}
        names |= {each.pk: each.name for each in self.places()}
        over, groups = tables.returns_tables(question, grain, rows, group, names)
        note = _(
            "Units that are back, stay with the customer or were lost on their way, on the day on"
            " which the return began, at the place that took them. Amounts are what was paid for"
            " them, with tax. Money given back for no goods is no return."
        )
        sections = [
            Section(_("Over time"), over, plot="plot-report"),
            Section(_("By %(group)s") % {"group": self.groups[group]}, groups),
        ]
        return Report(note, sections if rows else [], empty=_("Nothing came back in these days."))


class PickupsReport(ReportScreen):
    """Promised against ready, over time and by store; what stores refused."""

    permission = Permission.FULFILMENT_VIEW
    name = "pickups"
    title = gettext_lazy("Pickups on time")
    without = frozenset({"against", "currency"})

    def report(self, question: Question, grain: str, group: str) -> Report:
        scope = question.scope(self.actor, Permission.FULFILMENT_VIEW)
        span = question.spans[0]
        rows = pickup_service(scope, span, by_day=True)
        names = {each.pk: each.name for each in self.places()}
        over, stores = tables.pickup_tables(question, grain, rows, names)
        refused = refused_work(scope, span)
        sections = [
            Section(_("Over time"), over, plot="plot-report"),
            Section(_("By store"), stores, note=_("The time is the median from order to ready.")),
        ]
        if refused:
            table = tables.refused_table(refused, names)
            sections.append(Section(_("What stores refused, and what was left"), table))
        note = _(
            "A pickup counts on the day for which it was promised, and is on time if it lay ready"
            " by then. What was rejected or cancelled is no promise; it is told beside it."
        )
        has_any = any(row.promised or row.rejected for row in rows)
        return Report(
            note, sections if has_any else [], empty=_("No pickup was promised for these days.")
        )


class LostReport(ReportScreen):
    """Orders that came to nothing or lost a part, by the reason."""

    permission = Permission.ORDERS_VIEW
    name = "lost"
    title = gettext_lazy("Cancelled and not paid")

    def report(self, question: Question, grain: str, group: str) -> Report:
        rows = lost_by_day(question.scope(self.actor), question.spans[0])
        over, reasons = tables.lost_tables(question, grain, rows)
        note = _(
            "Orders placed in these days that were cancelled, in whole or in part, or were not"
            " paid in time. Amounts are with tax, as customers are told."
        )
        sections = [
            Section(_("Over time"), over, plot="plot-report"),
            Section(_("By reason"), reasons),
        ]
        return Report(
            note, sections if rows else [], empty=_("Nothing was cancelled in these days.")
        )


class StockReport(ReportScreen):
    """What the stock is worth, by place, and where promises lack goods."""

    permission = Permission.STOCK_VIEW
    name = "stock"
    title = gettext_lazy("Stock value and shortfalls")
    without = frozenset({"channel", "period", "against"})

    def report(self, question: Question, grain: str, group: str) -> Report:
        places = question.place_ids(self.actor, Permission.STOCK_VIEW)
        worth = stock_worth(places)
        own = [row for row in worth if row.currency == question.currency]
        others = len(worth) - len(own)
        sections = [
            Section(_("By place"), tables.worth_table(question, own), plot="plot-report")
        ] if own else []  # fmt: skip
        lacking = shortfalls(places)
        if lacking:
            sections.append(Section(_("Promised and not there"), tables.short_table(lacking)))
        note = _(
            "On hand at the listed price of the channel that sells it there. What it cost is not"
            " known here."
        )
        if others:
            note += " " + _("Places that sell in another currency are told in that one.")
        return Report(note, sections, empty=_("No goods anywhere yet."))


_REPORTS: tuple[type[ReportScreen], ...] = (
    SalesReport,
    ReturnsReport,
    PickupsReport,
    StockReport,
    LostReport,
)


def tabs(actor: Any, here: str, question: Question) -> list[dict[str, Any]]:
    """The reports that one may see, with the same question."""
    kept = question.query(by="", of="")
    return [
        {
            "label": report.title,
            "url": f"{reverse(f'office:report-{report.name}')}?{kept}",
            "here": report.name == here,
        }
        for report in _REPORTS
        if actor.may(report.permission or "")
    ]
