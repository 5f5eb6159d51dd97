"""Webhooks: signed, stored once, folded to the same state in any order; and what they find."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from omni.access.actor import SYSTEM
from omni.core import clock
from omni.events.models import StoredEvent
from omni.work import operations as work
from omni.work.models import Incident
from orders.payments import operations as payments
from orders.payments.models import (
    CaptureMethod,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    PaymentState,
    ProviderEvent,
    Refund,
    RefundState,
)
from orders.sales.models import Order, OrderStatus, PaymentStatus
from tests.factories.payments import make_payable_order, start_online
from tests.omni.local.psp.process import SECRET, PspProcess
from tests.orders.payments.conftest import Message, broken_invariants, deliver, nothing_changes

pytestmark = pytest.mark.django_db
TABLES = (Payment, PaymentEvent, Refund, Order, ProviderEvent, Incident)
Messages = Callable[[str, int], list[Message]]


def state(payment: Payment) -> tuple[object, ...]:
    """What must be the same, whatever way led to it."""
    payment.refresh_from_db()
    order = Order.objects.get(pk=payment.order_id)
    entries = payment.entries.values_list("kind", "amount_minor").order_by("kind", "amount_minor")
    return (
        payment.status,
        payment.authorised_minor,
        payment.captured_minor,
        payment.refunding_minor,
        payment.refunded_minor,
        list(entries),
        order.payment_status,
    )


def signed(
    body: dict[str, object], *, age: timedelta = timedelta(0), secret: str = SECRET
) -> Message:
    """A message as the provider would sign it."""
    text, moment = json.dumps(body), datetime.now(tz=UTC) - age
    headers = {
        "Webhook-Id": str(body.get("id")),
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(str(body.get("id")), moment, text),
    }
    return headers, text.encode()


def test_webhook_pays_the_order(psp: PspProcess, messages: Messages) -> None:
    order = make_payable_order()
    payment = start_online(order)
    psp.decide(payment.provider_reference)

    orders = [deliver(message) for message in messages(payment.provider_reference, 2)]

    assert orders == [order.pk, order.pk]
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == (PaymentState.CAPTURED, 5000)
    assert payment.next_action is None
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PAID
    assert not ProviderEvent.objects.filter(applied_at=None).exists()
    assert broken_invariants() == {}


def test_webhook_twice_changes_nothing(psp: PspProcess, messages: Messages) -> None:
    payment = start_online(make_payable_order())
    psp.decide(payment.provider_reference)
    heard = messages(payment.provider_reference, 2)
    for message in heard:
        deliver(message)

    with nothing_changes(*TABLES, StoredEvent):
        for message in heard * 3:
            deliver(message)


def test_webhooks_in_any_order_end_in_the_same_state(psp: PspProcess, messages: Messages) -> None:
    def told() -> tuple[Payment, list[Message]]:
        payment = start_online(make_payable_order())
        provider_id = payment.provider_reference
        psp.decide(provider_id)
        for key, amount in (("a", 1000), ("b", 500)):
            psp.request(
                "POST",
                f"/v1/payments/{provider_id}/refunds",
                key=f"{provider_id}{key}",
                json={"amount": amount},
            ).raise_for_status()
        return payment, messages(provider_id, 4)

    def in_order_of_events(message: Message) -> float:
        created: float = json.loads(message[1])["created_at"]
        return created

    every_order = list(itertools.permutations(range(4)))
    # The first and the last are in order and backwards.
    orders = [every_order[0], every_order[-1], *random.Random(3).sample(every_order[1:-1], 6)]
    ends = []
    for permutation in orders:
        payment, heard = told()
        heard = sorted(heard, key=in_order_of_events)
        for position in permutation:
            deliver(heard[position])
        ends.append(state(payment))

    expected = (
        PaymentState.CAPTURED,
        5000,
        5000,
        0,
        1500,
        [("authorisation", 5000), ("capture", 5000), ("refund", 500), ("refund", 1000)],
        PaymentStatus.PARTLY_REFUNDED,
    )
    assert ends == [expected] * 8
    assert not ProviderEvent.objects.filter(applied_at=None).exists()
    assert broken_invariants() == {}


def test_webhooks_repeated_and_shuffled_end_in_the_same_state(
    psp: PspProcess, messages: Messages
) -> None:
    dice = random.Random(11)
    ends = set()
    for _ in range(5):
        payment = start_online(
            make_payable_order(), card_token="tok_visa", capture_method=CaptureMethod.MANUAL
        )
        payments.capture_payment(
            payment_id=payment.pk, reference=f"{payment.pk}/c", amount_minor=1999, actor=SYSTEM
        )
        heard = messages(payment.provider_reference, 2) * 4
        dice.shuffle(heard)
        for message in heard:
            deliver(message)
        ends.add(str(state(payment)))

    assert len(ends) == 1
    assert broken_invariants() == {}


def test_webhook_of_a_void_heard_before_the_authorisation(
    psp: PspProcess, messages: Messages
) -> None:
    payment = start_online(make_payable_order(), capture_method=CaptureMethod.MANUAL)
    provider_id = payment.provider_reference
    psp.decide(provider_id)
    psp.request("POST", f"/v1/payments/{provider_id}/void", key=provider_id, json={})
    heard = {json.loads(m[1])["type"]: m for m in messages(provider_id, 2)}

    deliver(heard["payment.voided"])
    deliver(heard["payment.authorised"])

    assert state(payment) == (
        PaymentState.VOIDED,
        0,
        0,
        0,
        0,
        [("authorisation", 5000), ("void", 5000)],
        PaymentStatus.PENDING,
    )


def test_webhook_of_an_expired_page_ends_the_payment(psp: PspProcess, messages: Messages) -> None:
    payment = start_online(make_payable_order())
    psp.request("POST", f"/sandbox/payments/{payment.provider_reference}/expire")

    for message in messages(payment.provider_reference, 1):
        deliver(message)

    payment.refresh_from_db()
    assert (payment.status, payment.next_action) == (PaymentState.EXPIRED, None)


def test_webhook_before_the_answer_of_the_start_is_known(
    psp: PspProcess, messages: Messages
) -> None:
    order = make_payable_order()
    psp.set_faults(hang_seconds=0, once=[["payment", "timeout_after"]])
    payment = start_online(order, card_token="tok_visa")
    assert (payment.status, payment.provider_reference) == (PaymentState.UNKNOWN, "")

    for message in messages(str(payment.pk), 2):
        deliver(message)

    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == (PaymentState.CAPTURED, 5000)


def test_webhook_of_a_refund_made_at_the_provider_is_booked(
    psp: PspProcess, messages: Messages
) -> None:
    payment = start_online(make_payable_order(), card_token="tok_visa")
    provider_id = payment.provider_reference
    psp.request("POST", f"/v1/payments/{provider_id}/refunds", key="by-hand", json={"amount": 700})

    for message in messages(provider_id, 3):
        deliver(message)

    made = Refund.objects.get()
    assert (made.status, made.amount_minor) == (RefundState.SUCCEEDED, 700)
    assert made.reference.startswith("provider:rf_")
    payment.refresh_from_db()
    assert payment.refunded_minor == 700
    assert broken_invariants() == {}


def test_webhook_settles_a_refund_of_ours_once(psp: PspProcess, messages: Messages) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")
    psp.set_faults(async_refund_seconds=1.5)
    made = payments.refund_payment(
        order_id=order.pk, amount_minor=700, reference="r", actor=SYSTEM
    )[0]
    assert made.status == RefundState.PENDING

    for message in messages(payment.provider_reference, 3) * 2:
        deliver(message)

    made.refresh_from_db()
    assert made.status == RefundState.SUCCEEDED
    assert Refund.objects.count() == 1
    assert broken_invariants() == {}


def told_of(refund: Refund, status: str, number: int = 1) -> Message:
    """What the provider says of a refund of ours."""
    payment = refund.payment
    return signed(
        {
            "id": f"evt_{refund.pk}_{status}_{number}",
            "type": f"refund.{status}",
            "data": {
                "payment": {
                    "id": payment.provider_reference,
                    "idempotency_key": str(payment.pk),
                    "status": "captured",
                    "currency": payment.currency,
                    "amount": payment.amount_minor,
                    "authorised": payment.amount_minor,
                    "failure_code": None,
                    "redirect_url": None,
                },
                "refund": {
                    "id": f"rf_{refund.pk.hex}",
                    "amount": refund.amount_minor,
                    "status": status,
                    "idempotency_key": str(refund.pk),
                },
            },
        }
    )


def failed_refund(amount_minor: int) -> Refund:
    """One that the provider refused, of a payment of 50.00."""
    order = make_payable_order()
    start_online(order, card_token="tok_refund_fails")
    made = payments.refund_payment(
        order_id=order.pk, amount_minor=amount_minor, reference="r", actor=SYSTEM
    )[0]
    assert made.status == RefundState.FAILED
    return made


def test_webhook_of_a_refund_that_had_failed_here_books_it_and_is_an_incident(
    psp: PspProcess,
) -> None:
    refund = failed_refund(700)
    asks_to_give_it = Incident.objects.get()

    for _again in range(2):
        deliver(told_of(refund, "succeeded"))

    refund.refresh_from_db()
    assert (refund.status, refund.failure_code) == (RefundState.SUCCEEDED, "")
    payment = Payment.objects.get()
    assert (payment.refunded_minor, payment.refunding_minor) == (700, 0)
    assert PaymentEvent.objects.filter(kind="refund").count() == 1
    assert StoredEvent.objects.filter(type="refund.succeeded").count() == 1
    incident = Incident.objects.get()
    assert (incident.kind, incident.times) == ("refund_failed", 2)
    assert incident.summary != asks_to_give_it.summary
    assert Order.objects.get().payment_status == PaymentStatus.PARTLY_REFUNDED
    assert broken_invariants() == {}


def test_webhook_of_a_late_refund_waits_for_the_money_of_the_one_in_its_place(
    psp: PspProcess,
) -> None:
    refund = failed_refund(3000)
    payments.request_refund(
        order_id=refund.payment.order_id, amount_minor=3000, reference="again", actor=SYSTEM
    )

    with nothing_changes(Payment, PaymentEvent, Refund, Order):
        deliver(told_of(refund, "succeeded"))

    assert Incident.objects.get().details["is_booked"] is False
    payments.carry_out_for_order(order_id=refund.payment.order_id)
    sweep()
    states = Refund.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == [RefundState.SUCCEEDED, RefundState.FAILED]
    assert ProviderEvent.objects.filter(applied_at=None).count() == 0
    assert broken_invariants() == {}


def test_late_refund_that_waits_is_told_once_also_after_staff_decided(psp: PspProcess) -> None:
    refund = failed_refund(3000)
    payments.request_refund(
        order_id=refund.payment.order_id, amount_minor=3000, reference="again", actor=SYSTEM
    )
    deliver(told_of(refund, "succeeded"))
    told = Incident.objects.get()
    assert (told.times, told.details["is_booked"]) == (2, False)

    with nothing_changes(Incident):
        deliver(told_of(refund, "succeeded", 2))
    work.decide_incident(incident_id=told.pk, decision="wait", actor=SYSTEM)
    with nothing_changes(Incident):
        deliver(told_of(refund, "succeeded", 3))

    payments.carry_out_for_order(order_id=refund.payment.order_id)
    deliver(told_of(refund, "succeeded", 4))
    refund.refresh_from_db()
    assert refund.status == RefundState.SUCCEEDED
    booked = Incident.objects.get(subject_id=str(refund.pk), status="open")
    assert booked.details["is_booked"] is True


def test_webhook_of_a_failure_after_the_refund_was_given_changes_no_money(
    psp: PspProcess,
) -> None:
    refund = failed_refund(700)
    deliver(told_of(refund, "succeeded"))

    with nothing_changes(Payment, PaymentEvent, Refund, Order, Incident):
        deliver(told_of(refund, "failed"))


# --- forgeries ------------------------------------------------------------------------------------


def forgeries(genuine: Message) -> list[Message]:
    headers, body = genuine
    other = {**headers}
    other["webhook-signature"] = "v1,AAAA"
    moved = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}
    renamed = {**headers, "webhook-id": "evt_other"}
    wrong_secret = signed(json.loads(body), secret="whsec_" + "A" * 32)
    return [
        ({}, body),
        (other, body),
        ({**headers, "webhook-signature": "nonsense"}, body),
        ({**headers, "webhook-signature": "v1,é"}, body),
        ({**headers, "webhook-signature": ""}, body),
        (moved, body),
        (renamed, body),
        ({**headers, "webhook-timestamp": "nan"}, body),
        (headers, body.replace(b"5000", b"9000")),
        (headers, body + b" "),
        (headers, b"\xff\xfe"),
        (headers, b""),
        wrong_secret,
        signed(json.loads(body), age=timedelta(minutes=6)),
        signed(json.loads(body), age=timedelta(minutes=-6)),
        signed({"type": "payment.captured"}),
    ]


def test_forged_webhooks_are_refused_and_nothing_is_stored(
    psp: PspProcess, messages: Messages
) -> None:
    payment = start_online(make_payable_order())
    psp.decide(payment.provider_reference)
    genuine = messages(payment.provider_reference, 2)[0]

    with nothing_changes(*TABLES, StoredEvent):
        for forged in forgeries(genuine):
            with pytest.raises(payments.SignatureInvalid):
                deliver(forged)


def test_webhook_of_a_strangers_payment_is_kept_as_an_incident(psp: PspProcess) -> None:
    body = {
        "id": "evt_stranger",
        "type": "payment.captured",
        "data": {
            "payment": {
                "id": "pay_stranger",
                "idempotency_key": "not-a-payment-of-ours",
                "status": "captured",
                "currency": "EUR",
                "amount": 5,
                "authorised": 5,
                "failure_code": None,
                "redirect_url": None,
            }
        },
    }

    assert deliver(signed(body)) is None
    assert deliver(signed(body)) is None

    assert ProviderEvent.objects.get().applied_at is None
    assert Incident.objects.get().kind == "unknown_provider_payment"


@pytest.mark.parametrize(
    "body",
    [
        {"id": "evt_1"},
        {"id": "evt_1", "type": "account.updated", "data": {}},
        {"id": "evt_1", "type": "x", "data": []},
        {"id": "evt_1", "type": "x", "data": {"payment": "pay_1"}},
        {"id": "evt_1", "type": "x", "data": {"payment": {"id": "pay_1"}}},
    ],
)
def test_webhook_of_an_unknown_kind_is_stored_and_not_carried_out(
    psp: PspProcess, body: dict[str, object]
) -> None:
    deliver(signed(body))

    assert ProviderEvent.objects.get().applied_at is None
    assert not Payment.objects.exists()


def test_webhook_that_contradicts_our_currency_changes_no_money(
    psp: PspProcess, messages: Messages
) -> None:
    payment = start_online(make_payable_order())
    psp.decide(payment.provider_reference)
    Payment.objects.filter(pk=payment.pk).update(currency="SEK")

    with nothing_changes(Payment, PaymentEvent, Refund, Order):
        for message in messages(payment.provider_reference, 2):
            deliver(message)

    assert Incident.objects.get().kind == "provider_contradicts"


# --- money for orders that are over ---------------------------------------------------------------


@pytest.mark.parametrize("status", [OrderStatus.FAILED, OrderStatus.CANCELLED])
def test_money_for_a_dead_order_goes_back_and_is_an_incident(
    psp: PspProcess, messages: Messages, status: str
) -> None:
    order = make_payable_order()
    payment = start_online(order)
    Order.objects.filter(pk=order.pk).update(status=status)
    psp.decide(payment.provider_reference)

    for message in messages(payment.provider_reference, 2):
        deliver(message)
    assert broken_invariants() == {}
    payments.carry_out_for_order(order_id=order.pk)

    payment.refresh_from_db()
    assert (payment.captured_minor, payment.refunded_minor) == (5000, 5000)
    incident = Incident.objects.get()
    assert (incident.kind, incident.subject_id) == ("money_without_order", str(payment.pk))
    order.refresh_from_db()
    assert (order.status, order.payment_status) == (status, PaymentStatus.REFUNDED)


def test_authorisation_of_a_dead_order_is_voided(psp: PspProcess, messages: Messages) -> None:
    order = make_payable_order()
    payment = start_online(order, capture_method=CaptureMethod.MANUAL)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.FAILED)
    psp.decide(payment.provider_reference)

    for message in messages(payment.provider_reference, 1):
        deliver(message)
    payments.carry_out_for_order(order_id=order.pk)

    payment.refresh_from_db()
    assert (payment.status, payment.authorised_minor) == (PaymentState.VOIDED, 0)


def test_rest_of_a_capture_in_part_of_a_dead_order_is_voided(
    psp: PspProcess, messages: Messages
) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)
    payments.capture_payment(
        payment_id=payment.pk, reference="part", amount_minor=2000, actor=SYSTEM
    )
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.FAILED)

    for message in messages(payment.provider_reference, 2):
        deliver(message)
    payments.carry_out_for_order(order_id=order.pk)

    payment.refresh_from_db()
    assert (payment.status, payment.authorised_minor) == (PaymentState.CAPTURED, 2000)
    seen = psp.request("GET", f"/v1/payments/{payment.provider_reference}").json()
    assert seen["status"] == "voided"


# --- doubt ----------------------------------------------------------------------------------------


def sweep() -> payments.Swept:
    with clock.moved(by=timedelta(minutes=2)):
        return payments.sweep_unknown_payments()


def test_start_that_timed_out_before_its_effect_is_swept(psp: PspProcess) -> None:
    order = make_payable_order()
    psp.set_faults(hang_seconds=0, once=[["payment", "timeout_before"]])

    payment = start_online(order)

    assert (payment.status, payment.next_action) == (PaymentState.UNKNOWN, None)
    assert sweep().order_ids == {order.pk}
    payment.refresh_from_db()
    assert payment.status == PaymentState.REQUIRES_ACTION
    assert payment.next_action is not None
    assert len(psp.request("GET", f"/v1/payments?reference={order.number}").json()["data"]) == 1


@pytest.mark.parametrize("fault", ["timeout_after", "error_after"])
def test_start_with_a_card_that_had_its_effect_is_swept(psp: PspProcess, fault: str) -> None:
    order = make_payable_order()
    psp.set_faults(hang_seconds=0, once=[["payment", fault]])

    payment = start_online(order, card_token="tok_visa")

    assert payment.status == PaymentState.UNKNOWN
    assert order.payment_status == PaymentStatus.PENDING
    sweep()
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == (PaymentState.CAPTURED, 5000)
    found = psp.request("GET", f"/v1/payments?idempotency_key={payment.pk}").json()["data"]
    assert [row["captured"] for row in found] == [5000]
    assert broken_invariants() == {}


def test_start_repeated_by_the_customer_in_doubt_pays_once(psp: PspProcess) -> None:
    order = make_payable_order()
    psp.set_faults(hang_seconds=0, once=[["payment", "timeout_after"]])
    start_online(order, card_token="tok_visa", reference="tap")

    again = start_online(order, card_token="tok_visa", reference="tap")

    assert (again.status, again.captured_minor) == (PaymentState.CAPTURED, 5000)
    assert Payment.objects.count() == 1


def test_sweep_leaves_doubt_while_the_provider_is_away(psp: PspProcess) -> None:
    payment = start_online(make_payable_order())
    psp.set_faults(hang_seconds=0, timeout_before=1)
    order = make_payable_order()
    doubtful = start_online(order)

    swept = sweep()

    assert swept.payments == 2
    doubtful.refresh_from_db()
    payment.refresh_from_db()
    assert (doubtful.status, payment.status) == (
        PaymentState.UNKNOWN,
        PaymentState.REQUIRES_ACTION,
    )
    assert payments.sweep_unknown_payments().payments == 0, "asked a moment ago"


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after", "error_before"])
def test_capture_in_doubt_is_swept_once(psp: PspProcess, fault: str) -> None:
    payment = start_online(
        make_payable_order(), card_token="tok_visa", capture_method=CaptureMethod.MANUAL
    )
    psp.set_faults(hang_seconds=0, once=[["capture", fault]])

    with pytest.raises(payments.PaymentUnclear):
        payments.capture_payment(payment_id=payment.pk, reference="c", actor=SYSTEM)
    with pytest.raises(payments.PaymentInProgress):
        payments.capture_payment(payment_id=payment.pk, reference="other", actor=SYSTEM)
    sweep()

    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == (PaymentState.CAPTURED, 5000)
    assert PaymentAttempt.objects.get().status == "succeeded"
    assert broken_invariants() == {}


def test_sweep_hears_of_a_payment_whose_webhooks_were_lost(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order)
    psp.set_faults(drop_webhooks=1, late_seconds=600)
    psp.decide(payment.provider_reference)

    assert order.pk in sweep().order_ids

    payment.refresh_from_db()
    assert payment.status == PaymentState.CAPTURED


def test_sweep_hears_of_a_capture_whose_webhook_alone_was_lost(
    psp: PspProcess, messages: Messages
) -> None:
    order = make_payable_order()
    payment = start_online(order)
    psp.decide(payment.provider_reference)
    authorised, _captured = sorted(
        messages(payment.provider_reference, 2),
        key=lambda heard: json.loads(heard[1])["created_at"],
    )
    deliver(authorised)
    payment.refresh_from_db()
    assert payment.status == PaymentState.AUTHORISED

    assert order.pk in sweep().order_ids

    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == (PaymentState.CAPTURED, 5000)
    assert broken_invariants() == {}


def test_sweep_applies_messages_that_were_only_stored(psp: PspProcess, messages: Messages) -> None:
    payment = start_online(make_payable_order())
    psp.decide(payment.provider_reference)
    for _, body in messages(payment.provider_reference, 2):
        message = json.loads(body)
        ProviderEvent.objects.create(
            provider="psp",
            provider_event_id=message["id"],
            type=message["type"],
            subject=payment.provider_reference,
            payload=message,
            received_at=clock.now(),
        )

    with clock.moved(by=timedelta(seconds=30)):
        swept = payments.sweep_unknown_payments()

    assert (swept.payments, swept.events) == (0, 1)
    payment.refresh_from_db()
    assert payment.status == PaymentState.CAPTURED
    assert not ProviderEvent.objects.filter(applied_at=None).exists()
