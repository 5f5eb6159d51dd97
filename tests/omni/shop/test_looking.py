"""To look around: lists and filters, places, markup in names, consent, and what a page costs."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client

from journeys.timeline.models import Interaction
from omni.shop import client as wire
from orders.checkout.models import CartLine
from tests.factories.inventory import stock_up
from tests.omni.shop.browser import Form
from tests.omni.shop.conftest import House

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def names(browser: Any) -> list[str]:
    return re.findall(r'class="sh-name">([^<]*)<', browser.source)


def test_list_is_narrowed_and_sorted_by_its_address(house: House) -> None:
    cheap = house.sell("Hat", 1500)
    house.sell("Gloves", 4000)
    stock_up(cheap, house.nice, 2)
    browser = house.browser()

    browser.open("products", sort="price")
    assert names(browser) == ["Hat", "Gloves", "Coat"]
    assert "from €100.00" in browser.text
    browser.open("products", sort="-price", max="50")
    assert names(browser) == ["Gloves", "Hat"]
    browser.open("products", min="39,90", max="40")
    assert names(browser) == ["Gloves"]
    browser.open("products", search="glo")
    assert names(browser) == ["Gloves"]
    browser.open("products", category="coats", min="what?")
    assert len(names(browser)) == 3
    browser.open("products", search="nothing is called so")
    assert "Nothing fits" in browser.text
    # An old link, whose category is gone or whose cursor is worn out, still leads somewhere.
    assert browser.open("products", category="gone", cursor="x").status_code == 200
    assert len(names(browser)) == 3

    browser.open("stores")
    browser.send(store=house.nice.code)
    assert "Nice is your store now." in browser.text
    browser.open("products", here="1", sort="name")
    assert names(browser) == ["Coat", "Hat"]
    assert browser.source.count('class="sh-there"') == 2


def test_list_goes_on_where_it_ended(house: House) -> None:
    for number in range(30):
        house.sell(f"Thing {number:02}", 100 + number)
    browser = house.browser()

    browser.open("products", sort="name")
    first = names(browser)
    browser.open(browser.link("Show more"))

    assert len(first) == 24
    assert first + names(browser) == ["Coat", *(f"Thing {n:02}" for n in range(30))]


def test_product_shows_options_prices_and_where_it_is(house: House) -> None:
    browser = house.browser()
    browser.open("stores")
    browser.send(lat="43.7099", lon="7.2611")
    slug = house.small.product.slug

    browser.open(f"products/{slug}", v=str(house.large.pk))

    assert "€120.00" in browser.text
    assert f"?v={house.small.pk}" in browser.source
    assert browser.text.index("Collect at Nice") < browser.text.index("Collect at Lyon")
    assert re.search(r"Collect at Lyon\s+Sold out here", browser.text)
    assert "Nice" in browser.source.split('id="sh-end"')[1][:600]
    assert browser.open("products/nothing").status_code == 404
    assert "We do not find this." in browser.text
    assert browser.open("stores/" + house.lyon.code).status_code == 200
    assert "00:00–00:00" in browser.text


def test_markup_in_names_is_shown_not_run(house: House) -> None:
    evil = house.sell(MARKUP, 1000)
    evil.product.description = evil.product.brand = MARKUP
    evil.product.save()
    house.web.brand_name = house.lyon.name = MARKUP
    house.web.save()
    house.lyon.save()
    stock_up(evil, house.lyon, 5)
    browser = house.visitor_with((evil, house.lyon))
    pages = [browser.source]
    for path in (
        "",
        "products?search=%3Cscript%3Ealert(1)",
        f"products/{evil.product.slug}",
        "stores",
        "checkout",
    ):
        browser.open(path)
        pages.append(browser.source)
    browser.send(name=MARKUP, email="eve@example.com")
    pages.append(browser.source)
    browser.send(payment="pay_at_collection")
    pages.append(browser.source)
    work = re.search(r"orders/[0-9a-f-]+/pickups/[0-9a-f-]+/delegate", browser.source)
    assert work
    browser.send(work[0], name=MARKUP)
    pages.append(browser.source)

    for page in pages:
        assert "alert(1)" in page or "checkout" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_pages_have_nothing_inline() -> None:
    for path in (ROOT / "templates" / "shop").glob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script>|\|safe", text), path.name


def test_first_page_is_light(house: House) -> None:
    browser = house.browser()
    browser.open()

    files = re.findall(r'(?:src|href)="/static/((?:omni|vendor)/[^"#]+)', browser.source)
    sizes = {name: len(_sent(ROOT / "static" / name)) for name in set(files) if "icons" not in name}
    total = sum(sizes.values()) + len(gzip.compress(browser.page.content))
    assert total < 150_000, sizes  # beside pictures and icons


def _sent(path: Path) -> bytes:
    return path.read_bytes() if path.suffix == ".woff2" else gzip.compress(path.read_bytes())


def test_nothing_is_remembered_before_the_visitor_says_so(house: House) -> None:
    browser = house.browser()
    browser.open("?utm_source=mail&utm_campaign=spring")
    assert "May we remember" in browser.text
    assert Interaction.objects.count() == 0

    browser.send("consent", consent="yes")
    browser.open("products", search="coat")
    browser.open(f"products/{house.small.product.slug}")
    browser.open("cart?gclid=abc")

    rows = list(Interaction.objects.order_by("id").values_list("kind", "data", "visitor_id"))
    assert [kind for kind, _facts, _visitor in rows] == [
        "ad.clicked", "page.viewed", "search.made", "search.made", "page.viewed", "ad.clicked",
        "page.viewed",
    ]  # fmt: skip
    assert rows[0][1] == {"source": "mail", "campaign": "spring"}
    assert rows[2][1] == {"query": "coat", "results": 1}
    assert rows[4][1]["product_id"] == str(house.small.product_id)
    assert len({visitor for _kind, _facts, visitor in rows}) == 1
    browser.open("account/sign-in")
    before = Interaction.objects.count()
    browser.resend(_no(browser))
    browser.open()
    assert Interaction.objects.count() == before


def _no(browser: Any) -> Any:
    token = browser.form().fields["csrfmiddlewaretoken"]
    return Form("/shop/web/consent", "post", {"csrfmiddlewaretoken": token, "consent": "no"})


@pytest.mark.parametrize("rows", [1, 30])
def test_pages_cost_the_same_however_many_rows(
    house: House, rows: int, django_assert_max_num_queries: Any
) -> None:
    things = [house.sell(f"Thing {number:02}", 100) for number in range(rows)]
    for each in things:
        stock_up(each, house.nice, 3)
    browser = house.visitor_with((things[0], house.nice))
    first = CartLine.objects.get()
    CartLine.objects.bulk_create(
        CartLine(
            cart_id=first.cart_id,
            variant=each,
            quantity=1,
            method="pickup",
            location=house.nice,
            added_at=first.added_at,
        )
        for each in things[1:]
    )
    for path in (
        "",
        "products",
        f"products/{things[0].product.slug}",
        "stores",
        "cart",
        "checkout",
    ):
        browser.open(path)
        with django_assert_max_num_queries(12):
            assert browser.open(path).status_code == 200, path


def test_visitor_is_led_nowhere_else(house: House) -> None:
    browser = house.browser()
    for way in (
        "https://evil.example/shop/web/",
        "//evil.example/shop/web/",
        "/admin/",
        "/shop/app/",
    ):
        browser.open("stores")
        answer = browser.send(store=house.lyon.code, next=way, follow=False)
        assert answer.headers["Location"] == "/shop/web/stores"


def test_shop_of_another_channel_knows_nothing_of_this_one(house: House) -> None:
    web = house.visitor_with((house.small, house.lyon))
    cookie = next(name for name in web.client.cookies if name.startswith("omni_shop"))
    app = house.browser("app")
    app.client.cookies[cookie] = web.client.cookies[cookie].value

    app.open("cart")

    assert "Your cart is empty" in app.text
    assert Client(HTTP_HOST="localhost").get("/shop/nowhere/").status_code == 404
    assert web.client.get("/shop/").content.decode().count("EUR, France") == 2


def test_page_keeps_its_own_language_and_id_around_the_calls(house: House) -> None:
    answer = house.browser().client.get(
        "/shop/web/", headers={"Accept-Language": "ru", "X-Request-ID": "seen-from-outside"}
    )

    assert '<html lang="ru"' in answer.content.decode()
    assert answer.headers["X-Request-ID"] == "seen-from-outside"
    assert "sessionid" not in answer.cookies
    assert not any(name.startswith("omni_session") for name in answer.cookies)


def test_api_of_another_house_is_asked_over_the_network(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(
            503, json={"code": "busy", "title": "Busy."}, headers={"Retry-After": "0"}
        )

    settings.SHOP_API_URL = "https://other.example"
    monkeypatch.setattr(wire, "_network", lambda: httpx.MockTransport(answer))

    page = house.browser().client.get("/shop/web/", headers={"X-Forwarded-For": "203.0.113.7"})

    assert page.status_code == 503
    assert "A lot is going on" in page.content.decode()
    assert len(asked) == wire.TRIES
    assert str(asked[0].url).startswith("https://other.example/api/v1/products?")
    assert asked[0].headers["X-Forwarded-For"] == "203.0.113.7, 127.0.0.1"
    assert asked[0].headers["X-Channel-Key"].startswith("ck_")
    assert "cookie" not in asked[0].headers
