"""Whom a line counts for: the store and the associate who sold it."""

from __future__ import annotations

import pytest

from inventory.locations.models import Method
from orders.checkout.operations import Contact, Wish
from orders.sales.models import SalesCredit
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.orders.pos.test_till import card, make_counter

pytestmark = pytest.mark.django_db


def test_what_a_till_sells_counts_for_its_store_and_the_seller() -> None:
    till = make_counter()
    other = make_variant()
    make_listing(other, till.shop.channel, price_minor=1000)
    stock_up(other, till.shop.nice, 3)

    sale = till.sells(
        Wish(till.shop.variant.pk, 1, Method.CARRY_OUT),
        Wish(other.pk, 1, Method.PICKUP, till.shop.nice.pk),  # the endless aisle
        tenders=[card(2000)],
        contact=Contact(name="Eve", phone="+33612345678"),
    )

    told = SalesCredit.objects.filter(line__order=sale.order)
    assert told.count() == 2
    found = set(told.values_list("location_id", "user_id", "share_bps"))
    assert found == {(till.shop.lyon.pk, till.ben.user_id, 10_000)}
    assert till.ben.user_id is not None
