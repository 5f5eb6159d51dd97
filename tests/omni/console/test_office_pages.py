"""Every page of the back office in at most twelve queries with nothing kept, and as many for thirty
rows as for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.profiles.models import Customer
from customers.profiles.operations import write_note
from inventory.catalog.models import Variant
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.console.urls import office
from omni.core.ids import uuid7
from omni.messages.models import Message
from omni.work import operations as work
from omni.work.models import Incident
from orders.aftersales import operations as aftersales
from orders.aftersales.operations import CounterReturn, ReturnUnits
from orders.sales.models import Order
from tests.factories.customers import make_customer, make_identifier
from tests.factories.inventory import make_listing, make_location, make_variant, stock_up
from tests.factories.messages import make_message
from tests.factories.omni import make_staff, staff_client
from tests.factories.orders_work import Shop, Sold, collect, lines_of, make_order, make_shop

pytestmark = pytest.mark.django_db

MOST = 12
ROWS = 30
# Pages of figures have a test of their own (test_questions), so have activity and audit.
ELSEWHERE = {
    "overview", "activity", "audit",
    "report-sales", "report-returns", "report-pickups", "report-stock", "report-lost",
}  # fmt: skip


@dataclass
class Shown:
    """What the pages of single records show."""

    shop: Shop
    order: Order
    customer: Customer
    variant: Variant
    message: Message
    incident: Incident

    def addresses(self) -> dict[str, str]:
        """The address of each page that can be looked at, by its name."""
        names = {
            each.name: str(each.pattern)
            for each in office
            if hasattr(each.callback.view_class, "get") and each.name not in ELSEWHERE
        }
        ids = {
            "order_id": self.order.pk, "customer_id": self.customer.pk,
            "variant_id": self.variant.pk, "message_id": self.message.pk,
            "incident_id": self.incident.pk,
        }  # fmt: skip
        found = {
            name: reverse(
                f"office:{name}", kwargs={key: pk for key, pk in ids.items() if key in pattern}
            )
            for name, pattern in names.items()
        }
        found["find"] += "?q=eve"
        return found


def sold(shop: Shop, customer: Customer, variants: list[Variant]) -> Order:
    """Collected, and one unit of it brought back elsewhere."""
    lines = [Sold(2, variant=variant) for variant in variants]
    order = make_order(shop, *lines, customer_id=customer.pk)
    collect(order)
    aftersales.return_at_counter(
        wanted=CounterReturn(
            location_id=shop.nice.pk,
            order_number=order.number,
            units=[ReturnUnits(line.pk, 1, "sellable", "too_small") for line in lines_of(order)],
        ),
        actor=SYSTEM,
    )
    return order


def shown(shop: Shop, customer: Customer, variants: list[Variant]) -> Shown:
    order = sold(shop, customer, variants)
    make_identifier(customer=customer)
    write_note(customer_id=customer.pk, text="Calls on Mondays", actor=SYSTEM)
    message = make_message(customer_id=customer.pk)
    incident = work.open_incident(
        kind="test", subject_kind="order", subject_id=uuid7(), summary="Lost",
        location_id=shop.lyon.pk, actor=SYSTEM,
    )  # fmt: skip
    return Shown(shop, order, customer, variants[0], message, incident)


def goods(shop: Shop, count: int) -> list[Variant]:
    made = [make_variant() for _number in range(count)]
    for variant in made:
        make_listing(variant, shop.channel, price_minor=1000)
        stock_up(variant, shop.lyon, 50)
    return made


def asked(client: Client, address: str) -> int:
    """Queries of a page with cold caches."""
    cache.clear()
    with CaptureQueriesContext(connection) as found:
        answer = client.get(address)
        assert answer.status_code == 200, address
        if answer.streaming:
            b"".join(answer.streaming_content)
    return sum("SAVEPOINT" not in (each["sql"] or "") for each in found)


def test_pages_take_at_most_twelve_queries_however_many_rows() -> None:
    client: Any = staff_client(make_staff(*Permission))
    shop, eve = make_shop(units=90), make_customer(name="Eve Adams")
    little = shown(shop, eve, goods(shop, 1))
    client.get("/office/find")
    one = {name: asked(client, address) for name, address in little.addresses().items()}

    big = sold(shop, eve, goods(shop, ROWS))
    for number in range(ROWS):
        make_order(shop, customer_id=make_customer(name=f"Eve {number}").pk)
        make_message(customer_id=eve.pk)
    for _number in range(5):
        much = shown(shop, eve, [little.variant])
        stock_up(little.variant, make_location(), 1)
    much.order = big

    many = {name: asked(client, address) for name, address in much.addresses().items()}
    assert {name: (one[name], n) for name, n in many.items() if n > MOST or n > one[name]} == {}
