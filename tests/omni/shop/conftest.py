"""A house with two stores and a shop on it; the provider as the process that it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache

from inventory.catalog.models import Media, Variant
from inventory.catalog.search import refresh_search
from inventory.channels.models import Channel, ChannelKind
from inventory.locations.models import Location
from inventory.stock import operations as stock
from omni.access.actor import SYSTEM
from tests.factories.inventory import (
    make_category,
    make_channel,
    make_listing,
    make_location,
    make_product,
    make_variant,
    stock_up,
)
from tests.factories.omni import make_channel_key
from tests.factories.orders import make_shipping_rate, make_tax_rate
from tests.flows.conftest import Provider
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess, Receiver
from tests.omni.shop.browser import Browser


@dataclass
class House:
    """Lyon and Nice serve a web shop and an app; a coat in two sizes lies in both."""

    settings: Any
    lyon: Location = field(
        default_factory=lambda: make_location(name="Lyon", latitude=45.764, longitude=4.8357)
    )
    nice: Location = field(
        default_factory=lambda: make_location(name="Nice", latitude=43.7102, longitude=7.262)
    )

    def __post_init__(self) -> None:
        make_tax_rate()
        self.web: Channel = make_channel(locations=[self.lyon, self.nice], code="web")
        self.app: Channel = make_channel(
            locations=[self.lyon, self.nice], code="app", kind=ChannelKind.APP
        )
        make_shipping_rate(self.web)
        self.settings.SHOP_CHANNELS = {
            channel.code: make_channel_key(channel.pk).secret for channel in (self.web, self.app)
        }
        self.category = make_category(name="Outerwear", slug="coats")
        self.small = self.sell("Coat", 10000, options={"colour": "navy", "size": "S"})
        self.large = self.sell(
            "Coat", 12000, product=self.small.product, options={"colour": "navy", "size": "L"}
        )
        stock_up(self.small, self.lyon, 3)
        stock_up(self.small, self.nice, 5)
        stock_up(self.large, self.nice, 4)

    def sell(self, name: str, price: int, **over: Any) -> Variant:
        product = over.pop("product", None) or make_product(name=name, category=self.category)
        variant = make_variant(
            product=product, name=over.get("options", {}).get("size", ""), **over
        )
        Media.objects.create(product=product, url=f"/static/demo/{variant.sku}.svg", alt=name)
        for channel in (self.web, self.app):
            make_listing(variant, channel, price)
        refresh_search(product_ids=[product.pk])
        return variant

    def takes_away(self, variant: Variant, location: Location, units: int) -> None:
        """Somebody at the till takes them along."""
        stock.take(
            lines=[stock.StockRequest(variant.pk, location.pk, units)],
            kind="sold",
            reference=f"till:{variant.pk}:{units}",
            actor=SYSTEM,
        )

    def browser(self, channel: str = "web") -> Browser:
        return Browser(channel)

    def visitor_with(self, *units: tuple[Variant, Any], channel: str = "web") -> Browser:
        """A guest with these in the cart: a store to collect at, or None to be sent."""
        browser = self.browser(channel)
        for variant, place in units:
            browser.open(f"products/{variant.product.slug}", v=str(variant.pk))
            browser.send("cart/add", how=f"pickup:{place.pk}" if place else "ship")
        return browser


@pytest.fixture
def house(settings: Any, db: None) -> House:
    cache.clear()
    return House(settings)


@pytest.fixture(scope="session")
def psp_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PspProcess, Receiver]]:
    receiver = Receiver().start()
    journal = tmp_path_factory.mktemp("psp") / "journal.sqlite3"
    running = PspProcess(journal, webhook_url=receiver.url).start()
    yield running, receiver
    running.stop()
    receiver.stop()


@pytest.fixture
def provider(psp_process: tuple[PspProcess, Receiver], settings: Any) -> Provider:
    process, receiver = psp_process
    receiver.received.clear()
    settings.PSP_URL = process.url
    settings.PSP_API_KEY = API_KEY
    settings.PSP_WEBHOOK_SECRET = SECRET
    return Provider(process, receiver)
