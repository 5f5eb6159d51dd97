"""Endpoints that shoppers' apps read: channel, categories, products, availability, stores."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.channels.operations import ChannelClosed
from inventory.locations import hours
from inventory.locations.models import Service
from omni.core.errors import NotFound
from omni.rest.answers import Answer
from omni.rest.serializers import MAX_BIGINT, Query, refused
from omni.rest.views import STOREFRONT, Endpoint
from orders.storefront import filters, outputs, queries
from orders.storefront.places import Place, places_of
from orders.storefront.queries import ChannelFacts, Offer, ProductSearch, StoreStock
from orders.storefront.variants import variants_by_id


class PlaceQuery(Query):
    """Where the shopper is."""

    lat = serializers.FloatField(
        required=False, min_value=-90, max_value=90, help_text=_("Latitude in degrees.")
    )
    lon = serializers.FloatField(
        required=False, min_value=-180, max_value=180, help_text=_("Longitude in degrees.")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("lat" in attrs) != ("lon" in attrs):
            raise serializers.ValidationError({"lon": [_("Give both lat and lon, or neither.")]})
        return attrs


class StoresQuery(PlaceQuery):
    """Which stores."""

    open_now = serializers.BooleanField(
        required=False, default=False, help_text=_("Only stores that are open now.")
    )
    service = serializers.ChoiceField(
        Service.choices, required=False, help_text=_("Only stores with this service.")
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=50, default=20, help_text=_("Stores at most.")
    )


class ProductsQuery(PlaceQuery):
    """What the shopper looks for."""

    search = serializers.CharField(
        required=False, max_length=200, default="", help_text=_("Words, or their beginnings.")
    )
    category = serializers.CharField(
        required=False, max_length=120, default="", help_text=_("Slug of a category; below too.")
    )
    brand = serializers.CharField(
        required=False, max_length=120, default="", help_text=_("Exact brand.")
    )
    store = serializers.CharField(
        required=False, max_length=40, default="", help_text=_("Only what this store has (code).")
    )
    price_min = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_BIGINT, help_text=_("In minor units.")
    )
    price_max = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_BIGINT, help_text=_("In minor units.")
    )
    open_now = serializers.BooleanField(
        required=False, default=False, help_text=_("Availability at open stores only.")
    )
    facets = serializers.BooleanField(
        required=False, default=False, help_text=_("Also count categories and brands.")
    )
    sort = serializers.ChoiceField(
        required=False,
        choices=sorted(queries.SORTS),
        help_text=_("relevance with a search, newest without."),
    )
    language = serializers.CharField(
        required=False, max_length=10, default="", help_text=_("Language of names, e.g. fr.")
    )
    cursor = serializers.CharField(
        required=False, max_length=1000, help_text=_("`next` of the page before.")
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=100, default=24, help_text=_("Products a page.")
    )


class VariantsQuery(Query):
    """Which variants."""

    id = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=100,
        help_text=_("Ids of variants (repeated, up to 100)."),
    )
    language = serializers.CharField(
        required=False, max_length=10, default="", help_text=_("Language of names, e.g. fr.")
    )


class DetailQuery(Query):
    """In which language."""

    language = serializers.CharField(
        required=False, max_length=10, default="", help_text=_("Language of texts, e.g. fr.")
    )


class AvailabilityQuery(PlaceQuery):
    """Where to look."""

    open_now = serializers.BooleanField(
        required=False, default=False, help_text=_("Only stores that are open now.")
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=25, default=10, help_text=_("Stores at most.")
    )


class ShowChannel(Endpoint):
    """The storefront's channel: brand, currency, language, policies."""

    permission = STOREFRONT
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.ChannelOutput})
    def get(self, request: Request) -> Answer:
        facts = queries.channel_facts(self.actor.channel_id)
        return self.ok({name: getattr(facts, name) for name in outputs.CHANNEL_FACTS})


class ListCategories(Endpoint):
    """The category tree, parents before children, with the number of products for sale."""

    permission = STOREFRONT
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.CategoriesOutput})
    def get(self, request: Request) -> Answer:
        channel = queries.channel_facts(self.actor.channel_id)
        return self.ok({"results": queries.categories(channel=channel)})


class ListProducts(Endpoint):
    """Products for sale with prices of the channel and stock at the three nearest stores.

    With `lat` and `lon` the nearest stores come first; without, the channel's own order counts.
    """

    permission = STOREFRONT
    query = ProductsQuery
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.ProductsOutput})
    def get(self, request: Request) -> Answer:
        params = self.params
        channel = queries.channel_facts(self.actor.channel_id)
        wanted = ProductSearch(
            text=params["search"],
            category=params["category"],
            brand=params["brand"],
            store=params["store"],
            price_min=params.get("price_min"),
            price_max=params.get("price_max"),
            at=_at(params),
            open_now=params["open_now"],
            sort=params.get("sort", ""),
            language=params["language"],
            cursor=params.get("cursor"),
            limit=params["limit"],
        )
        page = queries.product_page(channel=channel, wanted=wanted)
        if not page.rows:
            filters.check_known(channel=channel, wanted=wanted)
        stores = queries.stores_for(channel=channel, at=wanted.at, open_now=wanted.open_now)
        stock = queries.stock_at(
            channel=channel,
            places=stores,
            variant_ids=[key for offer in page.rows for key in offer.variant_ids],
        )
        more: dict[str, Any] = {"stores": [_near(place, channel) for place in stores]}
        if params["facets"]:
            more["facets"] = queries.facets(channel=channel, wanted=wanted)
        return self.listed([_offer(row, channel, stock) for row in page.rows], page.next, **more)


