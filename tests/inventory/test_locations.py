"""Locations: hours and services kept by operations, the nearest first, slots never overbooked."""

from __future__ import annotations

import gzip
import json
import math
import os
import random
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from inventory.locations import operations as locations
from inventory.locations import queries
from inventory.locations.models import CapacitySlot, Location, OpeningHours
from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from tests.factories.inventory import make_channel, make_location, serve

pytestmark = pytest.mark.django_db

WEEKDAYS = [locations.WeekdaySpan(day, time(9), time(18)) for day in range(5)]


def test_save_location_keeps_it_and_tells():
    location = locations.save_location(
        location=Location(
            code="lyon", name="Lyon", kind="store", country="FR", time_zone="Europe/Paris"
        ),
        actor=SYSTEM,
    )

    assert Location.objects.get().pk == location.pk
    assert list(StoredEvent.objects.values_list("type", flat=True)) == ["location.changed"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"country": "france"}, "country"),
        ({"country": "XX"}, "country"),
        ({"latitude": 1.0}, "latitude"),
        ({"opens_on": date(2026, 2, 1), "closes_on": date(2026, 1, 1)}, "closes_on"),
    ],
)
def test_save_location_refuses_what_makes_no_sense(wrong, field):
    values = {"code": "lyon", "name": "Lyon", "kind": "store", "country": "FR"}

    with pytest.raises(locations.LocationNotValid) as refusal:
        locations.save_location(location=Location(**values | wrong), actor=SYSTEM)

    assert refusal.value.details["fields"] == [field]
    assert not Location.objects.exists()


def test_close_location_needs_a_closing_first_and_ends_it():
    location = make_location()

    with pytest.raises(InvalidTransition):
        locations.close_location(location=location, actor=SYSTEM)
    locations.begin_closing(location=location, actor=SYSTEM)
    locations.close_location(location=location, actor=SYSTEM)
    with pytest.raises(InvalidTransition):
        locations.open_location(location=location, actor=SYSTEM)

    assert Location.objects.get().status == "closed"


def test_set_opening_hours_replaces_them():
    location = make_location()

    locations.set_opening_hours(location=location, spans=WEEKDAYS, actor=SYSTEM)
    locations.set_hours_exception(location=location, on_date=date(2026, 1, 12), actor=SYSTEM)

    monday, tuesday = (datetime(2026, 1, day, 10, tzinfo=UTC) for day in (12, 13))
    assert OpeningHours.objects.count() == 5
    assert not queries.is_open(location, monday)
    assert queries.is_open(location, tuesday)
    assert queries.next_change(location, monday) == datetime(2026, 1, 13, 8, tzinfo=UTC)
    assert queries.opening_hours_for(location, date(2026, 1, 12)) == []


def test_set_opening_hours_refuses_overlaps_also_over_sunday_night():
    location = make_location()
    locations.set_opening_hours(location=location, spans=WEEKDAYS, actor=SYSTEM)
    overlaps = [
        [locations.WeekdaySpan(0, time(9), time(12)), locations.WeekdaySpan(0, time(11), time(18))],
        [locations.WeekdaySpan(6, time(20), time(2)), locations.WeekdaySpan(0, time(1), time(9))],
        [locations.WeekdaySpan(7, time(9), time(12))],
    ]

    for spans in overlaps:
        with pytest.raises(locations.HoursNotValid):
            locations.set_opening_hours(location=location, spans=spans, actor=SYSTEM)

    assert OpeningHours.objects.count() == 5


def test_is_open_is_false_for_a_location_that_does_not_trade():
    location = make_location(status="planned")

    assert not queries.is_open(location, datetime(2026, 1, 12, 10, tzinfo=UTC))
    assert queries.next_change(location, datetime(2026, 1, 12, 10, tzinfo=UTC)) is None


def test_hours_of_many_takes_one_query(django_assert_num_queries):
    few = [make_location() for _ in range(3)]

    with django_assert_num_queries(1):
        assert set(queries.hours_of_many(few)) == {location.pk for location in few}


def test_serve_channel_keeps_one_rule():
    channel, location = make_channel(), make_location()
    asked = {"channel": channel, "location": location, "actor": SYSTEM}

    locations.serve_channel(**asked, methods=["ship", "pickup", "ship"], buffer=1)
    locations.serve_channel(**asked, methods=["pickup"], buffer=2, priority=5)

    rule = queries.get_rule(channel_id=channel.pk, location_id=location.pk, method="pickup")
    assert (rule.methods, rule.buffer, rule.priority) == (["pickup"], 2, 5)
    with pytest.raises(NotFound):
        queries.get_rule(channel_id=channel.pk, location_id=location.pk, method="ship")
    with pytest.raises(locations.LocationNotValid):
        locations.serve_channel(**asked, methods=["teleport"])


