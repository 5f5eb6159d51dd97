"""Messages that people or the clock decide on: reminders, receipts that were asked for, repeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from journeys.messaging.composing import Occasion, compose
from journeys.messaging.listening import receipt_of
from journeys.messaging.queries import get_message_with_order
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotFound
from omni.core.ids import uuid7
from omni.messages import operations as messages
from omni.messages.models import Basis, Medium, Message
from orders.aftersales.told import OF_A_PICKUP, REPEATABLE
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentState, Pickup
from orders.fulfilment.proof import HANDABLE
from orders.sales.contacts import correct_contact
from orders.sales.models import Order
from orders.sales.queries import orders_visible_to

BEFORE_END = timedelta(hours=24)
# Nobody is reminded at night.
WAKING = range(9, 20)


class NotAnEmail(Invalid):
    code = "not_an_email"
    message = _("This is not an e-mail address. Look at it again.")


class NobodyToTell(Conflict):
    code = "nobody_to_tell"
    message = _("No address is known for this order. Name one.")


class CannotBeRepeated(Conflict):
    code = "message_not_repeatable"
    message = _(
        "This message is not sent again: what it told of is over, or only its reader asks."
        " Write a new one, or let the customer ask for it."
    )


@transaction.atomic
def send_receipt(*, order_id: UUID, email: str, actor: Actor) -> Message:
    """The receipt of an order goes to an address that the customer named for it.

    Each asking is a message of its own. Raises: NotFound, NotAnEmail.
    """
    order = _visible(order_id, actor)
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotAnEmail from error
    return _queue(
        Occasion(
            reference=f"receipt:{uuid7()}",
            purpose="receipt",
            order=order,
            email=address,
            basis=Basis.REQUEST,
            **receipt_of(order),
        ),
        actor,
    )


@transaction.atomic
def send_again(*, message_id: UUID, address: str = "", actor: Actor) -> Message:
    """Say it once more, as things stand now, to the order's present address.

    With another ``address`` (of the same kind) the order's messages go there from now on; all codes
    that were told before end then, because somebody else may have read them, and the new ones are
    told. A receipt goes where it was asked to go. Raises: NotFound, CannotBeRepeated, NobodyToTell;
    with an address NotAllowed, InvalidIdentifier. Locks: with an address order and pickups.
    """
    before, order = get_message_with_order(actor, message_id)
    if order is None or before.purpose not in REPEATABLE:
        raise CannotBeRepeated
    more: dict[str, Any] = {}
    if before.purpose in OF_A_PICKUP:
        more["work_id"] = _waiting_pickup(order)
    if address.strip():
        order = _corrected(before, order, address.strip(), actor)
        _end_told_codes(order, more.get("work_id"), actor)
    if before.purpose == "receipt":
        asked = order.email if address.strip() else before.recipient
        more |= {"email": asked, "basis": Basis.REQUEST, **receipt_of(order)}
    return _queue(Occasion(f"again:{uuid7()}", before.purpose, order, **more), actor)


def remind_of_pickups(*, actor: Actor = SYSTEM) -> int:
    """Sweep: who has not come yet is reminded within the last day of the window, once per window.

    A window shorter than two days is reminded of in its second half. Returns how many.
    """
    now = clock.now()
    due = [each for each in _due_pickups(now) if _is_waking_hour(each, now)]
    known = set(
        Message.objects.filter(reference__in=[_reminder(each) for each in due]).values_list(
            "reference", flat=True
        )
    )
    fresh = [each for each in due if _reminder(each) not in known]
    return sum(_remind(pickup, actor) for pickup in fresh)


@transaction.atomic
def _remind(pickup: Pickup, actor: Actor) -> bool:
    order = (
        Order.objects.select_related("channel", "customer")
        .filter(fulfilment_orders=pickup.pk)
        .get()
    )
    occasion = Occasion(_reminder(pickup), "pickup_reminder", order, work_id=pickup.pk)
    draft = compose(occasion)
    if draft is None:
        return False
    messages.queue_message(draft=draft, actor=actor)
    return True


def _due_pickups(now: datetime) -> Sequence[Pickup]:
    waiting = Pickup.objects.filter(
        window_ends_at__gt=now,
        window_ends_at__lte=now + BEFORE_END,
        handed_over_at__isnull=True,
        ready_at__isnull=False,
        fulfilment_order__status=FulfilmentState.READY,
    ).select_related("fulfilment_order__location")
    return [each for each in waiting if now >= _half_time(each)]


def _half_time(pickup: Pickup) -> datetime:
    assert pickup.ready_at is not None  # noqa: S101  the query asked for it
    assert pickup.window_ends_at is not None  # noqa: S101
    return pickup.ready_at + (pickup.window_ends_at - pickup.ready_at) / 2


def _is_waking_hour(pickup: Pickup, now: datetime) -> bool:
    zone = ZoneInfo(pickup.fulfilment_order.location.time_zone)
    return now.astimezone(zone).hour in WAKING


def _corrected(before: Message, order: Order, address: str, actor: Actor) -> Order:
    is_mail = before.medium == Medium.EMAIL
    given = {"email" if is_mail else "phone": address}
    correct_contact(order_id=order.pk, actor=actor, **given)
    return _visible(order.pk, actor)


def _end_told_codes(order: Order, told_already: UUID | None, actor: Actor) -> None:
    """Each pickup gets another code; those that wait are told, ``told_already`` by the caller.

    One that nobody collected in time is told when it waits again.
    """
    for work in fulfilment.end_told_codes(order_id=order.pk, actor=actor):
        if work.status in HANDABLE and work.pk != told_already:
            _queue(Occasion(f"again:{uuid7()}", "pickup_ready", order, work_id=work.pk), actor)


def _reminder(pickup: Pickup) -> str:
    """One for each window: an extended one is another."""
    ends = pickup.window_ends_at
    return f"reminder:{pickup.pk}:{ends.isoformat() if ends else ''}"


def _waiting_pickup(order: Order) -> UUID:
    waiting = Pickup.objects.filter(
        fulfilment_order__order=order, fulfilment_order__status=FulfilmentState.READY
    )
    found: UUID | None = waiting.order_by("pk").values_list("pk", flat=True).first()
    if found is None:
        raise CannotBeRepeated
    return found


def _visible(order_id: UUID, actor: Actor) -> Order:
    rows = orders_visible_to(actor, permission=Permission.ORDERS_VIEW)
    order = rows.select_related("channel", "customer", "location").filter(pk=order_id).first()
    if order is None:
        raise NotFound
    return order


def _queue(occasion: Occasion, actor: Actor) -> Message:
    draft = compose(occasion)
    if draft is None:
        raise NobodyToTell
    return messages.queue_message(draft=draft, actor=actor)
