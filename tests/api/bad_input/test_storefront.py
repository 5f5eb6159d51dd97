"""What storefronts may send wrongly: shapes, foreign ids, carts, the checkout."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.identity.models import Identifier
from customers.profiles.operations import block_customer
from inventory.channels import operations as channels
from inventory.channels.models import Channel
from omni.access.actor import SYSTEM, Actor
from orders.checkout import operations as checkout
from orders.checkout.models import Cart, CartLine
from tests.api.bad_input.table import Bad, check, own
from tests.api.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bad-input")]

EUR = {"amount": 1000, "currency": "EUR"}
GUEST, EVE = "guest", "customer"
FIX = "Correct what `errors` names"

LINE = {"version": own("cart_version"), "variant_id": own("variant"), "method": "pickup"}
LINE |= {"location_id": own("location")}
LINES = "POST carts/{cart}/lines"
THIS_LINE = "carts/{cart}/lines/{cart_line}"
AT = {"version": own("cart_version")}
PAY = {**AT, "total": own("cart_total"), "payment": "pay_at_collection"}
CHECKOUT = "POST carts/{cart}/checkout"


# --- what happened before -------------------------------------------------------------------------


def the_channel_closed(world: World) -> None:
    channel = Channel.objects.get(pk=world.ids["gil"]["channel"])
    channels.close_channel(channel=channel, actor=SYSTEM)


def the_channel_changed_its_currency(world: World) -> None:
    Channel.objects.filter(pk=world.ids["gil"]["channel"]).update(currency="USD")


def the_cart_was_emptied(world: World) -> None:
    CartLine.objects.filter(cart_id=world.ids["gil"]["cart"]).delete()


def the_cart_was_held(world: World) -> None:
    ids = world.ids["gil"]
    guest = Actor(kind="anonymous", channel_id=ids["channel"])
    cart = checkout.CartRef(ids["cart"], ids["cart_token"])
    checkout.hold_cart(cart=cart, version=ids["cart_version"], actor=guest)


def nobody_said_who_orders(world: World) -> None:
    Cart.objects.filter(pk=world.ids["gil"]["cart"]).update(email="", phone="")


def the_customer_was_blocked(world: World) -> None:
    known = Identifier.objects.get(value=world.ids["gil"]["order_email"])
    block_customer(customer_id=known.customer_id, reason="fraud", actor=SYSTEM)


def the_cart_grew_old(world: World) -> None:
    Cart.objects.filter(pk=world.ids["gil"]["cart"]).update(status="expired")


# --- the table ------------------------------------------------------------------------------------

SHAPE = [
    Bad("a field that does not exist", GUEST, LINES, {**LINE, "colour": "red"},
        400, "invalid", FIX, field="colour:unknown_field"),
    Bad("a field that does not exist, nested", GUEST, CHECKOUT, {**PAY, "contact": {"mail": "x"}},
        400, "invalid", FIX, field="contact.mail:unknown_field"),
    Bad("a parameter that does not exist", GUEST, "GET products?colour=red", None,
        400, "invalid", FIX, field="colour:unknown_field"),
    Bad("a parameter where none is taken", GUEST, "GET carts/{cart}?full=1", None,
        400, "invalid", FIX, field="full:unknown_field"),
    Bad("a parameter given twice", GUEST, "GET products?search=a&search=b", None,
        400, "invalid", FIX, field="search:repeated"),
    Bad("a category that does not exist", GUEST, "GET products?category=nope", None,
        400, "invalid", FIX, field="category:unknown_category"),
    Bad("a store that does not exist", GUEST, "GET products?store=nope", None,
        400, "invalid", FIX, field="store:unknown_store"),
    Bad("a service that no store has", GUEST, "GET stores?service=nope", None,
        400, "invalid", FIX, field="service:invalid_choice"),
    Bad("a number as text", GUEST, LINES, {**LINE, "quantity": "2"},
        400, "invalid", FIX, field="quantity:wrong_type"),
    Bad("true as a number", GUEST, LINES, {**LINE, "quantity": True},
        400, "invalid", FIX, field="quantity:wrong_type"),
    Bad("a fraction of a unit", GUEST, LINES, {**LINE, "quantity": 1.5},
        400, "invalid", FIX, field="quantity:wrong_type"),
    Bad("nothing where something is needed", GUEST, LINES, {**LINE, "variant_id": None},
        400, "invalid", FIX, field="variant_id:null"),
    Bad("a list as an object", GUEST, LINES, [LINE], 400, "invalid", FIX),
    Bad("a text as an object", GUEST, CHECKOUT, {**PAY, "contact": "eve@example.com"},
        400, "invalid", FIX, field="contact:wrong_type"),
    Bad("an id that is none", GUEST, LINES, {**LINE, "variant_id": "42"},
        400, "invalid", FIX, field="variant_id:invalid"),
    Bad("an id that is none, in the path", GUEST, "GET carts/42", None,
        404, "not_found", "Check the ids"),
    Bad("a method that does not exist", GUEST, LINES, {**LINE, "method": "by_owl"},
        400, "invalid", FIX, field="method:invalid_choice"),
    Bad("a version that is left out", GUEST, LINES,
        {name: value for name, value in LINE.items() if name != "version"},
        400, "invalid", FIX, field="version:required"),
    Bad("a number beyond all columns", GUEST, LINES, {**LINE, "quantity": 10**30},
        400, "invalid", FIX, field="quantity:max_value"),
    Bad("a coordinate beyond the earth", GUEST, "GET stores?lat=95&lon=4", None,
        400, "invalid", FIX, field="lat:max_value"),
    Bad("a page of no size", GUEST, "GET products?limit=0", None,
        400, "invalid", FIX, field="limit:min_value"),
    Bad("a cursor that is made up", GUEST, "GET products?cursor=zzzz", None,
        400, "invalid_cursor", "Start again without one"),
    Bad("a body that is no JSON", GUEST, LINES, b'{"version": 1',
        400, "parse_error", "well-formed"),
    Bad("a body in another encoding", GUEST, CHECKOUT, '{"payment": "à"}'.encode("latin-1"),
        400, "parse_error", "UTF-8"),
    Bad("a body with a NUL character", GUEST, CHECKOUT, b'{"payment": "a\\u0000b"}',
        400, "parse_error", "well-formed"),
    Bad("a body that is not a number", GUEST, LINES, b'{"version": NaN}',
        400, "parse_error", "well-formed"),
    Bad("a body nested without end", GUEST, LINES, b"[" * 5000 + b"]" * 5000,
        400, "parse_error", "well-formed"),
    Bad("a body too large", GUEST, LINES, b'"' + b"x" * 1_048_577 + b'"',
        413, "body_too_large", "Send less"),
    Bad("no idempotency key", GUEST, CHECKOUT, PAY, 400, "idempotency_key_missing", "a fresh UUID",
        headers={"Idempotency-Key": ""}),
    Bad("an idempotency key too short", GUEST, CHECKOUT, PAY, 400, "idempotency_key_malformed",
        "send a UUID", headers={"Idempotency-Key": "1"}),
    Bad("a channel key that is unknown", GUEST, "GET channel", None, 401, "authentication_failed",
        "Get a new key", headers={"X-Channel-Key": "ck_" + "a" * 40}),
]  # fmt: skip

FOREIGN = [
    Bad("a cart of nobody, in the path", GUEST, "GET carts/{random}", None,
        404, "not_found", "Check the ids"),
    Bad("a cart of another, in the path", GUEST, "GET carts/{dan.cart}", None,
        404, "not_found", "Check the ids"),
    Bad("a cart of another in the same channel", GUEST, "POST carts/{eve.cart}/checkout", PAY,
        404, "not_found", "Check the ids"),
    Bad("a line of another's cart, in the path", GUEST, "PATCH carts/{cart}/lines/{eve.cart_line}",
        {**AT, "quantity": 1}, 404, "not_found", "Check the ids"),
    Bad("an order of another", EVE, "GET orders/{dan.order}", None,
        404, "not_found", "Check the ids", headers={"X-Order-Token": ""}),
    Bad("a payment of another's order", GUEST, "GET orders/{order}/payments/{dan.payment}", None,
        404, "not_found", "Check the ids"),
    Bad("an address of another", EVE, "PATCH account/addresses/{dan.address}", {"city": "Nice"},
        404, "not_found", "Check the ids"),
    Bad("a session of another", EVE, "DELETE account/session/{dan.session}", None,
        404, "not_found", "Check the ids"),
    Bad("a variant of nobody, in the body", GUEST, LINES, {**LINE, "variant_id": own("random")},
        409, "variant_not_offered", "Remove it"),
    Bad("a variant of another channel, in the body", GUEST, LINES,
        {**LINE, "variant_id": own("dan.own_variant")}, 409, "variant_not_offered", "Remove it"),
    Bad("a store of another channel, in the body", GUEST, LINES,
        {**LINE, "location_id": own("dan.location")}, 409, "method_not_offered", "Choose another"),
    Bad("an order line of another, in the body", GUEST, "POST orders/{order}/cancel",
        {"lines": [{"order_line_id": own("dan.order_line"), "quantity": 1}]},
        404, "not_found", "Check the ids"),
    Bad("an order looked up by another's e-mail", GUEST, "POST orders/look-up",
        {"number": own("order_number"), "email": "somebody@example.com"},
        404, "not_found", "Check the ids"),
    Bad("a pickup of another", GUEST, "POST pickups/{dan.fulfilment_order}/extend", {},
        404, "not_found", "Check the ids"),
    Bad("a return of another", GUEST, "POST returns/{dan.return}/cancel", {},
        404, "not_found", "Check the ids"),
]  # fmt: skip

CARTS = [
    Bad("a version that is stale", GUEST, LINES, {**LINE, "version": 1},
        409, "cart_changed", "Read it again"),
    Bad("a version that is stale, at checkout", GUEST, CHECKOUT, {**PAY, "version": 1},
        409, "cart_changed", "Read it again"),
    Bad("a version that is stale, when held", GUEST, "POST carts/{cart}/hold", {"version": 1},
        409, "cart_changed", "Read it again"),
    Bad("a version that is stale, when a line goes", GUEST, f"DELETE {THIS_LINE}?version=1", None,
        409, "cart_changed", "Read it again"),
    Bad("a quantity of zero", GUEST, LINES, {**LINE, "quantity": 0},
        400, "quantity_out_of_range", "Choose one from 1 to 9,999"),
    Bad("a negative quantity", GUEST, LINES, {**LINE, "quantity": -1},
        400, "quantity_out_of_range", "Choose one from 1 to 9,999"),
    Bad("a quantity changed to zero", GUEST, f"PATCH {THIS_LINE}", {**AT, "quantity": 0},
        400, "quantity_out_of_range", "Choose one from 1 to 9,999"),
    Bad("a quantity too large", GUEST, LINES, {**LINE, "quantity": 10_000},
        400, "quantity_out_of_range", "Choose one from 1 to 9,999"),
    Bad("more than there is", GUEST, f"PATCH {THIS_LINE}", {**AT, "quantity": 2_000},
        409, "out_of_stock", "Take less"),
    Bad("a pickup without a place", GUEST, LINES, {**LINE, "location_id": None},
        400, "location_missing", "Name the one at which"),
    Bad("an empty cart", GUEST, CHECKOUT, PAY, 409, "cart_empty", "Put something in",
        before=the_cart_was_emptied),
    Bad("an empty cart, when held", GUEST, "POST carts/{cart}/hold", AT,
        409, "cart_empty", "Put something in", before=the_cart_was_emptied),
    Bad("a cart too old", GUEST, CHECKOUT, PAY, 409, "cart_expired", "Start a new one",
        before=the_cart_grew_old),
    Bad("a total that was never shown", GUEST, CHECKOUT, {**PAY, "total": EUR | {"amount": 1}},
        409, "price_changed", "Show the new one"),
    Bad("a total in another currency", GUEST, CHECKOUT, {**PAY, "total": EUR | {"currency": "USD"}},
        409, "price_changed", "Show the new one"),
    Bad("a currency that does not exist", GUEST, CHECKOUT,
        {**PAY, "total": {"amount": 2000, "currency": "XXQ"}},
        400, "invalid", FIX, field="total:unknown_currency"),
    Bad("a currency in small letters", GUEST, CHECKOUT,
        {**PAY, "total": {"amount": 2000, "currency": "eur"}},
        400, "invalid", FIX, field="total:unknown_currency"),
    Bad("money as a fraction", GUEST, CHECKOUT,
        {**PAY, "total": {"amount": 20.0, "currency": "EUR"}},
        400, "invalid", FIX, field="total:wrong_type"),
    Bad("a negative total", GUEST, CHECKOUT,
        {**PAY, "total": {"amount": -1, "currency": "EUR"}},
        400, "invalid", FIX, field="total:too_small"),
    Bad("the currency of the channel is another by now", GUEST, CHECKOUT, PAY,
        409, "cart_currency_differs", "Start a new one", before=the_channel_changed_its_currency),
    Bad("a channel that is closed, for a new cart", GUEST, "POST carts", {},
        409, "channel_closed", "try again later", before=the_channel_closed),
    Bad("a channel that is closed, for a line", GUEST, LINES, LINE,
        409, "channel_closed", "try again later", before=the_channel_closed),
    Bad("a channel that is closed, at checkout", GUEST, CHECKOUT, PAY,
        409, "channel_closed", "try again later", before=the_channel_closed),
    Bad("a hold that is over", GUEST, CHECKOUT, PAY,
        409, "hold_expired", "Hold again", before=the_cart_was_held, later=timedelta(hours=1)),
    Bad("nobody to reach", GUEST, CHECKOUT, PAY,
        409, "contact_missing", "Send one as contact", before=nobody_said_who_orders),
    Bad("a customer who is blocked", GUEST, CHECKOUT, PAY,
        403, "customer_blocked", "ask customer service", before=the_customer_was_blocked),
    Bad("an e-mail that is none", GUEST, "PATCH carts/{cart}",
        {**AT, "contact": {"email": "not an address"}}, 400, "invalid_identifier", "Check"),
    Bad("a phone that is none", GUEST, "PATCH carts/{cart}",
        {**AT, "contact": {"phone": "12"}}, 400, "invalid_identifier", "Check"),
    Bad("a country that does not exist", GUEST, "PATCH carts/{cart}",
        {**AT, "shipping_address": {"name": "A", "street": "B", "city": "C", "country": "QQ"}},
        400, "invalid_address", "Check"),
    Bad("a code that opens no cart", GUEST, "POST carts/open-by-code", {"code": "AAAA-AAAA"},
        409, "handoff_code_not_valid", "Make a new one"),
]  # fmt: skip

TABLE = [*SHAPE, *FOREIGN, *CARTS]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_storefront_refuses_and_changes_nothing(bad_world: World, row: Bad) -> None:
    check(bad_world, row)
