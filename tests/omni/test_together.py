"""Several questions in one statement answer as they do alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Count, DecimalField, Q, Value

from inventory.catalog.models import Media
from inventory.catalog.pictures import picture_column, pictures_of
from inventory.locations.models import Location
from inventory.stock.models import StockLevel
from omni.core.together import ask_together, counted, found_together
from tests.factories.inventory import make_location, make_product, make_variant, stock_up

pytestmark = pytest.mark.django_db


def test_questions_asked_together_are_answered_as_alone(django_assert_num_queries: Any) -> None:
    make_location(name="Lyon", country="FR")
    make_location(name="London", country="GB")
    rows = Location.objects.order_by("name").values("id", "name", "opens_on", "time_zone")
    french = counted(Location.objects.all(), fr=Count("pk", filter=Q(country="FR")), n=Count("pk"))

    with django_assert_num_queries(1):
        told = ask_together({"rows": rows, "french": french, "none": rows.none()})
    with django_assert_num_queries(1):
        stores, none = found_together(Location.objects.order_by("name"), Location.objects.none())

    assert told == {"rows": list(rows), "french": [{"fr": 1, "n": 2}], "none": []}
    alone = list(Location.objects.order_by("name"))
    assert [each.__dict__ | {"_state": 0} for each in stores] == [
        each.__dict__ | {"_state": 0} for each in alone
    ]
    assert none == []


def test_nothing_to_ask_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert ask_together({}) == {}
        assert ask_together({"none": Location.objects.none().values("id")}) == {"none": []}


def test_picture_within_a_queryset_is_the_variant_s_picture() -> None:
    product = make_product()
    own, other, bare = make_variant(product=product), make_variant(product=product), make_variant()
    Media.objects.create(product=product, url="second.svg", alt="both", position=2)
    Media.objects.create(product=product, url="first.svg", alt="both", position=1)
    Media.objects.create(product=product, variant=own, url="own.svg", alt="own", position=9)

    location = make_location()
    for each in (own, other, bare):
        stock_up(each, location, 1)
    rows = StockLevel.objects.annotate(url=picture_column("url", of="variant"))
    shown = dict(rows.values_list("variant_id", "url"))

    known = pictures_of([own.pk, other.pk, bare.pk])
    assert shown == {pk: known[pk].url if pk in known else None for pk in shown}
    assert (shown[own.pk], shown[other.pk], shown[bare.pk]) == ("own.svg", "first.svg", None)


def test_decimals_stay_as_they_are() -> None:
    make_location()
    exact = Value(Decimal("12345678901234.123456"), DecimalField(max_digits=20, decimal_places=6))
    rows = Location.objects.annotate(exact=exact).values("exact")

    assert ask_together({"rows": rows})["rows"] == list(rows)
