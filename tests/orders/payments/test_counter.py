"""Money at the counter and on account, and its reversal."""

from __future__ import annotations

from typing import Any

import pytest

from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from orders.payments import operations as payments
from orders.payments.gateways.card_terminal import (
    CardNumberRefused,
    TerminalReferenceMissing,
    approval,
    refuse_card_number,
)
from orders.payments.models import Payment, PaymentEvent, PaymentState, Refund, Tender
from orders.payments.operations import CounterPayment, CounterRefund
from orders.payments.queries import is_settled, satisfies_policy
from orders.sales.models import Order, OrderStatus, PaymentPolicy, PaymentStatus
from tests.factories.payments import make_payable_order, pay_in_cash
from tests.orders.payments.conftest import broken_invariants, nothing_changes

pytestmark = pytest.mark.django_db
TABLES = (Payment, PaymentEvent, Order)


def test_record_cash_payment_pays_the_order() -> None:
    order = make_payable_order()

    payment = pay_in_cash(order)

    assert (payment.tender, payment.status) == (Tender.CASH, PaymentState.CAPTURED)
    assert (payment.authorised_minor, payment.captured_minor) == (5000, 5000)
    assert list(payment.entries.order_by("pk").values_list("kind", "amount_minor")) == [
        ("authorisation", 5000),
        ("capture", 5000),
    ]
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PAID
    assert satisfies_policy(order)
    assert is_settled(order)
    assert broken_invariants() == {}


def test_record_cash_payment_again_with_the_reference_is_one_payment() -> None:
    order = make_payable_order()

    first, again = (
        payments.record_cash_payment(
            order_id=order.pk, amount_minor=2000, reference="till:1", actor=SYSTEM
        )
        for _ in range(2)
    )

    assert first.pk == again.pk
    assert Payment.objects.count() == 1
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PARTLY_PAID


@pytest.mark.parametrize(
    ("over", "amount", "error"),
    [
        ({}, 5001, payments.AmountTooLarge),
        ({}, 0, payments.AmountNotPositive),
        ({}, -5, payments.AmountNotPositive),
        ({"status": OrderStatus.CANCELLED}, 5000, payments.OrderNotPayable),
        ({"cancelled_minor": 4000}, 1001, payments.AmountTooLarge),
    ],
)
def test_record_cash_payment_refuses_and_changes_nothing(
    over: dict[str, Any], amount: int, error: type[Exception]
) -> None:
    order = make_payable_order(**over)

    with nothing_changes(*TABLES), pytest.raises(error):
        pay_in_cash(order, amount)


def test_record_cash_payment_of_an_unknown_order_is_not_found() -> None:
    with nothing_changes(*TABLES), pytest.raises(NotFound):
        payments.record_cash_payment(order_id=uuid7(), amount_minor=1, reference="r", actor=SYSTEM)


def test_record_cash_payment_refuses_a_reference_of_something_else() -> None:
    first, second = make_payable_order(), make_payable_order()
    payments.record_cash_payment(
        order_id=first.pk, amount_minor=100, reference="till:1", actor=SYSTEM
    )

    for order, amount in ((first, 200), (second, 100)):
        with nothing_changes(*TABLES), pytest.raises(payments.PaymentReferenceReused):
            payments.record_cash_payment(
                order_id=order.pk, amount_minor=amount, reference="till:1", actor=SYSTEM
            )


def test_record_terminal_payment_keeps_what_the_slip_says() -> None:
    order = make_payable_order()

    payment = payments.record_terminal_payment(
        order_id=order.pk,
        amount_minor=5000,
        reference="till:1",
        terminal_reference="T-0815",
        card_label="Visa 4242",
        actor=SYSTEM,
    )

    assert (payment.provider_reference, payment.card_label) == ("T-0815", "Visa 4242")


def test_record_terminal_payment_takes_a_slip_once() -> None:
    def pay(reference: str) -> Payment:
        return payments.record_terminal_payment(
            order_id=make_payable_order().pk,
            amount_minor=5000,
            reference=reference,
            terminal_reference="T-0815",
            actor=SYSTEM,
        )

    pay("till:1")

    with pytest.raises(payments.PaymentReferenceReused):
        pay("till:2")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("text", ["4242424242424242", "pan 4000 0000 0000 0002", "378282246310005"])
def test_card_numbers_are_refused(text: str) -> None:
    with pytest.raises(CardNumberRefused):
        refuse_card_number(text)
    with pytest.raises(CardNumberRefused):
        approval(reference="T-1", card_label=text)


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",
        "T-0815",
        "Visa 4242",
        "123456789012",
        "slip-c0568fc6-61bb-4659-9939-99795fae60fb",
        "",
    ],
)
def test_other_numbers_are_not_card_numbers(text: str) -> None:
    refuse_card_number(text)


def test_terminal_payment_needs_the_terminals_reference() -> None:
    with pytest.raises(TerminalReferenceMissing):
        approval(reference="  ")


def test_record_counter_payments_equals_one_by_one(
    django_assert_max_num_queries: Any,
) -> None:
    orders = [make_payable_order() for _ in range(20)]
    alone = pay_in_cash(orders[0])
    wanted = [
        CounterPayment(order.pk, Tender.ON_ACCOUNT, 5000, f"import:{order.number}")
        for order in orders[1:]
    ]

    with django_assert_max_num_queries(14):
        made = payments.record_counter_payments(payments=wanted, actor=SYSTEM)

    assert [row.order_id for row in made] == [order.pk for order in orders[1:]]
    same = ("status", "amount_minor", "authorised_minor", "captured_minor", "currency")
    assert {tuple(getattr(row, name) for name in same) for row in made} == {
        tuple(getattr(alone, name) for name in same)
    }
    assert PaymentEvent.objects.count() == 40
    assert set(Order.objects.values_list("payment_status", flat=True)) == {PaymentStatus.PAID}


