"""Smallest valid rows of the inventory. State beyond that is reached by calling operations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from itertools import count
from typing import Any
from uuid import uuid4

from inventory.catalog.models import Category, Listing, Product, Variant
from inventory.channels.models import Channel, ChannelKind
from inventory.locations.models import (
    ChannelLocation,
    Location,
    LocationKind,
    LocationService,
    Method,
    OpeningHours,
    Service,
)
from inventory.stock import operations as stock
from inventory.stock.models import MovementKind, StockLevel
from omni.access.actor import SYSTEM

_numbers = count(1)


def make_channel(*, locations: Iterable[Location] = (), **over: Any) -> Channel:
    """An open web shop in euros, served by these locations with every method."""
    number = next(_numbers)
    values = {
        "code": f"web-{number}",
        "name": f"Web shop {number}",
        "kind": ChannelKind.WEB,
        "currency": "EUR",
        "country": "FR",
        "brand_name": "Atelier",
    }
    channel = Channel.objects.create(**values | over)
    for location in locations:
        serve(channel, location)
    return channel


def serve(
    channel: Channel, location: Location, methods: Iterable[str] = Method.values, **over: Any
) -> ChannelLocation:
    """Let the location serve the channel."""
    return ChannelLocation.objects.create(
        channel=channel, location=location, methods=list(methods), **over
    )


def make_location(
    *, services: Iterable[str] = Service.values, is_always_open: bool = True, **over: Any
) -> Location:
    """An open store in Lyon with every service, open from Monday to Sunday round the clock."""
    number = next(_numbers)
    values = {
        "code": f"store-{number}",
        "name": f"Store {number}",
        "kind": LocationKind.STORE,
        "country": "FR",
        "city": "Lyon",
        "time_zone": "Europe/Paris",
        "latitude": 45.764,
        "longitude": 4.8357,
    }
    location = Location.objects.create(**values | over)
    LocationService.objects.bulk_create(
        LocationService(location=location, service=service) for service in services
    )
    if is_always_open:
        OpeningHours.objects.bulk_create(
            OpeningHours(location=location, weekday=day, opens_at=time(0), closes_at=time(0))
            for day in range(7)
        )
    return location


def make_category(**over: Any) -> Category:
    """A category at the root, or below ``parent``."""
    number = next(_numbers)
    category = Category(**{"slug": f"category-{number}", "name": f"Category {number}"} | over)
    category.path = [*(category.parent.path if category.parent else []), category.pk]
    category.save()
    return category


def make_product(**over: Any) -> Product:
    """An active product without variants."""
    number = next(_numbers)
    return Product.objects.create(
        **{"slug": f"product-{number}", "name": f"Product {number}"} | over
    )


def make_variant(**over: Any) -> Variant:
    """A variant, of a product of its own unless one is given."""
    number = next(_numbers)
    product = over.pop("product", None) or make_product()
    return Variant.objects.create(product=product, **{"sku": f"SKU-{number}"} | over)


def make_listing(
    variant: Variant, channel: Channel, price_minor: int = 1999, **over: Any
) -> Listing:
    """The variant, live in the channel."""
    return Listing.objects.create(variant=variant, channel=channel, price_minor=price_minor, **over)


def stock_up(variant: Variant, location: Location, quantity: int) -> StockLevel:
    """Bring units in through the ledger; the level afterwards."""
    stock.put(
        lines=[stock.StockArrival(variant.pk, location.pk, quantity)],
        kind=MovementKind.OPENING,
        reference=f"opening:{uuid4()}",
        actor=SYSTEM,
    )
    return StockLevel.objects.get(variant=variant, location=location)
