"""Cancelling an order or some of its units before they leave the house."""

from __future__ import annotations

from decimal import Decimal

import pytest

from inventory.locations.models import Method
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core.errors import NotAllowed, NotFound
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from orders.aftersales import errors
from orders.aftersales import operations as aftersales
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.errors import PutBackFirst
from orders.fulfilment.models import FulfilmentState
from orders.payments.models import Payment, PaymentState, Refund, Tender
from orders.sales import operations as sales
from orders.sales.drafts import AdjustmentDraft
from orders.sales.models import AdjustmentKind, Order, OrderStatus, PaymentPolicy
from tests.factories.customers import make_customer
from tests.factories.omni import staff_actor
from tests.factories.orders_work import (
    Sold,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    pick_all,
    snapshot,
    work_of,
)

pytestmark = pytest.mark.django_db


def customer_of(order: Order) -> Actor:
    customer = make_customer()
    Order.objects.filter(pk=order.pk).update(customer=customer)
    return Actor(kind="customer", customer_id=customer.pk, channel_id=order.channel_id)


def test_cancel_order_frees_stock_and_refunds_all() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), Sold(location=shop.nice), pay=Tender.CASH)
    eve = customer_of(order)

    cancelled = aftersales.cancel_order(order_id=order.pk, reason="changed my mind", actor=eve)

    assert cancelled.status == OrderStatus.CANCELLED
    assert cancelled.cancelled_minor == cancelled.total_minor
    assert (shop.level().committed, shop.level(shop.nice).committed) == (0, 0)
    assert Refund.objects.get().amount_minor == 3000
    assert {row.status for row in order.fulfilment_orders.all()} == {FulfilmentState.CANCELLED}
    told = StoredEvent.objects.get(type="order.cancelled", aggregateid=order.pk)
    assert (told.payload["is_whole"], told.payload["amount_minor"]) == (True, 3000)


def test_cancel_order_repeated_changes_nothing() -> None:
    shop = make_shop()
    order = make_order(shop, pay=Tender.CASH)
    aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)
    before = snapshot(order.pk)

    again = aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)

    assert again.status == OrderStatus.CANCELLED
    assert snapshot(order.pk) == before
    assert Refund.objects.count() == 1


def test_cancel_some_units_keeps_the_rest() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=3, price_minor=333), pay=Tender.CASH)
    line = lines_of(order)[0]

    aftersales.cancel_order(order_id=order.pk, units=[(line.pk, 2)], actor=SYSTEM)

    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    assert order.cancelled_minor == 666
    assert Refund.objects.get().amount_minor == 666
    assert shop.level().committed == 1
    collect(order)
    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED


SHIPPING = AdjustmentDraft(
    kind=AdjustmentKind.SHIPPING,
    tax_rate=Decimal("0.2"),
    net_minor=408,
    tax_minor=82,
    total_minor=490,
)


def test_cancel_before_shipping_gives_shipping_back() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(method=Method.SHIP), pay=Tender.CASH, adjustments=[SHIPPING])

    aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)

    order.refresh_from_db()
    assert (order.total_minor, order.due_minor) == (1490, 0)
    assert Refund.objects.get().amount_minor == 1490


def test_cancel_all_that_is_sent_gives_shipping_back_once() -> None:
    shop = make_shop()
    sent = Sold(quantity=2, method=Method.SHIP)
    order = make_order(shop, sent, Sold(), pay=Tender.CASH, adjustments=[SHIPPING])
    shipped, collected = lines_of(order)

    aftersales.cancel_order(order_id=order.pk, units=[(shipped.pk, 1)], actor=SYSTEM)
    order.refresh_from_db()
    one_left = order.due_minor
    aftersales.cancel_order(order_id=order.pk, units=[(shipped.pk, 1)], actor=SYSTEM)
    order.refresh_from_db()
    none_left = order.due_minor
    aftersales.cancel_order(order_id=order.pk, units=[(collected.pk, 1)], actor=SYSTEM)

    assert (one_left, none_left) == (2490, 1000)
    amounts = Refund.objects.order_by("pk").values_list("amount_minor", flat=True)
    assert list(amounts) == [1000, 1490, 1000]
    order.refresh_from_db()
    assert (order.status, order.due_minor) == (OrderStatus.CANCELLED, 0)


def test_cancel_after_something_was_sent_keeps_shipping() -> None:
    shop = make_shop()
    sent = Sold(quantity=2, method=Method.SHIP)
    order = make_order(shop, sent, pay=Tender.CASH, adjustments=[SHIPPING])
    line = lines_of(order)[0]
    sales.add_counters(line_id=line.pk, fulfilled=1)

    aftersales.cancel_order(order_id=order.pk, units=[(line.pk, 1)], actor=SYSTEM)

    order.refresh_from_db()
    assert order.due_minor == 1490
    assert Refund.objects.get().amount_minor == 1000


