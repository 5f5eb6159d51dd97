"""What shoppers read: the right prices, the right stock, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from inventory.catalog.models import (
    Listing,
    ListingStatus,
    Media,
    ProductTranslation,
    Variant,
)
from inventory.catalog.search import refresh_search
from inventory.channels.models import Channel, ChannelStatus
from inventory.locations.models import HoursException, Location
from inventory.stock import operations as stock
from inventory.stock.operations import StockRequest
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.rest.pagination import encode
from tests.factories.inventory import (
    make_category,
    make_channel,
    make_listing,
    make_location,
    make_product,
    make_variant,
    serve,
    stock_up,
)
from tests.factories.omni import make_channel_key, shop_headers

pytestmark = pytest.mark.django_db

LYON = {"lat": "45.76", "lon": "4.84"}


@dataclass
class Shop:
    """A web shop with a store in Lyon and one in Nice."""

    lyon: Location = field(
        default_factory=lambda: make_location(name="Lyon", latitude=45.764, longitude=4.8357)
    )
    nice: Location = field(
        default_factory=lambda: make_location(name="Nice", latitude=43.7102, longitude=7.262)
    )

    def __post_init__(self) -> None:
        self.channel: Channel = make_channel(locations=[self.lyon, self.nice])
        key = make_channel_key(self.channel.pk)
        self.client = Client(headers=shop_headers(key))

    def sell(self, price: int = 1999, **product: Any) -> Variant:
        variant = make_variant(product=make_product(**product))
        make_listing(variant, self.channel, price)
        refresh_search(product_ids=[variant.product_id])
        return variant

    def get(self, path: str, **params: str) -> Any:
        response = self.client.get(f"/api/v1/{path}", params)
        assert response.status_code == 200, response.content
        return response.json()


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_list_products_shows_price_and_stock_of_the_nearest_stores(shop: Shop) -> None:
    coat = shop.sell(4900, name="Coat")
    stock_up(coat, shop.nice, 3)
    stock_up(coat, shop.lyon, 5)

    body = shop.get("products", **LYON)

    assert [store["name"] for store in body["stores"]] == ["Lyon", "Nice"]
    assert body["stores"][0]["is_open"] is True
    offer = body["results"][0]
    assert offer["price_from"] == {"amount": 4900, "currency": "EUR"}
    assert [each["available"] for each in offer["availability"]] == [5, 3]


def test_list_products_counts_buffer_and_holds_but_not_expired_ones(shop: Shop) -> None:
    coat = shop.sell()
    stock_up(coat, shop.lyon, 10)
    shop.channel.locations.filter(location=shop.lyon).update(buffer=2)
    for units, ago in [(3, 0), (1, 20)]:
        with clock.moved(by=-timedelta(minutes=ago)):
            stock.hold(
                lines=[StockRequest(coat.pk, shop.lyon.pk, units)],
                owner_kind="cart",
                owner_id=uuid4(),
                expires_at=clock.now() + timedelta(minutes=5),
                actor=SYSTEM,
            )

    offer = shop.get("products", **LYON)["results"][0]

    assert offer["availability"][0]["available"] == 5


def test_list_products_leaves_out_what_is_not_for_sale_here(shop: Shop) -> None:
    shop.sell(slug="here")
    ended = shop.sell(slug="ended")
    Listing.objects.filter(variant=ended).update(status=ListingStatus.ENDED)
    shop.sell(slug="draft", status="draft")
    make_listing(make_variant(product=make_product(slug="elsewhere")), make_channel())

    slugs = [offer["slug"] for offer in shop.get("products")["results"]]

    assert slugs == ["here"]


@pytest.mark.parametrize("sort", ["newest", "name", "relevance", "price", "-price"])
def test_list_products_pages_through_all_in_order(shop: Shop, sort: str) -> None:
    names = ["Red coat", "Blue coat", "Coat coat", "Grey coat", "Coat"]
    prices = [1000, 3000, 2000, 3000, 500]
    for name, price in zip(names, prices, strict=True):
        shop.sell(price, name=name)

    seen: list[str] = []
    params = {"limit": "2", "sort": sort, "search": "coat"}
    body = shop.get("products", **params)
    while True:
        seen += [offer["name"] for offer in body["results"]]
        if body["next"] is None:
            break
        body = shop.get("products", **params, cursor=body["next"])

    assert sorted(seen) == sorted(names)
    if sort == "name":
        assert seen == sorted(names)
    if sort == "newest":
        assert seen == names[::-1]
    if sort == "price":
        assert seen == ["Coat", "Red coat", "Coat coat", "Blue coat", "Grey coat"]
    if sort == "-price":
        assert seen == ["Blue coat", "Grey coat", "Coat coat", "Red coat", "Coat"]


def test_list_products_narrows_to_a_range_of_prices(shop: Shop) -> None:
    for price in (500, 1000, 2000, 3000):
        shop.sell(price, slug=f"costs-{price}", brand="Nord")

    def found(**params: str) -> list[str]:
        return [offer["slug"] for offer in shop.get("products", sort="price", **params)["results"]]

    assert found(price_min="1000", price_max="2000") == ["costs-1000", "costs-2000"]
    assert found(price_min="2001") == ["costs-3000"]
    assert found(price_max="499") == []
    facets = shop.get("products", price_max="1000", facets="true")["facets"]
    assert facets["brand"] == [{"value": "Nord", "name": "Nord", "count": 2}]


def test_list_variants_shows_those_of_the_channel(shop: Shop) -> None:
    coat = shop.sell(name="Coat", slug="coat")
    ended = shop.sell(name="Hat", slug="hat")
    Listing.objects.filter(variant=ended).update(status=ListingStatus.ENDED)
    Media.objects.create(product=coat.product, url="/coat.svg", alt="A coat")
    Media.objects.create(product=coat.product, variant=coat, url="/own.svg", alt="Blue")
    foreign = make_variant()
    make_listing(foreign, make_channel())

    answer = shop.client.get(
        "/api/v1/variants", {"id": [str(each.pk) for each in (coat, ended, foreign)]}
    )

    rows = {row["id"]: row for row in answer.json()["results"]}
    assert list(rows) == [str(coat.pk), str(ended.pk)]
    assert rows[str(coat.pk)]["product"] == {"slug": "coat", "name": "Coat"}
    assert rows[str(coat.pk)]["picture"] == {"url": "/own.svg", "alt": "Blue"}
    assert rows[str(coat.pk)]["is_live"] is True
    assert rows[str(ended.pk)]["picture"] is None
    assert rows[str(ended.pk)]["is_live"] is False


@pytest.mark.parametrize("text", ["ELODIE", "élo", "skodá", "elodie skoda"])
def test_list_products_finds_words_in_any_spelling(shop: Shop, text: str) -> None:
    shop.sell(name="Élodie Škoda")
    shop.sell(name="Something else")

    found = [offer["name"] for offer in shop.get("products", search=text)["results"]]

    assert found == ["Élodie Škoda"]


@pytest.mark.parametrize("text", ["'; DROP", "a & b | !", ":*", "%", "\\"])
def test_list_products_takes_any_text_as_words(shop: Shop, text: str) -> None:
    shop.sell(name="Coat")

    assert shop.get("products", search=text)["results"] == []


def test_list_products_narrows_by_category_brand_and_store(shop: Shop) -> None:
    clothes = make_category(slug="clothes")
    coats = make_category(slug="coats", parent=clothes)
    coat = shop.sell(slug="coat", category=coats, brand="Alpha")
    stock_up(coat, shop.nice, 1)
    shop.sell(slug="book", brand="Beta")

    def slugs(**params: str) -> list[str]:
        return [offer["slug"] for offer in shop.get("products", **params)["results"]]

    assert slugs(category="clothes") == ["coat"]
    assert slugs(brand="Beta") == ["book"]
    assert slugs(store=shop.nice.code) == ["coat"]
    assert slugs(store=shop.lyon.code) == []
    facets = shop.get("products", facets="true")["facets"]
    assert facets["category"] == [{"value": "coats", "name": coats.name, "count": 1}]
    assert [each["value"] for each in facets["brand"]] == ["Alpha", "Beta"]


@pytest.mark.parametrize("name", ["category", "store"])
def test_list_products_says_that_a_filter_names_nothing(shop: Shop, name: str) -> None:
    shop.sell(brand="Alpha")
    elsewhere = make_location(name="Lille")

    for value in ("no-such", elsewhere.code):
        response = shop.client.get("/api/v1/products", {name: value, "brand": "Alpha"})

        assert (response.status_code, response.json()["code"]) == (400, "invalid")
        (error,) = response.json()["errors"]
        assert (error["field"], error["code"]) == (name, f"unknown_{name}")


def test_list_products_is_empty_where_filters_name_what_has_nothing(shop: Shop) -> None:
    make_category(slug="clothes")
    shop.sell()

    body = shop.get("products", category="clothes", store=shop.lyon.code, brand="No such")

    assert body["results"] == []


@pytest.mark.parametrize(("category", "queries"), [("clothes", 5), ("bags", 6)])
def test_list_products_looks_for_what_filters_name_only_if_nothing_is_found(
    shop: Shop, category: str, queries: int, django_assert_num_queries: Any
) -> None:
    clothes = make_category(slug="clothes")
    make_category(slug="bags")
    stock_up(shop.sell(category=clothes), shop.lyon, 1)

    with django_assert_num_queries(queries):
        shop.get("products", category=category, store=shop.lyon.code)


def test_list_products_speaks_the_language_asked_for(shop: Shop) -> None:
    coat = shop.sell(name="Coat")
    ProductTranslation.objects.create(product=coat.product, language="fr", name="Manteau")

    assert shop.get("products", language="fr")["results"][0]["name"] == "Manteau"
    assert shop.get("products")["results"][0]["name"] == "Coat"


def test_list_products_open_now_leaves_closed_stores_out(shop: Shop) -> None:
    shop.sell()
    for days in (-1, 0, 1):
        HoursException.objects.create(
            location=shop.lyon, on_date=clock.now().date() + timedelta(days=days)
        )

    assert [s["is_open"] for s in shop.get("products", **LYON)["stores"]] == [False, True]
    stores = shop.get("products", open_now="true", **LYON)["stores"]
    assert [store["name"] for store in stores] == ["Nice"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_products_takes_a_fixed_number_of_queries(
    shop: Shop, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        stock_up(shop.sell(), shop.lyon, 1)

    with django_assert_num_queries(5):
        shop.get("products", **LYON)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("products", {"lat": "1"}),
        ("products", {"lat": "91", "lon": "0"}),
        ("products", {"lat": "nan", "lon": "nan"}),
        ("products", {"sort": "price; DROP"}),
        ("products", {"limit": "0"}),
        ("products", {"cursor": "nonsense"}),
        ("products", {"cursor": encode(["a"])}),
        ("products", {"cursor": encode([5, uuid4()]), "sort": "name"}),
        ("products", {"cursor": encode(["a", uuid4()]), "search": "coat"}),
        ("products", {"unknown": "1"}),
        ("stores", {"open_now": "perhaps"}),
        ("stores", {"service": "no-such"}),
    ],
)
def test_reads_refuse_bad_parameters(shop: Shop, path: str, params: dict[str, str]) -> None:
    response = shop.client.get(f"/api/v1/{path}", params)

    assert response.status_code == 400
    assert response.json()["code"] in ("invalid", "invalid_cursor")


def test_show_product_has_prices_and_stock_of_all_locations(
    shop: Shop, django_assert_num_queries: Any
) -> None:
    coat = shop.sell(4900, slug="coat")
    stock_up(coat, shop.lyon, 2)
    stock_up(coat, shop.nice, 3)

    with django_assert_num_queries(3):
        body = shop.get("products/coat")

    variant = body["variants"][0]
    assert (variant["sku"], variant["price"]["amount"], variant["available"]) == (
        coat.sku,
        4900,
        5,
    )


def test_show_product_of_another_channel_is_not_found(shop: Shop) -> None:
    make_listing(make_variant(product=make_product(slug="elsewhere")), make_channel())

    response = shop.client.get("/api/v1/products/elsewhere")

    assert response.status_code == 404


def test_show_availability_tells_every_variant_at_every_store(shop: Shop) -> None:
    product = make_product(slug="coat")
    small, large = (make_variant(product=product, options={"size": size}) for size in "SL")
    for variant in (small, large):
        make_listing(variant, shop.channel)
    stock_up(large, shop.nice, 4)

    body = shop.get("products/coat/availability", **LYON)

    units = {v["id"]: [s["available"] for s in v["stores"]] for v in body["variants"]}
    assert units == {str(small.pk): [0, 0], str(large.pk): [0, 4]}


def test_list_stores_comes_nearest_first_with_the_next_change(shop: Shop) -> None:
    far = make_location(name="Paris", latitude=48.8566, longitude=2.3522)
    serve(shop.channel, far)

    body = shop.get("stores", **LYON)

    assert [store["name"] for store in body["results"]] == ["Lyon", "Nice", "Paris"]
    assert body["results"][0]["distance_km"] < 2


def test_list_stores_narrows_by_service(shop: Shop) -> None:
    shop.lyon.services.filter(service="returns").delete()

    assert [store["name"] for store in shop.get("stores", service="returns")["results"]] == ["Nice"]


def test_show_store_tells_seven_days(shop: Shop) -> None:
    body = shop.get(f"stores/{shop.lyon.code}")

    assert len(body["days"]) == 7
    assert all(day["open"] for day in body["days"])


def test_list_categories_counts_products_below(shop: Shop) -> None:
    clothes = make_category(slug="clothes")
    coats = make_category(slug="coats", parent=clothes)
    shop.sell(category=coats)

    counts = {row["slug"]: row["products"] for row in shop.get("categories")["results"]}

    assert counts == {"clothes": 1, "coats": 1}


@pytest.mark.parametrize("path", ["channel", "categories", "products", "products/x", "stores"])
def test_reads_of_a_closed_channel_are_refused(shop: Shop, path: str) -> None:
    shop.sell(slug="x")
    Channel.objects.filter(pk=shop.channel.pk).update(status=ChannelStatus.CLOSED)

    response = shop.client.get(f"/api/v1/{path}")

    assert (response.status_code, response.json()["code"]) == (409, "channel_closed")


@pytest.mark.parametrize("path", ["channel", "products", "stores"])
def test_reads_without_a_key_are_refused(path: str) -> None:
    assert Client().get(f"/api/v1/{path}").status_code == 401
