"""A sale voided at the till: what was carried out is in the store again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from inventory.locations.models import Method
from inventory.stock import operations as stock
from omni.access.actor import Actor
from omni.core.states import move
from orders.fulfilment.creation import sale_reference
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.fulfilment.queries import Work, lock_work
from orders.fulfilment.taking_off import release_units
from orders.sales import operations as sales

CARRIED = frozenset({Method.CARRY_OUT.value})


@transaction.atomic
def take_back_carried_out(*, order_id: UUID, reason: str, actor: Actor) -> None:
    """Carried-out goods of an order count as never handed over, and are for sale again.

    Their units are open and no longer committed: the caller cancels them on the order. Locks:
    order, fulfilment orders, order lines, levels. Raises: NothingToUndo.
    """
    rows = FulfilmentOrder.objects.filter(
        order_id=order_id, method=Method.CARRY_OUT, status=FulfilmentState.HANDED_OVER
    )
    for row_id in list(rows.order_by("pk").values_list("pk", flat=True)):
        _take_back(lock_work(row_id, order_id=order_id, actor=actor, methods=CARRIED), reason)


def _take_back(work: Work, reason: str) -> None:
    sales.reopen_order(order=work.order)
    units = [(line, line.handed_over) for line in work.lines if line.handed_over]
    sales.add_counters_to_lines(
        deltas=[
            sales.CounterDelta(line_id=line.order_line_id, fulfilled=-count)
            for line, count in units
        ]
    )
    stocked = [line.order_line_id for line, _n in units if line.order_line.variant.is_stocked]
    if stocked:
        stock.undo(
            order_line_ids=stocked,
            reference=sale_reference(work.order.pk),
            reason="voided",
            actor=work.actor,
        )
    for line, count in units:
        line.handed_over = line.picked = 0
        line.cancelled += count
        line.save(update_fields=["handed_over", "picked", "cancelled"])
    release_units(work, units, reason="voided")
    move(
        work.row,
        FulfilmentState.CANCELLED,
        moves=work.row.moves,
        reason=reason.strip()[:40],
        finished_at=work.now,
    )
