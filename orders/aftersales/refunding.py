"""The money of a case: asked for when it is inspected, settled as its refunds succeed.

Decided here: the refund is asked for in the transaction that decides on the goods; the provider is
called afterwards, and a sweep settles what a crash left open. Money goes back over the tenders that
paid the order; where goods of an exchange come back, what the new order's payments lack is refunded
over the order that was exchanged. Money that was credited on another order is worth nothing here.
Whoever gets less than their goods are worth for any of this is an incident, for staff to decide.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from omni.access.actor import SYSTEM, Actor
from omni.core.errors import NotFound
from omni.core.states import move
from omni.work import operations as work
from orders.aftersales.handling import Case, lock_case, refresh_order, step
from orders.aftersales.models import (
    MONEY_MOVES,
    LogisticsState,
    MoneyState,
    ReturnCase,
)
from orders.events import ReturnRefunded
from orders.payments import operations as payments
from orders.payments import queries as payment_queries
from orders.payments.models import Refund, RefundState
from orders.payments.queries import RETURN_REFERENCE
from orders.sales.models import Adjustment, AdjustmentKind, Order
from orders.sales.queries import credit_sources

logger = logging.getLogger(__name__)

OPEN_MONEY = [MoneyState.DUE, MoneyState.PARTLY_SETTLED, MoneyState.FAILED]


def reference_of(case_id: UUID) -> str:
    """Under which the refunds of a case stand."""
    return f"{RETURN_REFERENCE}{case_id}"


def ask_for_refund(case: Case, *, amount_minor: int) -> None:
    """The customer gets this back: pending refunds over the tenders that paid, as far as they go.

    Without receipt there is no payment: the till pays it out of the drawer. Nothing due is settled.
    """
    if case.order is not None:
        asked = _ask(case, amount_minor)
        if asked < amount_minor:
            _tell_capped(case, amount_minor, asked)
        amount_minor = asked
    case.row.refund_minor = amount_minor
    case.row.save(update_fields=["refund_minor"])
    to = MoneyState.DUE if amount_minor else MoneyState.SETTLED
    move(case.row, to, moves=MONEY_MOVES, field="money_status")
    if amount_minor:
        settle_money(case)


def _ask(case: Case, amount_minor: int) -> int:
    """Raises nothing for what was never paid: it cannot be given back. Returns what is asked."""
    amount_minor = left = min(amount_minor, refundable_of(case))
    for number, order in enumerate(chain_of(case.order)):
        part = min(left, payment_queries.money_of(order.pk).refundable_minor)
        if part > 0:
            payments.request_refund(
                order_id=order.pk,
                amount_minor=part,
                reference=f"{reference_of(case.row.pk)}/{number}",
                reason=str(case.row.kind),
                actor=case.actor,
            )
            left -= part
    return amount_minor - left


def _tell_capped(case: Case, worth_minor: int, asked_minor: int) -> None:
    """Money that was given back in another way may or may not have been for these goods."""
    work.open_incident(
        kind="return_below_worth",
        subject_kind="return",
        subject_id=case.row.pk,
        summary=_(
            "Goods came back for less than they are worth. See if the rest was given before."
        ),
        details={
            "order_id": str(case.row.order_id),
            "worth_minor": worth_minor,
            "refund_minor": asked_minor,
            "currency": case.row.currency,
        },
        location_id=case.row.location_id,
        actor=case.actor,
    )


def refundable_of(case: Case) -> int:
    """What can still be given back for the goods of a case, as money or as a credit.

    No more than the order is worth, and no more than is left of the money that paid it.
    """
    return 0 if case.order is None else refundable_of_order(case.order)


def refundable_of_order(order: Order) -> int:
    """The same for an order of which nothing was brought yet."""
    money = [payment_queries.money_of(each.pk).refundable_minor for each in chain_of(order)]
    return max(0, min(sum(money), money[0] + credit_left(order)))


def credit_left(order: Order) -> int:
    """What the order got as credit and still has; below zero if it gave more than it got.

    A credit moves worth from one order to another, and no money. The money follows when goods come
    back that were paid by credit: then it is refunded over an order before, and that much of the
    credit is used up, there and here.
    """
    exchanged = Adjustment.objects.filter(kind=AdjustmentKind.EXCHANGE)
    if not exchanged.filter(Q(order=order) | Q(credit_of=order)).exists():
        return 0
    own = Q(pk__in=[])
    for case_id in ReturnCase.objects.filter(order=order).values_list("pk", flat=True):
        own |= Q(reference__startswith=f"{reference_of(case_id)}/")
    refunds = Refund.objects.filter(reference__startswith=RETURN_REFERENCE).exclude(
        status=RefundState.FAILED
    )
    used_up = _amount(refunds.filter(own).exclude(payment__order=order), "amount_minor")
    followed = _amount(refunds.filter(payment__order=order).exclude(own), "amount_minor")
    got = -_amount(exchanged.filter(order=order), "total_minor")
    given = -_amount(exchanged.filter(credit_of=order), "total_minor")
    return (got - used_up) - (given - followed)


def _amount(rows: QuerySet[Any], column: str) -> int:
    return int(rows.aggregate(total=Sum(column))["total"] or 0)


def chain_of(order: Order | None) -> Iterator[Order]:
    """The order, and those whose goods were exchanged for its own."""
    if order is not None:
        yield order
        yield from credit_sources(order)


def refunds_of(case_id: UUID) -> list[Refund]:
    """The refunds of a case, with their payments."""
    rows = Refund.objects.filter(reference__startswith=f"{reference_of(case_id)}/")
    return list(rows.select_related("payment").order_by("pk"))


def settle_money(case: Case) -> None:
    """Bring the money axis to what the refunds say; a settled case that waits for it is closed.

    Emits: return.refunded.
    """
    row = case.row
    if row.money_status not in OPEN_MONEY or case.order is None:
        return
    done, standing = _given_and_standing(row)
    record_paid(case, done, has_failed=standing < row.refund_minor)


def _given_and_standing(row: ReturnCase) -> tuple[int, int]:
    """What of the case its refunds gave back, and that with what they still will.

    A refund that was given although it had failed comes on top of the one in its place. That is
    the payments' incident; the case is owed no more for it, nor less.
    """
    found = refunds_of(row.pk)
    done = sum(r.amount_minor for r in found if r.status == RefundState.SUCCEEDED)
    standing = sum(r.amount_minor for r in found if r.status != RefundState.FAILED)
    return min(done, row.refund_minor), standing


def record_paid(case: Case, refunded_minor: int, *, has_failed: bool = False) -> None:
    """So much has reached the customer."""
    row = case.row
    if refunded_minor != row.refunded_minor:
        row.refunded_minor = refunded_minor
        row.save(update_fields=["refunded_minor"])
    if refunded_minor >= row.refund_minor:
        if row.money_status == MoneyState.FAILED:
            _money(case, MoneyState.DUE)
        _money(case, MoneyState.SETTLED)
        case.tell(ReturnRefunded)
    elif has_failed:
        _money(case, MoneyState.FAILED)
    elif refunded_minor and row.money_status == MoneyState.DUE:
        _money(case, MoneyState.PARTLY_SETTLED)
    close_if_done(case)


def close_if_done(case: Case) -> None:
    """An inspected case whose money is settled is closed."""
    if case.row.money_status == MoneyState.SETTLED and case.row.status in (
        LogisticsState.INSPECTED,
        LogisticsState.SENT_BACK,
    ):
        step(case, LogisticsState.CLOSED, closed_at=case.now)
    refresh_order(case)


@transaction.atomic
def settle_return(*, case_id: UUID, actor: Actor = SYSTEM) -> ReturnCase:
    """Bring one case up to date with its refunds. A repeat changes nothing. Raises: NotFound.
    Locks: order, case. Emits: return.refunded.
    """
    case = lock_case(case_id, actor=actor)
    settle_money(case)
    return case.row


def carry_out(*, case_id: UUID, actor: Actor = SYSTEM) -> ReturnCase:
    """Have the provider give back what a case is owed, and settle what is done.

    Process: after the commit of the operation that asked for it; the sweep does the same.
    """
    for refund in refunds_of(case_id):
        if refund.status == RefundState.PENDING:
            payments.carry_out_refund(refund_id=refund.pk, actor=actor)
    return settle_return(case_id=case_id, actor=actor)


def settle_due_returns(*, batch: int = 100) -> int:
    """Sweep: cases whose money is open although their refunds may be done. Returns how many were
    settled; one that breaks is told and stops none of the others. Refunds in doubt are tended by
    the payments' own sweep."""
    waiting = ReturnCase.objects.filter(money_status__in=OPEN_MONEY, order__isnull=False)
    behind = (row.pk for row in waiting.order_by("pk").iterator() if _is_behind(row))
    return sum(_is_settled_alone(case_id) for case_id in list(islice(behind, batch)))


