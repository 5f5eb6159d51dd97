"""Orders of other stores that a person may take goods back of: they read the receipt's number.

Goods come back anywhere, but nobody browses the orders of other stores: each number that is typed
is a try that counts, and what it opened is remembered in the session of this person only.
"""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, QuerySet
from django.http import HttpRequest

from inventory.locations.models import LocationService, Service
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.rest import limits
from orders.pos.models import JournalEntry
from orders.sales.models import Order
from orders.sales.queries import orders_visible_to

TRIES = 60  # shared with the endpoint that opens receipts
WINDOW = timedelta(minutes=15)
KEPT = 30
SESSION_KEY = "receipts"
_JOURNAL = re.compile(r"^([\w-]{1,24})-(\d{1,9})$")


def order_on_receipt(text: str) -> Order | None:
    """The order of a number on a receipt: its own, or that of the till's journal (till-number)."""
    order = Order.objects.filter(number=text.strip().upper()[:20]).first()
    found = _JOURNAL.match(text.strip())
    if order is not None or found is None:
        return order
    entry = (
        JournalEntry.objects.filter(
            register__code__iexact=found[1], number=int(found[2]), order__isnull=False
        )
        .select_related("order")
        .first()
    )
    return entry.order if entry else None


def open_receipt(request: HttpRequest, actor: Actor, text: str) -> Order:
    """The order on a receipt that the customer brought. Must not run inside a transaction.

    Raises: NotFound, TooManyAttempts.
    """
    order = order_on_receipt(text)
    if order is not None and returnable_by(actor).filter(pk=order.pk).exists():
        return order
    limits.spend("receipt", actor.principal, TRIES, WINDOW)
    if order is None:
        raise NotFound
    kept = request.session.get(SESSION_KEY, [])
    request.session[SESSION_KEY] = [*kept, str(order.pk)][-KEPT:]
    return order


def returnable_by(actor: Actor) -> QuerySet[Order]:
    """Orders that the actor sees as one who takes goods back."""
    return orders_visible_to(actor, permission=Permission.RETURNS_CREATE)


def get_order_to_return(
    request: HttpRequest, actor: Actor, order_id: UUID, *, location_id: UUID
) -> tuple[Order, bool]:
    """The order with its channel and whether the place takes returns; and whether it is known only
    by its receipt, so that nothing personal of it is shown. Raises: NotFound.
    """
    takes = LocationService.objects.filter(
        location_id=location_id, service=Service.RETURNS, is_active=True
    )
    rows = returnable_by(actor).select_related("channel", "customer")
    order = rows.annotate(takes_returns=Exists(takes)).filter(pk=order_id).first()
    if order is not None:
        return order, False
    if str(order_id) not in request.session.get(SESSION_KEY, []):
        raise NotFound
    order = (
        Order.objects.select_related("channel")
        .annotate(takes_returns=Exists(takes))
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise NotFound
    return order, True
