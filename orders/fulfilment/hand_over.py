"""Goods change hands at the counter: paid for, proven, counted; here on_hand falls.

Handing over is a process: the proof commits on its own, an authorised card is captured before the
goods are given, and the hand-over itself is one transaction. What the till takes in cash goes into
that transaction (``give_goods``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from inventory.stock import operations as stock
from inventory.stock.models import MovementKind
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.states import move
from omni.events.operations import record
from orders.events import PickupHandedOver, PickupHandOverUndone, PickupRefused
from orders.fulfilment.capturing import capture_what_is_due
from orders.fulfilment.errors import (
    LineNotInFulfilmentOrder,
    NothingToHandOver,
    NotPaid,
    QuantityBeyondLine,
    UndoTooLate,
)
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState, HandOver
from orders.fulfilment.money import due_at_hand_over
from orders.fulfilment.proof import Proof, prove, require_handable
from orders.fulfilment.queries import PICKUP, Work, fulfilment_orders_visible_to, take_work
from orders.fulfilment.taking_off import cancel_units, settle_order
from orders.sales import operations as sales
from orders.sales.models import Order

UNDO_WITHIN = timedelta(minutes=15)
Quantities = Mapping[int, int]  # units by fulfilment line


def hand_over(
    *,
    fulfilment_order_id: UUID,
    code: str = "",
    id_kind: str = "",
    is_delegate: bool = False,
    quantities: Quantities | None = None,
    cancel_rest: bool = False,
    request_key: str | None = None,
    actor: Actor,
) -> FulfilmentOrder:
    """Give a ready pickup (or some of it) to whoever proves that it is theirs.

    Process. Without ``quantities`` all that waits is given. The rest stays on the shelf, or is
    cancelled and refunded with ``cancel_rest``. What is due must be paid or capturable. A repeat
    with the ``request_key`` returns what it did. Raises: as ``prove`` and ``give_goods``;
    PaymentDeclined, PaymentUnclear (the goods stay).
    """
    before = handed_over_before(
        fulfilment_order_id=fulfilment_order_id, request_key=request_key, actor=actor
    )
    if before is not None:
        return before
    proof = prove(
        fulfilment_order_id=fulfilment_order_id,
        code=code,
        id_kind=id_kind,
        is_delegate=is_delegate,
        actor=actor,
    )
    capture_what_is_due(fulfilment_order_id=fulfilment_order_id, quantities=quantities, actor=actor)
    return give_goods(
        proof=proof,
        quantities=quantities,
        cancel_rest=cancel_rest,
        request_key=request_key,
        actor=actor,
    )


def handed_over_before(
    *, fulfilment_order_id: UUID, request_key: str | None, actor: Actor
) -> FulfilmentOrder | None:
    """What an earlier request with this key handed over: a crash must not look like a thief."""
    if request_key is None:
        return None
    return (
        fulfilment_orders_visible_to(actor, Permission.PICKUP_HAND_OVER)
        .filter(pk=fulfilment_order_id, hand_overs__request_key=request_key)
        .first()
    )


@transaction.atomic
def give_goods(
    *,
    proof: Proof,
    quantities: Quantities | None = None,
    cancel_rest: bool = False,
    request_key: str | None = None,
    actor: Actor,
) -> FulfilmentOrder:
    """The hand-over itself, for a caller that has the proof and took what is due.

    Raises: NotFound, AlreadyHandedOver, InvalidTransition, NothingToHandOver, QuantityBeyondLine,
    NotPaid. Locks: order, fulfilment order, order lines, levels. Emits: pickup.handed_over.
    """
    work = take_work(
        proof.fulfilment_order_id,
        actor=actor,
        permission=Permission.PICKUP_HAND_OVER,
        methods=PICKUP,
    )
    require_handable(work)
    units = units_to_give(work.lines, quantities)
    _require_paid(work, units)
    given = _write_hand_over(work, units, proof, request_key)
    _move_goods(work, units, given.reference)
    if cancel_rest:
        cancel_open_units(work, reason="refused", reference=f"rest:{given.pk}")
    is_partial = any(line.quantity_open or line.quantity_to_put_back for line in work.lines)
    _move_on(work, is_partial=is_partial)
    _tell(work, units, proof, is_partial=is_partial)
    settle_order(work.order.pk, actor)
    return work.row


@transaction.atomic
def undo_hand_over(*, fulfilment_order_id: UUID, reason: str = "", actor: Actor) -> FulfilmentOrder:
    """It was the wrong bag: the last hand-over of a pickup is taken back, within 15 minutes.

    The goods are on the shelf and committed again. Raises: NotFound, UndoTooLate,
    InvalidTransition. Locks: order, fulfilment order, levels. Emits: pickup.hand_over_undone.
    """
    work = take_work(
        fulfilment_order_id,
        actor=actor,
        permission=Permission.PICKUP_UNDO_HAND_OVER,
        methods=PICKUP,
    )
    last = HandOver.objects.filter(fulfilment_order=work.row, undone_at=None).locked().last()
    move(work.row, FulfilmentState.READY, moves=work.row.moves, finished_at=None)
    if last is None or last.occurred_at < work.now - UNDO_WITHIN:
        raise UndoTooLate
    units = [(work.line(int(line_id)), count) for line_id, count in last.quantities.items()]
    sales.reopen_order(order=work.order)
    _count(units, -1)
    stocked = [line.order_line_id for line, _n in units if line.order_line.variant.is_stocked]
    if stocked:
        stock.undo(
            order_line_ids=stocked, reference=last.reference, reason=reason[:40], actor=actor
        )
    last.undone_at, last.undone_by = work.now, actor.principal
    last.save(update_fields=["undone_at", "undone_by"])
    work.pickup.handed_over_at = None
    work.pickup.save(update_fields=["handed_over_at"])
    quantities = {str(line.order_line_id): count for line, count in units}
    record(
        PickupHandOverUndone(**work.facts(reason=reason[:40], quantities=quantities)), actor=actor
    )
    settle_order(work.order.pk, actor)
    return work.row


@transaction.atomic
def refuse_at_counter(
    *, fulfilment_order_id: UUID, reason: str = "", actor: Actor
) -> FulfilmentOrder:
    """The customer does not want the goods: they are cancelled, and wait to be put back.

    What was paid is due back. Raises: NotFound, InvalidTransition. Emits: pickup.refused.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.PICKUP_HAND_OVER, methods=PICKUP
    )
    move(work.row, FulfilmentState.REFUSED_AT_COUNTER, moves=work.row.moves, reason=reason[:40])
    cancel_open_units(work, reason="refused", reference=f"refused:{work.row.pk}")
    record(PickupRefused(**work.facts(reason=reason[:40])), actor=actor)
    settle_order(work.order.pk, actor)
    return work.row


