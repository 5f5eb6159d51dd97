"""Each invariant finds the corruption that it is for, and nothing in sound rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from omni.access.actor import SYSTEM
from omni.core import clock
from orders.payments import operations as payments
from orders.payments.models import (
    Payment,
    PaymentEntryKind,
    PaymentEvent,
    PaymentState,
    ProviderEvent,
    Refund,
    Tender,
)
from orders.sales.models import Order, OrderStatus
from tests.factories.payments import make_payable_order, pay_in_cash
from tests.orders.payments.conftest import broken_invariants

pytestmark = pytest.mark.django_db


def without(constraint: str, table: str) -> None:
    """Corruption has to get past the database first."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def paid() -> Payment:
    order = make_payable_order()
    payment = pay_in_cash(order)
    payments.record_cash_refund(order_id=order.pk, amount_minor=1000, reference="r", actor=SYSTEM)
    payments.request_refund(order_id=order.pk, amount_minor=500, reference="s", actor=SYSTEM)
    payment.refresh_from_db()
    return payment


def counter_drifts(payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(authorised_minor=5001)


def more_refunded_than_captured(payment: Payment) -> None:
    without("payment_amounts_nest", "orders_payment")
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=5001)
    PaymentEvent.objects.create(
        payment=payment,
        kind=PaymentEntryKind.REFUND,
        amount_minor=4001,
        reference="x",
        principal="system",
        occurred_at=clock.now(),
    )


def refund_beyond_what_was_set_aside(payment: Payment) -> None:
    Refund.objects.filter(reference__startswith="s/").update(amount_minor=4500)


def confirmed_without_money(payment: Payment) -> None:
    make_payable_order(status=OrderStatus.CONFIRMED)


def dead_order_keeps_money(payment: Payment) -> None:
    Order.objects.filter(pk=payment.order_id).update(status=OrderStatus.CANCELLED)


def long_in_doubt(payment: Payment) -> None:
    long_ago = clock.now() - timedelta(minutes=16)
    Payment.objects.create(
        order=payment.order,
        tender=Tender.ONLINE,
        status=PaymentState.UNKNOWN,
        currency="EUR",
        amount_minor=1,
        reference="doubt",
        created_at=long_ago,
        updated_at=long_ago,
    )


def event_stored_twice(payment: Payment) -> None:
    without("provider_event_once", "orders_providerevent")
    for _ in range(2):
        ProviderEvent.objects.create(
            provider="psp",
            provider_event_id="evt_1",
            type="x",
            payload={},
            received_at=clock.now(),
        )


def test_sound_payments_break_nothing() -> None:
    paid()

    assert broken_invariants() == {}


@pytest.mark.parametrize(
    ("code", "corrupt"),
    [
        ("P1", counter_drifts),
        ("P2", more_refunded_than_captured),
        ("P3", refund_beyond_what_was_set_aside),
        ("P4", confirmed_without_money),
        ("P5", dead_order_keeps_money),
        ("P6", long_in_doubt),
        ("P7", event_stored_twice),
    ],
)
def test_audit_finds(code: str, corrupt: Callable[[Payment], None]) -> None:
    corrupt(paid())

    assert code in broken_invariants()
