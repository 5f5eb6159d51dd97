"""Starting an online payment, and closing those that a customer left open.

Decided here: the row is committed before the provider is called and its id is the key of the call.
An order has at most one open online payment: a new start resumes it when the amount is the same,
otherwise it is withdrawn at the provider first, so that nobody pays twice by two open pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.errors import Conflict
from omni.core.ids import uuid7
from omni.core.states import may_move, move
from omni.events.operations import record
from orders.events import PaymentFailed
from orders.payments import attempts, order_money, settlement
from orders.payments.attempts import PaymentDeclined, PaymentInProgress, PaymentUnclear
from orders.payments.counter import OrderNotPayable, PaymentReferenceReused
from orders.payments.gateways import online_gateway
from orders.payments.gateways.base import ProviderPayment, ProviderRefused, ProviderUnavailable
from orders.payments.ledger import AmountTooLarge
from orders.payments.models import (
    PAYMENT_MOVES,
    AttemptKind,
    AttemptState,
    CaptureMethod,
    Payment,
    PaymentAttempt,
    PaymentState,
    Tender,
)
from orders.payments.order_money import DEAD
from orders.payments.refunds import AmountNotPositive
from orders.payments.settlement import Locked
from orders.sales.models import Order

PSP = "psp"
OPEN = (PaymentState.PENDING, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN)


class NothingToPay(Conflict):
    code = "nothing_to_pay"
    message = _("Nothing is left to be paid on this order. Read it again to see what was paid.")


@dataclass(frozen=True, slots=True)
class OnlineStart:
    """What a customer wants to pay online. ``amount_minor`` None is all that is outstanding.

    ``reference`` is unique forever. ``card_token`` is a provider's token, used once, never stored.
    """

    order_id: UUID
    reference: str
    return_url: str
    amount_minor: int | None = None
    card_token: str = ""
    capture_method: CaptureMethod = CaptureMethod.AUTOMATIC
    provider: str = PSP


def start_payment(*, start: OnlineStart, actor: Actor) -> Payment:
    """Begin to pay an order online; the payment's ``next_action`` says where the customer goes on.

    Process. A repeat with the reference returns the same payment, carried on. No answer of the
    provider leaves it ``unknown``; the sweep settles it. Raises: NotFound, OrderNotPayable,
    NothingToPay, AmountTooLarge, PaymentReferenceReused, PaymentInProgress, and when an older open
    payment cannot be withdrawn PaymentDeclined or PaymentUnclear. Emits: PaymentAuthorised,
    PaymentCaptured, PaymentFailed.
    """
    rival = _rival(start)
    if rival is not None:
        _withdraw(rival, actor=actor)
    payment = _prepare(start)
    if payment.status not in OPEN:
        return payment
    return carry_out_start(payment_id=payment.pk, card_token=start.card_token, actor=actor)


def carry_out_start(*, payment_id: UUID, card_token: str = "", actor: Actor = SYSTEM) -> Payment:
    """Send an open payment to its provider, again if need be, and write what is known of it.

    Process. The provider is asked by the key first when it may have heard of it already: a start
    that carried a card token cannot be sent again in the same words.
    """
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    gateway = online_gateway(payment.provider)
    try:
        heard = _known_already(payment)
        if heard is None:
            heard = gateway.start(attempts.start_request(payment, card_token=card_token))
            if heard.status not in OPEN:
                heard = gateway.fetch(heard.id)
    except ProviderRefused as refusal:
        return _fail(payment_id, refusal.code, actor=actor)
    except ProviderUnavailable:
        return _doubt(payment_id, actor=actor)
    return _settle(payment_id, heard, actor=actor)


def cancel_open_payments(*, order_id: UUID, actor: Actor) -> bool:
    """Close what could still bring money in: pages left open, authorisations not captured.

    Process, repeatable. Returns whether everything is closed; what is not, because the provider
    does not answer or money came meanwhile, is left to the sweep and to ``settlement.give_back``.
    """
    closable = attempts.VOIDABLE
    rows = Payment.objects.filter(order_id=order_id, tender=Tender.ONLINE, status__in=closable)
    for payment in rows.order_by("pk"):
        try:
            _withdraw(payment, actor=actor)
        except (PaymentDeclined, PaymentUnclear, PaymentInProgress, attempts.PaymentNotVoidable):
            continue
    return not rows.exists()


# --- steps ----------------------------------------------------------------------------------------


def _rival(start: OnlineStart) -> Payment | None:
    """An open payment of the order that this start would not resume."""
    found = _open_payments(start.order_id)
    if Payment.objects.filter(reference=start.reference).exists():
        return None
    # A twin of this start may have begun just now: its payment is not a rival but the same one.
    rivals = (payment for payment in found if payment.reference != start.reference)
    return next((payment for payment in rivals if not _resumes(start, payment)), None)


def _open_payments(order_id: UUID) -> list[Payment]:
    rows = Payment.objects.filter(order_id=order_id, tender=Tender.ONLINE, status__in=OPEN)
    return list(rows.order_by("pk"))


def _resumes(start: OnlineStart, payment: Payment) -> bool:
    same = (payment.capture_method, payment.provider) == (start.capture_method, start.provider)
    return same and not start.card_token and start.amount_minor in (None, payment.amount_minor)


def _withdraw(payment: Payment, *, actor: Actor) -> None:
    """Void an open payment; one that has an open attempt is carried on first."""
    open_one = PaymentAttempt.objects.filter(payment=payment, status=AttemptState.OPEN).first()
    if open_one is not None and open_one.kind == AttemptKind.VOID:
        done = attempts.carry_out_attempt(attempt_id=open_one.pk, actor=actor)
        if done.status == AttemptState.OPEN:
            raise PaymentUnclear
        return
    reference = f"withdraw:{payment.pk}:{uuid7()}"
    attempts.void_payment(payment_id=payment.pk, reference=reference, actor=actor)


@transaction.atomic(durable=True)
def _prepare(start: OnlineStart) -> Payment:
    order = settlement.lock_order(start.order_id)
    made = Payment.objects.filter(reference=start.reference).first()
    if made is not None:
        if made.order_id != order.pk or made.tender != Tender.ONLINE:
            raise PaymentReferenceReused(reference=start.reference)
        return made
    if order.status in DEAD:
        raise OrderNotPayable(status=str(order.status))
    for rival in _open_payments(order.pk):
        if _resumes(start, rival):
            return rival
        raise PaymentInProgress(payment_id=str(rival.pk))
    amount = _amount(start, order)
    now = clock.now()
    payment: Payment = Payment.objects.create(
        order=order,
        tender=Tender.ONLINE,
        currency=order.currency,
        amount_minor=amount,
        provider=start.provider,
        reference=start.reference,
        return_url=start.return_url,
        capture_method=start.capture_method,
        created_at=now,
        updated_at=now,
    )
    return payment


def _amount(start: OnlineStart, order: Order) -> int:
    if start.amount_minor is not None and start.amount_minor <= 0:
        raise AmountNotPositive
    outstanding = order_money.money_of(order.pk).outstanding(order.due_minor)
    if outstanding == 0:
        raise NothingToPay
    amount = outstanding if start.amount_minor is None else start.amount_minor
    if amount > outstanding:
        raise AmountTooLarge(available=outstanding, requested=amount)
    return amount


def _known_already(payment: Payment) -> ProviderPayment | None:
    """The provider's picture, if it may have one. Raises: ProviderRefused, ProviderUnavailable."""
    gateway = online_gateway(payment.provider)
    if payment.provider_reference:
        return gateway.fetch(payment.provider_reference)
    return gateway.find(str(payment.pk)) if payment.status == PaymentState.UNKNOWN else None


