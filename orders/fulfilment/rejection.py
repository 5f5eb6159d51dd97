"""A location that cannot do its work: its reason adjusts the stock, and the units go elsewhere.

Decided here: rejected units are sought at the other locations that serve the channel by the same
method, for a pickup nearest to the store that the customer chose, else in the channel's order. What
no location has is cancelled, and its money is due back. The trace of the choice is kept on the
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from inventory.locations import queries as locations
from inventory.locations.models import Location, Method
from inventory.stock import operations as stock
from inventory.stock import queries as stock_queries
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.states import move
from omni.events.operations import record
from orders.events import FulfilmentRejected, FulfilmentRerouted
from orders.fulfilment.creation import Portion, create_from_portions
from orders.fulfilment.errors import NothingToHandOver
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState
from orders.fulfilment.queries import WORKED, Work, take_work
from orders.fulfilment.shelf_findings import check_reason, report_finding
from orders.fulfilment.taking_off import cancel_units, free_slot, release_units, settle_order
from orders.routing import sourcing
from orders.sales import operations as sales

REJECTABLE = frozenset({FulfilmentState.NEW, FulfilmentState.ACCEPTED, FulfilmentState.PICKING})
NEAR_STORES = 50
Units = list[tuple[FulfilmentLine, int]]


@transaction.atomic
def reject(
    *,
    fulfilment_order_id: UUID,
    reason: str,
    line_ids: Sequence[int] | None = None,
    actor: Actor,
) -> FulfilmentOrder:
    """The location gives back work that it cannot do: some lines, or all of them.

    Units that were not picked are released, the stock follows the reason, and they are routed to a
    location that has them, or cancelled. Work of which nothing is left is ``rejected``.
    Raises: NotFound, UnknownReason, LineNotInFulfilmentOrder, NothingToHandOver, InvalidTransition.
    Locks: order, fulfilment order, order lines, levels. Emits: fulfilment.rejected,
    fulfilment.rerouted.
    """
    check_reason(reason)
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=WORKED
    )
    units = _units_to_reject(work, line_ids)
    if work.row.status not in REJECTABLE:
        move(work.row, FulfilmentState.REJECTED, moves=work.row.moves)
    _give_up(work, units, reason)
    placed = _route_again(work, units)
    missing = [(line, count - placed.get(line.pk, 0)) for line, count in units]
    _cancel_missing(work, [(line, count) for line, count in missing if count])
    settle_order(work.order.pk, actor)
    return work.row


def _units_to_reject(work: Work, line_ids: Sequence[int] | None) -> Units:
    lines = work.lines if line_ids is None else [work.line(line_id) for line_id in set(line_ids)]
    units = [(line, line.quantity_to_pick) for line in lines if line.quantity_to_pick]
    if not units:
        raise NothingToHandOver
    return units


def _give_up(work: Work, units: Units, reason: str) -> None:
    """The units are this location's no more."""
    reference = f"reject:{work.row.pk}"
    release_units(work, units, reason="rejected")
    for line, count in units:
        line.short += count
        line.save(update_fields=["short"])
        report_finding(work, [(line, count)], reason=reason, reference=f"{reference}:{line.short}")
    if not any(line.quantity_open or line.quantity_to_put_back for line in work.lines):
        move(
            work.row,
            FulfilmentState.REJECTED,
            moves=work.row.moves,
            finished_at=work.now,
            reason=reason,
        )
        free_slot(work.row)
    quantities = {str(line.order_line_id): count for line, count in units}
    record(FulfilmentRejected(**work.facts(reason=reason, quantities=quantities)), actor=work.actor)


def _route_again(work: Work, units: Units) -> dict[int, int]:
    """Commit and place what other locations have. Returns the placed units by fulfilment line."""
    candidates = _candidates(work, units)
    parts = _choose(work, units, candidates)
    by_line = {line.order_line_id: line for line, _count in units}
    portions: list[Portion] = []
    placed: dict[int, int] = {}
    for part in parts:
        line = by_line[part.key]
        if not _commit(work, line, part):
            continue
        placed[line.pk] = placed.get(line.pk, 0) + part.quantity
        portions.append(Portion(line.order_line, part.location_id, work.row.method, part.quantity))
    if portions:
        _make_work(work, portions, parts)
    return placed


