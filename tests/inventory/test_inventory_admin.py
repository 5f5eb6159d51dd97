"""The back office of the inventory: pages open for whom they should, changes go by operations."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import reverse

from inventory.catalog.models import Category, Listing, Product, Variant
from inventory.catalog.operations import ProductNotValid, VariantDraft, add_variant
from inventory.catalog.search import matching
from inventory.channels.models import Channel
from inventory.locations.models import Location
from inventory.stock.models import StockLevel, StockMovement
from omni.access.actor import SYSTEM
from omni.events.models import StoredEvent
from tests.factories.inventory import (
    make_category,
    make_channel,
    make_listing,
    make_location,
    make_product,
    make_variant,
    serve,
    stock_up,
)
from tests.factories.omni import make_staff, staff_client
from tests.inventory.stock_cases import counters

pytestmark = pytest.mark.django_db

EDITS = (
    "catalog.view",
    "catalog.edit",
    "prices.edit",
    "channels.edit",
    "locations.edit",
    "stock.view",
    "stock.correct",
)
PAGES = [model for model in admin.site._registry if model._meta.app_label == "inventory"]


def page(model, what, *args):
    return reverse(f"admin:inventory_{model._meta.model_name}_{what}", args=args)


@pytest.fixture
def ada():
    return staff_client(make_staff(*EDITS))


@pytest.fixture
def furnished():
    """At least one row behind every page."""
    channel, lyon = make_channel(), make_location()
    serve(channel, lyon)
    variant = make_variant(product=make_product(category=make_category()))
    make_listing(variant, channel)
    return stock_up(variant, lyon, 5)


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_pages_open_with_the_permission_only(model, ada, furnished):
    stranger = staff_client(make_staff())

    assert ada.get(page(model, "changelist")).status_code == 200
    assert stranger.get(page(model, "changelist")).status_code == 403
    for row in model.objects.all()[:1]:
        assert ada.get(page(model, "change", row.pk)).status_code == 200
        assert stranger.get(page(model, "change", row.pk)).status_code == 403


def test_channel_page_keeps_and_closes_channels(ada):
    values = {
        "code": "web",
        "name": "Web",
        "kind": "web",
        "currency": "EUR",
        "language": "en",
        "country": "FR",
        "tax_display": "gross",
        "brand_name": "Atelier",
        "hold_minutes": 15,
        "payment_window_minutes": 60,
        "return_window_days": 30,
    }

    ada.post(page(Channel, "add"), values | {"currency": "XQQ"})
    assert not Channel.objects.exists()
    ada.post(page(Channel, "add"), values)
    channel = Channel.objects.get()
    chosen = {"sure": "1", "action": "close_channels", "_selected_action": [str(channel.pk)]}
    ada.post(page(Channel, "changelist"), chosen)

    channel.refresh_from_db()
    assert channel.status == "closed"
    assert StoredEvent.objects.filter(type="channel.changed").count() == 2


def test_location_page_shows_only_granted_locations():
    lyon, nice = make_location(), make_location()
    ben = staff_client(make_staff("stock.view", location_id=lyon.pk))

    listed = ben.get(page(Location, "changelist")).content.decode()

    assert lyon.code in listed
    assert nice.code not in listed
    assert ben.get(page(Location, "change", nice.pk)).status_code in (302, 404)


def test_category_page_moves_and_refuses_cycles(ada):
    top = make_category(name="Top")
    below = make_category(name="Below", parent=top)

    cycle = {"name": top.name, "slug": top.slug, "position": 0, "parent": str(below.pk)}
    ada.post(page(Category, "change", top.pk), cycle)
    free = {"name": "Freed", "slug": below.slug, "position": 0, "parent": ""}
    ada.post(page(Category, "change", below.pk), free)

    top.refresh_from_db()
    below.refresh_from_db()
    assert (top.parent_id, below.parent_id, below.path) == (None, None, [below.pk])
    assert below.name == "Freed"


def management(prefix, total=0, initial=0):
    return {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}


def test_product_page_makes_products_that_the_search_finds(ada):
    values = {
        "name": "Café",
        "slug": "cafe",
        "tax_class": "standard",
        "variants-0-sku": "CC-250",
        "variants-0-unit": "piece",
        "variants-0-options": "{}",
        "variants-0-position": 0,
        "variants-0-is_active": "on",
        "variants-0-is_stocked": "on",
        **management("variants", 1),
        **management("translations"),
        **management("media"),
    }

    answer = ada.post(page(Product, "add"), values)

    assert answer.status_code == 302
    assert matching(Product.objects.all(), "cc-250 cafe").get().slug == "cafe"


@pytest.mark.parametrize("options", ['"<b>"', "[1]", '{"size": {"a": 1}}', "5"])
def test_variant_page_refuses_options_that_are_no_texts(ada, options):
    variant = make_variant(options={"size": "M"})
    values = {"sku": variant.sku, "unit": "piece", "position": 0, "options": options}

    answer = ada.post(page(Variant, "change", variant.pk), values | management("barcodes"))

    assert answer.status_code == 200
    assert "Write texts by name" in answer.content.decode()
    variant.refresh_from_db()
    assert variant.options == {"size": "M"}
    with pytest.raises(ProductNotValid):
        add_variant(
            product=variant.product,
            draft=VariantDraft("B", options=json.loads(options)),
            actor=SYSTEM,
        )


def test_listing_page_reprices_and_ends(ada, furnished):
    listing = Listing.objects.get()
    values = {"price_minor": "14.99", "price_quantity": 1, "compare_at_minor": "19.99"}

    ada.post(page(Listing, "change", listing.pk), values)
    chosen = {"sure": "1", "action": "end_listings", "_selected_action": [str(listing.pk)]}
    ada.post(page(Listing, "changelist"), chosen)

    listing.refresh_from_db()
    assert (listing.price_minor, listing.status) == (1499, "ended")


def test_level_page_corrects_and_sets_aside_once_per_form(ada, furnished):
    values = {
        "safety": 1,
        "counted": 4,
        "reason": "count",
        "move": 2,
        "from_bucket": "",
        "to_bucket": "damaged",
        "key": str(uuid4()),
        **management("movements", 1, 1),
        "movements-0-id": StockMovement.objects.get().pk,
    }

    for _attempt in range(2):
        assert ada.post(page(StockLevel, "change", furnished.pk), values).status_code == 302

    assert counters(furnished.variant, furnished.location) == (4, 2, 0, 0, 0)
    assert StockMovement.objects.count() == 3
    furnished.refresh_from_db()
    assert furnished.safety == 1


def test_level_page_asks_for_a_reason_and_for_the_grant_there(ada, furnished):
    here = furnished.location_id
    seller = staff_client(make_staff("stock.view", location_id=here))
    elsewhere = staff_client(make_staff("stock.correct", location_id=make_location().pk))
    values = {"safety": 0, "counted": 1, "key": str(uuid4()), **management("movements")}
    address = page(StockLevel, "change", furnished.pk)

    assert "Say why" in ada.post(address, values).content.decode()
    assert seller.post(address, values | {"reason": "x"}).status_code == 403
    assert elsewhere.post(address, values | {"reason": "x"}).status_code in (302, 403, 404)

    assert counters(furnished.variant, furnished.location) == (5, 0, 0, 0, 0)
