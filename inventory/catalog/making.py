"""The rows of new products, for one and for many: equal drafts make equal rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from inventory.catalog.barcodes import canonical
from inventory.catalog.models import (
    Barcode,
    Media,
    Product,
    ProductTranslation,
    TaxClass,
    Variant,
)
from omni.core.errors import Invalid

BATCH = 1000


class ProductNotValid(Invalid):
    code = "product_not_valid"
    message = _("The product cannot be kept like this. Correct what is named.")


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


def check_draft(draft: ProductDraft) -> None:
    """Raises: ProductNotValid (no variants, the same options twice, options that are no texts)."""
    if not draft.variants:
        raise ProductNotValid(field="variants")
    for variant in draft.variants:
        check_options(variant.options)
    options = [sorted(variant.options.items()) for variant in draft.variants]
    if len(options) > 1 and any(each in options[:place] for place, each in enumerate(options)):
        raise ProductNotValid(field="options")


def check_options(options: Any) -> None:
    """Options are texts by name, as ``{"size": "M"}``. Raises: ProductNotValid (option_texts)."""
    if not isinstance(options, dict) or not all(isinstance(each, str) for each in options.values()):
        raise ProductNotValid(field="option_texts")


def insert_products(drafts: Sequence[ProductDraft], *, now: datetime) -> list[Product]:
    """Write products with their variants, codes, texts and pictures: five statements at most."""
    products = [_product(draft, now) for draft in drafts]
    Product.objects.bulk_create(products, batch_size=BATCH)
    variants: list[Variant] = []
    texts: list[ProductTranslation] = []
    pictures: list[Media] = []
    codes: list[Barcode] = []
    for draft, product in zip(drafts, products, strict=True):
        made = [variant_row(product, each, place) for place, each in enumerate(draft.variants)]
        variants += made
        for variant, wanted in zip(made, draft.variants, strict=True):
            codes += barcode_rows(variant, wanted)
        texts += [
            ProductTranslation(
                product=product,
                language=each.language,
                name=each.name,
                description=each.description,
            )
            for each in draft.translations
        ]
        pictures += media_rows(product, draft.media, {each.sku: each.pk for each in made})
    Variant.objects.bulk_create(variants, batch_size=BATCH)
    Barcode.objects.bulk_create(codes, batch_size=BATCH)
    ProductTranslation.objects.bulk_create(texts, batch_size=BATCH)
    Media.objects.bulk_create(pictures, batch_size=BATCH)
    return products


def variant_row(product: Product, draft: VariantDraft, place: int) -> Variant:
    """The row of a variant, not written yet."""
    return Variant(
        product=product,
        sku=draft.sku,
        name=draft.name,
        options=dict(draft.options),
        unit=draft.unit,
        weight_g=draft.weight_g,
        is_stocked=draft.is_stocked,
        position=place,
    )


def barcode_rows(variant: Variant, draft: VariantDraft) -> list[Barcode]:
    """The rows of its codes, each once. Raises: BarcodeNotValid."""
    codes = dict.fromkeys(canonical(code) for code in draft.barcodes)
    return [Barcode(variant=variant, code=code) for code in codes]


def media_rows(
    product: Product, media: Sequence[MediaDraft], by_sku: dict[str, UUID]
) -> list[Media]:
    """The rows of its pictures in order. Raises: ProductNotValid (a SKU of another product)."""
    unknown = {each.sku for each in media if each.sku} - by_sku.keys()
    if unknown:
        raise ProductNotValid(field="media", skus=sorted(unknown))
    return [
        Media(
            product=product,
            variant_id=by_sku.get(each.sku),
            url=each.url,
            alt=each.alt,
            position=place,
        )
        for place, each in enumerate(media)
    ]


def _product(draft: ProductDraft, now: datetime) -> Product:
    return Product(
        slug=draft.slug,
        name=draft.name,
        description=draft.description,
        brand=draft.brand,
        category_id=draft.category_id,
        tax_class=draft.tax_class,
        is_final_sale=draft.is_final_sale,
        created_at=now,
    )
