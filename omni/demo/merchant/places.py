"""Where Atelier Nord sells and keeps goods: channels, stores, registers, rates.

Lyon and Nice serve the euro channels, London the shop in pounds, whose prices are without tax. The
full demo has more of them (``sites``). What exists is found again by its code and left as the
merchant changed it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from inventory.channels import operations as channels
from inventory.channels.models import Channel, ChannelKind, TaxDisplay
from inventory.locations import operations as locations
from inventory.locations.models import Location, LocationKind, Method, Service
from inventory.locations.operations import WeekdaySpan
from omni.access.actor import SYSTEM
from orders.pos.models import Register
from orders.pricing import operations as pricing
from orders.pricing.models import ShippingRate, TaxRate

SINCE = date(2020, 1, 1)
OPEN_SINCE = timedelta(days=100)
BRAND = "Atelier Nord"
WEB, APP, TRADE, STORES, STORES_UK = "web", "app", "trade", "stores", "stores-uk"
STORES_DE = "stores-de"
CHANNELS = (WEB, APP, TRADE, STORES, STORES_UK, STORES_DE)
# In which channel the tills of a country sell.
TILLS_SELL_IN = {"FR": STORES, "GB": STORES_UK, "DE": STORES_DE}

_EURO = {"currency": "EUR", "language": "fr", "country": "FR", "tax_display": TaxDisplay.GROSS}
_POUND = {"currency": "GBP", "language": "en", "country": "GB"}
_CHANNELS: dict[str, dict[str, object]] = {
    WEB: {"name": "Web shop", "kind": ChannelKind.WEB, **_EURO},
    APP: {"name": "App", "kind": ChannelKind.APP, **_EURO},
    TRADE: {
        "name": "Trade shop",
        "kind": ChannelKind.WEB,
        "tax_display": TaxDisplay.NET,
        "return_window_days": 14,
        **_POUND,
    },
    STORES: {"name": "Stores", "kind": ChannelKind.STORE, **_EURO},
    STORES_UK: {
        "name": "Stores UK",
        "kind": ChannelKind.STORE,
        "tax_display": TaxDisplay.GROSS,
        **_POUND,
    },
}


@dataclass(frozen=True, slots=True)
class Store:
    """A store to be made. ``serves``: channel, priority (lower is asked first), buffer, methods."""

    code: str
    address: dict[str, object]
    hours: tuple[tuple[range, str, str], ...]
    serves: tuple[tuple[str, int, int, tuple[Method, ...]], ...]
    services: dict[Service, dict[str, int]] = field(default_factory=dict)
    kind: LocationKind = LocationKind.STORE


COUNTER = {
    Service.TILL: {},
    Service.RETURNS: {},
    Service.PICKUP: {"lead_minutes": 120, "window_days": 5},
}
SENDS = {Service.SHIP: {"lead_minutes": 1440}}
BOTH = (Method.PICKUP, Method.SHIP)

STORES_TO_MAKE = (
    Store(
        code="lyon",
        address={
            "name": "Lyon Bellecour",
            "street": "18 rue Gasparin",
            "postal_code": "69002",
            "city": "Lyon",
            "country": "FR",
            "time_zone": "Europe/Paris",
            "latitude": 45.7592,
            "longitude": 4.8325,
            "phone": "+33472000001",
        },
        hours=((range(5), "09:30", "19:00"), (range(5, 6), "10:00", "20:00")),
        serves=(
            (WEB, 10, 1, BOTH),
            (APP, 10, 1, BOTH),
            (STORES, 10, 0, (Method.CARRY_OUT, Method.PICKUP, Method.SHIP)),
        ),
        services=COUNTER | SENDS | {Service.LOCAL_DELIVERY: {"lead_minutes": 240}},
    ),
    Store(
        code="nice",
        address={
            "name": "Nice Masséna",
            "street": "5 avenue Jean Médecin",
            "postal_code": "06000",
            "city": "Nice",
            "country": "FR",
            "time_zone": "Europe/Paris",
            "latitude": 43.6983,
            "longitude": 7.2686,
            "phone": "+33493000002",
        },
        hours=(
            (range(5), "10:00", "13:00"),
            (range(5), "14:00", "19:00"),
            (range(5, 7), "10:00", "19:00"),
        ),
        serves=(
            (WEB, 20, 0, (Method.PICKUP,)),
            (APP, 20, 0, (Method.PICKUP,)),
            (STORES, 20, 0, (Method.CARRY_OUT, Method.PICKUP)),
        ),
        services=COUNTER,
    ),
    Store(
        code="london",
        address={
            "name": "London Marylebone",
            "street": "41 Marylebone High Street",
            "postal_code": "W1U 5HR",
            "city": "London",
            "country": "GB",
            "time_zone": "Europe/London",
            "latitude": 51.5203,
            "longitude": -0.1516,
            "phone": "+442079460003",
        },
        hours=((range(6), "10:00", "19:00"), (range(6, 7), "12:00", "18:00")),
        serves=(
            (TRADE, 10, 2, BOTH),
            (STORES_UK, 10, 0, (Method.CARRY_OUT, Method.PICKUP, Method.SHIP)),
        ),
        services=COUNTER | SENDS,
    ),
)

_TAX = (
    ("FR", "standard", "0.20"),
    ("FR", "reduced", "0.055"),
    ("DE", "standard", "0.19"),
    ("DE", "reduced", "0.07"),
    ("GB", "standard", "0.20"),
    ("GB", "reduced", "0.05"),
)
_SHIPPING = (
    (WEB, "FR", 590, 9900),
    (WEB, "DE", 990, 14900),
    (APP, "FR", 590, 9900),
    (APP, "DE", 990, 14900),
    (TRADE, "GB", 750, 25000),
    (STORES, "FR", 590, None),
    (STORES_UK, "GB", 750, None),
)


def ensure_places() -> None:
    """Channels, stores with all that they offer, registers, tax and shipping rates."""
    for code, facts in _CHANNELS.items():
        ensure_channel(code, facts)
    for store in STORES_TO_MAKE:
        ensure_store(store)
    _ensure_rates()


def ensure_channel(code: str, facts: dict[str, object]) -> None:
    """The channel, if it is missing."""
    if not Channel.objects.filter(code=code).exists():
        _make_channel(code, facts)


def ensure_store(store: Store) -> None:
    """The store or warehouse with all that it offers, if it is missing."""
    if not Location.objects.filter(code=store.code).exists():
        _make_store(store)


def channel(code: str) -> Channel:
    """A channel of the merchant."""
    found: Channel = Channel.objects.get(code=code)
    return found


def store(code: str) -> Location:
    """A store of the merchant."""
    found: Location = Location.objects.get(code=code)
    return found


def _make_channel(code: str, facts: dict[str, object]) -> None:
    made = Channel(
        code=code,
        brand_name=BRAND,
        sender_email="hello@atelier-nord.example",
        storefront_url=f"https://{code}.atelier-nord.example",
        **facts,
    )
    channels.save_channel(channel=made, actor=SYSTEM)


@transaction.atomic
def _make_store(store: Store) -> None:
    location = locations.save_location(
        location=Location(code=store.code, kind=store.kind, **store.address), actor=SYSTEM
    )
    spans = [
        WeekdaySpan(day, time.fromisoformat(opens), time.fromisoformat(closes))
        for days, opens, closes in store.hours
        for day in days
    ]
    locations.set_opening_hours(location=location, spans=spans, actor=SYSTEM)
    for month, day, note in ((1, 1, "New Year"), (12, 25, "Christmas")):
        locations.set_hours_exception(
            location=location, on_date=_next(month, day), note=note, actor=SYSTEM
        )
    for service, settings in store.services.items():
        terms: dict[str, Any] = dict(settings)
        locations.offer_service(location=location, service=service, actor=SYSTEM, **terms)
    for code, priority, buffer, methods in store.serves:
        locations.serve_channel(
            channel=channel(code),
            location=location,
            methods=methods,
            priority=priority,
            buffer=buffer,
            actor=SYSTEM,
        )
    if Service.TILL in store.services:
        ensure_register(location, 1)


def ensure_register(location: Location, number: int) -> None:
    """The till of a store with this number, if it is missing."""
    code = f"{location.code}-{number}"
    if not Register.objects.filter(code=code).exists():
        Register.objects.create(
            location=location,
            channel=channel(TILLS_SELL_IN[location.country]),
            code=code,
            name=f"{location.name} {number}",
        )


def _ensure_rates() -> None:
    for country, tax_class, rate in _TAX:
        known = TaxRate.objects.filter(country=country, tax_class=tax_class)
        if not known.exists():
            wanted = TaxRate(
                country=country, tax_class=tax_class, rate=Decimal(rate), valid_from=SINCE
            )
            pricing.save_tax_rate(rate=wanted, actor=SYSTEM)
    for each in _SHIPPING:
        ensure_shipping_rate(*each)


def ensure_shipping_rate(code: str, country: str, price: int, free_from: int | None) -> None:
    """What it costs to have something sent, if nothing says so yet."""
    sold_in = channel(code)
    if not ShippingRate.objects.filter(channel=sold_in, country=country).exists():
        cost = ShippingRate(
            channel=sold_in, country=country, price_minor=price, free_from_minor=free_from
        )
        pricing.save_shipping_rate(rate=cost, actor=SYSTEM)


def _next(month: int, day: int) -> date:
    """The next such day, seen from the day of the start."""
    today = date.today()  # noqa: DTZ011  the day of the machine will do for a holiday
    this_year = today.replace(month=month, day=day)
    return this_year if this_year >= today else this_year.replace(year=today.year + 1)
