"""Reads over customers by staff. Customers belong to no store, so the permission decides alone;
every look at one is logged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.profiles import search
from customers.profiles.models import Address, Customer, CustomerStatus, Note
from omni.access.actor import Actor
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.errors import Invalid, NotFound

MOST_FOUND = 50
CANDIDATES = 200


class SearchTooShort(Invalid):
    code = "search_too_short"
    message = _(
        "This is too little to search by. Type at least two letters of a name or e-mail, or "
        "four digits of a phone."
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Customers that a search found, best first; ``has_more``: the text says too little."""

    customers: Sequence[Customer]
    has_more: bool


def find_customers(*, actor: Actor, text: str, limit: int = 20) -> Found:
    """Customers by beginnings of the words of their names, e-mail, card number, or by a fragment
    of four and more digits of a phone. Whole words come before beginnings.

    That somebody searched is logged. Raises: NotAllowed, SearchTooShort.
    """
    actor.require(Permission.CUSTOMERS_VIEW)
    prefix = search.query(text)
    if not prefix:
        raise SearchTooShort
    limit = min(limit, MOST_FOUND)
    ids = _candidates(search.exact_query(text)) if search.exact_query(text) else []
    if len(ids) <= limit:
        ids += [each for each in _candidates(prefix) if each not in set(ids)]
    rows = Customer.objects.filter(id__in=ids).exclude(status=CustomerStatus.ERASED)
    found = sorted(_holding(rows, text), key=lambda row: _rank(row, text))
    log_view(
        actor=actor, kind="customer_search", subject_id="", reason=f"{len(found[:limit])} found"
    )
    return Found(found[:limit], len(found) > limit or len(ids) >= CANDIDATES)


def view_customer(*, actor: Actor, customer_id: UUID, reason: str = "") -> Customer:
    """One customer as staff see them; that they looked is logged with the reason.

    Raises: NotAllowed, NotFound.
    """
    actor.require(Permission.CUSTOMERS_VIEW)
    customer: Customer | None = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise NotFound
    return looked_at(actor=actor, customer=customer, reason=reason)


def looked_at(*, actor: Actor, customer: Customer, reason: str) -> Customer:
    """The customer, whom an answer is about to show to staff: that is a look, and logged."""
    log_view(actor=actor, kind="customer", subject_id=customer.id, reason=reason)
    return customer


def addresses_of(customer_id: UUID) -> Sequence[Address]:
    """The address book, the default first."""
    rows = Address.objects.filter(customer_id=customer_id)
    return list(rows.order_by("-is_default", "created_at", "id"))


def notes_of(customer_id: UUID) -> Sequence[Note]:
    """The newest notes, newest first."""
    return list(Note.objects.filter(customer_id=customer_id).order_by("-id")[:100])


# The expression is that of the index, word for word. The order of a bitmap scan is as good as any:
# sorting a hundred thousand matches would cost what the search has saved.
_FIND = """
SELECT id FROM customers_customer
WHERE array_to_tsvector(search_keys || identifier_keys) @@ %s::tsquery
LIMIT %s
"""


def _candidates(query: str) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [query, CANDIDATES])
        return [row[0] for row in cursor.fetchall()]


def _holding(rows: Iterable[Customer], text: str) -> list[Customer]:
    """Those that really hold the fragment of a phone, whose pieces may match scattered."""
    digits = search.phone_fragment(text)
    if not digits:
        return list(rows)
    return [row for row in rows if search.matches_fragment(digits, row.identifier_keys)]


def _rank(customer: Customer, text: str) -> tuple[int, str, UUID]:
    keys = [*customer.search_keys, *customer.identifier_keys]
    return (search.missed_words(text, keys), customer.name.casefold(), customer.id)
