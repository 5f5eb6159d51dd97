"""A small merchant to experiment on: two storefronts and a till sell the stock of one store.

``found`` runs beside the running product (``manage.py shell``); everything else only reads what it
printed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from inventory.catalog.models import Listing, Product, Variant
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
from inventory.stock.models import MovementKind
from omni.access import operations as access
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.lab.stage import Site
from orders.pos.models import Register
from orders.pricing.models import TaxRate

SCARCE_UNITS = 10
PRICE_MINOR = 1999
PLENTY = 1_000_000
TILLS = 4


@dataclass(slots=True)
class Merchant:
    """What an experiment needs to buy. ``scarce`` are variants of ten units, each used once."""

    web_key: str
    app_key: str
    till_key: str
    location: str
    registers: Sequence[str]
    plenty: Sequence[str]
    scarce: list[str] = field(default_factory=list)
    shifts: list[str] = field(default_factory=list)


def move_in(site: Site, *, scarce: int = 0) -> Merchant:
    """Make the merchant in the database of a running product."""
    code = f"from omni.lab import merchant; merchant.found(scarce={scarce})"
    return Merchant(**site.shell(code))


def found(*, scarce: int) -> None:
    """Make the rows and print what ``Merchant`` holds. Runs inside the product."""
    store = Location.objects.create(
        code="lab", name="Lab store", kind=LocationKind.STORE, country="FR", city="Lyon",
        time_zone="Europe/Paris",
    )  # fmt: skip
    LocationService.objects.bulk_create(
        LocationService(location=store, service=service) for service in Service.values
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(location=store, weekday=day, opens_at=time(0), closes_at=time(0))
        for day in range(7)
    )
    TaxRate.objects.create(
        country="FR", tax_class="standard", rate=Decimal("0.2"), valid_from=date(2020, 1, 1)
    )
    channels = {}
    for kind in (ChannelKind.WEB, ChannelKind.APP, ChannelKind.STORE):
        channels[kind] = Channel.objects.create(
            code=f"lab-{kind}", name=f"Lab {kind}", kind=kind, currency="EUR", country="FR",
            brand_name="Lab",
        )  # fmt: skip
        ChannelLocation.objects.create(
            channel=channels[kind], location=store, methods=list(Method.values)
        )
    keys = {
        kind: access.create_channel_key(channel_id=row.pk, name="lab", actor=SYSTEM).secret
        for kind, row in channels.items()
    }
    print(
        json.dumps(
            {
                "web_key": keys[ChannelKind.WEB],
                "app_key": keys[ChannelKind.APP],
                "location": str(store.pk),
                "plenty": _goods("plenty", 20, PLENTY, store, list(channels.values())),
                "scarce": _goods("scarce", scarce, SCARCE_UNITS, store, list(channels.values())),
                **_tills(store, channels[ChannelKind.STORE]),
            }
        )
    )


def _goods(
    name: str, count: int, units: int, store: Location, channels: Sequence[Channel]
) -> list[str]:
    """Variants, live in every channel, with an opening stock."""
    variants = []
    for number in range(count):
        product = Product.objects.create(slug=f"{name}-{number}", name=f"{name} {number}")
        variants.append(Variant.objects.create(product=product, sku=f"{name}-{number}"))
    Listing.objects.bulk_create(
        Listing(variant=variant, channel=channel, price_minor=PRICE_MINOR)
        for variant in variants
        for channel in channels
    )
    if variants:
        stock.put(
            lines=[stock.StockArrival(variant.pk, store.pk, units) for variant in variants],
            kind=MovementKind.OPENING,
            reference=f"opening:{name}",
            actor=SYSTEM,
        )
    return [str(variant.pk) for variant in variants]


def _tills(store: Location, channel: Channel) -> dict[str, object]:
    """Registers, and the key that they sign in with."""
    key = access.create_api_key(
        name="lab tills", permissions=[Permission.POS_SELL, Permission.POS_SHIFT], actor=SYSTEM
    )
    registers = Register.objects.bulk_create(
        Register(location=store, channel=channel, code=f"lab-{number}", name=f"Till {number}")
        for number in range(1, TILLS + 1)
    )
    return {"till_key": key.secret, "registers": [str(row.pk) for row in registers]}
