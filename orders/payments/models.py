"""What pays an order: payments, their ledger, refunds, and what providers told us."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from omni.core.models import Aggregate
from omni.core.states import Moves, status_check
from orders.sales.models import Order


class Tender(models.TextChoices):
    """What the customer pays with."""

    CASH = "cash", _("Cash")
    CARD_TERMINAL = "card_terminal", _("Card at the terminal")
    ONLINE = "online", _("Card online")
    ON_ACCOUNT = "on_account", _("On account")


class PaymentState(models.TextChoices):
    PENDING = "pending", _("Pending")
    REQUIRES_ACTION = "requires_action", _("Waiting for the customer")
    AUTHORISED = "authorised", _("Authorised")
    PARTLY_CAPTURED = "partly_captured", _("Partly captured")
    CAPTURED = "captured", _("Captured")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Voided")
    UNKNOWN = "unknown", _("Unknown")
    DISPUTED = "disputed", _("Disputed")
    WON = "won", _("Dispute won")
    LOST = "lost", _("Dispute lost")


_P = PaymentState

PAYMENT_MOVES: Moves = {
    _P.PENDING: frozenset(
        {_P.REQUIRES_ACTION, _P.AUTHORISED, _P.CAPTURED, _P.FAILED, _P.UNKNOWN, _P.VOIDED}
    ),
    _P.REQUIRES_ACTION: frozenset(
        {_P.AUTHORISED, _P.CAPTURED, _P.FAILED, _P.EXPIRED, _P.VOIDED, _P.UNKNOWN}
    ),
    _P.UNKNOWN: frozenset(
        {
            _P.REQUIRES_ACTION,
            _P.AUTHORISED,
            _P.PARTLY_CAPTURED,
            _P.CAPTURED,
            _P.FAILED,
            _P.EXPIRED,
            _P.VOIDED,
        }
    ),
    _P.AUTHORISED: frozenset({_P.PARTLY_CAPTURED, _P.CAPTURED, _P.VOIDED, _P.EXPIRED}),
    _P.PARTLY_CAPTURED: frozenset({_P.CAPTURED, _P.DISPUTED}),
    _P.CAPTURED: frozenset({_P.DISPUTED, _P.VOIDED}),  # voided: reversed in the same shift
    _P.DISPUTED: frozenset({_P.WON, _P.LOST}),
    _P.WON: frozenset(),  # end state
    _P.LOST: frozenset(),  # end state
    _P.EXPIRED: frozenset(),  # end state
    _P.FAILED: frozenset(),  # end state
    _P.VOIDED: frozenset(),  # end state
}


class Payment(Aggregate):
    """One tender of one order. Amounts in minor units of the order's currency.

    ``amount_minor`` is what was asked; the counters are the sums of the succeeded entries
    (``PaymentEvent``), and refunded ≤ captured ≤ authorised is a CHECK. ``refunding_minor`` counts
    refunds that are pending, so that two of them cannot both fit. The id is the idempotency key at
    the provider.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    tender = models.CharField(_("tender"), max_length=16, choices=Tender.choices)
    status = models.CharField(
        _("status"), max_length=20, choices=PaymentState.choices, default=PaymentState.PENDING
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount"))
    authorised_minor = models.BigIntegerField(_("authorised"), default=0)
    captured_minor = models.BigIntegerField(_("captured"), default=0)
    refunding_minor = models.BigIntegerField(_("being refunded"), default=0)
    refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    provider = models.CharField(_("provider"), max_length=24, blank=True)
    provider_reference = models.CharField(_("reference at the provider"), max_length=120, blank=True)
    next_action = models.JSONField(_("next action"), null=True, blank=True)
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    card_label = models.CharField(_("card"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            status_check("status", PaymentState, "payment_status_known"),
            status_check("tender", Tender, "payment_tender_known"),
            models.CheckConstraint(
                condition=Q(
                    amount_minor__gt=0,
                    refunded_minor__gte=0,
                    refunding_minor__gte=0,
                    captured_minor__gte=F("refunded_minor") + F("refunding_minor"),
                    authorised_minor__gte=F("captured_minor"),
                ),
                name="payment_amounts_nest",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="payment_provider_reference_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["updated_at"],
                name="payment_unsettled",
                condition=Q(status__in=["pending", "unknown", "requires_action"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.tender} {self.amount_minor} {self.currency}"


class PaymentEntryKind(models.TextChoices):
    AUTHORISATION = "authorisation", _("Authorised")
    CAPTURE = "capture", _("Captured")
    REFUND = "refund", _("Refunded")
    VOID = "void", _("Voided")
    CHARGEBACK = "chargeback", _("Charged back")


class PaymentEvent(models.Model):
    """One entry of a payment's ledger: append-only, amounts positive, the kind gives the sense.

    ``reference`` is the entry's idempotency: each fact of a provider is booked once.
    """

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("kind"), max_length=16, choices=PaymentEntryKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("reference"), max_length=160, unique=True)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("payment entry")
        verbose_name_plural = _("payment entries")
        constraints = [
            status_check("kind", PaymentEntryKind, "payment_entry_kind_known"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payment_entry_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class RefundState(models.TextChoices):
    PENDING = "pending", _("Pending")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


REFUND_MOVES: Moves = {
    RefundState.PENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.SUCCEEDED: frozenset(),  # end state
    RefundState.FAILED: frozenset(),  # end state
}


class Refund(Aggregate):
    """Money on its way back over one payment. The id is the idempotency key at the provider.

    ``reference`` is unique forever: what caused it (a return case, a cancellation).
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    status = models.CharField(
        _("status"), max_length=16, choices=RefundState.choices, default=RefundState.PENDING
    )
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=160, unique=True)
    provider_reference = models.CharField(_("reference at the provider"), max_length=120, blank=True)
    principal = models.CharField(_("by"), max_length=80)
    created_at = models.DateTimeField(_("created"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            status_check("status", RefundState, "refund_status_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="refund_pending", condition=Q(status="pending")
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor}"


class ProviderEvent(models.Model):
    """What a provider told us by webhook, stored before it is applied, once per event id, forever."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(_("provider"), max_length=24)
    provider_event_id = models.CharField(_("event id"), max_length=120)
    type = models.CharField(_("type"), max_length=60)
    payload = models.JSONField(_("payload"))
    received_at = models.DateTimeField(_("received"))
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_event_id"], name="provider_event_once"
            ),
        ]

    def __str__(self) -> str:
        return self.provider_event_id
