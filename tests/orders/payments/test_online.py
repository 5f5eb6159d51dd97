"""Starting, capturing and voiding online payments against the provider's own process."""

from __future__ import annotations

import os

import pytest

from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events.models import StoredEvent
from orders.payments import operations as payments
from orders.payments.gateways.psp import _client as gateway_client
from orders.payments.models import (
    AttemptState,
    CaptureMethod,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    PaymentState,
)
from orders.payments.queries import satisfies_policy
from orders.sales.models import Order, OrderStatus, PaymentStatus
from tests.factories.payments import make_payable_order, pay_in_cash, start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import broken_invariants, nothing_changes

pytestmark = pytest.mark.django_db
TABLES = (Payment, PaymentEvent, PaymentAttempt, Order)


def entries(payment: Payment) -> list[tuple[str, int]]:
    return list(payment.entries.order_by("pk").values_list("kind", "amount_minor"))


def counters(payment: Payment) -> tuple[int, int, int, int]:
    payment.refresh_from_db()
    return (
        payment.authorised_minor,
        payment.captured_minor,
        payment.refunding_minor,
        payment.refunded_minor,
    )


def held(order: Order, **over: object) -> Payment:
    """An authorised payment that waits to be captured."""
    return start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL, **over)


# --- start ----------------------------------------------------------------------------------------


def test_start_payment_sends_the_customer_to_the_provider(psp: PspProcess) -> None:
    order = make_payable_order()

    payment = start_online(order)

    assert payment.status == PaymentState.REQUIRES_ACTION
    assert payment.next_action == {
        "type": "redirect",
        "url": f"{psp.url}/pay/{payment.provider_reference}",
    }
    assert payment.amount_minor == 5000
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PENDING
    assert not satisfies_policy(order)


def test_start_payment_with_a_card_is_paid_at_once(psp: PspProcess) -> None:
    order = make_payable_order()

    payment = start_online(order, card_token="tok_visa")

    assert payment.status == PaymentState.CAPTURED
    assert payment.next_action is None
    assert entries(payment) == [("authorisation", 5000), ("capture", 5000)]
    assert counters(payment) == (5000, 5000, 0, 0)
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PAID
    assert satisfies_policy(order)
    types = StoredEvent.objects.filter(aggregateid=payment.pk).order_by("id")
    assert list(types.values_list("type", flat=True)) == ["payment.authorised", "payment.captured"]
    assert broken_invariants() == {}


def test_start_payment_declined_leaves_the_order_to_another_tender(psp: PspProcess) -> None:
    order = make_payable_order()

    payment = start_online(order, card_token="tok_declined")

    assert (payment.status, payment.failure_code) == (PaymentState.FAILED, "card_declined")
    order.refresh_from_db()
    assert (order.status, order.payment_status) == (OrderStatus.PLACED, PaymentStatus.PENDING)
    assert start_online(order, card_token="tok_visa").status == PaymentState.CAPTURED


def test_start_payment_again_with_the_reference_is_the_same_payment(psp: PspProcess) -> None:
    order = make_payable_order()
    first = start_online(order, reference="once")

    again = start_online(order, reference="once")

    assert again.pk == first.pk
    assert again.next_action == first.next_action
    assert Payment.objects.count() == 1


def test_start_payment_resumes_the_open_one_of_the_same_amount(psp: PspProcess) -> None:
    order = make_payable_order()
    first = start_online(order)

    second = start_online(order)

    assert second.pk == first.pk


def test_start_payment_withdraws_an_open_one_of_another_amount(psp: PspProcess) -> None:
    order = make_payable_order()
    first = start_online(order)

    second = start_online(order, amount_minor=2000)

    first.refresh_from_db()
    assert first.status == PaymentState.VOIDED
    assert (second.status, second.amount_minor) == (PaymentState.REQUIRES_ACTION, 2000)
    psp.decide(first.provider_reference)
    seen = psp.request("GET", f"/v1/payments/{first.provider_reference}").json()
    assert (seen["status"], seen["captured"]) == ("voided", 0)


