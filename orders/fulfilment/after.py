"""What a provider has to do for an order once the transaction that asked for it is committed."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction

from orders.payments import operations as payments


def carry_out_after_commit(order_id: UUID) -> None:
    """Refund and void at once what was just set aside; what fails is left to the sweep."""
    transaction.on_commit(partial(payments.carry_out_for_order, order_id=order_id), robust=True)
