"""Customers: the code from the mail, one cart on all devices, a session that ended, their pages."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache

from customers.consent.models import Consent
from omni.access.models import SessionToken
from omni.core import clock
from orders.sales.models import Order
from tests.omni.shop.browser import Browser
from tests.omni.shop.conftest import House

pytestmark = pytest.mark.django_db
EVE = {"name": "Eve Adams", "email": "eve@example.com", "password": "correct horse battery staple"}


def code_of_last_mail() -> str:
    found = re.search(r"\n    (\S+)\n", str(mail.outbox[-1].body))
    assert found
    return found[1]


def sign_up(browser: Browser) -> None:
    cache.clear()
    browser.open("account/sign-up")
    browser.send(**EVE)
    assert "eve@example.com" in browser.text
    browser.send(code=code_of_last_mail())


def sign_in(browser: Browser) -> None:
    browser.open("account/sign-in")
    browser.send(email=EVE["email"], password=EVE["password"])


def test_cart_follows_from_the_app_to_the_laptop(house: House) -> None:
    app = house.visitor_with((house.small, house.lyon), channel="app")

    sign_up(app)

    assert "Welcome, Eve." in app.text
    laptop = house.visitor_with((house.large, house.nice))
    sign_in(laptop)
    laptop.open("cart")
    assert "Collect at Lyon" in laptop.text
    assert "€220.00" in laptop.text
    app.open("cart")
    assert "€220.00" in app.text
    laptop.open("checkout")
    assert 'value="eve@example.com"' in laptop.source
    laptop.send()
    laptop.send(payment="pay_at_collection")
    order = Order.objects.get()
    assert order.customer_id is not None
    assert "Your cart is empty" in app.open("cart").content.decode()
    app.open("account")
    assert order.number in app.text
    app.open(f"orders/{order.pk}")
    assert "Your bill" in app.text
    app.open("account/history")
    assert app.page.status_code == 200


def test_wrong_codes_and_passwords_are_told(house: House) -> None:
    browser = house.browser()
    browser.open("account/sign-up")
    assert browser.send(**(EVE | {"password": "12345678"})).status_code == 400
    assert "longer or less common" in browser.text
    browser.send(**EVE)
    assert browser.send(code="WRONG123").status_code == 400
    assert "The code is wrong" in browser.text
    browser.send(code=code_of_last_mail())
    browser.open("account")
    browser.send("account/sign-out")
    assert "You are signed out." in browser.text
    browser.open("account/sign-in")
    assert browser.send(email=EVE["email"], password="not this one").status_code == 403
    assert "do not belong together" in browser.text
    assert 'value="eve@example.com"' in browser.source
    assert "not this one" not in browser.source
    browser.open("account/forgotten")
    browser.send(email=EVE["email"])
    browser.send(code=code_of_last_mail(), password="another horse battery staple")
    assert browser.at == "/shop/web/account"


def test_session_that_ended_leads_to_the_sign_in_and_back(house: House) -> None:
    browser = house.browser()
    sign_up(browser)
    browser.open("account")
    SessionToken.objects.update(revoked_at=clock.now())

    browser.open("account/privacy")

    assert browser.at == "/shop/web/account/sign-in?next=%2Fshop%2Fweb%2Faccount%2Fprivacy"
    assert "Your session ended." in browser.text
    browser.send(email=EVE["email"], password=EVE["password"])
    assert browser.at == "/shop/web/account/privacy"
    SessionToken.objects.update(revoked_at=clock.now())
    # Looking around goes on as a guest.
    assert browser.open("cart").status_code == 200
    assert "Sign in" in browser.text


def test_account_keeps_addresses_consents_and_devices(house: House) -> None:
    browser = house.browser()
    sign_up(browser)
    other = house.browser("app")
    sign_in(other)
    browser.open("account/addresses/new")
    assert browser.send(street="1 rue de Lyon", city="").status_code == 400
    browser.send(street="1 rue de Lyon", city="Lyon", postal_code="69001")
    assert "1 rue de Lyon" in browser.text

    browser.open("account/privacy")
    browser.send(purpose="email_marketing", is_granted="yes")

    held = Consent.objects.get()
    assert (held.purpose, held.is_granted) == ("email_marketing", True)
    assert held.wording in browser.text
    ends = re.search(r"account/devices/[0-9a-f-]+/end", browser.source)
    assert ends
    browser.send(ends[0])
    assert "That device is signed out." in browser.text
    assert other.open("account").status_code == 200
    assert "Your session ended." in other.text
    browser.open("account")
    removes = re.search(r"account/addresses/[0-9a-f-]{36}", browser.source)
    assert removes
    browser.send(removes[0], act="remove")
    assert "None saved yet." in browser.text
