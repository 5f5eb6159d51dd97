"""What may be seen of messages. Recipients are personal data: staff see them by the customer, the
order or the right to see customers everywhere."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.messages.models import Message


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    """Messages of the brands (channels) and customers whose records the actor may see.

    Customers are of no store; whoever may see customers anywhere may see what they were sent.
    """
    rows: QuerySet[Message] = Message.objects.all()
    return rows if actor.may(Permission.CUSTOMERS_VIEW) else rows.none()


def get_message(actor: Actor, message_id: UUID) -> Message:
    """Raises: NotFound."""
    row = messages_visible_to(actor).filter(pk=message_id).first()
    if row is None:
        raise NotFound
    return row


def messages_about(actor: Actor, subject_kind: str, subject_id: UUID | str) -> QuerySet[Message]:
    """What was sent about one thing."""
    return messages_visible_to(actor).filter(subject_kind=subject_kind, subject_id=str(subject_id))


def messages_to(actor: Actor, customer_ids: Collection[UUID]) -> QuerySet[Message]:
    """What a customer (and the records merged with them) was sent."""
    return messages_visible_to(actor).filter(customer_id__in=list(customer_ids))
