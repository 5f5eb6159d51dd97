"""Staff endpoints of stock: scoped to granted locations, written once, clear problems."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from inventory.stock import operations as stock
from inventory.stock.models import StockLevel, StockMovement
from omni.access.actor import SYSTEM
from tests.factories.inventory import make_location, make_variant, stock_up
from tests.factories.omni import make_staff, staff_client
from tests.inventory.stock_cases import counters, everything

pytestmark = pytest.mark.django_db

PERMISSIONS = ("stock.view", "stock.receive", "stock.correct")
LEVELS = "/api/v1/staff/stock/levels"
RECEIPTS = "/api/v1/staff/stock/receipts"
CORRECTIONS = "/api/v1/staff/stock/corrections"
BUCKET_MOVES = "/api/v1/staff/stock/bucket-moves"


@pytest.fixture
def lyon():
    return make_location(name="Lyon")


@pytest.fixture
def nice():
    return make_location(name="Nice")


@pytest.fixture
def ada(lyon):
    """Manages Lyon."""
    return staff_client(make_staff(*PERMISSIONS, location_id=lyon.pk))


def post(client: Client, path: str, body: dict[str, Any], key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return client.post(path, body, content_type="application/json", headers=headers)


def receipt(location, variant, quantity=3, **over):
    line = {"variant_id": str(variant.pk), "quantity": quantity}
    return {"location_id": str(location.pk), "lines": [line]} | over


def test_levels_show_only_granted_locations(ada, lyon, nice, django_assert_max_num_queries):
    for location in (lyon, nice):
        for _variant in range(3):
            stock_up(make_variant(), location, 1)

    with django_assert_max_num_queries(8):
        answer = ada.get(LEVELS)

    assert answer.status_code == 200
    assert {row["location_code"] for row in answer.json()["results"]} == {lyon.code}
    assert len(answer.json()["results"]) == 3


def test_levels_are_found_by_variant_code_and_page(ada, lyon):
    variant, other = make_variant(sku="BLUE-1"), make_variant()
    stock_up(variant, lyon, 4)
    stock_up(other, lyon, 1)

    by_code = ada.get(LEVELS, {"code": "blue-1"}).json()["results"]
    by_id = ada.get(LEVELS, {"variant_id": str(variant.pk)}).json()["results"]
    first = ada.get(LEVELS, {"limit": 1}).json()
    second = ada.get(LEVELS, {"limit": 1, "cursor": first["next"]}).json()

    assert [row["sku"] for row in by_code] == ["BLUE-1"]
    assert by_id == by_code
    assert (by_id[0]["on_hand"], by_id[0]["available"]) == (4, 4)
    assert {first["results"][0]["sku"], second["results"][0]["sku"]} == {"BLUE-1", other.sku}
    assert ada.get(LEVELS, {"code": "nothing"}).status_code == 404
    assert ada.get(LEVELS, {"colour": "blue"}).status_code == 400


def test_level_and_its_ledger_of_another_location_look_like_nothing(ada, lyon, nice):
    variant = make_variant()
    stock_up(variant, lyon, 4)
    stock_up(variant, nice, 4)
    stock.move_bucket(
        variant_id=variant.pk,
        location_id=lyon.pk,
        quantity=1,
        to_bucket="display",
        reference="b:1",
        actor=SYSTEM,
    )

    level = ada.get(f"{LEVELS}/{variant.pk}/{lyon.pk}")
    ledger = ada.get(f"{LEVELS}/{variant.pk}/{lyon.pk}/movements")

    assert level.json()["buckets"] == [{"bucket": "display", "quantity": 1}]
    assert [row["kind"] for row in ledger.json()["results"]] == ["damaged", "opening"]
    foreign = ada.get(f"{LEVELS}/{variant.pk}/{nice.pk}")
    unknown = ada.get(f"{LEVELS}/{variant.pk}/{uuid4()}")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["code"] == unknown.json()["code"]
    assert ada.get(f"{LEVELS}/{variant.pk}/{nice.pk}/movements").status_code == 404


def test_receive_books_the_goods_once(ada, lyon):
    variant, key = make_variant(), str(uuid4())

    first = post(ada, RECEIPTS, receipt(lyon, variant), key)
    again = post(ada, RECEIPTS, receipt(lyon, variant), key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counters(variant, lyon) == (3, 0, 0, 0, 0)


def test_receive_books_a_delivery_note_once_whatever_the_key(ada, lyon):
    variant = make_variant()

    for _attempt in range(2):
        answer = post(ada, RECEIPTS, receipt(lyon, variant, delivery_note="DN-7"))

    assert answer.status_code == 201
    assert StockMovement.objects.get().reference == "delivery:DN-7"
    assert counters(variant, lyon) == (3, 0, 0, 0, 0)


def test_receive_refuses_another_quantity_under_the_same_delivery_note(ada, lyon):
    variant = make_variant()
    post(ada, RECEIPTS, receipt(lyon, variant, 12, delivery_note="DN-8"))

    answer = post(ada, RECEIPTS, receipt(lyon, variant, 7, delivery_note="DN-8"))

    assert (answer.status_code, answer.json()["code"]) == (409, "stock_reference_reused")
    line = answer.json()["details"]["lines"][0]
    assert (line["requested"], line["written"]) == (7, 12)
    assert StockMovement.objects.get().quantity == 12


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": []}, 400, "invalid"),
        ({"lines": [{"variant_id": str(uuid4()), "quantity": 1}]}, 404, "no_such_stock"),
        ({"location_id": str(uuid4())}, 404, "not_found"),
        ({"colour": "blue"}, 400, "invalid"),
        ({"note": "a\x00b"}, 400, "parse_error"),
    ],
)
def test_receive_refuses_bad_input_and_changes_nothing(ada, lyon, change, status, code):
    variant = make_variant()

    answer = post(ada, RECEIPTS, receipt(lyon, variant) | change)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not StockLevel.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "3", True, 10**7, None])
def test_receive_refuses_quantities_that_make_no_sense(ada, lyon, quantity):
    answer = post(ada, RECEIPTS, receipt(lyon, make_variant(), quantity))

    assert answer.status_code == 400
    assert not StockLevel.objects.exists()


def test_receive_needs_the_permission_at_that_location(ada, lyon, nice):
    variant = make_variant()
    ben = staff_client(make_staff("stock.view", location_id=lyon.pk))

    assert post(ada, RECEIPTS, receipt(nice, variant)).status_code == 404
    assert post(ben, RECEIPTS, receipt(lyon, variant)).status_code == 403
    assert post(Client(), RECEIPTS, receipt(lyon, variant)).status_code == 401
    missing = ada.post(RECEIPTS, receipt(lyon, variant), content_type="application/json")
    assert missing.json()["code"] == "idempotency_key_missing"
    assert not StockLevel.objects.exists()


def test_correct_books_the_difference(ada, lyon):
    variant = make_variant()
    stock_up(variant, lyon, 5)
    place = {"variant_id": str(variant.pk), "location_id": str(lyon.pk), "reason": "count"}

    counted = post(ada, CORRECTIONS, place | {"counted": 3})
    changed = post(ada, CORRECTIONS, place | {"change": -1})
    same = post(ada, CORRECTIONS, place | {"counted": 2})

    assert [row["quantity"] for row in counted.json()["results"]] == [-2]
    assert [row["quantity"] for row in changed.json()["results"]] == [-1]
    assert same.json()["results"] == []
    assert counters(variant, lyon) == (2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "stock_change_not_valid"),
        ({"counted": 1, "change": 1}, "stock_change_not_valid"),
        ({"change": -6}, "stock_change_not_valid"),
        ({"counted": -1}, "invalid"),
        ({"counted": 10**12}, "invalid"),
    ],
)
def test_correct_refuses_what_makes_no_sense_and_changes_nothing(ada, lyon, body, code):
    variant = make_variant()
    stock_up(variant, lyon, 5)
    before = everything()
    place = {"variant_id": str(variant.pk), "location_id": str(lyon.pk), "reason": "count"}

    answer = post(ada, CORRECTIONS, place | body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert everything() == before


def test_move_bucket_sets_aside_and_refuses_too_many(ada, lyon, nice):
    variant = make_variant()
    stock_up(variant, lyon, 2)
    stock_up(variant, nice, 2)
    asked = {"variant_id": str(variant.pk), "location_id": str(lyon.pk), "reason": "broken"}

    moved = post(ada, BUCKET_MOVES, asked | {"quantity": 1, "to_bucket": "damaged"})
    too_many = post(ada, BUCKET_MOVES, asked | {"quantity": 2, "to_bucket": "damaged"})
    nowhere = post(ada, BUCKET_MOVES, asked | {"quantity": 1})
    foreign = post(
        ada,
        BUCKET_MOVES,
        asked | {"quantity": 1, "to_bucket": "damaged", "location_id": str(nice.pk)},
    )

    assert moved.json()["results"][0]["bucket_quantity"] == 1
    assert (too_many.status_code, too_many.json()["code"]) == (409, "bucket_too_small")
    assert nowhere.json()["code"] == "stock_change_not_valid"
    assert foreign.status_code == 404
    assert counters(variant, lyon) == (2, 1, 0, 0, 0)
