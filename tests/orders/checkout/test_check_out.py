"""The checkout: one order per cart, at the price shown, or nothing at all."""

import pytest

from inventory.stock.models import StockLevel
from orders.sales.models import OrderStatus
from tests.factories.orders import make_shop, order_from_cart

pytestmark = pytest.mark.django_db


def test_check_out_cart_makes_a_confirmed_order():
    shop = make_shop(stock=10)

    done = order_from_cart(shop, 2)

    assert done.order.status == OrderStatus.CONFIRMED
    assert done.order.total_minor == 3998
    assert StockLevel.objects.get(variant=shop.variant).committed == 2
