"""Carts and stock under many hands at once: one order a cart, exactly what there is is sold."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from inventory.stock.models import Reservation, StockLevel
from inventory.stock.operations import OutOfStock
from omni.access.actor import Actor
from omni.core.errors import DomainError
from orders.checkout import errors
from orders.checkout import operations as checkout
from orders.checkout.models import Cart, CartLine
from orders.sales.models import Order
from tests.factories.customers import make_customer
from tests.factories.orders import fill_cart, intent_of, make_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("concurrency")]


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Run all at the same moment, each on a connection of its own; errors are results."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=20)
            return work()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def buying(cart: checkout.CartRef, actor: Actor) -> Callable[[], object]:
    """The checkout of a cart as it stands now."""
    intent = intent_of(cart, actor)
    return lambda: checkout.check_out_cart(cart=cart, intent=intent, actor=actor)


def test_a_cart_checked_out_fifty_times_becomes_one_order():
    shop = make_shop(stock=100)
    cart, actor = fill_cart(shop, 2)
    intent = intent_of(cart, actor)

    done = at_once([lambda: checkout.check_out_cart(cart=cart, intent=intent, actor=actor)] * 50)

    orders = {result.order.pk for result in done}
    assert len(orders) == 1
    assert sum(not result.replayed for result in done) == 1
    assert Order.objects.count() == 1
    assert StockLevel.objects.get().committed == 2


def test_fifty_buyers_of_ten_units_get_ten():
    shop = make_shop(stock=10)
    carts = [fill_cart(shop, 1, email=f"buyer{n}@example.com") for n in range(50)]

    done = at_once([buying(cart, actor) for cart, actor in carts])

    results = Counter(type(result) for result in done)
    assert results == {checkout.CheckedOut: 10, OutOfStock: 40}
    level = StockLevel.objects.get()
    assert (level.committed, level.held) == (10, 0)
    assert Order.objects.count() == 10
    assert Reservation.objects.filter(status="committed").count() == 10


@pytest.mark.parametrize("attempt", range(5))
def test_a_cart_edited_while_it_is_checked_out_is_sold_as_it_was_seen(attempt):
    shop = make_shop(stock=100)
    cart, actor = fill_cart(shop, 1)
    intent = intent_of(cart, actor)
    line_id = checkout.read_cart(cart, actor=actor).lines[0].id

    def edit() -> object:
        return checkout.change_line(
            cart=cart, line_id=line_id, version=intent.version, quantity=9, actor=actor
        )

    bought, edited = at_once(
        [lambda: checkout.check_out_cart(cart=cart, intent=intent, actor=actor), edit]
    )

    if isinstance(bought, errors.CartChanged):
        assert not Order.objects.exists()
        assert CartLine.objects.get().quantity == 9
    else:
        assert isinstance(edited, errors.CartOrdered)
        assert Order.objects.get().total_minor == 1999
        assert StockLevel.objects.get().committed == 1


def test_of_many_changes_on_one_version_one_is_made():
    shop = make_shop(stock=1000)
    cart, actor = fill_cart(shop, 1)
    state = checkout.read_cart(cart, actor=actor)

    done = at_once(
        [
            lambda quantity=quantity: checkout.change_line(
                cart=cart,
                line_id=state.lines[0].id,
                version=state.header.version,
                quantity=quantity,
                actor=actor,
            )
            for quantity in range(2, 22)
        ]
    )

    made = [result for result in done if isinstance(result, checkout.CartState)]
    assert len(made) == 1
    assert sum(isinstance(result, errors.CartChanged) for result in done) == 19
    assert CartLine.objects.get().quantity == made[0].lines[0].quantity
    assert Cart.objects.get().version == state.header.version + 1


@pytest.mark.parametrize("attempt", range(5))
def test_a_hold_that_comes_between_covers_the_changed_quantity(attempt):
    shop = make_shop(stock=100)
    cart, actor = fill_cart(shop, 1)
    state = checkout.read_cart(cart, actor=actor)
    line_id, version = state.lines[0].id, state.header.version

    done = at_once(
        [
            lambda: checkout.hold_cart(cart=cart, version=version, actor=actor),
            lambda: checkout.change_line(
                cart=cart, line_id=line_id, version=version, quantity=7, actor=actor
            ),
        ]
    )

    held, changed = done
    assert isinstance(changed, checkout.CartState)
    assert CartLine.objects.get().quantity == 7
    kept = 0 if isinstance(held, errors.CartChanged) else 7
    assert StockLevel.objects.get().held == kept


def test_a_cart_claimed_many_times_is_merged_once():
    shop = make_shop(stock=1000)
    customer = shop.customer(make_customer().pk)
    own, _ = fill_cart(shop, 3, actor=customer)
    cart, _guest = fill_cart(shop, 2)

    done = at_once([lambda: checkout.claim_cart(cart=cart, actor=customer)] * 10)

    assert {result.header.id for result in done} == {own.cart_id}
    assert CartLine.objects.get(cart_id=own.cart_id).quantity == 5


def test_a_customer_who_opens_everywhere_at_once_has_one_cart():
    shop = make_shop()
    customer = shop.customer(make_customer().pk)

    done = at_once([lambda: checkout.create_cart(actor=customer)] * 10)

    assert len({result.state.header.id for result in done}) == 1
    assert Cart.objects.count() == 1


def test_a_guest_who_orders_twice_at_once_is_one_customer():
    shop = make_shop(stock=10)
    carts = [fill_cart(shop, 1) for _ in range(5)]

    done = at_once([buying(cart, actor) for cart, actor in carts])

    assert len({result.order.customer_id for result in done}) == 1
