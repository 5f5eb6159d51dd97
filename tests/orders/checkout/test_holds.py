"""Holds: everything in the cart or nothing, for a while, and never in the way of their own cart."""

from datetime import timedelta

import pytest

from inventory.stock.models import Reservation, StockLevel
from inventory.stock.operations import OutOfStock
from omni.core import clock
from orders.checkout import errors
from orders.checkout import operations as checkout
from orders.checkout.models import Cart
from tests.factories.orders import fill_cart, intent_of, make_cart, make_shop

pytestmark = pytest.mark.django_db


def hold(cart, actor):
    version = checkout.read_cart(cart, actor=actor).header.version
    return checkout.hold_cart(cart=cart, version=version, actor=actor)


def test_hold_cart_keeps_the_stock_for_the_channels_time():
    shop = make_shop(stock=5, hold_minutes=20)
    cart, actor = fill_cart(shop, 4)
    other, rival = fill_cart(shop, 1)

    state = hold(cart, actor)

    assert StockLevel.objects.get().held == 4
    assert state.header.held_until - clock.now() == timedelta(minutes=20)
    assert checkout.read_cart(cart, actor=actor).lines[0].available == 5
    assert checkout.read_cart(other, actor=rival).lines[0].available == 1


def test_hold_cart_again_replaces_its_own_hold():
    shop = make_shop(stock=4)
    cart, actor = fill_cart(shop, 4)

    hold(cart, actor)
    hold(cart, actor)

    assert StockLevel.objects.get().held == 4
    assert Reservation.objects.filter(status="held").count() == 1


def test_hold_cart_refuses_what_another_holds():
    shop = make_shop(stock=4)
    cart, actor = fill_cart(shop, 3)
    other, rival = fill_cart(shop, 3)
    hold(cart, actor)

    with pytest.raises(OutOfStock):
        hold(other, rival)

    assert StockLevel.objects.get().held == 3
    assert Cart.objects.get(pk=other.cart_id).held_until is None


def test_hold_cart_refuses_empty_carts():
    cart, actor = make_cart(make_shop())

    with pytest.raises(errors.CartEmpty):
        hold(cart, actor)


def test_a_hold_follows_a_change_of_the_lines():
    shop = make_shop(stock=5)
    cart, actor = fill_cart(shop, 2)
    state = hold(cart, actor)
    line_id = state.lines[0].id

    changed = checkout.change_line(
        cart=cart, line_id=line_id, version=state.header.version, quantity=5, actor=actor
    )
    checkout.remove_line(cart=cart, line_id=line_id, version=changed.header.version, actor=actor)

    assert changed.header.held_until == state.header.held_until
    assert StockLevel.objects.get().held == 0


def test_release_hold_gives_it_up_once():
    shop = make_shop(stock=5)
    cart, actor = fill_cart(shop, 2)
    hold(cart, actor)

    checkout.release_hold(cart=cart, actor=actor)
    state = checkout.release_hold(cart=cart, actor=actor)

    assert state.header.held_until is None
    assert StockLevel.objects.get().held == 0


def test_a_checkout_turns_the_hold_into_the_commitment():
    shop = make_shop(stock=2)
    cart, actor = fill_cart(shop, 2)
    hold(cart, actor)

    checkout.check_out_cart(cart=cart, intent=intent_of(cart, actor), actor=actor)

    level = StockLevel.objects.get()
    assert (level.held, level.committed) == (0, 2)


def test_an_expired_hold_must_be_renewed_or_given_up():
    shop = make_shop(stock=2, hold_minutes=15)
    cart, actor = fill_cart(shop, 2)
    hold(cart, actor)

    with clock.moved(by=timedelta(minutes=16)):
        assert checkout.expire_holds() == 1
        with pytest.raises(errors.HoldExpired):
            checkout.check_out_cart(cart=cart, intent=intent_of(cart, actor), actor=actor)
        assert StockLevel.objects.get().committed == 0
        hold(cart, actor)
        done = checkout.check_out_cart(cart=cart, intent=intent_of(cart, actor), actor=actor)

    assert done.order.status == "confirmed"
    assert StockLevel.objects.get().committed == 2


def test_an_expired_hold_does_not_block_others_before_the_sweep():
    shop = make_shop(stock=2, hold_minutes=15)
    cart, actor = fill_cart(shop, 2)
    other, rival = fill_cart(shop, 2)
    hold(cart, actor)

    with clock.moved(by=timedelta(minutes=16)):
        done = checkout.check_out_cart(cart=other, intent=intent_of(other, rival), actor=rival)

    level = StockLevel.objects.get()
    assert done.order.status == "confirmed"
    assert (level.held, level.committed) == (0, 2)
