"""The states that follow from counters: tables of facts and what they amount to."""

from __future__ import annotations

import pytest

from orders.payments.models import PaymentState
from orders.payments.status import (
    OrderMoney,
    PaymentFacts,
    order_payment_status,
    payment_state,
    policy_is_satisfied,
    sum_up,
)
from orders.sales.models import PaymentPolicy, PaymentStatus

S, P = PaymentState, PaymentStatus


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (PaymentFacts(0, 0), S.PENDING),
        (PaymentFacts(0, 0, is_waiting=True), S.REQUIRES_ACTION),
        (PaymentFacts(100, 0, is_waiting=True), S.AUTHORISED),
        (PaymentFacts(100, 40), S.PARTLY_CAPTURED),
        (PaymentFacts(100, 100), S.CAPTURED),
        (PaymentFacts(0, 0, end=S.FAILED), S.FAILED),
        (PaymentFacts(0, 0, end=S.VOIDED, is_waiting=True), S.VOIDED),
        (PaymentFacts(100, 0, end=S.EXPIRED), S.EXPIRED),
        (PaymentFacts(100, 100, end=S.FAILED), S.CAPTURED),
        (PaymentFacts(40, 40, end=S.VOIDED), S.CAPTURED),
    ],
)
def test_payment_state(facts: PaymentFacts, state: PaymentState) -> None:
    assert payment_state(facts) == state


@pytest.mark.parametrize(
    ("money", "due", "total", "status"),
    [
        (OrderMoney(), 100, 100, P.PENDING),
        (OrderMoney(), 0, 0, P.PAID),
        (OrderMoney(), 0, 100, P.PENDING),
        (OrderMoney(authorised_minor=40), 100, 100, P.PARTLY_AUTHORISED),
        (OrderMoney(authorised_minor=100), 100, 100, P.AUTHORISED),
        (OrderMoney(100, 40), 100, 100, P.PARTLY_PAID),
        (OrderMoney(100, 100), 100, 100, P.PAID),
        (OrderMoney(120, 120), 100, 100, P.OVERPAID),
        (OrderMoney(100, 100, refunding_minor=40), 60, 100, P.PAID),
        (OrderMoney(100, 100, refunded_minor=40), 60, 100, P.PARTLY_REFUNDED),
        (OrderMoney(100, 100, refunded_minor=100), 100, 100, P.REFUNDED),
        (OrderMoney(100, 100, is_disputed=True), 100, 100, P.DISPUTED),
    ],
)
def test_order_payment_status(
    money: OrderMoney, due: int, total: int, status: PaymentStatus
) -> None:
    assert order_payment_status(money, due_minor=due, total_minor=total) == status


def test_order_money_adds_up_and_asks_for_nothing_twice() -> None:
    money = sum_up([OrderMoney(60, 60, 10, 20), OrderMoney(30, 0)])

    assert money == OrderMoney(90, 60, 10, 20)
    assert money.refundable_minor == 30
    assert (money.outstanding(100), money.outstanding(80)) == (10, 0)


@pytest.mark.parametrize(
    ("policy", "authorised", "satisfied"),
    [
        (PaymentPolicy.PREPAID, 99, False),
        (PaymentPolicy.PREPAID, 100, True),
        (PaymentPolicy.AT_TILL, 99, False),
        (PaymentPolicy.PAY_AT_COLLECTION, 0, True),
        (PaymentPolicy.ON_ACCOUNT, 0, True),
    ],
)
def test_policy_is_satisfied(policy: str, authorised: int, satisfied: bool) -> None:
    money = OrderMoney(authorised_minor=authorised)

    assert policy_is_satisfied(policy, money, due_minor=100) is satisfied
