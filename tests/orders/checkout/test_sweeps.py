"""What time does: idle carts, forgotten tills, orders that nobody paid."""

from datetime import timedelta

import pytest

from inventory.stock.models import StockLevel
from omni.core import clock
from omni.core.ids import uuid7
from omni.events.models import StoredEvent
from orders.checkout import operations as checkout
from orders.checkout.models import Cart
from orders.checkout.operations import ONLINE, CartRef, Till
from orders.sales.models import Order, OrderChange
from tests.factories.customers import make_customer
from tests.factories.orders import fill_cart, intent_of, make_shop, order_from_cart

pytestmark = pytest.mark.django_db


def test_idle_carts_expire_with_their_holds():
    shop = make_shop()
    cart, actor = fill_cart(shop, 2)
    version = checkout.read_cart(cart, actor=actor).header.version
    checkout.hold_cart(cart=cart, version=version, actor=actor)

    with clock.moved(by=timedelta(days=29)):
        assert checkout.expire_idle_carts() == 0
    with clock.moved(by=timedelta(days=31)):
        assert checkout.expire_idle_carts() == 1
        assert checkout.expire_idle_carts() == 0

    assert Cart.objects.get().status == "expired"
    assert StockLevel.objects.get().held == 0
    assert StoredEvent.objects.filter(type="cart.expired").count() == 1


def test_a_till_forgets_carts_after_hours():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    code = checkout.make_handoff_code(cart=cart, actor=actor).code
    till = Till(uuid7(), shop.location.pk, shop.channel.pk)
    checkout.open_by_code(code=code, till=till, actor=shop.guest)

    with clock.moved(by=timedelta(hours=13)):
        assert checkout.expire_idle_carts() == 1

    assert checkout.read_cart(cart, actor=actor).header.status == "active"


def test_unpaid_orders_fail_and_free_their_stock():
    shop = make_shop(stock=5, payment_window_minutes=60)
    late = order_from_cart(shop, 3, payment=ONLINE).order
    paid_later = order_from_cart(shop, 1).order

    with clock.moved(by=timedelta(minutes=59)):
        assert checkout.fail_unpaid_orders() == 0
    with clock.moved(by=timedelta(minutes=61)):
        assert checkout.fail_unpaid_orders() == 1
        assert checkout.fail_unpaid_orders() == 0

    assert Order.objects.get(pk=late.pk).status == "failed"
    assert Order.objects.get(pk=paid_later.pk).status == "confirmed"
    assert StockLevel.objects.get().committed == 1
    assert StoredEvent.objects.filter(type="order.failed").count() == 1


def test_a_failed_order_leaves_a_copy_of_its_cart_to_its_guest():
    shop = make_shop(stock=5)
    cart, actor = fill_cart(shop, 3)
    intent = intent_of(cart, actor, ONLINE)
    order = checkout.check_out_cart(cart=cart, intent=intent, actor=actor).order

    with clock.moved(by=timedelta(hours=2)):
        checkout.fail_unpaid_orders()

    copy = Cart.objects.get(status="active")
    assert OrderChange.objects.get(order=order).details == {"new_cart_id": str(copy.pk)}
    state = checkout.read_cart(CartRef(copy.pk, cart.token), actor=actor)
    assert [line.quantity for line in state.lines] == [3]
    assert state.header.email == "eve@example.com"


def test_a_customer_who_began_another_cart_gets_no_copy():
    shop = make_shop(stock=5)
    customer = shop.customer(make_customer().pk)
    cart, _ = fill_cart(shop, 3, actor=customer)
    intent = intent_of(cart, customer, ONLINE)
    order = checkout.check_out_cart(cart=cart, intent=intent, actor=customer).order
    begun = checkout.create_cart(actor=customer).state.header.id

    with clock.moved(by=timedelta(hours=2)):
        checkout.fail_unpaid_orders()

    assert Cart.objects.get(status="active").pk == begun
    assert OrderChange.objects.get(order=order).details == {}
