"""What the storefront's answers look like, for the schema."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from omni.rest.serializers import MoneyField, Output

CHANNEL_FACTS = (
    "id",
    "code",
    "name",
    "kind",
    "currency",
    "language",
    "country",
    "tax_display",
    "brand_name",
    "return_window_days",
    "allows_pay_at_collection",
)


class ChannelOutput(Output):
    """The storefront's channel."""

    id = serializers.UUIDField(help_text=_("Its id."))
    code = serializers.CharField(help_text=_("Short name."))
    name = serializers.CharField(help_text=_("Name."))
    kind = serializers.CharField(help_text=_("web, app, store, social…"))
    currency = serializers.CharField(help_text=_("ISO 4217 code of all its prices."))
    language = serializers.CharField(help_text=_("Default language."))
    country = serializers.CharField(help_text=_("ISO 3166 code."))
    tax_display = serializers.CharField(help_text=_("gross: prices include tax; net: they do not."))
    brand_name = serializers.CharField(help_text=_("Brand that shoppers see."))
    return_window_days = serializers.IntegerField(help_text=_("Days to bring something back."))
    allows_pay_at_collection = serializers.BooleanField(help_text=_("Pay when collecting."))


class CategoryOutput(Output):
    """A node of the tree."""

    id = serializers.UUIDField(help_text=_("Its id."))
    slug = serializers.CharField(help_text=_("For addresses and filters."))
    name = serializers.CharField(help_text=_("Name."))
    parent_id = serializers.UUIDField(allow_null=True, help_text=_("The node above, if any."))
    position = serializers.IntegerField(help_text=_("Order among its siblings."))
    products = serializers.IntegerField(help_text=_("Products for sale in it and below."))


class CategoriesOutput(Output):
    """The tree."""

    results = CategoryOutput(many=True)


class PictureOutput(Output):
    """A picture."""

    url = serializers.CharField(help_text=_("Address."))
    alt = serializers.CharField(allow_blank=True, help_text=_("What it shows."))


class MediaOutput(PictureOutput):
    """A picture of a product or of one of its variants."""

    variant_id = serializers.UUIDField(allow_null=True, help_text=_("Of this variant only."))


class NearStoreOutput(Output):
    """A store, short."""

    id = serializers.UUIDField(help_text=_("Its id, for carts."))
    code = serializers.CharField(help_text=_("Short name."))
    name = serializers.CharField(help_text=_("Name."))
    city = serializers.CharField(allow_blank=True, help_text=_("City."))
    distance_km = serializers.FloatField(allow_null=True, help_text=_("As the crow flies."))
    is_open = serializers.BooleanField(help_text=_("Open at this moment."))


class StoreUnitsOutput(Output):
    """What one store can promise."""

    store = serializers.CharField(help_text=_("Code of the store."))
    is_open = serializers.BooleanField(help_text=_("Open at this moment."))
    available = serializers.IntegerField(min_value=0, help_text=_("Units that can be collected."))


class OfferOutput(Output):
    """A product in a list."""

    id = serializers.UUIDField(help_text=_("Its id."))
    slug = serializers.CharField(help_text=_("For its address."))
    name = serializers.CharField(help_text=_("Name in the language asked for."))
    brand = serializers.CharField(allow_blank=True, help_text=_("Brand."))
    category_id = serializers.UUIDField(allow_null=True, help_text=_("Its category."))
    picture = PictureOutput(allow_null=True, help_text=_("First picture."))
    price_from = MoneyField(help_text=_("Lowest price of its variants."))
    price_to = MoneyField(help_text=_("Highest price of its variants."))
    price_quantity = serializers.IntegerField(help_text=_("Units the price is for."))
    compare_at = MoneyField(allow_null=True, help_text=_("Former price."))
    variants = serializers.IntegerField(help_text=_("How many variants are for sale."))
    availability = StoreUnitsOutput(many=True, help_text=_("At the stores of the list."))


class FacetOutput(Output):
    """A value that narrows the list."""

    value = serializers.CharField(help_text=_("What to filter by."))
    name = serializers.CharField(help_text=_("What to show."))
    count = serializers.IntegerField(help_text=_("Products with it."))


class FacetsOutput(Output):
    """What narrows the list."""

    category = FacetOutput(many=True, help_text=_("Categories."))
    brand = FacetOutput(many=True, help_text=_("Brands."))


class ProductsOutput(Output):
    """A page of products."""

    results = OfferOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))
    stores = NearStoreOutput(many=True, help_text=_("Stores whose stock is shown, in order."))
    facets = FacetsOutput(required=False, help_text=_("If asked for."))


class CategoryLinkOutput(Output):
    """A category, short."""

    slug = serializers.CharField(help_text=_("For addresses and filters."))
    name = serializers.CharField(help_text=_("Name."))


