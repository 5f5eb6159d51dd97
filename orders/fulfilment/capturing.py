"""Money that was only authorised is taken before the goods leave: at the counter, at dispatch.

Goods that wait on a shelf are paid earlier where the authorisation would lapse before their window
ends. If that fails nothing happens to them: the till takes another tender.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from omni.access.actor import SYSTEM, Actor
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState
from orders.fulfilment.money import due_at_hand_over
from orders.payments import operations as payments
from orders.payments.models import Payment, PaymentState

CAPTURABLE = [PaymentState.AUTHORISED, PaymentState.PARTLY_CAPTURED]
ON_A_SHELF = [FulfilmentState.READY, FulfilmentState.PARTLY_HANDED_OVER]

UNTAKEN = (
    payments.PaymentDeclined,
    payments.PaymentInProgress,
    payments.PaymentNotCapturable,
    payments.PaymentUnclear,
)

logger = logging.getLogger(__name__)


def capture_what_is_due(
    *,
    fulfilment_order_id: UUID,
    quantities: Mapping[int, int] | None = None,
    actor: Actor,
) -> None:
    """Capture what these units cost from the order's authorised payments, as far as they reach.

    Process: outside any transaction. Whether it sufficed is judged by the hand-over. A repeat takes
    nothing twice. An authorisation on which nothing can be taken is given free, so that what it
    stood for is due again. Raises: PaymentDeclined, PaymentUnclear, PaymentInProgress.
    """
    row = FulfilmentOrder.objects.select_related("order").filter(pk=fulfilment_order_id).first()
    if row is None:
        return
    waiting = list(Payment.objects.filter(order=row.order, status__in=CAPTURABLE).order_by("pk"))
    if not waiting:
        return
    lines = FulfilmentLine.objects.filter(fulfilment_order=row)
    units = {
        line.order_line_id: min(
            line.quantity_open, (quantities or {}).get(line.pk, line.quantity_open)
        )
        for line in lines
    }
    needed = due_at_hand_over(row.order, units)
    for payment in waiting:
        part = min(needed, payment.authorised_minor - payment.captured_minor)
        if part > 0:
            _take(row, payment, part, actor)
            needed -= part


def _take(row: FulfilmentOrder, payment: Payment, minor: int, actor: Actor) -> None:
    try:
        payments.capture_payment(
            payment_id=payment.pk,
            amount_minor=minor,
            reference=f"capture:{row.pk}:{payment.pk}:{payment.captured_minor}",
            actor=actor,
        )
    except payments.PaymentDeclined:
        payment.refresh_from_db()
        if payment.status == PaymentState.AUTHORISED:
            payments.void_payment(
                payment_id=payment.pk, reference=f"declined:{payment.pk}", actor=actor
            )
        raise


def capture_lapsing_authorisations(*, limit: int = 100) -> int:
    """Sweep: take the money for what waits on a shelf longer than its authorisation lives.

    Process, repeatable. Returns how many pickups were looked at. A refusal leaves the goods where
    they are, and the hand-over asks for another tender.
    """
    lives = timedelta(days=settings.PSP_AUTHORISATION_DAYS)
    waiting = FulfilmentOrder.objects.filter(
        status__in=ON_A_SHELF,
        order__payments__status__in=CAPTURABLE,
        pickup__window_ends_at__gt=F("order__payments__created_at") + lives,
    )
    # What cannot be captured stays in the set, so that the order is left to chance.
    found = set(waiting.order_by("?").values_list("pk", flat=True)[:limit])
    for row_id in sorted(found):
        try:
            capture_what_is_due(fulfilment_order_id=row_id, actor=SYSTEM)
        except UNTAKEN:
            logger.warning("the money for pickup %s could not be taken before its time", row_id)
    return len(found)
