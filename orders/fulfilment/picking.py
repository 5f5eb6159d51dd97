"""From new work to picked goods: accept, pick, and what happens to units that are not there."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.states import move
from omni.events.operations import record
from orders.events import FulfilmentAccepted, FulfilmentLineShort
from orders.fulfilment import taking_off
from orders.fulfilment.errors import OrderNotConfirmed, PutBackFirst, QuantityBeyondLine
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState
from orders.fulfilment.queries import WORKED, Work, take_work
from orders.fulfilment.shelf_findings import report_finding
from orders.sales.models import OrderStatus

WORKABLE = frozenset({OrderStatus.CONFIRMED, OrderStatus.COMPLETED})


@transaction.atomic
def accept(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """The location takes the work on. The payment policy of the order must be satisfied.

    Raises: NotFound, OrderNotConfirmed, InvalidTransition. Locks: order, fulfilment order.
    Emits: fulfilment.accepted.
    """
    work = _take(fulfilment_order_id, actor)
    if work.order.status not in WORKABLE:
        raise OrderNotConfirmed(order_status=str(work.order.status))
    move(work.row, FulfilmentState.ACCEPTED, moves=work.row.moves, accepted_at=work.now)
    record(FulfilmentAccepted(**work.facts()), actor=actor)
    return work.row


@transaction.atomic
def start_picking(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """Somebody goes for the goods. Raises: NotFound, InvalidTransition."""
    work = _take(fulfilment_order_id, actor)
    move(work.row, FulfilmentState.PICKING, moves=work.row.moves)
    return work.row


@transaction.atomic
def put_on_hold(*, fulfilment_order_id: UUID, reason: str = "", actor: Actor) -> FulfilmentOrder:
    """Work on a parcel waits (an address to be asked for). Raises: NotFound, InvalidTransition."""
    work = _take(fulfilment_order_id, actor)
    move(work.row, FulfilmentState.ON_HOLD, moves=work.row.moves, reason=reason[:40])
    return work.row


@transaction.atomic
def resume(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """Work goes on from the start. Raises: NotFound, InvalidTransition."""
    work = _take(fulfilment_order_id, actor)
    move(work.row, FulfilmentState.NEW, moves=work.row.moves, reason="")
    return work.row


@transaction.atomic
def pick_line(
    *,
    fulfilment_order_id: UUID,
    line_id: int,
    picked: int,
    short: int = 0,
    reason: str = "not_found",
    actor: Actor,
) -> FulfilmentLine:
    """Say how many units of a line were found in all, and how many are not there.

    Both are totals, so a repeat changes nothing; ``short`` only rises. Units that are short are
    cancelled, their money is due back, and the shelf is looked into (``report_finding``). When
    nothing is left to pick or hand over, the work is cancelled. Of a line with picked units to be
    put back nothing else can be said before that.
    Raises: NotFound, QuantityBeyondLine, LineNotInFulfilmentOrder, PutBackFirst, UnknownReason,
    InvalidTransition.
    Locks: order, fulfilment order, order lines, levels. Emits: fulfilment.line_short.
    """
    work = _take(fulfilment_order_id, actor)
    line = work.line(line_id)
    if line.quantity_to_put_back:
        if (picked, short) != (line.picked, line.short):
            raise PutBackFirst
        return line
    _check_totals(line, picked=picked, short=short)
    _require_picking(work)
    newly_short = short - line.short
    line.picked, line.short = picked, short
    line.save(update_fields=["picked", "short"])
    if newly_short:
        _cancel_short(work, line, newly_short, reason)
    return line


@transaction.atomic
def set_picked(
    *, fulfilment_order_id: UUID, line_id: int, picked: int, actor: Actor
) -> FulfilmentLine:
    """The same where nothing is missing: so many units of a line are found. As ``pick_line``."""
    line = _take(fulfilment_order_id, actor).line(line_id)
    return pick_line(
        fulfilment_order_id=fulfilment_order_id,
        line_id=line_id,
        picked=picked,
        short=line.short,
        actor=actor,
    )


@transaction.atomic
def report_short(
    *, fulfilment_order_id: UUID, line_id: int, reason: str, actor: Actor
) -> FulfilmentLine:
    """What of a line is not picked is not there: taken off the order. As ``pick_line``."""
    line = _take(fulfilment_order_id, actor).line(line_id)
    return pick_line(
        fulfilment_order_id=fulfilment_order_id,
        line_id=line_id,
        picked=line.picked,
        short=line.short + line.quantity_to_pick,
        reason=reason,
        actor=actor,
    )


def _take(fulfilment_order_id: UUID, actor: Actor) -> Work:
    return take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=WORKED
    )


def _require_picking(work: Work) -> None:
    if work.row.status != FulfilmentState.PICKING:
        # The table's own refusal: picking is the only state in which units are counted.
        move(work.row, FulfilmentState.PICKING, moves=work.row.moves)


def _check_totals(line: FulfilmentLine, *, picked: int, short: int) -> None:
    wanted = line.quantity - line.cancelled
    if picked < line.handed_over or short < line.short or picked + short > wanted:
        raise QuantityBeyondLine(
            line_id=line.pk, picked=picked, short=short, possible=wanted, is_short=line.short
        )


def _cancel_short(work: Work, line: FulfilmentLine, units: int, reason: str) -> None:
    taking_off.cancel_units(
        order=work.order,
        units=[(line.order_line, units)],
        reason=reason,
        reference=f"short:{line.pk}:{line.short}",
        actor=work.actor,
    )
    taking_off.release_units(work, [(line, units)], reason="short")
    report_finding(work, [(line, units)], reason=reason, reference=f"short:{line.pk}:{line.short}")
    quantities = {str(line.order_line_id): units}
    record(
        FulfilmentLineShort(**work.facts(quantities=quantities, reason=reason)),
        actor=work.actor,
    )
    taking_off.end_if_empty(work, reason="short")
