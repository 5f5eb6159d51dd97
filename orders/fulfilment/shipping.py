"""Parcels: packed, dispatched (on_hand falls here), and what the carrier tells of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.stock import operations as stock
from inventory.stock.models import MovementKind
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.states import move
from omni.events.operations import record
from omni.work import operations as work_for_people
from orders.events import (
    FulfilmentFact,
    ShipmentAttempted,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentLost,
    ShipmentRefused,
    ShipmentReturned,
    ShipmentReturning,
)
from orders.fulfilment.capturing import capture_what_is_due
from orders.fulfilment.errors import (
    NotAllPicked,
    NothingToHandOver,
    NotPaid,
    PutBackFirst,
)
from orders.fulfilment.hand_over import cancel_open_units
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState, Shipment
from orders.fulfilment.money import due_at_hand_over
from orders.fulfilment.queries import PARCELS, Work, fulfilment_orders_visible_to, take_work
from orders.fulfilment.taking_off import release_units, settle_order
from orders.sales import operations as sales

_EVENTS: dict[str, type[FulfilmentFact]] = {
    FulfilmentState.ATTEMPTED: ShipmentAttempted,
    FulfilmentState.DELIVERED: ShipmentDelivered,
    FulfilmentState.REFUSED_AT_DOOR: ShipmentRefused,
    FulfilmentState.RETURNING: ShipmentReturning,
}


@transaction.atomic
def pack(
    *, fulfilment_order_id: UUID, carrier: str, tracking_number: str = "", actor: Actor
) -> Shipment:
    """All units are picked and in a parcel. Raises: NotFound, NotAllPicked, PutBackFirst,
    NothingToHandOver, InvalidTransition.
    """
    work = _take(fulfilment_order_id, actor)
    _require_all_picked(work)
    move(work.row, FulfilmentState.PACKED, moves=work.row.moves)
    parcel: Shipment = Shipment.objects.create(
        fulfilment_order=work.row,
        carrier=carrier.strip()[:60],
        tracking_number=tracking_number.strip()[:80],
    )
    return parcel


def dispatch(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """The parcel leaves the house: on_hand falls, its units are fulfilled.

    Process: an authorised card is captured first; what is due must be paid. Raises: NotFound,
    NotPaid, PutBackFirst, InvalidTransition, PaymentDeclined, PaymentUnclear.
    Emits: shipment.dispatched.
    """
    visible = fulfilment_orders_visible_to(actor, Permission.FULFILMENT_WORK)
    status = visible.filter(pk=fulfilment_order_id).values_list("status", flat=True).first()
    if status is None:
        raise NotFound
    if status == FulfilmentState.PACKED:
        capture_what_is_due(fulfilment_order_id=fulfilment_order_id, actor=actor)
    return send_off(fulfilment_order_id=fulfilment_order_id, actor=actor)


@transaction.atomic
def send_off(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """The dispatch itself, for a caller that took what is due. Raises: as ``dispatch``."""
    work = _take(fulfilment_order_id, actor)
    move(work.row, FulfilmentState.DISPATCHED, moves=work.row.moves)
    _require_all_picked(work)
    units = _open_units(work)
    due = due_at_hand_over(work.order, {line.order_line_id: count for line, count in units})
    if due > 0:
        raise NotPaid(due_minor=due, currency=work.order.currency)
    parcel = work.row.shipments.order_by("-pk").first()
    if parcel is None:
        raise NothingToHandOver
    parcel.dispatched_at = work.now
    parcel.save(update_fields=["dispatched_at"])
    _count_out(units, sign=1)
    _consume(work, units, reference=_reference(parcel))
    record(
        ShipmentDispatched(
            **work.facts(quantities=_quantities(units)),
            shipment_id=parcel.pk,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
        ),
        actor=actor,
    )
    settle_order(work.order.pk, actor)
    return work.row


def report_attempt(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """The carrier found nobody. Raises: NotFound, InvalidTransition. Emits: shipment.attempted."""
    return _carry(fulfilment_order_id, FulfilmentState.ATTEMPTED, actor)


def deliver(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """The parcel arrived. Raises: NotFound, InvalidTransition. Emits: shipment.delivered."""
    return _carry(fulfilment_order_id, FulfilmentState.DELIVERED, actor)


def refuse_at_door(*, fulfilment_order_id: UUID, reason: str = "", actor: Actor) -> FulfilmentOrder:
    """The customer did not take it. Raises: NotFound, InvalidTransition.
    Emits: shipment.refused.
    """
    return _carry(fulfilment_order_id, FulfilmentState.REFUSED_AT_DOOR, actor, reason)


def send_back(*, fulfilment_order_id: UUID, reason: str = "", actor: Actor) -> FulfilmentOrder:
    """The parcel is on its way back. Raises: NotFound, InvalidTransition.
    Emits: shipment.returning.
    """
    return _carry(fulfilment_order_id, FulfilmentState.RETURNING, actor, reason)


@transaction.atomic
def receive_back(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """The parcel is at its origin again: the goods are for sale, what was paid is due back.

    Its units count as never fulfilled and cancelled. Raises: NotFound, InvalidTransition.
    Locks: order, fulfilment order, order lines, levels. Emits: shipment.returned.
    """
    work = _take(fulfilment_order_id, actor)
    move(work.row, FulfilmentState.RETURNED_TO_ORIGIN, moves=work.row.moves, finished_at=work.now)
    units = [(line, line.handed_over) for line in work.lines if line.handed_over]
    parcel = work.row.shipments.order_by("-pk").first()
    sales.reopen_order(order=work.order)
    _count_out(units, sign=-1)
    stocked = [line.order_line_id for line, _n in units if _is_stocked(line)]
    if parcel is not None and stocked:
        stock.undo(
            order_line_ids=stocked,
            reference=_reference(parcel),
            reason="returned_to_origin",
            actor=actor,
        )
    cancel_open_units(work, reason="not_delivered", reference=f"origin:{work.row.pk}")
    release_units(work, units, reason="not_delivered")
    for line, count in units:
        line.picked -= count
        line.save(update_fields=["picked"])
    record(ShipmentReturned(**work.facts(quantities=_quantities(units))), actor=actor)
    settle_order(work.order.pk, actor)
    return work.row


@transaction.atomic
def report_lost(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """The carrier lost the parcel. The goods are gone; an incident decides what the customer gets
    (a claim refunds or replaces). Raises: NotFound, InvalidTransition. Emits: shipment.lost.
    """
    work = _take(fulfilment_order_id, actor)
    move(work.row, FulfilmentState.LOST, moves=work.row.moves, finished_at=work.now)
    work_for_people.open_incident(
        kind="parcel_lost",
        subject_kind="fulfilment_order",
        subject_id=work.row.pk,
        summary=_("A parcel was lost. Open a claim for the customer."),
        details={"order": work.order.number},
        location_id=work.row.location_id,
        actor=actor,
    )
    record(ShipmentLost(**work.facts()), actor=actor)
    return work.row


# --- steps ----------------------------------------------------------------------------------------

Units = list[tuple[FulfilmentLine, int]]


def _take(fulfilment_order_id: UUID, actor: Actor) -> Work:
    return take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=PARCELS
    )


@transaction.atomic
def _carry(
    fulfilment_order_id: UUID, to: FulfilmentState, actor: Actor, reason: str = ""
) -> FulfilmentOrder:
    """A message of the carrier that moves no goods of ours."""
    work = _take(fulfilment_order_id, actor)
    also: dict[str, Any] = {"finished_at": work.now} if to == FulfilmentState.DELIVERED else {}
    move(work.row, to, moves=work.row.moves, **also)
    if to == FulfilmentState.DELIVERED:
        work.row.shipments.filter(delivered_at=None).update(delivered_at=work.now)
    record(_EVENTS[to](**work.facts(reason=reason[:40])), actor=actor)
    return work.row


def _require_all_picked(work: Work) -> None:
    unpicked = [line.pk for line in work.lines if line.quantity_to_pick]
    if unpicked:
        raise NotAllPicked(lines=unpicked)
    if any(line.quantity_to_put_back for line in work.lines):
        raise PutBackFirst
    if not _open_units(work):
        raise NothingToHandOver


def _open_units(work: Work) -> Units:
    return [(line, line.quantity_open) for line in work.lines if line.quantity_open]


def _count_out(units: Units, *, sign: int) -> None:
    for line, count in units:
        line.handed_over += sign * count
        line.save(update_fields=["handed_over"])
    sales.add_counters_to_lines(
        deltas=[
            sales.CounterDelta(line_id=line.order_line_id, fulfilled=sign * count)
            for line, count in units
        ]
    )


def _consume(work: Work, units: Units, *, reference: str) -> None:
    stocked = [(line.order_line_id, count) for line, count in units if _is_stocked(line)]
    if stocked:
        stock.consume(
            order_line_quantities=stocked,
            location_id=work.row.location_id,
            kind=MovementKind.SHIPPED,
            reference=reference,
            actor=work.actor,
        )


def _is_stocked(line: FulfilmentLine) -> bool:
    return bool(line.order_line.variant.is_stocked)


def _quantities(units: Units) -> dict[str, int]:
    return {str(line.order_line_id): count for line, count in units}


def _reference(parcel: Shipment) -> str:
    return f"dispatch:{parcel.pk}"
