"""Whole purchases through the shop: collected, sent, sold out, dearer, sent twice, paid wrongly."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from inventory.catalog.models import Listing
from inventory.stock.models import Reservation
from omni.core import clock
from orders.checkout.models import Cart
from orders.payments.models import Payment
from orders.sales.models import Order, OrderStatus
from tests.flows.conftest import Provider
from tests.omni.shop.browser import Browser
from tests.omni.shop.conftest import House

pytestmark = pytest.mark.django_db
EVE = {"name": "Eve Adams", "email": "eve@example.com"}
HOME = {"recipient": "Eve Adams", "street": "1 rue de Lyon", "postal_code": "69001", "city": "Lyon"}


def to_review(browser: Browser, **more: str) -> Browser:
    browser.open("checkout")
    browser.send(**EVE, **more)
    assert browser.at.endswith("/checkout/review"), browser.text
    return browser


def pays(
    provider: Provider, url: str, decision: str = "approve", card: str = "4242424242424242"
) -> str:
    """What the shopper does on the provider's page; where that leads back to."""
    answer = httpx.post(url, data={"decision": decision, "card": card}, timeout=5)
    provider.delivers(1)
    return str(answer.headers["Location"]).removeprefix("http://localhost").partition("?")[0]


def test_guest_collects_and_pays_in_the_store(house: House) -> None:
    browser = house.browser()
    browser.open()
    browser.open(browser.link("Coat"))
    assert "Collect at Lyon" in browser.text

    browser.send("cart/add", how=f"pickup:{house.lyon.pk}", quantity=2)

    assert "It is in your cart." in browser.text
    assert "€200.00" in browser.text
    to_review(browser)
    assert "Order for €200.00" in browser.text
    browser.send(payment="pay_at_collection")
    order = Order.objects.get()
    assert (order.status, order.total_minor, order.email) == ("confirmed", 20000, "eve@example.com")
    assert browser.at == f"/shop/web/orders/{order.pk}"
    assert f"Order {order.number}" in browser.text
    assert "Thank you. We have your order." in browser.text
    assert "We have it ready by" in browser.text
    assert "Your cart is empty" in browser.open("cart").content.decode()
    cookie = browser.client.cookies[
        next(n for n in browser.client.cookies if n.startswith("omni_shop"))
    ]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/shop/web/")


def test_guest_has_it_sent_and_pays_at_the_provider(house: House, provider: Provider) -> None:
    browser = house.visitor_with((house.small, None))
    assert "once we know where" in browser.text
    to_review(browser, **HOME)
    assert "Order for €104.90" in browser.text
    shown = browser.form()

    browser.send()

    order = Order.objects.get()
    assert (order.status, order.total_minor) == ("placed", 10490)
    assert browser.at == f"/shop/web/orders/{order.pk}/pay"
    back = pays(provider, browser.link("To the payment page"))
    assert back == f"/shop/web/orders/{order.pk}/paid"
    browser.open(back)
    assert "We have your order" in browser.text
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    # The back button, after paying: nothing can be ordered or paid again.
    browser.open("checkout/review")
    assert browser.at == "/shop/web/cart"
    browser.resend(shown)
    assert browser.at == f"/shop/web/orders/{order.pk}"
    assert browser.open(f"orders/{order.pk}/pay").status_code == 200
    assert browser.at == f"/shop/web/orders/{order.pk}"
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_script_goes_to_the_provider_by_itself(house: House, provider: Provider) -> None:
    browser = to_review(house.visitor_with((house.small, house.lyon)))
    browser.client.defaults["HTTP_HX_REQUEST"] = "true"

    answer = browser.send(payment="online", follow=False)

    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"].startswith(f"{provider.process.url}/pay/")


def test_wrong_card_leaves_the_order_to_be_paid_again(house: House, provider: Provider) -> None:
    browser = to_review(house.visitor_with((house.small, house.lyon)))
    browser.send(payment="online")
    order = Order.objects.get()

    browser.open(pays(provider, browser.link("To the payment page"), card="4000000000000002"))

    assert "The payment did not work" in browser.text
    assert "Nothing was charged" in browser.text
    browser.send(f"orders/{order.pk}/pay")
    browser.open(pays(provider, browser.link("To the payment page")))
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    assert sorted(each.status for each in Payment.objects.all()) == ["captured", "failed"]


