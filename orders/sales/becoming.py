"""What a draft becomes: the row of the order and the events that tell of it; writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from omni.access.actor import Actor
from omni.events.event import Event
from orders.events import OrderConfirmed, OrderPlaced
from orders.sales.drafts import OrderDraft
from orders.sales.models import Order, OrderStatus, PaymentStatus
from orders.sales.status import Counters, fulfilment_status


def row_of(draft: OrderDraft, number: str, actor: Actor, now: datetime) -> Order:
    """The row as it was written, without reading it again."""
    placed_at = draft.placed_at or now
    order = Order(
        id=draft.id,
        number=number,
        channel_id=draft.channel_id,
        location_id=draft.location_id,
        customer_id=draft.customer_id,
        cart_id=draft.cart_id,
        token_digest=draft.token_digest,
        status=OrderStatus.CONFIRMED if draft.is_confirmed else OrderStatus.PLACED,
        payment_status=PaymentStatus.PENDING if draft.total_minor else PaymentStatus.PAID,
        fulfilment_status=_fulfilment_of(draft),
        payment_policy=draft.payment_policy,
        currency=draft.currency,
        tax_display=draft.tax_display,
        total_minor=draft.total_minor,
        tax_minor=draft.tax_minor,
        contact_name=draft.contact_name,
        email=draft.email,
        phone=draft.phone,
        principal=actor.principal,
        placed_at=placed_at,
        pay_by_at=draft.pay_by_at,
        confirmed_at=placed_at if draft.is_confirmed else None,
    )
    # It is in the database: a later save() updates it.
    order._state.adding = False  # noqa: SLF001
    order._state.db = connection.alias  # noqa: SLF001
    return order


def _fulfilment_of(draft: OrderDraft) -> str:
    counters = [Counters(line.quantity, fulfilled=line.fulfilled) for line in draft.lines]
    return fulfilment_status(counters).value


def events_of(draft: OrderDraft, order: Order) -> list[Event]:
    lines = tuple(
        {
            "line_id": line.id,
            "variant_id": line.variant_id,
            "quantity": line.quantity,
            "method": str(line.method),
            "location_id": line.location_id,
        }
        for line in draft.lines
    )
    placed = OrderPlaced(
        order_id=order.id,
        customer_id=order.customer_id,
        number=order.number,
        channel_id=order.channel_id,
        location_id=order.location_id,
        cart_id=order.cart_id,
        currency=order.currency,
        total_minor=order.total_minor,
        tax_minor=order.tax_minor,
        payment_policy=str(order.payment_policy),
        lines=lines,
    )
    if not draft.is_confirmed:
        return [placed]
    return [placed, fact(OrderConfirmed, order, location_id=order.location_id)]


def fact(event: type[Any], order: Order, **more: Any) -> Event:
    made: Event = event(
        order_id=order.id,
        customer_id=order.customer_id,
        number=order.number,
        channel_id=order.channel_id,
        **more,
    )
    return made
