"""The page of an order: opened by its link alone, says how it stands, acts once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from inventory.locations.models import Method
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.ids import uuid7
from omni.events.models import StoredEvent
from omni.work.models import Approval
from orders.aftersales.models import ReturnCase
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import Pickup
from orders.sales.links import give_out_link, revoke_link
from orders.sales.models import Order, OrderStatus
from orders.storefront.status_pages import ACTIONS, WRONG_LINKS
from tests.factories.customers import make_customer
from tests.factories.orders_work import (
    Shop,
    Sold,
    code_of,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    pick_all,
    work_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop(language="en", country="GB")


class Phone:
    """A customer's browser that opened the link of a mail."""

    def __init__(self, order: Order) -> None:
        self.order, self.client = order, Client()
        self.home = f"/o/{give_out_link(order_id=order.pk)}"

    def page(self, below: str = "") -> str:
        answer = self.client.get(f"{self.home}{below}")
        assert answer.status_code == 200, answer.content
        return answer.content.decode()

    def form(self, below: str) -> dict[str, str]:
        found = re.findall(r'name="idempotency_key" value="([^"]+)"', self.page(below))
        return {"idempotency_key": found[0]}

    def post(self, below: str, **fields: str) -> Any:
        return self.client.post(f"{self.home}{below}", self.form(below) | fields)


def pickup(row_id: UUID) -> Pickup:
    return Pickup.objects.get(pk=row_id)


# --- who gets in ----------------------------------------------------------------------------------


def test_nothing_but_the_link_opens_the_page(shop: Shop) -> None:
    order = make_order(shop)
    phone = Phone(order)

    answer = phone.client.get(phone.home)
    wrong = [
        phone.client.get(f"/o/{token}")
        for token in (order.pk, order.number, "ol_wrong", f"{phone.home[3:]}x")
    ]
    revoke_link(order_id=order.pk, actor=SYSTEM)
    revoked = phone.client.get(phone.home)

    assert answer.status_code == 200
    assert [each.status_code for each in (*wrong, revoked)] == [404] * 5
    assert {order.number in each.content.decode() for each in wrong[2:]} == {False}
    for each in (answer, wrong[0]):
        assert each.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert each.headers["Cache-Control"] == "no-store"
        assert each.headers["Referrer-Policy"] == "same-origin"


def test_wrong_links_are_counted_and_right_ones_are_not(shop: Shop) -> None:
    phone = Phone(make_order(shop))

    for _ in range(WRONG_LINKS):
        assert phone.client.get("/o/ol_guess").status_code == 404

    assert phone.client.get("/o/ol_guess").status_code == 429
    assert phone.client.get(phone.home).status_code == 200


def test_a_link_reaches_nothing_of_another_order(shop: Shop) -> None:
    phone, other = Phone(make_order(shop)), make_ready(make_order(shop))
    key = {"idempotency_key": str(uuid7())}

    for below in ("here", "extend", "delegate"):
        address = f"{phone.home}/pickups/{other.pk}/{below}"
        assert phone.client.get(address).status_code == 404
        answer = phone.client.post(address, key | {"name": "Mallory", "note": "x"})
        assert answer.status_code == 404
    assert phone.client.get(f"{phone.home}/returns/{uuid4()}").status_code == 404

    assert pickup(other.pk).arrived_at is None
    assert not pickup(other.pk).delegate_name
    assert not pickup(other.pk).is_extended


def test_forms_of_other_sites_are_refused(shop: Shop) -> None:
    phone = Phone(make_order(shop))
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(f"{phone.home}/cancel", {"idempotency_key": str(uuid7())})

    assert answer.status_code == 403
    phone.order.refresh_from_db()
    assert phone.order.status == OrderStatus.CONFIRMED


# --- what it says ---------------------------------------------------------------------------------


def test_the_page_follows_a_pickup_to_its_end(shop: Shop) -> None:
    order = make_order(shop, Sold(quantity=2))
    phone = Phone(order)
    first = phone.page()
    row = make_ready(order)
    ready = phone.page()
    code = code_of(row)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code, actor=SYSTEM)
    over = phone.page()

    assert "We have your order" in first
    assert "I am here" not in first
    assert "Lyon" in first
    for said in ("Ready to collect", code, 'class="qr"', "I am here", "More time", "€20.00"):
        assert said in ready
    assert code not in first + over
    assert "Collected" in over
    assert "I am here" not in over
    assert "Give something back" in over
    assert 'aria-current="step"' in ready


def test_the_page_speaks_the_customers_language(shop: Shop) -> None:
    customer = make_customer(language="fr")
    order = make_order(shop, customer_id=customer.pk)
    make_ready(order)

    page = Phone(order).page()

    assert '<html lang="fr"' in page
    assert "Prêt à être retiré" in page
    assert "Je suis là" in page
    assert "10,00" in page


def test_parcels_unpaid_and_failed_orders_are_told(shop: Shop) -> None:
    parcel = make_order(shop, Sold(method=Method.SHIP))
    row = pick_all(work_of(parcel))
    fulfilment.pack(
        fulfilment_order_id=row.pk, carrier="Posta", tracking_number="T-1", actor=SYSTEM
    )
    fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)
    unpaid = make_order(shop, pay="")

    sent, waiting = Phone(parcel).page(), Phone(unpaid).page()
    Order.objects.filter(pk=unpaid.pk).update(status=OrderStatus.FAILED)

    assert "On its way" in sent
    assert "T-1" in sent
    assert "Waiting for your payment" in waiting
    assert "To pay" in waiting
    assert "Not paid in time" in Phone(unpaid).page()


