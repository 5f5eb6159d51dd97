"""Messages of the card provider: forged, repeated, shuffled, about payments of nobody."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from standardwebhooks import Webhook

from orders.payments.models import Payment
from orders.sales.models import Order
from tests.api.bad_input.table import Bad, changed_since, digest_of_tables, send
from tests.api.walk import undone
from tests.api.world import World
from tests.factories.payments import make_payable_order, start_online
from tests.omni.local.psp.process import SECRET, PspProcess, Receiver, eventually

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bad-input")]

ANOTHER_SECRET = "whsec_YW5vdGhlci1zZWNyZXQtdGhhdC1pcy1ub3QtdGhlaXJz"
Message = tuple[dict[str, str], bytes]


def signed(body: Any, *, secret: str = SECRET, age: timedelta = timedelta(0)) -> Message:
    """A message as whoever holds the secret would send it."""
    text, moment = json.dumps(body), datetime.now(tz=UTC) - age
    identity = str(body.get("id", "")) if isinstance(body, dict) else "none"
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(identity, moment, text),
    }
    return headers, text.encode()


def deliver(message: Message) -> Any:
    """The message arrives at our endpoint."""
    headers, body = message
    sent = {name: value for name, value in headers.items() if name.startswith("webhook-")}
    return Client().post(
        "/api/v1/payments/webhooks/psp", body, content_type="application/json", headers=sent
    )


def captured(world: World) -> dict[str, Any]:
    """What the provider would say of a payment of ours that it captured in full."""
    payment = Payment.objects.get(pk=world.ids["gil"]["payment"])
    told = {
        "id": payment.provider_reference,
        "idempotency_key": str(payment.pk),
        "status": "captured",
        "currency": "EUR",
        "amount": payment.amount_minor,
        "authorised": payment.amount_minor,
        "failure_code": None,
        "redirect_url": None,
    }
    return {"id": f"msg_{uuid4().hex}", "type": "payment.captured", "data": {"payment": told}}


def _unsigned(body: Mapping[str, Any]) -> Message:
    return {}, json.dumps(body).encode()


def _of_another(body: Mapping[str, Any]) -> Message:
    return signed(body, secret=ANOTHER_SECRET)


def _too_old(body: Mapping[str, Any]) -> Message:
    return signed(body, age=timedelta(minutes=6))


def _from_the_future(body: Mapping[str, Any]) -> Message:
    return signed(body, age=-timedelta(minutes=6))


def _changed_on_the_way(body: Mapping[str, Any]) -> Message:
    headers, raw = signed(body)
    return headers, raw.replace(b'"captured"', b'"authorised"')


def _under_another_id(body: Mapping[str, Any]) -> Message:
    headers, raw = signed(body)
    return headers | {"webhook-id": "msg_other"}, raw


def _without_an_id(body: Mapping[str, Any]) -> Message:
    return signed({name: value for name, value in body.items() if name != "id"})


def _no_object(body: Mapping[str, Any]) -> Message:
    return signed([body])


def _no_time_stamp(body: Mapping[str, Any]) -> Message:
    headers, raw = signed(body)
    return headers | {"webhook-timestamp": "yesterday"}, raw


FORGERIES = [
    _unsigned,
    _of_another,
    _too_old,
    _from_the_future,
    _changed_on_the_way,
    _under_another_id,
    _without_an_id,
    _no_object,
    _no_time_stamp,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_forged_message_changes_nothing(bad_world: World, forge: Any) -> None:
    with undone():
        message = forge(captured(bad_world))
        before = digest_of_tables()

        answer = deliver(message)

        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
        assert "Sign it and send it again" in answer.json()["detail"]
        assert changed_since(before) == []


def test_message_that_is_no_json_changes_nothing(bad_world: World) -> None:
    with undone():
        headers, raw = signed(captured(bad_world))
        before = digest_of_tables()

        answer = deliver((headers, raw[:-1]))

        assert answer.status_code in (400, 401)
        assert answer.json()["code"] in ("parse_error", "signature_invalid")
        assert changed_since(before) == []


def test_message_about_a_payment_of_nobody_is_kept_and_becomes_an_incident(
    bad_world: World,
) -> None:
    with undone():
        body = captured(bad_world)
        body["data"]["payment"] |= {"id": "pay_unknown", "idempotency_key": str(uuid4())}
        before = digest_of_tables()

        answer = deliver(signed(body))

        assert answer.status_code == 204
        assert set(changed_since(before)) <= {"omni_event", "omni_incident", "orders_providerevent"}


@pytest.fixture
def told(psp_process: PspProcess, receiver: Receiver, bad_world: World) -> Any:
    """An order's payment that the shopper approved, with the provider's messages about it."""

    def tell() -> tuple[Payment, list[Message]]:
        payment = start_online(make_payable_order())
        provider_id = payment.provider_reference
        psp_process.decide(provider_id)

        def found() -> list[Message]:
            return [each for each in receiver.received if provider_id.encode() in each[1]]

        eventually(lambda: len(found()) >= 2)
        return payment, found()

    return tell


def test_repeated_messages_change_nothing(told: Any) -> None:
    with undone():
        _payment, messages = told()
        for message in messages:
            assert deliver(message).status_code == 204
        before = digest_of_tables()

        answers = [deliver(message) for message in messages * 3]

        assert {answer.status_code for answer in answers} == {204}
        assert changed_since(before) == []


def test_shuffled_messages_end_in_the_same_state(told: Any) -> None:
    ends = []
    for order in itertools.permutations(range(2)):
        with undone():
            payment, messages = told()

            for place in order:
                assert deliver(messages[place]).status_code == 204

            payment.refresh_from_db()
            paid = Order.objects.get(pk=payment.order_id)
            entries = sorted(payment.entries.values_list("kind", "amount_minor"))
            ends.append((payment.status, payment.captured_minor, paid.payment_status, entries))
    assert ends[0] == ends[1]
    assert ends[0][0] == "captured"


def test_message_over_the_shop_pays_nothing_by_itself(bad_world: World) -> None:
    """A storefront cannot say that something was paid: only a signed message can."""
    row = Bad("", "guest", "POST payments/webhooks/psp", captured(bad_world), 401, "", "")
    with undone():
        before = digest_of_tables()

        answer = send(bad_world, row)

        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
        assert changed_since(before) == []
