"""Finding a customer at the counter: by name, phone, e-mail, card or order number, with what tells
people of one name apart: where and what they bought last, and what is open."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import IdentifierKind
from customers.identity.operations import Resolution
from customers.identity.queries import masked
from customers.profiles import search
from customers.profiles.models import Customer
from customers.profiles.queries import find_customers
from journeys.timeline import operations as timeline
from journeys.timeline.operations import Capture
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.money import Money
from omni.core.statements import hot_cursor
from omni.screens.place import Place
from orders.sales.queries import orders_visible_to

_NUMBER = re.compile(r"[A-Za-z]{0,4}-?\d{4,12}")
MOST = 20


@dataclass(frozen=True, slots=True)
class LastBought:
    """The newest order of a customer and where it was, and how much is open."""

    number: str
    at: datetime | None
    total: Money | None
    place: str
    pickups: int
    returns: int
    unpaid: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be meant. ``by_order``: the text is the number of an order of theirs."""

    customer: Customer
    contacts: Sequence[str]
    last: LastBought
    by_order: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may be meant, best first; ``too_short``: the text says nothing yet."""

    found: Sequence[Candidate] = ()
    has_more: bool = False
    too_short: bool = False


def candidates(*, actor: Actor, text: str, limit: int = MOST) -> Candidates:
    """Customers by what was typed. That somebody searched is logged. Raises: NotAllowed."""
    actor.require(Permission.CUSTOMERS_VIEW)
    by_order = _by_order_number(actor, text)
    if not search.query(text) and by_order is None:
        return Candidates(too_short=True)
    customers, has_more = [], False
    if search.query(text):
        found = find_customers(actor=actor, text=text, limit=limit)
        customers, has_more = list(found.customers), found.has_more
    if by_order:
        customers = [by_order, *(each for each in customers if each.id != by_order.id)][:limit]
    ids = [each.id for each in customers]
    contacts, last = (masked(ids), last_bought(ids)) if ids else ({}, {})
    return Candidates(
        [
            Candidate(
                each,
                contacts.get(each.id, []),
                last[each.id],
                text.strip().upper() if by_order and each.id == by_order.id else "",
            )
            for each in customers
        ],
        has_more,
    )


def _by_order_number(actor: Actor, text: str) -> Customer | None:
    number = text.strip().upper()
    if not _NUMBER.fullmatch(number):
        return None
    order = orders_visible_to(actor).filter(number=number).select_related("customer").first()
    return order.customer if order else None


_LAST = """
SELECT c.id, coalesce(o.number, ''), o.placed_at, o.total_minor, o.currency, coalesce(o.place, ''),
    (SELECT count(*) FROM orders_order x JOIN orders_fulfilmentorder f ON f.order_id = x.id
     WHERE x.customer_id = c.id AND f.method = 'pickup' AND f.status IN (
        'new', 'accepted', 'picking', 'waiting_transfer', 'ready', 'partly_handed_over',
        'no_show')),
    (SELECT count(*) FROM orders_returncase r WHERE r.customer_id = c.id AND r.status IN (
        'requested', 'authorised', 'in_transit', 'partly_received', 'received', 'refused')),
    (SELECT count(*) FROM orders_order x WHERE x.customer_id = c.id AND x.status = 'placed')
FROM unnest(%s::uuid[]) AS c(id)
LEFT JOIN LATERAL (
    SELECT x.number, x.placed_at, x.total_minor - x.cancelled_minor AS total_minor, x.currency,
        coalesce(l.name, (SELECT i.name FROM orders_fulfilmentorder f
            JOIN inventory_location i ON i.id = f.location_id
            WHERE f.order_id = x.id AND f.method = 'pickup' LIMIT 1), h.name) AS place
    FROM orders_order x JOIN inventory_channel h ON h.id = x.channel_id
    LEFT JOIN inventory_location l ON l.id = x.location_id
    WHERE x.customer_id = c.id AND x.status IN ('placed', 'in_review', 'confirmed', 'completed')
    ORDER BY x.placed_at DESC, x.id DESC LIMIT 1) o ON true
"""


def last_bought(customer_ids: Collection[UUID]) -> dict[UUID, LastBought]:
    """For each customer, in one statement."""
    with hot_cursor() as cursor:
        cursor.execute(_LAST, [list(customer_ids)])
        rows = cursor.fetchall()
    return {
        key: LastBought(number, at, Money(total, currency) if at else None, place, *counts)
        for key, number, at, total, currency, place, *counts in rows
    }


@transaction.atomic
def register_customer(
    *, name: str, contact: str, place: Place, key: str, actor: Actor
) -> Resolution:
    """A person at the counter becomes known by a name and one contact; who is known already is
    found by it. That they were here is noted, where the actor may.

    Raises: NotAllowed, InvalidIdentifier. Emits: customer.created, identifier.added.
    """
    actor.require(Permission.CUSTOMERS_VIEW, location_id=place.location_id)
    resolution = identity.resolve(
        identifiers=[_given(contact)],
        name=name,
        channel_id=place.channel_id,
        region=place.country,
        actor=actor,
    )
    if actor.may(Permission.JOURNEYS_CAPTURE, location_id=place.location_id):
        visit = Capture(
            "store.visited",
            key,
            customer_id=resolution.customer.id,
            location_id=place.location_id,
        )
        timeline.capture_interactions(captures=[visit], actor=actor)
    return resolution


def _given(contact: str) -> Given:
    """By what somebody is known: an @ makes an e-mail, mostly digits a phone, else a card."""
    if "@" in contact:
        return Given(IdentifierKind.EMAIL, contact)
    digits = sum(sign.isdigit() for sign in contact)
    has_letters = any(sign.isalpha() for sign in contact)
    is_card = has_letters or (digits >= 12 and not contact.strip().startswith(("+", "0")))
    return Given(IdentifierKind.LOYALTY_CARD if is_card else IdentifierKind.PHONE, contact)
