"""What a customer may take instead: the same in another size first, or what is searched.

Prices are those of the till's channel; the sale itself prices again, and tells if it differs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F

from inventory.catalog import search
from inventory.catalog.models import Listing, Product, ProductStatus
from inventory.catalog.pictures import Picture
from inventory.catalog.queries import live_listings, scan
from inventory.channels.models import Channel
from inventory.locations.models import Method
from inventory.stock.queries import available_to_sell
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.money import line_amount
from orders.checkout.operations import Wish

MOST = 24


@dataclass(slots=True)
class Offer:
    """A variant at its price, and how many lie here."""

    listing: Listing
    here: int
    is_sibling: bool
    picture: Picture | None = None

    @property
    def variant(self) -> Any:
        return self.listing.variant

    @property
    def name(self) -> str:
        return self.variant.product.name

    @property
    def size(self) -> str:
        """What tells it from its siblings."""
        options = ", ".join(str(value) for value in self.variant.options.values())
        return options or self.variant.name or self.variant.sku


@dataclass(slots=True)
class Choice:
    """What is taken, what could be, and what the taken costs."""

    taken: list[tuple[Offer, int]]
    siblings: list[Offer]
    found: list[Offer]
    text: str
    price_minor: int
    variant_ids: set[UUID] = field(default_factory=set)

    def show(self, pictures: Mapping[UUID, Picture]) -> None:
        """Give each offer its picture."""
        for offer in [*self.siblings, *self.found, *(each for each, _count in self.taken)]:
            offer.picture = pictures.get(offer.listing.variant_id)


def choices_for(
    *,
    channel: Channel,
    location_id: UUID,
    taken: Mapping[UUID, int],
    product_ids: Collection[UUID],
    text: str,
) -> Choice:
    """Siblings of what comes back, what the text finds, and what was chosen. Four statements."""
    words = " ".join(text.split())[:120]
    found_ids = _found(words)
    rows = live_listings(channel_id=channel.pk, now=clock.now()).select_related("variant__product")
    wanted = rows.filter(variant__product_id__in={*product_ids, *found_ids.products}) | rows.filter(
        variant_id__in={*taken, *found_ids.variants}
    )
    listings = list(wanted.order_by("variant__position", "variant_id")[: MOST * 4])
    ids = [row.variant_id for row in listings]
    here = available_to_sell(variant_ids=ids, location_ids=[location_id], at_till=True)
    offers = {
        row.variant_id: Offer(
            row, here.get((row.variant_id, location_id), 0), row.variant.product_id in product_ids
        )
        for row in listings
    }
    chosen = [(offers[each], count) for each, count in taken.items() if each in offers]
    return Choice(
        taken=chosen,
        siblings=[each for each in offers.values() if each.is_sibling][:MOST],
        found=[each for each in offers.values() if found_ids.has(each)][:MOST],
        text=words,
        price_minor=sum(_price(offer.listing, count) for offer, count in chosen),
        variant_ids=set(offers),
    )


def price_of(channel: Channel, taken: Mapping[UUID, int]) -> int:
    """What these cost in the channel now, minor units."""
    rows = live_listings(channel_id=channel.pk, now=clock.now()).filter(variant_id__in=list(taken))
    return sum(_price(row, taken[row.variant_id]) for row in rows)


def wish_of(variant_id: UUID, quantity: int) -> Wish:
    """Taken in the hand."""
    return Wish(variant_id, quantity, Method.CARRY_OUT)


@dataclass(frozen=True, slots=True)
class _Ids:
    products: frozenset[UUID] = frozenset()
    variants: frozenset[UUID] = frozenset()

    def has(self, offer: Offer) -> bool:
        return offer.listing.variant_id in self.variants or (
            offer.variant.product_id in self.products
        )


def _found(text: str) -> _Ids:
    """A code is one variant; words are products."""
    if not text:
        return _Ids()
    try:
        return _Ids(variants=frozenset({scan(text).pk}))
    except NotFound:
        active = Product.objects.filter(status=ProductStatus.ACTIVE)
        found = search.matching(active, text).order_by(F("rank").desc(), "pk")
        return _Ids(products=frozenset(found.values_list("pk", flat=True)[:6]))


def _price(listing: Listing, quantity: int) -> int:
    return line_amount(listing.price_minor, listing.price_quantity, quantity)
