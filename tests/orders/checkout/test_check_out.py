"""The checkout: one order per cart, at the price shown, or nothing at all."""

from dataclasses import replace
from decimal import Decimal

import pytest

from customers.identity.models import Identifier
from customers.profiles import operations as profiles
from customers.profiles.models import Customer
from inventory.catalog.models import Listing
from inventory.channels.models import Channel
from inventory.channels.operations import ChannelClosed
from inventory.locations.models import ChannelLocation, Method
from inventory.stock.models import Reservation, StockLevel
from inventory.stock.operations import OutOfStock
from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.core.money import Money
from omni.core.secrets import matches
from omni.events.models import StoredEvent
from orders.checkout import errors
from orders.checkout import operations as checkout
from orders.checkout.buyers import CustomerBlocked
from orders.checkout.models import Cart
from orders.checkout.operations import ONLINE, PAY_AT_COLLECTION, Contact, Till, Wish
from orders.fulfilment.models import FulfilmentOrder
from orders.pricing.queries import NotShippedThere
from orders.sales.drafts import AddressDraft
from orders.sales.models import Order, SalesCredit
from tests.factories.customers import make_customer, make_identifier
from tests.factories.inventory import (
    make_listing,
    make_location,
    make_variant,
    serve,
    stock_up,
)
from tests.factories.orders import (
    fill_cart,
    intent_of,
    make_cart,
    make_shipping_rate,
    make_shop,
    order_from_cart,
)

pytestmark = pytest.mark.django_db

ADDRESS = AddressDraft(name="Eve", street="1 rue X", city="Lyon", country="FR")


def check_out(cart, actor, **over):
    intent = over.pop("intent", None) or intent_of(cart, actor, over.pop("payment", "online"))
    return checkout.check_out_cart(cart=cart, intent=replace(intent, **over), actor=actor)


def assert_nothing_happened(shop):
    level = StockLevel.objects.get(variant=shop.variant, location=shop.location)
    assert not Order.objects.exists()
    assert not FulfilmentOrder.objects.exists()
    assert not StoredEvent.objects.filter(aggregatetype="order").exists()
    assert (level.committed, level.held) == (0, 0)
    assert not Cart.objects.filter(status="ordered").exists()


def test_paid_at_collection_is_confirmed_at_once():
    shop = make_shop(stock=10)

    done = order_from_cart(shop, 2)

    order = Order.objects.get()
    assert (order.status, order.payment_policy) == ("confirmed", "pay_at_collection")
    assert (order.total_minor, order.tax_minor, order.pay_by_at) == (3998, 666, None)
    assert matches(done.token, order.token_digest)
    work = FulfilmentOrder.objects.get()
    assert (work.order_id, work.location_id, work.method) == (order.pk, shop.location.pk, "pickup")
    claim = Reservation.objects.get()
    assert (claim.status, claim.quantity) == ("committed", 2)
    assert claim.order_line_id == order.lines.get().pk
    assert SalesCredit.objects.get().location_id == shop.location.pk
    cart = Cart.objects.get()
    assert (cart.status, cart.order_id, order.cart_id) == ("ordered", order.pk, cart.pk)
    types = StoredEvent.objects.filter(aggregatetype="order").order_by("id")
    assert [row.type for row in types] == ["order.placed", "order.confirmed"]


def test_paid_online_waits_for_the_money():
    shop = make_shop(stock=10, payment_window_minutes=45)

    done = order_from_cart(shop, 2, payment=ONLINE)

    order = Order.objects.get()
    assert (order.status, order.payment_status) == ("placed", "pending")
    assert (order.pay_by_at - order.placed_at).total_seconds() == 45 * 60
    assert done.fulfilment_orders == ()
    assert StockLevel.objects.get().committed == 2


def test_what_costs_nothing_needs_no_payment():
    shop = make_shop(stock=10, price_minor=0)

    done = order_from_cart(shop, 1, payment=ONLINE)

    assert (done.order.status, done.order.payment_status) == ("confirmed", "paid")
    assert FulfilmentOrder.objects.count() == 1


