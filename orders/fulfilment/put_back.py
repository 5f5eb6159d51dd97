"""Goods that nobody took go back to their place; only then is their stock free."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.states import move
from omni.events.operations import record
from orders.events import GoodsPutBack
from orders.fulfilment.errors import NothingToPutBack
from orders.fulfilment.hand_over import cancel_open_units
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.fulfilment.queries import WORKED, Work, take_work
from orders.fulfilment.taking_off import release_units, settle_order

# From here nothing will be handed over any more, so what is still open is cancelled first.
_GIVEN_UP = frozenset({FulfilmentState.NO_SHOW, FulfilmentState.PARTLY_HANDED_OVER})
_OVER = _GIVEN_UP | {FulfilmentState.REFUSED_AT_COUNTER, FulfilmentState.CANCELLED}


@transaction.atomic
def put_back(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """Picked units that will not leave the house lie in their place again and can be sold.

    Not collected or partly collected work gives up its rest here: cancelled, refunded, closed. Of
    work that goes on only the surplus is put back. Raises: NotFound, NothingToPutBack.
    Locks: order, fulfilment order, order lines, levels. Emits: fulfilment.put_back.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=WORKED
    )
    if work.row.status in _GIVEN_UP:
        reason = "not_collected" if work.row.status == FulfilmentState.NO_SHOW else "not_taken"
        cancel_open_units(work, reason=reason, reference=f"put-back:{work.row.pk}")
    units = [(line, line.quantity_to_put_back) for line in work.lines if line.quantity_to_put_back]
    if not units:
        raise NothingToPutBack
    release_units(work, units, reason="put_back")
    for line, count in units:
        line.picked -= count
        line.save(update_fields=["picked"])
    _close(work)
    quantities = {str(line.order_line_id): count for line, count in units}
    record(GoodsPutBack(**work.facts(quantities=quantities)), actor=actor)
    settle_order(work.order.pk, actor)
    return work.row


def _close(work: Work) -> None:
    if work.row.status in _OVER:
        move(work.row, FulfilmentState.PUT_BACK, moves=work.row.moves)
        move(work.row, FulfilmentState.CLOSED, moves=work.row.moves, finished_at=work.now)
