"""Reading endpoints and deliveries. Events of every place pass through them, so a grant for one
place does not open them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotAllowed, NotFound
from omni.webhooks.models import (
    EndpointStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)


def require_management(actor: Actor) -> None:
    """Raises: NotAllowed."""
    if not actor.may_everywhere(Permission.WEBHOOKS_MANAGE):
        raise NotAllowed(permission=str(Permission.WEBHOOKS_MANAGE))


def endpoints(actor: Actor) -> QuerySet[WebhookEndpoint]:
    """All that were not removed. Raises: NotAllowed."""
    require_management(actor)
    rows: QuerySet[WebhookEndpoint] = WebhookEndpoint.objects.exclude(status=EndpointStatus.REMOVED)
    return rows


def get_endpoint(actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    """Raises: NotAllowed, NotFound."""
    row = endpoints(actor).filter(pk=endpoint_id).first()
    if row is None:
        raise NotFound
    return row


def deliveries(
    actor: Actor, *, endpoint_id: UUID | None = None, status: str = "", type_: str = ""
) -> QuerySet[WebhookDelivery]:
    """Deliveries by endpoint, status and type. Raises: NotAllowed."""
    require_management(actor)
    rows: QuerySet[WebhookDelivery] = WebhookDelivery.objects.exclude(
        endpoint__status=EndpointStatus.REMOVED
    )
    if endpoint_id is not None:
        rows = rows.filter(endpoint=endpoint_id)
    if status:
        rows = rows.filter(status=status)
    if type_:
        rows = rows.filter(type=type_)
    return rows


def get_delivery(actor: Actor, delivery_id: int) -> tuple[WebhookDelivery, list[WebhookAttempt]]:
    """A delivery with its attempts, newest first (up to 50). Raises: NotAllowed, NotFound."""
    row = deliveries(actor).filter(pk=delivery_id).first()
    if row is None:
        raise NotFound
    return row, list(WebhookAttempt.objects.filter(delivery=row).order_by("-pk")[:50])


def last_attempts(delivery_ids: Collection[int]) -> dict[int, WebhookAttempt]:
    """The last attempt of each delivery that was tried. One query."""
    rows = WebhookAttempt.objects.filter(delivery__in=delivery_ids)
    return {row.delivery_id: row for row in rows.order_by("delivery", "-pk").distinct("delivery")}