def test_a_repeat_answers_the_same_order():
    shop = make_shop(stock=10)
    cart, actor = fill_cart(shop, 2)
    intent = intent_of(cart, actor)

    first = checkout.check_out_cart(cart=cart, intent=intent, actor=actor)
    again = checkout.check_out_cart(cart=cart, intent=intent, actor=actor)

    assert again.replayed
    assert (again.order.pk, again.token) == (first.order.pk, first.token)
    assert [line.pk for line in again.lines] == [line.pk for line in first.lines]
    assert [row.pk for row in again.fulfilment_orders] == [
        row.pk for row in first.fulfilment_orders
    ]
    assert Order.objects.count() == 1
    assert StockLevel.objects.get().committed == 2


def test_a_cart_that_is_ordered_cannot_be_changed():
    shop = make_shop(stock=10)
    cart, actor = fill_cart(shop, 2)
    order = check_out(cart, actor).order

    with pytest.raises(errors.CartOrdered) as caught:
        checkout.add_line(
            cart=cart,
            version=4,
            wish=Wish(shop.variant.pk, 1, "pickup", shop.location.pk),
            actor=actor,
        )

    assert caught.value.details == {"order_id": str(order.pk)}


def test_each_guest_order_has_a_customer():
    shop = make_shop(stock=10)

    first = order_from_cart(shop, 1, email="eve@example.com").order
    second = order_from_cart(shop, 1, email="Eve@example.com").order

    assert first.customer_id == second.customer_id
    assert Customer.objects.get().name == "Eve Adams"
    assert Identifier.objects.get().value == "eve@example.com"


def test_a_customers_order_is_theirs_whatever_contact_they_give():
    shop = make_shop(stock=10)
    customer = make_customer()
    cart, actor = fill_cart(shop, 1, actor=shop.customer(customer.pk), email="other@example.com")

    order = check_out(cart, actor).order

    assert (order.customer_id, order.token_digest) == (customer.pk, "")
    assert Customer.objects.count() == 1


def test_the_contact_may_come_with_the_checkout():
    shop = make_shop(stock=10)
    cart, actor = fill_cart(shop, 1)

    order = check_out(cart, actor, contact=Contact("Ann", phone="0612345678")).order

    assert (order.contact_name, order.email, order.phone) == ("Ann", "", "+33612345678")
    assert Cart.objects.get().phone == "+33612345678"


def test_an_empty_cart_is_refused():
    shop = make_shop()
    cart, actor = make_cart(shop)

    with pytest.raises(errors.CartEmpty):
        check_out(cart, actor)

    assert_nothing_happened(shop)


def test_a_stale_version_is_refused():
    shop = make_shop()
    cart, actor = fill_cart(shop)

    with pytest.raises(errors.CartChanged):
        check_out(cart, actor, version=2)

    assert_nothing_happened(shop)


@pytest.mark.parametrize("total", [Money(1, "EUR"), Money(1999, "USD"), Money(-1999, "EUR")])
def test_another_total_than_shown_is_refused(total):
    shop = make_shop()
    cart, actor = fill_cart(shop)

    with pytest.raises(errors.PriceChanged) as caught:
        check_out(cart, actor, total=total)

    assert caught.value.details == {"total": {"amount": 1999, "currency": "EUR"}}
    assert_nothing_happened(shop)


def test_a_price_that_changed_meanwhile_is_refused():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    intent = intent_of(cart, actor)
    Listing.objects.update(price_minor=2499)

    with pytest.raises(errors.PriceChanged) as caught:
        checkout.check_out_cart(cart=cart, intent=intent, actor=actor)

    assert caught.value.details["total"]["amount"] == 2499
    assert_nothing_happened(shop)


def test_nobody_to_reach_is_refused():
    shop = make_shop()
    cart, actor = fill_cart(shop, email="")

    with pytest.raises(errors.ContactMissing):
        check_out(cart, actor)

    assert_nothing_happened(shop)


