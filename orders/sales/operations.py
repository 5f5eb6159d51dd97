"""All writes of orders, their lines and what was changed on them.

An order is written whole and never changes what was sold; after that only its status, the derived
axes and the counters of its lines move. Sales knows nothing of payments, fulfilment or returns:
those call down here, with the order already locked where they decide something on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from inventory.stock import operations as stock
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotFound
from omni.core.states import move
from omni.core.transactions import joined
from omni.events import operations as events
from orders.events import OrderCompleted, OrderConfirmed, OrderFailed
from orders.sales.becoming import events_of, fact, row_of
from orders.sales.drafts import OrderDraft
from orders.sales.models import (
    ORDER_MOVES,
    FulfilmentStatus,
    Order,
    OrderChange,
    OrderLine,
    OrderStatus,
    ReturnStatus,
)
from orders.sales.placing import insert_orders
from orders.sales.status import Counters, fulfilment_status, is_settled, return_status

Axis = Literal["payment_status", "fulfilment_status", "return_status"]
UNPAID = frozenset({OrderStatus.PLACED, OrderStatus.IN_REVIEW})


class EmptyOrder(Invalid):
    code = "empty_order"
    message = _("An order has at least one line and a total that is not negative. Add goods.")


class QuantityExceeded(Conflict):
    """``details.lines``: the order lines of which fewer units are left than asked for."""

    code = "quantity_exceeded"
    message = _("Fewer units of this order line are left than you want to change. Change fewer.")


class AmountExceeded(Conflict):
    code = "amount_exceeded"
    message = _("More cannot be cancelled than the order costs. Cancel less.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterDelta:
    """By how much the counters of one line change; a negative number undoes."""

    line_id: UUID
    fulfilled: int = 0
    cancelled: int = 0
    returned: int = 0
    cancelled_minor: int = 0


@joined
def create_order(*, draft: OrderDraft, actor: Actor) -> Order:
    """Write an order with its lines and charges; its stock is committed by the caller.

    One order per cart (``cart_id`` is unique forever). Raises: EmptyOrder.
    Emits: order.placed (and order.confirmed if the draft says so).
    """
    return create_orders(drafts=[draft], actor=actor)[0]


@joined
def create_orders(*, drafts: Sequence[OrderDraft], actor: Actor) -> list[Order]:
    """Set-based form: the same rows and events as creating one order after the other.

    The caller keeps a transaction to some 200 orders. Raises: EmptyOrder.
    """
    if any(not draft.lines or draft.total_minor < 0 for draft in drafts):
        raise EmptyOrder
    if not drafts:
        return []
    now = clock.now()
    numbers = insert_orders(drafts, principal=actor.principal, now=now)
    orders = [row_of(draft, numbers[draft.id], actor, now) for draft in drafts]
    events.record_dated(
        [
            (event, order.placed_at)
            for draft, order in zip(drafts, orders, strict=True)
            for event in events_of(draft, order)
        ],
        actor=actor,
    )
    return orders


@joined
def confirm_order(*, order_id: UUID, actor: Actor) -> Order:
    """The payment policy is satisfied: work may start. The caller checked it, and locks nothing.

    A repeat changes nothing. Raises: NotFound, InvalidTransition (an order that is over).
    Locks: order. Emits: order.confirmed.
    """
    order = locked_order(order_id)
    if order.status in (OrderStatus.CONFIRMED, OrderStatus.COMPLETED):
        return order
    move(order, OrderStatus.CONFIRMED, moves=ORDER_MOVES, confirmed_at=clock.now())
    events.record(fact(OrderConfirmed, order, location_id=order.location_id), actor=actor)
    return order


@joined
def complete_if_settled(*, order_id: UUID, actor: Actor) -> bool:
    """Complete a confirmed order once all its units are fulfilled or cancelled and paid for.

    Returns whether it is complete. A repeat changes nothing. Raises: NotFound. Locks: order.
    Emits: order.completed.
    """
    order = locked_order(order_id)
    if order.status != OrderStatus.CONFIRMED:
        return bool(order.status == OrderStatus.COMPLETED)
    if not is_settled(_counters([order_id])[order_id], order.payment_status):
        return False
    move(order, OrderStatus.COMPLETED, moves=ORDER_MOVES, closed_at=clock.now())
    events.record(fact(OrderCompleted, order, location_id=order.location_id), actor=actor)
    return True


@joined
def fail_order(
    *, order_id: UUID, reason: str, new_cart_id: UUID | None = None, actor: Actor
) -> Order:
    """Nobody paid in time: the order is over and its stock is free again.

    A repeat changes nothing. Raises: NotFound, InvalidTransition. Locks: order, levels.
    Emits: order.failed.
    """
    order = locked_order(order_id)
    if order.status == OrderStatus.FAILED:
        return order
    move(order, OrderStatus.FAILED, moves=ORDER_MOVES, closed_at=clock.now())
    details = {"new_cart_id": str(new_cart_id)} if new_cart_id else {}
    record_change(order_id=order_id, kind="failed", reason=reason, details=details, actor=actor)
    stock.release(owner_kind="order", owner_id=order_id, reason="not_paid", actor=actor)
    failed = fact(OrderFailed, order, reason=reason, new_cart_id=new_cart_id)
    events.record(failed, actor=actor)
    return order


def reopen_order(*, order: Order) -> None:
    """Goods of a completed order are in the house again as if they had never left it.

    The caller locked the order, and tells of it. An order that is not completed stays as it is.
    """
    if order.status == OrderStatus.COMPLETED:
        move(order, OrderStatus.CONFIRMED, moves=ORDER_MOVES, closed_at=None)


def mark_cancelled(*, order: Order) -> None:
    """Close an order of which nothing is left. The caller locked it, and tells of it.

    Raises: InvalidTransition.
    """
    move(order, OrderStatus.CANCELLED, moves=ORDER_MOVES, closed_at=clock.now())


def set_axis(*, order: Order, axis: Axis, value: str) -> bool:
    """Store a derived status on a locked order. Returns whether it changed."""
    if getattr(order, axis) == value:
        return False
    setattr(order, axis, value)
    order.save(update_fields=[axis])
    return True


def set_axis_of_many(*, orders: Sequence[Order], axis: Axis, value: str) -> int:
    """The set-based form of ``set_axis``: one statement. Returns how many changed."""
    changed = [order for order in orders if getattr(order, axis) != value]
    for order in changed:
        setattr(order, axis, value)
    if changed:
        Order.objects.filter(pk__in=[order.pk for order in changed]).update(**{axis: value})
    return len(changed)


@joined
def refresh_fulfilment(*, order_id: UUID) -> str:
    """Store how much of an order is fulfilled, derived from its lines. Locks: order."""
    return refresh_fulfilments(order_ids=[order_id])[order_id]


@joined
def refresh_fulfilments(*, order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Set-based form of ``refresh_fulfilment``. Locks: orders."""
    orders = {order.id: order for order in Order.objects.filter(pk__in=order_ids).locked()}
    statuses: dict[UUID, str] = {
        order_id: fulfilment_status(lines).value for order_id, lines in _counters(order_ids).items()
    }
    for status in FulfilmentStatus.values:
        changed = [
            order_id
            for order_id, value in statuses.items()
            if value == status and orders[order_id].fulfilment_status != value
        ]
        if changed:
            Order.objects.filter(pk__in=changed).update(fulfilment_status=status)
    return statuses


