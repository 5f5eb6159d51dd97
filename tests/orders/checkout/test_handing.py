"""A cart from hand to hand: by code, at a till, at sign-in."""

from datetime import timedelta

import pytest

from inventory.locations.models import Method
from inventory.stock.models import StockLevel
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from orders.checkout import errors
from orders.checkout import operations as checkout
from orders.checkout.models import Cart, CartLine
from orders.checkout.operations import CartRef, Till, Wish
from tests.factories.customers import make_customer
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.orders import fill_cart, intent_of, make_cart, make_shop

pytestmark = pytest.mark.django_db


def till_of(shop):
    return Till(uuid7(), shop.location.pk, shop.channel.pk)


def at_till(shop, cart, actor):
    """The cart open at a till: its reference there."""
    till = till_of(shop)
    code = checkout.make_handoff_code(cart=cart, actor=actor).code
    checkout.open_by_code(code=code, till=till, actor=shop.guest)
    return CartRef(cart.cart_id, till=till)


def test_a_code_opens_the_cart_on_another_device_once():
    shop = make_shop()
    cart, actor = fill_cart(shop, 2)
    code = checkout.make_handoff_code(cart=cart, actor=actor).code

    opened = checkout.open_by_code(code=code.lower(), actor=shop.guest)
    with pytest.raises(errors.CodeNotValid):
        checkout.open_by_code(code=code, actor=shop.guest)

    there = CartRef(opened.state.header.id, opened.token)
    assert opened.state.lines[0].quantity == 2
    assert checkout.read_cart(there, actor=shop.guest).lines
    assert checkout.read_cart(cart, actor=actor).lines, "the first device goes on as well"
    assert StoredEvent.objects.filter(type="cart.opened").count() == 1


def test_a_code_grows_old():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    made = checkout.make_handoff_code(cart=cart, actor=actor)

    with clock.moved(by=timedelta(minutes=15, seconds=1)), pytest.raises(errors.CodeNotValid):
        checkout.open_by_code(code=made.code, actor=shop.guest)

    assert len(made.code) == 8


def test_a_new_code_ends_the_one_before():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    first = checkout.make_handoff_code(cart=cart, actor=actor).code
    checkout.make_handoff_code(cart=cart, actor=actor)

    with pytest.raises(errors.CodeNotValid):
        checkout.open_by_code(code=first, actor=shop.guest)


def test_a_customers_cart_does_not_open_for_another_customer():
    shop = make_shop()
    cart, actor = fill_cart(shop, actor=shop.customer(make_customer().pk))
    code = checkout.make_handoff_code(cart=cart, actor=actor).code

    with pytest.raises(errors.CodeNotValid):
        checkout.open_by_code(code=code, actor=shop.customer(make_customer().pk))

    assert Cart.objects.get().token_digest == ""


def test_what_is_at_a_till_is_not_changed_by_its_customer():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    there = at_till(shop, cart, actor)
    state = checkout.read_cart(cart, actor=actor)

    assert state.header.status == "at_till"
    for attempt in (
        lambda: checkout.remove_line(
            cart=cart, line_id=state.lines[0].id, version=state.header.version, actor=actor
        ),
        lambda: checkout.check_out_cart(cart=cart, intent=intent_of(cart, actor), actor=actor),
        lambda: checkout.hold_cart(cart=cart, version=state.header.version, actor=actor),
        lambda: checkout.make_handoff_code(cart=cart, actor=actor),
    ):
        with pytest.raises(errors.CartAtTill):
            attempt()
    changed = checkout.change_line(
        cart=there,
        line_id=state.lines[0].id,
        version=state.header.version,
        quantity=2,
        actor=shop.guest,
    )

    assert changed.lines[0].quantity == 2


def test_a_cart_is_open_at_one_till_only():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    there = at_till(shop, cart, actor)

    with pytest.raises(errors.CartAtTill):
        checkout.recall_cart(cart_id=cart.cart_id, till=till_of(shop), actor=shop.guest)
    with pytest.raises(NotFound):
        checkout.read_cart(CartRef(cart.cart_id, till=till_of(shop)), actor=shop.guest)

    again = checkout.recall_cart(cart_id=cart.cart_id, till=there.till, actor=shop.guest)
    assert again.header.status == "at_till"


def test_park_and_recall_at_another_till():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    there = at_till(shop, cart, actor)

    checkout.park_cart(cart=there, actor=shop.guest)
    with pytest.raises(errors.CartNotAtTill):
        checkout.park_cart(cart=there, actor=shop.guest)
    with pytest.raises(errors.CartAtTill):
        checkout.make_handoff_code(cart=cart, actor=actor)
    state = checkout.recall_cart(cart_id=cart.cart_id, till=till_of(shop), actor=shop.guest)

    assert state.header.status == "at_till"
    assert Cart.objects.get().register_id != there.till.register_id


def test_recall_opens_no_cart_that_its_customer_has():
    shop = make_shop()
    cart, _actor = fill_cart(shop)

    with pytest.raises(NotFound):
        checkout.recall_cart(cart_id=cart.cart_id, till=till_of(shop), actor=shop.guest)

    assert Cart.objects.get().status == "active"