def test_cancel_unpaid_order_needs_no_refund() -> None:
    shop = make_shop()
    order = make_order(shop, pay="")

    cancelled = aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)

    assert cancelled.status == OrderStatus.CANCELLED
    assert shop.level().committed == 0
    assert not Refund.objects.exists()


def test_cancel_pay_at_collection_owes_nothing() -> None:
    shop = make_shop()
    order = make_order(shop, pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION)

    cancelled = aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)

    assert (cancelled.status, cancelled.due_minor) == (OrderStatus.CANCELLED, 0)
    assert work_of(order).status == FulfilmentState.CANCELLED


def test_customer_cannot_cancel_what_is_being_picked() -> None:
    shop = make_shop()
    order = make_order(shop)
    eve = customer_of(order)
    row = work_of(order)
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    before = snapshot(order.pk)

    with pytest.raises(errors.CancelTooLate):
        aftersales.cancel_order(order_id=order.pk, actor=eve)

    assert snapshot(order.pk) == before


def test_cancel_after_ready_frees_stock_only_at_put_back() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = make_ready(order)
    clerk = staff_actor(Permission.ORDERS_CANCEL, location_id=shop.lyon.pk)
    keeper = staff_actor(
        Permission.ORDERS_CANCEL, Permission.ORDERS_CANCEL_PICKED, location_id=shop.lyon.pk
    )

    with pytest.raises(NotAllowed):
        aftersales.cancel_order(order_id=order.pk, actor=clerk)
    aftersales.cancel_order(order_id=order.pk, actor=keeper)

    row.refresh_from_db()
    assert row.status == FulfilmentState.CANCELLED
    assert shop.level().committed == 2
    assert Refund.objects.get().amount_minor == 2000
    fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)
    row.refresh_from_db()
    assert row.status == FulfilmentState.CLOSED
    assert shop.level().committed == 0


def test_cancel_one_of_two_ready_units_puts_the_surplus_back_first() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2, method=Method.SHIP), pay=Tender.CASH)
    row = pick_all(work_of(order))
    line = lines_of(order)[0]
    aftersales.cancel_order(order_id=order.pk, units=[(line.pk, 1)], actor=SYSTEM)

    with pytest.raises(PutBackFirst):
        fulfilment.pack(fulfilment_order_id=row.pk, carrier="DHL", actor=SYSTEM)
    assert shop.level().committed == 2
    fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)
    assert shop.level().committed == 1
    fulfilment.pack(fulfilment_order_id=row.pk, carrier="DHL", actor=SYSTEM)
    fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)

    assert shop.level().on_hand == 9


def test_cancel_more_than_is_open_changes_nothing() -> None:
    shop = make_shop()
    order = make_order(shop)
    line = lines_of(order)[0]
    before = snapshot(order.pk)

    with pytest.raises(sales.QuantityExceeded):
        aftersales.cancel_order(order_id=order.pk, units=[(line.pk, 2)], actor=SYSTEM)
    with pytest.raises(errors.NothingToCancel):
        aftersales.cancel_order(order_id=order.pk, units=[], actor=SYSTEM)
    with pytest.raises(NotFound):
        aftersales.cancel_order(order_id=order.pk, units=[(order.pk, 1)], actor=SYSTEM)

    assert snapshot(order.pk) == before


def test_cancel_collected_order_is_refused() -> None:
    shop = make_shop()
    order = make_order(shop)
    collect(order)

    with pytest.raises(InvalidTransition):
        aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)


def test_cancel_foreign_order_looks_like_none() -> None:
    shop = make_shop()
    order = make_order(shop)
    stranger = Actor(kind="customer", customer_id=order.pk, channel_id=order.channel_id)
    cleo = staff_actor(Permission.ORDERS_CANCEL, location_id=shop.nice.pk)

    for nobody in (stranger, cleo):
        with pytest.raises(NotFound):
            aftersales.cancel_order(order_id=order.pk, actor=nobody)


def test_cancel_frees_an_authorised_card() -> None:
    shop = make_shop()
    order = make_order(shop, pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION)
    now = order.placed_at
    payment = Payment.objects.create(
        order=order,
        tender=Tender.ONLINE,
        status=PaymentState.AUTHORISED,
        currency="EUR",
        amount_minor=1000,
        authorised_minor=1000,
        provider="psp",
        provider_reference="pay_1",
        reference="web:1",
        created_at=now,
        updated_at=now,
    )

    aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)

    attempt = payment.attempts.get()
    assert (attempt.kind, attempt.status) == ("void", "open")
