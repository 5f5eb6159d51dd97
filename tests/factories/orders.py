"""Smallest valid rows of orders; state beyond that is reached by calling operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory.catalog.models import Variant
from inventory.channels.models import Channel
from inventory.locations.models import Location, Method
from omni.access.actor import SYSTEM, Actor
from omni.core.money import Money
from orders.checkout import operations as checkout
from orders.pricing.models import ShippingRate, TaxRate
from orders.sales import operations as sales
from orders.sales.drafts import LineDraft, OrderDraft
from orders.sales.models import Order, PaymentPolicy
from tests.factories.inventory import (
    make_channel,
    make_listing,
    make_location,
    make_variant,
    stock_up,
)


def make_tax_rate(country: str = "FR", rate: str = "0.20", **over: Any) -> TaxRate:
    """The standard rate of France, since 2000."""
    values = {"tax_class": "standard", "valid_from": date(2000, 1, 1)} | over
    return TaxRate.objects.create(country=country, rate=Decimal(rate), **values)


def make_shipping_rate(channel: Channel, price_minor: int = 490, **over: Any) -> ShippingRate:
    """Shipping to everywhere at 4.90."""
    return ShippingRate.objects.create(channel=channel, price_minor=price_minor, **over)


@dataclass(frozen=True, slots=True)
class Shop:
    """A web channel with one store and one variant at 19.99, ten in stock, 20 % tax included."""

    channel: Channel
    location: Location
    variant: Variant

    @property
    def guest(self) -> Actor:
        """Somebody at the storefront who is not signed in."""
        return Actor(kind="anonymous", channel_id=self.channel.pk)

    def customer(self, customer_id: UUID) -> Actor:
        """A signed-in customer at the storefront."""
        return Actor(kind="customer", customer_id=customer_id, channel_id=self.channel.pk)


def make_shop(*, stock: int = 10, price_minor: int = 1999, **over: Any) -> Shop:
    """Channel, store, variant, listing, tax and stock: enough to sell something."""
    location = make_location()
    channel = make_channel(locations=[location], **over)
    TaxRate.objects.get_or_create(
        country="FR",
        region="",
        tax_class="standard",
        valid_from=date(2000, 1, 1),
        defaults={"rate": Decimal("0.20")},
    )
    variant = make_variant()
    make_listing(variant, channel, price_minor)
    if stock:
        stock_up(variant, location, stock)
    return Shop(channel, location, variant)


def make_line_draft(**over: Any) -> LineDraft:
    """One unit at 19.99, 20 % included, to be collected."""
    variant = over.pop("variant", None) or make_variant()
    location = over.pop("location", None) or make_location()
    quantity = over.get("quantity", 1)
    total = 1999 * quantity
    values = {
        "variant_id": variant.pk,
        "sku": variant.sku,
        "name": "Shirt",
        "quantity": 1,
        "method": Method.PICKUP,
        "location_id": location.pk,
        "price_minor": 1999,
        "tax_rate": Decimal("0.20000"),
        "net_minor": total - total // 6,
        "tax_minor": total // 6,
        "total_minor": total,
    }
    return LineDraft(**values | over)


def make_order_draft(**over: Any) -> OrderDraft:
    """An order of one line in a new channel, to be paid in advance."""
    channel = over.pop("channel", None) or make_channel()
    values = {
        "channel_id": channel.pk,
        "currency": channel.currency,
        "tax_display": channel.tax_display,
        "payment_policy": PaymentPolicy.PREPAID,
        "email": "eve@example.com",
    } | over
    if "lines" not in values:
        values["lines"] = [make_line_draft()]
    return OrderDraft(**values)


def make_order(*, actor: Actor = SYSTEM, **over: Any) -> Order:
    """An order without stock behind it; ``order_from_cart`` makes one by the checkout."""
    return sales.create_order(draft=make_order_draft(**over), actor=actor)


def make_cart(shop: Shop, *, actor: Actor | None = None) -> tuple[checkout.CartRef, Actor]:
    """An empty cart of a guest (or of the actor), and who holds it."""
    holder = actor or shop.guest
    opened = checkout.create_cart(actor=holder)
    return checkout.CartRef(opened.state.header.id, opened.token), holder


def fill_cart(
    shop: Shop,
    quantity: int = 1,
    *,
    actor: Actor | None = None,
    method: str = Method.PICKUP,
    email: str = "eve@example.com",
) -> tuple[checkout.CartRef, Actor]:
    """A cart with the shop's variant and a contact."""
    cart, holder = make_cart(shop, actor=actor)
    location_id = shop.location.pk if method in (Method.PICKUP, Method.CARRY_OUT) else None
    state = checkout.add_line(
        cart=cart,
        version=1,
        wish=checkout.Wish(shop.variant.pk, quantity, method, location_id),
        actor=holder,
    )
    checkout.set_contact(
        cart=cart,
        version=state.header.version,
        contact=checkout.Contact("Eve Adams", email),
        actor=holder,
    )
    return cart, holder


def intent_of(
    cart: checkout.CartRef, actor: Actor, payment: str = checkout.PAY_AT_COLLECTION
) -> checkout.Intent:
    """What somebody agrees to who looks at the cart now."""
    state = checkout.read_cart(cart, actor=actor)
    total = Money(state.quote.total_minor, state.header.currency)
    return checkout.Intent(state.header.version, total, payment)


def order_from_cart(
    shop: Shop, quantity: int = 1, *, payment: str = checkout.PAY_AT_COLLECTION, **over: Any
) -> checkout.CheckedOut:
    """An order placed the way customers do: stock committed, confirmed if paid at collection."""
    cart, actor = fill_cart(shop, quantity, **over)
    return checkout.check_out_cart(cart=cart, intent=intent_of(cart, actor, payment), actor=actor)
