"""What pays an order: payments, their ledger, refunds, and what providers told us."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
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
        {
            _P.REQUIRES_ACTION,
            _P.AUTHORISED,
            _P.PARTLY_CAPTURED,
            _P.CAPTURED,
            _P.FAILED,
            _P.EXPIRED,
            _P.VOIDED,
            _P.UNKNOWN,
        }
    ),
    # What comes next may be heard late or out of order, so steps in between can be missed.
    _P.REQUIRES_ACTION: frozenset(
        {
            _P.AUTHORISED,
            _P.PARTLY_CAPTURED,
            _P.CAPTURED,
            _P.FAILED,
            _P.EXPIRED,
            _P.VOIDED,
            _P.UNKNOWN,
        }
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


class CaptureMethod(models.TextChoices):
    """Whether the provider takes the money with the authorisation or waits to be told."""

    AUTOMATIC = "automatic", _("At once")
    MANUAL = "manual", _("Later")


class Payment(Aggregate):
    """One tender of one order. Amounts in minor units of the order's currency.

    ``amount_minor`` is what was asked; the counters are the sums of the succeeded entries
    (``PaymentEvent``), and refunded ≤ captured ≤ authorised is a CHECK. ``refunding_minor`` counts
    refunds that are pending, so that two of them cannot both fit. The id is the idempotency key at
    the provider; ``return_url`` and ``capture_method`` are kept for sending the same request again.
    Written by ``orders.payments`` only, with the order locked first.
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
    provider_reference = models.CharField(
        _("reference at the provider"), max_length=120, blank=True
    )
    next_action = models.JSONField(_("next action"), null=True, blank=True)
    capture_method = models.CharField(
        _("capture"),
        max_length=12,
        choices=CaptureMethod.choices,
        default=CaptureMethod.AUTOMATIC,
    )
    return_url = models.CharField(_("return address"), max_length=1000, blank=True)
    failure_code = models.CharField(_("why it failed"), max_length=60, blank=True)
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
            status_check("capture_method", CaptureMethod, "payment_capture_method_known"),
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
            ),
            models.Index(
                fields=["updated_at"],
                name="payment_half_told",
                condition=Q(status="authorised", capture_method="automatic"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender} {self.amount_minor} {self.currency}"


class PaymentEntryKind(models.TextChoices):
    AUTHORISATION = "authorisation", _("Authorised")
    CAPTURE = "capture", _("Captured")
    REFUND = "refund", _("Refunded")
    VOID = "void", _("Voided")
    REVERSAL = "reversal", _("Reversed at the till")
    CHARGEBACK = "chargeback", _("Charged back")


class PaymentEvent(models.Model):
    """One entry of a payment's ledger: append-only, amounts positive, the kind gives the sense.

    authorised = Σ authorisations − Σ voids − Σ reversals; captured = Σ captures − Σ reversals;
    refunded = Σ refunds.
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


class AttemptKind(models.TextChoices):
    CAPTURE = "capture", _("Capture")
    VOID = "void", _("Void")


class AttemptState(models.TextChoices):
    OPEN = "open", _("Open")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


ATTEMPT_MOVES: Moves = {
    AttemptState.OPEN: frozenset({AttemptState.SUCCEEDED, AttemptState.FAILED}),
    AttemptState.SUCCEEDED: frozenset(),  # end state
    AttemptState.FAILED: frozenset(),  # end state
}


class PaymentAttempt(Aggregate):
    """A capture or void asked of a provider: committed before the call, settled after it.

    The id is the idempotency key of the call; ``reference`` is unique forever: what caused it. At
    most one is open on a payment, so a second one waits. One whose outcome nobody knows stays open
    until the sweep has sent the same call again and got a definite answer.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    kind = models.CharField(_("kind"), max_length=12, choices=AttemptKind.choices)
    status = models.CharField(
        _("status"), max_length=12, choices=AttemptState.choices, default=AttemptState.OPEN
    )
    amount_minor = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("reference"), max_length=160, unique=True)
    failure_code = models.CharField(_("why it failed"), max_length=60, blank=True)
    principal = models.CharField(_("by"), max_length=80)
    created_at = models.DateTimeField(_("created"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        constraints = [
            status_check("kind", AttemptKind, "payment_attempt_kind_known"),
            status_check("status", AttemptState, "payment_attempt_status_known"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(status="open"), name="payment_attempt_one_open"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payment_attempt_amount_positive"
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
    RefundState.FAILED: frozenset({RefundState.SUCCEEDED}),  # the provider gave it after all
}


class Refund(Aggregate):
    """Money on its way back over one payment. The id is the idempotency key at the provider.

    ``reference`` is unique forever: what caused it (a return case, a cancellation). A pending
    refund of an online payment is carried out by the provider, one of a counter tender waits until
    the till pays it out. While pending its amount is part of the payment's ``refunding_minor``.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    status = models.CharField(
        _("status"), max_length=16, choices=RefundState.choices, default=RefundState.PENDING
    )
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=160, unique=True)
    provider_reference = models.CharField(
        _("reference at the provider"), max_length=120, blank=True
    )
    failure_code = models.CharField(_("why it failed"), max_length=60, blank=True)
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
    """What a provider told us by webhook, stored before it is applied, once per event id, forever.

    ``subject`` is the provider's id of the payment: the state of a payment is folded from the set
    of its events, whatever their order. ``applied_at`` stays empty while an event cannot be applied
    yet (a refund heard before its capture, a payment that is not ours).
    """

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(_("provider"), max_length=24)
    provider_event_id = models.CharField(_("event id"), max_length=120)
    type = models.CharField(_("type"), max_length=60)
    subject = models.CharField(_("payment at the provider"), max_length=120, blank=True)
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
        indexes = [
            models.Index(fields=["provider", "subject"], name="provider_event_by_subject"),
            models.Index(
                fields=["received_at"],
                name="provider_event_unapplied",
                condition=Q(applied_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.provider_event_id


class AccountCorrection(models.Model):
    """A correction of what customers owe, without goods and without a payment (bad debt).

    Append-only; a positive amount raises what is owed, a negative one writes it off. ``reference``
    is the entry's idempotency. Written by ``payments.record_account_corrections``.
    """

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="account_corrections"
    )
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=120)
    reference = models.CharField(_("reference"), max_length=160, unique=True)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("account correction")
        verbose_name_plural = _("account corrections")
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount_minor=0), name="account_correction_not_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
