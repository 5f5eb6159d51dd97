"""What staff see of messages: head office all, a store those about orders that it may see."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.messages.models import Message
from omni.messages.queries import messages_visible_to
from orders.aftersales.told import ORDER
from orders.sales.models import Order
from orders.sales.queries import orders_visible_to


def messages_of_order(actor: Actor, order_id: UUID) -> QuerySet[Message]:
    """What was written about an order that the actor may see, in no order. Raises: NotFound."""
    if not orders_visible_to(actor).filter(pk=order_id).exists():
        raise NotFound
    rows: QuerySet[Message] = Message.objects.filter(subject_kind=ORDER, subject_id=str(order_id))
    return rows


def get_message_with_order(actor: Actor, message_id: UUID) -> tuple[Message, Order | None]:
    """A message that the actor may see, with its order if it is about one. Raises: NotFound."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        raise NotFound
    order = _order_of(actor, message)
    if order is None and not messages_visible_to(actor).filter(pk=message_id).exists():
        raise NotFound
    return message, order


def may_see_all(actor: Actor) -> bool:
    """Whether the whole ledger is the actor's to read."""
    return actor.may_everywhere(Permission.CUSTOMERS_VIEW)


def _order_of(actor: Actor, message: Message) -> Order | None:
    if message.subject_kind != ORDER:
        return None
    rows = orders_visible_to(actor).select_related("channel", "customer", "location")
    return rows.filter(pk=UUID(message.subject_id)).first()
