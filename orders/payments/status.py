"""The states that follow from counters: of one payment, and of all payments of an order. Pure.

Decided here: money wins over words. A payment with captured money is captured, whatever end was
heard of it; an end (failed, voided, expired) wins over a mere authorisation. So the state does not
depend on the order in which facts arrive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orders.payments.models import PaymentState
from orders.sales.models import PaymentPolicy, PaymentStatus

ENDS = frozenset({PaymentState.FAILED, PaymentState.VOIDED, PaymentState.EXPIRED})
# The provider waits for a step: the customer's, or a capture of what is left.
UNENDED = frozenset(
    {PaymentState.REQUIRES_ACTION, PaymentState.AUTHORISED, PaymentState.PARTLY_CAPTURED}
)
DISPUTES = frozenset({PaymentState.DISPUTED, PaymentState.LOST})
# Policies that let the work on an order start before any money is there.
UNPAID_POLICIES = frozenset({PaymentPolicy.PAY_AT_COLLECTION, PaymentPolicy.ON_ACCOUNT})


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """Counters of one payment in minor units, and what was heard about it.

    ``end`` is the end that was reported (one of ``ENDS``) or None.
    """

    authorised_minor: int
    captured_minor: int
    end: PaymentState | None = None
    is_waiting: bool = False


def payment_state(facts: PaymentFacts) -> PaymentState:
    """The state that these facts amount to."""
    if facts.captured_minor:
        whole = facts.captured_minor >= facts.authorised_minor
        return PaymentState.CAPTURED if whole else PaymentState.PARTLY_CAPTURED
    if facts.end is not None:
        return facts.end
    if facts.authorised_minor:
        return PaymentState.AUTHORISED
    return PaymentState.REQUIRES_ACTION if facts.is_waiting else PaymentState.PENDING


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """What all payments of an order add up to, in minor units."""

    authorised_minor: int = 0
    captured_minor: int = 0
    refunding_minor: int = 0
    refunded_minor: int = 0
    is_disputed: bool = False

    def outstanding(self, due_minor: int) -> int:
        """What is still to be paid. Money given back is not asked for again."""
        return max(0, due_minor - self.authorised_minor)

    @property
    def refundable_minor(self) -> int:
        """What can still be given back, pending refunds taken off."""
        return self.captured_minor - self.refunded_minor - self.refunding_minor


def sum_up(payments: Iterable[OrderMoney]) -> OrderMoney:
    """The sum of several payments."""
    rows = list(payments)
    return OrderMoney(
        authorised_minor=sum(row.authorised_minor for row in rows),
        captured_minor=sum(row.captured_minor for row in rows),
        refunding_minor=sum(row.refunding_minor for row in rows),
        refunded_minor=sum(row.refunded_minor for row in rows),
        is_disputed=any(row.is_disputed for row in rows),
    )


def order_payment_status(money: OrderMoney, *, due_minor: int, total_minor: int) -> PaymentStatus:
    """The payment axis of an order: due is what is still ordered, total what once was."""
    if money.is_disputed:
        return PaymentStatus.DISPUTED
    if money.captured_minor == 0:
        return _before_capture(money, due_minor=due_minor, total_minor=total_minor)
    if money.refunded_minor:
        whole = money.refunded_minor >= money.captured_minor
        return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTLY_REFUNDED
    if money.captured_minor < due_minor:
        return PaymentStatus.PARTLY_PAID
    # What waits to go back is no longer paid too much.
    kept = money.captured_minor - money.refunding_minor
    return PaymentStatus.OVERPAID if kept > due_minor else PaymentStatus.PAID


def _before_capture(money: OrderMoney, *, due_minor: int, total_minor: int) -> PaymentStatus:
    if money.authorised_minor == 0:
        return PaymentStatus.PAID if total_minor == 0 else PaymentStatus.PENDING
    if money.authorised_minor < due_minor:
        return PaymentStatus.PARTLY_AUTHORISED
    return PaymentStatus.AUTHORISED


def policy_is_satisfied(policy: str, money: OrderMoney, *, due_minor: int) -> bool:
    """Whether the work on the order may start."""
    return policy in UNPAID_POLICIES or money.authorised_minor >= due_minor
