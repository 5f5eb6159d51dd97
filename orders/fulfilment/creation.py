"""From confirmed order lines to work: one fulfilment order per location and method."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.core import clock
from omni.core.ids import uuid7
from orders.fulfilment import codes
from orders.fulfilment.calendar import Calendar, calendars
from orders.fulfilment.models import (
    FulfilmentLine,
    FulfilmentOrder,
    FulfilmentState,
    Pickup,
)
from orders.sales.models import Order, OrderLine

Place = tuple[UUID, str]  # location, method


@transaction.atomic
def create_fulfilment_orders(
    *, order: Order, lines: Sequence[OrderLine], actor: Actor
) -> list[FulfilmentOrder]:
    """Make the work of a confirmed order: per location and method one fulfilment order.

    ``lines`` are lines of the order whose open units have no fulfilment order yet. Carried-out
    goods are handed over at once: the caller takes their stock and raises their counters, in the
    same transaction. Each pickup gets a one-time code. The caller makes sure that it runs once
    (``confirm_if_paid``, checkout, till). Three INSERTs at most, one read.
    """
    now = clock.now()
    groups = _by_place(lines)
    times = calendars({location for location, method in groups if _is_promised(method)}, since=now)
    orders = [_fulfilment_order(order, place, times, now) for place in groups]
    FulfilmentOrder.objects.bulk_create(orders)
    FulfilmentLine.objects.bulk_create(
        _fulfilment_line(row, line)
        for row, group in zip(orders, groups.values(), strict=True)
        for line in group
    )
    pickups = [_pickup(row) for row in orders if row.method == Method.PICKUP]
    if pickups:
        Pickup.objects.bulk_create(pickups)
    return orders


def _by_place(lines: Sequence[OrderLine]) -> dict[Place, list[OrderLine]]:
    """Lines by location and method. What needs no place (a service) goes along with the first."""
    groups: dict[Place, list[OrderLine]] = {}
    for line in lines:
        if line.location_id is not None and line.quantity_open > 0:
            groups.setdefault((line.location_id, line.method), []).append(line)
    if groups:
        first = next(iter(groups.values()))
        first.extend(line for line in lines if line.location_id is None and line.quantity_open > 0)
    return groups


def _is_promised(method: str) -> bool:
    return method != Method.CARRY_OUT


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
    if _is_promised(method):
        row.due_at = times[location_id].due_after(now, method)
    else:
        row.status = FulfilmentState.HANDED_OVER
        row.accepted_at = row.finished_at = now
    return row


def _fulfilment_line(row: FulfilmentOrder, line: OrderLine) -> FulfilmentLine:
    done = line.quantity_open if row.method == Method.CARRY_OUT else 0
    return FulfilmentLine(
        fulfilment_order=row,
        order_line=line,
        quantity=line.quantity_open,
        picked=done,
        handed_over=done,
    )


def _pickup(row: FulfilmentOrder) -> Pickup:
    code = codes.new_code(row.pk, version=1)
    return Pickup(fulfilment_order=row, code_version=1, code_digest=codes.code_digest(code))