def test_start_payment_in_parts_pays_the_rest(psp: PspProcess) -> None:
    order = make_payable_order()
    pay_in_cash(order, 1500)

    start_online(order, card_token="tok_visa")

    assert Payment.objects.get(tender="online").amount_minor == 3500
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PAID


@pytest.mark.parametrize(
    ("over", "start", "error"),
    [
        ({"status": OrderStatus.FAILED}, {}, payments.OrderNotPayable),
        ({"status": OrderStatus.CANCELLED}, {}, payments.OrderNotPayable),
        ({"total_minor": 0, "tax_minor": 0}, {}, payments.NothingToPay),
        ({}, {"amount_minor": 5001}, payments.AmountTooLarge),
        ({}, {"amount_minor": 0}, payments.AmountNotPositive),
        ({}, {"amount_minor": -1}, payments.AmountNotPositive),
    ],
)
def test_start_payment_refuses_and_changes_nothing(
    psp: PspProcess, over: dict[str, object], start: dict[str, int], error: type[Exception]
) -> None:
    order = make_payable_order(**over)

    with nothing_changes(*TABLES), pytest.raises(error):
        start_online(order, **start)


def test_start_payment_of_an_unknown_order_is_not_found(psp: PspProcess) -> None:
    start = payments.OnlineStart(order_id=uuid7(), reference="r", return_url="http://shop.test/")

    with nothing_changes(*TABLES), pytest.raises(NotFound):
        payments.start_payment(start=start, actor=SYSTEM)


def test_start_payment_refuses_the_reference_of_another_order(psp: PspProcess) -> None:
    start_online(make_payable_order(), reference="taken")
    other = make_payable_order()

    with nothing_changes(*TABLES), pytest.raises(payments.PaymentReferenceReused):
        start_online(other, reference="taken")


def test_start_payment_refused_by_the_provider_fails(psp: PspProcess) -> None:
    order = make_payable_order()

    payment = start_online(order, card_token="tok_of_nobody")

    assert (payment.status, payment.failure_code) == (PaymentState.FAILED, "invalid_request")


# --- capture --------------------------------------------------------------------------------------