class VariantOutput(Output):
    """A variant for sale."""

    id = serializers.UUIDField(help_text=_("Its id, for carts."))
    sku = serializers.CharField(help_text=_("SKU."))
    name = serializers.CharField(allow_blank=True, help_text=_("Name, if it has one of its own."))
    options = serializers.DictField(help_text=_("What tells it from its siblings: size, colour…"))
    unit = serializers.CharField(help_text=_("piece or gram: what quantities count."))
    weight_g = serializers.IntegerField(allow_null=True, help_text=_("Weight in grams."))
    price = MoneyField(help_text=_("Price in the channel's tax display."))
    price_quantity = serializers.IntegerField(help_text=_("Units the price is for."))
    compare_at = MoneyField(allow_null=True, help_text=_("Former price."))
    is_available = serializers.BooleanField(help_text=_("Whether any location can promise it."))
    available = serializers.IntegerField(
        allow_null=True, help_text=_("Units of all locations of the channel; null: not stocked.")
    )


class ProductOutput(Output):
    """A product."""

    id = serializers.UUIDField(help_text=_("Its id."))
    slug = serializers.CharField(help_text=_("For its address."))
    name = serializers.CharField(help_text=_("Name in the language asked for."))
    description = serializers.CharField(allow_blank=True, help_text=_("Description."))
    brand = serializers.CharField(allow_blank=True, help_text=_("Brand."))
    is_final_sale = serializers.BooleanField(help_text=_("Cannot be brought back."))
    category = CategoryLinkOutput(allow_null=True, help_text=_("Its category."))
    media = MediaOutput(many=True, help_text=_("Pictures in order."))
    tax_display = serializers.CharField(help_text=_("gross: prices include tax; net: they do not."))
    variants = VariantOutput(many=True, help_text=_("Variants for sale in this channel."))


class ProductLinkOutput(Output):
    """A product, short."""

    slug = serializers.CharField(help_text=_("For its address."))
    name = serializers.CharField(help_text=_("Name in the language asked for."))


class VariantLookOutput(Output):
    """What a variant is and looks like."""

    id = serializers.UUIDField(help_text=_("Its id."))
    sku = serializers.CharField(help_text=_("SKU."))
    name = serializers.CharField(allow_blank=True, help_text=_("Name, if it has one of its own."))
    options = serializers.DictField(help_text=_("What tells it from its siblings: size, colour…"))
    product = ProductLinkOutput(help_text=_("Its product."))
    picture = PictureOutput(allow_null=True, help_text=_("Its own, else its product's first."))
    is_live = serializers.BooleanField(help_text=_("Whether it is for sale in this channel now."))


class VariantsOutput(Output):
    """Variants in the order of their ids."""

    results = VariantLookOutput(many=True)


class VariantStoresOutput(Output):
    """Where one variant is."""

    id = serializers.UUIDField(help_text=_("The variant."))
    stores = StoreUnitsOutput(many=True, help_text=_("In the order of the stores."))


class AvailabilityOutput(Output):
    """Where a product is."""

    stores = NearStoreOutput(many=True, help_text=_("Stores, nearest first."))
    variants = VariantStoresOutput(many=True, help_text=_("Its variants."))


class StoreOutput(NearStoreOutput):
    """A store."""

    street = serializers.CharField(allow_blank=True, help_text=_("Street and number."))
    postal_code = serializers.CharField(allow_blank=True, help_text=_("Postal code."))
    region = serializers.CharField(allow_blank=True, help_text=_("Region."))
    country = serializers.CharField(help_text=_("ISO 3166 code."))
    latitude = serializers.FloatField(allow_null=True, help_text=_("Degrees."))
    longitude = serializers.FloatField(allow_null=True, help_text=_("Degrees."))
    phone = serializers.CharField(allow_blank=True, help_text=_("Phone."))
    time_zone = serializers.CharField(help_text=_("IANA name."))
    services = serializers.ListField(
        child=serializers.CharField(), help_text=_("pickup, returns, till…")
    )
    methods = serializers.ListField(
        child=serializers.CharField(), help_text=_("How goods reach customers of this channel.")
    )
    next_change = serializers.DateTimeField(
        allow_null=True, help_text=_("When it closes, or opens, next.")
    )


class StoresOutput(Output):
    """Stores, nearest first."""

    results = StoreOutput(many=True)


class IntervalOutput(Output):
    """A span in which the store is open."""

    until = serializers.DateTimeField(help_text=_("End."))

    def get_fields(self) -> dict[str, serializers.Field]:
        # ``from`` is a word of Python's own.
        return {"from": serializers.DateTimeField(help_text=_("Begin.")), **super().get_fields()}


class DayOutput(Output):
    """A day of a store."""

    date = serializers.DateField(help_text=_("Local date."))
    note = serializers.CharField(allow_blank=True, help_text=_("Why it differs from the week."))
    open = IntervalOutput(many=True, help_text=_("Spans; none: closed."))


class StoreDetailOutput(StoreOutput):
    """A store with its hours."""

    days = DayOutput(many=True, help_text=_("The next seven days."))