@joined
def refresh_returns(*, order_id: UUID, has_open_case: bool) -> str:
    """Store how much of an order came back. Locks: order. Raises: NotFound."""
    order = locked_order(order_id)
    status: ReturnStatus = return_status(
        _counters([order_id])[order_id], has_open_case=has_open_case
    )
    set_axis(order=order, axis="return_status", value=status.value)
    return status.value


def add_counters(
    *,
    line_id: UUID,
    fulfilled: int = 0,
    cancelled: int = 0,
    returned: int = 0,
    cancelled_minor: int = 0,
) -> None:
    """Move the counters of one line by one guarded statement; negative numbers undo.

    The caller refreshes the axes of the order. Not safe to repeat by itself: the caller's own
    natural key is. Raises: QuantityExceeded (nothing was changed). Locks: the line.
    """
    delta = CounterDelta(
        line_id=line_id,
        fulfilled=fulfilled,
        cancelled=cancelled,
        returned=returned,
        cancelled_minor=cancelled_minor,
    )
    add_counters_to_lines(deltas=[delta])


_ADD_COUNTERS = """
UPDATE orders_orderline l
SET quantity_fulfilled = quantity_fulfilled + d.fulfilled,
    quantity_cancelled = quantity_cancelled + d.cancelled,
    quantity_returned = quantity_returned + d.returned,
    cancelled_minor = l.cancelled_minor + d.cancelled_minor
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[], %s::bigint[])
     AS d (line_id, fulfilled, cancelled, returned, cancelled_minor)
WHERE l.id = d.line_id
  AND quantity_fulfilled + d.fulfilled >= 0
  AND quantity_cancelled + d.cancelled >= 0
  AND quantity_returned + d.returned >= 0
  AND quantity_fulfilled + d.fulfilled + quantity_cancelled + d.cancelled <= quantity
  AND quantity_returned + d.returned <= quantity_fulfilled + d.fulfilled
  AND l.cancelled_minor + d.cancelled_minor BETWEEN 0 AND GREATEST(l.total_minor, 0)
RETURNING l.id
"""


