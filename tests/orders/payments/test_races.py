"""Rivals at the same payment: two captures, two refunds, webhook and answer, taps of one finger."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from omni.access.actor import SYSTEM, Actor, Granted
from omni.core.errors import DomainError
from orders.payments import operations as payments
from orders.payments.models import (
    CaptureMethod,
    Payment,
    PaymentState,
    ProviderEvent,
    Refund,
    RefundState,
)
from orders.sales.models import Order, PaymentStatus
from tests.factories.payments import make_payable_order, pay_in_cash, start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import Message, broken_invariants, deliver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("concurrency")]
Messages = Callable[[str, int], list[Message]]


def race(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all at once; what each returned, or the code of the error that it raised."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=10)
            return work()
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def provider_side(psp: PspProcess, payment: Payment) -> dict[str, Any]:
    path = f"/v1/payments/{payment.provider_reference}"
    seen: dict[str, Any] = psp.request("GET", path).json()
    return seen


def test_two_captures_take_the_money_once(psp: PspProcess) -> None:
    for _ in range(3):
        payment = start_online(
            make_payable_order(), card_token="tok_visa", capture_method=CaptureMethod.MANUAL
        )

        def capture(payment: Payment = payment) -> str:
            payments.capture_payment(
                payment_id=payment.pk, reference=f"c:{uuid4()}", amount_minor=3000, actor=SYSTEM
            )
            return "captured"

        ends = Counter(race([capture] * 4))

        assert ends["captured"] == 1
        assert set(ends) <= {"captured", "payment_in_progress", "amount_too_large"}
        payment.refresh_from_db()
        assert payment.captured_minor == provider_side(psp, payment)["captured"] == 3000
    assert broken_invariants() == {}


def test_one_capture_sent_many_times_takes_the_money_once(psp: PspProcess) -> None:
    payment = start_online(
        make_payable_order(), card_token="tok_visa", capture_method=CaptureMethod.MANUAL
    )

    def capture() -> str:
        payments.capture_payment(
            payment_id=payment.pk, reference="same", amount_minor=3000, actor=SYSTEM
        )
        return "captured"

    ends = race([capture] * 6)

    assert ends == ["captured"] * 6
    payment.refresh_from_db()
    assert payment.captured_minor == provider_side(psp, payment)["captured"] == 3000
    assert broken_invariants() == {}


def test_refunds_of_many_clerks_never_exceed_the_capture(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")

    def refund() -> str:
        made = payments.refund_payment(
            order_id=order.pk, amount_minor=1500, reference=f"r:{uuid4()}", actor=SYSTEM
        )
        return str(made[0].status)

    ends = Counter(race([refund] * 6))

    assert ends == {RefundState.SUCCEEDED: 3, "refund_too_large": 3}
    payment.refresh_from_db()
    assert payment.refunded_minor == provider_side(psp, payment)["refunded"] == 4500
    assert broken_invariants() == {}


def test_refunds_of_one_clerk_share_their_limit(psp: PspProcess) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa")
    grant = Granted(permissions=frozenset({"payments.refund"}), refund_limit_minor=1000)
    ben = Actor(kind="staff", user_id=uuid4(), grants=(grant,))

    def refund() -> str:
        made = payments.refund_payment(
            order_id=order.pk, amount_minor=400, reference=f"r:{uuid4()}", actor=ben
        )
        return str(made[0].status)

    ends = Counter(race([refund] * 5))

    assert ends == {RefundState.SUCCEEDED: 2, "refund_over_limit": 3}


def test_one_refund_sent_many_times_is_one(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")

    def refund() -> str:
        made = payments.refund_payment(
            order_id=order.pk, amount_minor=1500, reference="same", actor=SYSTEM
        )
        return str(made[0].status)

    ends = race([refund] * 6)

    assert ends == [RefundState.SUCCEEDED] * 6
    assert Refund.objects.count() == 1
    payment.refresh_from_db()
    assert payment.refunded_minor == provider_side(psp, payment)["refunded"] == 1500


def test_webhooks_race_the_answer_of_the_capture(psp: PspProcess, messages: Messages) -> None:
    dice = random.Random(5)
    for _ in range(4):
        order = make_payable_order()
        payment = start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)
        payments.capture_payment(
            payment_id=payment.pk, reference=f"c:{uuid4()}", amount_minor=2000, actor=SYSTEM
        )
        heard = messages(payment.provider_reference, 2)

        def capture(payment: Payment = payment) -> str:
            payments.capture_payment(
                payment_id=payment.pk, reference=f"c:{payment.pk}", actor=SYSTEM
            )
            return "captured"

        def hear(message: Message) -> Callable[[], str]:
            return lambda: str(deliver(message))

        works = [capture, *(hear(message) for message in heard * 3)]
        dice.shuffle(works)
        ends = race(works)

        assert set(ends) == {"captured", str(order.pk)}
        for message in messages(payment.provider_reference, 3):
            deliver(message)
        payment.refresh_from_db()
        assert (payment.status, payment.captured_minor) == (PaymentState.CAPTURED, 5000)
        order.refresh_from_db()
        assert order.payment_status == PaymentStatus.PAID
    assert not ProviderEvent.objects.filter(applied_at=None).exists()
    assert broken_invariants() == {}


def test_one_tap_sent_many_times_is_one_payment(psp: PspProcess) -> None:
    order = make_payable_order()

    ends = race([lambda: start_online(order, card_token="tok_visa", reference="tap").pk] * 6)

    assert len(set(ends)) == 1
    assert Payment.objects.count() == 1
    found = psp.request("GET", f"/v1/payments?reference={order.number}").json()["data"]
    assert sum(row["captured"] for row in found) == 5000


def test_many_devices_pay_an_order_once(psp: PspProcess) -> None:
    order = make_payable_order()

    race([lambda: start_online(order, card_token="tok_visa").pk] * 5)

    found = psp.request("GET", f"/v1/payments?reference={order.number}").json()["data"]
    assert sum(row["captured"] for row in found) == 5000
    assert order.payments.filter(captured_minor__gt=0).count() == 1
    assert broken_invariants() == {}


def test_cash_at_two_tills_pays_an_order_once() -> None:
    order = make_payable_order()

    ends = Counter(race([lambda: pay_in_cash(order).status] * 5))

    assert ends == {PaymentState.CAPTURED: 1, "amount_too_large": 4}
    assert Order.objects.get(pk=order.pk).payment_status == PaymentStatus.PAID


def test_void_races_the_customer_who_pays(psp: PspProcess, messages: Messages) -> None:
    for _ in range(3):
        order = make_payable_order()
        payment = start_online(order)

        def void(payment: Payment = payment) -> str:
            payments.void_payment(payment_id=payment.pk, reference=f"v:{payment.pk}", actor=SYSTEM)
            return "voided"

        def pay(payment: Payment = payment) -> str:
            return str(psp.decide(payment.provider_reference).status_code)

        race([void, pay])

        truth = provider_side(psp, payment)
        for message in messages(payment.provider_reference, 1):
            deliver(message)
        payments.sweep_unknown_payments()
        payment.refresh_from_db()
        assert payment.captured_minor == truth["captured"]
        assert payment.status == (
            PaymentState.CAPTURED if truth["captured"] else PaymentState.VOIDED
        )
    assert broken_invariants() == {}
