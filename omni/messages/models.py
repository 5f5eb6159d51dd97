"""The send ledger: what was said to whom, by which way, and what came of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.models import Aggregate
from omni.core.states import Moves, status_check


class Medium(models.TextChoices):
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("text message")


class Basis(models.TextChoices):
    """Why a message may be sent without consent to marketing."""

    ORDER = "order", _("needed for an order")
    ACCOUNT = "account", _("needed for a login")
    REQUEST = "request", _("asked for")


class MessageStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("given up")
    REFUSED = "refused", _("refused for good")


# The sender alone. Queued again: the provider asked to come later; failed: nobody took it in time.
MESSAGE_MOVES: Moves = {
    MessageStatus.QUEUED: frozenset({MessageStatus.SENDING, MessageStatus.FAILED}),
    MessageStatus.SENDING: frozenset(
        {
            MessageStatus.SENT,
            MessageStatus.QUEUED,
            MessageStatus.FAILED,
            MessageStatus.REFUSED,
        }
    ),
    MessageStatus.SENT: frozenset(),  # end state
    MessageStatus.FAILED: frozenset(),  # end state: sending again is a new message
    MessageStatus.REFUSED: frozenset(),  # end state
}


class Message(Aggregate):
    """One message to one recipient by one medium, from the moment it was decided on.

    Queued by ``messages.operations`` in the transaction of what it tells of, then the sender's.
    ``reference`` names its cause and is its idempotency: the same cause twice is one message.
    Secrets (codes, links that open something) stand in no column that can be read: ``subject``,
    ``text`` and ``html`` hold bullets in their place, ``sealed`` the whole under the deployment's
    key until it was sent. A lease (``locked_until`` with ``lease``) says that a sender has it in
    hand. ``subject_kind`` and ``subject_id`` name what it is about; ``customer_id`` and
    ``channel_id`` whom and which brand.
    """

    reference = models.CharField(_("cause"), max_length=200, unique=True)
    purpose = models.CharField(_("purpose"), max_length=40)
    medium = models.CharField(_("medium"), max_length=8, choices=Medium.choices)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis.choices)
    recipient = models.CharField(_("recipient"), max_length=254)
    sender = models.CharField(_("sender"), max_length=320, blank=True)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    sealed = models.BinaryField(default=b"", editable=False)
    subject_kind = models.CharField(_("about (kind)"), max_length=60, blank=True)
    subject_id = models.CharField(_("about (id)"), max_length=100, blank=True)
    customer_id = models.UUIDField(_("customer"), null=True, blank=True)
    channel_id = models.UUIDField(_("channel"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=MessageStatus.choices, default=MessageStatus.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try at"))
    expires_at = models.DateTimeField(_("pointless after"), null=True, blank=True)
    locked_until = models.DateTimeField(_("in hand until"), null=True, blank=True)
    lease = models.UUIDField(_("lease"), null=True, blank=True)
    provider = models.CharField(_("provider"), max_length=24, blank=True)
    provider_reference = models.CharField(
        _("reference at the provider"), max_length=200, blank=True
    )
    last_error = models.CharField(_("last error"), max_length=120, blank=True)
    principal = models.CharField(_("by"), max_length=100)
    created_at = models.DateTimeField(_("decided on"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        db_table = "omni_message"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            status_check("status", MessageStatus, "message_status_known"),
            status_check("medium", Medium, "message_medium_known"),
            status_check("basis", Basis, "message_basis_known"),
            models.CheckConstraint(
                condition=~models.Q(status="sent") | models.Q(sent_at__isnull=False),
                name="message_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["queued", "sending"]) | models.Q(sealed=b""),
                name="message_secrets_end_with_it",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                name="message_due",
                condition=models.Q(status__in=["queued", "sending"]),
            ),
            models.Index(fields=["customer_id", "-id"], name="message_by_customer"),
            models.Index(fields=["subject_kind", "subject_id"], name="message_by_subject"),
            models.Index(fields=["status", "-id"], name="message_by_status"),
            models.Index(fields=["recipient", "-id"], name="message_by_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.medium}"
