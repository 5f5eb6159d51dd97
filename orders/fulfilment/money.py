"""What units of an order cost, what was paid for it, and what is due when goods change hands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Q, Sum

from omni.core.money import split
from orders.payments.models import Refund, RefundState
from orders.payments.queries import CANCEL_REFERENCE, RETURN_REFERENCE, money_of
from orders.sales.models import Order, OrderLine, PaymentPolicy


def share_of_line(line: OrderLine, *, taken: int, quantity: int) -> int:
    """What ``quantity`` units cost once ``taken`` units of the line were given back already.

    Proportional to the line's total; the last unit takes the remainder, so that all units together
    are the total exactly.
    """
    before = split(line.total_minor, [taken, line.quantity - taken])[0] if taken else 0
    after = taken + quantity
    return split(line.total_minor, [after, line.quantity - after])[0] - before


def paid_minor(order: Order) -> int:
    """What was captured for an order and not given back, except for goods that came back."""
    return money_of(order.pk).refundable_minor + _refunded(order)[0]


def paid_for_goods(order: Order) -> int:
    """What of the captured money stands for what is still ordered.

    A refund as a favour is not asked for again; but who got everything back has paid nothing.
    """
    money = money_of(order.pk)
    returned, cancelled = _refunded(order)
    if money.refundable_minor + returned <= 0:
        return 0
    return money.captured_minor - cancelled


def _refunded(order: Order) -> tuple[int, int]:
    """What went back for goods that came back, and for goods that were taken off the order."""
    rows = Refund.objects.filter(payment__order=order).exclude(status=RefundState.FAILED)
    sums = rows.aggregate(
        returned=Sum("amount_minor", filter=Q(reference__startswith=RETURN_REFERENCE)),
        cancelled=Sum("amount_minor", filter=Q(reference__startswith=CANCEL_REFERENCE)),
    )
    return sums["returned"] or 0, sums["cancelled"] or 0


def due_at_hand_over(order: Order, units: Mapping[UUID, int]) -> int:
    """What must still be taken before these units (by order line) may leave the house.

    Everything that has left and leaves now, with the charges of the order, less what was paid. An
    order on account owes nothing here.
    """
    if order.payment_policy == PaymentPolicy.ON_ACCOUNT:
        return 0
    lines = list(OrderLine.objects.filter(order=order))
    wanted = _charges(order, lines) + sum(
        _value_out_of_the_house(line, units.get(line.pk, 0)) for line in lines
    )
    return max(0, min(wanted, order.due_minor) - paid_for_goods(order))


def to_be_taken(order: Order, units: Mapping[UUID, int]) -> int:
    """What the till must take before these units are given: what no authorisation covers.

    For showing; the hand-over captures what was authorised, and judges by itself.
    """
    due = due_at_hand_over(order, units)
    if not due:
        return 0
    money = money_of(order.pk)
    return max(0, due - (money.authorised_minor - money.captured_minor))


def _charges(order: Order, lines: Iterable[OrderLine]) -> int:
    """Shipping and the like: what is due beside the lines."""
    return order.due_minor - sum(line.total_minor - line.cancelled_minor for line in lines)


def _value_out_of_the_house(line: OrderLine, now: int) -> int:
    out = line.quantity_fulfilled + now
    left = max(0, line.quantity - line.quantity_cancelled - out)
    return split(line.total_minor - line.cancelled_minor, [out, left])[0] if out else 0
