"""What is sold: products, their variants, and where each is published at which base price."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from inventory.history import kept_history
from inventory.locations.models import Location
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check


class Category(Aggregate):
    """A node of the category tree. ``path`` is the chain of ids from the root, itself included."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=120)
    position = models.IntegerField(_("position"), default=0)
    path = ArrayField(models.UUIDField(), verbose_name=_("path"), editable=False, default=list)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        indexes = [GinIndex(fields=["path"], name="category_path")]

    def __str__(self) -> str:
        return self.name


class ProductStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    ARCHIVED = "archived", _("Archived")


PRODUCT_MOVES: Moves = {
    ProductStatus.DRAFT: frozenset({ProductStatus.ACTIVE, ProductStatus.ARCHIVED}),
    ProductStatus.ACTIVE: frozenset({ProductStatus.DRAFT, ProductStatus.ARCHIVED}),
    ProductStatus.ARCHIVED: frozenset({ProductStatus.ACTIVE}),
}


class TaxClass(models.TextChoices):
    STANDARD = "standard", _("Standard")
    REDUCED = "reduced", _("Reduced")
    ZERO = "zero", _("Zero")


@kept_history(exclude=["search"])
class Product(Aggregate):
    """Something sold, in one or more variants.

    ``search`` is kept by the catalog's operations from name, brand, description, codes and all
    translations (folded by ``core.text``), because one word must find the product in any language.
    """

    slug = models.SlugField(_("slug"), max_length=160, unique=True)
    name = models.CharField(_("name"), max_length=250)
    description = models.TextField(_("description"), blank=True)
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products"
    )
    tax_class = models.CharField(
        _("tax class"), max_length=16, choices=TaxClass.choices, default=TaxClass.STANDARD
    )
    status = models.CharField(
        _("status"), max_length=16, choices=ProductStatus.choices, default=ProductStatus.ACTIVE
    )
    is_final_sale = models.BooleanField(_("cannot be returned"), default=False)
    search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), null=True, editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            status_check("status", ProductStatus, "product_status_known"),
            status_check("tax_class", TaxClass, "product_tax_class_known"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
            models.Index(fields=["category", "id"], name="product_category"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductTranslation(models.Model):
    """Name and description of a product in one language."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(_("language"), max_length=10)
    name = models.CharField(_("name"), max_length=250)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")
        constraints = [
            models.UniqueConstraint(fields=["product", "language"], name="translation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.name}"


class Unit(models.TextChoices):
    PIECE = "piece", _("Piece")
    GRAM = "gram", _("Gram")


@kept_history()
class Variant(Aggregate):
    """One SKU. Quantities of it are integers of its unit.

    ``options`` tells it from its siblings, e.g. ``{"size": "M", "colour": "navy"}``. A variant that
    is not stocked (postage, a service) has no levels and is never out of stock.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=250, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.PIECE)
    weight_g = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    position = models.IntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    is_stocked = models.BooleanField(_("stocked"), default=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [status_check("unit", Unit, "variant_unit_known")]

    def __str__(self) -> str:
        return self.sku


class Barcode(models.Model):
    """A code that a scanner reads and that means one variant. GTINs are kept as 14 digits."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="barcodes")
    code = models.CharField(_("code"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")

    def __str__(self) -> str:
        return self.code


class Media(models.Model):
    """A picture of a product, or of one variant of it, in order."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media")
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, null=True, blank=True, related_name="media"
    )
    url = models.CharField(_("address"), max_length=500)
    alt = models.CharField(_("what it shows"), max_length=250, blank=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.alt or self.url


class ListingStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    LIVE = "live", _("Live")
    ENDED = "ended", _("Ended")


LISTING_MOVES: Moves = {
    ListingStatus.DRAFT: frozenset({ListingStatus.SCHEDULED, ListingStatus.LIVE}),
    ListingStatus.SCHEDULED: frozenset({ListingStatus.LIVE, ListingStatus.DRAFT}),
    ListingStatus.LIVE: frozenset({ListingStatus.ENDED}),
    ListingStatus.ENDED: frozenset({ListingStatus.LIVE, ListingStatus.SCHEDULED}),
}


@kept_history()
class Listing(models.Model):
    """A variant published in a channel at a base price.

    ``price_minor`` is in the channel's currency and tax display, for ``price_quantity`` units (1,
    or 1000 for weighed goods and prices below the minor unit).
    """

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="listings")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="listings")
    status = models.CharField(
        _("status"), max_length=16, choices=ListingStatus.choices, default=ListingStatus.LIVE
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    price_minor = models.BigIntegerField(_("price in minor units"))
    price_quantity = models.PositiveIntegerField(_("units the price is for"), default=1)
    compare_at_minor = models.BigIntegerField(_("former price"), null=True, blank=True)

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.UniqueConstraint(fields=["channel", "variant"], name="listing_once"),
            status_check("status", ListingStatus, "listing_status_known"),
            models.CheckConstraint(
                condition=models.Q(price_minor__gte=0), name="listing_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(price_quantity__gte=1), name="listing_price_quantity_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "variant"],
                name="listing_live",
                condition=models.Q(status="live"),
                include=["price_minor", "price_quantity", "compare_at_minor"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.variant} – {self.channel}"


class Assortment(models.Model):
    """That a location carries a category or a single variant (exactly one of both).

    A location without any row carries everything.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="assortment")
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="assortments"
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, null=True, blank=True, related_name="assortments"
    )

    class Meta:
        verbose_name = _("assortment")
        verbose_name_plural = _("assortments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(category__isnull=True, variant__isnull=False)
                | models.Q(category__isnull=False, variant__isnull=True),
                name="assortment_category_or_variant",
            ),
            models.UniqueConstraint(
                fields=["location", "category"], name="assortment_category_once"
            ),
            models.UniqueConstraint(fields=["location", "variant"], name="assortment_variant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.location}: {self.category or self.variant}"
