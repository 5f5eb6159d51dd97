"""The statement that reads a cart and sets a quantity: each of its guards stops what it is for.

A control takes the guard away: the same request then changes something. What the caller is told
comes from the locked form, and must be the same as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from inventory.catalog.models import Listing
from inventory.channels.models import Channel
from inventory.channels.operations import ChannelClosed
from inventory.locations.models import ChannelLocation
from inventory.stock.models import StockLevel
from inventory.stock.operations import OutOfStock
from omni.access.actor import Actor
from omni.core.errors import NotFound
from orders.checkout import errors, reading
from orders.checkout import operations as checkout
from orders.checkout.models import Cart, CartLine
from orders.checkout.operations import CartRef
from tests.factories.customers import make_customer
from tests.factories.inventory import make_channel, make_listing
from tests.factories.orders import Shop, fill_cart, make_shop

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Request:
    """One change of a quantity, and who asks for it."""

    shop: Shop
    cart: CartRef
    actor: Actor
    line_id: UUID
    version: int
    quantity: int = 3

    def set(self) -> bool:
        return reading.read_setting_quantity(
            self.cart,
            line_id=self.line_id,
            quantity=self.quantity,
            version=self.version,
            actor=self.actor,
        )[1]

    def change(self) -> checkout.CartState:
        return checkout.change_line(
            cart=self.cart,
            line_id=self.line_id,
            version=self.version,
            quantity=self.quantity,
            actor=self.actor,
        )


def stale(asked: Request) -> Request:
    return replace(asked, version=1)


def expired(asked: Request) -> Request:
    Cart.objects.update(status="expired")
    return asked


def at_a_till(asked: Request) -> Request:
    Cart.objects.update(status="at_till")
    return asked


def in_yen(asked: Request) -> Request:
    yen = make_channel(currency="JPY", locations=[asked.shop.location])
    make_listing(asked.shop.variant, yen)
    return replace(asked, actor=replace(asked.actor, channel_id=yen.pk))


def closed(asked: Request) -> Request:
    Channel.objects.update(status="closed")
    return asked


def without_token(asked: Request) -> Request:
    return replace(asked, cart=CartRef(asked.cart.cart_id))


def with_another_token(asked: Request) -> Request:
    other, _ = fill_cart(asked.shop, 1)
    return replace(asked, cart=CartRef(asked.cart.cart_id, other.token))


def of_a_customer_by_a_guest(asked: Request) -> Request:
    Cart.objects.update(customer_id=make_customer().pk, token_digest="")
    return replace(asked, cart=CartRef(asked.cart.cart_id))


def of_a_customer_by_another(asked: Request) -> Request:
    Cart.objects.update(customer_id=make_customer().pk)
    return replace(asked, actor=asked.shop.customer(make_customer().pk))


def of_another_cart(asked: Request) -> Request:
    other, actor = fill_cart(asked.shop, 1)
    return replace(asked, line_id=reading.read_cart(other, actor=actor).lines[0].id)


def not_sold(asked: Request) -> Request:
    Listing.objects.update(status="ended")
    return asked


def not_collected(asked: Request) -> Request:
    ChannelLocation.objects.update(methods=["carry_out"])
    return asked


def too_many(asked: Request) -> Request:
    return replace(asked, quantity=11)


PROOF = """CASE WHEN %(customer)s::uuid IS NOT NULL AND c.customer_id IS NOT NULL
        THEN c.customer_id = %(customer)s ELSE c.token_digest = %(proof)s END"""
CASES = [
    (stale, "c.version = %(version)s", errors.CartChanged),
    (expired, "c.status = 'active'", errors.CartIsExpired),
    (at_a_till, "c.status = 'active'", errors.CartAtTill),
    (in_yen, "c.currency = seen.channel_currency", errors.CartOfOtherCurrency),
    (closed, "seen.channel_status = 'open'", ChannelClosed),
    (without_token, PROOF, NotFound),
    (with_another_token, PROOF, NotFound),
    (of_a_customer_by_a_guest, PROOF, NotFound),
    (of_a_customer_by_another, PROOF, NotFound),
    (of_another_cart, "seen.line_id = %(line)s", NotFound),
    (not_sold, "seen.price_minor IS NOT NULL", errors.VariantNotOffered),
    (not_collected, "seen.offers", errors.MethodNotOffered),
    (
        too_many,
        "(seen.available IS NULL OR seen.available >= %(quantity)s)",
        OutOfStock,
    ),
]
guards = pytest.mark.parametrize(
    ("spoil", "guard", "error"), CASES, ids=[case[0].__name__ for case in CASES]
)


def asked_in(shop: Shop) -> Request:
    cart, actor = fill_cart(shop, 1)
    state = reading.read_cart(cart, actor=actor)
    return Request(shop, cart, actor, state.lines[0].id, state.header.version)


def rows() -> list[tuple[object, ...]]:
    carts = Cart.objects.order_by("id").values_list("id", "version", "updated_at")
    return [*carts, *CartLine.objects.order_by("id").values_list("id", "quantity")]


def without(guard: str) -> str:
    assert reading.SET_QUANTITY.count(f"AND {guard}") == 1
    return reading.SET_QUANTITY.replace(f"AND {guard}", "")


@pytest.mark.django_db(transaction=True)
def test_what_nothing_speaks_against_is_set_at_once(django_assert_num_queries):
    asked = asked_in(make_shop(stock=10))

    with django_assert_num_queries(1):
        state = asked.change()

    assert (state.lines[0].quantity, state.header.version) == (3, asked.version + 1)
    assert CartLine.objects.get().quantity == 3
    cart = Cart.objects.get()
    assert (cart.version, cart.updated_at) == (asked.version + 1, state.header.updated_at)
    again = reading.read_cart(asked.cart, actor=asked.actor)
    assert (again.lines, again.quote) == (state.lines, state.quote)


@guards
def test_a_refused_change_says_why_and_changes_nothing(spoil, guard, error):
    asked = spoil(asked_in(make_shop(stock=10)))
    before = rows()

    with pytest.raises(error):
        asked.change()

    assert rows() == before


@guards
def test_each_guard_alone_stops_it(spoil, guard, error, monkeypatch):
    asked = spoil(asked_in(make_shop(stock=10)))
    before = rows()

    assert not _tried(asked.set)
    assert rows() == before

    monkeypatch.setattr(reading, "SET_QUANTITY", without(guard))
    _tried(asked.set)
    assert rows() != before


def test_a_hold_is_left_to_the_form_that_takes_it_along(monkeypatch):
    asked = asked_in(make_shop(stock=10))
    checkout.hold_cart(cart=asked.cart, version=asked.version, actor=asked.actor)
    asked = replace(asked, version=Cart.objects.get().version)

    assert not asked.set()
    asked.change()
    assert (CartLine.objects.get().quantity, StockLevel.objects.get().held) == (3, 3)

    asked = replace(asked, version=Cart.objects.get().version, quantity=5)
    monkeypatch.setattr(reading, "SET_QUANTITY", without("c.held_until IS NULL"))
    assert asked.set()
    assert (CartLine.objects.get().quantity, StockLevel.objects.get().held) == (5, 3)


def _tried(change: Callable[[], bool]) -> bool:
    """Whether it was set. Whoever does not prove the cart is told so after the statement ran."""
    try:
        return change()
    except NotFound:
        return False
