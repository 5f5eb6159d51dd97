"""What a person's limit forbids is asked of another, and the question survives the refusal.

The operation runs in a transaction and is rolled back as a whole when it meets the limit; the
question is then written in a transaction of its own, and the error names it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from omni.access.actor import Actor
from omni.work.operations import Matter
from orders.aftersales.errors import RefundOverOwnLimit
from orders.aftersales.rules import ask_for_approval

T = TypeVar("T")


def with_approval(operate: Callable[[], T], *, actor: Actor) -> T:
    """Run the operation; over the limit ask for an approval. Must not run inside a transaction.

    Raises: ApprovalAsked, and what the operation raises.
    """
    try:
        return operate()
    except RefundOverOwnLimit as over:
        details = dict(over.details)
    place = details["location_id"]
    matter = Matter(
        kind=details["kind"],
        subject_kind=details["subject_kind"],
        subject_id=details["subject_id"],
        location_id=UUID(place) if place else None,
    )
    raise ask_for_approval(
        matter=matter,
        amount_minor=details["amount_minor"],
        given_back_minor=details["given_back_minor"],
        actor=actor,
    )
