"""Reads over identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from customers.identity.canonical import Given, canonical
from customers.identity.models import Identifier
from customers.profiles.models import Customer, CustomerStatus


def identifiers_of(customer_id: UUID) -> Sequence[Identifier]:
    """By what the customer is recognised, oldest first."""
    return list(Identifier.objects.filter(customer_id=customer_id).order_by("id"))


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
