"""How carts and finished checkouts look in the API: plain dicts, and what documents them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inventory.locations.models import Method
from omni.rest.serializers import MoneyField, Output
from orders.checkout.models import CartStatus
from orders.checkout.placing import CheckedOut
from orders.checkout.reading import CartState, Header, Line
from orders.pricing.queries import NotShippedThere
from orders.pricing.quote import Amount
from orders.sales.models import OrderStatus
from orders.sales.output import OrderOutput, order_dict

LINE_PROBLEMS = [
    "variant_not_offered",
    "method_not_offered",
    "out_of_stock",
    NotShippedThere.code,
]


class PlaceOutput(Output):
    """A location by name."""

    id = serializers.UUIDField(help_text=_("Its id."))
    name = serializers.CharField(help_text=_("Its name."))


class CartLineOutput(Output):
    """One line with its price in the channel that looks at it."""

    id = serializers.UUIDField(help_text=_("Names the line in further requests."))
    variant_id = serializers.UUIDField(help_text=_("What it is."))
    sku = serializers.CharField(help_text=_("Stock keeping unit."))
    name = serializers.CharField(help_text=_("Product and variant, in the channel's language."))
    quantity = serializers.IntegerField(help_text=_("In the variant's unit."))
    method = serializers.ChoiceField(Method.choices, help_text=_("How it reaches the customer."))
    location = PlaceOutput(allow_null=True, help_text=_("Where it is collected or taken along."))
    price = MoneyField(allow_null=True, help_text=_("For `price_quantity` units; null: not sold."))
    price_quantity = serializers.IntegerField(help_text=_("Units that the price is for."))
    total = MoneyField(help_text=_("With tax, for the whole quantity."))
    available = serializers.IntegerField(
        allow_null=True, help_text=_("Units that can be had, own holds included; null: unlimited.")
    )
    problem = serializers.ChoiceField(
        LINE_PROBLEMS,
        allow_null=True,
        help_text=_(
            "What keeps the line from being ordered. not_shipped_there: change the address, or"
            " collect it."
        ),
    )


class ContactOutput(Output):
    """Who orders."""

    name = serializers.CharField(allow_blank=True, help_text=_("Full name."))
    email = serializers.CharField(allow_blank=True, help_text=_("E-mail address."))
    phone = serializers.CharField(allow_blank=True, help_text=_("In international form."))


class ShippingAddressOutput(Output):
    """Where it is shipped."""

    name = serializers.CharField(help_text=_("Recipient."))
    street = serializers.CharField(help_text=_("Street and number."))
    postal_code = serializers.CharField(allow_blank=True, help_text=_("Postal code."))
    city = serializers.CharField(help_text=_("City."))
    region = serializers.CharField(allow_blank=True, help_text=_("State or province."))
    country = serializers.CharField(help_text=_("ISO 3166, two letters."))
    phone = serializers.CharField(allow_blank=True, help_text=_("For the carrier."))


class CartOutput(Output):
    """A cart as the channel sees it. Send its `version` and `total` with what you do next."""

    id = serializers.UUIDField(help_text=_("Its id. It is no credential."))
    version = serializers.IntegerField(help_text=_("Rises with every change."))
    status = serializers.ChoiceField(CartStatus.choices, help_text=_("at_till: being rung up."))
    currency = serializers.CharField(help_text=_("ISO 4217."))
    lines = CartLineOutput(many=True, help_text=_("In the order in which they were added."))
    contact = ContactOutput(help_text=_("Who orders; blank until told."))
    shipping_address = ShippingAddressOutput(allow_null=True, help_text=_("If one was given."))
    goods = MoneyField(help_text=_("The lines in the channel's display, without shipping."))
    shipping = MoneyField(
        allow_null=True,
        help_text=_(
            "With tax; null until it is known where to, or while nothing is shipped there."
        ),
    )
    tax = MoneyField(help_text=_("Tax in the total."))
    total = MoneyField(help_text=_("What is to be paid, tax included."))
    held_until = serializers.DateTimeField(
        allow_null=True, help_text=_("Until when the stock is kept; in the past: no longer.")
    )
    order_id = serializers.UUIDField(allow_null=True, help_text=_("The order it became."))
    merged_into = serializers.UUIDField(allow_null=True, help_text=_("The cart it went into."))


class OpenedCartOutput(Output):
    """A cart and, for a guest, its token."""

    cart = CartOutput(help_text=_("The cart."))
    token = serializers.CharField(
        allow_null=True,
        help_text=_("Proves the cart in X-Cart-Token. Given now only; null when signed in."),
    )


class HandoffCodeOutput(Output):
    """A code that opens the cart once, elsewhere."""

    code = serializers.CharField(help_text=_("For people to read and type."))
    expires_at = serializers.DateTimeField(help_text=_("Until when it works."))


class CheckoutPickupOutput(Output):
    """Where and by when goods can be collected; the order shows the code once they wait."""

    id = serializers.UUIDField(help_text=_("Names the pickup in further requests."))
    location_id = serializers.UUIDField(help_text=_("Where."))
    due_at = serializers.DateTimeField(allow_null=True, help_text=_("When it will be ready."))


class NextActionOutput(Output):
    """What is to be done for the order to go on."""

    type = serializers.ChoiceField(["pay"], help_text=_("pay: start a payment."))
    url = serializers.CharField(help_text=_("Where to POST."))
    expires_at = serializers.DateTimeField(help_text=_("Until when."))


class CheckedOutOutput(Output):
    """The order of the cart; the same one on every repeat."""

    order = OrderOutput(help_text=_("The order."))
    token = serializers.CharField(
        allow_null=True, help_text=_("Proves a guest's order in X-Order-Token.")
    )
    pickups = CheckoutPickupOutput(many=True, help_text=_("Empty until the order is confirmed."))
    next_action = NextActionOutput(allow_null=True, help_text=_("Null: nothing is to be done."))


def cart_dict(state: CartState) -> dict[str, Any]:
    """A cart as ``CartOutput`` says."""
    header, quote = state.header, state.quote
    currency = header.currency
    return {
        "id": header.id,
        "version": header.version,
        "status": header.status,
        "currency": currency,
        "lines": [
            _line(line, amount, state)
            for line, amount in zip(state.lines, quote.lines, strict=True)
        ],
        "contact": {
            "name": header.contact_name,
            "email": header.email,
            "phone": header.phone,
        },
        "shipping_address": _address(header) if header.address_id is not None else None,
        "goods": money(quote.goods_minor, currency),
        "shipping": money(quote.shipping.total_minor, currency) if quote.shipping else None,
        "tax": money(quote.tax_minor, currency),
        "total": money(quote.total_minor, currency),
        "held_until": header.held_until,
        "order_id": header.order_id,
        "merged_into": header.merged_into_id,
    }


def checked_out_dict(done: CheckedOut) -> dict[str, Any]:
    """A finished checkout as ``CheckedOutOutput`` says."""
    order = done.order
    waits = order.status == OrderStatus.PLACED and order.pay_by_at is not None
    return {
        "order": order_dict(order, done.lines, for_guest=done.token is not None),
        "token": done.token,
        "pickups": [
            {
                "id": row.pk,
                "location_id": row.location_id,
                "due_at": row.due_at,
            }
            for row in done.fulfilment_orders
            if row.method == Method.PICKUP
        ],
        "next_action": {
            "type": "pay",
            "url": f"/api/v1/orders/{order.pk}/payments",
            "expires_at": order.pay_by_at,
        }
        if waits
        else None,
    }


def money(minor: int, currency: str) -> dict[str, Any]:
    """The API's form of an amount."""
    return {"amount": minor, "currency": currency}


def _line(line: Line, amount: Amount, state: CartState) -> dict[str, Any]:
    price, currency = line.price_minor, state.header.currency
    place = {"id": line.location_id, "name": line.location_name} if line.location_id else None
    return {
        "id": line.id,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "method": line.method,
        "location": place,
        "price": None if price is None else money(price, currency),
        "price_quantity": line.price_quantity or 1,
        "total": money(amount.total_minor, currency),
        "available": line.available,
        "problem": _problem(line, state),
    }


def _problem(line: Line, state: CartState) -> str | None:
    """The line's own problem, or that it would be sent to where the channel does not ship."""
    if line.problem is None and line.is_sent and state.header.address_id is not None:
        return None if state.shipping else NotShippedThere.code
    return line.problem


def _address(header: Header) -> dict[str, Any]:
    return {
        "name": header.recipient,
        "street": header.street,
        "postal_code": header.postal_code,
        "city": header.city,
        "region": header.region,
        "country": header.country,
        "phone": header.address_phone,
    }
