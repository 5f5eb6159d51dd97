"""How a delivery reads: what became of it, what the receiver answered, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access.actor import Actor
from omni.webhooks import queries
from omni.webhooks.models import (
    DELIVERY_MOVES,
    DeliveryStatus,
    EndpointStatus,
    WebhookAttempt,
    WebhookDelivery,
)

SHOWN = 25
_TONES: dict[str, tuple[str, str]] = {
    DeliveryStatus.PENDING: ("wait", "clock"),
    DeliveryStatus.DELIVERED: ("good", "circle-check"),
    DeliveryStatus.FAILED: ("bad", "triangle-alert"),
    DeliveryStatus.CANCELLED: ("", "ban"),
}
# What the sender writes down where no good answer came.
_ERRORS: dict[str, Promise] = {
    "timeout": gettext_lazy("No answer in time"),
    "address_refused": gettext_lazy("The address is not public"),
    "no_connection": gettext_lazy("Nobody answers there"),
    "broken_answer": gettext_lazy("The answer could not be read"),
    "nothing_to_send": gettext_lazy("The event is not kept any more"),
    "redirect": gettext_lazy("Led on to another address"),
    "refused": gettext_lazy("Refused"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery with its last attempt, if there was one."""

    delivery: WebhookDelivery
    attempt: WebhookAttempt | None

    @property
    def state(self) -> str:
        if self.delivery.status == DeliveryStatus.PENDING:
            return _("Tries again") if self.delivery.tries else _("Waiting")
        return self.delivery.get_status_display().capitalize()

    @property
    def tone(self) -> str:
        return _TONES[self.delivery.status][0]

    @property
    def icon(self) -> str:
        return _TONES[self.delivery.status][1]

    @property
    def next_at(self) -> datetime | None:
        """When it is tried again."""
        is_due = self.delivery.status == DeliveryStatus.PENDING and self.delivery.tries
        return self.delivery.next_at if is_due else None

    @property
    def answer(self) -> str:
        """200; Refused (503); No answer in time."""
        status, error = self.delivery.last_status, self.delivery.last_error
        if not error:
            return str(status or "")
        words = str(_ERRORS.get(error, error))
        return f"{words} ({status})" if status else words

    @property
    def may_replay(self) -> bool:
        """Whether it can be sent again: it came to an end, and its endpoint is told of events."""
        return (
            self.delivery.endpoint.status == EndpointStatus.ACTIVE
            and DeliveryStatus.PENDING in DELIVERY_MOVES[DeliveryStatus(self.delivery.status)]
        )


def latest_deliveries(actor: Actor, endpoint_id: UUID) -> list[Told]:
    """What an endpoint was sent, newest first, up to ``SHOWN``. Two queries. Raises: NotAllowed."""
    rows = queries.deliveries(actor, endpoint_id=endpoint_id).select_related("endpoint")
    found = list(rows.order_by("-pk")[:SHOWN])
    attempts = queries.last_attempts([row.pk for row in found])
    return [Told(row, attempts.get(row.pk)) for row in found]


def told(delivery: WebhookDelivery) -> Told:
    """One delivery, as it reads. One query, and one more for its endpoint."""
    return Told(delivery, queries.last_attempts([delivery.pk]).get(delivery.pk))
