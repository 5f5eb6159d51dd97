"""The steps that every way of returning goods shares: number, lock, arrive, inspect, count, tell.

A case counts units as returned when they arrive, by the guarded statement of sales, so that two
stores at once cannot take back more than was bought. What they are worth is their share of the
line, in the order in which units go back. All of it happens under the lock of the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from inventory.stock import operations as stock
from inventory.stock.models import Bucket, MovementKind
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import move
from omni.events.operations import record
from orders.aftersales.errors import ReturnBeyondBought, UnknownReturnLine
from orders.aftersales.models import (
    LOGISTICS_MOVES,
    OPEN_CASES,
    Disposition,
    ReturnCase,
    ReturnLine,
)
from orders.events import ReturnFact
from orders.fulfilment.money import share_of_line
from orders.sales import operations as sales
from orders.sales.models import Order, OrderLine

# Where units lie once somebody decided about them. The others never arrive, or are gone.
BUCKETS: Mapping[str, str] = {
    Disposition.SELLABLE: "",
    Disposition.DAMAGED: Bucket.DAMAGED,
    Disposition.VENDOR: Bucket.DAMAGED,
    Disposition.INSPECT: Bucket.INSPECT,
    Disposition.SEND_BACK: Bucket.INSPECT,
}
# Settled although no goods come: the customer keeps them, or they were lost on their way.
WITHOUT_GOODS = frozenset({Disposition.KEEP, Disposition.MISSING})


@dataclass(slots=True)
class Case:
    """A locked case with its locked order (none without receipt), and who acts when."""

    row: ReturnCase
    order: Order | None
    actor: Actor
    now: datetime

    def lines(self) -> list[ReturnLine]:
        return list(
            ReturnLine.objects.filter(case=self.row)
            .select_related("order_line", "variant")
            .order_by("pk")
        )

    def line(self, line_id: int) -> ReturnLine:
        """Raises: UnknownReturnLine."""
        for line in self.lines():
            if line.pk == line_id:
                return line
        raise UnknownReturnLine(line_id=line_id)

    def facts(self, lines: Sequence[ReturnLine] = (), **more: Any) -> dict[str, Any]:
        """What every event of the case says."""
        quantities: dict[str, int] = {}
        for line in lines:
            key = str(line.order_line_id or line.variant_id)
            quantities[key] = quantities.get(key, 0) + line.quantity
        return {
            "return_id": self.row.pk,
            "number": self.row.number,
            "kind": str(self.row.kind),
            "order_id": self.row.order_id,
            "customer_id": self.row.customer_id,
            "channel_id": self.row.channel_id,
            "location_id": self.row.location_id,
            "refund_minor": self.row.refund_minor,
            "currency": self.row.currency,
            "reason": self.row.reason,
            "quantities": quantities,
            **more,
        }

    def tell(self, event: type[ReturnFact], lines: Sequence[ReturnLine] = ()) -> None:
        record(event(**self.facts(lines)), actor=self.actor)


def new_numbers(count: int) -> list[str]:
    """The next numbers of cases."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'R' || nextval('orders_return_number') FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def lock_case(case_id: UUID, *, actor: Actor) -> Case:
    """The order, then the case, locked. The caller settled who may. Raises: NotFound."""
    order_id = ReturnCase.objects.filter(pk=case_id).values_list("order_id", flat=True).first()
    order = sales.locked_order(order_id) if order_id else None
    row = ReturnCase.objects.filter(pk=case_id).locked().first()
    if row is None:
        raise NotFound
    return Case(row, order, actor, clock.now())


def order_lines(order: Order, line_ids: Sequence[UUID]) -> dict[UUID, OrderLine]:
    """Lines of the locked order, as they are now. Raises: UnknownReturnLine."""
    rows = OrderLine.objects.filter(order=order, pk__in=line_ids).select_related("variant__product")
    found = {row.pk: row for row in rows}
    unknown = [line_id for line_id in line_ids if line_id not in found]
    if unknown:
        raise UnknownReturnLine(order_line_id=str(unknown[0]))
    return found


