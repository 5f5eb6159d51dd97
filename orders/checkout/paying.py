"""Paying an order, and what follows from it: payments settle money, fulfilment begins the work.

Decided here: whoever settles a payment asks afterwards whether the order may go on. That is a
transaction of its own and may be repeated; the sweeps make good for a crash in between.
"""

from __future__ import annotations

from collections.abc import Mapping

from omni.access.actor import SYSTEM, Actor
from orders.checkout.ways_back import check_way_back
from orders.fulfilment.operations import confirm_if_paid
from orders.payments import operations as payments
from orders.payments.models import Payment
from orders.payments.operations import OnlineStart


def pay_order(*, start: OnlineStart, actor: Actor) -> Payment:
    """Begin an online payment; an order that it pays at once is confirmed.

    Process. Raises: ReturnUrlNotAllowed, and as ``payments.start_payment``.
    """
    if actor.channel_id is not None:
        check_way_back(url=start.return_url, channel_id=actor.channel_id)
    payment = payments.start_payment(start=start, actor=actor)
    confirm_if_paid(order_id=start.order_id, actor=actor)
    return payment


def hear_provider(
    *, provider: str, headers: Mapping[str, str], body: bytes, actor: Actor = SYSTEM
) -> None:
    """Take in one webhook message of a payment provider; an order that it pays is confirmed.

    Repeatable: the confirmation is asked for again with each repeat of the message. Raises:
    SignatureInvalid.
    """
    order_id = payments.receive_provider_event(
        provider=provider, headers=headers, body=body, actor=actor
    )
    if order_id is not None:
        confirm_if_paid(order_id=order_id, actor=actor)


def sweep_payments(*, limit: int = 100, actor: Actor = SYSTEM) -> int:
    """Settle payments in doubt and confirm what they pay. Process; returns how many were open."""
    swept = payments.sweep_unknown_payments(limit=limit, actor=actor)
    for order_id in sorted(swept.order_ids):
        confirm_if_paid(order_id=order_id, actor=actor)
    return swept.payments + swept.attempts + swept.refunds + swept.events
