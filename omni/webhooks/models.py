"""Who is told what, with which secret, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.models import Aggregate, LockingQuerySet
from omni.core.states import Moves, status_check


class EndpointStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    DISABLED = "disabled", _("disabled")
    REMOVED = "removed", _("removed")


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", _("pending")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("given up")
    CANCELLED = "cancelled", _("cancelled")


# A person with webhooks.manage; the sender disables (410, continuous failure).
ENDPOINT_MOVES: Moves = {
    EndpointStatus.ACTIVE: frozenset({EndpointStatus.DISABLED, EndpointStatus.REMOVED}),
    EndpointStatus.DISABLED: frozenset({EndpointStatus.ACTIVE, EndpointStatus.REMOVED}),
    EndpointStatus.REMOVED: frozenset(),
}
# The sender; back to pending by a replay; cancelled with its endpoint.
DELIVERY_MOVES: Moves = {
    DeliveryStatus.PENDING: frozenset(
        {DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.CANCELLED}
    ),
    DeliveryStatus.DELIVERED: frozenset({DeliveryStatus.PENDING}),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.PENDING, DeliveryStatus.CANCELLED}),
    DeliveryStatus.CANCELLED: frozenset(),
}


class WebhookEndpoint(Aggregate):
    """An address of another system that is told of events whose type fits ``types``.

    ``types`` holds exact types (``order.placed``), families (``order.*``) or ``*``. Written by
    ``webhooks.operations``. ``active_since`` and ``types_changed_at`` say from when on it must have
    got what fits; ``failing_since`` is set by the first failure after a success.
    """

    url = models.CharField(_("address"), max_length=2000)
    description = models.CharField(_("description"), max_length=200, blank=True)
    types = ArrayField(models.CharField(max_length=80), verbose_name=_("event types"))
    status = models.CharField(
        _("status"), max_length=10, choices=EndpointStatus.choices, default=EndpointStatus.ACTIVE
    )
    disabled_reason = models.CharField(_("disabled because"), max_length=200, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    active_since = models.DateTimeField(_("active since"))
    types_changed_at = models.DateTimeField(_("types changed at"))
    created_at = models.DateTimeField(_("made at"))
    created_by = models.CharField(_("made by"), max_length=100)

    class Meta:
        db_table = "omni_webhook_endpoint"
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [status_check("status", EndpointStatus, "webhook_endpoint_status_known")]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookSecret(models.Model):
    """A key that signs what is sent to an endpoint. At most two are valid at once.

    The current one has no end; rotating gives the one before it an end, so that the receiver can
    change over. Kept as it is, because signing needs it; shown once, when it is made.
    """

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.CASCADE,
        related_name="secrets",
        verbose_name=_("endpoint"),
    )
    secret = models.CharField(_("secret"), max_length=100)
    created_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        db_table = "omni_webhook_secret"
        verbose_name = _("webhook secret")
        verbose_name_plural = _("webhook secrets")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=models.Q(expires_at=None),
                name="webhook_secret_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class WebhookDelivery(models.Model):
    """One event that one endpoint must get. Made by the subscription, moved on by the sender.

    ``tries`` counts within the present schedule, a replay sets it to 0. A lease (``locked_until``
    with ``lease``) says that a sender has it in hand; one that died lets it lapse.
    """

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("endpoint"),
    )
    event_id = models.BigIntegerField(_("event"))
    recorded_at = models.DateTimeField(_("recorded at"))
    type = models.CharField(_("type"), max_length=80)
    status = models.CharField(
        _("status"), max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_at = models.DateTimeField(_("next try at"))
    locked_until = models.DateTimeField(_("in hand until"), null=True, blank=True)
    lease = models.UUIDField(_("lease"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=60, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    objects: Any = LockingQuerySet.as_manager()

    class Meta:
        db_table = "omni_webhook_delivery"
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="webhook_delivery_once_per_event"
            ),
            status_check("status", DeliveryStatus, "webhook_delivery_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status="delivered") | models.Q(delivered_at__isnull=False),
                name="webhook_delivered_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_at", "id"],
                condition=models.Q(status="pending"),
                name="webhook_delivery_due",
            ),
            models.Index(
                fields=["endpoint", "locked_until"],
                condition=models.Q(locked_until__isnull=False),
                name="webhook_delivery_in_hand",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.event_id}"


class WebhookAttempt(models.Model):
    """One try to deliver, with what came back. Append-only; no body of an answer is kept."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.CASCADE, related_name="log", verbose_name=_("delivery")
    )
    attempted_at = models.DateTimeField(_("attempted at"))
    duration_ms = models.PositiveIntegerField(_("took (ms)"))
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=60, blank=True)
    is_success = models.BooleanField(_("delivered"))

    class Meta:
        db_table = "omni_webhook_attempt"
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")

    def __str__(self) -> str:
        return self.error or str(self.status_code)
