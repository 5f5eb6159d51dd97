"""Making and changing what is sold: products with their variants, codes, pictures, translations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import UniqueViolation

from inventory.catalog.barcodes import BarcodeNotValid, canonical
from inventory.catalog.listings import (
    ListingDraft,
    ListingNotValid,
    end_listing,
    list_variant,
    list_variants,
    start_scheduled_listings,
)
from inventory.catalog.making import (
    MediaDraft,
    ProductDraft,
    ProductNotValid,
    Translation,
    VariantDraft,
    barcode_rows,
    check_draft,
    check_options,
    insert_products,
    media_rows,
    variant_row,
)
from inventory.catalog.models import (
    PRODUCT_MOVES,
    Barcode,
    Media,
    Product,
    ProductStatus,
    ProductTranslation,
    Variant,
)
from inventory.catalog.search import refresh_search
from inventory.catalog.tree import (
    CategoryCycle,
    carry,
    create_category,
    move_category,
    save_category,
    stop_carrying,
)
from inventory.events import ProductChanged
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Conflict
from omni.core.states import move
from omni.events import operations as events

__all__ = [
    "BarcodeNotValid",
    "CategoryCycle",
    "CodeTaken",
    "ListingDraft",
    "ListingNotValid",
    "MediaDraft",
    "ProductDraft",
    "ProductNotValid",
    "Translation",
    "VariantDraft",
    "activate_product",
    "add_barcode",
    "add_variant",
    "announce_product",
    "archive_product",
    "carry",
    "create_category",
    "create_product",
    "create_products",
    "end_listing",
    "list_variant",
    "list_variants",
    "move_category",
    "refresh_search",
    "remove_barcode",
    "save_category",
    "save_product",
    "save_variant",
    "set_media",
    "set_translation",
    "start_scheduled_listings",
    "stop_carrying",
    "withdraw_product",
]


class CodeTaken(Conflict):
    code = "code_taken"
    message = _("This SKU, barcode or address name is used by something else. Choose another one.")


def create_product(*, draft: ProductDraft, actor: Actor) -> Product:
    """Make an active product with its variants, codes, texts and pictures: all or nothing.

    Raises: ProductNotValid (no variants, options twice), CodeTaken, BarcodeNotValid.
    Emits: product.changed.
    """
    return create_products(drafts=[draft], actor=actor)[0]


def create_products(*, drafts: Sequence[ProductDraft], actor: Actor) -> list[Product]:
    """Set-based form: the same rows and events as making one product after the other.

    All or nothing; the caller keeps a call to some 500 products.
    """
    for draft in drafts:
        check_draft(draft)
    made: list[Product] = _unique(_create_products, drafts, actor)
    return made


def save_product(*, product: Product, actor: Actor) -> Product:
    """Keep a changed product. Raises: CodeTaken. Emits: product.changed."""
    return _unique(_save, product, actor)


def save_variant(*, variant: Variant, actor: Actor) -> Variant:
    """Keep a changed variant. Raises: CodeTaken, ProductNotValid. Emits: product.changed."""
    check_options(variant.options)
    siblings = Variant.objects.filter(product_id=variant.product_id).exclude(pk=variant.pk)
    if variant.options and siblings.filter(options=variant.options).exists():
        raise ProductNotValid(field="options")
    return _unique(_save, variant, actor)


def add_variant(*, product: Product, draft: VariantDraft, actor: Actor) -> Variant:
    """One more variant of a product. Raises: CodeTaken, ProductNotValid. Emits: product.changed."""
    check_options(draft.options)
    if Variant.objects.filter(product=product, options=draft.options).exists():
        raise ProductNotValid(field="options")
    return _unique(_add_variant, product, draft, actor)


def add_barcode(*, variant: Variant, code: str, actor: Actor) -> Barcode:
    """One more code that means this variant; it is found by a scan at once.

    Raises: BarcodeNotValid, CodeTaken (by another variant; the same again changes nothing).
    Emits: product.changed.
    """
    kept = canonical(code)
    before = Barcode.objects.filter(code=kept).first()
    if before is not None:
        if before.variant_id != variant.pk:
            raise CodeTaken(code=kept)
        return before
    return _unique(_save, Barcode(variant=variant, code=kept), actor)


@transaction.atomic
def remove_barcode(*, variant: Variant, code: str, actor: Actor) -> None:
    """The code means nothing any more. A repeat changes nothing. Emits: product.changed."""
    if Barcode.objects.filter(variant=variant, code=canonical(code)).delete()[0]:
        _tell(variant.product_id, actor)


@transaction.atomic
def set_translation(*, product: Product, translation: Translation, actor: Actor) -> None:
    """Name and description in one language, replacing earlier ones. Emits: product.changed."""
    ProductTranslation.objects.update_or_create(
        product=product,
        language=translation.language,
        defaults={"name": translation.name, "description": translation.description},
    )
    _tell(product.pk, actor)


@transaction.atomic
def set_media(*, product: Product, media: Sequence[MediaDraft], actor: Actor) -> list[Media]:
    """The pictures of a product in order, replacing earlier ones. Emits: product.changed."""
    Media.objects.filter(product=product).delete()
    made = _insert_media(product, media)
    _tell(product.pk, actor)
    return made


@transaction.atomic
def announce_product(*, product_id: UUID, actor: Actor) -> None:
    """Say that a product's texts, codes or pictures changed: the search knows it from now on.

    Emits: product.changed.
    """
    _tell(product_id, actor)


@transaction.atomic
def activate_product(*, product: Product, actor: Actor) -> Product:
    """Let it be sold where it is listed. Raises: InvalidTransition. Locks: product."""
    return _move(product, ProductStatus.ACTIVE, actor)


@transaction.atomic
def withdraw_product(*, product: Product, actor: Actor) -> Product:
    """Back to draft: sold nowhere. Raises: InvalidTransition. Locks: product."""
    return _move(product, ProductStatus.DRAFT, actor)


@transaction.atomic
def archive_product(*, product: Product, actor: Actor) -> Product:
    """No longer sold; its history stays. Raises: InvalidTransition. Locks: product."""
    return _move(product, ProductStatus.ARCHIVED, actor)


def _create_products(drafts: Sequence[ProductDraft], actor: Actor) -> list[Product]:
    products = insert_products(drafts, now=clock.now())
    refresh_search(product_ids=[product.pk for product in products])
    events.record_all(
        [ProductChanged(product.pk, product.status) for product in products], actor=actor
    )
    return products


def _add_variant(product: Product, draft: VariantDraft, actor: Actor) -> Variant:
    variant = _insert_variant(product, draft, Variant.objects.filter(product=product).count())
    _tell(product.pk, actor)
    return variant


def _insert_variant(product: Product, draft: VariantDraft, place: int) -> Variant:
    variant = variant_row(product, draft, place)
    variant.save(force_insert=True)
    Barcode.objects.bulk_create(barcode_rows(variant, draft))
    return variant


def _insert_media(product: Product, media: Sequence[MediaDraft]) -> list[Media]:
    by_sku = dict(Variant.objects.filter(product=product).values_list("sku", "pk"))
    return Media.objects.bulk_create(media_rows(product, media, by_sku))


def _save(row: Product | Variant | Barcode, actor: Actor) -> Any:
    row.save()
    if isinstance(row, Product):
        product_id = row.pk
    else:
        product_id = row.product_id if isinstance(row, Variant) else row.variant.product_id
    _tell(product_id, actor)
    return row


def _unique(work: Any, *given: Any) -> Any:
    """Do the work in a transaction; a code that is taken becomes the error that says so."""
    try:
        with transaction.atomic():
            return work(*given)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise CodeTaken(constraint=error.__cause__.diag.constraint_name or "") from error
        raise


def _move(product: Product, to: str, actor: Actor) -> Product:
    row: Product = Product.objects.locked().get(pk=product.pk)
    move(row, to, moves=PRODUCT_MOVES)
    _tell(row.pk, actor)
    return row


def _tell(product_id: UUID, actor: Actor) -> None:
    """What follows every change: the search knows it, and whoever listens is told."""
    refresh_search(product_ids=[product_id])
    status = Product.objects.values_list("status", flat=True).get(pk=product_id)
    events.record(ProductChanged(product_id, status), actor=actor)
