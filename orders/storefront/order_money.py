"""The sums of an order as its customer reads them: they add up, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inventory.catalog.models import Unit
from omni.core.money import Money
from orders.payments.models import Payment
from orders.sales.models import Adjustment, Order, OrderLine

GRAMS_A_KILO = 1000


@dataclass(frozen=True, slots=True)
class Sum:
    """A row of a bill. ``kind``: part, total, tax, tender, rest."""

    label: str
    amount: Money
    kind: str = "part"


def sums_of(
    order: Order,
    lines: Iterable[OrderLine],
    adjustments: Iterable[Adjustment],
    payments: Iterable[Payment],
) -> list[Sum]:
    """From the goods to what is still to be paid.

    Goods and charges add up to the total; each tax is contained in it. What is open is asked of
    payments, because money given back is not asked for again.
    """
    rows = _priced(order, list(lines), list(adjustments))
    if order.cancelled_minor:
        rows.append(Sum(_("Cancelled"), Money(-order.cancelled_minor, order.currency)))
    rows += _paid(list(payments), order)
    return rows


def tax_rows(order: Order, parts: Sequence[OrderLine | Adjustment]) -> list[Sum]:
    """The tax in the total, by rate. All rows add up to the order's tax."""
    by_rate: dict[Decimal, int] = defaultdict(int)
    for part in parts:
        by_rate[part.tax_rate] += part.tax_minor
    return [
        Sum(_("of which tax %(rate)s") % {"rate": percent(rate)}, Money(tax, order.currency), "tax")
        for rate, tax in sorted(by_rate.items())
        if tax
    ]


def quantity_text(line: OrderLine, quantity: int | None = None) -> str:
    """2 ×, or 1.25 kg of what is weighed."""
    count = line.quantity if quantity is None else quantity
    if line.variant.unit == Unit.GRAM:
        kilos = format_decimal(Decimal(count) / GRAMS_A_KILO, locale=_locale())
        return _("%(weight)s kg") % {"weight": kilos}
    return f"{count} ×"


def percent(rate: Decimal) -> str:
    """20%, 5.5%."""
    return str(format_percent(rate, "#,##0.##%", locale=_locale()))


def _priced(order: Order, lines: list[OrderLine], adjustments: list[Adjustment]) -> list[Sum]:
    currency = order.currency
    rows = [Sum(_("Goods"), Money(sum(line.total_minor for line in lines), currency))]
    rows += [
        Sum(each.label or each.get_kind_display(), Money(each.total_minor, currency))
        for each in adjustments
    ]
    if len(rows) == 1:
        rows = []
    rows.append(Sum(_("Total"), Money(order.total_minor, currency), "total"))
    return rows + tax_rows(order, [*lines, *adjustments])


def _paid(payments: list[Payment], order: Order) -> list[Sum]:
    rows = []
    for payment in payments:
        tender = payment.get_tender_display()
        if payment.captured_minor:
            label = _("Paid: %(tender)s") % {"tender": tender}
            rows.append(Sum(label, Money(payment.captured_minor, order.currency), "tender"))
        if payment.refunded_minor:
            label = _("Given back: %(tender)s") % {"tender": tender}
            rows.append(Sum(label, Money(-payment.refunded_minor, order.currency), "tender"))
    open_minor = max(0, order.due_minor - sum(row.authorised_minor for row in payments))
    if open_minor:
        rows.append(Sum(_("To pay"), Money(open_minor, order.currency), "rest"))
    return rows


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
