"""When an order is over in the good way: every unit went out or was cancelled, the money is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.events import operations as events
from orders.events import OrderCompleted
from orders.sales.models import Order, OrderLine, OrderStatus
from orders.sales.status import Counters, is_settled


@transaction.atomic
def complete_settled_orders(*, closed_at: Mapping[UUID, datetime], actor: Actor) -> Sequence[UUID]:
    """Complete those of these orders that are settled, each at its own moment: for imports.

    The set-based form of ``complete_if_settled``. Returns the keys of the completed ones; a repeat
    changes nothing. Locks: orders. Emits: order.completed.
    """
    rows = Order.objects.filter(pk__in=list(closed_at), status=OrderStatus.CONFIRMED).locked()
    orders = {order.pk: order for order in rows}
    counters: dict[UUID, list[Counters]] = {key: [] for key in orders}
    lines = OrderLine.objects.filter(order_id__in=list(orders)).values_list(
        "order_id", "quantity", "quantity_cancelled", "quantity_fulfilled", "quantity_returned"
    )
    for order_id, *counts in lines:
        counters[order_id].append(Counters(*counts))
    settled = [o for key, o in orders.items() if is_settled(counters[key], o.payment_status)]
    for order in settled:
        # CONFIRMED -> COMPLETED is in ORDER_MOVES; the rows were read as confirmed under the lock.
        order.status, order.closed_at = OrderStatus.COMPLETED, closed_at[order.pk]
    Order.objects.bulk_update(settled, ["status", "closed_at"], batch_size=500)
    events.record_dated([(_completed(o), closed_at[o.pk]) for o in settled], actor=actor)
    return [order.pk for order in settled]


def _completed(order: Order) -> OrderCompleted:
    return OrderCompleted(
        order_id=order.pk,
        customer_id=order.customer_id,
        number=order.number,
        channel_id=order.channel_id,
        location_id=order.location_id,
    )
