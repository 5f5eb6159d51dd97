"""What may be seen of messages by those who may see every customer.

A recipient is personal data. Folders above say who else may see a message: by the order that it is
about.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.messages.models import Message


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    """The whole ledger, in no order, for whoever may see customers everywhere; else nothing."""
    rows: QuerySet[Message] = Message.objects.all()
    return rows if actor.may_everywhere(Permission.CUSTOMERS_VIEW) else rows.none()


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
