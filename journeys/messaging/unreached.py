"""A customer whom a message about an order did not reach is called instead: a task for the store.

Only where the address itself is refused: a server that is down is one incident for all (see
``omni.messages``), and its messages are tried for a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from inventory.locations.models import LocationKind
from journeys.messaging.purposes import PURPOSES
from omni.access.actor import SYSTEM
from omni.events.subscriptions import RecordedEvent
from omni.messages.events import MessageNotSent
from omni.messages.models import Message, MessageStatus
from omni.work import operations as work
from omni.work.models import Task, TaskStatus
from omni.work.operations import Matter
from orders.aftersales.told import ORDER
from orders.fulfilment.models import FulfilmentOrder
from orders.sales.models import Order

KIND = "customer_unreached"
EVENTS = (MessageNotSent,)
# Nobody is called because a word of thanks did not arrive.
WORTH_A_CALL = frozenset(
    {"order_placed", *(code for code, purpose in PURPOSES.items() if purpose.by_sms)}
)


def call_unreached(batch: Sequence[RecordedEvent]) -> None:
    """The subscription: one open task an order. Repeatable: news that came while a task was open
    is that task's, also once it is done."""
    news = {UUID(each.payload["message_id"]): each for each in batch if _matters(each.payload)}
    refused = Message.objects.filter(pk__in=news, status=MessageStatus.REFUSED)
    for message in refused.order_by("pk"):
        order = Order.objects.filter(pk=UUID(message.subject_id)).first()
        if order is not None:
            _raise_task(message, order, news[message.pk].occurred_at)


def _matters(facts: dict[str, Any]) -> bool:
    return facts.get("subject_kind") == ORDER and facts.get("purpose") in WORTH_A_CALL


def _raise_task(message: Message, order: Order, heard_at: datetime) -> None:
    known = Task.objects.filter(kind=KIND, subject_kind=ORDER, subject_id=str(order.pk))
    is_open = Q(status__in=[TaskStatus.OPEN, TaskStatus.DOING])
    if known.filter(is_open | Q(ended_at__gte=heard_at)).exists():
        return
    title = _("Call the customer of %(number)s: our message did not reach them")
    work.create_task(
        matter=Matter(
            KIND,
            ORDER,
            order.pk,
            location_id=_place_of(order),
            details={"message_id": str(message.pk), "reason": message.last_error},
        ),
        title=title % {"number": order.number},
        actor=SYSTEM,
    )


def _place_of(order: Order) -> UUID | None:
    """The store that waits for the customer, else the one that sold it, else head office."""
    works = FulfilmentOrder.objects.filter(order=order, finished_at__isnull=True).order_by("pk")
    works = works.filter(location__kind=LocationKind.STORE)
    found: UUID | None = works.values_list("location_id", flat=True).first() or order.location_id
    return found
