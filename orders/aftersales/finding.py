"""Finding the order of goods on the counter: by its buyer, or by what the card's slip says.

The number on the receipt is the short way (``pos.console_receipts``); these are for who lost it.
Only orders that the actor sees are found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from customers.profiles import search
from customers.profiles.queries import find_customers
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from orders.payments.models import Payment, Tender
from orders.sales.models import Order
from orders.sales.queries import orders_visible_to

MOST = 30
SLIP_REACHES = timedelta(days=120)
_LAST_FOUR = re.compile(r"^\d{4}$")
CARDS = (Tender.CARD_TERMINAL, Tender.ONLINE)


@dataclass(frozen=True, slots=True)
class Slip:
    """What a card's slip or statement says. Any part may be missing but the last four digits."""

    last_four: str
    on: date | None = None
    amount_minor: int | None = None


def orders_of_slip(actor: Actor, slip: Slip, *, zone: ZoneInfo) -> list[Order]:
    """Orders paid with such a card lately, or on the day, newest first."""
    if not _LAST_FOUR.match(slip.last_four):
        return []
    paid = Payment.objects.filter(
        order=OuterRef("pk"), tender__in=CARDS, card_label__endswith=slip.last_four
    )
    if slip.amount_minor is not None:
        paid = paid.filter(captured_minor=slip.amount_minor)
    rows = _returnable(actor).filter(Exists(paid))
    if slip.on is None:
        rows = rows.filter(placed_at__gt=clock.now() - SLIP_REACHES)
    else:
        start = datetime.combine(slip.on, datetime.min.time(), tzinfo=zone)
        rows = rows.filter(placed_at__gte=start, placed_at__lt=start + timedelta(days=1))
    return _newest(rows)


def orders_of_people(actor: Actor, text: str) -> list[Order]:
    """Orders of customers that the text finds (name, phone, e-mail, card), newest first.

    That somebody searched is logged.
    """
    if not actor.may(Permission.CUSTOMERS_VIEW) or not search.query(text):
        return []
    found = find_customers(actor=actor, text=text, limit=20)
    return _newest(_returnable(actor).filter(customer__in=found.customers))


def _returnable(actor: Actor) -> QuerySet[Order]:
    return orders_visible_to(actor, permission=Permission.RETURNS_CREATE)


def _newest(rows: QuerySet[Order]) -> list[Order]:
    return list(rows.select_related("channel").order_by("-placed_at", "-id")[:MOST])
