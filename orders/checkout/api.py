"""Endpoints of carts: gather, hold, hand over, check out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from customers.identity.canonical import InvalidIdentifier
from customers.profiles.postal import InvalidAddress
from inventory.channels.operations import ChannelClosed
from inventory.locations.models import Method
from inventory.stock.operations import OutOfStock
from omni.core.errors import NotFound
from omni.rest import limits
from omni.rest.answers import Answer
from omni.rest.limits import TooManyAttempts
from omni.rest.serializers import Input, MoneyField, Query
from omni.rest.throttles import client_address
from omni.rest.views import ACCOUNT, PLAIN, STOREFRONT, Endpoint
from orders.checkout import errors as refused
from orders.checkout import operations as checkout
from orders.checkout import output
from orders.checkout.buyers import CustomerBlocked
from orders.checkout.operations import CartRef, CartState
from orders.pricing.queries import NotShippedThere
from orders.sales.drafts import AddressDraft

TOKEN = OpenApiParameter(
    "X-Cart-Token",
    str,
    OpenApiParameter.HEADER,
    description="A guest's proof of the cart, from the answer that opened it.",
)
CODE_TRIES = 10
CODE_WINDOW = timedelta(minutes=15)

CHANGE_ERRORS = [
    NotFound,
    refused.CartChanged,
    refused.CartOrdered,
    refused.CartMergedElsewhere,
    refused.CartIsExpired,
    refused.CartAtTill,
    refused.CartOfOtherCurrency,
    ChannelClosed,
]
LINE_ERRORS = [
    refused.QuantityOutOfRange,
    refused.VariantNotOffered,
    refused.MethodNotOffered,
    OutOfStock,
]


class CartInput(Input):
    """What a new cart is told."""

    device_id = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=80,
        help_text=_("Names the visitor's device, to join what they did before."),
    )


class VersionField(serializers.IntegerField):
    """The version that the caller saw."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 1)
        kwargs.setdefault("max_value", 2**31 - 1)
        kwargs.setdefault("help_text", _("The cart's `version` as you saw it."))
        super().__init__(**kwargs)


class LineInput(Input):
    """What is put into the cart."""

    version = VersionField()
    variant_id = serializers.UUIDField(help_text=_("What."))
    quantity = serializers.IntegerField(
        default=1,
        min_value=-(2**31),
        max_value=2**31 - 1,
        help_text=_("How many of its unit: 1 to 9,999 a line."),
    )
    method = serializers.ChoiceField(
        Method.choices, help_text=_("How it shall reach the customer.")
    )
    location_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text=_("Where it is collected or taken along; left out for what is sent."),
    )


class QuantityInput(Input):
    """A new quantity."""

    version = VersionField()
    quantity = serializers.IntegerField(
        min_value=-(2**31), max_value=2**31 - 1, help_text=_("1 to 9,999.")
    )


class VersionInput(Input):
    """Which version of the cart is meant."""

    version = VersionField()


class VersionQuery(Query):
    """Which version of the cart is meant."""

    version = VersionField()


class ContactInput(Input):
    """Who orders. A guest must name an e-mail address or a phone number to check out."""

    name = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, help_text=_("Full name.")
    )
    email = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=254, help_text=_("E-mail.")
    )
    phone = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=32,
        help_text=_("National numbers are read as of the channel's country."),
    )


class ShippingAddressInput(Input):
    """Where it is shipped."""

    name = serializers.CharField(max_length=200, help_text=_("Recipient."))
    street = serializers.CharField(max_length=250, help_text=_("Street and number."))
    postal_code = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=20, help_text=_("Postal code.")
    )
    city = serializers.CharField(max_length=100, help_text=_("City."))
    region = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=100, help_text=_("State.")
    )
    country = serializers.CharField(max_length=2, help_text=_("ISO 3166, two letters."))
    phone = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=32, help_text=_("For the carrier.")
    )


class CartChangeInput(Input):
    """What is told about the order; what is left out stays."""

    version = VersionField()
    contact = ContactInput(required=False, help_text=_("Who orders."))
    shipping_address = ShippingAddressInput(required=False, help_text=_("Where it is shipped."))