def test_what_is_not_sold_any_more_is_refused():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    Listing.objects.update(status="ended")

    with pytest.raises(errors.VariantNotOffered) as caught:
        check_out(cart, actor)

    assert caught.value.details["lines"][0]["variant_id"] == str(shop.variant.pk)
    assert_nothing_happened(shop)


def test_a_place_that_left_the_channel_is_refused():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    ChannelLocation.objects.all().delete()

    with pytest.raises(errors.MethodNotOffered):
        check_out(cart, actor)

    assert_nothing_happened(shop)


def test_a_closed_channel_is_refused():
    shop = make_shop()
    cart, actor = fill_cart(shop)
    Channel.objects.update(status="closed")

    with pytest.raises(ChannelClosed):
        check_out(cart, actor)

    assert_nothing_happened(shop)


def test_too_much_is_refused_with_what_there_is():
    shop = make_shop(stock=5)
    cart, actor = fill_cart(shop, 3)
    order_from_cart(shop, 4)
    before = Order.objects.count()

    with pytest.raises(OutOfStock) as caught:
        check_out(cart, actor)

    assert caught.value.details["lines"][0]["available"] == 1
    assert Order.objects.count() == before
    assert StockLevel.objects.get().committed == 4


@pytest.mark.parametrize("why", ["channel", "shipped"])
def test_pay_at_collection_is_not_for_everything(why):
    shop = make_shop()
    make_shipping_rate(shop.channel)
    cart, actor = fill_cart(shop, method=Method.SHIP if why == "shipped" else Method.PICKUP)
    if why == "channel":
        Channel.objects.update(allows_pay_at_collection=False)
    else:
        version = checkout.read_cart(cart, actor=actor).header.version
        checkout.set_contact(cart=cart, version=version, address=ADDRESS, actor=actor)

    with pytest.raises(errors.PaymentNotOffered):
        check_out(cart, actor, payment=PAY_AT_COLLECTION)

    assert_nothing_happened(shop)


def test_a_till_payment_needs_a_till():
    shop = make_shop()
    cart, actor = fill_cart(shop)

    with pytest.raises(errors.PaymentNotOffered):
        check_out(cart, actor, payment=checkout.AT_TILL)

    assert_nothing_happened(shop)


def test_unknown_and_foreign_carts_look_alike():
    shop = make_shop()
    cart, actor = fill_cart(shop)

    with pytest.raises(NotFound):
        checkout.check_out_cart(
            cart=replace(cart, token="ct_wrong"), intent=intent_of(cart, actor), actor=actor
        )

    assert_nothing_happened(shop)


# --- shipped ------------------------------------------------------------------------------------


def shipped_cart(shop, quantity, **address):
    cart, actor = fill_cart(shop, quantity, method=Method.SHIP)
    version = checkout.read_cart(cart, actor=actor).header.version
    checkout.set_contact(
        cart=cart, version=version, address=replace(ADDRESS, **address), actor=actor
    )
    return cart, actor


def test_shipped_goods_come_from_the_first_place_that_has_all():
    shop = make_shop(stock=1)
    make_shipping_rate(shop.channel, 490)
    warehouse = make_location(kind="warehouse")
    serve(shop.channel, warehouse, priority=200)
    stock_up(shop.variant, warehouse, 9)
    cart, actor = shipped_cart(shop, 3)

    order = check_out(cart, actor).order

    line = order.lines.get()
    assert (line.location_id, line.quantity) == (warehouse.pk, 3)
    assert order.total_minor == 3 * 1999 + 490
    charge = order.adjustments.get()
    assert (charge.kind, charge.total_minor, charge.tax_minor) == ("shipping", 490, 82)
    assert order.shipping_address.city == "Lyon"


