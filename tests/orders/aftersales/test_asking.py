"""A customer who comes too late to cancel asks the store."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.work import operations as work_for_people
from omni.work.models import Approval
from orders.aftersales import errors
from orders.aftersales import operations as aftersales
from orders.payments.models import Refund, Tender
from orders.sales.models import Order, OrderStatus
from tests.factories.customers import make_customer
from tests.factories.omni import make_channel_key, make_session_token, make_staff, staff_actor
from tests.factories.orders_work import collect, make_order, make_ready, make_shop, snapshot

pytestmark = pytest.mark.django_db


def late_order() -> tuple[Order, Actor]:
    """A paid order of Eve's that waits on its shelf."""
    order = make_order(make_shop(), pay=Tender.CASH)
    customer = make_customer()
    Order.objects.filter(pk=order.pk).update(customer=customer)
    make_ready(order)
    return order, Actor(kind="customer", customer_id=customer.pk, channel_id=order.channel_id)


def ada(order: Order) -> Actor:
    """The manager of the store."""
    location = order.fulfilment_orders.get().location_id
    return staff_actor(Permission.WORK_DECIDE, Permission.WORK_VIEW, location_id=location)


def test_ask_to_cancel_lets_the_customer_cancel_once_granted() -> None:
    order, eve = late_order()

    asked = aftersales.ask_to_cancel(order_id=order.pk, reason="too late for me", actor=eve)
    with pytest.raises(errors.CancelTooLate):
        aftersales.cancel_order(order_id=order.pk, actor=eve)
    work_for_people.decide_approval(approval_id=asked.pk, granted=True, actor=ada(order))
    cancelled = aftersales.cancel_order(order_id=order.pk, actor=eve)

    assert cancelled.status == OrderStatus.CANCELLED
    assert Refund.objects.get().amount_minor == 1000
    asked.refresh_from_db()
    assert asked.used_at is not None
    assert asked.location_id == order.fulfilment_orders.get().location_id


def test_ask_to_cancel_again_is_the_same_question() -> None:
    order, eve = late_order()

    asked = [aftersales.ask_to_cancel(order_id=order.pk, actor=eve) for _ in range(2)]

    assert asked[0] == asked[1]
    assert Approval.objects.count() == 1


def test_ask_to_cancel_that_is_refused_changes_nothing() -> None:
    order, eve = late_order()
    asked = aftersales.ask_to_cancel(order_id=order.pk, actor=eve)
    work_for_people.decide_approval(approval_id=asked.pk, granted=False, actor=ada(order))
    before = snapshot(order.pk)

    with pytest.raises(errors.CancelTooLate):
        aftersales.cancel_order(order_id=order.pk, actor=eve)

    assert snapshot(order.pk) == before
    assert aftersales.ask_to_cancel(order_id=order.pk, actor=eve).status == "refused"


def test_grant_that_lapsed_does_not_let_cancel() -> None:
    order, eve = late_order()
    asked = aftersales.ask_to_cancel(order_id=order.pk, actor=eve)
    work_for_people.decide_approval(approval_id=asked.pk, granted=True, actor=ada(order))
    before = snapshot(order.pk)

    with clock.moved(by=timedelta(days=30)), pytest.raises(errors.CancelTooLate):
        aftersales.cancel_order(order_id=order.pk, actor=eve)

    assert snapshot(order.pk) == before


def test_ask_to_cancel_is_for_late_and_own_orders() -> None:
    early = make_order(make_shop())
    customer = make_customer()
    Order.objects.filter(pk=early.pk).update(customer=customer)
    eve = Actor(kind="customer", customer_id=customer.pk, channel_id=early.channel_id)
    with pytest.raises(errors.CancelPossible):
        aftersales.ask_to_cancel(order_id=early.pk, actor=eve)
    collect(early)
    with pytest.raises(InvalidTransition):
        aftersales.ask_to_cancel(order_id=early.pk, actor=eve)
    late, _its_customer = late_order()
    with pytest.raises(NotFound):
        aftersales.ask_to_cancel(order_id=late.pk, actor=eve)

    assert not Approval.objects.exists()


def test_grant_of_one_order_is_of_no_use_for_another() -> None:
    order, eve = late_order()
    other, _dan = late_order()
    Order.objects.filter(pk=other.pk).update(customer_id=eve.customer_id)
    asked = aftersales.ask_to_cancel(order_id=order.pk, actor=eve)
    work_for_people.decide_approval(approval_id=asked.pk, granted=True, actor=SYSTEM)

    with pytest.raises(errors.CancelTooLate):
        aftersales.cancel_order(
            order_id=other.pk,
            actor=Actor(kind="customer", customer_id=eve.customer_id, channel_id=other.channel_id),
        )


def test_ask_to_cancel_over_the_api() -> None:
    order, eve = late_order()
    session = make_session_token(
        user=make_staff(kind="customer"),
        customer_id=eve.customer_id,
        channel_id=order.channel_id,
    )
    headers = {
        "X-Channel-Key": make_channel_key(order.channel_id).secret,
        "Authorization": f"Bearer {session.secret}",
    }

    def post(path: str, body: dict[str, Any]) -> Any:
        return Client().post(
            f"/api/v1/orders/{order.pk}/{path}",
            json.dumps(body),
            content_type="application/json",
            headers=headers | {"Idempotency-Key": str(uuid4())},
        )

    late = post("cancel", {})
    asked = post("cancel-requests", {"reason": "moved away"})

    assert (late.status_code, late.json()["code"]) == (409, "cancel_too_late")
    assert "cancel-requests" in late.json()["detail"]
    assert (asked.status_code, asked.json()["status"]) == (201, "asked")
    work_for_people.decide_approval(
        approval_id=Approval.objects.get().pk, granted=True, actor=ada(order)
    )
    assert post("cancel-requests", {}).json()["status"] == "granted"
    assert post("cancel", {}).json()["status"] == "cancelled"