class CodeInput(Input):
    """The code shown where the cart is open."""

    code = serializers.CharField(max_length=32, help_text=_("As read or typed; case is ignored."))


class CheckoutInput(Input):
    """What the buyer agreed to."""

    version = VersionField()
    total = MoneyField(help_text=_("The total that the buyer saw."))
    payment = serializers.ChoiceField(
        [checkout.PAY_AT_COLLECTION, checkout.ONLINE],
        help_text=_("pay_at_collection: everything is collected. online: pay next."),
    )
    contact = ContactInput(
        required=False,
        help_text=_("Who orders, if not told before. Signed-in customers may leave it out."),
    )


class Carts(Endpoint):
    """Where carts begin."""

    permission = STOREFRONT
    errors = [ChannelClosed]

    @extend_schema(request=CartInput, responses={201: output.OpenedCartOutput})
    def post(self, request: Request) -> Answer:
        """Begin a cart. A signed-in customer has one per currency and gets that one again."""
        opened = checkout.create_cart(**self.given(CartInput), actor=self.actor)
        return self.created(_opened(opened))


class CartById(Endpoint):
    """A cart, proved by its token or by its customer's session."""

    permission = STOREFRONT
    errors = [*CHANGE_ERRORS, InvalidIdentifier, InvalidAddress]

    @extend_schema(parameters=[TOKEN], responses={200: output.CartOutput})
    def get(self, request: Request, cart_id: UUID) -> Answer:
        """The cart with prices and availability of the channel that asks."""
        return _cart(self, checkout.read_cart(_ref(request, cart_id), actor=self.actor))

    @extend_schema(parameters=[TOKEN], request=CartChangeInput, responses={200: output.CartOutput})
    def patch(self, request: Request, cart_id: UUID) -> Answer:
        """Say who orders and where it is shipped."""
        given = self.given(CartChangeInput)
        contact, address = given.get("contact"), given.get("shipping_address")
        state = checkout.set_contact(
            cart=_ref(request, cart_id),
            version=given["version"],
            contact=checkout.Contact(**contact) if contact is not None else None,
            address=AddressDraft(**address) if address is not None else None,
            actor=self.actor,
        )
        return _cart(self, state)


class CartLines(Endpoint):
    """The lines of a cart."""

    permission = STOREFRONT
    errors = [*CHANGE_ERRORS, *LINE_ERRORS, refused.CartFull, refused.LocationMissing]

    @extend_schema(parameters=[TOKEN], request=LineInput, responses={201: output.CartOutput})
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Put something in. The same variant in the same way grows the line that is there."""
        given = self.given(LineInput)
        version = given.pop("version")
        state = checkout.add_line(
            cart=_ref(request, cart_id),
            version=version,
            wish=checkout.Wish(**given),
            actor=self.actor,
        )
        return self.created(output.cart_dict(state))


class CartLineById(Endpoint):
    """One line of a cart."""

    permission = STOREFRONT
    query = {"DELETE": VersionQuery}
    errors = [*CHANGE_ERRORS, *LINE_ERRORS]

    @extend_schema(parameters=[TOKEN], request=QuantityInput, responses={200: output.CartOutput})
    def patch(self, request: Request, cart_id: UUID, line_id: UUID) -> Answer:
        """Set the quantity."""
        given = self.given(QuantityInput)
        cart = _ref(request, cart_id)
        return _cart(
            self, checkout.change_line(cart=cart, line_id=line_id, actor=self.actor, **given)
        )

    @extend_schema(parameters=[TOKEN], responses={200: output.CartOutput})
    def delete(self, request: Request, cart_id: UUID, line_id: UUID) -> Answer:
        """Take the line out."""
        cart, version = _ref(request, cart_id), self.params["version"]
        state = checkout.remove_line(cart=cart, line_id=line_id, version=version, actor=self.actor)
        return _cart(self, state)


class CartHold(Endpoint):
    """The hold of a cart on stock."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}
    errors = [*CHANGE_ERRORS, *LINE_ERRORS, refused.CartEmpty]

    @extend_schema(parameters=[TOKEN], request=VersionInput, responses={200: output.CartOutput})
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Keep everything in the cart for some minutes; again to start the time anew."""
        given = self.given(VersionInput)
        cart = _ref(request, cart_id)
        return _cart(self, checkout.hold_cart(cart=cart, actor=self.actor, **given))

    @extend_schema(parameters=[TOKEN], responses={200: output.CartOutput})
    def delete(self, request: Request, cart_id: UUID) -> Answer:
        """Give up the hold."""
        return _cart(self, checkout.release_hold(cart=_ref(request, cart_id), actor=self.actor))


class CartHandoffCode(Endpoint):
    """The code that opens a cart elsewhere."""

    permission = STOREFRONT
    errors = CHANGE_ERRORS

    @extend_schema(parameters=[TOKEN], request=None, responses={201: output.HandoffCodeOutput})
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Make a code for another device or the till; an earlier one no longer works."""
        made = checkout.make_handoff_code(cart=_ref(request, cart_id), actor=self.actor)
        return self.created({"code": made.code, "expires_at": made.expires_at})