def test_a_line_is_split_over_places_and_still_adds_up():
    shop = make_shop(stock=2)
    make_shipping_rate(shop.channel, 490)
    warehouse = make_location(kind="warehouse")
    serve(shop.channel, warehouse, priority=200)
    stock_up(shop.variant, warehouse, 2)
    cart, actor = shipped_cart(shop, 3)

    order = check_out(cart, actor).order

    lines = list(order.lines.order_by("position"))
    assert [(line.location_id, line.quantity) for line in lines] == [
        (shop.location.pk, 2),
        (warehouse.pk, 1),
    ]
    assert sum(line.total_minor for line in lines) == 3 * 1999
    assert sum(line.tax_minor for line in lines) == 1000
    assert Reservation.objects.filter(status="committed").count() == 2


def test_shipping_needs_an_address_and_a_country_that_is_served():
    shop = make_shop()
    make_shipping_rate(shop.channel, country="FR")
    cart, actor = fill_cart(shop, method=Method.SHIP)

    with pytest.raises(errors.AddressMissing):
        check_out(cart, actor)
    abroad, holder = shipped_cart(shop, 1, country="US")
    with pytest.raises(NotShippedThere):
        check_out(abroad, holder)

    assert_nothing_happened(shop)


def test_shipped_goods_that_nobody_has_are_refused():
    shop = make_shop(stock=5)
    make_shipping_rate(shop.channel)
    cart, actor = shipped_cart(shop, 3)
    order_from_cart(shop, 4)

    with pytest.raises(OutOfStock):
        check_out(cart, actor)

    assert Order.objects.count() == 1
    assert StockLevel.objects.get().committed == 4


# --- mixed, uncounted, at a till ----------------------------------------------------------------


def test_what_is_not_counted_needs_no_stock():
    shop = make_shop(stock=1)
    service = make_variant(is_stocked=False)
    make_listing(service, shop.channel, 500)
    cart, actor = fill_cart(shop, 1)
    state = checkout.read_cart(cart, actor=actor)
    checkout.add_line(
        cart=cart,
        version=state.header.version,
        wish=Wish(service.pk, 5, "pickup", shop.location.pk),
        actor=actor,
    )

    order = check_out(cart, actor, payment=PAY_AT_COLLECTION).order

    assert order.total_minor == 1999 + 2500
    assert Reservation.objects.count() == 1


def test_net_channels_put_tax_on_top():
    shop = make_shop(stock=3, tax_display="net")

    order = order_from_cart(shop, 3).order

    assert (order.total_minor, order.tax_minor) == (7196, 1199)
    assert order.lines.get().tax_rate == Decimal("0.20000")


def test_a_till_orders_for_itself_and_takes_the_last_unit():
    shop = make_shop(stock=1)
    StockLevel.objects.update(safety=1)
    opened = checkout.create_cart(actor=shop.guest)
    guest = checkout.CartRef(opened.state.header.id, opened.token)
    code = checkout.make_handoff_code(cart=guest, actor=shop.guest).code
    till = Till(shop.channel.pk, shop.location.pk, shop.channel.pk)
    state = checkout.open_by_code(code=code, till=till, actor=shop.guest).state
    cart = checkout.CartRef(state.header.id, till=till)
    checkout.add_line(
        cart=cart,
        version=state.header.version,
        wish=Wish(shop.variant.pk, 1, "carry_out", shop.location.pk),
        actor=shop.guest,
    )

    order = check_out(cart, shop.guest, payment=checkout.AT_TILL).order

    assert (order.status, order.payment_policy) == ("placed", "at_till")
    assert (order.location_id, order.customer_id) == (shop.location.pk, None)
    assert StockLevel.objects.get().committed == 1


# --- cost ---------------------------------------------------------------------------------------


