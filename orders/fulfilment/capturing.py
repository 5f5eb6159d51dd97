"""Money that was only authorised is taken before the goods leave: at the counter, at dispatch."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from omni.access.actor import Actor
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder
from orders.fulfilment.money import due_at_hand_over
from orders.payments import operations as payments
from orders.payments.models import Payment, PaymentState

CAPTURABLE = [PaymentState.AUTHORISED, PaymentState.PARTLY_CAPTURED]


def capture_what_is_due(
    *,
    fulfilment_order_id: UUID,
    quantities: Mapping[int, int] | None = None,
    actor: Actor,
) -> None:
    """Capture what these units cost from the order's authorised payments, as far as they reach.

    Process: outside any transaction. Whether it sufficed is judged by the hand-over. A repeat takes
    nothing twice. Raises: PaymentDeclined, PaymentUnclear, PaymentInProgress.
    """
    row = FulfilmentOrder.objects.select_related("order").filter(pk=fulfilment_order_id).first()
    if row is None:
        return
    lines = FulfilmentLine.objects.filter(fulfilment_order=row)
    units = {
        line.order_line_id: min(
            line.quantity_open, (quantities or {}).get(line.pk, line.quantity_open)
        )
        for line in lines
    }
    needed = due_at_hand_over(row.order, units)
    waiting = Payment.objects.filter(order=row.order, status__in=CAPTURABLE).order_by("pk")
    for payment in waiting if needed else ():
        part = min(needed, payment.authorised_minor - payment.captured_minor)
        if part > 0:
            payments.capture_payment(
                payment_id=payment.pk,
                amount_minor=part,
                reference=f"capture:{row.pk}:{payment.pk}:{payment.captured_minor}",
                actor=actor,
            )
            needed -= part
