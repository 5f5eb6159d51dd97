"""What a guest does with an order: collects it, cancels it, gives it back, finds it again."""

from __future__ import annotations

import re

import pytest

from omni.access.actor import SYSTEM
from omni.core import clock
from orders.aftersales.models import ReturnCase
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder, Pickup
from orders.sales.models import Order
from tests.omni.shop.browser import Browser
from tests.omni.shop.conftest import House

pytestmark = pytest.mark.django_db


def ordered(house: House, quantity: int = 1) -> tuple[Browser, Order]:
    browser = house.visitor_with((house.small, house.lyon))
    if quantity > 1:
        line = re.search(r"cart/lines/[0-9a-f-]{36}", browser.source)
        assert line
        browser.send(line[0], quantity=quantity)
    browser.open("checkout")
    browser.send(name="Eve Adams", email="eve@example.com")
    browser.send(payment="pay_at_collection")
    return browser, Order.objects.get()


def made_ready(order: Order) -> FulfilmentOrder:
    work = FulfilmentOrder.objects.get(order=order)
    fulfilment.accept(fulfilment_order_id=work.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=work.pk, actor=SYSTEM)
    for line in work.lines.all():
        fulfilment.pick_line(
            fulfilment_order_id=work.pk, line_id=line.pk, picked=line.quantity, actor=SYSTEM
        )
    fulfilment.mark_ready(fulfilment_order_id=work.pk, shelf="A1", actor=SYSTEM)
    return work


def test_pickup_shows_its_code_and_takes_what_the_customer_says(house: House) -> None:
    browser, order = ordered(house)
    work = made_ready(order)
    here = f"orders/{order.pk}/pickups/{work.pk}"

    browser.open(f"orders/{order.pk}")

    assert "Ready to collect" in browser.text
    assert re.search(r'class="code">[0-9A-Z-]{8,}<', browser.source)
    assert '<svg class="qr"' in browser.source
    browser.send(f"{here}/here", note="bay 2")
    assert "The store knows that you are there." in browser.text
    browser.send(f"{here}/delegate", name="Jules Bernard")
    assert "Jules Bernard may collect it" in browser.text
    again = browser.form(f"{here}/extend")
    browser.send(f"{here}/extend")
    assert "You have more time now." in browser.text
    browser.resend(again)
    pickup = Pickup.objects.get()
    assert (pickup.arrival_note, pickup.delegate_name, pickup.is_extended) == (
        "bay 2", "Jules Bernard", True,
    )  # fmt: skip
    stranger = house.browser()
    assert stranger.open(f"orders/{order.pk}").status_code == 404


def test_order_is_cancelled_or_the_store_is_asked(house: House) -> None:
    browser, order = ordered(house)
    browser.open(f"orders/{order.pk}/cancel")
    assert "Everything that you do not have yet" in browser.text
    late = browser.form()
    made_ready(order)

    browser.resend(late, reason="too late")

    assert "We asked the store." in browser.text
    order.refresh_from_db()
    assert order.status == "confirmed"
    browser, other = ordered_again(house)
    browser.open(f"orders/{other.pk}/cancel")
    browser.send(reason="changed my mind")
    other.refresh_from_db()
    assert other.status == "cancelled"
    assert "What was open is cancelled." in browser.text


def ordered_again(house: House) -> tuple[Browser, Order]:
    before = set(Order.objects.values_list("pk", flat=True))
    browser = house.visitor_with((house.small, house.nice))
    browser.open("checkout")
    browser.send(name="Eve Adams", email="eve@example.com")
    browser.send(payment="pay_at_collection")
    return browser, Order.objects.exclude(pk__in=before).get()


def test_goods_come_back_and_are_kept_after_all(house: House) -> None:
    browser, order = ordered(house, quantity=2)
    work = FulfilmentOrder.objects.get()
    order.lines.update(quantity_fulfilled=2)
    FulfilmentOrder.objects.update(status="handed_over")
    work.lines.update(picked=2, handed_over=2)
    Pickup.objects.update(handed_over_at=clock.now())
    browser.open(f"orders/{order.pk}")
    browser.open(browser.link("Give something back"))
    line = order.lines.get().pk

    assert browser.send().status_code == 400
    assert "Choose what comes back." in browser.text
    assert browser.send(**{f"line-{line}": 3}).status_code == 400
    browser.send(**{f"line-{line}": 1, "reason": "too small"})

    case = ReturnCase.objects.get()
    assert f"Return {case.number}" in browser.text
    assert case.lines.get().quantity == 1
    browser.send(f"orders/{order.pk}/returns/{case.pk}/keep")
    case.refresh_from_db()
    assert case.status == "cancelled"
    assert "Called off" in browser.text


def test_guest_finds_an_order_by_number_and_address(house: House) -> None:
    browser, order = ordered(house)
    stranger = house.browser()
    stranger.open("orders/find")
    assert stranger.send(number=order.number, email="dan@example.com").status_code == 400
    assert "No order has this number" in stranger.text

    stranger.send(number=order.number, email="eve@example.com")

    assert f"{order.number}: We have your order" in stranger.text
    assert "eve@" not in stranger.source.replace('value="eve@example.com"', "")
    browser.open("orders/find")
    browser.send(number=order.number, email="eve@example.com")
    assert browser.at == f"/shop/web/orders/{order.pk}"