def test_checkout_costs_a_fixed_number_of_statements(django_assert_num_queries):
    shop = make_shop(stock=10)
    second = make_variant()
    make_listing(second, shop.channel)
    stock_up(second, shop.location, 5)
    customer = shop.customer(make_customer().pk)
    order_from_cart(shop, 1)
    counts = []
    for variants in ([shop.variant], [shop.variant, second]):
        cart, actor = make_cart(shop, actor=customer)
        for number, variant in enumerate(variants):
            checkout.add_line(
                cart=cart,
                version=1 + number,
                wish=Wish(variant.pk, 1, "pickup", shop.location.pk),
                actor=actor,
            )
        intent = replace(
            intent_of(cart, actor, PAY_AT_COLLECTION), contact=Contact(email="eve@example.com")
        )
        # A savepoint (2), cart, customer, order, events, calendar, work, close, stock (3).
        with django_assert_num_queries(12) as queries:
            checkout.check_out_cart(cart=cart, intent=intent, actor=actor)
        counts.append(len(queries))

    assert counts == [12, 12]


# --- who orders -----------------------------------------------------------------------------------


def test_a_signed_in_customer_is_reached_by_what_they_proved():
    shop = make_shop()
    eve = make_customer(name="Eve Adams")
    make_identifier(customer=eve, value="typed@example.com")
    make_identifier(customer=eve, value="eve@example.com", is_verified=True)
    make_identifier(customer=eve, kind="phone", value="+33612345678", is_verified=True)
    cart, actor = make_cart(shop, actor=shop.customer(eve.pk))
    add(cart, shop, actor)

    order = check_out(cart, actor).order

    told = (order.contact_name, order.email, order.phone)
    assert told == ("Eve Adams", "eve@example.com", "+33612345678")
    assert order.customer_id == eve.pk


def test_the_contact_of_a_signed_in_customer_is_the_one_they_give():
    shop = make_shop()
    eve = make_customer()
    make_identifier(customer=eve, value="eve@example.com", is_verified=True)
    cart, actor = make_cart(shop, actor=shop.customer(eve.pk))
    add(cart, shop, actor)

    order = check_out(cart, actor, contact=Contact("Ann", "ann@example.com")).order

    assert (order.contact_name, order.email) == ("Ann", "ann@example.com")


def test_a_signed_in_customer_who_proved_nothing_must_say_how_to_be_reached():
    shop = make_shop()
    eve = make_customer()
    make_identifier(customer=eve, value="typed@example.com")
    cart, actor = make_cart(shop, actor=shop.customer(eve.pk))
    add(cart, shop, actor)

    with pytest.raises(errors.ContactMissing):
        check_out(cart, actor)

    assert not Order.objects.exists()


def test_a_blocked_customer_is_refused_and_nothing_is_written():
    shop = make_shop()
    eve = make_customer()
    cart, actor = fill_cart(shop, actor=shop.customer(eve.pk))
    profiles.block_customer(customer_id=eve.pk, reason="fraud", actor=SYSTEM)
    events = StoredEvent.objects.count()

    with pytest.raises(CustomerBlocked):
        check_out(cart, actor)

    assert not Order.objects.exists()
    assert not Reservation.objects.exists()
    assert StoredEvent.objects.count() == events
    profiles.unblock_customer(customer_id=eve.pk, reason="settled", actor=SYSTEM)
    assert check_out(cart, actor).order.customer_id == eve.pk


def test_a_guest_with_the_address_of_a_blocked_customer_is_refused():
    shop = make_shop()
    eve = make_customer()
    make_identifier(customer=eve, value="eve@example.com", is_verified=True)
    profiles.block_customer(customer_id=eve.pk, reason="fraud", actor=SYSTEM)
    cart, actor = fill_cart(shop, email="eve@example.com")
    events, identifiers = StoredEvent.objects.count(), Identifier.objects.count()

    with pytest.raises(CustomerBlocked):
        check_out(cart, actor)

    assert not Order.objects.exists()
    assert (StoredEvent.objects.count(), Identifier.objects.count()) == (events, identifiers)
    other, somebody = fill_cart(shop, email="ann@example.com")
    assert check_out(other, somebody).order.email == "ann@example.com"


def add(cart, shop, actor):
    wish = Wish(shop.variant.pk, 1, Method.PICKUP, shop.location.pk)
    checkout.add_line(cart=cart, version=1, wish=wish, actor=actor)
