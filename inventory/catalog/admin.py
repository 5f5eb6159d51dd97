"""The catalog in the back office. Every change goes through operations, so the search follows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inventory.catalog import operations as catalog
from inventory.catalog.barcodes import BarcodeNotValid, canonical
from inventory.catalog.making import ProductNotValid, check_options
from inventory.catalog.models import (
    Assortment,
    Barcode,
    Category,
    Listing,
    ListingStatus,
    Media,
    Product,
    ProductTranslation,
    Variant,
)
from inventory.catalog.search import matching
from omni.access.admin_forms import PlainForm, explain, words_of
from omni.access.admin_site import GuardedAdmin, actor_of, adopt
from omni.access.permissions import Permission

explain(
    {
        "product_not_valid.options": _("Another variant of the product has these options."),
        "product_not_valid.option_texts": _('Write texts by name, as {"size": "M"}.'),
        "listing_not_valid.price": _("A price is not below 0, and not that high."),
        "listing_not_valid.compare_at": _("The price to compare with is above the price."),
        "listing_not_valid.starts_at": _("It is on sale already: end it, then set a moment."),
        "listing_price_not_negative": _("A price is not below 0."),
        "listing_price_quantity_positive": _("A price is for at least 1 unit."),
        "assortment_category_or_variant": _("Choose a category or a variant: one of them."),
    }
)


class Part(admin.TabularInline[Model, Model]):
    """Rows that belong to a product or variant: who may change it may change them."""

    extra = 0
    form = PlainForm

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        actor = actor_of(request)
        return actor.may_everywhere(Permission.CATALOG_VIEW) or self._may_edit(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None) -> bool:  # type: ignore[override]
        return self._may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request)

    def _may_edit(self, request: HttpRequest) -> bool:
        return actor_of(request).may_everywhere(Permission.CATALOG_EDIT)


class VariantForm(PlainForm):
    """Keeps options of their one form; a part of the product's page is saved by no operation."""

    def clean_options(self) -> dict[str, str]:
        options: dict[str, str] = self.cleaned_data["options"] or {}
        try:
            check_options(options)
        except ProductNotValid as error:
            raise ValidationError(words_of(error, "option_texts", Variant)) from error
        return options


class VariantPart(Part):
    model = Variant
    form = VariantForm
    fields = ("sku", "name", "options", "unit", "weight_g", "position", "is_active", "is_stocked")
    ordering = ("position", "id")
    show_change_link = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # what was ever sold stays; it is made inactive instead


class TranslationPart(Part):
    model = ProductTranslation


class MediaPart(Part):
    model = Media
    fields = ("url", "alt", "position")
    ordering = ("position", "id")


class BarcodeForm(PlainForm):
    """Keeps the code in its one form."""

    class Meta:
        model = Barcode
        fields = ("code",)

    def clean_code(self) -> str:
        try:
            return canonical(self.cleaned_data["code"])
        except BarcodeNotValid as error:
            raise ValidationError(str(error.message)) from error


class BarcodePart(Part):
    model = Barcode
    form = BarcodeForm


class CatalogPage(GuardedAdmin):
    """What all pages of the catalog share: their permissions."""

    view_permission = Permission.CATALOG_VIEW
    edit_permission = Permission.CATALOG_EDIT
    may_add = True


@admin.register(Category)
class CategoryAdmin(CatalogPage):
    list_display = ("name", "slug", "parent", "position")
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    ordering = ("position", "name", "id")
    fields = ("name", "slug", "parent", "position")

    def save_model(
        self, request: HttpRequest, obj: Category, form: ModelForm[Any], change: bool
    ) -> None:
        adopt(obj, catalog.save_category(category=obj, actor=actor_of(request)))


