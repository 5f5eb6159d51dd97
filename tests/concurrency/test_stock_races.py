"""Races for stock: exactly what is there is sold, nobody deadlocks, and the control shows why."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from inventory.catalog import operations as catalog
from inventory.catalog.models import Category, Variant
from inventory.locations import operations as locations
from inventory.locations.models import CapacitySlot, Location
from inventory.stock import operations as stock
from inventory.stock.models import Reservation, StockLevel, StockMovement
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.lab.races import Outcome, race
from omni.lab.throwaway import drop_constraint, throwaway_database
from tests.factories.inventory import make_category, make_location, make_variant, stock_up
from tests.inventory.stock_cases import (
    assert_books_add_up,
    commit_for,
    counters,
    hold_for,
    wanted,
)
from tests.lab.stock_without_guard import stock_without_guard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("concurrency")]

BUYERS, UNITS = 50, 10


def names(outcomes: list[Outcome]) -> Counter[str]:
    """How often each kind of outcome came."""
    return Counter(
        type(outcome.error).__name__ if outcome.error else "done" for outcome in outcomes
    )


def buyers_of(variant: Variant, location: Location, count: int) -> list[Callable[[], object]]:
    """Customers on the web, in the app (with a hold) and at the till, in turn."""

    def on_the_web() -> object:
        return commit_for(uuid4(), wanted(variant, location, 1))

    def in_the_app() -> object:
        cart_id = uuid4()
        hold_for(cart_id, wanted(variant, location, 1))
        return commit_for(uuid4(), wanted(variant, location, 1), hold_owner_id=cart_id)

    def at_the_till() -> object:
        reference = f"sale:{uuid4()}"
        return stock.take(lines=[wanted(variant, location, 1)], reference=reference, actor=SYSTEM)

    kinds = (on_the_web, in_the_app, at_the_till)
    return [kinds[place % 3] for place in range(count)]


def sell_the_last_units(rounds: int) -> None:
    lyon = make_location()
    for _round in range(rounds):
        variant = make_variant()
        stock_up(variant, lyon, UNITS)

        outcomes = race(buyers_of(variant, lyon, BUYERS))

        assert names(outcomes) == {"done": UNITS, "OutOfStock": BUYERS - UNITS}
        on_hand, _unavailable, committed, held, shortfall = counters(variant, lyon)
        assert (on_hand - committed, held, shortfall) == (0, 0, 0)
        assert_books_add_up()


def test_fifty_buyers_for_ten_units_get_exactly_ten():
    sell_the_last_units(2)


@pytest.mark.prove
def test_fifty_buyers_for_ten_units_get_exactly_ten_twenty_times():
    sell_the_last_units(20)


def test_orders_in_opposite_order_do_not_deadlock():
    lyon = make_location()
    variants = [make_variant() for _ in range(4)]
    for variant in variants:
        stock_up(variant, lyon, 100)

    def buy(place: int) -> object:
        shuffled = random.Random(place).sample(variants, k=len(variants))
        cart_id = uuid4()
        lines = [wanted(variant, lyon, 1) for variant in shuffled]
        hold_for(cart_id, *lines)
        return commit_for(uuid4(), *reversed(lines), hold_owner_id=cart_id)

    outcomes = race([partial(buy, place) for place in range(24)])

    assert names(outcomes) == {"done": 24}
    assert {counters(variant, lyon) for variant in variants} == {(100, 0, 24, 0, 0)}
    assert_books_add_up()


def test_one_cart_checked_out_many_times_at_once_is_committed_once():
    variant, lyon, cart_id, order_id, line = make_variant(), make_location(), *_ids(3)
    stock_up(variant, lyon, 100)
    hold_for(cart_id, wanted(variant, lyon, 2))

    outcomes = race(
        [
            partial(
                commit_for,
                order_id,
                wanted(variant, lyon, 2, reference=line),
                hold_owner_id=cart_id,
            )
        ]
        * 12
    )

    assert names(outcomes) == {"done": 1, "AlreadyCommitted": 11}
    assert counters(variant, lyon) == (100, 0, 2, 0, 0)
    assert_books_add_up()


def test_sweep_and_buyers_agree_on_expired_holds():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 10)
    for _cart in range(10):
        hold_for(uuid4(), wanted(variant, lyon, 1))
    Reservation.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    buyers = [partial(commit_for, uuid4(), wanted(variant, lyon, 1)) for _ in range(15)]
    outcomes = race([*buyers, *[partial(stock.expire_holds, batch=3) for _ in range(5)]])

    assert names(outcomes) == {"done": 15, "OutOfStock": 5}
    assert counters(variant, lyon) == (10, 0, 10, 0, 0)
    assert_books_add_up()


def test_handover_repeated_at_once_moves_goods_once():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 2, reference=line))

    hand_over = partial(
        stock.consume, order_line_quantities=[(line, 2)], reference="p:1", actor=SYSTEM
    )
    outcomes = race([hand_over] * 10)

    assert names(outcomes) == {"done": 10}
    assert {outcome.value[0].pk for outcome in outcomes if outcome.value} == {
        StockMovement.objects.get(reference="p:1").pk
    }
    assert counters(variant, lyon) == (3, 0, 0, 0, 0)
    assert_books_add_up()


def test_sale_repeated_at_once_takes_goods_once():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    sale = partial(stock.take, lines=[wanted(variant, lyon, 2)], reference="s:1", actor=SYSTEM)

    assert names(race([sale] * 10)) == {"done": 10}

    assert counters(variant, lyon) == (0, 0, 0, 0, 0)
    assert_books_add_up()


def test_first_arrivals_at_once_make_one_level():
    variant, lyon = make_variant(), make_location()

    def receive(place: int) -> object:
        # Every delivery comes twice.
        arrival = stock.StockArrival(variant.pk, lyon.pk, 1)
        return stock.put(lines=[arrival], reference=f"r:{place // 2}", actor=SYSTEM)

    outcomes = race([partial(receive, place) for place in range(20)])

    assert names(outcomes) == {"done": 20}
    assert StockLevel.objects.get().on_hand == 10
    assert_books_add_up()


def test_counts_and_sales_at_once_keep_the_books():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 30)

    def count(place: int) -> object:
        return stock.correct(
            variant_id=variant.pk,
            location_id=lyon.pk,
            change=-1,
            reason="count",
            reference=f"c:{place}",
            actor=SYSTEM,
        )

    outcomes = race(
        [*[partial(count, place) for place in range(10)], *buyers_of(variant, lyon, 30)]
    )

    assert set(names(outcomes)) <= {"done", "OutOfStock"}
    level = StockLevel.objects.get()
    assert level.on_hand >= level.committed - level.shortfall
    assert_books_add_up()


def test_slot_is_never_overbooked():
    start = clock.now()
    slot = CapacitySlot.objects.create(
        location=make_location(),
        service="pickup",
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        capacity=5,
    )

    outcomes = race([partial(locations.book_slot, slot_id=slot.pk)] * 20)

    assert names(outcomes) == {"done": 5, "SlotFull": 15}
    slot.refresh_from_db()
    assert slot.booked == 5


def test_categories_moved_under_each_other_at_once_make_no_cycle():
    first, second = make_category(), make_category()

    outcomes = race(
        [
            partial(catalog.move_category, category=first, parent=second, actor=SYSTEM),
            partial(catalog.move_category, category=second, parent=first, actor=SYSTEM),
        ]
    )

    assert names(outcomes) == {"done": 1, "CategoryCycle": 1}
    assert sorted(len(row.path) for row in Category.objects.all()) == [1, 2]


def test_control_without_guard_and_check_oversells():
    with throwaway_database(), stock_without_guard():
        for constraint in ("level_promises_covered", "level_on_hand_covered"):
            drop_constraint("inventory_stocklevel", constraint)
        variant, lyon = make_variant(), make_location()
        stock_up(variant, lyon, UNITS)

        outcomes = race(buyers_of(variant, lyon, BUYERS)[:1] * BUYERS)

        assert names(outcomes)["done"] > UNITS
        assert counters(variant, lyon)[2] > UNITS


def test_control_with_the_check_alone_neither_oversells_nor_breaks():
    with throwaway_database(), stock_without_guard():
        variant, lyon = make_variant(), make_location()
        stock_up(variant, lyon, UNITS)

        outcomes = race(buyers_of(variant, lyon, 1) * BUYERS)

        assert names(outcomes) == {"done": UNITS, "OutOfStock": BUYERS - UNITS}
        assert counters(variant, lyon) == (UNITS, 0, UNITS, 0, 0)
        assert_books_add_up()


def _ids(count: int) -> list:
    return [uuid4() for _ in range(count)]