def test_provider_that_is_down_leaves_the_order_to_be_paid(house: House, settings: Any) -> None:
    settings.PSP_URL, settings.PSP_TIMEOUT_SECONDS = "http://127.0.0.1:9", 0.2
    browser = to_review(house.visitor_with((house.small, house.lyon)))

    browser.send(payment="online")

    assert browser.at == f"/shop/web/orders/{Order.objects.get().pk}"
    assert browser.page.status_code == 200


def test_sold_out_names_the_nearest_store_that_has_it(house: House) -> None:
    browser = house.visitor_with((house.small, house.lyon))
    house.takes_away(house.small, house.lyon, 3)

    browser.open("cart")

    assert "Sold out here" in browser.text
    assert "To the checkout" not in browser.text
    assert "Collect at Nice instead" in browser.text
    browser.send(f"cart/lines/{_line(browser)}/way", how=f"pickup:{house.nice.pk}")
    assert "Sold out here" not in browser.text
    assert "To the checkout" in browser.text


def test_sold_out_at_the_last_moment_orders_nothing(house: House) -> None:
    browser = to_review(house.visitor_with((house.small, house.lyon)))
    past = clock.now()
    Cart.objects.update(held_until=past)
    Reservation.objects.update(expires_at=past)
    house.takes_away(house.small, house.lyon, 3)

    browser.send(payment="pay_at_collection")

    assert Order.objects.count() == 0
    assert browser.at == "/shop/web/cart"
    assert "Sold out here" in browser.text
    assert "Collect at Nice instead" in browser.text


def test_changed_price_is_told_and_orders_only_once_agreed(house: House) -> None:
    browser = to_review(house.visitor_with((house.small, house.lyon)))
    Listing.objects.filter(variant=house.small, channel=house.web).update(price_minor=11000)

    answer = browser.send(payment="pay_at_collection")

    assert answer.status_code == 409
    assert "It was €100.00, now it is €110.00." in browser.text
    assert Order.objects.count() == 0
    browser.send(payment="pay_at_collection")
    assert Order.objects.get().total_minor == 11000


def test_double_click_is_one_order(house: House) -> None:
    browser = to_review(house.visitor_with((house.small, house.lyon)))
    shown, twin = browser.form(), browser.twin()

    first, second = (
        each.resend(shown, payment="pay_at_collection", follow=False) for each in (browser, twin)
    )

    order = Order.objects.get()
    there = f"/shop/web/orders/{order.pk}"
    assert (first.headers["Location"], second.headers["Location"]) == (there, there)
    # Both hold the order's token: it is the same answer, not another one.
    assert "Your bill" in twin.open(there).content.decode()


def test_hold_that_ran_out_is_taken_again(house: House) -> None:
    browser = to_review(house.visitor_with((house.small, house.lyon)))
    Cart.objects.update(held_until=clock.now())

    answer = browser.send(payment="pay_at_collection")

    assert answer.status_code == 409
    assert "We keep them once more now" in browser.text
    browser.send(payment="pay_at_collection")
    assert Order.objects.count() == 1


def test_wrong_details_are_told_beside_their_fields_and_kept(house: House) -> None:
    browser = house.visitor_with((house.small, None))
    browser.open("checkout")

    answer = browser.send(name="Eve", email="not an address", **(HOME | {"city": ""}))

    assert answer.status_code == 400
    assert 'value="not an address"' in browser.source
    assert "This field is required." in browser.text
    answer = browser.send(**EVE, **HOME, phone="abc")
    assert answer.status_code == 400
    assert 'value="1 rue de Lyon"' in browser.source


def test_cart_changes_quantity_way_and_goes_on_elsewhere(house: House) -> None:
    browser = house.visitor_with((house.small, house.lyon))
    line = _line(browser)

    browser.send(f"cart/lines/{line}", quantity=3)

    assert "€300.00" in browser.text
    browser.send(f"cart/lines/{line}", quantity=4)
    assert "Somebody was faster" in browser.text
    assert "€300.00" in browser.text
    browser.send(f"cart/lines/{line}/way", how="ship")
    assert "once we know where" in browser.text
    browser.send("cart/code")
    code = re.search(r'class="sh-big">([^<]+)<', browser.source)
    assert code
    other = house.browser("app")
    other.open("cart")
    other.send("cart/open", code=code[1])
    assert "Coat" in other.text
    other.send(f"cart/lines/{_line(other)}", quantity=0)
    assert "Your cart is empty" in other.text


def _line(browser: Browser) -> str:
    found = re.search(r'id="line-([0-9a-f-]{36})"', browser.source)
    assert found, browser.text
    return found[1]
