"""Cancelling an order, or some of its units, before they leave the house.

A customer may until somebody picks, later if the store granted it (``asking``); staff may later if
their grant says so. What was picked stays
committed until it is put back. Money is set aside for its refund in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction

from inventory.locations.models import Method
from inventory.stock import operations as stock
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.core.states import InvalidTransition, may_move, move
from omni.events.operations import record
from omni.work.models import Approval, ApprovalStatus
from omni.work.operations import ApprovalNeeded, Matter, use_approval
from orders.aftersales.errors import CancelTooLate, NothingToCancel
from orders.events import FulfilmentCancelled, OrderCancelled
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState
from orders.fulfilment.queries import Work, lock_work
from orders.fulfilment.rejection import free_slot
from orders.fulfilment.taking_off import cancel_units, release_units, settle_order
from orders.sales import operations as sales
from orders.sales.models import Order, OrderLine, OrderStatus
from orders.sales.queries import get_order, orders_visible_to

_S = FulfilmentState
UNTOUCHED = frozenset({_S.SCHEDULED, _S.ON_HOLD, _S.NEW, _S.ACCEPTED})
LATE_CANCEL = "cancel_late"
LIVE = frozenset({OrderStatus.PLACED, OrderStatus.IN_REVIEW, OrderStatus.CONFIRMED})


@transaction.atomic
def cancel_order(
    *,
    order_id: UUID,
    units: Sequence[tuple[UUID, int]] | None = None,
    reason: str = "",
    actor: Actor,
    order_token: str = "",
) -> Order:
    """Take units (order line, quantity) off an order, or all that is still open.

    Stock is free, slots are given back, money is set aside to be refunded or freed; the provider is
    called afterwards (``payments.carry_out_for_order``). An order of which nothing is left is
    cancelled; a repeat returns it. Raises: NotFound, CancelTooLate (customer), NotAllowed (staff
    without the right to cancel what is picked), NothingToCancel, QuantityExceeded,
    InvalidTransition. Locks: order, fulfilment orders, order lines, payments, levels.
    Emits: order.cancelled, fulfilment.cancelled.
    """
    _require_sight(order_id, actor, order_token)
    order = sales.locked_order(order_id)
    if order.status == OrderStatus.CANCELLED and units is None:
        return order
    if order.status not in LIVE:
        raise InvalidTransition(order_status=str(order.status))
    wanted = open_units(order, units)
    works = _lock_works(order, actor)
    _check_rights(order, works, wanted, actor)
    _cancel(order, wanted, works, reason, actor)
    return order


@transaction.atomic
def cancel_voided_sale(*, order_id: UUID, reason: str, actor: Actor) -> Order:
    """Take everything off an order whose sale is voided; the till settled who may.

    Carried-out goods are back already, their stock is free. Raises: NothingToCancel.
    Locks, Emits: as ``cancel_order``.
    """
    order = sales.locked_order(order_id)
    wanted = open_units(order, None)
    works = _lock_works(order, actor)
    back = {
        line.order_line_id
        for work in works
        if work.row.method == Method.CARRY_OUT
        for line in work.lines
    }
    _cancel(order, wanted, works, reason, actor, has_no_claim=back)
    return order


def _cancel(
    order: Order,
    wanted: dict[UUID, int],
    works: Sequence[Work],
    reason: str,
    actor: Actor,
    has_no_claim: Collection[UUID] = (),
) -> None:
    rest = {line_id: count for line_id, count in wanted.items() if line_id not in has_no_claim}
    for work in works:
        _take_off(work, rest)
    _release_without_work(rest, actor)
    _finish(order, wanted, works, reason, actor)


def _require_sight(order_id: UUID, actor: Actor, token: str) -> None:
    if actor.kind in ("customer", "anonymous"):
        get_order(actor, order_id, token=token)
        return
    visible = orders_visible_to(actor, permission=Permission.ORDERS_CANCEL)
    if not visible.filter(pk=order_id).exists():
        raise NotFound


def open_units(order: Order, units: Sequence[tuple[UUID, int]] | None) -> dict[UUID, int]:
    """These units by line, or all that are open. Raises: NotFound, NothingToCancel,
    QuantityExceeded."""
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order)}
    if units is None:
        wanted = {line.pk: line.quantity_open for line in lines.values() if line.quantity_open}
    else:
        wanted = {}
        for line_id, quantity in units:
            if line_id not in lines:
                raise NotFound
            wanted[line_id] = wanted.get(line_id, 0) + quantity
    if not wanted or any(quantity < 1 for quantity in wanted.values()):
        raise NothingToCancel
    beyond = [k for k, quantity in wanted.items() if quantity > lines[k].quantity_open]
    if beyond:
        raise sales.QuantityExceeded(lines=[str(line_id) for line_id in beyond])
    return wanted


def _lock_works(order: Order, actor: Actor) -> list[Work]:
    ids = FulfilmentOrder.objects.filter(order=order).order_by("pk").values_list("pk", flat=True)
    return [lock_work(row_id, order_id=order.pk, actor=actor) for row_id in list(ids)]


def late_works(order: Order, wanted: dict[UUID, int], actor: Actor) -> list[Work]:
    """Where somebody picked these units already, or began to. Locks: fulfilment orders."""
    return _touched(_lock_works(order, actor), wanted)


def _touched(works: Sequence[Work], wanted: dict[UUID, int]) -> list[Work]:
    return [
        work
        for work in works
        if work.row.status not in UNTOUCHED
        and any(line.quantity_open and line.order_line_id in wanted for line in work.lines)
    ]


def _check_rights(
    order: Order, works: Sequence[Work], wanted: dict[UUID, int], actor: Actor
) -> None:
    """Raises: CancelTooLate, NotAllowed."""
    touched = _touched(works, wanted)
    if touched and actor.kind in ("customer", "anonymous"):
        _use_grant(order, actor)
        return
    for work in touched:
        actor.require(Permission.ORDERS_CANCEL_PICKED, location_id=work.row.location_id)


def _use_grant(order: Order, actor: Actor) -> None:
    """The store granted this customer to cancel late, once. Raises: CancelTooLate."""
    matter = Matter(kind=LATE_CANCEL, subject_kind="order", subject_id=order.pk)
    granted = Approval.objects.filter(
        kind=matter.kind,
        subject_kind=matter.subject_kind,
        subject_id=str(order.pk),
        asked_by=actor.principal,
        status=ApprovalStatus.GRANTED,
        used_at=None,
    ).order_by("-pk")
    try:
        approval_id = granted.values_list("pk", flat=True)[:1].get()
        use_approval(approval_id=approval_id, matter=matter, actor=actor)
    except (Approval.DoesNotExist, ApprovalNeeded) as missing:
        raise CancelTooLate from missing


def _take_off(work: Work, rest: dict[UUID, int]) -> None:
    """Take what is wanted off this work, units first that nobody picked; the rest remains."""
    unpicked: list[tuple[FulfilmentLine, int]] = []
    for line in work.lines:
        count = min(rest.get(line.order_line_id, 0), line.quantity_open)
        if not count:
            continue
        free = min(count, line.quantity_to_pick)
        if free:
            unpicked.append((line, free))
        line.cancelled += count
        line.save(update_fields=["cancelled"])
        rest[line.order_line_id] -= count
    if unpicked:
        release_units(work, unpicked, reason="cancelled")


def _release_without_work(rest: dict[UUID, int], actor: Actor) -> None:
    """Units of an order that was never confirmed have no work yet: their stock is free at once."""
    lines = OrderLine.objects.filter(pk__in=[k for k, left in rest.items() if left])
    stocked = [
        (line.pk, rest[line.pk])
        for line in lines.select_related("variant")
        if line.variant.is_stocked
    ]
    if stocked:
        stock.release_lines(order_line_quantities=stocked, reason="cancelled", actor=actor)


def _finish(
    order: Order, wanted: dict[UUID, int], works: Sequence[Work], reason: str, actor: Actor
) -> None:
    lines = OrderLine.objects.in_bulk(list(wanted))
    amount = cancel_units(
        order=order,
        units=[(lines[line_id], quantity) for line_id, quantity in wanted.items()],
        reason=reason.strip()[:120],
        reference=f"order:{uuid7()}",
        actor=actor,
    )
    for work in works:
        _end_work(work, reason)
    record(
        OrderCancelled(
            order_id=order.pk,
            channel_id=order.channel_id,
            customer_id=order.customer_id,
            location_id=order.location_id,
            is_whole=order.status == OrderStatus.CANCELLED,
            amount_minor=amount,
            currency=order.currency,
            reason=reason.strip()[:120],
            quantities={str(line_id): quantity for line_id, quantity in wanted.items()},
        ),
        actor=actor,
    )
    settle_order(order.pk, actor)
    order.refresh_from_db()


def _end_work(work: Work, reason: str) -> None:
    """Work of which nothing is left is cancelled; picked goods must still be put back."""
    if any(line.quantity_open or line.handed_over for line in work.lines):
        return
    if not may_move(work.row, _S.CANCELLED, moves=work.row.moves):
        return
    is_empty = not any(line.quantity_to_put_back for line in work.lines)
    move(
        work.row,
        _S.CANCELLED,
        moves=work.row.moves,
        reason=reason.strip()[:40],
        finished_at=work.now if is_empty else None,
    )
    free_slot(work.row)
    record(FulfilmentCancelled(**work.facts(reason=reason.strip()[:40])), actor=work.actor)
