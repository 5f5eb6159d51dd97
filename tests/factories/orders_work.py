"""Orders that are sold, paid and at work, reached by the operations that make them so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from inventory.catalog.models import Variant
from inventory.channels.models import Channel
from inventory.locations.models import Location, Method
from inventory.stock import operations as stock
from inventory.stock.models import StockLevel
from omni.access.actor import SYSTEM
from omni.work.models import Incident, Task
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.codes import shown_code
from orders.fulfilment.models import FulfilmentOrder
from orders.payments import operations as payments
from orders.payments.models import Tender
from orders.sales import operations as sales
from orders.sales.drafts import LineDraft, OrderDraft
from orders.sales.models import Order, OrderLine, PaymentPolicy
from tests.factories.inventory import (
    make_channel,
    make_listing,
    make_location,
    make_variant,
    stock_up,
)

PRICE = 1000
_number = count(1)


@dataclass
class Shop:
    """A web channel served by two stores, Lyon and Nice, with a variant in both."""

    channel: Channel
    lyon: Location
    nice: Location
    variant: Variant

    def level(self, location: Location | None = None, variant: Variant | None = None) -> StockLevel:
        return StockLevel.objects.get(
            location=location or self.lyon, variant=variant or self.variant
        )


def make_shop(units: int = 10, **channel: Any) -> Shop:
    lyon = make_location(name="Lyon")
    nice = make_location(name="Nice", city="Nice", latitude=43.7, longitude=7.26)
    web = make_channel(locations=[lyon, nice], **channel)
    variant = make_variant()
    make_listing(variant, web, price_minor=PRICE)
    if units:
        stock_up(variant, lyon, units)
        stock_up(variant, nice, units)
    return Shop(web, lyon, nice, variant)


@dataclass(frozen=True)
class Sold:
    """A line to be sold: so many units by a method from a location."""

    quantity: int = 1
    method: str = Method.PICKUP
    location: Location | None = None
    variant: Variant | None = None
    price_minor: int = PRICE


def make_order(shop: Shop, *lines: Sold, pay: str = Tender.CARD_TERMINAL, **over: Any) -> Order:
    """An order of these lines, stock committed, paid with this tender ("" is not at all)."""
    drafts = [_line(shop, line) for line in lines or (Sold(),)]
    values: dict[str, Any] = {
        "channel_id": shop.channel.pk,
        "currency": shop.channel.currency,
        "tax_display": shop.channel.tax_display,
        "payment_policy": PaymentPolicy.PREPAID,
        "contact_name": "Eve Adams",
        "email": "eve@example.com",
        "lines": drafts,
    } | over
    order = sales.create_order(draft=OrderDraft(**values), actor=SYSTEM)
    stock.commit(
        lines=[
            stock.StockRequest(d.variant_id, d.location_id, d.quantity, d.id)
            for d in drafts
            if d.location_id
        ],
        owner_id=order.pk,
        actor=SYSTEM,
    )
    if pay:
        take_payment(order, order.total_minor, Tender(pay))
    fulfilment.confirm_if_paid(order_id=order.pk)
    order.refresh_from_db()
    return order


def take_payment(order: Order, amount_minor: int, tender: Tender = Tender.CARD_TERMINAL) -> None:
    is_card = tender == Tender.CARD_TERMINAL
    payments.record_counter_payments(
        payments=[
            payments.CounterPayment(
                order_id=order.pk,
                tender=tender,
                amount_minor=amount_minor,
                reference=f"test:{uuid4()}",
                provider_reference=f"slip-{next(_number)}" if is_card else "",
            )
        ],
        actor=SYSTEM,
    )


def work_of(order: Order) -> FulfilmentOrder:
    """The only work of an order."""
    return FulfilmentOrder.objects.get(order=order)


def pick_all(row: FulfilmentOrder) -> FulfilmentOrder:
    """Accepted, picking, everything found."""
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    for line in row.lines.all():
        fulfilment.pick_line(
            fulfilment_order_id=row.pk,
            line_id=line.pk,
            picked=line.quantity - line.cancelled,
            actor=SYSTEM,
        )
    row.refresh_from_db()
    return row


def make_ready(order: Order) -> FulfilmentOrder:
    """A pickup that waits on shelf A1."""
    row = pick_all(work_of(order))
    fulfilment.mark_ready(fulfilment_order_id=row.pk, shelf="A1", actor=SYSTEM)
    row.refresh_from_db()
    return row


def code_of(row: FulfilmentOrder) -> str:
    """What the customer is shown."""
    pickup = row.pickup
    pickup.refresh_from_db()
    code = shown_code(row.pk, pickup.code_version, pickup.code_digest)
    assert code
    return code


def collect(order: Order) -> FulfilmentOrder:
    """Made ready and handed over with the code."""
    row = make_ready(order)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    row.refresh_from_db()
    return row


def lines_of(order: Order) -> Sequence[OrderLine]:
    return list(OrderLine.objects.filter(order=order).order_by("position"))


def snapshot(order_id: UUID) -> dict[str, Any]:
    """Everything that must not change when something is refused."""
    return {
        "order": Order.objects.filter(pk=order_id).values().get(),
        "lines": list(OrderLine.objects.filter(order_id=order_id).order_by("pk").values()),
        "work": list(FulfilmentOrder.objects.filter(order_id=order_id).order_by("pk").values()),
        "levels": list(StockLevel.objects.order_by("pk").values()),
        "tasks": Task.objects.count(),
        "incidents": list(Incident.objects.order_by("pk").values("kind", "times")),
    }


def _line(shop: Shop, line: Sold) -> LineDraft:
    variant = line.variant or shop.variant
    total = line.price_minor * line.quantity
    tax = total // 6
    return LineDraft(
        variant_id=variant.pk,
        sku=variant.sku,
        name=variant.sku,
        quantity=line.quantity,
        method=line.method,
        location_id=(line.location or shop.lyon).pk,
        price_minor=line.price_minor,
        net_minor=total - tax,
        tax_minor=tax,
        total_minor=total,
        tax_rate=Decimal("0.2"),
    )