class ShowProduct(Endpoint):
    """A product with variants, prices, pictures and how many the channel can deliver."""

    permission = STOREFRONT
    query = DetailQuery
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.ProductOutput})
    def get(self, request: Request, slug: str) -> Answer:
        return self.ok(
            queries.product_detail(
                channel_id=self.actor.channel_id, slug=slug, language=self.params["language"]
            )
        )


class ListVariants(Endpoint):
    """Pictures and products of variants by id, for carts and orders; unknown ones are left out."""

    permission = STOREFRONT
    query = VariantsQuery
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.VariantsOutput})
    def get(self, request: Request) -> Answer:
        channel = queries.channel_facts(self.actor.channel_id)
        return self.ok(
            {
                "results": variants_by_id(
                    channel_id=channel.id,
                    variant_ids=self.params["id"],
                    language=self.params["language"] or channel.language,
                )
            }
        )


class ShowAvailability(Endpoint):
    """Where each variant of a product can be collected, nearest first, open or closed now."""

    permission = STOREFRONT
    query = AvailabilityQuery
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.AvailabilityOutput})
    def get(self, request: Request, slug: str) -> Answer:
        channel = queries.channel_facts(self.actor.channel_id)
        product = queries.product_detail(channel_id=channel.id, slug=slug)
        stores = queries.stores_for(
            channel=channel,
            at=_at(self.params),
            open_now=self.params["open_now"],
            limit=self.params["limit"],
        )
        ids = [UUID(variant["id"]) for variant in product["variants"]]
        stock = queries.stock_at(channel=channel, places=stores, variant_ids=ids)
        return self.ok(
            {
                "stores": [_near(place, channel) for place in stores],
                "variants": [
                    {"id": key, "stores": [_units(each) for each in stock[key]]} for key in ids
                ],
            }
        )


class ListStores(Endpoint):
    """Stores of the channel, nearest first, open or closed now."""

    permission = STOREFRONT
    query = StoresQuery
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.StoresOutput})
    def get(self, request: Request) -> Answer:
        params = self.params
        channel = queries.channel_facts(self.actor.channel_id)
        places = places_of(channel_id=channel.id, now=channel.now, at=_at(params))
        found = [
            place
            for place in places
            if (not params["open_now"] or place.is_open(channel.now))
            and ("service" not in params or params["service"] in place.services)
        ]
        return self.ok({"results": [_store(place, channel) for place in found[: params["limit"]]]})


class ShowStore(Endpoint):
    """One store with its hours of the next seven days."""

    permission = STOREFRONT
    query = PlaceQuery
    errors = [NotFound, ChannelClosed]

    @extend_schema(responses={200: outputs.StoreDetailOutput})
    def get(self, request: Request, code: str) -> Answer:
        channel = queries.channel_facts(self.actor.channel_id)
        places = places_of(
            channel_id=channel.id, now=channel.now, at=_at(self.params), code=code, limit=1
        )
        if not places:
            raise NotFound
        return self.ok(_store(places[0], channel) | {"days": _days(places[0], channel)})


def _at(params: dict[str, Any]) -> tuple[float, float] | None:
    if "lat" not in params:
        return None
    at = (params["lat"], params["lon"])
    if any(coordinate != coordinate for coordinate in at):
        raise refused("lat", "invalid", _("Must be a number of degrees."))
    return at


def _offer(
    offer: Offer, channel: ChannelFacts, stock: dict[UUID, list[StoreStock]]
) -> dict[str, Any]:
    by_store = [stock[variant] for variant in offer.variant_ids]
    return {
        "id": offer.id,
        "slug": offer.slug,
        "name": offer.name,
        "brand": offer.brand,
        "category_id": offer.category_id,
        "picture": (
            {"url": offer.picture_url, "alt": offer.picture_alt} if offer.picture_url else None
        ),
        "price_from": _money(offer.lowest_minor, channel),
        "price_to": _money(offer.highest_minor, channel),
        "price_quantity": offer.price_quantity,
        "compare_at": _money(offer.compare_at_minor, channel) if offer.compare_at_minor else None,
        "variants": len(offer.variant_ids),
        "availability": [
            {
                "store": column[0].place.code,
                "is_open": column[0].is_open,
                "available": sum(each.available for each in column),
            }
            for column in zip(*by_store, strict=True)
        ],
    }


def _units(stock: StoreStock) -> dict[str, Any]:
    return {
        "store": stock.place.code,
        "is_open": stock.is_open,
        "available": stock.available,
    }


def _near(place: Place, channel: ChannelFacts) -> dict[str, Any]:
    return {
        "id": place.id,
        "code": place.code,
        "name": place.name,
        "city": place.city,
        "distance_km": place.distance_km,
        "is_open": place.is_open(channel.now),
    }


def _store(place: Place, channel: ChannelFacts) -> dict[str, Any]:
    return _near(place, channel) | {
        "street": place.street,
        "postal_code": place.postal_code,
        "region": place.region,
        "country": place.country,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "phone": place.phone,
        "time_zone": place.time_zone,
        "services": place.services,
        "methods": place.methods,
        "next_change": hours.next_change(place.hours, channel.now),
    }


def _days(place: Place, channel: ChannelFacts) -> list[dict[str, Any]]:
    today: date = channel.now.astimezone(ZoneInfo(place.time_zone)).date()
    notes = dict(place.notes)
    days = [today + timedelta(days=number) for number in range(7)]
    return [
        {
            "date": day,
            "note": notes.get(day, ""),
            "open": [
                {"from": start, "until": end}
                for start, end in hours.opening_hours_for(place.hours, day)
            ],
        }
        for day in days
    ]


def _money(minor: int, channel: ChannelFacts) -> dict[str, Any]:
    return {"amount": minor, "currency": channel.currency}
