"""Each invariant of orders: silent on sound data, and it finds its own corruption."""

import pytest
from django.db import connection

from omni.access.actor import SYSTEM
from omni.audit.registry import invariants
from orders.checkout.operations import ONLINE
from orders.sales import operations as sales
from tests.factories.orders import fill_cart, make_shop, order_from_cart

CODES = ["O1", "O2", "O3", "O6", "S5", "S6"]
CORRUPTIONS = {
    "O1": "UPDATE orders_order SET total_minor = total_minor + 1",
    "O2": "UPDATE orders_orderline SET net_minor = net_minor + 2, total_minor = total_minor + 2",
    "O3": "ALTER TABLE orders_orderline DROP CONSTRAINT order_line_quantities_nest;"
    " UPDATE orders_orderline SET quantity_returned = 1",
    "O6": "UPDATE orders_order SET cart_id = gen_random_uuid()",
    "S5": "UPDATE orders_order SET status = 'failed'",
    "S6": "UPDATE inventory_reservation SET quantity = quantity + 1 WHERE status = 'committed'",
}

pytestmark = pytest.mark.django_db


def offenders(code):
    with connection.cursor() as cursor:
        cursor.execute(invariants([code])[0].statement())
        return len(cursor.fetchall())


def sound():
    """Orders in several states, made by the operations."""
    shop = make_shop(stock=20)
    order_from_cart(shop, 2)
    late = order_from_cart(shop, 1, payment=ONLINE).order
    sales.fail_order(order_id=late.pk, reason="not_paid_in_time", actor=SYSTEM)
    order_from_cart(shop, 3, payment=ONLINE)
    fill_cart(shop, 1)


@pytest.mark.parametrize("code", CODES)
def test_audit_is_silent_on_what_operations_made(code):
    sound()

    assert offenders(code) == 0


@pytest.mark.parametrize("code", CODES)
def test_audit_finds_its_corruption(code):
    sound()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(CORRUPTIONS[code])

    assert offenders(code) > 0