def test_markup_in_names_is_text(shop: Shop) -> None:
    shop.channel.brand_name = shop.variant.sku = "<script>alert(1)</script>"
    shop.channel.save()
    order = make_order(shop)
    row = make_ready(order)
    phone = Phone(order)
    phone.post(f"/pickups/{row.pk}/delegate", name="<img src=x onerror=alert(1)>")

    page = phone.page()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("count", [1, 8])
def test_the_page_asks_little_of_the_database(
    shop: Shop, count: int, django_assert_max_num_queries: Any
) -> None:
    order = make_order(shop, *[Sold() for _ in range(count)])
    make_ready(order)
    phone = Phone(order)
    phone.page()

    with django_assert_max_num_queries(12):
        phone.page()


# --- what it does ---------------------------------------------------------------------------------


def test_i_am_here_is_said_once(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    phone = Phone(order)
    below = f"/pickups/{row.pk}/here"
    sent = phone.form(below) | {"note": "Bay 3"}

    answers = [phone.client.post(f"{phone.home}{below}", sent) for _ in range(2)]

    assert [(each.status_code, each.headers["Location"]) for each in answers] == [
        (303, phone.home)
    ] * 2
    assert pickup(row.pk).arrival_note == "Bay 3"
    event = StoredEvent.objects.get(type="pickup.arrived")
    assert event.principal == f"channel:{order.channel_id}"
    assert "The store knows since" in phone.page()


def test_more_time_once_and_no_more(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    phone = Phone(order)
    below = f"/pickups/{row.pk}/extend"
    before = pickup(row.pk).window_ends_at
    again = phone.form(below)

    assert phone.post(below).status_code == 303
    later = pickup(row.pk).window_ends_at
    refused = phone.client.post(f"{phone.home}{below}", again)

    assert later is not None
    assert before is not None
    assert later > before
    assert refused.status_code == 409
    assert "extended once already" in refused.content.decode()
    assert pickup(row.pk).window_ends_at == later
    assert "More time" not in phone.page()


def test_somebody_else_is_named_and_taken_back(shop: Shop) -> None:
    order = make_order(shop)
    row = work_of(order)
    phone = Phone(order)
    below = f"/pickups/{row.pk}/delegate"

    assert phone.post(below, name=" Dan ").status_code == 303
    assert pickup(row.pk).delegate_name == "Dan"
    assert 'value="Dan"' in phone.page(below)
    assert phone.post(below, name="x" * 201).status_code == 400
    assert phone.post(below, name="").status_code == 303

    assert not pickup(row.pk).delegate_name


def test_an_order_is_cancelled_once_while_nobody_picks_it(shop: Shop) -> None:
    order = make_order(shop)
    phone = Phone(order)
    sent = phone.form("/cancel")

    answers = [phone.client.post(f"{phone.home}/cancel", sent) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert StoredEvent.objects.filter(type="order.cancelled").count() == 1
    assert "Cancel the order" not in phone.page()
    assert "Nothing is open" in phone.page("/cancel")


def test_who_comes_late_asks_the_store_and_may_then(shop: Shop) -> None:
    order = make_order(shop)
    row = pick_all(work_of(order))
    phone = Phone(order)
    key = {"idempotency_key": str(uuid7())}

    late = phone.client.post(f"{phone.home}/cancel", key)
    asked = phone.client.post(f"{phone.home}/cancel/ask", phone.form("/cancel"))

    assert late.status_code == 409
    assert asked.status_code == 303
    approval = Approval.objects.get()
    assert (approval.subject_id, approval.location_id) == (str(order.pk), row.location_id)
    assert "Cancelling was asked" in phone.page()
    Approval.objects.update(status="granted", decided_by="x", decided_at=clock.now())
    assert phone.post("/cancel").status_code == 303
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED


def test_goods_are_announced_to_come_back_and_kept_after_all(shop: Shop) -> None:
    order = make_order(shop, Sold(quantity=3))
    collect(order)
    phone = Phone(order)
    (line,) = lines_of(order)

    nothing = phone.post("/return", **{f"line_{line.pk}": "0"})
    too_many = phone.post("/return", **{f"line_{line.pk}": "4"})
    asked = phone.post("/return", **{f"line_{line.pk}": "2", "reason": "Too big"})

    assert [each.status_code for each in (nothing, too_many, asked)] == [400, 400, 303]
    case = ReturnCase.objects.get()
    assert (case.status, case.reason, case.lines.get().quantity) == ("requested", "Too big", 2)
    assert f"Return {case.number}" in phone.page()
    assert "up to 1" in phone.page("/return")
    assert phone.post(f"/returns/{case.pk}").status_code == 303
    case.refresh_from_db()
    assert case.status == "cancelled"


def test_after_the_window_nothing_comes_back(shop: Shop) -> None:
    order = make_order(shop)
    collect(order)
    phone = Phone(order)

    with clock.moved(by=timedelta(days=60)):
        assert "Give something back" not in phone.page()
        assert "Nothing can be given back" in phone.page("/return")


def test_actions_of_one_order_are_limited(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    phone = Phone(order)
    address = f"{phone.home}/pickups/{row.pk}/here"

    answers = [
        phone.client.post(address, {"idempotency_key": str(uuid7())}).status_code
        for _ in range(ACTIONS + 1)
    ]

    assert answers == [303] * ACTIONS + [429]
