"""From confirmed order lines to work: one fulfilment order per location and method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from inventory.locations import operations as locations
from inventory.locations.models import CapacitySlot, Method
from inventory.stock import operations as stock
from inventory.stock.models import MovementKind
from omni.access.actor import Actor
from omni.core import clock
from omni.core.ids import uuid7
from omni.core.rows import insert_rows
from omni.core.transactions import joined
from orders.fulfilment import codes
from orders.fulfilment.calendar import Calendar, calendars
from orders.fulfilment.models import (
    FulfilmentLine,
    FulfilmentOrder,
    FulfilmentState,
    Pickup,
)
from orders.sales import operations as sales
from orders.sales.models import Order, OrderLine

Place = tuple[UUID, str]  # location, method
SLOTS_AHEAD = timedelta(days=14)
SLOTS_TRIED = 20


@dataclass(frozen=True, slots=True)
class Portion:
    """Units of an order line that shall leave the house from a place, by a method."""

    line: OrderLine
    location_id: UUID
    method: str
    quantity: int

    @property
    def place(self) -> Place:
        return (self.location_id, self.method)


@joined
def create_fulfilment_orders(
    *,
    order: Order,
    lines: Sequence[OrderLine],
    actor: Actor,
) -> list[FulfilmentOrder]:
    """Make the work of a confirmed order: per location and method one fulfilment order.

    ``lines`` are lines of the order whose open units have no fulfilment order yet. Carried-out
    goods are handed over at once: their commitment is consumed and their counters rise. Each pickup
    gets a one-time code. The caller makes sure that it runs once (``confirm_if_paid``, checkout,
    till). One INSERT, one read; carried-out goods cost more.
    """
    return create_from_portions(order=order, portions=_portions(lines), actor=actor)


def create_from_portions(
    *, order: Order, portions: Iterable[Portion], actor: Actor
) -> list[FulfilmentOrder]:
    """The same for units whose place is not that of their line (routed again)."""
    groups: dict[Place, list[Portion]] = {}
    for portion in portions:
        groups.setdefault(portion.place, []).append(portion)
    now = clock.now()
    promised = {place for place, method in groups if method != Method.CARRY_OUT}
    times = calendars(promised, since=now)
    orders = [_fulfilment_order(order, place, times, now) for place in groups]
    lines = [
        _fulfilment_line(row, portion)
        for row, group in zip(orders, groups.values(), strict=True)
        for portion in group
    ]
    pickups = [_pickup(row) for row in orders if row.method == Method.PICKUP]
    insert_rows(orders, lines, pickups)
    taken_along = [
        each
        for (_l, method), group in groups.items()
        if method == Method.CARRY_OUT
        for each in group
    ]
    if taken_along:
        _carry_out(order, taken_along, actor)
    return orders


def _carry_out(order: Order, portions: Sequence[Portion], actor: Actor) -> None:
    """The goods are in the customer's hands: stock falls, the lines count as fulfilled."""
    for location_id in sorted({portion.location_id for portion in portions}):
        here = [portion for portion in portions if portion.location_id == location_id]
        lines = OrderLine.objects.filter(
            pk__in=[portion.line.pk for portion in here], variant__is_stocked=True
        )
        stocked = set(lines.values_list("pk", flat=True))
        units = [
            (portion.line.pk, portion.quantity) for portion in here if portion.line.pk in stocked
        ]
        if units:
            stock.consume(
                order_line_quantities=units,
                location_id=location_id,
                kind=MovementKind.SOLD,
                reference=sale_reference(order.pk),
                actor=actor,
            )
    sales.add_counters_to_lines(
        deltas=[
            sales.CounterDelta(line_id=portion.line.pk, fulfilled=portion.quantity)
            for portion in portions
        ]
    )
    sales.refresh_fulfilment(order_id=order.pk)


def sale_reference(order_id: UUID) -> str:
    """Under which the stock of carried-out goods moves."""
    return f"sale:{order_id}"


def _portions(lines: Sequence[OrderLine]) -> list[Portion]:
    """Open units at their lines' places. What needs no place (a service) goes with the first."""
    placed = [
        Portion(line, line.location_id, line.method, line.quantity_open)
        for line in lines
        if line.location_id is not None and line.quantity_open > 0
    ]
    if not placed:
        return []
    first = placed[0]
    return placed + [
        Portion(line, first.location_id, first.method, line.quantity_open)
        for line in lines
        if line.location_id is None and line.quantity_open > 0
    ]


def _fulfilment_order(
    order: Order, place: Place, times: dict[UUID, Calendar], now: datetime
) -> FulfilmentOrder:
    location_id, method = place
    row = FulfilmentOrder(
        id=uuid7(),
        order=order,
        location_id=location_id,
        method=method,
        status=FulfilmentState.NEW,
        created_at=now,
    )
    if method == Method.CARRY_OUT:
        row.status = FulfilmentState.HANDED_OVER
        row.accepted_at = row.finished_at = now
        return row
    calendar = times[location_id]
    row.due_at = calendar.due_after(now, method)
    if calendar.terms_of(method).has_slots:
        _book(row, row.due_at)
    return row


def _book(row: FulfilmentOrder, due_at: datetime) -> None:
    """Take a place in the first slot from the due moment on; without one it is due all the same."""
    slots = CapacitySlot.objects.filter(
        location_id=row.location_id,
        service=row.method,
        ends_at__gt=due_at,
        starts_at__lt=due_at + SLOTS_AHEAD,
    ).order_by("starts_at")
    for slot in slots[:SLOTS_TRIED]:
        try:
            locations.book_slot(slot_id=slot.pk)
        except locations.SlotFull:
            continue
        row.slot = slot
        row.due_at = max(due_at, slot.starts_at)
        return


def _fulfilment_line(row: FulfilmentOrder, portion: Portion) -> FulfilmentLine:
    done = portion.quantity if row.method == Method.CARRY_OUT else 0
    return FulfilmentLine(
        fulfilment_order=row,
        order_line=portion.line,
        quantity=portion.quantity,
        picked=done,
        handed_over=done,
    )


def _pickup(row: FulfilmentOrder) -> Pickup:
    code = codes.new_code(row.pk, version=1)
    return Pickup(fulfilment_order=row, code_version=1, code_digest=codes.code_digest(code))
