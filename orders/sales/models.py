"""What was sold: orders, their lines and charges. Knows nothing of what lies above."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from inventory.catalog.models import Variant
from inventory.channels.models import Channel, TaxDisplay
from inventory.locations.models import Location, Method
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check


class OrderStatus(models.TextChoices):
    PLACED = "placed", _("Placed")
    IN_REVIEW = "in_review", _("In review")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Not paid in time")


ORDER_MOVES: Moves = {
    OrderStatus.PLACED: frozenset(
        {
            OrderStatus.CONFIRMED,
            OrderStatus.IN_REVIEW,
            OrderStatus.CANCELLED,
            OrderStatus.FAILED,
        }
    ),
    OrderStatus.IN_REVIEW: frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELLED}),
    OrderStatus.CONFIRMED: frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED}),
    # Taken back at the counter: a hand-over undone, a sale voided. A later return does not.
    OrderStatus.COMPLETED: frozenset({OrderStatus.CONFIRMED}),
    OrderStatus.CANCELLED: frozenset(),  # end state
    OrderStatus.FAILED: frozenset(),  # end state
}


class PaymentStatus(models.TextChoices):
    """Derived from the order's payments (``orders.payments.status``), stored for lists."""

    PENDING = "pending", _("Not paid")
    PARTLY_AUTHORISED = "partly_authorised", _("Partly authorised")
    AUTHORISED = "authorised", _("Authorised")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    OVERPAID = "overpaid", _("Overpaid")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    DISPUTED = "disputed", _("Disputed")


class FulfilmentStatus(models.TextChoices):
    """Derived from the counters of the lines, stored for lists."""

    UNFULFILLED = "unfulfilled", _("Not fulfilled")
    PARTLY_FULFILLED = "partly_fulfilled", _("Partly fulfilled")
    FULFILLED = "fulfilled", _("Fulfilled")


class ReturnStatus(models.TextChoices):
    """Derived from return cases and counters, stored for lists."""

    NONE = "none", _("No return")
    OPEN = "open", _("Return open")
    PARTLY_RETURNED = "partly_returned", _("Partly returned")
    RETURNED = "returned", _("Returned")


class PaymentPolicy(models.TextChoices):
    """What must be true before the work on an order starts."""

    PREPAID = "prepaid", _("Paid in advance")
    PAY_AT_COLLECTION = "pay_at_collection", _("Paid at collection")
    AT_TILL = "at_till", _("Paid at the till")
    ON_ACCOUNT = "on_account", _("On account")


