"""What Atelier Nord sells, made: twelve products in thirty variants, listed, with opening stock.

Codes come from the range that GS1 leaves to a company's own use. Quantities are drawn with a fixed
seed, so every machine has the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product as every
from random import Random

from django.db import transaction
from django.templatetags.static import static

from inventory.catalog import operations as catalog
from inventory.catalog.barcodes import check_digit
from inventory.catalog.models import Category, Product, Variant
from inventory.catalog.operations import (
    ListingDraft,
    MediaDraft,
    ProductDraft,
    Translation,
    VariantDraft,
)
from inventory.channels.models import Channel
from inventory.locations.models import Location
from inventory.stock import operations as stock
from inventory.stock.models import MovementKind
from inventory.stock.operations import StockArrival
from omni.access.actor import SYSTEM
from omni.demo.merchant import places
from omni.demo.merchant.range import CATEGORIES, GOODS, Good
from omni.demo.pictures import address

SEED = 20
OPENING = "demo:opening"
# Two in the house, of which Lyon keeps one from the web: one that two customers may want at once.
LAST_UNIT = ("BELT-105", "lyon")
MISSING = ("GLOVE-9", "nice")


def ensure_goods() -> None:
    """Categories, products with listings in every channel, and the stock with which it opens."""
    ensure_categories(CATEGORIES)
    for number, good in enumerate(GOODS):
        ensure_product(number, good)
    for location in Location.objects.filter(code__in=["lyon", "nice", "london"]).order_by("code"):
        _open_stock(location)


def ensure_categories(wanted: Sequence[tuple[str, str, str | None]]) -> None:
    """The categories that are missing: slug, name, and the one above."""
    for place, (slug, name, above) in enumerate(wanted):
        if not Category.objects.filter(slug=slug).exists():
            parent = Category.objects.get(slug=above) if above else None
            catalog.create_category(
                slug=slug, name=name, parent=parent, position=place, actor=SYSTEM
            )


def ensure_product(number: int, good: Good) -> None:
    """The product with its listings, if it is missing. ``number`` makes its barcodes."""
    if not Product.objects.filter(slug=good.slug).exists():
        _make_product(number, good)


def variant(sku: str) -> Variant:
    """A variant of the merchant."""
    found: Variant = Variant.objects.get(sku=sku)
    return found


@transaction.atomic
def _make_product(number: int, good: Good) -> None:
    drafts = list(_variants(number, good))
    made = catalog.create_product(
        draft=ProductDraft(
            slug=good.slug,
            name=good.names[0],
            description=good.text[0],
            brand=places.BRAND,
            category_id=Category.objects.get(slug=good.category).pk,
            tax_class=good.tax_class,
            variants=drafts,
            translations=[
                Translation(language, good.names[place], good.text[place])
                for place, language in ((1, "fr"), (2, "de"))
            ],
            media=list(_media(good, drafts)),
        ),
        actor=SYSTEM,
    )
    catalog.list_variants(drafts=list(_listings(good, made)), actor=SYSTEM)


def _listings(good: Good, product: Product) -> Iterator[ListingDraft]:
    channels = list(Channel.objects.filter(code__in=places.CHANNELS).order_by("code"))
    for place, row in enumerate(product.variants.order_by("position")):
        for channel in channels:
            yield ListingDraft(
                variant_id=row.pk,
                channel_id=channel.pk,
                price_minor=price_in(good, channel.code, good.dearer * place),
                compare_at_minor=good.was if channel.code in (places.WEB, places.APP) else None,
            )


def price_in(good: Good, code: str, more: int) -> int:
    """What a variant costs in a channel, minor units. ``more`` is what it is dearer, in euro."""
    pound = good.pound + more * 3 // 4
    return {places.TRADE: pound, places.STORES_UK: pound * 6 // 5}.get(code, good.euro + more)


def _media(good: Good, drafts: Sequence[VariantDraft]) -> Iterator[MediaDraft]:
    """The product's own picture, and one of each variant that comes in a colour."""
    first = static(address(good.slug, good.colours[0]))
    yield MediaDraft(first, alt=good.names[0])
    for draft in drafts:
        colour = draft.options.get("colour")
        if colour:
            alt = f"{good.names[0]}, {colour}"
            yield MediaDraft(static(address(good.slug, colour)), alt=alt, sku=draft.sku)


def _variants(number: int, good: Good) -> Iterator[VariantDraft]:
    names = [name for name, _values in good.options]
    for place, values in enumerate(every(*(values for _name, values in good.options))):
        yield VariantDraft(
            sku=_sku(good, values),
            name=", ".join(values),
            options=dict(zip(names, values, strict=True)),
            weight_g=good.weight_g,
            barcodes=[_barcode(number * 10 + place)],
        )


def _sku(good: Good, values: Sequence[str]) -> str:
    return "-".join([good.sku, *(value.replace(" ", "").upper() for value in values)])


def _barcode(number: int) -> str:
    body = f"0400000{number:05d}"
    return f"{body}{check_digit(body)}"


@transaction.atomic
def _open_stock(location: Location) -> None:
    """What lies in a store at first; posted once, however often it is called."""
    draw = Random(f"{SEED}:{location.code}")  # noqa: S311  nothing secret is drawn
    arrivals = []
    for row in Variant.objects.filter(product__slug__in=[g.slug for g in GOODS]).order_by("sku"):
        quantity = draw.randint(6, 24)
        if (row.sku, location.code) == MISSING:
            continue
        if row.sku == LAST_UNIT[0]:
            quantity = 2 if location.code == LAST_UNIT[1] else 0
        if quantity:
            arrivals.append(StockArrival(row.pk, location.pk, quantity))
    stock.put(lines=arrivals, kind=MovementKind.OPENING, reference=OPENING, actor=SYSTEM)
