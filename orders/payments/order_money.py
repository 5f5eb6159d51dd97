"""What all payments of an order add up to, and its payment axis.

Decided here: the axis is derived, never decided; whoever moves money refreshes it in the same
transaction, with the order locked. Many orders cost one query and one statement per new value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _

from omni.access.actor import Actor
from omni.work import operations as work
from orders.payments import ledger
from orders.payments.models import Payment
from orders.payments.status import DISPUTES, OrderMoney, order_payment_status, sum_up
from orders.sales import operations as sales
from orders.sales.models import Order, OrderStatus, PaymentStatus

DEAD = frozenset({OrderStatus.FAILED, OrderStatus.CANCELLED})


def money_of(order_id: UUID) -> OrderMoney:
    """What all payments of the order add up to."""
    return money_of_orders([order_id])[order_id]


def money_of_orders(order_ids: Collection[UUID]) -> dict[UUID, OrderMoney]:
    """What all payments of each of these orders add up to, in one query."""
    found: dict[UUID, list[OrderMoney]] = {order_id: [] for order_id in order_ids}
    rows = Payment.objects.filter(order_id__in=found).values_list(
        "order_id", "status", *ledger.COUNTERS
    )
    for order_id, status, authorised, captured, refunding, refunded in rows:
        money = OrderMoney(authorised, captured, refunding, refunded, status in DISPUTES)
        found[order_id].append(money)
    return {order_id: sum_up(parts) for order_id, parts in found.items()}


def refresh_order(order: Order, *, actor: Actor) -> None:
    """Bring the payment axis of the locked order up to date."""
    refresh_orders([order], actor=actor)


def refresh_orders(orders: Collection[Order], *, actor: Actor) -> None:
    """Bring the payment axis of these locked orders up to date. Too much money is an incident."""
    money = money_of_orders([order.pk for order in orders])
    by_status: dict[PaymentStatus, list[Order]] = defaultdict(list)
    for order in orders:
        status = order_payment_status(
            money[order.pk], due_minor=order.due_minor, total_minor=order.total_minor
        )
        if status != order.payment_status:
            by_status[status].append(order)
    for value, changed in by_status.items():
        sales.set_axis_of_many(orders=changed, axis="payment_status", value=value)
    for order in by_status[PaymentStatus.OVERPAID]:
        if order.status not in DEAD:
            _report_overpaid(order, money[order.pk], actor=actor)


def _report_overpaid(order: Order, money: OrderMoney, *, actor: Actor) -> None:
    work.open_incident(
        kind="order_overpaid",
        subject_kind="order",
        subject_id=order.pk,
        summary=_("More was paid than the order costs. Refund the difference."),
        details={"captured_minor": money.captured_minor, "due_minor": order.due_minor},
        actor=actor,
    )
