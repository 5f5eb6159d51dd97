"""Goods and money coming back: return cases, their lines, exchanges."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from inventory.catalog.models import Variant
from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check
from orders.sales.models import Order, OrderLine


class ReturnKind(models.TextChoices):
    RETURN = "return", _("Return")
    EXCHANGE = "exchange", _("Exchange")
    CLAIM = "claim", _("Claim")
    NO_RECEIPT = "no_receipt", _("Return without receipt")


class LogisticsState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    AUTHORISED = "authorised", _("Authorised")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    IN_TRANSIT = "in_transit", _("On its way")
    LOST = "lost", _("Lost")
    PARTLY_RECEIVED = "partly_received", _("Partly received")
    RECEIVED = "received", _("Received")
    INSPECTED = "inspected", _("Inspected")
    REFUSED = "refused", _("Refused")
    SENT_BACK = "sent_back", _("Sent back")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


_L = LogisticsState

LOGISTICS_MOVES: Moves = {
    _L.REQUESTED: frozenset({_L.AUTHORISED, _L.DECLINED, _L.CANCELLED}),
    _L.AUTHORISED: frozenset(
        {_L.IN_TRANSIT, _L.PARTLY_RECEIVED, _L.RECEIVED, _L.EXPIRED, _L.CANCELLED}
    ),
    _L.IN_TRANSIT: frozenset({_L.PARTLY_RECEIVED, _L.RECEIVED, _L.LOST}),
    _L.PARTLY_RECEIVED: frozenset({_L.RECEIVED, _L.INSPECTED}),
    _L.RECEIVED: frozenset({_L.INSPECTED}),
    _L.INSPECTED: frozenset({_L.CLOSED, _L.REFUSED}),
    _L.REFUSED: frozenset({_L.SENT_BACK}),
    _L.SENT_BACK: frozenset({_L.CLOSED}),
    _L.DECLINED: frozenset(),  # end state
    _L.EXPIRED: frozenset(),  # end state
    _L.LOST: frozenset({_L.CLOSED}),
    _L.CLOSED: frozenset(),  # end state
    _L.CANCELLED: frozenset(),  # end state
}


OPEN_CASES = [
    _L.REQUESTED,
    _L.AUTHORISED,
    _L.IN_TRANSIT,
    _L.LOST,
    _L.PARTLY_RECEIVED,
    _L.RECEIVED,
    _L.INSPECTED,
    _L.REFUSED,
    _L.SENT_BACK,
]


class MoneyState(models.TextChoices):
    NONE = "none", _("Nothing due")
    DUE = "due", _("Due")
    PARTLY_SETTLED = "partly_settled", _("Partly settled")
    SETTLED = "settled", _("Settled")
    FAILED = "failed", _("Failed")


MONEY_MOVES: Moves = {
    MoneyState.NONE: frozenset({MoneyState.DUE, MoneyState.SETTLED}),
    MoneyState.DUE: frozenset({MoneyState.PARTLY_SETTLED, MoneyState.SETTLED, MoneyState.FAILED}),
    MoneyState.PARTLY_SETTLED: frozenset({MoneyState.SETTLED, MoneyState.FAILED}),
    MoneyState.FAILED: frozenset({MoneyState.DUE}),  # with another tender
    MoneyState.SETTLED: frozenset(),  # end state
}


class ReplacementState(models.TextChoices):
    NONE = "none", _("No replacement")
    RESERVED = "reserved", _("Reserved")
    RELEASED = "released", _("Released for dispatch")
    FULFILLED = "fulfilled", _("Given")
    UNAVAILABLE = "unavailable", _("Not available")


REPLACEMENT_MOVES: Moves = {
    ReplacementState.NONE: frozenset({ReplacementState.RESERVED, ReplacementState.FULFILLED}),
    ReplacementState.RESERVED: frozenset(
        {ReplacementState.RELEASED, ReplacementState.FULFILLED, ReplacementState.UNAVAILABLE}
    ),
    ReplacementState.RELEASED: frozenset({ReplacementState.FULFILLED}),
    ReplacementState.FULFILLED: frozenset(),  # end state
    ReplacementState.UNAVAILABLE: frozenset(),  # end state: a refund instead
}


class ReturnCase(Aggregate):
    """Goods and money coming back of one order, at any location; or without receipt of none.

    Three axes: logistics (``status``), money, replacement. ``refund_minor`` is what the customer
    gets back in all, ``refunded_minor`` what has succeeded, in the currency of the order.
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=ReturnKind.choices)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="return_cases"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="return_cases"
    )
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="return_cases")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="return_cases"
    )
    status = models.CharField(_("logistics"), max_length=16, choices=LogisticsState.choices)
    money_status = models.CharField(
        _("money"), max_length=16, choices=MoneyState.choices, default=MoneyState.NONE
    )
    replacement_status = models.CharField(
        _("replacement"),
        max_length=16,
        choices=ReplacementState.choices,
        default=ReplacementState.NONE,
    )
    currency = models.CharField(_("currency"), max_length=3)
    refund_minor = models.BigIntegerField(_("to refund"), default=0)
    refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    reference = models.CharField(
        _("reference"),
        max_length=200,
        unique=True,
        null=True,
        blank=True,
        help_text=_("What asked for it: the same twice is one case."),
    )
    evidence = models.CharField(_("evidence"), max_length=250, blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    principal = models.CharField(_("opened by"), max_length=80)
    opened_at = models.DateTimeField(_("opened"))
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("return case")
        verbose_name_plural = _("return cases")
        constraints = [
            status_check("kind", ReturnKind, "return_kind_known"),
            status_check("status", LogisticsState, "return_logistics_known"),
            status_check("money_status", MoneyState, "return_money_known"),
            status_check("replacement_status", ReplacementState, "return_replacement_known"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refund_minor__gte=F("refunded_minor")),
                name="return_refunded_within_due",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(kind="no_receipt"),
                name="return_has_order_or_no_receipt",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="return_by_customer"),
            models.Index(fields=["location", "status", "-id"], name="return_worklist"),
            models.Index(
                fields=["id"],
                name="return_money_open",
                condition=Q(money_status__in=["due", "partly_settled", "failed"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Disposition(models.TextChoices):
    SELLABLE = "sellable", _("Sellable")
    DAMAGED = "damaged", _("Damaged")
    INSPECT = "inspect", _("To be inspected")
    VENDOR = "vendor", _("To the vendor")
    SEND_BACK = "send_back", _("Back to the customer")
    MISSING = "missing", _("Missing")
    KEEP = "keep", _("Customer keeps it")


class ReturnLine(models.Model):
    """Units of one order line (or, without receipt, of one variant) in a case.

    ``received`` units are settled: they are back, or the customer keeps them, or they never came.
    They count as returned on the order line, unless they are sent back to the customer.
    ``refund_minor`` is the share of the line's total that goes back for the received units. Units
    that fare differently stand in lines of their own.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(ReturnCase, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, blank=True, related_name="return_lines"
    )
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.IntegerField(_("quantity"))
    received = models.IntegerField(_("received"), default=0)
    disposition = models.CharField(
        _("disposition"), max_length=16, choices=Disposition.choices, blank=True
    )
    received_at_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    refund_minor = models.BigIntegerField(_("to refund"), default=0)

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, received__gte=0, received__lte=F("quantity")),
                name="return_line_quantities_nest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}"


class Exchange(Aggregate):
    """What a customer took instead: the replacing order and the difference.

    ``difference_minor`` is what the customer paid on top (positive) or got back (negative).
    """

    case = models.OneToOneField(ReturnCase, on_delete=models.PROTECT, related_name="exchange")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="exchange_of")
    difference_minor = models.BigIntegerField(_("difference"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")

    def __str__(self) -> str:
        return str(self.case)
