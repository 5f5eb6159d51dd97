"""What units of an order cost, what was paid for it, and what is due when goods change hands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Sum

from omni.core.money import split
from orders.payments.models import Refund, RefundState
from orders.payments.queries import money_of
from orders.sales.models import Order, OrderLine, PaymentPolicy

# Refunds of returned goods are named so. The goods they pay for were sold and had to be paid, so
# they do not lower what was paid for the order.
RETURN_REFERENCE = "return:"


def share_of_line(line: OrderLine, *, taken: int, quantity: int) -> int:
    """What ``quantity`` units cost once ``taken`` units of the line were given back already.

    Proportional to the line's total; the last unit takes the remainder, so that all units together
    are the total exactly.
    """
    before = split(line.total_minor, [taken, line.quantity - taken])[0] if taken else 0
    after = taken + quantity
    return split(line.total_minor, [after, line.quantity - after])[0] - before


def paid_minor(order: Order) -> int:
    """What was captured for an order and not given back for cancelled units."""
    returned = Refund.objects.filter(
        payment__order=order, reference__startswith=RETURN_REFERENCE
    ).exclude(status=RefundState.FAILED)
    for_returns = returned.aggregate(total=Sum("amount_minor"))["total"] or 0
    return int(money_of(order.pk).refundable_minor + for_returns)


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
    return max(0, min(wanted, order.due_minor) - paid_minor(order))


def _charges(order: Order, lines: Iterable[OrderLine]) -> int:
    """Shipping and the like: what is due beside the lines."""
    return order.due_minor - sum(line.total_minor - line.cancelled_minor for line in lines)


def _value_out_of_the_house(line: OrderLine, now: int) -> int:
    out = line.quantity_fulfilled + now
    left = max(0, line.quantity - line.quantity_cancelled - out)
    return split(line.total_minor - line.cancelled_minor, [out, left])[0] if out else 0
