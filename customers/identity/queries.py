"""Reads over identifiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from customers.identity.canonical import Given, canonical
from customers.identity.models import Identifier, IdentifierKind
from customers.profiles.models import Customer, CustomerStatus
from omni.core.statements import hot_cursor


def identifiers_of(customer_id: UUID) -> Sequence[Identifier]:
    """By what the customer is recognised, oldest first."""
    return list(Identifier.objects.filter(customer_id=customer_id).order_by("id"))


@dataclass(frozen=True, slots=True)
class Reach:
    """How a customer is reached by what they proved to be theirs, the latest of each kind."""

    status: str
    name: str
    email: str
    phone: str


_REACH = """
SELECT c.status, c.name, coalesce(max(i.value) FILTER (WHERE i.kind = 'email'), ''),
    coalesce(max(i.value) FILTER (WHERE i.kind = 'phone'), '')
FROM customers_customer c
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (p.kind) p.kind, p.value FROM customers_identifier p
    WHERE p.customer_id = c.id AND p.is_verified AND p.kind IN ('email', 'phone')
    ORDER BY p.kind, p.verified_at DESC NULLS LAST, p.id DESC) i ON true
WHERE c.id = %s
GROUP BY c.id
"""


def reach_of(customer_id: UUID) -> Reach | None:
    """Whether the merchant deals with a customer, and how they are reached. One statement."""
    with hot_cursor() as cursor:
        cursor.execute(_REACH, [customer_id])
        row = cursor.fetchone()
    return Reach(*row) if row else None


def owner_of(given: Given) -> Customer | None:
    """Who proved that this is theirs. Raises: InvalidIdentifier."""
    value = canonical(given)
    found = Identifier.objects.select_related("customer").filter(
        kind=value.kind, namespace=value.namespace, value=value.value, is_verified=True
    )
    identifier = found.first()
    return identifier.customer if identifier else None


def unproved_holders(given: Given) -> Sequence[Customer]:
    """Customers under whom the value was captured, and of whom nothing is proved; oldest first.

    Such a record may pass to whoever proves the value: nobody else has shown to be that person.
    Raises: InvalidIdentifier.
    """
    value = canonical(given)
    proved = Identifier.objects.filter(is_verified=True).values("customer_id")
    holders = Customer.objects.filter(
        identifiers__kind=value.kind,
        identifiers__namespace=value.namespace,
        identifiers__value=value.value,
        status=CustomerStatus.ACTIVE,
    )
    return list(holders.exclude(id__in=proved).order_by("created_at", "id").distinct())


def masked(customer_ids: Collection[UUID]) -> Mapping[UUID, list[str]]:
    """Identifiers told so that people can be told apart, but not written to."""
    rows = Identifier.objects.filter(customer_id__in=customer_ids).exclude(
        kind=IdentifierKind.DEVICE
    )
    told: dict[UUID, list[str]] = defaultdict(list)
    for row in rows.order_by("id"):
        told[row.customer_id].append(mask(row.kind, row.value))
    return told


def mask(kind: str, value: str) -> str:
    """``ada@example.com -> a•••@example.com``, ``+491701234567 -> •••567``."""
    if kind == IdentifierKind.EMAIL:
        local, _at, domain = value.partition("@")
        return f"{local[:1]}•••@{domain}"
    return f"•••{value[-3:]}"