@admin.register(Product)
class ProductAdmin(CatalogPage):
    list_display = ("name", "slug", "brand", "category", "status")
    list_filter = ("status", "tax_class")
    list_select_related = ("category",)
    search_fields = ("name",)
    search_help_text = _("Beginnings of words: names in any language, brands, SKUs, barcodes.")
    ordering = ("name", "id")
    fields = (
        "name",
        "slug",
        "description",
        "brand",
        "category",
        "tax_class",
        "is_final_sale",
        "status",
        "created_at",
    )
    readonly_fields = ("status", "created_at")
    autocomplete_fields = ("category",)
    inlines = (VariantPart, TranslationPart, MediaPart)
    actions = ("activate", "withdraw", "archive")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return matching(queryset, search_term), False

    def save_model(
        self, request: HttpRequest, obj: Product, form: ModelForm[Any], change: bool
    ) -> None:
        catalog.save_product(product=obj, actor=actor_of(request))

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[Any],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            catalog.announce_product(product_id=form.instance.pk, actor=actor_of(request))

    @admin.action(description=_("Sell the selected products"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        for product in queryset.order_by("pk"):
            catalog.activate_product(product=product, actor=actor_of(request))

    @admin.action(description=_("Put the selected products back to draft"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        for product in queryset.order_by("pk"):
            catalog.withdraw_product(product=product, actor=actor_of(request))

    @admin.action(description=_("Archive the selected products"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        for product in queryset.order_by("pk"):
            catalog.archive_product(product=product, actor=actor_of(request))


@admin.register(Variant)
class VariantAdmin(CatalogPage):
    form = VariantForm
    may_add = False  # a variant is added on the page of its product
    list_display = ("sku", "product", "name", "unit", "is_active", "is_stocked")
    list_filter = ("is_active", "is_stocked", "unit")
    list_select_related = ("product",)
    search_fields = ("sku", "name", "barcodes__code", "product__name")
    ordering = ("sku", "id")
    readonly_fields = ("product",)
    inlines = (BarcodePart,)

    def save_model(
        self, request: HttpRequest, obj: Variant, form: ModelForm[Any], change: bool
    ) -> None:
        catalog.save_variant(variant=obj, actor=actor_of(request))

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[Any],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            catalog.announce_product(product_id=form.instance.product_id, actor=actor_of(request))


@admin.register(Listing)
class ListingAdmin(GuardedAdmin):
    view_permission = Permission.CATALOG_VIEW
    edit_permission = Permission.PRICES_EDIT
    may_add = True
    purpose = _("A listing puts a variant on sale in a channel, with its price.")
    list_display = ("variant", "channel", "status", "price_minor", "price_quantity", "starts_at")
    list_filter = ("status", "channel")
    list_select_related = ("variant", "channel")
    search_fields = ("variant__sku", "variant__product__name")
    ordering = ("channel", "variant", "id")
    autocomplete_fields = ("variant",)
    fields = (
        "variant",
        "channel",
        "price_minor",
        "price_quantity",
        "compare_at_minor",
        "starts_at",
        "status",
    )
    actions = ("end_listings",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["status"] if obj is None else ["status", "variant", "channel"]

    def save_model(
        self, request: HttpRequest, obj: Listing, form: ModelForm[Any], change: bool
    ) -> None:
        written = catalog.list_variant(
            variant=obj.variant,
            channel=obj.channel,
            price_minor=obj.price_minor,
            price_quantity=obj.price_quantity,
            compare_at_minor=obj.compare_at_minor,
            starts_at=obj.starts_at,
            actor=actor_of(request),
        )
        adopt(obj, written)

    @admin.action(description=_("End the selected listings"), permissions=["change"])
    def end_listings(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        ending = queryset.exclude(status=ListingStatus.ENDED).order_by("pk")
        for listing in ending:
            catalog.end_listing(listing=listing, actor=actor_of(request))


@admin.register(Assortment)
class AssortmentAdmin(CatalogPage):
    may_delete = True
    purpose = _("Says what a store carries. A store without any carries everything.")
    list_display = ("location", "category", "variant")
    list_filter = ("location",)
    list_select_related = ("location", "category", "variant")
    ordering = ("location", "id")
    autocomplete_fields = ("category", "variant")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # A row says one thing: it is made or taken away, never changed into another.
        return obj is None and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Assortment, form: ModelForm[Any], change: bool
    ) -> None:
        written = catalog.carry(
            location=obj.location,
            category=obj.category,
            variant=obj.variant,
            actor=actor_of(request),
        )
        adopt(obj, written)

    def delete_model(self, request: HttpRequest, obj: Assortment) -> None:
        catalog.stop_carrying(assortment=obj, actor=actor_of(request))
