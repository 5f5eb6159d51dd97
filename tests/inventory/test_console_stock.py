"""The stock pages: found by any word or code, explained by the ledger, set right once."""

from itertools import pairwise

import pytest

from inventory.catalog.search import refresh_search
from inventory.stock import operations as stock
from inventory.stock.models import StockLevel, StockMovement
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from tests.factories.inventory import make_location, make_product, make_variant, stock_up
from tests.factories.omni import make_staff
from tests.factories.orders_work import make_shop
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db

VIEW, CORRECT, RECEIVE = (
    Permission.STOCK_VIEW,
    Permission.STOCK_CORRECT,
    Permission.STOCK_RECEIVE,
)
MARKUP = "<b onmouseover=alert(1)>"


def _page(variant):
    return f"/console/stock/{variant.pk}"


def test_history_adds_up_over_its_pages_in_a_fixed_number_of_queries(
    django_assert_max_num_queries,
):
    shop = make_shop(units=10)
    for number in range(45):
        stock.correct(
            variant_id=shop.variant.pk,
            location_id=shop.lyon.pk,
            change=1 if number % 3 else 2,
            reason="found",
            note=f"{MARKUP} {number}",
            reference=f"found-{number}",
            actor=SYSTEM,
        )
    client = console_client(shop.lyon, VIEW)

    client.get(_page(shop.variant))
    with django_assert_max_num_queries(12):
        first = client.get(_page(shop.variant))
    second = client.get(_page(shop.variant), {"before": first.context["next"]})

    lines = [*first.context["ledger"], *second.context["ledger"]]
    assert lines[0]["on_hand"] == shop.level(shop.lyon).on_hand == 70
    assert lines[-1]["on_hand"] == lines[-1]["row"].quantity == 10
    assert all(
        newer["on_hand"] - newer["row"].quantity == older["on_hand"]
        for newer, older in pairwise(lines)
    )
    assert MARKUP not in first.content.decode()


def test_search_finds_by_word_barcode_and_number_and_shows_the_stock_of_this_store_only():
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    product = make_product(name=f"Kiel merino crew {MARKUP}")
    small = make_variant(product=product, sku="KMC-S", options={"size": "S", "colour": "oat"})
    medium = make_variant(product=product, sku="KMC-M", options={"size": "M", "colour": "navy"})
    stock_up(medium, lyon, 3)
    stock_up(medium, nice, 50)
    refresh_search()
    client = console_client(lyon, VIEW)

    found = client.get("/console/stock", {"q": "merino navy"})
    exact = client.get("/console/stock", {"q": "kmc-s"})
    scanned = client.get("/console/find", {"q": "KMC-S\r\n"})
    nothing = client.get("/console/stock", {"q": "no such thing \x00 %_'"})

    rows = [each["row"] for each in found.context["rows"]]
    assert [row.id for row in rows] == [medium.pk, small.pk]
    assert (rows[0].available, rows[0].on_hand) == (3, 3)
    assert MARKUP not in found.content.decode()
    assert small.pk in {each["row"].id for each in exact.context["rows"]}
    assert scanned.url == _page(small)
    assert nothing.status_code == 200


def test_stock_that_is_short_stands_first_without_a_word():
    shop = make_shop(units=2)
    plenty = make_variant()
    stock_up(plenty, shop.lyon, 40)

    rows = console_client(shop.lyon, VIEW).get("/console/stock").context["rows"]

    assert [each["row"].id for each in rows] == [shop.variant.pk]


def test_count_is_booked_once_however_often_it_is_sent():
    shop = make_shop(units=10)
    client = console_client(shop.lyon, VIEW, CORRECT)
    form = once(do="count", counted="7", note="Friday")

    first = client.post(_page(shop.variant), form)
    client.post(_page(shop.variant), form)

    assert first.status_code == 303
    assert shop.level(shop.lyon).on_hand == 7
    assert StockMovement.objects.filter(kind="counted").count() == 1
    assert shop.level(shop.nice).on_hand == 10


@pytest.mark.parametrize("counted", ["-1", "9" * 30, "a few", ""])
def test_count_that_is_no_number_changes_nothing_and_stays_typed(counted):
    shop = make_shop(units=10)
    client = console_client(shop.lyon, VIEW, CORRECT)

    answer = client.post(_page(shop.variant), once(do="count", counted=counted))

    assert answer.status_code == 400
    assert answer.context["count_form"]["counted"].value() == counted
    assert not StockMovement.objects.filter(kind="counted").exists()


def test_damaged_units_leave_the_sale_and_come_back():
    shop = make_shop(units=10)
    client = console_client(shop.lyon, VIEW, CORRECT)

    client.post(_page(shop.variant), once(do="bucket", quantity="3", move=":damaged"))
    assert shop.level(shop.lyon).unavailable == 3
    too_many = client.post(_page(shop.variant), once(do="bucket", quantity="4", move="damaged:"))
    client.post(_page(shop.variant), once(do="bucket", quantity="3", move="damaged:"))

    assert too_many.status_code in (400, 409)
    level = StockLevel.objects.get(variant=shop.variant, location=shop.lyon)
    assert (level.on_hand, level.unavailable) == (10, 0)


def test_clerk_who_may_only_look_corrects_and_receives_nothing():
    shop = make_shop(units=10)
    client = console_client(shop.lyon, user=make_staff(VIEW, location_id=shop.lyon.pk))

    page = client.get(_page(shop.variant)).content.decode()
    answers = [
        client.post(_page(shop.variant), once(do="count", counted="1")).status_code,
        client.post(_page(shop.variant), once(do="receive", quantity="5", note="x")).status_code,
    ]

    assert answers == [403, 403]
    assert 'name="counted"' not in page
    assert shop.level(shop.lyon).on_hand == 10


def test_goods_are_received_once():
    shop = make_shop(units=10)
    client = console_client(shop.lyon, VIEW, RECEIVE)
    form = once(do="receive", quantity="5", note="Delivery 7")

    client.post(_page(shop.variant), form)
    client.post(_page(shop.variant), form)

    assert shop.level(shop.lyon).on_hand == 15


def test_promises_say_why_not():
    shop = make_shop(units=1)
    shop.lyon.channels.update(buffer=1)

    promises = console_client(shop.lyon, VIEW).get(_page(shop.variant)).context["promises"]

    told = {(each["what"], each["where"]): each["why"] for each in promises}
    assert "1 can be sold over this counter" in told["Take now", "Lyon"]
    assert "kept back for its own counter" in told["Not to collect", "Lyon"]