def _is_settled_alone(case_id: UUID) -> bool:
    try:
        return bool(settle_return(case_id=case_id).money_status == MoneyState.SETTLED)
    except Exception:
        logger.exception("The sweep of returns could not settle case %s", case_id)
        return False


def _is_behind(row: ReturnCase) -> bool:
    """Whether refunds succeeded or failed that the case does not know of."""
    done, standing = _given_and_standing(row)
    has_failed = standing < row.refund_minor and row.money_status != MoneyState.FAILED
    return done != row.refunded_minor or has_failed


@transaction.atomic
def pay_out_loose(*, case_id: UUID, actor: Actor) -> ReturnCase:
    """A till pays what a case without receipt is owed; the drawer's entry is the caller's.

    A repeat returns the case. Raises: NotFound. Locks: case. Emits: return.refunded.
    """
    case = lock_case(case_id, actor=actor)
    if case.row.order_id is not None:
        raise NotFound
    if case.row.money_status in OPEN_MONEY:
        record_paid(case, case.row.refund_minor)
    return case.row


@transaction.atomic
def replace_failed_refund(*, case_id: UUID, actor: Actor) -> ReturnCase:
    """What a provider refused is asked for again, over whatever tender can still give it.

    Raises: NotFound, InvalidTransition. Locks: order, case, payments.
    """
    case = lock_case(case_id, actor=actor)
    _money(case, MoneyState.DUE)
    found = refunds_of(case_id)
    asked = sum(r.amount_minor for r in found if r.status != RefundState.FAILED)
    if case.order is not None and case.row.refund_minor > asked:
        payments.request_refund(
            order_id=case.order.pk,
            amount_minor=case.row.refund_minor - asked,
            reference=f"{reference_of(case_id)}/again{len(found)}",
            reason=str(case.row.kind),
            actor=actor,
        )
    settle_money(case)
    return case.row


def _money(case: Case, to: MoneyState) -> None:
    if case.row.money_status != to:
        move(case.row, to, moves=MONEY_MOVES, field="money_status")
