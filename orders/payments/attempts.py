"""Captures and voids: calls that change a payment at its provider after the start.

Decided here: the attempt is committed with its key, the call follows without a transaction, the
outcome and the provider's own picture of the payment are written together. One attempt may be open
on a payment at a time. No definite answer leaves it open; the sweep carries the same one out again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import SYSTEM, Actor
from omni.core.errors import Busy, Conflict, NotFound
from omni.core.states import move
from orders.payments import settlement
from orders.payments.gateways import online_gateway
from orders.payments.gateways.base import (
    OnlineGateway,
    ProviderPayment,
    ProviderRefused,
    ProviderUnavailable,
    StartRequest,
)
from orders.payments.ledger import AmountTooLarge
from orders.payments.models import (
    ATTEMPT_MOVES,
    AttemptKind,
    AttemptState,
    CaptureMethod,
    Payment,
    PaymentAttempt,
    PaymentState,
    Tender,
)
from orders.payments.settlement import Locked

_S = PaymentState
CAPTURABLE = frozenset({_S.AUTHORISED, _S.PARTLY_CAPTURED})
VOIDABLE = frozenset({_S.PENDING, _S.REQUIRES_ACTION, _S.UNKNOWN, _S.AUTHORISED})
# What an order that is over does not need any more, also what was left of a capture in part.
HELD = VOIDABLE | {_S.PARTLY_CAPTURED}


class PaymentInProgress(Conflict):
    code = "payment_in_progress"
    message = _("Another step of this payment is under way. Wait for its end.")


class PaymentNotCapturable(Conflict):
    code = "payment_not_capturable"
    message = _(
        "Only an authorised payment of a live order can be captured. Ask for another payment."
    )


class PaymentNotVoidable(Conflict):
    code = "payment_not_voidable"
    message = _("Money was taken already, or the payment is over. Refund it instead.")


class PaymentDeclined(Conflict):
    code = "payment_declined"
    message = _("The payment provider declined. Ask for another way to pay.")


class PaymentUnclear(Busy):
    code = "payment_unclear"
    message = _("The payment provider does not answer. The outcome will be known in a moment.")


def capture_payment(
    *, payment_id: UUID, reference: str, amount_minor: int | None = None, actor: Actor
) -> Payment:
    """Take authorised money, wholly (no amount) or in part.

    Process. A repeat with the reference carries the same attempt on and takes the money once.
    Raises: NotFound, PaymentNotCapturable, AmountTooLarge, PaymentInProgress, PaymentDeclined,
    PaymentUnclear (the sweep settles it). Emits: PaymentCaptured.
    """

    def prepare(locked: Locked) -> int:
        payment = locked.payment
        if locked.is_dead or payment.status not in CAPTURABLE:
            raise PaymentNotCapturable(status=str(payment.status))
        rest = payment.authorised_minor - payment.captured_minor
        wanted = rest if amount_minor is None else amount_minor
        if not 0 < wanted <= rest:
            raise AmountTooLarge(payment_id=str(payment.pk), available=rest, requested=wanted)
        return wanted

    return _run(payment_id, AttemptKind.CAPTURE, reference, prepare, actor=actor)


def void_payment(*, payment_id: UUID, reference: str, actor: Actor) -> Payment:
    """Give an authorisation free, or close an online payment that the customer has not made yet.

    Process. A repeat with the reference returns the voided payment. Raises: NotFound,
    PaymentNotVoidable, PaymentInProgress, PaymentDeclined (it was paid meanwhile), PaymentUnclear.
    Emits: PaymentVoided.
    """

    def prepare(locked: Locked) -> int:
        payment = locked.payment
        if payment.tender != Tender.ONLINE or payment.status not in VOIDABLE:
            raise PaymentNotVoidable(status=str(payment.status))
        return settlement.held_minor(payment)

    return _run(payment_id, AttemptKind.VOID, reference, prepare, actor=actor)


def carry_out_attempt(*, attempt_id: UUID, actor: Actor = SYSTEM) -> PaymentAttempt:
    """Send an open attempt to the provider, again if need be, and write what came of it.

    Process: the attempt's id is the key, so it takes effect once. Raises: NotFound.
    """
    attempt = PaymentAttempt.objects.select_related("payment__order").filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound
    if attempt.status != AttemptState.OPEN:
        return attempt
    gateway = online_gateway(attempt.payment.provider)
    try:
        provider_id = attempt.payment.provider_reference or start_again(attempt.payment).id
        failure_code = _call(gateway, attempt, provider_id)
        heard = gateway.fetch(provider_id)
    except (ProviderUnavailable, ProviderRefused):
        # A refusal here is one of look-ups, which says nothing about the attempt.
        return attempt
    return _settle(attempt.pk, heard, failure_code, actor=actor)


def start_again(payment: Payment) -> ProviderPayment:
    """Send the start of a payment once more: its id is the key, so it is the same payment.

    Raises: ProviderRefused, ProviderUnavailable.
    """
    return online_gateway(payment.provider).start(start_request(payment))


def start_request(payment: Payment, *, card_token: str = "") -> StartRequest:
    """What the provider is sent to start this payment, the same each time."""
    return StartRequest(
        key=str(payment.pk),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reference=payment.order.number,
        return_url=payment.return_url,
        is_manual_capture=payment.capture_method == CaptureMethod.MANUAL,
        card_token=card_token,
    )


# --- steps ----------------------------------------------------------------------------------------


def _run(
    payment_id: UUID,
    kind: AttemptKind,
    reference: str,
    prepare: Callable[[Locked], int],
    *,
    actor: Actor,
) -> Payment:
    attempt = _prepare(payment_id, kind, reference, prepare, actor=actor)
    attempt = carry_out_attempt(attempt_id=attempt.pk, actor=actor)
    if attempt.status == AttemptState.OPEN:
        raise PaymentUnclear(attempt_id=str(attempt.pk))
    if attempt.status == AttemptState.FAILED:
        raise PaymentDeclined(reason=attempt.failure_code)
    payment: Payment = Payment.objects.get(pk=payment_id)
    return payment


@transaction.atomic(durable=True)
def _prepare(
    payment_id: UUID,
    kind: AttemptKind,
    reference: str,
    prepare: Callable[[Locked], int],
    *,
    actor: Actor,
) -> PaymentAttempt:
    locked = settlement.lock_payment(payment_id, actor=actor)
    made = PaymentAttempt.objects.filter(reference=reference).first()
    if made is not None:
        if (made.payment_id, made.kind) != (payment_id, kind):
            raise PaymentInProgress(reference=reference)
        return made
    amount_minor = prepare(locked)
    attempt = settlement.open_attempt(
        locked, kind=kind, amount_minor=amount_minor, reference=reference
    )
    if attempt is None:
        raise PaymentInProgress
    return attempt


def _call(gateway: OnlineGateway, attempt: PaymentAttempt, provider_id: str) -> str:
    """Make the call; the code of a refusal, or an empty string when it was done."""
    key = str(attempt.pk)
    try:
        if attempt.kind == AttemptKind.CAPTURE:
            gateway.capture(provider_id, amount_minor=attempt.amount_minor, key=key)
        else:
            gateway.void(provider_id, key=key)
    except ProviderRefused as refusal:
        return refusal.code
    return ""


@transaction.atomic(durable=True)
def _settle(
    attempt_id: UUID, heard: ProviderPayment, failure_code: str, *, actor: Actor
) -> PaymentAttempt:
    payment_id = PaymentAttempt.objects.values_list("payment_id", flat=True).get(pk=attempt_id)
    locked = settlement.lock_payment(payment_id, actor=actor)
    attempt: PaymentAttempt = PaymentAttempt.objects.filter(pk=attempt_id).locked().get()
    if attempt.status == AttemptState.OPEN:
        state = AttemptState.FAILED if failure_code else AttemptState.SUCCEEDED
        also: dict[str, Any] = {"failure_code": failure_code[:60], "settled_at": locked.now}
        move(attempt, state, moves=ATTEMPT_MOVES, **also)
    settlement.apply_facts(locked, heard)
    return attempt
