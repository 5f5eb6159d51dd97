"""Smallest orders to be paid. State beyond that is reached by calling operations."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from inventory.channels.models import TaxDisplay
from inventory.locations.models import Method
from omni.access.actor import SYSTEM
from omni.core import clock
from orders.payments import operations as payments
from orders.payments.models import Payment
from orders.payments.operations import OnlineStart
from orders.sales.models import Order, OrderLine, OrderStatus, PaymentPolicy
from tests.factories.inventory import make_channel, make_location, make_variant

RETURN_URL = "http://shop.test/return"
_numbers = count(1)


def make_payable_order(**over: Any) -> Order:
    """A prepaid order of 50.00 EUR without lines, placed and waiting for its money."""
    now = clock.now()
    values = {
        "number": f"P{next(_numbers):06d}",
        "status": OrderStatus.PLACED,
        "payment_policy": PaymentPolicy.PREPAID,
        "currency": "EUR",
        "tax_display": TaxDisplay.GROSS,
        "total_minor": 5000,
        "tax_minor": 833,
        "principal": "system",
        "placed_at": now,
        "pay_by_at": now + timedelta(minutes=30),
    }
    channel = over.pop("channel", None) or make_channel()
    order: Order = Order.objects.create(channel=channel, **values | over)
    return order


def add_line(order: Order) -> OrderLine:
    """One unit, to be shipped, that costs all of the order."""
    variant = make_variant()
    line: OrderLine = OrderLine.objects.create(
        order=order,
        position=1,
        variant=variant,
        location=make_location(),
        method=Method.SHIP,
        sku=variant.sku,
        name="Scarf",
        quantity=1,
        price_minor=order.total_minor,
        tax_rate=Decimal("0.2"),
        net_minor=order.total_minor - order.tax_minor,
        tax_minor=order.tax_minor,
        total_minor=order.total_minor,
    )
    return line


def start_online(order: Order, **over: Any) -> Payment:
    """An online payment of the order's outstanding amount, as a storefront starts it."""
    values = {"reference": f"web:{uuid4()}", "return_url": RETURN_URL}
    start = OnlineStart(order_id=order.pk, **values | over)
    return payments.start_payment(start=start, actor=SYSTEM)


def pay_in_cash(order: Order, amount_minor: int = 5000) -> Payment:
    """Cash taken for the order."""
    return payments.record_cash_payment(
        order_id=order.pk, amount_minor=amount_minor, reference=f"till:{uuid4()}", actor=SYSTEM
    )
