"""What a return would give back, line by line and tender by tender, before anything is done.

The steps of the operation (``handling.arrive``, ``refunding._ask``, ``payments.request_refund``)
without writing: what is told here is what happens if nobody else acts on the order meanwhile. A
test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory.channels.models import TaxDisplay
from omni.core.money import line_amount, round_half_up
from orders.aftersales.refunding import chain_of, credit_left
from orders.fulfilment.money import share_of_line
from orders.payments.models import Payment, Tender
from orders.payments.refunds import WATERFALL
from orders.sales.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """Units of a line and what they are worth: price, less their part of what was taken off."""

    line: OrderLine
    quantity: int
    goods_minor: int
    tax_minor: int
    worth_minor: int

    @property
    def discount_minor(self) -> int:
        """What the units' part of discounts took off the price, as a negative amount."""
        return self.worth_minor - self.goods_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class PlannedRefund:
    """Money over one payment that was taken, on this order or on one exchanged for it."""

    payment: Payment
    amount_minor: int

    @property
    def is_online(self) -> bool:
        return self.payment.tender == Tender.ONLINE

    @property
    def is_cash(self) -> bool:
        return self.payment.tender == Tender.CASH

    @property
    def is_card(self) -> bool:
        return self.payment.tender == Tender.CARD_TERMINAL


@dataclass(frozen=True, slots=True)
class Plan:
    """The arithmetic of a return. ``capped_minor`` is what was given back before in another way."""

    lines: Sequence[PlannedLine]
    worth_minor: int
    possible_minor: int
    refunds: Sequence[PlannedRefund]

    @property
    def goods_minor(self) -> int:
        return sum(each.goods_minor for each in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(each.tax_minor for each in self.lines)

    @property
    def discount_minor(self) -> int:
        return sum(each.discount_minor for each in self.lines)

    @property
    def units(self) -> int:
        return sum(each.quantity for each in self.lines)

    @property
    def capped_minor(self) -> int:
        return self.worth_minor - self.possible_minor

    @property
    def refund_minor(self) -> int:
        return sum(each.amount_minor for each in self.refunds)

    @property
    def card_minor(self) -> int:
        return sum(each.amount_minor for each in self.refunds if each.is_card)

    @property
    def cash_minor(self) -> int:
        return sum(each.amount_minor for each in self.refunds if each.is_cash)

    @property
    def counter_minor(self) -> int:
        return self.card_minor + self.cash_minor


def plan_of(
    order: Order,
    lines: Sequence[OrderLine],
    units: Mapping[UUID, int],
    *,
    spent_minor: int = 0,
) -> Plan:
    """What these units of the order's lines would give back.

    ``spent_minor`` is what of their worth buys other goods in an exchange; the rest goes back.
    """
    planned = [_planned(order, line, units[line.pk]) for line in lines if units.get(line.pk)]
    worth = sum(each.worth_minor for each in planned)
    if not planned:
        return Plan([], 0, 0, [])
    free = _free_money(order)
    own = sum(amount for payment, amount in free if payment.order_id == order.pk)
    whole = sum(amount for _payment, amount in free)
    possible = max(0, min(worth, whole, own + credit_left(order)))
    refunds = _over_tenders(free, possible - min(possible, spent_minor))
    return Plan(planned, worth, possible, refunds)


def _planned(order: Order, line: OrderLine, quantity: int) -> PlannedLine:
    taken = line.quantity_cancelled + line.quantity_returned
    worth = share_of_line(line, taken=taken, quantity=quantity)
    goods = line_amount(line.price_minor, line.price_quantity, quantity)
    is_net = order.tax_display == TaxDisplay.NET
    tax = round_half_up(Decimal(line.tax_minor * quantity) / line.quantity) if is_net else 0
    return PlannedLine(line, quantity, goods, tax, worth)


def _free_money(order: Order) -> list[tuple[Payment, int]]:
    """What can still go back over each payment of the order, then of those exchanged for it."""
    chain = [each.pk for each in chain_of(order)]
    rows = sorted(
        Payment.objects.filter(order_id__in=chain),
        key=lambda row: (chain.index(row.order_id), WATERFALL.index(Tender(row.tender)), row.pk),
    )
    return [(row, row.captured_minor - row.refunded_minor - row.refunding_minor) for row in rows]


def _over_tenders(free: Sequence[tuple[Payment, int]], amount_minor: int) -> list[PlannedRefund]:
    found, left = [], amount_minor
    for payment, most in free:
        part = min(left, most)
        if part > 0:
            found.append(PlannedRefund(payment, part))
            left -= part
    return found
