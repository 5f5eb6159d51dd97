"""What staff see of messages: head office all, a store about its orders; codes nobody."""

from typing import Any

import pytest
from django.test import Client

from omni.core.ids import uuid7
from omni.events import operations as events
from omni.messages import operations as messages
from omni.messages.models import Message
from tests.factories.messages import make_message
from tests.factories.omni import make_staff, staff_client
from tests.factories.orders_work import Shop, code_of, make_order, make_ready, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop(language="en", country="GB")


def ready_message(shop: Shop) -> tuple[Message, str]:
    row = make_ready(make_order(shop))
    events.drain()
    messages.send_due()
    return Message.objects.get(purpose="pickup_ready"), code_of(row)


def get(client: Client, address: str) -> Any:
    return client.get(f"/office/{address}")


def test_head_office_reads_the_ledger_by_state_order_and_customer(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    message, code = ready_message(shop)
    customer_id = uuid7()
    make_message(subject="To a customer", customer_id=customer_id)
    office = staff_client(make_staff("orders.view", "customers.view"))

    with django_assert_max_num_queries(12):
        everything = get(office, "messages").content.decode()
    of_order = get(office, f"messages?order={message.subject_id}").content.decode()
    of_customer = get(office, f"messages?customer={customer_id}").content.decode()
    waiting = get(office, "messages?state=queued").content.decode()
    one = get(office, f"messages/{message.pk}").content.decode()

    assert "To a customer" in everything
    assert message.subject in everything
    assert "To a customer" not in of_order
    assert message.subject in of_order
    for shown in (of_customer, waiting):
        assert "To a customer" in shown
        assert message.subject not in shown
    assert "e•••@example.com" in one
    assert code not in one
    assert "eve@example.com" not in everything + one


def test_a_store_sees_what_concerns_its_orders_alone(shop: Shop) -> None:
    message, _code = ready_message(shop)
    foreign = make_message(subject="Not about an order")
    lyon, nice = (
        staff_client(make_staff("orders.view", "customers.view", location_id=store.pk))
        for store in (shop.lyon, shop.nice)
    )

    assert message.subject not in get(lyon, "messages").content.decode()
    assert message.subject in get(lyon, f"messages?order={message.subject_id}").content.decode()
    assert get(lyon, f"messages/{message.pk}").status_code == 200
    for client, address in (
        (nice, f"messages?order={message.subject_id}"),
        (nice, f"messages/{message.pk}"),
        (lyon, f"messages/{foreign.pk}"),
        (lyon, f"messages/{uuid7()}"),
    ):
        assert get(client, address).status_code == 404
    again = {"idempotency_key": str(uuid7())}
    assert nice.post(f"/office/messages/{message.pk}/again", again).status_code == 404
    assert Message.objects.filter(reference__startswith="again:").count() == 0


def test_a_message_is_sent_again_once(shop: Shop) -> None:
    message, _code = ready_message(shop)
    client = staff_client(make_staff("orders.view", location_id=shop.lyon.pk))
    again = {"idempotency_key": str(uuid7())}

    answers = [client.post(f"/office/messages/{message.pk}/again", again) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    fresh = Message.objects.get(reference__startswith="again:")
    assert answers[0].headers["Location"] == f"/office/messages/{fresh.pk}"
    assert fresh.purpose == "pickup_ready"


def test_who_sees_no_orders_sees_no_messages(shop: Shop) -> None:
    message, _code = ready_message(shop)
    client = staff_client(make_staff("stock.view"))

    assert get(client, f"messages/{message.pk}").status_code == 403
    assert Client().get(f"/office/messages/{message.pk}").status_code == 302
