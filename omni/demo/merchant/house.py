"""The full house: every site, and the whole range with its stock.

What opens comes in one delivery a location; ``scale`` makes it smaller for tests.
"""

from __future__ import annotations

from random import Random

from django.db import transaction

from inventory.catalog.models import Listing, Variant
from inventory.catalog.operations import list_variant
from inventory.locations.models import Location, LocationKind
from inventory.stock import operations as stock
from inventory.stock.models import MovementKind, StockLevel
from inventory.stock.operations import StockArrival
from omni.access.actor import SYSTEM
from omni.demo.merchant import goods, places, sites
from omni.demo.merchant.range import GOODS, MORE_CATEGORIES, RANGE, Good

OPENING = "demo:house"
# Barcodes of a product of the range: room for thirty variants each, behind those of the guides.
FIRST_NUMBER, NUMBERS_EACH = 100, 3


def ensure_house(scale: float) -> None:
    """All of it, as far as it is missing."""
    sites.ensure_sites()
    goods.ensure_categories(MORE_CATEGORIES)
    for place, good in enumerate(part_of_range(scale)):
        goods.ensure_product(FIRST_NUMBER + NUMBERS_EACH * place, good)
    _list_in_germany()
    for location in sites.all_locations():
        _open_stock(location)


def part_of_range(scale: float) -> tuple[Good, ...]:
    """So much of the range as a demo of this scale sells."""
    return RANGE if scale >= 1 else RANGE[: max(3, round(len(RANGE) * scale))]


def _list_in_germany() -> None:
    """The goods of the guides were listed before the German tills were there."""
    channel = places.channel(places.STORES_DE)
    known = set(Listing.objects.filter(channel=channel).values_list("variant_id", flat=True))
    for good in GOODS:
        rows = Variant.objects.filter(product__slug=good.slug).order_by("position")
        for place, row in enumerate(rows):
            if row.pk not in known:
                price = goods.price_in(good, channel.code, good.dearer * place)
                list_variant(variant=row, channel=channel, price_minor=price, actor=SYSTEM)


@transaction.atomic
def _open_stock(location: Location) -> None:
    """What lies there at first, of all that it does not have yet; posted once."""
    draw = Random(f"{OPENING}:{location.code}")  # noqa: S311  nothing secret is drawn
    levels = StockLevel.objects.filter(location=location)
    known = set(levels.values_list("variant_id", flat=True))
    is_store = location.kind == LocationKind.STORE
    arrivals = []
    for row in Variant.objects.order_by("sku"):
        quantity = draw.choice((4, 5, 6, 7, 8, 9, 10)) if is_store else draw.randint(18, 45)
        told = (row.sku, location.code) == goods.MISSING or row.sku == goods.LAST_UNIT[0]
        if row.pk not in known and not told:
            arrivals.append(StockArrival(row.pk, location.pk, quantity))
    stock.put(lines=arrivals, kind=MovementKind.OPENING, reference=OPENING, actor=SYSTEM)