def test_capture_payment_in_parts(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = held(order)
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.AUTHORISED
    assert satisfies_policy(order)

    payments.capture_payment(payment_id=payment.pk, reference="c1", amount_minor=2000, actor=SYSTEM)
    part = counters(payment)
    payments.capture_payment(payment_id=payment.pk, reference="c2", actor=SYSTEM)

    assert part == (5000, 2000, 0, 0)
    assert counters(payment) == (5000, 5000, 0, 0)
    assert payment.status == PaymentState.CAPTURED
    assert entries(payment) == [("authorisation", 5000), ("capture", 2000), ("capture", 3000)]
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PAID
    assert broken_invariants() == {}


def test_capture_payment_again_with_the_reference_takes_it_once(psp: PspProcess) -> None:
    payment = held(make_payable_order())

    for _ in range(2):
        payments.capture_payment(
            payment_id=payment.pk, reference="c1", amount_minor=2000, actor=SYSTEM
        )

    assert counters(payment) == (5000, 2000, 0, 0)
    provider = psp.request("GET", f"/v1/payments/{payment.provider_reference}").json()
    assert provider["captured"] == 2000


@pytest.mark.parametrize("amount", [0, -1, 5001])
def test_capture_payment_refuses_other_amounts(psp: PspProcess, amount: int) -> None:
    payment = held(make_payable_order())

    with nothing_changes(*TABLES), pytest.raises(payments.AmountTooLarge):
        payments.capture_payment(
            payment_id=payment.pk, reference="c1", amount_minor=amount, actor=SYSTEM
        )


def test_capture_payment_needs_an_authorisation_of_a_live_order(psp: PspProcess) -> None:
    waiting = start_online(make_payable_order())
    dead_order = make_payable_order()
    dead = held(dead_order)
    Order.objects.filter(pk=dead_order.pk).update(status=OrderStatus.FAILED)

    for payment in (waiting, dead):
        with nothing_changes(*TABLES), pytest.raises(payments.PaymentNotCapturable):
            payments.capture_payment(payment_id=payment.pk, reference="c", actor=SYSTEM)
    with pytest.raises(NotFound):
        payments.capture_payment(payment_id=uuid7(), reference="c", actor=SYSTEM)


def test_capture_payment_declined_keeps_the_authorisation(psp: PspProcess) -> None:
    payment = start_online(
        make_payable_order(),
        card_token="tok_capture_fails",
        capture_method=CaptureMethod.MANUAL,
    )

    with pytest.raises(payments.PaymentDeclined):
        payments.capture_payment(payment_id=payment.pk, reference="c1", actor=SYSTEM)

    assert counters(payment) == (5000, 0, 0, 0)
    assert payment.status == PaymentState.AUTHORISED
    attempt = PaymentAttempt.objects.get()
    assert (attempt.status, attempt.failure_code) == (AttemptState.FAILED, "capture_declined")


# --- void -----------------------------------------------------------------------------------------


def test_void_payment_gives_the_authorisation_free(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = held(order)

    payments.void_payment(payment_id=payment.pk, reference="v1", actor=SYSTEM)
    payments.void_payment(payment_id=payment.pk, reference="v1", actor=SYSTEM)

    assert counters(payment) == (0, 0, 0, 0)
    assert payment.status == PaymentState.VOIDED
    assert entries(payment) == [("authorisation", 5000), ("void", 5000)]
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PENDING
    assert broken_invariants() == {}


def test_void_payment_that_was_paid_meanwhile_books_the_money(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order)
    psp.decide(payment.provider_reference)

    with pytest.raises(payments.PaymentDeclined):
        payments.void_payment(payment_id=payment.pk, reference="v1", actor=SYSTEM)

    assert counters(payment) == (5000, 5000, 0, 0)
    assert payment.status == PaymentState.CAPTURED
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PAID


def test_void_payment_refuses_captured_and_counter_payments(psp: PspProcess) -> None:
    captured = start_online(make_payable_order(), card_token="tok_visa")
    cash = pay_in_cash(make_payable_order())

    for payment in (captured, cash):
        with nothing_changes(*TABLES), pytest.raises(payments.PaymentNotVoidable):
            payments.void_payment(payment_id=payment.pk, reference="v", actor=SYSTEM)


def test_cancel_open_payments_closes_pages_and_authorisations(psp: PspProcess) -> None:
    order = make_payable_order()
    authorised = held(order, amount_minor=2000)
    waiting = start_online(order)

    closed = payments.cancel_open_payments(order_id=order.pk, actor=SYSTEM)

    assert closed
    assert {counters(authorised), counters(waiting)} == {(0, 0, 0, 0)}
    assert {authorised.status, waiting.status} == {PaymentState.VOIDED}
    assert payments.cancel_open_payments(order_id=order.pk, actor=SYSTEM)


def test_cancel_open_payments_says_when_the_provider_is_away(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order)
    psp.set_faults(hang_seconds=0, timeout_before=1)

    assert not payments.cancel_open_payments(order_id=order.pk, actor=SYSTEM)

    assert PaymentAttempt.objects.get(payment=payment).status == AttemptState.OPEN


def test_calls_of_a_process_share_their_connections(psp: PspProcess) -> None:
    first = gateway_client()

    start_online(make_payable_order())

    assert gateway_client() is first
    assert not first.is_closed


def test_a_forked_process_does_not_touch_its_parents_connections(psp: PspProcess) -> None:
    start_online(make_payable_order())
    ours = id(gateway_client())
    reader, writer = os.pipe()

    child = os.fork()
    if not child:
        os.write(writer, b"own" if id(gateway_client()) != ours else b"shared")
        os._exit(0)

    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"own"
    os.close(reader)
    os.close(writer)


def test_a_call_after_the_provider_was_away_opens_a_new_connection(psp: PspProcess) -> None:
    start_online(make_payable_order())
    psp.kill()
    psp.start()

    payment = start_online(make_payable_order())

    assert payment.status == PaymentState.REQUIRES_ACTION
