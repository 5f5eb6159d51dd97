"""Carts: what a customer gathers in any channel until it becomes an order."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from inventory.catalog.models import Variant
from inventory.channels.models import Channel
from inventory.locations.models import Location, Method
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check
from orders.sales.models import Order


class CartStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    COMPLETING = "completing", _("Being ordered")
    PARKED = "parked", _("Parked")
    AT_TILL = "at_till", _("At the till")
    ORDERED = "ordered", _("Ordered")
    MERGED = "merged", _("Merged into another cart")
    EXPIRED = "expired", _("Expired")


_C = CartStatus

CART_MOVES: Moves = {
    _C.ACTIVE: frozenset({_C.COMPLETING, _C.PARKED, _C.AT_TILL, _C.ORDERED, _C.MERGED, _C.EXPIRED}),
    _C.COMPLETING: frozenset({_C.ORDERED, _C.ACTIVE}),
    _C.PARKED: frozenset({_C.AT_TILL, _C.ACTIVE, _C.EXPIRED}),
    _C.AT_TILL: frozenset({_C.ACTIVE, _C.PARKED, _C.ORDERED, _C.EXPIRED}),
    _C.ORDERED: frozenset(),  # end state
    _C.MERGED: frozenset(),  # end state
    _C.EXPIRED: frozenset(),  # end state
}


class Cart(Aggregate):
    """A cart of one currency, shared by all channels of that currency and the till.

    What a customer began in the app goes on in the web shop: they have one active cart a currency.
    ``channel`` is where it was last changed; prices are those of the channel that looks at it, and
    the order belongs to the channel that checks out. At most one order. ``version`` rises with
    every change and is compared at every change (compare-and-set). A guest proves the cart by its
    token, of which the digest lies here. ``handoff_digest`` is that of a short code by which
    another device or a till opens it until ``handoff_until``. ``held_until`` stays as it was when a
    hold runs out, so that a checkout after it is told so. Written by ``orders.checkout`` only.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="carts")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="carts"
    )
    status = models.CharField(
        _("status"), max_length=16, choices=CartStatus.choices, default=CartStatus.ACTIVE
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    currency = models.CharField(_("currency"), max_length=3)
    token_digest = models.CharField(max_length=64, blank=True, editable=False)
    device_id = models.CharField(_("device"), max_length=80, blank=True)
    contact_name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    register_id = models.UUIDField(_("register"), null=True, blank=True)
    parked_by = models.UUIDField(_("parked by"), null=True, blank=True)
    handoff_digest = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    handoff_until = models.DateTimeField(null=True, blank=True, editable=False)
    held_until = models.DateTimeField(_("stock held until"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from"
    )
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="cart"
    )
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("last activity"))

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            status_check("status", CartStatus, "cart_status_known"),
            models.UniqueConstraint(
                fields=["currency", "customer"],
                condition=Q(status="active", customer__isnull=False),
                name="cart_one_active_a_customer",
            ),
            models.CheckConstraint(
                condition=~Q(status="ordered") | Q(order__isnull=False),
                name="cart_ordered_has_order",
            ),
        ]
        indexes = [
            # By ``created_at``: an index over what every change writes would make each dearer, and
            # no cart is idle for longer than it exists.
            models.Index(
                fields=["created_at"],
                name="cart_idle",
                condition=Q(status__in=["active", "parked", "at_till"]),
            ),
            models.Index(
                fields=["register_id"],
                name="cart_at_tills",
                condition=Q(status__in=["parked", "at_till"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class CartLine(Aggregate):
    """A quantity of a variant by one method; the location is named for pickup and take-along."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    method = models.CharField(_("method"), max_length=16, choices=Method.choices)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        constraints = [
            models.UniqueConstraint(
                fields=["cart", "variant", "method", "location"],
                name="cart_line_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_quantity_positive"),
            status_check("method", Method, "cart_line_method_known"),
            models.CheckConstraint(
                condition=~Q(method__in=["pickup", "carry_out"]) | Q(location__isnull=False),
                name="cart_line_place_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}"


class CartAddress(models.Model):
    """Where the shipped lines of a cart go."""

    cart = models.OneToOneField(Cart, on_delete=models.CASCADE, related_name="shipping_address")
    name = models.CharField(_("recipient"), max_length=200)
    street = models.CharField(_("street"), max_length=250)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100)
    region = models.CharField(_("region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2)
    phone = models.CharField(_("phone"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("shipping address")
        verbose_name_plural = _("shipping addresses")

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"
