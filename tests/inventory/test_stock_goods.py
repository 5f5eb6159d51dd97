"""Goods that come, go and come back; the ledger and its set-based form."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction

from inventory.stock import operations as stock
from inventory.stock.models import (
    Reservation,
    StockBucket,
    StockLevel,
)
from omni.access.actor import SYSTEM
from omni.work.models import Incident
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


def arrival(variant, location, quantity, **over):
    return stock.StockArrival(variant.pk, location.pk, quantity, **over)


def test_put_makes_the_level_and_posts_the_movement():
    variant, lyon = make_variant(), make_location()

    (movement,) = stock.put(lines=[arrival(variant, lyon, 7)], reference="r:1", actor=SYSTEM)

    assert (movement.kind, movement.quantity, movement.principal) == ("received", 7, "system")
    assert counters(variant, lyon) == (7, 0, 0, 0, 0)
    assert_books_add_up()


def test_put_into_a_bucket_is_on_hand_but_not_for_sale():
    variant, lyon = make_variant(), make_location()

    stock.put(
        lines=[arrival(variant, lyon, 2, bucket="inspect", reference=uuid4())],
        kind="returned",
        reference="return:1",
        actor=SYSTEM,
    )

    assert counters(variant, lyon) == (2, 2, 0, 0, 0)
    assert list(StockBucket.objects.values_list("bucket", "quantity")) == [("inspect", 2)]
    assert_books_add_up()


def test_put_repeated_with_its_reference_changes_nothing_and_returns_the_same():
    variant, lyon = make_variant(), make_location()
    lines = [arrival(variant, lyon, 2, bucket="damaged")]
    first = stock.put(lines=lines, reference="r:1", actor=SYSTEM)
    before = everything()

    again = stock.put(lines=lines, reference="r:1", actor=SYSTEM)

    assert again == first
    assert everything() == before


def test_put_refuses_unknown_goods():
    lyon = make_location()

    with pytest.raises(stock.NoSuchStock):
        stock.put(lines=[stock.StockArrival(uuid4(), lyon.pk, 1)], reference="r:1", actor=SYSTEM)

    assert not StockLevel.objects.exists()


def test_put_refuses_an_unknown_bucket_and_absurd_quantities():
    variant, lyon = make_variant(), make_location()

    with pytest.raises(stock.StockChangeNotValid):
        stock.put(lines=[arrival(variant, lyon, 1, bucket="attic")], reference="r", actor=SYSTEM)
    for quantity in (0, -3, 10**10):
        with pytest.raises(stock.QuantityNotValid):
            stock.put(lines=[arrival(variant, lyon, quantity)], reference="r", actor=SYSTEM)
    stock.put(lines=[arrival(variant, lyon, 10**9)], reference="r:1", actor=SYSTEM)
    stock.put(lines=[arrival(variant, lyon, 10**9)], reference="r:2", actor=SYSTEM)
    with pytest.raises(stock.QuantityNotValid), transaction.atomic():
        stock.put(lines=[arrival(variant, lyon, 10**9)], reference="r:3", actor=SYSTEM)

    assert counters(variant, lyon)[0] == 2 * 10**9
    assert_books_add_up()


def test_put_lowers_a_shortfall_in_the_same_statement():
    variant, lyon = make_variant(), make_location()
    stock.take(lines=[wanted(variant, lyon, 3)], reference="off:1", actor=SYSTEM, force=True)

    stock.put(lines=[arrival(variant, lyon, 2)], reference="r:1", actor=SYSTEM)

    assert counters(variant, lyon) == (-1, 0, 0, 0, 1)
    assert_books_add_up()


def test_take_lets_goods_go_at_once():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 3)
    line = wanted(variant, lyon, 2)

    (movement,) = stock.take(lines=[line], reference="sale:1", actor=SYSTEM)

    assert (movement.kind, movement.quantity, movement.order_line_id) == (
        "sold",
        -2,
        line.reference,
    )
    assert counters(variant, lyon) == (1, 0, 0, 0, 0)
    assert_books_add_up()


def test_take_repeated_with_its_reference_changes_nothing_and_returns_the_same():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    line = wanted(variant, lyon, 2)
    first = stock.take(lines=[line], reference="sale:1", actor=SYSTEM)
    before = everything()

    again = stock.take(lines=[line], reference="sale:1", actor=SYSTEM)

    assert again == first
    assert everything() == before


def test_take_refuses_what_others_hold_and_changes_nothing():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 3)
    hold_for(uuid4(), wanted(variant, lyon, 2))
    before = everything()

    with pytest.raises(stock.OutOfStock) as refusal:
        stock.take(lines=[wanted(variant, lyon, 2)], reference="sale:1", actor=SYSTEM)

    assert refusal.value.details["lines"][0]["available"] == 1
    assert everything() == before


def test_take_uses_the_hold_of_the_cart_at_the_till():
    variant, lyon, cart_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 2)
    hold_for(cart_id, wanted(variant, lyon, 2))

    stock.take(
        lines=[wanted(variant, lyon, 2)], reference="s:1", actor=SYSTEM, hold_owner_id=cart_id
    )

    assert counters(variant, lyon) == (0, 0, 0, 0, 0)
    assert Reservation.objects.get().status == "released"
    assert_books_add_up()


def test_take_by_force_opens_a_shortfall_with_an_incident():
    variant, lyon, order_id = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 1)
    commit_for(order_id, wanted(variant, lyon, 1))

    sold = wanted(variant, lyon, 1)
    for _attempt in range(2):
        stock.take(lines=[sold], reference="off:1", actor=SYSTEM, force=True)

    assert counters(variant, lyon) == (0, 0, 1, 0, 1)
    assert_books_add_up()
    incident = Incident.objects.get()
    level = StockLevel.objects.get()
    assert (incident.kind, incident.subject_id) == ("stock_shortfall", str(level.pk))


def test_take_by_force_needs_no_level():
    variant, lyon = make_variant(), make_location()

    stock.take(lines=[wanted(variant, lyon, 2)], reference="off:1", actor=SYSTEM, force=True)

    assert counters(variant, lyon) == (-2, 0, 0, 0, 2)
    assert_books_add_up()


def test_consume_lowers_on_hand_and_the_commitment():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 3, reference=line))

    (movement,) = stock.consume(
        order_line_quantities=[(line, 2)], reference="pickup:1", actor=SYSTEM
    )

    assert (movement.kind, movement.quantity, movement.order_line_id) == ("handed_over", -2, line)
    assert counters(variant, lyon) == (3, 0, 1, 0, 0)
    assert_books_add_up()


def test_consume_repeated_with_its_reference_changes_nothing_and_returns_the_same():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 3, reference=line))
    asked = {"order_line_quantities": [(line, 3)], "reference": "pickup:1", "actor": SYSTEM}
    first = stock.consume(**asked)
    before = everything()

    again = stock.consume(**asked)

    assert again == first
    assert everything() == before
    assert Reservation.objects.get().status == "consumed"


def test_consume_refuses_more_than_is_committed_and_changes_nothing():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 1, reference=line))
    before = everything()

    for quantities in ([(line, 2)], [(line, 1), (uuid4(), 1)]):
        with pytest.raises(stock.NotCommitted):
            stock.consume(order_line_quantities=quantities, reference="p:1", actor=SYSTEM)

    assert everything() == before


def test_consume_of_a_split_line_takes_goods_where_they_leave():
    variant, lyon, nice, line = make_variant(), make_location(), make_location(), uuid4()
    for location in (lyon, nice):
        stock_up(variant, location, 5)
        commit_for(uuid4(), wanted(variant, location, 2, reference=line))

    for location in (nice, lyon):
        for _attempt in range(2):
            stock.consume(
                order_line_quantities=[(line, 1)],
                location_id=location.pk,
                reference="sale:1",
                actor=SYSTEM,
            )

    assert counters(variant, lyon) == counters(variant, nice) == (4, 0, 1, 0, 0)
    assert_books_add_up()


def test_consume_hands_over_what_a_count_did_not_find():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 1)
    commit_for(uuid4(), wanted(variant, lyon, 1, reference=line))
    stock.correct(
        variant_id=variant.pk,
        location_id=lyon.pk,
        counted=0,
        reason="count",
        reference="count:1",
        actor=SYSTEM,
    )

    stock.consume(order_line_quantities=[(line, 1)], reference="p:1", actor=SYSTEM)

    assert counters(variant, lyon) == (-1, 0, 0, 0, 1)
    assert_books_add_up()


def test_undo_brings_goods_and_commitment_back_once():
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 3, reference=line))
    stock.consume(order_line_quantities=[(line, 1)], reference="p:1", actor=SYSTEM)
    stock.consume(order_line_quantities=[(line, 2)], reference="p:2", actor=SYSTEM)

    first = stock.undo(order_line_ids=[line], reference="p:2", actor=SYSTEM)
    again = stock.undo(order_line_ids=[line], reference="p:2", actor=SYSTEM)

    assert [(row.kind, row.quantity) for row in first] == [("undone", 2)]
    assert again == first
    assert counters(variant, lyon) == (4, 0, 2, 0, 0)
    assert_books_add_up()


def test_undo_of_a_till_sale_brings_back_the_goods_alone():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    line = wanted(variant, lyon, 2)
    stock.take(lines=[line], reference="sale:1", actor=SYSTEM)

    stock.undo(order_line_ids=[line.reference], reference="sale:1", actor=SYSTEM)

    assert counters(variant, lyon) == (2, 0, 0, 0, 0)
    assert_books_add_up()


def test_undo_refuses_what_never_left():
    with pytest.raises(stock.NothingToUndo):
        stock.undo(order_line_ids=[uuid4()], reference="p:1", actor=SYSTEM)


def test_post_makes_the_same_rows_as_the_single_forms():
    def moved(location):
        columns = ("kind", "quantity", "bucket", "bucket_quantity", "reference", "principal")
        levels = StockLevel.objects.filter(location=location).order_by("variant__sku")
        return [
            (
                *counters(level.variant, location),
                list(level.movements.order_by("pk").values_list(*columns)),
            )
            for level in levels
        ]

    shirt, scarf = make_variant(), make_variant()
    lyon, nice = make_location(), make_location()
    for variant in (shirt, scarf):
        stock.put(lines=[arrival(variant, lyon, 9)], reference="r:1", actor=SYSTEM)
        stock.put(
            lines=[arrival(variant, lyon, 1, bucket="inspect")],
            kind="returned",
            reference="r:2",
            actor=SYSTEM,
        )
        stock.take(
            lines=[stock.StockRequest(variant.pk, lyon.pk, 4)], reference="s:1", actor=SYSTEM
        )

    posted = stock.post(
        entries=[
            entry
            for variant in (shirt, scarf)
            for entry in (
                stock.Entry(variant.pk, nice.pk, 9, "received", "r:1"),
                stock.Entry(variant.pk, nice.pk, 1, "returned", "r:2", "inspect", 1),
                stock.Entry(variant.pk, nice.pk, -4, "sold", "s:1"),
            )
        ],
        actor=SYSTEM,
    )

    assert posted == 6
    assert moved(nice) == moved(lyon)
    assert_books_add_up()


def test_post_skips_what_the_ledger_has():
    variant, lyon = make_variant(), make_location()
    first = stock.Entry(variant.pk, lyon.pk, 9, "received", "r:1")
    second = stock.Entry(variant.pk, lyon.pk, -2, "sold", "s:1")
    stock.post(entries=[first], actor=SYSTEM)

    assert stock.post(entries=[first, second, second], actor=SYSTEM) == 1
    assert stock.post(entries=[first, second], actor=SYSTEM) == 0

    assert counters(variant, lyon) == (7, 0, 0, 0, 0)
    assert_books_add_up()


def test_post_is_all_or_nothing():
    shirt, scarf, lyon = make_variant(), make_variant(), make_location()
    stock_up(shirt, lyon, 1)
    stock_up(scarf, lyon, 1)
    before = everything()

    with pytest.raises(stock.OutOfStock) as refusal:
        stock.post(
            entries=[
                stock.Entry(shirt.pk, lyon.pk, -1, "sold", "s:1"),
                stock.Entry(scarf.pk, lyon.pk, -2, "sold", "s:2"),
            ],
            actor=SYSTEM,
        )

    assert [line["variant_id"] for line in refusal.value.details["lines"]] == [str(scarf.pk)]
    assert everything() == before


def test_correct_by_count_books_the_difference():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)

    movement = stock.correct(
        variant_id=variant.pk,
        location_id=lyon.pk,
        counted=3,
        reason="theft",
        note="Shelf 4",
        reference="count:1",
        actor=SYSTEM,
    )

    assert movement is not None
    assert (movement.kind, movement.quantity, movement.reason) == ("counted", -2, "theft")
    assert counters(variant, lyon) == (3, 0, 0, 0, 0)
    assert_books_add_up()


def test_correct_repeated_with_its_reference_changes_nothing():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)
    asked = {
        "variant_id": variant.pk,
        "location_id": lyon.pk,
        "change": -2,
        "reason": "theft",
        "reference": "c:1",
        "actor": SYSTEM,
    }
    first = stock.correct(**asked)
    before = everything()

    assert stock.correct(**asked) == first
    assert everything() == before


def test_correct_without_a_difference_writes_nothing():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)
    before = everything()

    nothing = stock.correct(
        variant_id=variant.pk,
        location_id=lyon.pk,
        counted=5,
        reason="count",
        reference="c:1",
        actor=SYSTEM,
    )

    assert nothing is None
    assert everything() == before


def test_correct_that_takes_promised_units_away_opens_a_shortfall_and_an_incident():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)
    commit_for(uuid4(), wanted(variant, lyon, 4))

    stock.correct(
        variant_id=variant.pk,
        location_id=lyon.pk,
        counted=1,
        reason="count",
        reference="c:1",
        actor=SYSTEM,
    )

    assert counters(variant, lyon) == (1, 0, 4, 0, 3)
    assert Incident.objects.get().details["shortfall"] == 3
    assert_books_add_up()


@pytest.mark.parametrize("how", [{"change": -6}, {}, {"counted": 3, "change": 1}, {"counted": -1}])
def test_correct_refuses_what_makes_no_sense(how):
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)
    before = everything()

    with pytest.raises(stock.StockChangeNotValid):
        stock.correct(
            variant_id=variant.pk,
            location_id=lyon.pk,
            reason="count",
            reference="c:1",
            actor=SYSTEM,
            **how,
        )

    assert everything() == before


def bucket_move(variant, location, quantity, **over):
    return stock.move_bucket(
        variant_id=variant.pk,
        location_id=location.pk,
        quantity=quantity,
        actor=SYSTEM,
        **{"reference": "b:1"} | over,
    )


def test_move_bucket_sets_units_aside_and_back():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)

    bucket_move(variant, lyon, 3, to_bucket="damaged", reference="b:1")
    bucket_move(variant, lyon, 2, from_bucket="damaged", to_bucket="inspect", reference="b:2")
    bucket_move(variant, lyon, 1, from_bucket="inspect", reference="b:3")

    buckets = dict(StockBucket.objects.values_list("bucket", "quantity"))
    assert buckets == {"damaged": 1, "inspect": 1}
    assert counters(variant, lyon) == (5, 2, 0, 0, 0)
    assert_books_add_up()


def test_move_bucket_repeated_with_its_reference_changes_nothing():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 5)
    first = bucket_move(variant, lyon, 3, to_bucket="damaged")
    before = everything()

    assert bucket_move(variant, lyon, 3, to_bucket="damaged") == first
    assert everything() == before


def test_move_bucket_refuses_more_than_is_there_and_changes_nothing():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    bucket_move(variant, lyon, 1, to_bucket="damaged", reference="b:0")
    before = everything()

    for places in ({"to_bucket": "damaged"}, {"from_bucket": "damaged"}):
        with pytest.raises(stock.BucketTooSmall):
            bucket_move(variant, lyon, 2, **places)
    for nonsense in (
        {},
        {"to_bucket": "attic"},
        {"from_bucket": "damaged", "to_bucket": "damaged"},
    ):
        with pytest.raises(stock.StockChangeNotValid):
            bucket_move(variant, lyon, 1, **nonsense)

    assert everything() == before


def test_move_bucket_of_promised_units_opens_a_shortfall():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    commit_for(uuid4(), wanted(variant, lyon, 2))

    bucket_move(variant, lyon, 1, to_bucket="damaged")

    assert counters(variant, lyon) == (2, 1, 2, 0, 1)
    assert Incident.objects.count() == 1
    assert_books_add_up()