def test_give_back_returns_the_cart_to_its_customer():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    there = at_till(shop, cart, actor)

    checkout.give_back_cart(cart=there, actor=shop.guest)

    assert checkout.read_cart(cart, actor=actor).header.status == "active"
    with pytest.raises(errors.CartNotAtTill):
        checkout.give_back_cart(cart=there, actor=shop.guest)


def test_recall_refuses_carts_that_are_over():
    shop = make_shop(stock=9)
    cart, actor = fill_cart(shop)
    checkout.check_out_cart(cart=cart, intent=intent_of(cart, actor), actor=actor)

    with pytest.raises(InvalidTransition):
        checkout.recall_cart(cart_id=cart.cart_id, till=till_of(shop), actor=shop.guest)

    assert Cart.objects.get().status == "ordered"


# --- sign-in ------------------------------------------------------------------------------------


def test_claim_makes_the_guests_cart_the_customers():
    shop = make_shop()
    cart, _guest = fill_cart(shop, 2)
    customer = shop.customer(make_customer().pk)

    state = checkout.claim_cart(cart=cart, actor=customer)
    again = checkout.claim_cart(cart=CartRef(cart.cart_id), actor=customer)

    assert (state.header.id, again.header.id) == (cart.cart_id, cart.cart_id)
    assert Cart.objects.get().customer_id == customer.customer_id
    with pytest.raises(NotFound):
        checkout.read_cart(cart, actor=shop.guest)
    assert StoredEvent.objects.filter(type="cart.claimed").count() == 1


def test_claim_sums_the_lines_once():
    shop = make_shop(stock=50)
    other = make_variant()
    make_listing(other, shop.channel)
    stock_up(other, shop.location, 5)
    customer = shop.customer(make_customer().pk)
    own, _ = fill_cart(shop, 3, actor=customer)
    cart, guest = fill_cart(shop, 2)
    version = checkout.read_cart(cart, actor=guest).header.version
    checkout.add_line(
        cart=cart,
        version=version,
        wish=Wish(other.pk, 1, Method.PICKUP.value, shop.location.pk),
        actor=guest,
    )

    merged = checkout.claim_cart(cart=cart, actor=customer)
    again = checkout.claim_cart(cart=cart, actor=customer)

    assert merged.header.id == own.cart_id
    assert sorted(line.quantity for line in again.lines) == [1, 5]
    row = Cart.objects.get(pk=cart.cart_id)
    assert (row.status, row.merged_into_id) == ("merged", own.cart_id)
    with pytest.raises(errors.CartMergedElsewhere):
        checkout.add_line(
            cart=cart,
            version=row.version,
            wish=Wish(other.pk, 1, Method.PICKUP.value, shop.location.pk),
            actor=guest,
        )


def test_claim_keeps_a_line_within_its_limit_and_frees_the_guests_hold():
    shop = make_shop(stock=20_000)
    customer = shop.customer(make_customer().pk)
    fill_cart(shop, 9_000, actor=customer)
    cart, guest = fill_cart(shop, 2_000)
    version = checkout.read_cart(cart, actor=guest).header.version
    checkout.hold_cart(cart=cart, version=version, actor=guest)

    state = checkout.claim_cart(cart=cart, actor=customer)

    assert state.lines[0].quantity == 9_999
    assert StockLevel.objects.get().held == 0


def test_claim_needs_the_token():
    shop = make_shop()
    cart, _guest = fill_cart(shop)
    customer = shop.customer(make_customer().pk)
    taken, _ = fill_cart(shop, actor=shop.customer(make_customer().pk))

    for ref in (CartRef(cart.cart_id), CartRef(cart.cart_id, "ct_x"), taken, CartRef(uuid7(), "x")):
        with pytest.raises(NotFound):
            checkout.claim_cart(cart=ref, actor=customer)

    assert Cart.objects.filter(customer_id=customer.customer_id).count() == 0
    assert CartLine.objects.count() == 2


def test_claim_refuses_ordered_carts():
    shop = make_shop()
    cart, guest = fill_cart(shop)
    checkout.check_out_cart(cart=cart, intent=intent_of(cart, guest), actor=guest)

    with pytest.raises(errors.CartOrdered):
        checkout.claim_cart(cart=cart, actor=shop.customer(make_customer().pk))

    assert Cart.objects.get().customer_id is None


def test_give_back_joins_the_cart_begun_meanwhile():
    shop = make_shop(stock=50)
    customer = shop.customer(make_customer().pk)
    cart, _ = fill_cart(shop, 2, actor=customer)
    there = at_till(shop, cart, customer)
    # Another device was quicker than the news that the cart is at a till.
    begun = Cart.objects.create(
        channel=shop.channel,
        customer_id=customer.customer_id,
        currency="EUR",
        created_at=clock.now(),
        updated_at=clock.now(),
    )

    checkout.give_back_cart(cart=there, actor=shop.guest)

    begun.refresh_from_db()
    assert (begun.status, begun.merged_into_id) == ("merged", cart.cart_id)
    assert checkout.read_cart(cart, actor=customer).header.status == "active"


def test_create_cart_shows_the_one_at_the_till():
    shop = make_shop()
    customer = shop.customer(make_customer().pk)
    cart, _ = make_cart(shop, actor=customer)
    at_till(shop, cart, customer)

    opened = checkout.create_cart(actor=customer)

    assert (opened.state.header.id, opened.state.header.status) == (cart.cart_id, "at_till")
