"""A refused address: seen on the order's page, called about once, corrected, and told anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.events import operations as events
from omni.events.models import StoredEvent, SubscriptionPosition
from omni.messages import operations as messages
from omni.messages.models import Message
from omni.work import operations as work
from omni.work.models import Task
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.codes import code_digest, new_code
from orders.fulfilment.models import Pickup
from orders.sales.links import give_out_link
from orders.sales.queries import find_by_link
from tests.factories.orders_work import Shop, code_of, make_order, make_ready, make_shop
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db

REFUSES = "tests.omni.messages.backends.RecipientRefused"
CLERK = ("orders.view", "fulfilment.view", "work.view")
MANAGER = (*CLERK, "customers.view", "customers.edit")


@pytest.fixture
def shop() -> Shop:
    return make_shop(language="en", country="GB")


def drained(*, again: bool = False) -> None:
    """What happened is followed up; ``again``: as if it were heard of once more."""
    if again:
        SubscriptionPosition.objects.filter(pk="unreached").delete()
    events.drain()


def test_a_customer_whom_nothing_reaches_is_called_once(shop: Shop, settings: Any) -> None:
    order = make_order(shop)
    drained()
    settings.EMAIL_BACKEND = REFUSES
    messages.send_due()
    make_ready(order)
    drained()
    messages.send_due()
    drained(again=True)

    task = Task.objects.get()
    assert (task.kind, task.location_id) == ("customer_unreached", shop.lyon.pk)
    assert (task.subject_kind, task.subject_id) == ("order", str(order.pk))
    assert order.number in task.title
    assert Message.objects.filter(status="refused").count() == 2
    clerk = console_client(shop.lyon, *CLERK)
    assert f'href="/console/orders/{order.pk}"' in clerk.get("/console/tasks").content.decode()
    page = clerk.get(f"/console/orders/{order.pk}").content.decode()
    assert "The mail server there refuses this address" in page
    # Who did it needs no second call; a repeat of the same news makes no second task.
    work.finish_task(task_id=task.pk, actor=SYSTEM)
    drained(again=True)
    assert Task.objects.count() == 1


def test_a_word_of_thanks_that_does_not_arrive_is_no_work(shop: Shop, settings: Any) -> None:
    order = make_order(shop)
    row = make_ready(order)
    drained()
    messages.send_due()
    console_client(shop.lyon, "pickup.hand_over", "fulfilment.view").post(
        f"/console/pickups/{row.pk}/hand-over", once(code=code_of(row))
    )
    drained()
    settings.EMAIL_BACKEND = REFUSES

    messages.send_due()
    drained()

    assert Message.objects.get(purpose="handed_over").status == "refused"
    assert not Task.objects.exists()


def test_a_message_is_sent_again_to_a_corrected_address(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    drained()
    messages.send_due()
    old_code, old_link = code_of(row), give_out_link(order_id=order.pk)
    ready = Message.objects.get(purpose="pickup_ready")
    clerk, manager = console_client(shop.lyon, *CLERK), console_client(shop.lyon, *MANAGER)
    foreign = console_client(shop.nice, *MANAGER)
    page, post = f"/console/messages/{ready.pk}", f"/console/messages/{ready.pk}/again"

    # Where the ledger is the mailbox it holds the whole; who works here is not told it.
    Message.objects.filter(pk=ready.pk).update(text=f"Code {old_code}, page /o/{old_link} .")
    for client, frame in ((clerk, "console"), (manager, "console"), (manager, "office")):
        told = client.get(f"/{frame}/messages/{ready.pk}").content.decode()
        assert "Code ••••" in told
        assert old_code not in told
        assert old_link not in told
    assert 'name="address"' not in clerk.get(page).content.decode()
    assert 'name="address"' in manager.get(page).content.decode()
    assert foreign.get(page).status_code == foreign.post(post, once()).status_code == 404
    forbidden = clerk.post(post, once(address="me@example.com"))
    wrong = manager.post(post, once(address="eve at example"))
    order.refresh_from_db()
    assert (forbidden.status_code, wrong.status_code) == (403, 400)
    assert 'value="eve at example"' in wrong.content.decode()
    assert order.email == "eve@example.com"
    assert find_by_link(old_link) == order
    assert Message.objects.filter(reference__startswith="again:").count() == 0

    form = once(address=" Eva@Example.com ")
    sent, repeated = manager.post(post, form), manager.post(post, form)

    messages.send_due()
    again = Message.objects.get(reference__startswith="again:")
    assert sent.url == repeated.url == f"/console/messages/{again.pk}"
    order.refresh_from_db()
    assert order.email == "eva@example.com" == again.recipient
    assert again.principal.startswith("staff:")
    # Whoever read the first mail can neither look at the order nor collect it any more.
    with pytest.raises(NotFound):
        find_by_link(old_link)
    body = mail.outbox[-1].body
    pickup = Pickup.objects.get(pk=row.pk)
    assert old_code not in body
    assert new_code(row.pk, pickup.code_version) in body
    assert pickup.code_digest == code_digest(new_code(row.pk, pickup.code_version))
    assert StoredEvent.objects.filter(type="order.contact_corrected").count() == 1
    history = manager.get(f"/console/orders/{order.pk}").content.decode()
    assert "The address for messages was corrected" in history
    assert f"/console/messages/{again.pk}" in history


def test_a_message_is_sent_again_to_the_same_address_by_whoever_sees_the_order(shop: Shop) -> None:
    make_ready(make_order(shop))
    drained()
    messages.send_due()
    ready = Message.objects.get(purpose="pickup_ready")
    version = Pickup.objects.get().code_version
    clerk = console_client(shop.lyon, *CLERK)

    answer = clerk.post(f"/console/messages/{ready.pk}/again", once())

    again = Message.objects.get(reference__startswith="again:")
    assert (answer.status_code, again.recipient) == (303, ready.recipient)
    assert Pickup.objects.get().code_version == version


def test_an_address_corrected_at_another_message_ends_the_code_that_was_told(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    drained()
    messages.send_due()
    old_code = code_of(row)
    placed = Message.objects.get(purpose="order_placed")
    mail.outbox.clear()

    answer = console_client(shop.lyon, *MANAGER).post(
        f"/console/messages/{placed.pk}/again", once(address="eva@example.com")
    )

    messages.send_due()
    pickup = Pickup.objects.get(pk=row.pk)
    fresh = new_code(row.pk, pickup.code_version)
    assert answer.status_code == 303
    assert pickup.code_digest == code_digest(fresh) != code_digest(old_code)
    assert sorted(each.to[0] for each in mail.outbox) == ["eva@example.com"] * 2
    assert sum(fresh in each.body for each in mail.outbox) == 1
    renewed = StoredEvent.objects.get(type="pickup.code_renewed")
    assert renewed.principal.startswith("staff:")
    assert not any(old_code in each.body for each in mail.outbox)


def test_a_corrected_address_ends_the_code_of_a_pickup_that_nobody_collected(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    drained()
    messages.send_due()
    old_code = code_of(row)
    placed = Message.objects.get(purpose="order_placed")
    Pickup.objects.filter(pk=row.pk).update(window_ends_at=row.pickup.ready_at - timedelta(days=1))
    assert fulfilment.mark_no_show(fulfilment_order_id=row.pk, actor=SYSTEM)
    mail.outbox.clear()

    console_client(shop.lyon, *MANAGER).post(
        f"/console/messages/{placed.pk}/again", once(address="eva@example.com")
    )
    messages.send_due()

    assert Pickup.objects.get(pk=row.pk).code_digest != code_digest(old_code)
    assert [each.to[0] for each in mail.outbox] == ["eva@example.com"]
    # It is told when it may be collected after all.
    fulfilment.reinstate(fulfilment_order_id=row.pk, actor=SYSTEM)
    drained()
    messages.send_due()
    assert new_code(row.pk, Pickup.objects.get(pk=row.pk).code_version) in mail.outbox[-1].body
