"""The ledger of payments: an entry and its counters, always together.

Decided here: an entry is booked once per reference; the counters move by one guarded UPDATE, whose
WHERE repeats what the CHECK says (refunded + refunding ≤ captured ≤ authorised). The caller holds
the lock of the payment (and of its order before it).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict
from orders.payments.models import Payment, PaymentEntryKind, PaymentEvent

_K = PaymentEntryKind
_REFUNDABLE = F("captured_minor") - F("refunded_minor") - F("refunding_minor")
_OPEN = F("authorised_minor") - F("captured_minor")
# By kind: the room that must be there, and the counters with the sign in which they move.
_RULES: Mapping[str, tuple[Any, Mapping[str, int]]] = {
    _K.AUTHORISATION: (None, {"authorised_minor": 1}),
    _K.CAPTURE: (_OPEN, {"captured_minor": 1}),
    _K.REFUND: (_REFUNDABLE, {"refunded_minor": 1}),
    _K.VOID: (_OPEN, {"authorised_minor": -1}),
    _K.REVERSAL: (_REFUNDABLE, {"authorised_minor": -1, "captured_minor": -1}),
}
COUNTERS = ("authorised_minor", "captured_minor", "refunding_minor", "refunded_minor")


class AmountTooLarge(Conflict):
    code = "amount_too_large"
    message = _(
        "The amount is more than what is left on this payment or order. Name a smaller one."
    )


def is_booked(reference: str) -> bool:
    """Whether this fact is in the ledger already."""
    return PaymentEvent.objects.filter(reference=reference).exists()


def book(
    payment: Payment,
    *,
    kind: PaymentEntryKind,
    amount_minor: int,
    reference: str,
    principal: str,
    occurred_at: datetime,
) -> bool:
    """Book one entry and move the counters; False if the reference is booked already.

    Raises: AmountTooLarge (nothing is written).
    """
    if is_booked(reference):
        return False
    room, signs = _RULES[kind]
    changes = {column: F(column) + sign * amount_minor for column, sign in signs.items()}
    _guarded(payment, room=room, amount_minor=amount_minor, changes=changes, at=occurred_at)
    PaymentEvent.objects.create(
        payment=payment,
        kind=kind,
        amount_minor=amount_minor,
        reference=reference,
        principal=principal,
        occurred_at=occurred_at,
    )
    return True


def hold_refund(payment: Payment, *, amount_minor: int, at: datetime) -> None:
    """Set an amount aside for a refund, so that no other refund can have it.

    Raises: AmountTooLarge (nothing is written).
    """
    changes = {"refunding_minor": F("refunding_minor") + amount_minor}
    _guarded(payment, room=_REFUNDABLE, amount_minor=amount_minor, changes=changes, at=at)


def free_refund(payment: Payment, *, amount_minor: int, at: datetime) -> None:
    """Give a held amount free again: the refund failed, or is booked next in this transaction."""
    changes = {"refunding_minor": F("refunding_minor") - amount_minor}
    room = F("refunding_minor")
    _guarded(payment, room=room, amount_minor=amount_minor, changes=changes, at=at)


def _guarded(
    payment: Payment, *, room: Any, amount_minor: int, changes: dict[str, Any], at: datetime
) -> None:
    rows: Any = Payment.objects.filter(pk=payment.pk)
    if room is not None:
        rows = rows.annotate(room=room).filter(Q(room__gte=amount_minor))
    if not rows.update(**changes, updated_at=at):
        raise AmountTooLarge(payment_id=str(payment.pk), requested=amount_minor)
    payment.refresh_from_db(fields=[*COUNTERS, "updated_at"])
