"""Many orders cancelled at one stroke: each by itself, and each with what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import DomainError
from orders.aftersales.cancelling import LIVE, cancel_order
from orders.fulfilment.after import carry_out_after_commit
from orders.sales.models import Order
from orders.sales.queries import orders_visible_to

MOST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one order: cancelled, or why not."""

    order_id: str
    number: str
    is_done: bool
    message: str = ""


def orders_to_cancel(actor: Actor, ids: Sequence[UUID]) -> list[Order]:
    """Those of the ids that the actor may cancel at all, oldest first."""
    visible = orders_visible_to(actor, permission=Permission.ORDERS_CANCEL)
    rows = visible.filter(pk__in=list(ids)[:MOST]).select_related("channel")
    return list(rows.order_by("placed_at", "pk"))


def is_open(order: Order) -> bool:
    """Whether something of it can be cancelled."""
    return order.status in LIVE


def cancel_orders(*, order_ids: Sequence[UUID], reason: str, actor: Actor) -> list[Outcome]:
    """Cancel all that is open of each order, in a transaction each; one refusal stops no other.

    Process. A repeat changes nothing more: what is cancelled stays so.
    """
    found = []
    for order in orders_to_cancel(actor, order_ids):
        try:
            cancel_order(order_id=order.pk, reason=reason, actor=actor)
        except DomainError as refusal:
            found.append(Outcome(str(order.pk), order.number, False, str(refusal.message)))
            continue
        carry_out_after_commit(order.pk)
        found.append(Outcome(str(order.pk), order.number, True))
    return found
