"""How facts of a provider become rows: entries, states, events, the order's payment axis.

Decided here: facts are a set, so their order and their number do not matter. Each is booked once by
its reference; the payment's state follows from the counters; what cannot be booked yet (a refund
heard before its capture) is named and left for later. Money that reaches a dead order is given
back at once and is an incident. The order is locked before the payment, everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import may_move, move
from omni.events.event import Event
from omni.events.operations import record_all
from omni.work import operations as work
from omni.work.models import Incident
from orders.events import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
    RefundFailed,
    RefundSucceeded,
)
from orders.payments import ledger
from orders.payments.gateways.base import ProviderEntry, ProviderPayment
from orders.payments.models import (
    PAYMENT_MOVES,
    REFUND_MOVES,
    AttemptKind,
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentEntryKind,
    PaymentState,
    Refund,
    RefundState,
    Tender,
)
from orders.payments.order_money import DEAD, refresh_order
from orders.payments.status import (
    DISPUTES,
    ENDS,
    UNENDED,
    PaymentFacts,
    payment_state,
)
from orders.sales.models import Order


@dataclass(frozen=True, slots=True)
class Locked:
    """A payment with its order, both locked in that order, and who acts when."""

    order: Order
    payment: Payment
    actor: Actor
    now: datetime

    @property
    def is_dead(self) -> bool:
        return self.order.status in DEAD

    def facts(self, amount_minor: int) -> dict[str, Any]:
        """What every event of this payment says."""
        return {
            "payment_id": self.payment.pk,
            "order_id": self.order.pk,
            "channel_id": self.order.channel_id,
            "customer_id": self.order.customer_id,
            "tender": str(self.payment.tender),
            "amount_minor": amount_minor,
            "currency": self.payment.currency,
        }


def lock_order(order_id: UUID) -> Order:
    """The locked order. Raises: NotFound."""
    order: Order | None = Order.objects.filter(pk=order_id).locked().first()
    if order is None:
        raise NotFound
    return order


def lock_payment(payment_id: UUID, *, actor: Actor) -> Locked:
    """The payment and, before it, its order. Raises: NotFound."""
    order_id = Payment.objects.filter(pk=payment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound
    order = lock_order(order_id)
    payment = Payment.objects.filter(pk=payment_id).locked().get()
    return Locked(order, payment, actor, clock.now())


def apply_facts(locked: Locked, heard: ProviderPayment) -> frozenset[str]:
    """Book everything heard about a payment that is not booked yet.

    Returns the provider's ids of the refunds that cannot be booked yet. Repeatable; facts that
    contradict our row open an incident and change nothing.
    """
    payment = locked.payment
    if _contradicts(locked, heard):
        return frozenset(entry.id for entry in heard.refunds)
    before, captured_before = payment.status, payment.captured_minor
    if payment.provider_reference != heard.id:
        payment.provider_reference = heard.id
        payment.save(update_fields=["provider_reference"])
    events = _book_authorisation(locked, heard)
    events += _book_captures(locked, heard)
    events += _book_end(locked, heard)
    deferred, refund_events = _settle_refunds(locked, heard)
    _move(locked, heard)
    if payment.status == PaymentState.FAILED and before != PaymentState.FAILED:
        code = heard.failure_code
        facts = locked.facts(payment.amount_minor)
        events.append(PaymentFailed(**facts, failure_code=code))
    record_all([*events, *refund_events], actor=locked.actor)
    if locked.is_dead:
        give_back(locked, is_new_money=payment.captured_minor > captured_before)
    refresh_order(locked.order, actor=locked.actor)
    return deferred


def settle_refund(
    locked: Locked, refund: Refund, *, succeeded: bool, provider_reference: str, failure_code: str
) -> Event:
    """A pending refund, locked with its payment, reaches its end. Returns the event to record."""
    payment, amount = locked.payment, refund.amount_minor
    ledger.free_refund(payment, amount_minor=amount, at=locked.now)
    also: dict[str, Any] = {"provider_reference": provider_reference, "settled_at": locked.now}
    facts = {**locked.facts(amount), "refund_id": refund.pk, "reference": refund.reference}
    if succeeded:
        ledger.book(
            payment,
            kind=PaymentEntryKind.REFUND,
            amount_minor=amount,
            reference=f"refund:{refund.pk}",
            principal=refund.principal,
            occurred_at=locked.now,
        )
        move(refund, RefundState.SUCCEEDED, moves=REFUND_MOVES, failure_code="", **also)
        return RefundSucceeded(**facts)
    move(refund, RefundState.FAILED, moves=REFUND_MOVES, failure_code=failure_code[:60], **also)
    _tell(
        locked,
        refund,
        _("The provider refused a refund. Give the money back in another way."),
        code=failure_code,
    )
    return RefundFailed(**facts, failure_code=failure_code)


def settle_late(locked: Locked, refund: Refund, *, provider_reference: str) -> list[Event]:
    """A refund that had failed here was given after all: money wins over words. Staff hear of it.

    Nothing is booked while its money is set aside for another one in its place: the provider has
    no more either, and will refuse that. The incident is the failure's own, which asked for money;
    while the refund waits to be booked it is told once, however often the provider says it.
    """
    payment, amount = locked.payment, refund.amount_minor
    is_free = payment.captured_minor - payment.refunded_minor - payment.refunding_minor >= amount
    if not is_free and _is_told_as_waiting(refund):
        return []
    _tell(
        locked,
        refund,
        _("A refund that had failed was given after all. See that it is not given twice."),
        is_booked=is_free,
    )
    if not is_free:
        return []
    ledger.hold_refund(payment, amount_minor=amount, at=locked.now)
    told = {"provider_reference": provider_reference, "failure_code": ""}
    return [settle_refund(locked, refund, succeeded=True, **told)]


def _tell(locked: Locked, refund: Refund, summary: str, **details: Any) -> None:
    """The one incident of a refund that failed, with what is known of it now."""
    told = {"payment_id": str(locked.payment.pk), "amount_minor": refund.amount_minor}
    work.open_incident(
        kind="refund_failed",
        subject_kind="refund",
        subject_id=refund.pk,
        summary=summary,
        details=told | details,
        actor=locked.actor,
    )


def _is_told_as_waiting(refund: Refund) -> bool:
    told = Incident.objects.filter(subject_kind="refund", subject_id=str(refund.pk))
    return told.filter(kind="refund_failed", details__is_booked=False).exists()


def give_back(locked: Locked, *, is_new_money: bool) -> None:
    """A dead order keeps no money: what came is refunded, what is held is voided, later, by key."""
    payment = locked.payment
    rest = payment.captured_minor - payment.refunded_minor - payment.refunding_minor
    if is_new_money and rest > 0:
        reference = f"dead-order:{payment.pk}:{payment.captured_minor}"
        hold_refund(locked, amount_minor=rest, reference=reference, reason="money_without_order")
        work.open_incident(
            kind="money_without_order",
            subject_kind="payment",
            subject_id=payment.pk,
            summary=_("Money arrived for an order that is over. It is being refunded."),
            details={"order_id": str(locked.order.pk), "amount_minor": rest},
            actor=locked.actor,
        )
    if payment.status in UNENDED:
        open_attempt(
            locked,
            kind=AttemptKind.VOID,
            amount_minor=held_minor(payment),
            reference=f"dead-order:{payment.pk}:void",
        )


def held_minor(payment: Payment) -> int:
    """What a void gives free: what is authorised and was not captured, or was never answered."""
    return payment.authorised_minor - payment.captured_minor or payment.amount_minor


def hold_refund(locked: Locked, *, amount_minor: int, reference: str, reason: str) -> Refund:
    """Set the amount aside and write the pending refund that carries it. Raises: AmountTooLarge."""
    ledger.hold_refund(locked.payment, amount_minor=amount_minor, at=locked.now)
    refund: Refund = Refund.objects.create(
        payment=locked.payment,
        amount_minor=amount_minor,
        reason=reason[:120],
        reference=reference,
        principal=locked.actor.principal,
        created_at=locked.now,
    )
    return refund


def open_attempt(
    locked: Locked, *, kind: AttemptKind, amount_minor: int, reference: str
) -> PaymentAttempt | None:
    """Write an attempt to be carried out; None when one is open or the reference is spent."""
    attempts = PaymentAttempt.objects.filter(payment=locked.payment)
    if attempts.filter(status=AttemptState.OPEN).exists():
        return None
    if PaymentAttempt.objects.filter(reference=reference).exists():
        return None
    attempt: PaymentAttempt = PaymentAttempt.objects.create(
        payment=locked.payment,
        kind=kind,
        amount_minor=amount_minor,
        reference=reference,
        principal=locked.actor.principal,
        created_at=locked.now,
    )
    return attempt


# --- steps of apply_facts -------------------------------------------------------------------------


def _contradicts(locked: Locked, heard: ProviderPayment) -> bool:
    payment = locked.payment
    same_id = payment.provider_reference in ("", heard.id)
    if same_id and heard.currency == payment.currency and payment.tender == Tender.ONLINE:
        return False
    work.open_incident(
        kind="provider_contradicts",
        subject_kind="payment",
        subject_id=payment.pk,
        summary=_("The provider tells of a payment that does not fit ours."),
        details={"provider_id": heard.id, "currency": heard.currency},
        actor=locked.actor,
    )
    return True


def _book(locked: Locked, kind: PaymentEntryKind, amount: int, reference: str) -> bool:
    return ledger.book(
        locked.payment,
        kind=kind,
        amount_minor=amount,
        reference=f"{locked.payment.provider}:{reference}",
        principal=locked.actor.principal,
        occurred_at=locked.now,
    )


def _book_authorisation(locked: Locked, heard: ProviderPayment) -> list[Event]:
    amount = heard.authorised_minor
    if amount <= 0 or not _book(
        locked, PaymentEntryKind.AUTHORISATION, amount, f"{heard.id}:authorised"
    ):
        return []
    return [PaymentAuthorised(**locked.facts(amount))]


def _book_captures(locked: Locked, heard: ProviderPayment) -> list[Event]:
    return [
        PaymentCaptured(**locked.facts(entry.amount_minor))
        for entry in heard.captures
        if _book(locked, PaymentEntryKind.CAPTURE, entry.amount_minor, entry.id)
    ]


def _book_end(locked: Locked, heard: ProviderPayment) -> list[Event]:
    """What was authorised and not captured is free again when the payment ended."""
    if heard.status not in (PaymentState.VOIDED, PaymentState.EXPIRED):
        return []
    payment = locked.payment
    rest = payment.authorised_minor - payment.captured_minor
    first = payment.status not in ENDS
    if rest > 0:
        first = _book(locked, PaymentEntryKind.VOID, rest, f"{heard.id}:{heard.status}")
    facts = locked.facts(rest or payment.amount_minor)
    return [PaymentVoided(**facts, reason=heard.status)] if first else []


def _settle_refunds(locked: Locked, heard: ProviderPayment) -> tuple[frozenset[str], list[Event]]:
    deferred, events = set(), []
    for entry in heard.refunds:
        if entry.status not in (RefundState.SUCCEEDED, RefundState.FAILED):
            continue
        refund = _refund_of(locked, entry)
        if refund is None:
            if entry.status == RefundState.SUCCEEDED:
                deferred.add(entry.id)
            continue
        if refund.status == RefundState.PENDING:
            events.append(
                settle_refund(
                    locked,
                    refund,
                    succeeded=entry.status == RefundState.SUCCEEDED,
                    provider_reference=entry.id,
                    failure_code=entry.failure_code,
                )
            )
        elif refund.status == RefundState.FAILED and entry.status == RefundState.SUCCEEDED:
            booked = settle_late(locked, refund, provider_reference=entry.id)
            events += booked
            deferred |= set() if booked else {entry.id}
    return frozenset(deferred), events


def _refund_of(locked: Locked, entry: ProviderEntry) -> Refund | None:
    """Our refund with this key; for one made at the provider itself, a row is made.

    None while there is not yet the money that it gives back.
    """
    refunds = Refund.objects.filter(payment=locked.payment)
    try:
        ours = refunds.filter(pk=UUID(entry.key)).locked().first()
    except ValueError:
        ours = None
    ours = ours or refunds.filter(reference=f"provider:{entry.id}").locked().first()
    if ours is not None or entry.status != RefundState.SUCCEEDED:
        return ours
    payment = locked.payment
    rest = payment.captured_minor - payment.refunded_minor - payment.refunding_minor
    if rest < entry.amount_minor:
        return None
    return hold_refund(
        locked,
        amount_minor=entry.amount_minor,
        reference=f"provider:{entry.id}",
        reason="made_at_provider",
    )


def _move(locked: Locked, heard: ProviderPayment) -> None:
    """Bring the state to what the counters say; an ended payment that has money is an incident."""
    payment = locked.payment
    end = PaymentState(heard.status) if heard.status in ENDS else None
    if end is None and payment.status in ENDS:
        end = PaymentState(payment.status)
    target = payment_state(
        PaymentFacts(
            authorised_minor=payment.authorised_minor,
            captured_minor=payment.captured_minor,
            end=end,
            is_waiting=heard.status == PaymentState.REQUIRES_ACTION
            or payment.status == PaymentState.REQUIRES_ACTION,
        )
    )
    payment.next_action = _next_action(target, heard, payment)
    failed = target == PaymentState.FAILED
    payment.failure_code = (heard.failure_code or payment.failure_code)[:60] if failed else ""
    payment.updated_at = locked.now
    payment.save(update_fields=["next_action", "failure_code", "updated_at"])
    if target == payment.status or payment.status in DISPUTES | {PaymentState.WON}:
        return
    if may_move(payment, target, moves=PAYMENT_MOVES):
        move(payment, target, moves=PAYMENT_MOVES)
        return
    work.open_incident(
        kind="provider_contradicts",
        subject_kind="payment",
        subject_id=payment.pk,
        summary=_("The provider tells of a payment that had ended here."),
        details={"here": str(payment.status), "provider": heard.status},
        actor=locked.actor,
    )


def _next_action(
    target: PaymentState, heard: ProviderPayment, payment: Payment
) -> dict[str, str] | None:
    if target != PaymentState.REQUIRES_ACTION:
        return None
    if heard.redirect_url:
        return {"type": "redirect", "url": heard.redirect_url}
    kept: dict[str, str] | None = payment.next_action
    return kept
