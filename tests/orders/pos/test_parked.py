"""Sales laid aside, and what something costs and who has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.catalog import search
from inventory.catalog.models import Barcode
from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from orders.checkout import at_till
from orders.checkout import operations as checkout
from orders.checkout.errors import CartAtTill
from orders.checkout.models import Cart, CartStatus
from orders.pos import operations as pos
from orders.pos.models import Register
from orders.pos.price_check import price_check
from orders.pos.selling import till_of
from orders.pos.stack import parked_sales
from tests.factories.customers import make_customer
from tests.factories.inventory import make_listing, make_location, make_variant, stock_up
from tests.factories.omni import staff_actor
from tests.orders.pos.test_till import PERMISSIONS, Counter, make_counter

pytestmark = pytest.mark.django_db


def park_one(till: Counter, quantity: int = 2, **over: Any) -> checkout.CartRef:
    place = till_of(till.shift)
    wish = checkout.Wish(till.shop.variant.pk, quantity, Method.CARRY_OUT)
    state = checkout.ring_up(till=place, wishes=[wish], actor=till.ben, **over)
    cart = checkout.CartRef(state.header.id, till=place)
    checkout.park_cart(cart=cart, actor=till.ben)
    return cart


def second_till(till: Counter, place: Any = None) -> tuple[Any, Actor]:
    location = place or till.shop.lyon
    register = Register.objects.create(
        location=location, channel=till.shop.channel, code=f"till-{uuid4().hex[:8]}", name="Till 2"
    )
    person = staff_actor(*PERMISSIONS, location_id=location.pk)
    return pos.open_shift(register_id=register.pk, float_minor=0, actor=person), person


def test_parked_sales_tell_whose_what_and_how_long() -> None:
    till = make_counter()
    park_one(till, customer_id=make_customer(name="Eve Adams").pk)
    with clock.moved(by=timedelta(minutes=30)):
        park_one(till, 1)
    new, old = parked_sales(till.ben, till.shop.lyon.pk)

    assert (old.name, old.items, old.total_minor, old.currency) == (
        "Eve Adams",
        2,
        2000,
        "EUR",
    )
    apart = new.touched_at - old.touched_at
    assert timedelta(minutes=30) <= apart < timedelta(minutes=31)
    assert (old.parked_by, old.register_name, len(old.names)) == ("Ada", "Till 1", 1)
    with pytest.raises(NotFound):
        parked_sales(till.ben, till.shop.nice.pk)


def test_recall_parked_at_another_till_of_the_store_and_nowhere_else(
    django_assert_num_queries: Any,
) -> None:
    till = make_counter()
    cart = park_one(till)
    other, dan = second_till(till)
    foreign, cleo = second_till(till, till.shop.nice)

    with pytest.raises(NotFound):
        pos.recall_sale(shift_id=foreign.pk, cart_id=cart.cart_id, actor=cleo)
    with pytest.raises(NotFound):
        pos.recall_sale(shift_id=other.pk, cart_id=uuid4(), actor=dan)
    for _ in range(2):
        state = pos.recall_sale(shift_id=other.pk, cart_id=cart.cart_id, actor=dan)
    with pytest.raises(CartAtTill):
        pos.recall_sale(shift_id=till.shift.pk, cart_id=cart.cart_id, actor=till.ben)

    assert state.header.register_id == other.register_id
    assert Cart.objects.get(pk=cart.cart_id).status == CartStatus.AT_TILL
    with django_assert_num_queries(1):
        assert parked_sales(till.ben, till.shop.lyon.pk) == []


def test_recall_parked_lays_aside_what_is_open_here() -> None:
    till = make_counter()
    parked = park_one(till)
    wish = checkout.Wish(till.shop.variant.pk, 1, Method.CARRY_OUT, till.shop.lyon.pk)
    at_till.scan_in(till=till_of(till.shift), wish=wish, actor=till.ben)

    pos.recall_sale(shift_id=till.shift.pk, cart_id=parked.cart_id, actor=till.ben)

    [laid_aside] = parked_sales(till.ben, till.shop.lyon.pk)
    assert (laid_aside.items, laid_aside.parked_by) == (1, "Ada")


def check(till: Counter, text: str) -> Any:
    return price_check(
        till.ben, text=text, location_id=till.shop.lyon.pk, channel_id=till.shop.channel.pk
    )


def test_price_check_by_code_tells_price_stock_here_and_who_else_has_it() -> None:
    till = make_counter(units=3)
    variant, far = till.shop.variant, make_location(name="Lille", latitude=50.63, longitude=3.06)
    stock_up(variant, far, 7)
    stock_up(variant, make_location(name="Depot", kind="warehouse"), 99)
    Barcode.objects.create(variant=variant, code="04006381333931")

    [found] = check(till, "4006381333931")

    assert check(till, variant.sku) == [found]
    assert (found.price_minor, found.currency, found.variant.available) == (1000, "EUR", 3)
    assert [(each.name, each.available) for each in found.elsewhere] == [("Nice", 3), ("Lille", 7)]
    near = found.elsewhere[0]
    assert (near.is_open, round(near.distance_km or 0)) == (True, 299)
    assert check(till, "nothing-like-it") == []
    with pytest.raises(NotFound):
        price_check(
            staff_actor(Permission.POS_SELL, location_id=till.shop.nice.pk),
            text=variant.sku,
            location_id=till.shop.lyon.pk,
            channel_id=till.shop.channel.pk,
        )


def test_price_check_costs_as_many_statements_for_many_as_for_one() -> None:
    till = make_counter()
    product = till.shop.variant.product
    product.name = "Kiel merino crew"
    product.save()
    search.refresh_search(product_ids=[product.pk])
    with CaptureQueriesContext(connection) as one:
        assert len(check(till, "merino")) == 1
    for _ in range(5):
        other = make_variant(product=product)
        make_listing(other, till.shop.channel, 500)
        for place in (till.shop.lyon, till.shop.nice):
            stock_up(other, place, 1)

    with CaptureQueriesContext(connection) as many:
        assert len(check(till, "merino")) == 6

    assert len(one) == len(many) <= 9