def test_make_slots_fills_the_opening_hours_once():
    location = make_location(is_always_open=False)
    locations.set_opening_hours(location=location, spans=WEEKDAYS, actor=SYSTEM)
    locations.offer_service(
        location=location, service="pickup", slot_minutes=240, slot_capacity=2, actor=SYSTEM
    )

    for _attempt in range(2):
        made = locations.make_slots(location=location, service="pickup", on_date=date(2026, 1, 12))

    assert [(slot.starts_at.hour, slot.ends_at.hour) for slot in made] == [(8, 12), (12, 16)]
    assert CapacitySlot.objects.count() == 2
    assert not locations.make_slots(location=location, service="pickup", on_date=date(2026, 1, 11))


def test_book_slot_never_exceeds_its_capacity():
    location = make_location()
    slot = CapacitySlot.objects.create(
        location=location,
        service="pickup",
        starts_at=datetime(2026, 1, 12, 8, tzinfo=UTC),
        ends_at=datetime(2026, 1, 12, 9, tzinfo=UTC),
        capacity=1,
    )
    locations.book_slot(slot_id=slot.pk)

    with pytest.raises(locations.SlotFull):
        locations.book_slot(slot_id=slot.pk)
    locations.free_slot(slot_id=slot.pk)
    with pytest.raises(NotFound):
        locations.free_slot(slot_id=slot.pk)
    with pytest.raises(NotFound):
        locations.book_slot(slot_id=slot.pk + 1)

    slot.refresh_from_db()
    assert slot.booked == 0


def test_nearest_narrows_by_service_channel_and_method(django_assert_num_queries):
    lyon = make_location(name="Lyon")
    make_location(name="Next door", services=["till"])
    make_location(name="Soon", status="planned")
    nice = make_location(name="Nice", latitude=43.7102, longitude=7.262)
    channel = make_channel()
    serve(channel, nice, methods=["pickup"])
    serve(channel, lyon, methods=["ship"])

    with django_assert_num_queries(1):
        by_service = queries.nearest(45.75, 4.85, service="pickup")

    assert [row.location.name for row in by_service] == ["Lyon", "Nice"]
    assert by_service[1].distance_km == pytest.approx(298, abs=3)
    asked = {"channel_id": channel.pk, "method": "pickup"}
    assert [row.location for row in queries.nearest(45.75, 4.85, **asked)] == [nice]
    assert queries.nearest(45.75, 4.85, **asked, radius_km=100) == []


def test_nearest_within_a_radius_finds_what_a_full_search_finds():
    places = random.Random(7)
    rows = [
        make_location(
            services=["pickup"],
            is_always_open=False,
            latitude=places.choice([89.5, -89.5, places.uniform(-90, 90)]),
            longitude=places.choice([179.9, -179.9, places.uniform(-180, 180)]),
        )
        for _ in range(60)
    ]

    for _ in range(40):
        here = (places.uniform(-90, 90), places.uniform(-180, 180))
        radius = places.choice([50, 500, 5000, 12_000, 21_000])
        found = queries.nearest(*here, radius_km=radius, limit=100)

        expected = {row.pk for row in rows if _kilometres(here, row) <= radius}
        assert {near.location.pk for near in found} == expected


def _kilometres(here: tuple[float, float], row: Location) -> float:
    """By the angle between vectors: another formula than the one under test."""

    def vector(latitude: float, longitude: float) -> tuple[float, float, float]:
        lat, lon = math.radians(latitude), math.radians(longitude)
        return (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))

    a, b = vector(*here), vector(row.latitude or 0.0, row.longitude or 0.0)
    cross = math.dist(
        (0, 0, 0),
        (
            a[1] * b[2] - a[2] * b[1],
            a[2] * b[0] - a[0] * b[2],
            a[0] * b[1] - a[1] * b[0],
        ),
    )
    return math.atan2(cross, sum(x * y for x, y in zip(a, b, strict=True))) * 6371.0088


def test_nearest_of_1565_real_stores_is_store_482(django_assert_num_queries):
    stores = _real_stores()
    Location.objects.bulk_create(
        Location(
            code=f"s{store['id']}",
            name=store["name"],
            kind="store",
            country="US",
            time_zone="America/New_York",
            latitude=store["location"]["lat"],
            longitude=store["location"]["lon"],
        )
        for store in stores
    )

    with django_assert_num_queries(1):
        found = queries.nearest(40.7506, -73.9972, limit=3)

    assert len(stores) == 1565
    assert found[0].location.code == "s482"
    assert [
        near.location.code for near in queries.nearest(40.7506, -73.9972, limit=3, radius_km=30)
    ] == [near.location.code for near in found]


def _real_stores() -> list[dict]:
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("OMNI_DATA", root / ".." / "shared" / "data"))
    path = folder / "stores" / "bestbuy_stores.json.gz"
    if not path.exists():
        pytest.skip(f"the public data set of stores is not at {path} (OMNI_DATA names its folder)")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)
