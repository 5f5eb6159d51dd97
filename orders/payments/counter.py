"""Money taken at the counter or on account: there at once, no provider of ours in between.

Decided here: one set-based form records any number of such payments, and the single ones are a set
of one. Authorisation and capture are booked together. Whoever takes cash into a drawer wraps the
call, so that the drawer's entry is in the same transaction. A payment of the running shift can be
reversed, which is not a refund: the money was never kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotFound
from omni.core.ids import uuid7
from omni.core.states import move
from omni.events.operations import record, record_dated
from orders.events import PaymentCaptured, PaymentVoided
from orders.payments import ledger, order_money, settlement
from orders.payments.gateways import card_terminal
from orders.payments.ledger import AmountTooLarge
from orders.payments.models import (
    PAYMENT_MOVES,
    Payment,
    PaymentEntryKind,
    PaymentEvent,
    PaymentState,
    Tender,
)
from orders.payments.order_money import DEAD
from orders.payments.refunds import COUNTER, AmountNotPositive
from orders.payments.status import OrderMoney, sum_up
from orders.sales.models import Order, PaymentPolicy


class OrderNotPayable(Conflict):
    code = "order_not_payable"
    message = _("This order is over; it cannot be paid any more. Order again.")


class PaymentReferenceReused(Conflict):
    code = "payment_reference_reused"
    message = _("Another payment was recorded under this reference. Use a fresh one.")


class PaymentNotReversible(Conflict):
    code = "payment_not_reversible"
    message = _(
        "Only a counter payment of which nothing was refunded can be reversed. Refund the rest "
        "instead."
    )


class NotACounterTender(Invalid):
    code = "not_a_counter_tender"
    message = _("This way to pay is not taken at the counter. Choose another one.")


class NotPaidAtCollection(Conflict):
    code = "not_paid_at_collection"
    message = _(
        "This order is not one that is paid when it is collected. Take no money for it at the "
        "counter."
    )


@dataclass(frozen=True, slots=True)
class CounterPayment:
    """Money received for an order. ``reference`` is unique forever; ``occurred_at`` None is now."""

    order_id: UUID
    tender: Tender
    amount_minor: int
    reference: str
    provider_reference: str = ""
    card_label: str = ""
    occurred_at: datetime | None = None


@transaction.atomic
def record_counter_payments(*, payments: Sequence[CounterPayment], actor: Actor) -> list[Payment]:
    """Record money that was received at the counter or put on account, for many orders at once.

    A repeat with a reference returns that payment. Locks: orders by key. Raises: NotFound,
    AmountNotPositive, NotACounterTender, OrderNotPayable, AmountTooLarge (more than outstanding),
    PaymentReferenceReused; then nothing is written. Emits: PaymentCaptured.
    """
    _check_shape(payments)
    orders = _locked_orders(payments)
    known = _known(payments)
    fresh = [wanted for wanted in payments if wanted.reference not in known]
    _check_room(fresh, orders)
    now = clock.now()
    made = [_row(wanted, orders[wanted.order_id], now) for wanted in fresh]
    Payment.objects.bulk_create(made)
    PaymentEvent.objects.bulk_create(
        entry for row in made for entry in _entries(row, actor.principal)
    )
    events = [(_captured(row, orders[row.order_id]), row.created_at) for row in made]
    record_dated(events, actor=actor)
    paid = {row.order_id for row in made}
    order_money.refresh_orders([orders[order_id] for order_id in paid], actor=actor)
    by_reference = known | {row.reference: row for row in made}
    return [by_reference[wanted.reference] for wanted in payments]


def record_cash_payment(
    *, order_id: UUID, amount_minor: int, reference: str, actor: Actor
) -> Payment:
    """Cash for an order, change already given back. Plain; see ``record_counter_payments``."""
    wanted = CounterPayment(order_id, Tender.CASH, amount_minor, reference)
    return record_counter_payments(payments=[wanted], actor=actor)[0]


def record_terminal_payment(
    *,
    order_id: UUID,
    amount_minor: int,
    reference: str,
    terminal_reference: str,
    card_label: str = "",
    actor: Actor,
) -> Payment:
    """A card payment that the terminal approved. Plain; see ``record_counter_payments``.

    Raises also: TerminalReferenceMissing, CardNumberRefused.
    """
    slip = card_terminal.approval(reference=terminal_reference, card_label=card_label)
    wanted = CounterPayment(
        order_id,
        Tender.CARD_TERMINAL,
        amount_minor,
        reference,
        provider_reference=slip.reference,
        card_label=slip.card_label,
    )
    return record_counter_payments(payments=[wanted], actor=actor)[0]


def expect_payment_at_collection(*, order_id: UUID) -> int:
    """What the customer will pay at the counter, in minor units; nothing is written.

    The order's policy is the promise: no payment exists until the money is there, then it is one of
    cash, terminal or online. Raises: NotFound, NotPaidAtCollection.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound
    if order.payment_policy != PaymentPolicy.PAY_AT_COLLECTION or order.status in DEAD:
        raise NotPaidAtCollection(status=str(order.status))
    outstanding: int = order_money.money_of(order.pk).outstanding(order.due_minor)
    return outstanding