@transaction.atomic(durable=True)
def _settle(payment_id: UUID, heard: ProviderPayment, *, actor: Actor) -> Payment:
    locked = settlement.lock_payment(payment_id, actor=actor)
    settlement.apply_facts(locked, heard)
    return locked.payment


@transaction.atomic(durable=True)
def _doubt(payment_id: UUID, *, actor: Actor) -> Payment:
    """Nobody knows what became of the call. What webhooks said meanwhile wins."""
    locked = settlement.lock_payment(payment_id, actor=actor)
    payment = locked.payment
    if payment.status == PaymentState.PENDING:
        move(payment, PaymentState.UNKNOWN, moves=PAYMENT_MOVES, updated_at=locked.now)
    return payment


@transaction.atomic(durable=True)
def _fail(payment_id: UUID, code: str, *, actor: Actor) -> Payment:
    """The provider refused to start: nothing exists there."""
    locked: Locked = settlement.lock_payment(payment_id, actor=actor)
    payment = locked.payment
    if payment.provider_reference or not may_move(
        payment, PaymentState.FAILED, moves=PAYMENT_MOVES
    ):
        return payment
    also: dict[str, Any] = {
        "failure_code": code[:60],
        "next_action": None,
        "updated_at": locked.now,
    }
    move(payment, PaymentState.FAILED, moves=PAYMENT_MOVES, **also)
    record(PaymentFailed(**locked.facts(payment.amount_minor), failure_code=code), actor=actor)
    return payment
