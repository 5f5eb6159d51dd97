"""Which consent is in force: the newest decision of a purpose; without one nothing is allowed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from customers.consent.models import Consent


def in_force(*, customer_id: UUID) -> dict[str, Consent]:
    """The decision that holds, by purpose."""
    return {row.purpose: row for row in _newest([customer_id])}


def is_allowed(*, customer_id: UUID, purpose: str) -> bool:
    """Whether the customer allows this now."""
    return customer_id in allowing(customer_ids=[customer_id], purpose=purpose)


def allowing(*, customer_ids: Collection[UUID], purpose: str) -> frozenset[UUID]:
    """Those of the customers who allow this now."""
    return frozenset(
        row.customer_id
        for row in _newest(customer_ids)
        if row.purpose == purpose and row.is_granted
    )


def decisions_of(customer_id: UUID) -> Sequence[Consent]:
    """Everything that the customer ever decided, newest first."""
    return list(Consent.objects.filter(customer_id=customer_id).order_by("-id"))


def _newest(customer_ids: Collection[UUID]) -> Sequence[Consent]:
    rows = Consent.objects.filter(customer_id__in=customer_ids)
    return list(rows.order_by("customer_id", "purpose", "-id").distinct("customer_id", "purpose"))
