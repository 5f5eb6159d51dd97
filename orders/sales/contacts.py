"""The address that an order's messages go to, corrected after it was placed."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from customers.identity.canonical import canonical_email, canonical_phone
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.events.operations import record
from orders.events import OrderContactCorrected
from orders.sales.links import end_link
from orders.sales.models import Order
from orders.sales.operations import locked_order
from orders.sales.queries import orders_visible_to


@transaction.atomic
def correct_contact(*, order_id: UUID, email: str = "", phone: str = "", actor: Actor) -> Order:
    """From now on the order's messages go to this e-mail address, or to this phone.

    Who had the wrong one may have had mails: their link to the order's page ends. The customer's
    own record stays as it is. The same address again changes nothing. Raises: NotAllowed, NotFound,
    InvalidIdentifier. Locks: order. Emits: order.contact_corrected.
    """
    actor.require(Permission.CUSTOMERS_EDIT)
    visible = orders_visible_to(actor, permission=Permission.CUSTOMERS_EDIT)
    if not visible.filter(pk=order_id).exists():
        raise NotFound
    order = locked_order(order_id)
    region = order.channel.country
    values = {
        name: value
        for name, value in (
            ("email", canonical_email(email) if email else ""),
            ("phone", canonical_phone(phone, region=region) if phone else ""),
        )
        if value and value != getattr(order, name)
    }
    if not values:
        return order
    for name, value in values.items():
        setattr(order, name, value)
    order.save(update_fields=list(values))
    end_link(order_id)
    record(
        OrderContactCorrected(
            order_id=order.pk,
            customer_id=order.customer_id,
            number=order.number,
            channel_id=order.channel_id,
            medium=", ".join(values),
        ),
        actor=actor,
    )
    return order
