"""All money of an order that is over goes back: what was taken is refunded, what is held is freed.

Decided here: only rows are written, in the transaction that ends the order; the calls follow after
its commit (``carry_out_for_order``), at the latest by the sweep.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.core import clock
from orders.payments import order_money, settlement
from orders.payments.attempts import HELD
from orders.payments.models import AttemptKind, Payment, Refund, Tender
from orders.payments.refunds import request_refund
from orders.payments.settlement import Locked


@transaction.atomic
def return_all_money(
    *, order_id: UUID, reference: str, reason: str = "", actor: Actor
) -> list[Refund]:
    """Set everything that was paid aside to be given back, and free what is only authorised.

    Plain: joins the caller's transaction. A repeat changes nothing. Locks: order, payments.
    Raises: NotFound. Emits: RefundSucceeded for what was on account.
    """
    order = settlement.lock_order(order_id)
    for payment in Payment.objects.filter(order=order, tender=Tender.ONLINE).locked():
        if payment.status in HELD:
            settlement.open_attempt(
                Locked(order, payment, actor, clock.now()),
                kind=AttemptKind.VOID,
                amount_minor=settlement.held_minor(payment),
                reference=f"{reference}/{payment.pk}/void",
            )
    made = list(Refund.objects.filter(reference__startswith=f"{reference}/").order_by("pk"))
    rest = order_money.money_of(order.pk).refundable_minor
    if made or rest <= 0:
        return made
    return request_refund(
        order_id=order_id, amount_minor=rest, reference=reference, reason=reason, actor=actor
    )
