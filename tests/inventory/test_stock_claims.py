"""Holding and committing: all or nothing, owners recognised, expired holds never in the way."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.stock import operations as stock
from inventory.stock.models import Reservation, StockLevel
from omni.access.actor import SYSTEM
from omni.core import clock
from tests.factories.inventory import make_location, make_variant, stock_up
from tests.inventory.stock_cases import (
    assert_books_add_up,
    commit_for,
    counters,
    everything,
    hold_for,
    wanted,
)

pytestmark = pytest.mark.django_db


def test_hold_keeps_units_for_the_cart():
    variant, lyon, cart_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)

    holds = hold_for(cart_id, wanted(variant, lyon, 2), wanted(variant, lyon, 1))

    assert [(row.owner_id, row.quantity, row.status) for row in holds] == [(cart_id, 3, "held")]
    assert counters(variant, lyon) == (5, 0, 0, 3, 0)
    assert_books_add_up()


def test_hold_replaces_the_owners_earlier_holds():
    variant, other, lyon, cart_id = make_variant(), make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 3)
    stock_up(other, lyon, 3)
    hold_for(cart_id, wanted(variant, lyon, 3), wanted(other, lyon, 3))

    hold_for(cart_id, wanted(variant, lyon, 2))

    assert counters(variant, lyon) == (3, 0, 0, 2, 0)
    assert counters(other, lyon) == (3, 0, 0, 0, 0)
    assert_books_add_up()


def test_hold_repeated_by_the_same_owner_is_not_blocked_by_itself():
    variant, lyon, cart_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 1)
    hold_for(cart_id, wanted(variant, lyon, 1))

    hold_for(cart_id, wanted(variant, lyon, 1))

    assert counters(variant, lyon) == (1, 0, 0, 1, 0)
    assert_books_add_up()


def test_hold_refuses_what_another_cart_holds_and_changes_nothing():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 1)
    hold_for(uuid4(), wanted(variant, lyon, 1))
    before = everything()

    with pytest.raises(stock.OutOfStock) as refusal:
        hold_for(uuid4(), wanted(variant, lyon, 1))

    assert refusal.value.details["lines"] == [
        {
            "variant_id": str(variant.pk),
            "location_id": str(lyon.pk),
            "requested": 1,
            "available": 0,
        }
    ]
    assert everything() == before


def test_hold_without_lines_ends_the_owners_holds():
    variant, lyon, cart_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 2)
    hold_for(cart_id, wanted(variant, lyon, 2))

    assert hold_for(cart_id) == []

    assert counters(variant, lyon) == (2, 0, 0, 0, 0)
    assert_books_add_up()


def test_hold_refuses_an_end_in_the_past():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    before = everything()

    with pytest.raises(stock.StockChangeNotValid):
        hold_for(uuid4(), wanted(variant, lyon, 1), minutes=-1)

    assert everything() == before


def test_commit_turns_the_carts_hold_into_commitments_by_line():
    variant, lyon, cart_id, order_id = make_variant(), make_location(), uuid4(), uuid4()
    stock_up(variant, lyon, 3)
    hold_for(cart_id, wanted(variant, lyon, 3))
    first, second = wanted(variant, lyon, 1), wanted(variant, lyon, 2)

    made = commit_for(order_id, first, second, hold_owner_id=cart_id)

    assert {(row.order_line_id, row.quantity, row.owner_id) for row in made} == {
        (first.reference, 1, order_id),
        (second.reference, 2, order_id),
    }
    assert counters(variant, lyon) == (3, 0, 3, 0, 0)
    hold = Reservation.objects.get(owner_id=cart_id)
    assert (hold.status, hold.reason) == ("released", "committed")
    assert_books_add_up()


def test_commit_needs_no_hold():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 3)

    commit_for(uuid4(), wanted(variant, lyon, 3))

    assert counters(variant, lyon) == (3, 0, 3, 0, 0)
    assert_books_add_up()


def test_commit_sums_lines_before_judging():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 3)
    before = everything()

    with pytest.raises(stock.OutOfStock) as refusal:
        commit_for(uuid4(), wanted(variant, lyon, 2), wanted(variant, lyon, 2))

    assert refusal.value.details["lines"][0]["requested"] == 4
    assert refusal.value.details["lines"][0]["available"] == 3
    assert everything() == before


def test_commit_of_several_goods_is_all_or_nothing_and_names_only_what_lacks():
    plenty, scarce, lyon, cart_id = make_variant(), make_variant(), make_location(), uuid4()
    stock_up(plenty, lyon, 9)
    stock_up(scarce, lyon, 1)
    hold_for(cart_id, wanted(plenty, lyon, 1))
    before = everything()

    with pytest.raises(stock.OutOfStock) as refusal:
        commit_for(uuid4(), wanted(plenty, lyon, 2), wanted(scarce, lyon, 2), hold_owner_id=cart_id)

    assert [line["variant_id"] for line in refusal.value.details["lines"]] == [str(scarce.pk)]
    assert everything() == before


def test_commit_after_a_refusal_goes_on_in_the_same_transaction():
    variant, lyon, nice = make_variant(), make_location(), make_location()
    stock_up(variant, nice, 1)

    with transaction.atomic():
        with pytest.raises(stock.OutOfStock):
            commit_for(uuid4(), wanted(variant, lyon, 1))
        commit_for(uuid4(), wanted(variant, nice, 1))

    assert counters(variant, nice) == (1, 0, 1, 0, 0)


def test_commit_leaves_safety_stock_and_buffer_to_the_till():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 4)
    stock.set_safety(variant_id=variant.pk, location_id=lyon.pk, safety=2, actor=SYSTEM)

    with pytest.raises(stock.OutOfStock) as refusal:
        commit_for(uuid4(), wanted(variant, lyon, 2, buffer=1))
    commit_for(uuid4(), wanted(variant, lyon, 1, buffer=1))
    commit_for(uuid4(), wanted(variant, lyon, 3, buffer=1), at_till=True)

    assert refusal.value.details["lines"][0]["available"] == 1
    assert counters(variant, lyon) == (4, 0, 4, 0, 0)


def test_commit_honours_a_live_hold_whatever_the_buffer_says_now():
    variant, lyon, cart_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 3)
    hold_for(cart_id, wanted(variant, lyon, 1, buffer=2))
    stock.take(lines=[wanted(variant, lyon, 2)], reference="till", actor=SYSTEM)

    commit_for(uuid4(), wanted(variant, lyon, 1, buffer=2), hold_owner_id=cart_id)

    assert counters(variant, lyon) == (1, 0, 1, 0, 0)
    assert_books_add_up()


def test_commit_is_not_blocked_by_a_hold_that_expired_unswept():
    variant, lyon, forgotten = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 1)
    hold_for(forgotten, wanted(variant, lyon, 1), minutes=5)

    with clock.moved(by=timedelta(minutes=6)):
        commit_for(uuid4(), wanted(variant, lyon, 1))

    assert counters(variant, lyon) == (1, 0, 1, 0, 0)
    assert Reservation.objects.get(owner_id=forgotten).status == "expired"
    assert_books_add_up()


def test_commit_of_an_expired_hold_is_judged_anew():
    variant, lyon, cart_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 3)
    hold_for(cart_id, wanted(variant, lyon, 3))
    before = everything()

    with clock.moved(by=timedelta(hours=1)), pytest.raises(stock.OutOfStock):
        commit_for(uuid4(), wanted(variant, lyon, 3, buffer=1), hold_owner_id=cart_id)

    after = everything()
    assert after["StockMovement"] == before["StockMovement"]
    assert counters(variant, lyon) == (3, 0, 0, 0, 0)  # the expired hold was swept, no more


def test_commit_again_for_the_same_lines_is_refused():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 1, reference=line))
    before = everything()

    with pytest.raises(stock.AlreadyCommitted), transaction.atomic():
        commit_for(uuid4(), wanted(variant, lyon, 1, reference=line))

    assert everything() == before


def test_commit_treats_a_missing_level_as_empty():
    variant, lyon = make_variant(), make_location()

    with pytest.raises(stock.OutOfStock) as refusal:
        commit_for(uuid4(), wanted(variant, lyon, 1))

    assert refusal.value.details["lines"][0]["available"] == 0
    assert not StockLevel.objects.exists()


def test_commit_passes_over_variants_that_are_not_stocked():
    postage, variant, lyon = make_variant(is_stocked=False), make_variant(), make_location()
    stock_up(variant, lyon, 1)

    made = commit_for(uuid4(), wanted(postage, lyon, 1), wanted(variant, lyon, 1))

    assert [row.level.variant_id for row in made] == [variant.pk]


@pytest.mark.parametrize("quantity", [0, -1, 1_000_000_001, True])
def test_commit_refuses_quantities_that_make_no_sense(quantity):
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 1)
    before = everything()

    with pytest.raises(stock.QuantityNotValid):
        commit_for(uuid4(), wanted(variant, lyon, quantity))

    assert everything() == before


def test_commit_refuses_lines_without_order_line():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 1)

    with pytest.raises(stock.StockChangeNotValid):
        commit_for(uuid4(), wanted(variant, lyon, 1, reference=None))


def test_commit_of_a_two_line_cart_takes_four_statements():
    shirt, scarf, lyon, cart_id = make_variant(), make_variant(), make_location(), uuid4()
    stock_up(shirt, lyon, 5)
    stock_up(scarf, lyon, 5)
    lines = (wanted(shirt, lyon, 1), wanted(scarf, lyon, 1))
    hold_for(cart_id, *lines)

    with transaction.atomic():
        clock.now()
        with CaptureQueriesContext(
            connection,
        ) as with_holds:
            commit_for(uuid4(), *lines, hold_owner_id=cart_id)
        with CaptureQueriesContext(connection) as without_holds:
            commit_for(uuid4(), wanted(shirt, lyon, 1), wanted(scarf, lyon, 1))

    assert (len(with_holds), len(without_holds)) == (4, 3)


def test_release_gives_back_whatever_the_owner_claims():
    variant, lyon, order_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(order_id, wanted(variant, lyon, 2), wanted(variant, lyon, 1))

    released = stock.release(
        owner_kind="order", owner_id=order_id, reason="cancelled", actor=SYSTEM
    )

    assert released == 2
    assert counters(variant, lyon) == (5, 0, 0, 0, 0)
    assert set(Reservation.objects.values_list("status", "reason")) == {("released", "cancelled")}
    assert_books_add_up()


def test_release_repeated_changes_nothing():
    variant, lyon, cart_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    hold_for(cart_id, wanted(variant, lyon, 2))
    stock.release(owner_kind="cart", owner_id=cart_id, reason="emptied", actor=SYSTEM)
    before = everything()

    again = stock.release(owner_kind="cart", owner_id=cart_id, reason="again", actor=SYSTEM)

    assert again == 0
    assert everything() == before


def test_release_lines_shrinks_a_commitment():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 3, reference=line))

    stock.release_lines(order_line_quantities=[(line, 2)], reason="cancelled", actor=SYSTEM)

    claim = Reservation.objects.get()
    assert (claim.status, claim.quantity) == ("committed", 1)
    assert counters(variant, lyon) == (5, 0, 1, 0, 0)
    assert_books_add_up()


def test_release_lines_refuses_more_than_is_committed():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 3, reference=line))
    before = everything()

    with pytest.raises(stock.NotCommitted) as refusal:
        stock.release_lines(order_line_quantities=[(line, 4)], reason="", actor=SYSTEM)

    assert refusal.value.details["lines"] == [
        {"order_line_id": str(line), "requested": 4, "committed": 3}
    ]
    assert everything() == before


def test_expire_holds_ends_only_what_is_over():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)
    hold_for(uuid4(), wanted(variant, lyon, 1), minutes=5)
    hold_for(uuid4(), wanted(variant, lyon, 2), minutes=60)

    with clock.moved(by=timedelta(minutes=10)):
        assert stock.expire_holds() == 1
        assert stock.expire_holds() == 0

    assert counters(variant, lyon) == (5, 0, 0, 2, 0)
    assert_books_add_up()


def test_commit_adds_to_a_line_that_was_routed_again():
    variant, lyon, line, order_id = make_variant(), make_location(), uuid4(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(order_id, wanted(variant, lyon, 1, reference=line))

    made = commit_for(order_id, wanted(variant, lyon, 2, reference=line), adds=True)

    assert [(row.pk, row.quantity) for row in made] == [(Reservation.objects.get().pk, 3)]
    assert counters(variant, lyon) == (5, 0, 3, 0, 0)
    assert_books_add_up()


def test_release_lines_at_one_location_leaves_the_other():
    variant, lyon, nice, line = make_variant(), make_location(), make_location(), uuid4()
    for location in (lyon, nice):
        stock_up(variant, location, 5)
        commit_for(uuid4(), wanted(variant, location, 2, reference=line))

    stock.release_lines(
        order_line_quantities=[(line, 2)], location_id=nice.pk, reason="rejected", actor=SYSTEM
    )

    assert counters(variant, lyon) == (5, 0, 2, 0, 0)
    assert counters(variant, nice) == (5, 0, 0, 0, 0)
    assert_books_add_up()