class Order(Aggregate):
    """One sale of one channel to at most one customer, in one currency.

    Amounts are minor units. ``total_minor`` = Σ line totals + Σ adjustment totals, tax included, as
    sold; it never changes. ``cancelled_minor`` is what cancellations took off it, so that what is
    due is ``total_minor - cancelled_minor``. The three derived axes are written by the refresh
    functions of ``orders.sales.operations`` only. ``cart_id`` is unique: one order per cart.
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="orders")
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        help_text=_("Where it was sold, for sales at a till."),
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    cart_id = models.UUIDField(_("cart"), unique=True, null=True, blank=True, editable=False)
    token_digest = models.CharField(max_length=64, blank=True, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=OrderStatus.choices)
    payment_status = models.CharField(
        _("payment"),
        max_length=20,
        choices=PaymentStatus.choices,
        default=PaymentStatus.PENDING,
    )
    fulfilment_status = models.CharField(
        _("fulfilment"),
        max_length=20,
        choices=FulfilmentStatus.choices,
        default=FulfilmentStatus.UNFULFILLED,
    )
    return_status = models.CharField(
        _("return"), max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.NONE
    )
    payment_policy = models.CharField(
        _("payment policy"), max_length=20, choices=PaymentPolicy.choices
    )
    currency = models.CharField(_("currency"), max_length=3)
    tax_display = models.CharField(_("tax display"), max_length=8, choices=TaxDisplay.choices)
    total_minor = models.BigIntegerField(_("total"))
    tax_minor = models.BigIntegerField(_("of which tax"))
    cancelled_minor = models.BigIntegerField(_("cancelled"), default=0)
    contact_name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    principal = models.CharField(_("placed by"), max_length=80)
    placed_at = models.DateTimeField(_("placed"))
    pay_by_at = models.DateTimeField(_("to be paid by"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            status_check("status", OrderStatus, "order_status_known"),
            status_check("payment_status", PaymentStatus, "order_payment_status_known"),
            status_check("fulfilment_status", FulfilmentStatus, "order_fulfilment_status_known"),
            status_check("return_status", ReturnStatus, "order_return_status_known"),
            status_check("payment_policy", PaymentPolicy, "order_payment_policy_known"),
            models.CheckConstraint(
                condition=Q(cancelled_minor__gte=0, cancelled_minor__lte=F("total_minor")),
                name="order_cancelled_within_total",
            ),
        ]
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["customer", "-placed_at", "-id"], name="order_by_customer"),
            models.Index(fields=["channel", "-placed_at", "-id"], name="order_by_channel"),
            models.Index(fields=["status", "-placed_at", "-id"], name="order_by_status"),
            models.Index(fields=["email"], name="order_by_email"),
            models.Index(
                fields=["location", "placed_at"],
                name="order_by_till_of_store",
                condition=Q(location__isnull=False),
            ),
            models.Index(fields=["pay_by_at"], name="order_unpaid", condition=Q(status="placed")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def due_minor(self) -> int:
        """What the customer owes for what is still ordered, before any payment."""
        return self.total_minor - self.cancelled_minor


class OrderLine(Aggregate):
    """One variant of an order, by one method, from one location; name and price as sold.

    ``net_minor + tax_minor = total_minor``, for the whole quantity. The unit price is in the
    channel's tax display, for ``price_quantity`` units. The counters nest: cancelled + fulfilled ≤
    quantity, returned ≤ fulfilled; they move by guarded updates (``sales.add_counters``) only.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField(_("position"))
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="order_lines")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="order_lines"
    )
    method = models.CharField(_("method"), max_length=16, choices=Method.choices)
    sku = models.CharField(_("SKU"), max_length=64)
    name = models.CharField(_("name"), max_length=300)
    quantity = models.IntegerField(_("quantity"))
    price_minor = models.BigIntegerField(_("price"))
    price_quantity = models.PositiveIntegerField(_("units the price is for"), default=1)
    tax_rate = models.DecimalField(_("tax rate"), max_digits=7, decimal_places=5)
    net_minor = models.BigIntegerField(_("net"))
    tax_minor = models.BigIntegerField(_("tax"))
    total_minor = models.BigIntegerField(_("total"))
    cancelled_minor = models.BigIntegerField(_("cancelled amount"), default=0)
    quantity_cancelled = models.IntegerField(_("cancelled"), default=0)
    quantity_fulfilled = models.IntegerField(_("fulfilled"), default=0)
    quantity_returned = models.IntegerField(_("returned"), default=0)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="order_line_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(
                    quantity_cancelled__gte=0,
                    quantity_fulfilled__gte=0,
                    quantity_returned__gte=0,
                    quantity__gte=F("quantity_cancelled") + F("quantity_fulfilled"),
                    quantity_returned__lte=F("quantity_fulfilled"),
                ),
                name="order_line_quantities_nest",
            ),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor")),
                name="order_line_total_is_sum",
            ),
            status_check("method", Method, "order_line_method_known"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def quantity_open(self) -> int:
        """Units still to be fulfilled."""
        return self.quantity - self.quantity_cancelled - self.quantity_fulfilled

    @property
    def quantity_returnable(self) -> int:
        """Units that could still come back."""
        return self.quantity_fulfilled - self.quantity_returned


class AdjustmentKind(models.TextChoices):
    SHIPPING = "shipping", _("Shipping")
    DISCOUNT = "discount", _("Discount")
    ROUNDING = "rounding", _("Rounding")
    EXCHANGE = "exchange", _("Credit of an exchange")


class Adjustment(models.Model):
    """A charge or discount on a whole order, with its tax, as sold. Append-only."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="adjustments")
    kind = models.CharField(_("kind"), max_length=16, choices=AdjustmentKind.choices)
    label = models.CharField(_("label"), max_length=120, blank=True)
    credit_of = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("For a credit: the order whose goods were given back for it."),
    )
    tax_rate = models.DecimalField(_("tax rate"), max_digits=7, decimal_places=5)
    net_minor = models.BigIntegerField(_("net"))
    tax_minor = models.BigIntegerField(_("tax"))
    total_minor = models.BigIntegerField(_("total"))

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            status_check("kind", AdjustmentKind, "adjustment_kind_known"),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor")),
                name="adjustment_total_is_sum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.total_minor}"


class OrderAddress(models.Model):
    """Where an order is shipped, as given at that time: a copy, never a link."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="shipping_address")
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


class OrderLink(models.Model):
    """The link of an order's page, as mails carry it (``sales.links``).

    The token is derived from the deployment's key, the order and ``version``; its digest is how the
    order is found. It ends at ``expires_at``, which moves on whenever it is given out, and is
    revoked by a new version. Written by ``sales.links`` only.
    """

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, related_name="link", primary_key=True
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("link of an order")
        verbose_name_plural = _("links of orders")

    def __str__(self) -> str:
        return f"#{self.version}"


class OrderChange(models.Model):
    """What was changed on an order after it was placed, by whom and why. Append-only."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(_("kind"), max_length=24)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    details = models.JSONField(_("details"), default=dict)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")

    def __str__(self) -> str:
        return self.kind


class SalesCredit(models.Model):
    """Which store and which associate a line counts for; shares of a line add up to 10,000 bps."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="credits")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    user_id = models.UUIDField(_("associate"), null=True, blank=True)
    share_bps = models.IntegerField(_("share"), default=10_000)

    class Meta:
        verbose_name = _("sales credit")
        verbose_name_plural = _("sales credits")

    def __str__(self) -> str:
        return f"{self.share_bps}"
