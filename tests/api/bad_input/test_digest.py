"""The control of the table: its digest notices whatever a request leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from inventory.stock.models import StockLevel
from omni.access.actor import SYSTEM
from omni.rest.limits import LimitCounter
from omni.work import operations as work
from orders.checkout.models import Cart, CartLine
from orders.sales.models import Order
from tests.api.bad_input.table import LOGS, Bad, changed_since, digest_of_tables, own, send
from tests.api.walk import undone
from tests.api.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bad-input")]


def _text_of_an_order(world: World) -> Any:
    return Order.objects.filter(pk=world.ids["gil"]["order"]).update(contact_name="Somebody")


def _units_of_a_level(world: World) -> Any:
    level = StockLevel.objects.filter(location_id=world.ids["lyon"]["location"]).latest("pk")
    return StockLevel.objects.filter(pk=level.pk).update(on_hand=level.on_hand + 1)


def _a_row_gone(world: World) -> Any:
    return CartLine.objects.filter(cart_id=world.ids["gil"]["cart"]).delete()


def _a_row_more(world: World) -> Any:
    matter = work.Matter("left behind", "order", world.ids["gil"]["order"], None, {})
    return work.create_task(matter=matter, title="Look", actor=SYSTEM)


def _two_values_swapped(world: World) -> Any:
    one, other = (Cart.objects.get(pk=world.ids[who]["cart"]) for who in ("gil", "gus"))
    Cart.objects.filter(pk=one.pk).update(contact_name=other.contact_name)
    return Cart.objects.filter(pk=other.pk).update(contact_name=one.contact_name)


@pytest.mark.parametrize(
    ("leave", "tables"),
    [
        (_text_of_an_order, ["orders_order"]),
        (_units_of_a_level, ["inventory_stocklevel"]),
        (_a_row_gone, ["orders_cartline"]),
        (_a_row_more, ["omni_task"]),
        (_two_values_swapped, ["orders_cart"]),
    ],
)
def test_digest_notices_a_change(
    bad_world: World, leave: Callable[[World], Any], tables: list[str]
) -> None:
    with undone():
        before = digest_of_tables()

        leave(bad_world)

        assert changed_since(before) == tables


def test_digest_leaves_out_logs_alone(bad_world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        every = {name for (name,) in cursor.fetchall()}

    assert every - digest_of_tables().keys() == LOGS
    assert LimitCounter._meta.db_table in LOGS


def test_digest_notices_what_a_good_request_leaves(bad_world: World) -> None:
    line = {"version": own("cart_version"), "quantity": 1}
    good = Bad("", "guest", "PATCH carts/{cart}/lines/{cart_line}", line, 200, "", "")
    with undone():
        before = digest_of_tables()

        answer = send(bad_world, good)

        assert answer.status_code == 200
        assert changed_since(before) == ["orders_cart", "orders_cartline"]
