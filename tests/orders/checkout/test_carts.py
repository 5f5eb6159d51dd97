"""Carts: what goes in, what is refused, and that each change is made on the version seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from customers.identity.canonical import InvalidIdentifier
from customers.profiles.postal import InvalidAddress
from inventory.catalog.models import ProductTranslation
from inventory.channels.models import Channel
from inventory.channels.operations import ChannelClosed
from inventory.locations.models import ChannelLocation, Location, LocationService, Method
from inventory.stock.operations import OutOfStock
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events.models import StoredEvent
from orders.checkout import errors
from orders.checkout import operations as checkout
from orders.checkout.models import Cart, CartLine
from orders.checkout.operations import CartRef, Contact, Wish
from orders.sales.drafts import AddressDraft
from tests.factories.customers import make_customer
from tests.factories.inventory import make_channel, make_listing, make_location, make_variant
from tests.factories.orders import fill_cart, make_cart, make_shipping_rate, make_shop

pytestmark = pytest.mark.django_db

ADDRESS = AddressDraft(name="Eve", street="1 rue X", city="Lyon", country="fr")


def wish_for(shop, quantity=1, **over):
    return replace(Wish(shop.variant.pk, quantity, Method.PICKUP.value, shop.location.pk), **over)


def put(shop, cart, actor, quantity=1, *, version=1, **over):
    return checkout.add_line(
        cart=cart, version=version, wish=wish_for(shop, quantity, **over), actor=actor
    )


def test_create_cart_gives_a_guest_a_token_once():
    shop = make_shop()

    opened = checkout.create_cart(device_id="phone-1", actor=shop.guest)

    row = Cart.objects.get()
    assert opened.token.startswith("ct_")
    assert opened.token not in (row.token_digest, "")
    assert (row.currency, row.version, row.device_id) == ("EUR", 1, "phone-1")


def test_create_cart_returns_the_customers_own_in_every_channel_of_its_currency():
    shop = make_shop()
    customer = make_customer()
    app = make_channel(locations=[shop.location], kind="app")
    yen = make_channel(currency="JPY")
    web = shop.customer(customer.pk)

    first = checkout.create_cart(actor=web)
    again = checkout.create_cart(actor=replace(web, channel_id=app.pk))
    other = checkout.create_cart(actor=replace(web, channel_id=yen.pk))

    assert again.state.header.id == first.state.header.id
    assert not again.created
    assert other.state.header.id != first.state.header.id
    assert Cart.objects.count() == 2


def test_create_cart_refuses_closed_channels():
    shop = make_shop()
    Channel.objects.update(status="closed")

    with pytest.raises(ChannelClosed):
        checkout.create_cart(actor=shop.guest)

    assert not Cart.objects.exists()


def test_add_line_answers_price_and_availability():
    shop = make_shop(stock=10)
    cart, actor = make_cart(shop)

    state = put(shop, cart, actor, 2)

    line = state.lines[0]
    assert (line.quantity, line.price_minor, line.available, line.problem) == (2, 1999, 10, None)
    assert (state.header.version, state.quote.total_minor, state.quote.tax_minor) == (2, 3998, 666)
    assert state == replace(
        checkout.read_cart(cart, actor=actor),
        header=checkout.read_cart(cart, actor=actor).header._replace(
            now=state.header.now, seen=state.header.seen, channel_id=state.header.channel_id
        ),
    )
    event = StoredEvent.objects.get(type="cart.line_added")
    assert event.payload["quantity"] == 2


def test_lines_are_named_in_the_language_of_the_channel():
    shop = make_shop(language="fr")
    ProductTranslation.objects.create(
        product=shop.variant.product, language="fr", name="Écharpe en laine"
    )
    cart, actor = fill_cart(shop, 1)

    line = checkout.read_cart(cart, actor=actor).lines[0]

    assert line.name.startswith("Écharpe en laine")


def test_add_line_grows_the_line_that_is_there():
    shop = make_shop(stock=10)
    cart, actor = make_cart(shop)

    put(shop, cart, actor, 2)
    state = put(shop, cart, actor, 3, version=2)

    assert [line.quantity for line in state.lines] == [5]
    assert CartLine.objects.get().quantity == 5


def test_change_line_sets_and_remove_line_takes_out():
    shop = make_shop(stock=10)
    cart, actor = make_cart(shop)
    line_id = put(shop, cart, actor, 2).lines[0].id

    changed = checkout.change_line(cart=cart, line_id=line_id, version=2, quantity=7, actor=actor)
    emptied = checkout.remove_line(cart=cart, line_id=line_id, version=3, actor=actor)

    assert changed.lines[0].quantity == 7
    assert (emptied.lines, emptied.header.version) == ((), 4)
    assert not CartLine.objects.exists()


def test_a_change_on_an_old_version_is_refused():
    shop = make_shop(stock=10)
    cart, actor = make_cart(shop)
    line_id = put(shop, cart, actor, 2).lines[0].id

    for attempt in (
        lambda: put(shop, cart, actor, 1, version=1),
        lambda: checkout.change_line(
            cart=cart, line_id=line_id, version=1, quantity=1, actor=actor
        ),
        lambda: checkout.remove_line(cart=cart, line_id=line_id, version=3, actor=actor),
        lambda: checkout.set_contact(
            cart=cart, version=1, contact=Contact(email="a@b.co"), actor=actor
        ),
        lambda: checkout.hold_cart(cart=cart, version=1, actor=actor),
    ):
        with pytest.raises(errors.CartChanged) as caught:
            attempt()
        assert caught.value.details == {"version": 2}

    assert CartLine.objects.get().quantity == 2
    assert Cart.objects.get().version == 2


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 2**31])
def test_add_line_refuses_quantities_out_of_range(quantity):
    shop = make_shop()
    cart, actor = make_cart(shop)

    with pytest.raises(errors.QuantityOutOfRange) as caught:
        put(shop, cart, actor, quantity)

    assert caught.value.details == {"minimum": 1, "maximum": 9_999}
    assert not CartLine.objects.exists()


def test_add_line_refuses_what_the_channel_does_not_sell():
    shop = make_shop()
    cart, actor = make_cart(shop)
    unlisted = make_variant()
    ended = make_variant()
    make_listing(ended, shop.channel, status="ended")
    future = make_variant()
    make_listing(future, shop.channel, starts_at=clock.now() + timedelta(hours=1))
    hidden = make_variant(is_active=False)
    make_listing(hidden, shop.channel)

    for variant_id in (uuid7(), unlisted.pk, ended.pk, future.pk, hidden.pk):
        with pytest.raises(errors.VariantNotOffered):
            put(shop, cart, actor, variant_id=variant_id)

    assert not CartLine.objects.exists()
    assert Cart.objects.get().version == 1


def test_add_line_refuses_ways_that_the_place_does_not_offer():
    shop = make_shop()
    cart, actor = make_cart(shop)
    elsewhere = make_location()

    with pytest.raises(errors.MethodNotOffered):
        put(shop, cart, actor, location_id=elsewhere.pk)
    with pytest.raises(errors.MethodNotOffered):
        put(shop, cart, actor, location_id=uuid7())
    ChannelLocation.objects.update(methods=["ship"])
    with pytest.raises(errors.MethodNotOffered):
        put(shop, cart, actor)
    ChannelLocation.objects.update(methods=["pickup"])
    with pytest.raises(errors.MethodNotOffered):
        put(shop, cart, actor, method="ship", location_id=None)
    LocationService.objects.filter(service="pickup").update(is_active=False)
    with pytest.raises(errors.MethodNotOffered):
        put(shop, cart, actor)
    LocationService.objects.update(is_active=True)
    Location.objects.update(status="closed")
    with pytest.raises(errors.MethodNotOffered):
        put(shop, cart, actor)

    assert not CartLine.objects.exists()


@pytest.mark.parametrize("method", ["pickup", "carry_out"])
def test_add_line_wants_a_place_for_what_is_collected(method):
    shop = make_shop()
    cart, actor = make_cart(shop)

    with pytest.raises(errors.LocationMissing):
        put(shop, cart, actor, method=method, location_id=None)

    assert not CartLine.objects.exists()


def test_add_line_refuses_more_than_there_is():
    shop = make_shop(stock=3)
    cart, actor = make_cart(shop)
    put(shop, cart, actor, 2)

    with pytest.raises(OutOfStock) as caught:
        put(shop, cart, actor, 2, version=2)

    lacking = caught.value.details["lines"][0]
    assert (lacking["requested"], lacking["available"]) == (4, 3)
    assert CartLine.objects.get().quantity == 2


def test_add_line_keeps_the_channels_buffer():
    shop = make_shop(stock=3)
    ChannelLocation.objects.update(buffer=1)
    cart, actor = make_cart(shop)

    with pytest.raises(OutOfStock) as caught:
        put(shop, cart, actor, 3)

    assert caught.value.details["lines"][0]["available"] == 2


def test_a_cart_opens_only_to_whoever_proves_it():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    owner = shop.customer(make_customer().pk)
    own, _ = fill_cart(shop, actor=owner)
    stranger = shop.customer(make_customer().pk)

    for ref, who in (
        (CartRef(cart.cart_id), actor),
        (CartRef(cart.cart_id, "ct_wrong"), actor),
        (CartRef(uuid7(), cart.token), actor),
        (own, shop.guest),
        (own, stranger),
        (CartRef(own.cart_id, cart.token), stranger),
    ):
        with pytest.raises(NotFound):
            checkout.read_cart(ref, actor=who)
        with pytest.raises(NotFound):
            checkout.remove_line(cart=ref, line_id=uuid7(), version=1, actor=who)

    assert checkout.read_cart(own, actor=owner).lines


def test_change_line_does_not_know_lines_of_other_carts():
    shop = make_shop()
    cart, actor = make_cart(shop)
    other, holder = fill_cart(shop)
    line_id = checkout.read_cart(other, actor=holder).lines[0].id

    with pytest.raises(NotFound):
        checkout.change_line(cart=cart, line_id=line_id, version=1, quantity=2, actor=actor)
    with pytest.raises(NotFound):
        checkout.remove_line(cart=cart, line_id=line_id, version=1, actor=actor)

    assert CartLine.objects.get().quantity == 1


def test_a_cart_of_another_currency_is_not_changed():
    shop = make_shop()
    cart, actor = make_cart(shop)
    yen = make_channel(currency="JPY", locations=[shop.location])
    make_listing(shop.variant, yen)

    with pytest.raises(errors.CartOfOtherCurrency) as caught:
        put(shop, cart, replace(actor, channel_id=yen.pk))

    assert caught.value.details == {"currency": "EUR"}


def test_the_channel_that_looks_sets_the_price():
    shop = make_shop()
    customer = make_customer()
    web = shop.customer(customer.pk)
    app = make_channel(locations=[shop.location], kind="app")
    make_listing(shop.variant, app, 1799)
    cart, _ = fill_cart(shop, actor=web)

    in_app = checkout.read_cart(cart, actor=replace(web, channel_id=app.pk))

    assert in_app.quote.total_minor == 1799
    assert checkout.read_cart(cart, actor=web).quote.total_minor == 1999


def test_set_contact_keeps_canonical_forms():
    shop = make_shop()
    cart, actor = make_cart(shop)

    state = checkout.set_contact(
        cart=cart,
        version=1,
        contact=Contact(" Eve ", "Eve@Example.COM", "06 12 34 56 78"),
        actor=actor,
    )

    row = Cart.objects.get()
    assert (row.contact_name, row.email, row.phone) == ("Eve", "eve@example.com", "+33612345678")
    assert (state.header.version, state.header.phone) == (2, "+33612345678")


@pytest.mark.parametrize("contact", [Contact(email="nonsense"), Contact(phone="12")])
def test_set_contact_refuses_nonsense(contact):
    shop = make_shop()
    cart, actor = make_cart(shop)

    with pytest.raises(InvalidIdentifier):
        checkout.set_contact(cart=cart, version=1, contact=contact, actor=actor)

    assert Cart.objects.get().version == 1


def test_the_address_decides_on_tax_and_shipping():
    shop = make_shop()
    make_shipping_rate(shop.channel, 490)
    cart, actor = fill_cart(shop, method=Method.SHIP)
    before = checkout.read_cart(cart, actor=actor)

    home = checkout.set_contact(
        cart=cart, version=before.header.version, address=ADDRESS, actor=actor
    )
    abroad = checkout.set_contact(
        cart=cart,
        version=home.header.version,
        address=replace(ADDRESS, country="US"),
        actor=actor,
    )

    assert before.quote.shipping is None
    assert (home.quote.total_minor, home.quote.tax_minor) == (2489, 333 + 82)
    assert (abroad.quote.total_minor, abroad.quote.tax_minor) == (2489, 0)
    assert home.header.version == before.header.version + 1


def test_set_contact_refuses_unknown_countries():
    shop = make_shop()
    cart, actor = make_cart(shop)

    with pytest.raises(InvalidAddress):
        checkout.set_contact(
            cart=cart, version=1, address=replace(ADDRESS, country="XX"), actor=actor
        )

    assert Cart.objects.get().version == 1
