"""What a store sold today beside a usual day of that weekday."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from orders.sales.models import Order
from orders.sales.store_hours import StoreSales, store_sales
from tests.factories.inventory import make_channel, make_location
from tests.factories.omni import staff_actor
from tests.factories.orders import make_line_draft, make_order

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 23, 12, 30, tzinfo=PARIS)


def sold(place: UUID, channel: Any, at: datetime, minor: int = 1000, **over: Any) -> None:
    order = make_order(
        channel=channel,
        location_id=place,
        placed_at=at,
        is_confirmed=True,
        lines=[make_line_draft(price_minor=minor, net_minor=minor, tax_minor=0, total_minor=minor)],
    )
    if over:
        Order.objects.filter(pk=order.pk).update(**over)


def read(actor: Actor, place: UUID) -> StoreSales:
    return store_sales(actor, place, currency="EUR", zone="Europe/Paris", now=NOON)


def test_store_sales_by_hour_beside_the_usual_weekday(django_assert_num_queries: Any) -> None:
    store, channel = make_location().pk, make_channel()
    ben = staff_actor(Permission.ORDERS_VIEW, location_id=store)
    day, week = timedelta(days=1), timedelta(weeks=1)
    ten, three = NOON.replace(hour=10, minute=5), NOON.replace(hour=15)
    sold(store, channel, ten, 5000, cancelled_minor=1000)
    sold(store, channel, NOON - timedelta(minutes=1), 2000)
    sold(store, channel, ten, 700, status="cancelled")
    sold(store, channel, ten - day, 900)  # another weekday
    sold(make_location().pk, channel, ten, 900)  # another store
    sold(store, make_channel(currency="USD"), ten, 900)
    sold(store, channel, NOON.replace(hour=0, minute=0) - timedelta(minutes=1), 800)  # a Sunday
    for weeks, minor in ((1, 3000), (2, 5000)):  # nothing three and four weeks ago
        sold(store, channel, ten - weeks * week, minor)
        sold(store, channel, three - weeks * week, 4000)
    sold(store, channel, ten - 5 * week, 99_000)  # too long ago

    with django_assert_num_queries(1):
        sales = read(ben, store)

    assert (sales.minor, sales.orders) == (6000, 2)
    assert (sales.usual_minor, sales.usual_by_now_minor, sales.ahead_minor) == (8000, 4000, 2000)
    assert (sales.share, sales.expected_share) == (0.75, 0.5)
    told = [(each.hour, each.minor, each.usual_minor) for each in sales.hours]
    assert told == [
        (10, 4000, 4000),
        (11, 0, 0),
        (12, 2000, 0),
        (13, 0, 0),
        (14, 0, 0),
        (15, 0, 4000),
    ]


def test_store_sales_of_a_new_store_and_of_another_one() -> None:
    store = make_location().pk
    ben = staff_actor(Permission.ORDERS_VIEW, location_id=store)

    sales = read(ben, store)

    assert (sales.minor, sales.usual_minor, sales.ahead_minor, sales.share) == (0, None, None, None)
    assert sales.hours == ()
    with pytest.raises(NotFound):
        read(ben, make_location().pk)