@transaction.atomic
def reverse_counter_payment(*, payment_id: UUID, reference: str, actor: Actor) -> Payment:
    """Undo a counter payment of the running shift: one reversing entry, the payment is voided.

    Plain. The till checks shift and second identity. A repeat with the reference returns the
    payment. Locks: order, payment. Raises: NotFound, PaymentNotReversible. Emits: PaymentVoided.
    """
    locked = settlement.lock_payment(payment_id, actor=actor)
    payment, amount = locked.payment, locked.payment.captured_minor
    if ledger.is_booked(f"reversal:{reference}"):
        return payment
    touched = payment.refunded_minor or payment.refunding_minor
    if payment.tender not in COUNTER or payment.status != PaymentState.CAPTURED or touched:
        raise PaymentNotReversible(status=str(payment.status))
    ledger.book(
        payment,
        kind=PaymentEntryKind.REVERSAL,
        amount_minor=amount,
        reference=f"reversal:{reference}",
        principal=actor.principal,
        occurred_at=locked.now,
    )
    move(payment, PaymentState.VOIDED, moves=PAYMENT_MOVES, updated_at=locked.now)
    record(PaymentVoided(**locked.facts(amount), reason="reversed"), actor=actor)
    order_money.refresh_order(locked.order, actor=actor)
    return payment


# --- steps of record_counter_payments -------------------------------------------------------------


def _check_shape(payments: Sequence[CounterPayment]) -> None:
    for wanted in payments:
        if wanted.amount_minor <= 0:
            raise AmountNotPositive(reference=wanted.reference)
        if wanted.tender == Tender.ONLINE:
            raise NotACounterTender(tender=str(wanted.tender))


def _locked_orders(payments: Sequence[CounterPayment]) -> dict[UUID, Order]:
    wanted = {payment.order_id for payment in payments}
    orders = {order.pk: order for order in Order.objects.filter(pk__in=wanted).locked()}
    if len(orders) != len(wanted):
        raise NotFound
    return orders


def _known(payments: Sequence[CounterPayment]) -> dict[str, Payment]:
    references = [wanted.reference for wanted in payments]
    found = {row.reference: row for row in Payment.objects.filter(reference__in=references)}
    for wanted in payments:
        row = found.get(wanted.reference)
        same = (wanted.order_id, wanted.tender, wanted.amount_minor)
        if row is not None and (row.order_id, row.tender, row.amount_minor) != same:
            raise PaymentReferenceReused(reference=wanted.reference)
    _refuse_spent_slips([wanted for wanted in payments if wanted.reference not in found])
    return found


def _refuse_spent_slips(fresh: Sequence[CounterPayment]) -> None:
    """One approval of the terminal pays once."""
    slips = [wanted.provider_reference for wanted in fresh if wanted.provider_reference]
    spent = Payment.objects.filter(
        provider=Tender.CARD_TERMINAL, provider_reference__in=slips
    ).values_list("provider_reference", flat=True)
    if slips and (found := list(spent)):
        raise PaymentReferenceReused(provider_reference=found[0])


def _check_room(fresh: Sequence[CounterPayment], orders: dict[UUID, Order]) -> None:
    """Each order must be alive, and the money must not be more than is still to be paid."""
    asked: dict[UUID, int] = defaultdict(int)
    for wanted in fresh:
        asked[wanted.order_id] += wanted.amount_minor
    paid: dict[UUID, list[OrderMoney]] = defaultdict(list)
    rows = Payment.objects.filter(order_id__in=asked).values_list("order_id", "authorised_minor")
    for order_id, authorised in rows:
        paid[order_id].append(OrderMoney(authorised_minor=authorised))
    for order_id, amount in asked.items():
        order = orders[order_id]
        if order.status in DEAD:
            raise OrderNotPayable(order_id=str(order_id), status=str(order.status))
        outstanding = sum_up(paid[order_id]).outstanding(order.due_minor)
        if amount > outstanding:
            raise AmountTooLarge(available=outstanding, requested=amount)


def _row(wanted: CounterPayment, order: Order, now: datetime) -> Payment:
    moment = wanted.occurred_at or now
    return Payment(
        id=uuid7(),
        order=order,
        tender=wanted.tender,
        status=PaymentState.CAPTURED,
        currency=order.currency,
        amount_minor=wanted.amount_minor,
        authorised_minor=wanted.amount_minor,
        captured_minor=wanted.amount_minor,
        provider=wanted.tender if wanted.provider_reference else "",
        provider_reference=wanted.provider_reference,
        reference=wanted.reference,
        card_label=wanted.card_label,
        created_at=moment,
        updated_at=moment,
    )


def _entries(row: Payment, principal: str) -> list[PaymentEvent]:
    kinds = (PaymentEntryKind.AUTHORISATION, PaymentEntryKind.CAPTURE)
    return [
        PaymentEvent(
            payment=row,
            kind=kind,
            amount_minor=row.amount_minor,
            reference=f"{kind}:{row.pk}",
            principal=principal,
            occurred_at=row.created_at,
        )
        for kind in kinds
    ]


def _captured(row: Payment, order: Order) -> PaymentCaptured:
    return PaymentCaptured(
        payment_id=row.pk,
        order_id=order.pk,
        channel_id=order.channel_id,
        customer_id=order.customer_id,
        tender=str(row.tender),
        amount_minor=row.amount_minor,
        currency=row.currency,
    )
