"""The axes of an order that follow from its lines: pure functions of counters, no database.

"Partly fulfilled" and "partly returned" are never decided, only derived; the refresh functions of
``orders.sales.operations`` store them for lists. The payment axis is derived by payments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orders.sales.models import FulfilmentStatus, PaymentStatus, ReturnStatus


@dataclass(frozen=True, slots=True)
class Counters:
    """The quantities of one line: cancelled + fulfilled <= quantity, returned <= fulfilled."""

    quantity: int
    cancelled: int = 0
    fulfilled: int = 0
    returned: int = 0


def fulfilment_status(lines: Iterable[Counters]) -> FulfilmentStatus:
    """Fulfilled when nothing is left to do and something was done."""
    wanted = done = 0
    for line in lines:
        wanted += line.quantity - line.cancelled
        done += line.fulfilled
    if not done:
        return FulfilmentStatus.UNFULFILLED
    return FulfilmentStatus.FULFILLED if done >= wanted else FulfilmentStatus.PARTLY_FULFILLED


def return_status(lines: Iterable[Counters], *, has_open_case: bool) -> ReturnStatus:
    """An open case shows first; after it, how much of what was fulfilled came back."""
    fulfilled = returned = 0
    for line in lines:
        fulfilled += line.fulfilled
        returned += line.returned
    if has_open_case:
        return ReturnStatus.OPEN
    if not returned:
        return ReturnStatus.NONE
    return ReturnStatus.RETURNED if returned >= fulfilled else ReturnStatus.PARTLY_RETURNED


def is_settled(lines: Iterable[Counters], status: str) -> bool:
    """Whether an order may be completed: every unit is fulfilled or cancelled, the money is in.

    An order of which everything was cancelled is cancelled, not completed.
    """
    rows = list(lines)
    is_done = all(line.quantity == line.cancelled + line.fulfilled for line in rows)
    return is_done and any(line.fulfilled for line in rows) and status in _SETTLED


_SETTLED = frozenset({PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED, PaymentStatus.REFUNDED})
