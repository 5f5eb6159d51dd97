"""Making and changing what is sold: products with their variants, codes, pictures, translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import UniqueViolation

from inventory.catalog.barcodes import BarcodeNotValid, canonical
from inventory.catalog.listings import (
    ListingNotValid,
    end_listing,
    list_variant,
    start_scheduled_listings,
)
from inventory.catalog.models import (
    PRODUCT_MOVES,
    Barcode,
    Media,
    Product,
    ProductStatus,
    ProductTranslation,
    TaxClass,
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
from omni.core.errors import Conflict, Invalid
from omni.core.states import move
from omni.events import operations as events

__all__ = [
    "BarcodeNotValid",
    "CategoryCycle",
    "CodeTaken",
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
    "end_listing",
    "list_variant",
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
    message = _("This SKU, barcode or address name is used by something else.")


class ProductNotValid(Invalid):
    code = "product_not_valid"
    message = _("The product cannot be kept like this.")


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """A variant to be made."""

    sku: str
    name: str = ""
    options: dict[str, str] = field(default_factory=dict)
    unit: str = "piece"
    weight_g: int | None = None
    is_stocked: bool = True
    barcodes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Translation:
    """Name and description in one language."""

    language: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class MediaDraft:
    """A picture, of the product or of the variant with this SKU."""

    url: str
    alt: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product to be made, with all that belongs to it."""

    slug: str
    name: str
    variants: Sequence[VariantDraft]
    description: str = ""
    brand: str = ""
    category_id: UUID | None = None
    tax_class: str = TaxClass.STANDARD
    is_final_sale: bool = False
    translations: Sequence[Translation] = ()
    media: Sequence[MediaDraft] = ()


def create_product(*, draft: ProductDraft, actor: Actor) -> Product:
    """Make an active product with its variants, codes, texts and pictures: all or nothing.

    Raises: ProductNotValid (no variants, options twice), CodeTaken, BarcodeNotValid.
    Emits: product.changed.
    """
    if not draft.variants:
        raise ProductNotValid(field="variants")
    options = [sorted(variant.options.items()) for variant in draft.variants]
    if len(options) > 1 and any(each in options[:place] for place, each in enumerate(options)):
        raise ProductNotValid(field="options")
    return _unique(_create_product, draft, actor)


def save_product(*, product: Product, actor: Actor) -> Product:
    """Keep a changed product. Raises: CodeTaken. Emits: product.changed."""
    return _unique(_save, product, actor)


def save_variant(*, variant: Variant, actor: Actor) -> Variant:
    """Keep a changed variant. Raises: CodeTaken, ProductNotValid. Emits: product.changed."""
    siblings = Variant.objects.filter(product_id=variant.product_id).exclude(pk=variant.pk)
    if variant.options and siblings.filter(options=variant.options).exists():
        raise ProductNotValid(field="options")
    return _unique(_save, variant, actor)


def add_variant(*, product: Product, draft: VariantDraft, actor: Actor) -> Variant:
    """One more variant of a product. Raises: CodeTaken, ProductNotValid. Emits: product.changed."""
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


def _create_product(draft: ProductDraft, actor: Actor) -> Product:
    product: Product = Product.objects.create(
        slug=draft.slug,
        name=draft.name,
        description=draft.description,
        brand=draft.brand,
        category_id=draft.category_id,
        tax_class=draft.tax_class,
        is_final_sale=draft.is_final_sale,
        created_at=clock.now(),
    )
    for place, variant in enumerate(draft.variants):
        _insert_variant(product, variant, place)
    ProductTranslation.objects.bulk_create(
        ProductTranslation(
            product=product, language=each.language, name=each.name, description=each.description
        )
        for each in draft.translations
    )
    _insert_media(product, draft.media)
    _tell(product.pk, actor)
    return product


def _add_variant(product: Product, draft: VariantDraft, actor: Actor) -> Variant:
    variant = _insert_variant(product, draft, Variant.objects.filter(product=product).count())
    _tell(product.pk, actor)
    return variant


def _insert_variant(product: Product, draft: VariantDraft, place: int) -> Variant:
    variant: Variant = Variant.objects.create(
        product=product,
        sku=draft.sku,
        name=draft.name,
        options=dict(draft.options),
        unit=draft.unit,
        weight_g=draft.weight_g,
        is_stocked=draft.is_stocked,
        position=place,
    )
    codes = dict.fromkeys(canonical(code) for code in draft.barcodes)
    Barcode.objects.bulk_create(Barcode(variant=variant, code=code) for code in codes)
    return variant


def _insert_media(product: Product, media: Sequence[MediaDraft]) -> list[Media]:
    by_sku = dict(Variant.objects.filter(product=product).values_list("sku", "pk"))
    unknown = {each.sku for each in media if each.sku} - by_sku.keys()
    if unknown:
        raise ProductNotValid(field="media", skus=sorted(unknown))
    return Media.objects.bulk_create(
        Media(
            product=product,
            variant_id=by_sku.get(each.sku),
            url=each.url,
            alt=each.alt,
            position=place,
        )
        for place, each in enumerate(media)
    )


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