def _candidates(work: Work, units: Units) -> list[UUID]:
    """The locations that serve the channel by this method and were not asked yet, best first."""
    asked = set(
        FulfilmentLine.objects.filter(
            order_line_id__in=[line.order_line_id for line, _count in units]
        ).values_list("fulfilment_order__location_id", flat=True)
    )
    return [place for place in _serving(work) if place not in asked]


def _serving(work: Work) -> list[UUID]:
    method, channel_id = work.row.method, work.order.channel_id
    if method == Method.PICKUP:
        chosen = Location.objects.get(pk=work.row.location_id)
        if chosen.latitude is not None and chosen.longitude is not None:
            near = locations.nearest(
                chosen.latitude,
                chosen.longitude,
                channel_id=channel_id,
                method=method,
                limit=NEAR_STORES,
            )
            return [found.location.pk for found in near]
    return [rule.location_id for rule in locations.locations_serving(channel_id, method=method)]


def _choose(work: Work, units: Units, candidates: list[UUID]) -> Sequence[sourcing.Part]:
    """Whole lines where possible; of what all together lack, as much as there is."""
    free = stock_queries.available_to_sell(
        variant_ids=[line.order_line.variant_id for line, _count in units],
        location_ids=candidates,
        channel_id=work.order.channel_id,
    )
    demands = []
    for line, count in units:
        variant_id = line.order_line.variant_id
        is_stocked = line.order_line.variant.is_stocked
        there = sum(max(0, free.get((variant_id, place), 0)) for place in candidates)
        wanted = min(count, there) if is_stocked else count
        if wanted and candidates:
            demands.append(sourcing.Demand(line.order_line_id, variant_id, wanted, is_stocked))
    return sourcing.source(demands=demands, locations=candidates, stock=free).parts


def _commit(work: Work, line: FulfilmentLine, part: sourcing.Part) -> bool:
    if not line.order_line.variant.is_stocked:
        return True
    wanted = stock.StockRequest(
        variant_id=line.order_line.variant_id,
        location_id=part.location_id,
        quantity=part.quantity,
        reference=line.order_line_id,
    )
    try:
        stock.commit(lines=[wanted], owner_id=work.order.pk, adds=True, actor=work.actor)
    except stock.OutOfStock:
        # Somebody was faster; nothing was changed.
        return False
    return True


def _make_work(work: Work, portions: list[Portion], parts: Sequence[sourcing.Part]) -> None:
    made = create_from_portions(order=work.order, portions=portions, actor=work.actor)
    for portion in portions:
        if portion.quantity == portion.line.quantity_open:
            sales.move_line(line_id=portion.line.pk, location_id=portion.location_id)
    sales.record_change(
        order_id=work.order.pk,
        kind="routed_again",
        details={
            "from": str(work.row.location_id),
            "to": [
                {"line": str(p.key), "location": str(p.location_id), "why": p.reason} for p in parts
            ],
        },
        actor=work.actor,
    )
    for row in made:
        quantities = {
            str(p.line.pk): p.quantity for p in portions if p.place == (row.location_id, row.method)
        }
        facts = work.facts(quantities=quantities)
        facts |= {"fulfilment_order_id": row.pk, "location_id": row.location_id}
        record(FulfilmentRerouted(**facts, from_location_id=work.row.location_id), actor=work.actor)


def _cancel_missing(work: Work, missing: Units) -> None:
    if missing:
        cancel_units(
            order=work.order,
            units=[(line.order_line, count) for line, count in missing],
            reason="not_available",
            reference=f"reject:{work.row.pk}:{sum(line.short for line, _c in missing)}",
            actor=work.actor,
        )
