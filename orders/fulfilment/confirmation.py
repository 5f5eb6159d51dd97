"""From paid to work: an order whose payment policy is satisfied is confirmed and its work made."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from omni.access.actor import SYSTEM, Actor
from orders.fulfilment.creation import create_fulfilment_orders
from orders.fulfilment.models import FulfilmentOrder
from orders.payments import queries as payments
from orders.payments.status import UNPAID_POLICIES
from orders.sales import operations as sales
from orders.sales.models import Order, OrderLine, OrderStatus, PaymentStatus

CONFIRMABLE = frozenset({OrderStatus.PLACED, OrderStatus.CONFIRMED})
SECURED = frozenset({PaymentStatus.AUTHORISED, PaymentStatus.PAID, PaymentStatus.OVERPAID})


@transaction.atomic
def confirm_if_paid(*, order_id: UUID, actor: Actor = SYSTEM) -> bool:
    """Confirm an order that may go on and make its fulfilment orders, once.

    Called after every settlement of a payment and by the sweep; a repeat changes nothing. Returns
    whether the order is confirmed. Raises: NotFound. Locks: order. Emits: order.confirmed.
    """
    order = sales.locked_order(order_id)
    if order.status not in CONFIRMABLE:
        return order.status == OrderStatus.COMPLETED
    if not payments.satisfies_policy(order):
        return order.status == OrderStatus.CONFIRMED
    if order.status == OrderStatus.PLACED:
        order = sales.confirm_order(order_id=order_id, actor=actor)
    if not FulfilmentOrder.objects.filter(order_id=order_id).exists():
        lines = list(OrderLine.objects.filter(order_id=order_id).order_by("position"))
        create_fulfilment_orders(order=order, lines=lines, actor=actor)
        # What was carried out may be all of it.
        sales.complete_if_settled(order_id=order_id, actor=actor)
    return True


def confirm_paid_orders(*, batch: int = 200) -> int:
    """Sweep: what was paid when the process stopped before it was confirmed, or before its work
    was made. Returns how many orders went on."""
    open_units = OrderLine.objects.filter(
        order_id=OuterRef("pk"),
        location__isnull=False,
        quantity__gt=F("quantity_cancelled") + F("quantity_fulfilled"),
    )
    may_go_on = Q(payment_status__in=SECURED) | Q(payment_policy__in=UNPAID_POLICIES)
    without_work = Order.objects.filter(
        Q(status=OrderStatus.CONFIRMED) | Q(status=OrderStatus.PLACED) & may_go_on,
        ~Exists(FulfilmentOrder.objects.filter(order_id=OuterRef("pk"))),
        Exists(open_units),
    )
    ids = list(without_work.order_by("pk").values_list("pk", flat=True)[:batch])
    return sum(confirm_if_paid(order_id=order_id) for order_id in ids)