def due_for(
    *, fulfilment_order_id: UUID, quantities: Quantities | None, actor: Actor
) -> tuple[int, Order]:
    """What must be taken before these units are given, minor units; and the order, locked.

    Raises: NotFound, QuantityBeyondLine, NothingToHandOver.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.PICKUP_HAND_OVER, methods=PICKUP
    )
    units = units_to_give(work.lines, quantities)
    due = due_at_hand_over(work.order, {line.order_line_id: count for line, count in units})
    return due, work.order


# --- steps ----------------------------------------------------------------------------------------

Units = list[tuple[FulfilmentLine, int]]


def units_to_give(lines: list[FulfilmentLine], quantities: Quantities | None) -> Units:
    """Which units are given: those asked for, or all that wait.

    Raises: LineNotInFulfilmentOrder, QuantityBeyondLine, NothingToHandOver.
    """
    waiting = {
        line.pk: max(0, min(line.quantity_open, line.picked - line.handed_over)) for line in lines
    }
    wanted = waiting if quantities is None else dict(quantities)
    for line_id, count in wanted.items():
        if line_id not in waiting:
            raise LineNotInFulfilmentOrder(line_id=line_id)
        if not 0 <= count <= waiting[line_id]:
            raise QuantityBeyondLine(line_id=line_id, quantity=count, possible=waiting[line_id])
    units = [(line, wanted[line.pk]) for line in lines if wanted.get(line.pk)]
    if not units:
        raise NothingToHandOver
    return units


def cancel_open_units(work: Work, *, reason: str, reference: str) -> None:
    """Take everything off the order that has not left yet. Picked units wait to be put back."""
    units = [(line, line.quantity_open) for line in work.lines if line.quantity_open]
    for line, count in units:
        line.cancelled += count
        line.save(update_fields=["cancelled"])
    if units:
        cancel_units(
            order=work.order,
            units=[(line.order_line, count) for line, count in units],
            reason=reason,
            reference=reference,
            actor=work.actor,
        )


def _require_paid(work: Work, units: Units) -> None:
    due = due_at_hand_over(work.order, {line.order_line_id: count for line, count in units})
    if due > 0:
        raise NotPaid(due_minor=due, currency=work.order.currency)


def _write_hand_over(work: Work, units: Units, proof: Proof, request_key: str | None) -> HandOver:
    given: HandOver = HandOver.objects.create(
        fulfilment_order=work.row,
        request_key=request_key,
        quantities={str(line.pk): count for line, count in units},
        proof=proof.kind,
        handed_over_to=proof.handed_over_to,
        principal=work.actor.principal,
        occurred_at=work.now,
    )
    return given


def _move_goods(work: Work, units: Units, reference: str) -> None:
    _count(units, 1)
    stocked = [
        (line.order_line_id, count) for line, count in units if line.order_line.variant.is_stocked
    ]
    if stocked:
        stock.consume(
            order_line_quantities=stocked,
            location_id=work.row.location_id,
            kind=MovementKind.HANDED_OVER,
            reference=reference,
            actor=work.actor,
        )


def _count(units: Units, sign: int) -> None:
    for line, count in units:
        line.handed_over += sign * count
        line.save(update_fields=["handed_over"])
    sales.add_counters_to_lines(
        deltas=[
            sales.CounterDelta(line_id=line.order_line_id, fulfilled=sign * count)
            for line, count in units
        ]
    )


def _move_on(work: Work, *, is_partial: bool) -> None:
    work.pickup.handed_over_at = work.now
    work.pickup.save(update_fields=["handed_over_at"])
    if not is_partial:
        move(work.row, FulfilmentState.HANDED_OVER, moves=work.row.moves, finished_at=work.now)
    elif work.row.status != FulfilmentState.PARTLY_HANDED_OVER:
        move(work.row, FulfilmentState.PARTLY_HANDED_OVER, moves=work.row.moves)


def _tell(work: Work, units: Units, proof: Proof, *, is_partial: bool) -> None:
    quantities = {str(line.order_line_id): count for line, count in units}
    handed = PickupHandedOver(
        **work.facts(quantities=quantities), is_partial=is_partial, proof=proof.kind
    )
    record(handed, actor=work.actor)
