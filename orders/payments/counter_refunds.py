"""Money given back at the counter or on account: gone at once, no provider of ours in between.

Decided here: one set-based form records any number of such refunds, and the single ones are a set
of one. Each goes back over the counter payments of its order in the waterfall; the counters move by
one guarded statement. The rows are those that a refund asked for and paid out later has, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events.operations import record_dated
from orders.events import RefundSucceeded
from orders.payments import order_money
from orders.payments.ledger import AmountTooLarge
from orders.payments.models import (
    Payment,
    PaymentEntryKind,
    PaymentEvent,
    Refund,
    RefundState,
    Tender,
)
from orders.payments.refunds import (
    WATERFALL,
    AmountNotPositive,
    RefundReferenceReused,
    RefundTooLarge,
)
from orders.sales.models import Order

AT_ONCE = tuple(tender for tender in WATERFALL if tender != Tender.ONLINE)

_MOVE_COUNTERS = """
UPDATE orders_payment p
SET refunded_minor = p.refunded_minor + given.amount, updated_at = %s
FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::bigint[]) AS amount) given
WHERE p.id = given.id
  AND p.captured_minor - p.refunded_minor - p.refunding_minor >= given.amount
"""


@dataclass(frozen=True, slots=True)
class CounterRefund:
    """Money given back for an order. ``reference`` is unique forever; ``occurred_at`` None is now.

    ``tenders`` narrows over which payments it goes back (cash of a drawer).
    """

    order_id: UUID
    amount_minor: int
    reference: str
    reason: str = ""
    tenders: tuple[Tender, ...] = AT_ONCE
    occurred_at: datetime | None = None


@transaction.atomic
def record_counter_refunds(*, refunds: Sequence[CounterRefund], actor: Actor) -> list[Refund]:
    """Record money that was given back at the counter or on account, for many orders at once.

    A repeat with a reference returns its refunds. Locks: orders, payments, each by key. Raises:
    NotFound, AmountNotPositive, RefundTooLarge, RefundReferenceReused; then nothing is written.
    Emits: RefundSucceeded.
    """
    if any(wanted.amount_minor <= 0 for wanted in refunds):
        raise AmountNotPositive
    orders = _locked_orders({wanted.order_id for wanted in refunds})
    payments = _locked_payments(orders)
    known = _known(refunds, payments)
    now = clock.now()
    rooms = {row.pk: _refundable(row) for rows in payments.values() for row in rows}
    made = [
        row
        for wanted in refunds
        if wanted.reference not in known
        for row in _parts(wanted, payments[wanted.order_id], rooms, actor, now)
    ]
    _write(made, now)
    facts = [(_succeeded(row, orders[row.payment.order_id]), row.created_at) for row in made]
    record_dated(facts, actor=actor)
    touched = {row.payment.order_id for row in made}
    order_money.refresh_orders([orders[order_id] for order_id in touched], actor=actor)
    return [row for rows in known.values() for row in rows] + made


def record_cash_refund(
    *, order_id: UUID, amount_minor: int, reference: str, reason: str = "", actor: Actor
) -> list[Refund]:
    """Cash goes back for an order that was paid in cash. Plain; see ``record_counter_refunds``.

    Whoever takes the cash out of a drawer books it in the same transaction.
    """
    wanted = CounterRefund(order_id, amount_minor, reference, reason, (Tender.CASH,))
    return record_counter_refunds(refunds=[wanted], actor=actor)


def record_terminal_refund(
    *, order_id: UUID, amount_minor: int, reference: str, reason: str = "", actor: Actor
) -> list[Refund]:
    """The terminal gave money back to the card that paid. Plain; see ``record_counter_refunds``."""
    wanted = CounterRefund(order_id, amount_minor, reference, reason, (Tender.CARD_TERMINAL,))
    return record_counter_refunds(refunds=[wanted], actor=actor)


# --- steps ----------------------------------------------------------------------------------------


def _locked_orders(order_ids: Collection[UUID]) -> dict[UUID, Order]:
    orders = {order.pk: order for order in Order.objects.filter(pk__in=order_ids).locked()}
    if len(orders) != len(order_ids):
        raise NotFound
    return orders


def _locked_payments(orders: Collection[UUID]) -> dict[UUID, list[Payment]]:
    """The counter payments of each order, in the order in which money goes back over them."""
    found: dict[UUID, list[Payment]] = {order_id: [] for order_id in orders}
    for payment in Payment.objects.filter(order_id__in=found, tender__in=AT_ONCE).locked():
        found[payment.order_id].append(payment)
    for rows in found.values():
        rows.sort(key=lambda row: (AT_ONCE.index(Tender(row.tender)), row.pk))
    return found


def _known(
    refunds: Sequence[CounterRefund], payments: dict[UUID, list[Payment]]
) -> dict[str, list[Refund]]:
    """What was recorded before under these references."""
    names = {
        f"{wanted.reference}/{payment.pk}": wanted
        for wanted in refunds
        for payment in payments[wanted.order_id]
    }
    found: dict[str, list[Refund]] = defaultdict(list)
    for row in Refund.objects.filter(reference__in=names).select_related("payment"):
        found[names[row.reference].reference].append(row)
    for wanted in refunds:
        rows = found.get(wanted.reference)
        if rows and sum(row.amount_minor for row in rows) != wanted.amount_minor:
            raise RefundReferenceReused(reference=wanted.reference)
    return dict(found)


def _refundable(payment: Payment) -> int:
    return payment.captured_minor - payment.refunded_minor - payment.refunding_minor


def _parts(
    wanted: CounterRefund,
    payments: Sequence[Payment],
    rooms: dict[UUID, int],
    actor: Actor,
    now: datetime,
) -> Iterator[Refund]:
    """The refund, split over the payments that have room; the room is taken."""
    moment, rest = wanted.occurred_at or now, wanted.amount_minor
    usable = [payment for payment in payments if payment.tender in wanted.tenders]
    available = sum(rooms[payment.pk] for payment in usable)
    if available < rest:
        raise RefundTooLarge(available_minor=available, requested_minor=rest)
    for payment in usable:
        part = min(rest, rooms[payment.pk])
        if part <= 0:
            continue
        rooms[payment.pk] -= part
        rest -= part
        yield Refund(
            id=uuid7(),
            payment=payment,
            status=RefundState.SUCCEEDED,
            amount_minor=part,
            reason=wanted.reason[:120],
            reference=f"{wanted.reference}/{payment.pk}",
            principal=actor.principal,
            created_at=moment,
            settled_at=moment,
        )


def _write(made: Sequence[Refund], now: datetime) -> None:
    """Refunds, their entries, and the counters of their payments."""
    if not made:
        return
    Refund.objects.bulk_create(made)
    PaymentEvent.objects.bulk_create(
        PaymentEvent(
            payment=row.payment,
            kind=PaymentEntryKind.REFUND,
            amount_minor=row.amount_minor,
            reference=f"refund:{row.pk}",
            principal=row.principal,
            occurred_at=row.created_at,
        )
        for row in made
    )
    given: dict[UUID, int] = defaultdict(int)
    for row in made:
        given[row.payment_id] += row.amount_minor
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_COUNTERS, [now, list(given), list(given.values())])
        if cursor.rowcount != len(given):
            raise AmountTooLarge


def _succeeded(row: Refund, order: Order) -> RefundSucceeded:
    return RefundSucceeded(
        refund_id=row.pk,
        payment_id=row.payment_id,
        order_id=order.pk,
        channel_id=order.channel_id,
        customer_id=order.customer_id,
        tender=str(row.payment.tender),
        amount_minor=row.amount_minor,
        currency=row.payment.currency,
        reference=row.reference,
    )
