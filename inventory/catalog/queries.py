"""What is sold where: the pieces from which the storefront composes its lists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from inventory.catalog import search
from inventory.catalog.barcodes import BarcodeNotValid, canonical
from inventory.catalog.models import (
    Assortment,
    Category,
    Listing,
    ListingStatus,
    Product,
    ProductStatus,
    Variant,
)
from omni.core.errors import NotFound


def live(now: datetime) -> Q:
    """Listings on sale at this moment: also scheduled ones whose time came since the last sweep."""
    return Q(status=ListingStatus.LIVE) | Q(status=ListingStatus.SCHEDULED, starts_at__lte=now)


def live_listings(
    *, channel_id: UUID, now: datetime, variant_ids: Collection[UUID] | None = None
) -> QuerySet[Listing]:
    """What the channel sells now, of active variants and products."""
    listings = Listing.objects.filter(
        live(now),
        channel_id=channel_id,
        variant__is_active=True,
        variant__product__status=ProductStatus.ACTIVE,
    )
    return listings if variant_ids is None else listings.filter(variant_id__in=variant_ids)


def products_on_sale(
    *, channel_id: UUID, now: datetime, category: Category | None = None, text: str = ""
) -> QuerySet[Product]:
    """Active products of which the channel sells a variant now, in a category and all below it.

    With a text only those in which every word is found, with their ``rank``.
    """
    on_sale = Listing.objects.filter(
        live(now), channel_id=channel_id, variant__product=OuterRef("pk"), variant__is_active=True
    )
    products: QuerySet[Product] = Product.objects.filter(
        Exists(on_sale), status=ProductStatus.ACTIVE
    )
    if category is not None:
        products = products.filter(category__path__contains=[category.pk])
    return search.matching(products, text) if text else products


def scan(code: str) -> Variant:
    """The variant that a scanned or typed code means: a barcode first, then a SKU.

    Raises: NotFound.
    """
    found = Variant.objects.select_related("product")
    bare = code.strip()
    if not bare.isprintable():
        raise NotFound
    try:
        by_barcode = found.filter(barcodes__code=canonical(bare)).first()
    except BarcodeNotValid:
        by_barcode = None
    variant = by_barcode or found.filter(sku=bare).first() or found.filter(sku__iexact=bare).first()
    if variant is None:
        raise NotFound
    result: Variant = variant
    return result


def get_variant_by_id(variant_id: UUID) -> Variant:
    """The variant with its product, if it is not out of use. Raises: NotFound."""
    variant: Variant | None = (
        Variant.objects.select_related("product").filter(pk=variant_id, is_active=True).first()
    )
    if variant is None:
        raise NotFound
    return variant


def get_category(slug: str) -> Category:
    """Raises: NotFound."""
    category: Category | None = Category.objects.filter(slug=slug).first()
    if category is None:
        raise NotFound
    return category


def category_tree() -> list[Category]:
    """All categories, parents before children, siblings by position and name."""
    rows = list(Category.objects.order_by("position", "name", "pk"))
    children: dict[UUID | None, list[Category]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    ordered: list[Category] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        row = waiting.pop()
        ordered.append(row)
        waiting.extend(reversed(children.get(row.pk, [])))
    return ordered


def carried_at(*, location_id: UUID, variant_ids: Collection[UUID]) -> set[UUID]:
    """Which of the variants belong to the location's assortment (everything, if it has none)."""
    assortment = Assortment.objects.filter(location_id=location_id)
    if not assortment.exists():
        return set(variant_ids)
    rows = assortment.values_list("category_id", "variant_id")
    categories = {category for category, _variant in rows if category}
    singles = {variant for _category, variant in rows if variant}
    variants = Variant.objects.filter(pk__in=variant_ids).filter(
        Q(pk__in=singles) | Q(product__category__path__overlap=list(categories))
    )
    return set(variants.values_list("pk", flat=True))