def arrive(
    case: Case,
    units: Sequence[tuple[ReturnLine, int]],
    *,
    location_id: UUID,
    bucket: str | None = None,
) -> None:
    """Units are here: they count as returned, lie in their place, and their worth is known.

    ``bucket`` is where they wait; None is where their disposition says. Raises: ReturnBeyondBought.
    """
    for line, quantity in units:
        if line.order_line_id is not None:
            _count_as_returned(line, line.order_line_id, quantity)
        line.received += quantity
        line.received_at_location_id = location_id
        line.save(update_fields=["received", "received_at_location", "refund_minor"])
        if line.disposition not in WITHOUT_GOODS:
            place = BUCKETS[line.disposition] if bucket is None else bucket
            _put(case, line, quantity, location_id, place)


def _count_as_returned(line: ReturnLine, order_line_id: UUID, quantity: int) -> None:
    """The counter rises, and the line is worth its units' share, read under the order's lock."""
    now = OrderLine.objects.get(pk=order_line_id)
    if quantity > now.quantity_returnable:
        raise ReturnBeyondBought(
            order_line_id=str(now.pk), quantity=quantity, possible=now.quantity_returnable
        )
    taken = now.quantity_cancelled + now.quantity_returned
    sales.add_counters(line_id=now.pk, returned=quantity)
    line.refund_minor += share_of_line(now, taken=taken, quantity=quantity)


def _put(case: Case, line: ReturnLine, quantity: int, location_id: UUID, bucket: str) -> None:
    if not line.variant.is_stocked:
        return
    stock.put(
        lines=[
            stock.StockArrival(line.variant_id, location_id, quantity, bucket, line.order_line_id)
        ],
        kind=MovementKind.RETURNED,
        reference=f"return-line:{line.pk}:{line.received}",
        reason=str(line.reason)[:40],
        actor=case.actor,
    )


def decide(case: Case, line: ReturnLine, disposition: str) -> None:
    """What becomes of units that wait for inspection. Sent back, they count as not returned."""
    line.disposition = disposition
    if disposition == Disposition.SEND_BACK:
        if line.order_line_id is not None:
            sales.add_counters(line_id=line.order_line_id, returned=-line.received)
        line.refund_minor = 0
    line.save(update_fields=["disposition", "refund_minor"])
    target = BUCKETS.get(disposition, Bucket.INSPECT)
    if target != Bucket.INSPECT and line.variant.is_stocked and line.received_at_location_id:
        stock.move_bucket(
            variant_id=line.variant_id,
            location_id=line.received_at_location_id,
            quantity=line.received,
            from_bucket=Bucket.INSPECT,
            to_bucket=target,
            reason="inspected",
            reference=f"inspect:{line.pk}",
            actor=case.actor,
        )


def split_line(line: ReturnLine, quantity: int) -> ReturnLine:
    """Units that fare differently get a line of their own; the amounts are shared out."""
    if quantity == line.received == line.quantity:
        return line
    before = line.refund_minor
    part = before * quantity // line.received
    other = ReturnLine.objects.create(
        case_id=line.case_id,
        order_line_id=line.order_line_id,
        variant_id=line.variant_id,
        quantity=quantity,
        received=quantity,
        received_at_location_id=line.received_at_location_id,
        reason=line.reason,
        refund_minor=part,
    )
    line.quantity -= quantity
    line.received -= quantity
    line.refund_minor = before - part
    line.save(update_fields=["quantity", "received", "refund_minor"])
    return other


def rest_of(line: ReturnLine) -> ReturnLine:
    """The units of a line that have not arrived yet, as a line of their own."""
    other = ReturnLine.objects.create(
        case_id=line.case_id,
        order_line_id=line.order_line_id,
        variant_id=line.variant_id,
        quantity=line.quantity - line.received,
        disposition=line.disposition,
        reason=line.reason,
    )
    line.quantity = line.received
    line.save(update_fields=["quantity"])
    return other


def step(case: Case, to: str, **also: Any) -> None:
    """Move the case along its logistics. Raises: InvalidTransition."""
    move(case.row, to, moves=LOGISTICS_MOVES, **also)


def refresh_order(case: Case) -> None:
    """The return axis of the order, after the case or its counters moved."""
    if case.order is None:
        return
    has_open = ReturnCase.objects.filter(order=case.order, status__in=OPEN_CASES).exists()
    sales.refresh_returns(order_id=case.order.pk, has_open_case=has_open)


def is_refused(lines: Sequence[ReturnLine]) -> bool:
    """Whether anything goes back to the customer."""
    return any(line.disposition == Disposition.SEND_BACK for line in lines)
