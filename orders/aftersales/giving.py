"""Money given back by hand, for no goods: a favour, within the limit or with a second person."""

from __future__ import annotations

from uuid import UUID

from omni.access.actor import Actor
from omni.access.permissions import Permission
from orders.aftersales.rules import ask_for_approval, refund_matter
from orders.payments import operations as payments
from orders.payments.models import Refund
from orders.payments.queries import order_for_staff
from orders.payments.refunds import RefundOverLimit


def refund_by_hand(
    *,
    order_id: UUID,
    amount_minor: int,
    reason: str,
    reference: str,
    approval_id: UUID | None,
    actor: Actor,
) -> list[Refund]:
    """Give money of an order back. Over the actor's limit a second identity is asked.

    Process; a repeat with the reference returns the same refunds. Raises: NotFound, ApprovalAsked,
    AmountNotPositive, RefundTooLarge, RefundReferenceReused.
    """
    order = order_for_staff(actor, order_id, Permission.PAYMENTS_REFUND)
    try:
        return payments.refund_payment(
            order_id=order.pk,
            amount_minor=amount_minor,
            reference=reference,
            reason=reason,
            approval_id=approval_id,
            actor=actor,
        )
    except RefundOverLimit as over:
        given = int(over.details.get("given_back_minor", 0))
    raise ask_for_approval(
        matter=refund_matter("order", order.pk, order.location_id),
        amount_minor=amount_minor,
        given_back_minor=given,
        actor=actor,
    )