class OpenCartByCode(Endpoint):
    """A cart that comes from another device."""

    permission = STOREFRONT
    errors = [refused.CodeNotValid, TooManyAttempts, *CHANGE_ERRORS]

    def guard(self, request: Request, **kwargs: Any) -> None:
        """A code has 40 bits and lives 15 minutes; whoever tries gets ten in that time."""
        caller = f"{self.actor.principal}@{client_address(request._request)}"  # noqa: SLF001
        limits.spend("carts.open_by_code", caller, CODE_TRIES, CODE_WINDOW)

    @extend_schema(request=CodeInput, responses={200: output.OpenedCartOutput})
    def post(self, request: Request) -> Answer:
        """Open a cart on this device by its code. The code works once."""
        given = self.given(CodeInput)
        return self.ok(_opened(checkout.open_by_code(code=given["code"], actor=self.actor)))


class ClaimCart(Endpoint):
    """A guest's cart at sign-in."""

    permission = ACCOUNT
    errors = CHANGE_ERRORS

    @extend_schema(parameters=[TOKEN], request=None, responses={200: output.CartOutput})
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Make the guest's cart the customer's; its lines join the cart they have already."""
        return _cart(self, checkout.claim_cart(cart=_ref(request, cart_id), actor=self.actor))


class CheckOutCart(Endpoint):
    """The checkout."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}
    errors = [
        *CHANGE_ERRORS,
        refused.CartEmpty,
        refused.VariantNotOffered,
        refused.MethodNotOffered,
        refused.HoldExpired,
        refused.AddressMissing,
        refused.ContactMissing,
        refused.PaymentNotOffered,
        refused.PriceChanged,
        NotShippedThere,
        InvalidIdentifier,
        CustomerBlocked,
        OutOfStock,
    ]

    @extend_schema(
        parameters=[TOKEN], request=CheckoutInput, responses={201: output.CheckedOutOutput}
    )
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Turn the cart into an order at the total shown. A repeat answers the same order."""
        given = self.given(CheckoutInput)
        contact = given.get("contact")
        intent = checkout.Intent(
            version=given["version"],
            total=given["total"],
            payment=given["payment"],
            contact=checkout.Contact(**contact) if contact is not None else None,
        )
        done = checkout.check_out_cart(cart=_ref(request, cart_id), intent=intent, actor=self.actor)
        return self.created(
            output.checked_out_dict(done), location=f"/api/v1/orders/{done.order.pk}"
        )


def _ref(request: Request, cart_id: UUID) -> CartRef:
    return CartRef(cart_id, request.META.get("HTTP_X_CART_TOKEN", ""))


def _cart(endpoint: Endpoint, state: CartState) -> Answer:
    return endpoint.ok(output.cart_dict(state))


def _opened(opened: checkout.OpenedCart) -> dict[str, Any]:
    return {"cart": output.cart_dict(opened.state), "token": opened.token or None}
