"""Tending of open ends: whatever a crash, a lost answer or a lost webhook left undecided.

Decided here: each open end is settled by the process that left it, which sends the same call with
the same key. A run takes a bounded number. Payments come oldest first; asking moves ``updated_at``,
so one that stays open goes to the end of the queue and is asked again after ``ASK_AGAIN``. The
others have no such mark and are taken at random. One that breaks stops none of the others.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Min, Q

from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from orders.payments import attempts, online, provider_events, refunds
from orders.payments.models import (
    AttemptState,
    CaptureMethod,
    Payment,
    PaymentAttempt,
    PaymentState,
    ProviderEvent,
    Refund,
    RefundState,
    Tender,
)

logger = logging.getLogger(__name__)

# A call of ours takes a few seconds at most: what is older was left by a crash or a time-out.
STALE = timedelta(seconds=15)
# A customer on the provider's page is heard of by webhook; asking makes good for a lost one.
ASK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one run looked at, and the orders whose money may have changed."""

    payments: int
    attempts: int
    refunds: int
    events: int
    order_ids: frozenset[UUID]


def sweep_unknown_payments(*, limit: int = 100, actor: Actor = SYSTEM) -> Swept:
    """Settle what is in doubt: stale payments, open attempts, pending refunds, messages.

    Process, repeatable, safe beside itself. The caller confirms the orders named in the result.
    """
    order_ids: set[UUID] = set()
    payments = _stale_payments(limit)
    for payment in payments:
        order_ids.add(payment.order_id)
        with _alone("payment", payment.pk):
            online.carry_out_start(payment_id=payment.pk, actor=actor)
        _touch(payment)
    open_attempts = _open_attempts(limit)
    for attempt in open_attempts:
        order_ids.add(attempt.payment.order_id)
        with _alone("attempt", attempt.pk):
            attempts.carry_out_attempt(attempt_id=attempt.pk, actor=actor)
    pending = _pending_refunds(limit)
    for refund in pending:
        order_ids.add(refund.payment.order_id)
        with _alone("refund", refund.pk):
            refunds.carry_out_refund(refund_id=refund.pk, actor=actor)
    subjects = _unapplied(limit)
    for provider, subject in subjects:
        with _alone("events of", subject):
            order_id = provider_events.apply_provider_events(
                provider=provider, subject=subject, actor=actor
            )
            order_ids.update({order_id} if order_id else ())
    return Swept(
        len(payments), len(open_attempts), len(pending), len(subjects), frozenset(order_ids)
    )


def carry_out_for_order(*, order_id: UUID, actor: Actor = SYSTEM) -> None:
    """Carry out at once what a transaction left to be done for an order: voids and refunds.

    Process: to be called after that transaction's commit; without it the sweep does the same.
    """
    open_ones = PaymentAttempt.objects.filter(payment__order_id=order_id, status=AttemptState.OPEN)
    for attempt_id in open_ones.order_by("pk").values_list("pk", flat=True):
        attempts.carry_out_attempt(attempt_id=attempt_id, actor=actor)
    pending = Refund.objects.filter(
        payment__order_id=order_id, payment__tender=Tender.ONLINE, status=RefundState.PENDING
    )
    for refund_id in pending.order_by("pk").values_list("pk", flat=True):
        refunds.carry_out_refund(refund_id=refund_id, actor=actor)


@contextmanager
def _alone(what: str, key: object) -> Iterator[None]:
    """What cannot be settled is told and left open: the audit names it (P6), the others go on."""
    try:
        yield
    except Exception:
        logger.exception("The sweep of payments could not settle %s %s", what, key)


# --- what is open ---------------------------------------------------------------------------------


def _stale_payments(limit: int) -> list[Payment]:
    now = clock.now()
    doubtful = Q(
        status__in=[PaymentState.PENDING, PaymentState.UNKNOWN], updated_at__lt=now - STALE
    )
    waiting = Q(status=PaymentState.REQUIRES_ACTION, updated_at__lt=now - ASK_AGAIN)
    # The provider captures these at once, so what is missing is only its word.
    half_told = Q(
        status=PaymentState.AUTHORISED,
        capture_method=CaptureMethod.AUTOMATIC,
        updated_at__lt=now - ASK_AGAIN,
    )
    online_ones = Payment.objects.filter(tender=Tender.ONLINE).order_by("updated_at")
    # Two statements, for each has a partial index of its own.
    found = [
        *online_ones.filter(doubtful | waiting)[:limit],
        *online_ones.filter(half_told)[:limit],
    ]
    return found[:limit]


def _touch(payment: Payment) -> None:
    """It was asked about: the next run begins with others."""
    rows = Payment.objects.filter(pk=payment.pk, updated_at__lte=payment.updated_at)
    rows.update(updated_at=clock.now())


def _open_attempts(limit: int) -> list[PaymentAttempt]:
    rows = PaymentAttempt.objects.filter(
        status=AttemptState.OPEN, created_at__lt=clock.now() - STALE
    )
    return list(rows.select_related("payment").order_by("?")[:limit])


def _pending_refunds(limit: int) -> list[Refund]:
    rows = Refund.objects.filter(
        status=RefundState.PENDING,
        payment__tender=Tender.ONLINE,
        created_at__lt=clock.now() - STALE,
    )
    return list(rows.select_related("payment").order_by("?")[:limit])


def _unapplied(limit: int) -> list[tuple[str, str]]:
    """Payments with messages that could not be applied when they came."""
    rows = ProviderEvent.objects.filter(
        applied_at=None, received_at__lt=clock.now() - STALE
    ).exclude(subject="")
    subjects = rows.values("provider", "subject").annotate(first=Min("pk")).order_by("?")
    return [(row["provider"], row["subject"]) for row in subjects[:limit]]
