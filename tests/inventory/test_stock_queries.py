"""What can be sold: the same rule for every channel."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.stock import operations as stock
from inventory.stock import queries
from omni.access.actor import SYSTEM, Actor, Granted
from omni.core import clock
from omni.core.errors import NotFound
from tests.factories.inventory import make_channel, make_location, make_variant, serve, stock_up
from tests.inventory.stock_cases import commit_for, hold_for, wanted

pytestmark = pytest.mark.django_db


def test_available_to_sell_counts_what_nobody_claims():
    shirt, scarf, lyon, nice = make_variant(), make_variant(), make_location(), make_location()
    stock_up(shirt, lyon, 9)
    stock.set_safety(variant_id=shirt.pk, location_id=lyon.pk, safety=1, actor=SYSTEM)
    commit_for(uuid4(), wanted(shirt, lyon, 2))
    hold_for(uuid4(), wanted(shirt, lyon, 1))
    channel = make_channel()
    serve(channel, lyon, buffer=3)
    asked = {"variant_ids": [shirt.pk, scarf.pk], "location_ids": [lyon.pk, nice.pk]}

    in_general = queries.available_to_sell(**asked)
    in_channel = queries.available_to_sell(**asked, channel_id=channel.pk)
    at_till = queries.available_to_sell(**asked, channel_id=channel.pk, at_till=True)

    key = (shirt.pk, lyon.pk)
    assert (in_general[key], in_channel[key], at_till[key]) == (5, 2, 6)
    assert sum(in_general.values()) == 5
    assert len(in_general) == 4


def test_available_to_sell_does_not_count_holds_that_expired_unswept(
    django_assert_num_queries,
):
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    hold_for(uuid4(), wanted(variant, lyon, 2), minutes=5)

    now = clock.now() + timedelta(minutes=6)
    with django_assert_num_queries(1):
        units = queries.available_to_sell(variant_ids=[variant.pk], location_ids=[lyon.pk], now=now)

    assert units == {(variant.pk, lyon.pk): 2}


def test_available_in_channel_adds_up_the_locations_that_serve_it():
    variant, lyon, nice, oslo = make_variant(), make_location(), make_location(), make_location()
    for location in (lyon, nice, oslo):
        stock_up(variant, location, 4)
    channel = make_channel(locations=[lyon])
    serve(channel, nice, methods=["pickup"], buffer=5)
    asked = {"channel_id": channel.pk, "variant_ids": [variant.pk]}

    assert queries.available_in_channel(**asked) == {variant.pk: 4}
    assert queries.available_in_channel(**asked, method="ship") == {variant.pk: 4}


def test_availability_near_names_the_nearest_first(django_assert_num_queries):
    variant, other = make_variant(), make_variant()
    lyon = make_location(name="Lyon")
    nice = make_location(name="Nice", latitude=43.7102, longitude=7.262)
    paris = make_location(name="Paris", latitude=48.8566, longitude=2.3522)
    channel = make_channel(locations=[lyon, nice, paris])
    stock_up(variant, nice, 1)
    stock_up(variant, lyon, 2)
    stock_up(variant, paris, 3)
    now = clock.now()

    with django_assert_num_queries(1):
        near = queries.availability_near(
            channel_id=channel.pk,
            variant_ids=[variant.pk, other.pk],
            latitude=45.75,
            longitude=4.85,
            limit=2,
            now=now,
        )

    assert [(row.location_name, row.available) for row in near[variant.pk]] == [
        ("Lyon", 2),
        ("Nice", 1),
    ]
    assert near[variant.pk][1].distance_km == pytest.approx(298, abs=3)
    assert near[other.pk] == []


def test_get_level_hides_other_locations():
    variant, lyon, nice = make_variant(), make_location(), make_location()
    stock_up(variant, lyon, 1)
    stock_up(variant, nice, 1)
    grant = Granted(frozenset({"stock.view"}), "location", lyon.pk)
    ben = Actor(kind="staff", user_id=uuid4(), grants=(grant,))

    level = queries.get_level(ben, variant_id=variant.pk, location_id=lyon.pk)

    assert level.on_hand == 1
    with pytest.raises(NotFound):
        queries.get_level(ben, variant_id=variant.pk, location_id=nice.pk)
    assert [row.location_id for row in queries.levels_visible_to(ben)] == [lyon.pk]