def add_counters_to_lines(*, deltas: Sequence[CounterDelta]) -> None:
    """Set-based form of ``add_counters``; a line is named once. All or none.

    Raises: QuantityExceeded. Locks: the lines, in order of their keys.
    """
    if not deltas:
        return
    ordered = sorted(deltas, key=lambda delta: delta.line_id)
    with transaction.atomic(), connection.cursor() as cursor:
        if len(ordered) > 1:
            cursor.execute(
                "SELECT id FROM orders_orderline WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                [[delta.line_id for delta in ordered]],
            )
        cursor.execute(
            _ADD_COUNTERS,
            [
                [delta.line_id for delta in ordered],
                [delta.fulfilled for delta in ordered],
                [delta.cancelled for delta in ordered],
                [delta.returned for delta in ordered],
                [delta.cancelled_minor for delta in ordered],
            ],
        )
        changed = {row[0] for row in cursor.fetchall()}
        refused = [delta.line_id for delta in ordered if delta.line_id not in changed]
        if refused:
            raise QuantityExceeded(lines=[str(line_id) for line_id in refused])


def add_cancelled_amount(*, order: Order, amount_minor: int) -> None:
    """Take a cancelled amount off what is due on a locked order. Raises: AmountExceeded."""
    cancelled = order.cancelled_minor + amount_minor
    if not 0 <= cancelled <= order.total_minor:
        raise AmountExceeded(
            total_minor=order.total_minor,
            cancelled_minor=order.cancelled_minor,
            requested_minor=amount_minor,
        )
    order.cancelled_minor = cancelled
    order.save(update_fields=["cancelled_minor"])


def record_change(
    *,
    order_id: UUID,
    kind: str,
    reason: str = "",
    details: dict[str, Any] | None = None,
    actor: Actor,
) -> OrderChange:
    """Write down what was changed on an order after it was placed, by whom and why."""
    return OrderChange.objects.create(
        order_id=order_id,
        kind=kind,
        reason=reason[:120],
        details=details or {},
        principal=actor.principal,
        occurred_at=clock.now(),
    )


def move_line(*, line_id: UUID, location_id: UUID) -> None:
    """The open units of a line are to come from another location (routed again)."""
    OrderLine.objects.filter(pk=line_id).update(location_id=location_id)


def locked_order(order_id: UUID) -> Order:
    """The order, locked. Raises: NotFound."""
    order: Order | None = Order.objects.filter(pk=order_id).locked().first()
    if order is None:
        raise NotFound
    return order


def _counters(order_ids: Sequence[UUID]) -> dict[UUID, list[Counters]]:
    found: dict[UUID, list[Counters]] = {order_id: [] for order_id in order_ids}
    lines = OrderLine.objects.filter(order_id__in=order_ids).values_list(
        "order_id", "quantity", "quantity_cancelled", "quantity_fulfilled", "quantity_returned"
    )
    for order_id, *counters in lines:
        found[order_id].append(Counters(*counters))
    return found