def test_record_counter_payments_counts_those_of_one_order_together() -> None:
    order = make_payable_order()
    wanted = [CounterPayment(order.pk, Tender.CASH, 3000, f"till:{n}") for n in range(2)]

    with nothing_changes(*TABLES), pytest.raises(payments.AmountTooLarge):
        payments.record_counter_payments(payments=wanted, actor=SYSTEM)


def test_record_counter_payments_refuses_online() -> None:
    wanted = [CounterPayment(make_payable_order().pk, Tender.ONLINE, 3000, "r")]

    with nothing_changes(*TABLES), pytest.raises(payments.NotACounterTender):
        payments.record_counter_payments(payments=wanted, actor=SYSTEM)


def test_expect_payment_at_collection_names_what_is_due() -> None:
    order = make_payable_order(payment_policy=PaymentPolicy.PAY_AT_COLLECTION)

    assert satisfies_policy(order)
    assert payments.expect_payment_at_collection(order_id=order.pk) == 5000
    pay_in_cash(order, 2000)
    assert payments.expect_payment_at_collection(order_id=order.pk) == 3000
    with pytest.raises(payments.NotPaidAtCollection):
        payments.expect_payment_at_collection(order_id=make_payable_order().pk)
    with pytest.raises(NotFound):
        payments.expect_payment_at_collection(order_id=uuid7())


def test_reverse_counter_payment_leaves_nothing_paid() -> None:
    order = make_payable_order()
    payment = pay_in_cash(order)

    for _ in range(2):
        payments.reverse_counter_payment(payment_id=payment.pk, reference="void:1", actor=SYSTEM)

    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == (PaymentState.VOIDED, 0)
    assert list(payment.entries.order_by("pk").values_list("kind", flat=True)) == [
        "authorisation",
        "capture",
        "reversal",
    ]
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PENDING
    assert broken_invariants() == {}


def test_reverse_counter_payment_refuses_one_that_was_refunded() -> None:
    order = make_payable_order()
    payment = pay_in_cash(order)
    payments.record_cash_refund(order_id=order.pk, amount_minor=1, reference="r", actor=SYSTEM)

    with nothing_changes(*TABLES), pytest.raises(payments.PaymentNotReversible):
        payments.reverse_counter_payment(payment_id=payment.pk, reference="void:1", actor=SYSTEM)


# --- refunds --------------------------------------------------------------------------------------


def columns(row: Refund) -> tuple[Any, ...]:
    return (row.status, row.amount_minor, row.reason, row.principal, row.failure_code)


def test_record_counter_refunds_equals_asked_and_paid_out(
    django_assert_max_num_queries: Any,
) -> None:
    alone, *orders = [make_payable_order() for _ in range(12)]
    for order in (alone, *orders):
        pay_in_cash(order)
    asked = payments.request_refund(
        order_id=alone.pk, amount_minor=1200, reference="a", reason="late", actor=SYSTEM
    )[0]
    asked = payments.pay_out_refund(refund_id=asked.pk, actor=SYSTEM)
    wanted = [CounterRefund(order.pk, 1200, f"b:{order.pk}", "late") for order in orders]

    with django_assert_max_num_queries(16):
        made = payments.record_counter_refunds(refunds=wanted, actor=SYSTEM)

    assert {columns(row) for row in made} == {columns(asked)}
    assert set(Payment.objects.values_list("refunded_minor", "refunding_minor")) == {(1200, 0)}
    assert PaymentEvent.objects.filter(kind="refund", amount_minor=1200).count() == 12
    assert set(Order.objects.values_list("payment_status", flat=True)) == {
        PaymentStatus.PARTLY_REFUNDED
    }
    with nothing_changes(*TABLES, Refund):
        again = payments.record_counter_refunds(refunds=wanted, actor=SYSTEM)
    assert {row.pk for row in again} == {row.pk for row in made}
    assert broken_invariants() == {}


def test_record_counter_refunds_counts_those_of_one_order_together() -> None:
    order = make_payable_order()
    pay_in_cash(order)
    wanted = [CounterRefund(order.pk, 2600, f"r:{n}") for n in range(2)]

    with nothing_changes(*TABLES, Refund), pytest.raises(payments.RefundTooLarge):
        payments.record_counter_refunds(refunds=wanted, actor=SYSTEM)


@pytest.mark.parametrize("amount", [0, -1])
def test_record_counter_refunds_refuses_nothing_and_less(amount: int) -> None:
    order = make_payable_order()
    pay_in_cash(order)
    wanted = [CounterRefund(order.pk, amount, "r")]

    with nothing_changes(*TABLES, Refund), pytest.raises(payments.AmountNotPositive):
        payments.record_counter_refunds(refunds=wanted, actor=SYSTEM)


def test_record_counter_refunds_refuses_a_reference_of_another_amount() -> None:
    order = make_payable_order()
    pay_in_cash(order)
    payments.record_counter_refunds(refunds=[CounterRefund(order.pk, 100, "r")], actor=SYSTEM)

    with nothing_changes(*TABLES, Refund), pytest.raises(payments.RefundReferenceReused):
        payments.record_counter_refunds(refunds=[CounterRefund(order.pk, 200, "r")], actor=SYSTEM)
    with nothing_changes(*TABLES, Refund), pytest.raises(NotFound):
        payments.record_counter_refunds(refunds=[CounterRefund(uuid7(), 1, "s")], actor=SYSTEM)
