"""Payments over HTTP: paying, the provider's webhooks, refunds by staff; who may and who not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from inventory.channels.models import Channel
from omni.core.secrets import digest, new_secret
from omni.events.models import StoredEvent
from orders.payments.models import Payment, PaymentEvent, ProviderEvent, Refund
from orders.sales.models import Order, OrderStatus, PaymentStatus
from tests.factories.inventory import make_channel, make_location
from tests.factories.omni import make_api_key, make_channel_key
from tests.factories.payments import add_line, make_payable_order, start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import Message, nothing_changes

pytestmark = pytest.mark.django_db
TABLES = (Payment, PaymentEvent, Refund, Order, ProviderEvent)
Messages = Callable[[str, int], list[Message]]


def guest(channel: Channel | None = None) -> tuple[Order, dict[str, str]]:
    """An order of a guest, and what their storefront sends."""
    channel = channel or make_channel()
    token = new_secret("ot")
    order = make_payable_order(channel=channel, token_digest=digest(token))
    add_line(order)
    key = make_channel_key(channel.pk)
    return order, {"X-Channel-Key": key.secret, "X-Order-Token": token}


def post(
    path: str, body: dict[str, Any], headers: dict[str, str], *, key: str | None = None
) -> Any:
    sent = {**headers, "Idempotency-Key": key or str(uuid4())}
    return Client().post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=sent
    )


def get(path: str, headers: dict[str, str]) -> Any:
    return Client().get(f"/api/v1/{path}", headers=headers)


def staff(*permissions: str, **over: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_api_key(*permissions, **over).secret}"}


BODY = {"return_url": "https://shop.test/return"}


def test_pay_order_answers_with_the_next_action(psp: PspProcess) -> None:
    order, headers = guest()

    answer = post(f"orders/{order.pk}/payments", BODY, headers)

    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert shown["status"] == "requires_action"
    assert shown["amount"] == {"amount": 5000, "currency": "EUR"}
    assert shown["next_action"]["type"] == "redirect"
    assert shown["next_action"]["url"].startswith(f"{psp.url}/pay/")
    again = get(f"orders/{order.pk}/payments/{shown['id']}", headers)
    assert again.json() == shown
    assert get(f"orders/{order.pk}/payments", headers).json() == {"results": [shown]}


def test_pay_order_with_a_card_confirms_the_order(psp: PspProcess) -> None:
    order, headers = guest()

    answer = post(f"orders/{order.pk}/payments", {**BODY, "card_token": "tok_visa"}, headers)

    assert answer.json()["status"] == "captured"
    order.refresh_from_db()
    assert (order.status, order.payment_status) == (OrderStatus.CONFIRMED, PaymentStatus.PAID)


def test_pay_order_twice_with_the_key_is_one_payment(psp: PspProcess) -> None:
    order, headers = guest()
    key = str(uuid4())

    first, again = (post(f"orders/{order.pk}/payments", BODY, headers, key=key) for _ in range(2))

    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Payment.objects.count() == 1


def test_pay_order_says_wait_when_the_provider_does_not_answer(psp: PspProcess) -> None:
    order, headers = guest()
    psp.set_faults(hang_seconds=0, timeout_after=1)

    answer = post(f"orders/{order.pk}/payments", BODY, headers)

    assert (answer.status_code, answer.json()["status"]) == (201, "unknown")
    assert answer.json()["next_action"] == {"type": "wait", "url": None}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"return_url": "javascript:alert(1)"}, "invalid"),
        ({"return_url": "http://a b"}, "invalid"),
        ({**BODY, "amount": 5}, "invalid"),
        ({**BODY, "amount": {"amount": 0, "currency": "EUR"}}, "invalid"),
        ({**BODY, "amount": {"amount": 5, "currency": "USD"}}, "currency_mismatch"),
        ({**BODY, "amount": {"amount": 5, "currency": "XXX9"}}, "invalid"),
        ({**BODY, "card_token": "4242 4242 4242 4242"}, "invalid"),
        ({**BODY, "status": "captured"}, "invalid"),
    ],
)
def test_pay_order_refuses_bad_input(psp: PspProcess, body: dict[str, Any], code: str) -> None:
    order, headers = guest()

    with nothing_changes(*TABLES):
        answer = post(f"orders/{order.pk}/payments", body, headers)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_pay_order_says_why_it_is_not_possible(psp: PspProcess) -> None:
    order, headers = guest()
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.FAILED)

    with nothing_changes(*TABLES):
        answer = post(f"orders/{order.pk}/payments", BODY, headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_payable")


def test_payments_of_others_look_like_none(psp: PspProcess) -> None:
    order, headers = guest()
    other, _ = guest(order.channel)
    foreign = start_online(other)
    unknown = uuid4()

    for order_id in (other.pk, unknown):
        with nothing_changes(*TABLES):
            answers = [
                post(f"orders/{order_id}/payments", BODY, headers),
                get(f"orders/{order_id}/payments", headers),
                get(f"orders/{order_id}/payments/{foreign.pk}", headers),
                get(f"orders/{order.pk}/payments/{foreign.pk}", headers),
            ]
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.json()["code"] for answer in answers} == {"not_found"}
    without_key = post(f"orders/{order.pk}/payments", BODY, {})
    assert without_key.status_code == 401


# --- webhooks -------------------------------------------------------------------------------------


def send(message: Message, **over: str) -> Any:
    headers, body = message
    kept = {name: value for name, value in headers.items() if name.startswith("webhook-")}
    return Client().post(
        "/api/v1/payments/webhooks/psp",
        body,
        content_type="application/json",
        headers={**kept, **over},
    )


def test_webhook_confirms_the_order(psp: PspProcess, messages: Messages) -> None:
    order, headers = guest()
    shown = post(f"orders/{order.pk}/payments", BODY, headers).json()
    payment = Payment.objects.get(pk=shown["id"])
    psp.decide(payment.provider_reference)

    answers = [send(message) for message in messages(payment.provider_reference, 2) * 2]

    assert [answer.status_code for answer in answers] == [204] * 4
    order.refresh_from_db()
    assert (order.status, order.payment_status) == (OrderStatus.CONFIRMED, PaymentStatus.PAID)
    paid = get(f"orders/{order.pk}/payments/{payment.pk}", headers).json()
    assert (paid["status"], paid["next_action"]) == ("captured", None)
    assert StoredEvent.objects.filter(type="order.confirmed").count() == 1


def test_webhook_forged_is_401_and_stores_nothing(psp: PspProcess, messages: Messages) -> None:
    payment = start_online(make_payable_order())
    psp.decide(payment.provider_reference)
    genuine = messages(payment.provider_reference, 2)[0]

    with nothing_changes(*TABLES):
        answers = [
            send(genuine, **{"webhook-signature": "v1,AAAA"}),
            send(genuine, **{"webhook-id": "evt_other"}),
            send((genuine[0], genuine[1] + b" ")),
            send(({}, genuine[1])),
        ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (401, "signature_invalid")
    ] * 4


# --- staff ----------------------------------------------------------------------------------------


def test_refund_order_by_staff(psp: PspProcess) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa")
    headers = staff("payments.refund", "payments.view")
    body = {"amount": {"amount": 2000, "currency": "EUR"}, "reason": "Damaged"}
    key = str(uuid4())

    first, again = (
        post(f"staff/orders/{order.pk}/refunds", body, headers, key=key) for _ in range(2)
    )

    assert first.status_code == 201, first.content
    assert first.content == again.content
    assert Refund.objects.get().status == "succeeded"
    listed = get(f"staff/orders/{order.pk}/refunds", headers).json()["results"]
    assert [row["amount"] for row in listed] == [{"amount": 2000, "currency": "EUR"}]
    paid = get(f"staff/orders/{order.pk}/payments", headers).json()["results"]
    assert [row["refunded"]["amount"] for row in paid] == [2000]


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        ({"amount": 5001, "currency": "EUR"}, 409, "refund_too_large"),
        ({"amount": 0, "currency": "EUR"}, 400, "invalid"),
        ({"amount": 5, "currency": "SEK"}, 400, "currency_mismatch"),
    ],
)
def test_refund_order_refuses(
    psp: PspProcess, amount: dict[str, Any], status: int, code: str
) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa")
    body = {"amount": amount, "reason": "Damaged"}

    with nothing_changes(*TABLES):
        answer = post(f"staff/orders/{order.pk}/refunds", body, staff("payments.refund"))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_refund_order_needs_permission_and_sight(psp: PspProcess) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa")
    body = {"amount": {"amount": 5, "currency": "EUR"}, "reason": "Damaged"}
    elsewhere = make_location()
    scope = {"scope_kind": "location", "scope_ids": [elsewhere.pk]}

    with nothing_changes(*TABLES):
        denied = post(f"staff/orders/{order.pk}/refunds", body, staff("payments.view"))
        hidden = post(f"staff/orders/{order.pk}/refunds", body, staff("payments.refund", **scope))
        nobody = post(f"staff/orders/{order.pk}/refunds", body, {})

    assert (denied.status_code, hidden.status_code, nobody.status_code) == (403, 404, 401)
    assert get(f"staff/orders/{order.pk}/payments", staff("orders.view")).status_code == 403
