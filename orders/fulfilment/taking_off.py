"""Units that are taken off an order before they are handed over: counters, amounts, money, stock.

One way for all causes (short, refused, rejected, cancelled): the counters move by the guarded
statement, the amount is the units' share of their line, what was paid for them is set aside for its
refund in the same transaction, and their stock is free when no picked unit lies on a shelf any
more. Shipping is not owed when nothing of the order is sent after all. What was paid for the units
by other goods (an exchange) goes back over the order of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Sum

from inventory.locations import operations as location_operations
from inventory.stock import operations as stock
from omni.access.actor import Actor
from omni.core.states import move
from omni.events.operations import record
from orders.events import FulfilmentCancelled
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState
from orders.fulfilment.money import paid_minor, share_of_line
from orders.fulfilment.queries import Work
from orders.payments import operations as payments
from orders.payments import settlement
from orders.payments.queries import CANCEL_REFERENCE, CREDIT_REFERENCE, money_of
from orders.pricing.quote import SENT
from orders.sales import operations as sales
from orders.sales.models import AdjustmentKind, Order, OrderLine, OrderStatus
from orders.sales.queries import credit_sources

OrderUnits = Sequence[tuple[OrderLine, int]]
WorkUnits = Sequence[tuple[FulfilmentLine, int]]


def cancel_units(
    *, order: Order, units: OrderUnits, reason: str, reference: str, actor: Actor
) -> int:
    """Take open units off a locked order and ask for the refund of what was paid for them.

    Stock is the caller's (``release_units``). Returns the amount taken off what is due. The order
    is cancelled once nothing of it is left. Raises: QuantityExceeded.
    """
    lines = _fresh(units)
    deltas = [_delta(line, quantity) for line, quantity in lines]
    sales.add_counters_to_lines(deltas=deltas)
    was_due = order.due_minor
    is_whole = _nothing_left(order)
    value = sum(delta.cancelled_minor for delta in deltas) + _shipping_saved(order, lines)
    amount = order.due_minor if is_whole else value
    sales.add_cancelled_amount(order=order, amount_minor=min(amount, order.due_minor))
    sales.record_change(
        order_id=order.pk,
        kind="cancelled",
        reason=reason,
        details={"lines": {str(line.pk): quantity for line, quantity in lines}},
        actor=actor,
    )
    if is_whole:
        sales.mark_cancelled(order=order)
    _refund_excess(order, was_due=was_due, reference=reference, reason=reason, actor=actor)
    credit = value - (was_due - order.due_minor)
    _give_credit_back(order, credit, reference=reference, reason=reason, actor=actor)
    return was_due - order.due_minor


def release_units(work: Work, units: WorkUnits, *, reason: str) -> None:
    """Free the stock committed to these units at the location of the work."""
    stocked = [
        (line.order_line_id, quantity)
        for line, quantity in units
        if line.order_line.variant.is_stocked
    ]
    if stocked:
        stock.release_lines(
            order_line_quantities=stocked,
            location_id=work.row.location_id,
            reason=reason,
            actor=work.actor,
        )


def end_if_empty(work: Work, *, reason: str) -> bool:
    """Cancel work of which nothing is left to do, to hand over or to put back."""
    left = [line for line in work.lines if line.quantity_open or line.quantity_to_put_back]
    if left or any(line.handed_over for line in work.lines):
        return False
    move(
        work.row,
        FulfilmentState.CANCELLED,
        moves=work.row.moves,
        finished_at=work.now,
        reason=reason[:40],
    )
    free_slot(work.row)
    record(FulfilmentCancelled(**work.facts(reason=reason)), actor=work.actor)
    return True


def free_slot(row: FulfilmentOrder) -> None:
    """Give the place in its slot back, once."""
    if row.slot_id is not None:
        location_operations.free_slot(slot_id=row.slot_id)
        row.slot = None
        row.save(update_fields=["slot"])


def settle_order(order_id: UUID, actor: Actor) -> None:
    """Bring the axes of an order up to date after its counters moved."""
    sales.refresh_fulfilment(order_id=order_id)
    settlement.refresh_order(sales.locked_order(order_id), actor=actor)
    sales.complete_if_settled(order_id=order_id, actor=actor)


# --- steps ----------------------------------------------------------------------------------------


def _fresh(units: OrderUnits) -> list[tuple[OrderLine, int]]:
    """The lines with the counters of now: the order is locked, so nobody else moves them."""
    quantities: dict[UUID, int] = {}
    for line, quantity in units:
        quantities[line.pk] = quantities.get(line.pk, 0) + quantity
    lines = OrderLine.objects.filter(pk__in=quantities).locked()
    return [(line, quantities[line.pk]) for line in lines]


def _delta(line: OrderLine, quantity: int) -> sales.CounterDelta:
    taken = line.quantity_cancelled + line.quantity_returned
    quantity_left = min(quantity, line.quantity - taken)
    amount = share_of_line(line, taken=taken, quantity=quantity_left)
    return sales.CounterDelta(line_id=line.pk, cancelled=quantity, cancelled_minor=amount)


def _nothing_left(order: Order) -> bool:
    if order.status not in (OrderStatus.PLACED, OrderStatus.IN_REVIEW, OrderStatus.CONFIRMED):
        return False
    return all(
        quantity == cancelled
        for quantity, cancelled in OrderLine.objects.filter(order=order).values_list(
            "quantity", "quantity_cancelled"
        )
    )


def _shipping_saved(order: Order, units: list[tuple[OrderLine, int]]) -> int:
    """What shipping cost, if these were the last units that should be sent and none was."""
    if not any(line.method in SENT for line, _quantity in units):
        return 0
    sent = OrderLine.objects.filter(order=order, method__in=SENT)
    if sent.filter(quantity__gt=F("quantity_cancelled")).exists():
        return 0
    shipping = order.adjustments.filter(kind=AdjustmentKind.SHIPPING)
    return int(shipping.aggregate(total=Sum("total_minor"))["total"] or 0)


def _refund_excess(
    order: Order, *, was_due: int, reference: str, reason: str, actor: Actor
) -> None:
    """Ask for the refund of what was paid beyond what is due now; returned goods are apart."""
    if order.status == OrderStatus.CANCELLED:
        payments.return_all_money(
            order_id=order.pk,
            reference=f"{CANCEL_REFERENCE}{reference}",
            reason=reason,
            actor=actor,
        )
        return
    excess = min(paid_minor(order) - order.due_minor, was_due - order.due_minor)
    if excess > 0:
        payments.request_refund(
            order_id=order.pk,
            amount_minor=excess,
            reference=f"{CANCEL_REFERENCE}{reference}",
            reason=reason,
            actor=actor,
        )


def _give_credit_back(
    order: Order, credit_minor: int, *, reference: str, reason: str, actor: Actor
) -> None:
    """Goods paid for these units: their money is due back, as for any goods that came back."""
    if credit_minor <= 0:
        return
    for number, source in enumerate(credit_sources(order)):
        part = min(credit_minor, money_of(source.pk).refundable_minor)
        if part > 0:
            payments.request_refund(
                order_id=source.pk,
                amount_minor=part,
                reference=f"{CREDIT_REFERENCE}{reference}/{number}",
                reason=reason,
                actor=actor,
            )
            credit_minor -= part
