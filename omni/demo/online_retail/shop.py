"""The merchant of the ledger: one web shop in pounds, one warehouse, its products and customers.

Prices of the ledger hold no tax, so the shop's products are of the class without any. Everything is
made once and found again by its code, number or SKU.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from babel import Locale
from django.db import transaction

from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import Identifier, IdentifierKind
from inventory.catalog import operations as catalog
from inventory.catalog.models import TaxClass, Variant
from inventory.catalog.operations import ProductDraft, VariantDraft
from inventory.channels.models import Channel, ChannelKind, TaxDisplay
from inventory.locations.models import (
    ChannelLocation,
    Location,
    LocationKind,
    LocationService,
    Method,
    Service,
)
from omni.access.actor import Actor
from omni.core.secrets import digest
from omni.demo.online_retail.documents import Document, is_stocked, sku

SOURCE = "online_retail"
CURRENCY = "GBP"
CHUNK = 500
LONGEST_NAME = 250
# Names of the ledger that are not those of CLDR.
COUNTRIES = {
    "EIRE": "IE",
    "USA": "US",
    "RSA": "ZA",
    "Korea": "KR",
    "Hong Kong": "HK",
    "Channel Islands": "JE",
    "Czech Republic": "CZ",
    "European Community": "",
    "West Indies": "",
    "Unspecified": "",
}


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant as the loader needs it."""

    id: UUID
    sku: str
    name: str
    is_stocked: bool


@dataclass(frozen=True, slots=True)
class Shop:
    """Where the ledger's documents belong."""

    channel: Channel
    warehouse: Location


@transaction.atomic
def ensure_shop() -> Shop:
    """The shop and its warehouse, made the first time."""
    channel, _made = Channel.objects.get_or_create(
        code="online-retail",
        defaults={
            "name": "Online Retail",
            "kind": ChannelKind.WEB,
            "currency": CURRENCY,
            "country": "GB",
            "tax_display": TaxDisplay.GROSS,
            "brand_name": "Online Retail",
        },
    )
    warehouse, made = Location.objects.get_or_create(
        code="online-retail",
        defaults={
            "name": "Warehouse",
            "kind": LocationKind.WAREHOUSE,
            "time_zone": "Europe/London",
            "country": "GB",
        },
    )
    if made:
        for service in (Service.SHIP, Service.RETURNS):
            LocationService.objects.create(location=warehouse, service=service)
    ChannelLocation.objects.get_or_create(
        channel=channel, location=warehouse, defaults={"methods": [Method.SHIP]}
    )
    return Shop(channel, warehouse)


def ensure_goods(documents: Iterable[Document], *, actor: Actor) -> dict[str, Goods]:
    """A product for each code, by SKU. Its name is the description it bears most often."""
    names: dict[str, Counter[str]] = {}
    for document in documents:
        for line in document.lines:
            names.setdefault(sku(line.code), Counter())[line.description] += 1
    missing = sorted(names.keys() - _known_goods(names).keys())
    for start in range(0, len(missing), CHUNK):
        drafts = [_product(code, names[code]) for code in missing[start : start + CHUNK]]
        catalog.create_products(drafts=drafts, actor=actor)
    return _known_goods(names)


def ensure_customers(documents: Iterable[Document], *, shop: Shop, actor: Actor) -> dict[str, UUID]:
    """A customer for each number, recognised by it ever after."""
    first: dict[str, Document] = {}
    for document in documents:
        if document.customer:
            first.setdefault(document.customer, document)
    known = _known_customers(first)
    missing = sorted(first.keys() - known.keys())
    for start in range(0, len(missing), CHUNK):
        chunk = missing[start : start + CHUNK]
        found = identity.resolve_many(
            captures=[_capture(number, first[number], shop) for number in chunk], actor=actor
        )
        for number, resolution in zip(chunk, found, strict=True):
            known[number] = resolution.customer.pk
    return known


def country_code(name: str) -> str:
    """ISO 3166 code of a country as the ledger names it; empty where it names none."""
    if name in COUNTRIES:
        return COUNTRIES[name]
    return _TERRITORIES.get(name.casefold(), "")


_TERRITORIES = {
    name.casefold(): code
    for code, name in Locale("en").territories.items()
    if re.fullmatch(r"[A-Z]{2}", code)
}


def _known_goods(codes: Iterable[str]) -> dict[str, Goods]:
    rows = Variant.objects.filter(sku__in=list(codes)).values_list(
        "sku", "id", "product__name", "is_stocked"
    )
    return {code: Goods(key, code, name, stocked) for code, key, name, stocked in rows}


def _known_customers(numbers: Iterable[str]) -> dict[str, UUID]:
    rows = Identifier.objects.filter(
        kind=IdentifierKind.EXTERNAL, namespace=SOURCE, raw__in=list(numbers)
    )
    return dict(rows.values_list("raw", "customer_id"))


def _product(code: str, names: Counter[str]) -> ProductDraft:
    named = [(count, name) for name, count in names.items() if name]
    name = max(named)[1] if named else code
    return ProductDraft(
        slug=_slug(code),
        name=name[:LONGEST_NAME],
        tax_class=TaxClass.ZERO,
        variants=[VariantDraft(sku=code, is_stocked=is_stocked(code))],
    )


def _slug(code: str) -> str:
    """An address name of its own for each code, also where codes differ by a blank or a dot."""
    plain = f"or-{code.lower()}"
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug if slug == plain else f"{slug}-{digest(code)[:8]}"


def _capture(number: str, document: Document, shop: Shop) -> identity.Capture:
    return identity.Capture(
        identifiers=(Given(IdentifierKind.EXTERNAL, number, namespace=SOURCE),),
        channel_id=shop.channel.pk,
        country=country_code(document.country),
        captured_at=document.at,
    )
