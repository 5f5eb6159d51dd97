"""The catalog: products, codes, the tree, listings, and search in any script."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.catalog import operations as catalog
from inventory.catalog import queries, search
from inventory.catalog.barcodes import canonical, check_digit
from inventory.catalog.models import Barcode, Category, Listing, Product, Variant
from omni.access.actor import ANONYMOUS, SYSTEM
from omni.core import clock
from omni.core.errors import NotAllowed, NotFound
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from tests.factories.inventory import (
    make_category,
    make_channel,
    make_listing,
    make_location,
    make_product,
    make_variant,
)

pytestmark = pytest.mark.django_db

DRAFT = catalog.ProductDraft(
    slug="cafe-creme",
    name="Café-Crème Élodie",
    brand="ŠKODA",
    description="Torréfié à Lyon",
    variants=[
        catalog.VariantDraft("CC-250", options={"size": "250 g"}, barcodes=["4006381333931"]),
        catalog.VariantDraft("CC-500", options={"size": "500 g"}),
    ],
    translations=[catalog.Translation("ko", "카페 크림"), catalog.Translation("ru", "Кофе")],
    media=[catalog.MediaDraft("/media/cafe.jpg", "A bag of coffee", sku="CC-250")],
)


def made(**over) -> Product:
    values = {name: getattr(DRAFT, name) for name in DRAFT.__slots__}
    return catalog.create_product(draft=catalog.ProductDraft(**values | over), actor=SYSTEM)


def found(text: str) -> list[str]:
    rows = search.matching(Product.objects.all(), text).order_by("-rank", "pk")
    return [product.slug for product in rows]


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("4006381333931", "04006381333931"),
        ("04006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        (" SHELF-7 ", "SHELF-7"),
        ("12345", "12345"),
    ],
)
def test_canonical_barcode_is_one_form_for_all_scanners(code, kept):
    assert canonical(code) == kept


@pytest.mark.parametrize("code", ["4006381333932", "", "   ", "x" * 65, "a\x00b", "12345678"])
def test_canonical_barcode_refuses_wrong_check_digits_and_nonsense(code):
    with pytest.raises(catalog.BarcodeNotValid):
        canonical(code)


def test_check_digit_follows_gs1():
    assert check_digit("629104150021") == 3


def test_create_product_makes_all_that_belongs_to_it():
    product = made()

    assert list(product.variants.order_by("position").values_list("sku", flat=True)) == [
        "CC-250",
        "CC-500",
    ]
    assert product.translations.count() == 2
    assert product.media.get().variant.sku == "CC-250"
    assert StoredEvent.objects.get().type == "product.changed"


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"variants": []}, catalog.ProductNotValid),
        (
            {"variants": [catalog.VariantDraft("A"), catalog.VariantDraft("B")], "media": []},
            catalog.ProductNotValid,
        ),
        ({"media": [catalog.MediaDraft("/x.jpg", sku="ZZ")]}, catalog.ProductNotValid),
        (
            {"variants": [catalog.VariantDraft("A", barcodes=["4006381333932"])], "media": []},
            catalog.BarcodeNotValid,
        ),
        ({"variants": [catalog.VariantDraft("TAKEN")], "media": []}, catalog.CodeTaken),
        ({"slug": "taken"}, catalog.CodeTaken),
    ],
)
def test_create_product_is_all_or_nothing(over, error):
    make_variant(sku="TAKEN", product=make_product(slug="taken"))

    with pytest.raises(error):
        made(**over)

    assert (Product.objects.count(), Variant.objects.count(), StoredEvent.objects.count()) == (
        1,
        1,
        0,
    )


def test_add_variant_refuses_the_options_of_a_sibling():
    product = made()

    with pytest.raises(catalog.ProductNotValid):
        catalog.add_variant(
            product=product,
            draft=catalog.VariantDraft("CC-1", options={"size": "500 g"}),
            actor=SYSTEM,
        )
    catalog.add_variant(
        product=product, draft=catalog.VariantDraft("CC-1", options={"size": "1 kg"}), actor=SYSTEM
    )

    assert product.variants.count() == 3


def test_add_barcode_means_one_variant_only():
    product = made()
    first, second = product.variants.order_by("position")

    catalog.add_barcode(variant=second, code="036000291452", actor=SYSTEM)
    catalog.add_barcode(variant=second, code="0036000291452", actor=SYSTEM)
    with pytest.raises(catalog.CodeTaken):
        catalog.add_barcode(variant=first, code="036000291452", actor=SYSTEM)
    catalog.remove_barcode(variant=first, code="4006381333931", actor=SYSTEM)

    assert list(Barcode.objects.values_list("code", "variant__sku")) == [
        ("00036000291452", "CC-500")
    ]


def test_scan_finds_barcodes_and_skus():
    made()

    for code in ("4006381333931", "04006381333931", "CC-250", "cc-250", " CC-250 "):
        assert queries.scan(code).sku == "CC-250"
    for code in ("4006381333932", "nothing", "", "a\x00b"):
        with pytest.raises(NotFound):
            queries.scan(code)


@pytest.mark.parametrize(
    "text",
    [
        "café",
        "CAFE",
        "cafe creme",
        "elod",
        "skoda",
        "torrefie",
        "cc-250",
        "CC250",
        "4006381333931",
        "카페",
        "кофе",
        "500",
    ],
)
def test_search_finds_a_product_by_any_of_its_texts(text):
    made()
    made(
        slug="tea",
        name="Tea",
        brand="",
        description="",
        variants=[catalog.VariantDraft("T")],
        translations=[],
        media=[],
    )

    assert found(text) == ["cafe-creme"]


@pytest.mark.parametrize("text", ["", "  ", "'", "!&|:*", "cafe tea", "reme", "a\x00b" * 3])
def test_search_finds_nothing_without_all_words(text):
    made()

    assert found(text) == []


def test_search_ranks_names_before_descriptions():
    other = {"brand": "", "translations": [], "media": []}
    made(slug="b", name="Cup", description="For tea", variants=[catalog.VariantDraft("1")], **other)
    made(slug="a", name="Tea", description="", variants=[catalog.VariantDraft("2")], **other)

    assert found("tea") == ["a", "b"]


def test_search_follows_changes():
    product = made()
    variant = product.variants.order_by("position")[0]
    product.name = "Espresso"

    catalog.save_product(product=product, actor=SYSTEM)
    variant.sku = "ESP-1"
    catalog.save_variant(variant=variant, actor=SYSTEM)
    catalog.set_translation(
        product=product, translation=catalog.Translation("ru", "Чай"), actor=SYSTEM
    )

    assert found("creme elodie") == []
    assert found("espresso") == found("esp-1") == found("чай") == ["cafe-creme"]


def test_set_media_replaces_the_pictures():
    product = made()

    catalog.set_media(product=product, media=[catalog.MediaDraft("/new.jpg")], actor=SYSTEM)

    assert list(product.media.values_list("url", flat=True)) == ["/new.jpg"]


def test_product_states_follow_their_table():
    product = made()

    catalog.archive_product(product=product, actor=SYSTEM)
    with pytest.raises(InvalidTransition):
        catalog.withdraw_product(product=product, actor=SYSTEM)
    catalog.activate_product(product=product, actor=SYSTEM)
    catalog.withdraw_product(product=product, actor=SYSTEM)

    assert Product.objects.get().status == "draft"


def test_move_category_takes_its_branch_along_and_the_search_follows():
    clothes = catalog.create_category(slug="clothes", name="Clothes", actor=SYSTEM)
    shirts = catalog.create_category(slug="shirts", name="Shirts", parent=clothes, actor=SYSTEM)
    linen = catalog.create_category(slug="linen", name="Linen", parent=shirts, actor=SYSTEM)
    sale = catalog.create_category(slug="sale", name="Sale", actor=SYSTEM)
    made(category_id=linen.pk)

    catalog.move_category(category=shirts, parent=sale, actor=SYSTEM)

    linen.refresh_from_db()
    assert linen.path == [sale.pk, shirts.pk, linen.pk]
    assert found("sale") == ["cafe-creme"]
    assert found("clothes") == []
    catalog.move_category(category=shirts, parent=None, actor=SYSTEM)
    linen.refresh_from_db()
    assert linen.path == [shirts.pk, linen.pk]
    assert [row.slug for row in queries.category_tree()] == ["clothes", "sale", "shirts", "linen"]


def test_move_category_refuses_a_cycle_and_changes_nothing():
    top = make_category()
    below = make_category(parent=top)
    before = list(Category.objects.order_by("pk").values_list())

    for parent in (below, top):
        with pytest.raises(catalog.CategoryCycle):
            catalog.move_category(category=top, parent=parent, actor=SYSTEM)
    with pytest.raises(NotAllowed):
        catalog.move_category(category=below, parent=None, actor=ANONYMOUS)

    assert list(Category.objects.order_by("pk").values_list()) == before


def test_list_variant_publishes_and_reprices():
    variant, channel = make_variant(), make_channel()
    asked = {"variant": variant, "channel": channel, "actor": SYSTEM}

    catalog.list_variant(**asked, price_minor=1999)
    catalog.list_variant(**asked, price_minor=1499, compare_at_minor=1999)
    catalog.list_variant(**asked, price_minor=1499, compare_at_minor=1999)

    listing = Listing.objects.get()
    assert (listing.status, listing.price_minor, listing.compare_at_minor) == ("live", 1499, 1999)
    assert StoredEvent.objects.filter(type="listing.changed").count() == 2


def test_list_variants_leaves_what_one_by_one_leaves():
    one, many, channel = make_variant(), make_variant(), make_channel()
    draft = catalog.ListingDraft(many.pk, channel.pk, 1999, compare_at_minor=2499)
    catalog.list_variant(
        variant=one, channel=channel, price_minor=1999, compare_at_minor=2499, actor=SYSTEM
    )

    catalog.list_variants(drafts=[draft], actor=SYSTEM)
    with pytest.raises(catalog.ListingNotValid):
        catalog.list_variants(drafts=[replace(draft, compare_at_minor=1)], actor=SYSTEM)

    first, second = Listing.objects.order_by("pk").values()
    own = {"id", "variant_id"}
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }
    told = [event.payload for event in StoredEvent.objects.filter(type="listing.changed")]
    assert [each["variant_id"] for each in told] == [str(one.pk), str(many.pk)]


@pytest.mark.parametrize(
    "price",
    [
        {"price_minor": -1},
        {"price_minor": 5, "price_quantity": 0},
        {"price_minor": 5, "compare_at_minor": 5},
        {"price_minor": 10**14},
    ],
)
def test_list_variant_refuses_prices_that_make_no_sense(price):
    with pytest.raises(catalog.ListingNotValid):
        catalog.list_variant(variant=make_variant(), channel=make_channel(), actor=SYSTEM, **price)

    assert not Listing.objects.exists()


def test_list_variant_on_sale_cannot_be_planned_for_later():
    listing = make_listing(make_variant(), make_channel())

    with pytest.raises(catalog.ListingNotValid):
        catalog.list_variant(
            variant=listing.variant,
            channel=listing.channel,
            price_minor=5,
            starts_at=clock.now() + timedelta(days=1),
            actor=SYSTEM,
        )

    assert Listing.objects.get().price_minor == 1999


def test_scheduled_listing_is_on_sale_from_its_moment_on_swept_or_not():
    variant, channel = make_variant(), make_channel()
    start = clock.now() + timedelta(hours=1)
    catalog.list_variant(
        variant=variant, channel=channel, price_minor=5, starts_at=start, actor=SYSTEM
    )

    def on_sale(now):
        return queries.products_on_sale(channel_id=channel.pk, now=now).count()

    assert (on_sale(clock.now()), on_sale(start)) == (0, 1)
    assert catalog.start_scheduled_listings(actor=SYSTEM) == 0
    with clock.moved(by=timedelta(hours=2)):
        assert catalog.start_scheduled_listings(actor=SYSTEM) == 1
        assert catalog.start_scheduled_listings(actor=SYSTEM) == 0
    assert Listing.objects.get().status == "live"


def test_end_listing_takes_it_off_sale():
    listing = make_listing(make_variant(), make_channel())

    catalog.end_listing(listing=listing, actor=SYSTEM)

    now = clock.now()
    assert not queries.live_listings(channel_id=listing.channel_id, now=now).exists()
    with pytest.raises(InvalidTransition):
        catalog.end_listing(listing=listing, actor=SYSTEM)


def test_products_on_sale_narrows_by_category_and_text():
    channel, top = make_channel(), make_category()
    below = make_category(parent=top)
    product = made(category_id=below.pk)
    for variant in product.variants.all():
        make_listing(variant, channel)
    asked = {"channel_id": channel.pk, "now": clock.now()}

    assert queries.products_on_sale(**asked, category=top).get() == product
    assert queries.products_on_sale(**asked, category=top, text="creme").get() == product
    assert not queries.products_on_sale(**asked, category=make_category()).exists()
    assert not queries.products_on_sale(**asked | {"channel_id": uuid4()}).exists()
    catalog.archive_product(product=product, actor=SYSTEM)
    assert not queries.products_on_sale(**asked).exists()


def test_carried_at_is_everything_until_something_is_named():
    location, top = make_location(), make_category()
    shirt = make_variant(product=make_product(category=make_category(parent=top)))
    scarf, hat = make_variant(), make_variant()
    asked = {"location_id": location.pk, "variant_ids": [shirt.pk, scarf.pk, hat.pk]}

    everything = queries.carried_at(**asked)
    catalog.carry(location=location, category=top, actor=SYSTEM)
    single = catalog.carry(location=location, variant=scarf, actor=SYSTEM)
    assert catalog.carry(location=location, variant=scarf, actor=SYSTEM) == single
    some = queries.carried_at(**asked)
    catalog.stop_carrying(assortment=single, actor=SYSTEM)

    assert everything == {shirt.pk, scarf.pk, hat.pk}
    assert some == {shirt.pk, scarf.pk}
    assert queries.carried_at(**asked) == {shirt.pk}
