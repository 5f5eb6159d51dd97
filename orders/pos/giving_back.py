"""Money out of the till: refunds that wait, goods on the counter, exchanges, voided sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events.operations import record
from orders.aftersales import operations as aftersales
from orders.aftersales.approving import with_approval
from orders.aftersales.models import ReturnCase
from orders.aftersales.operations import CounterReturn, Exchanged
from orders.aftersales.queries import get_returnable_order, return_cases_visible_to
from orders.aftersales.refunding import refunds_of
from orders.checkout.operations import Wish
from orders.events import SaleVoided
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.queries import has_left_elsewhere
from orders.payments import operations as payments
from orders.payments.models import Payment, PaymentState, Refund, RefundState, Tender
from orders.pos.drawer import book_cash, lock_open_shift, open_shift_of, write_journal
from orders.pos.errors import (
    AlreadyVoided,
    GoodsLeftElsewhere,
    NothingToPayOut,
    NotSoldInThisShift,
    SecondIdentityNeeded,
)
from orders.pos.models import CashKind, JournalEntry, JournalKind, Shift
from orders.pos.selling import till_of
from orders.pos.tendering import (
    TenderGiven,
    book_payments,
    book_refunds,
    check_tenders,
    pay_out,
    record_payments,
)
from orders.sales import operations as sales
from orders.sales.models import Order


@dataclass(frozen=True, slots=True)
class ExchangedAtTill:
    """The case, the new order, and the change to give."""

    case: ReturnCase
    order: Order
    difference_minor: int
    change_minor: int


@transaction.atomic
def pay_out_refunds(
    *, shift_id: UUID, order_number: str, terminal_reference: str = "", actor: Actor
) -> list[Refund]:
    """Give back what waits for an order at the counter: cash from the drawer, card at the terminal.

    The order is the one on the customer's receipt. Raises: NotFound, ShiftNotOpen, NothingToPayOut,
    TerminalReferenceMissing, CardNumberRefused, DrawerTooEmpty.
    Locks: order, payments, cases, shift. Emits: refund.succeeded, return.refunded.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    found = get_returnable_order(actor, number=order_number)
    order = sales.locked_order(found.pk)
    waiting = Refund.objects.filter(
        payment__order=order,
        payment__tender__in=[Tender.CASH, Tender.CARD_TERMINAL],
        status=RefundState.PENDING,
    ).select_related("payment")
    done = pay_out(
        list(waiting.order_by("pk")),
        currency=shift.currency,
        terminal_reference=terminal_reference,
        actor=actor,
    )
    if not done:
        raise NothingToPayOut
    for case_id in ReturnCase.objects.filter(order=order).values_list("pk", flat=True):
        aftersales.settle_return(case_id=case_id, actor=actor)
    _book_out(shift, done, JournalKind.REFUND, order.pk, actor)
    return done


def return_at_till(
    *, shift_id: UUID, wanted: CounterReturn, terminal_reference: str = "", actor: Actor
) -> ReturnCase:
    """Take goods back at a till: received, inspected, and refunded as far as the till can.

    What was paid online goes back by the provider afterwards. Process; a repeat with the reference
    returns the case. Raises: as ``return_at_counter``, ShiftNotOpen, TerminalReferenceMissing,
    CardNumberRefused, DrawerTooEmpty.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)

    @transaction.atomic
    def operate() -> ReturnCase:
        case = aftersales.take_back_at_counter(wanted=wanted, actor=actor)
        _pay_case_out(shift, case.row, terminal_reference, JournalKind.RETURN, actor)
        return aftersales.settle_return(case_id=case.row.pk, actor=actor)

    return with_approval(operate, actor=actor)


@transaction.atomic
def pay_out_return(*, shift_id: UUID, case_id: UUID, actor: Actor) -> ReturnCase:
    """Cash for goods that came back without a receipt.

    A repeat returns the case. Raises: NotFound, ShiftNotOpen, NothingToPayOut, DrawerTooEmpty.
    Locks: case, shift. Emits: return.refunded.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    visible = return_cases_visible_to(actor, Permission.RETURNS_CREATE)
    row = visible.filter(pk=case_id, order__isnull=True).first()
    if row is None:
        raise NotFound
    if row.currency != shift.currency:
        raise NothingToPayOut
    before = row.refunded_minor
    row = aftersales.pay_out_loose(case_id=case_id, actor=actor)
    paid = row.refunded_minor - before
    if paid:
        shift = lock_open_shift(shift.pk)
        reference = f"return:{row.pk}"
        book_cash(
            shift,
            kind=CashKind.REFUND,
            amount_minor=-paid,
            reference=reference,
            actor=actor,
        )
        write_journal(
            shift,
            kind=JournalKind.RETURN,
            total_minor=-paid,
            tenders={Tender.CASH.value: -paid},
            reference=reference,
            order_id=None,
            reason=row.number,
            actor=actor,
        )
    return row


def exchange(
    *,
    shift_id: UUID,
    returned: CounterReturn,
    wishes: Sequence[Wish],
    tenders: Sequence[TenderGiven],
    terminal_reference: str = "",
    actor: Actor,
) -> ExchangedAtTill:
    """Goods back, others out, and only the difference moves: paid, or given back.

    Process; a repeat with the reference returns the same. Raises: as ``exchange_at_till``,
    ShiftNotOpen, TendersDoNotMatch, TerminalReferenceMissing, CardNumberRefused, DrawerTooEmpty,
    ApprovalAsked.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)

    @transaction.atomic
    def operate() -> ExchangedAtTill:
        made = aftersales.exchange_at_till(
            returned=returned, wishes=wishes, till=till_of(shift), actor=actor
        )
        reference = f"exchange:{made.order.pk}"
        if JournalEntry.objects.filter(reference=reference).exists():
            return ExchangedAtTill(made.case, made.order, made.difference_minor, 0)
        _settle_exchange(shift, made, tenders, terminal_reference, reference, actor)
        change = sum(each.change_minor for each in tenders)
        return ExchangedAtTill(made.case, made.order, made.difference_minor, change)

    return with_approval(operate, actor=actor)


@transaction.atomic
def void_sale(*, shift_id: UUID, order_id: UUID, reason: str, actor: Actor) -> Order:
    """Undo a sale of the open shift: a second identity, reversing entries, goods back in the store.

    Its payments are reversed, not refunded. Raises: NotFound, ShiftNotOpen, NotSoldInThisShift,
    AlreadyVoided, SecondIdentityNeeded, GoodsLeftElsewhere, PaymentNotReversible, DrawerTooEmpty.
    Locks: order, fulfilment orders, payments, levels, shift. Emits: payment.voided,
    order.cancelled, sale.voided.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_VOID)
    entry = JournalEntry.objects.filter(
        shift=shift, order_id=order_id, kind=JournalKind.SALE
    ).first()
    if entry is None:
        raise NotSoldInThisShift
    order = sales.locked_order(order_id)
    if JournalEntry.objects.filter(reference=f"void:{order_id}").exists():
        raise AlreadyVoided
    if entry.principal == actor.principal:
        raise SecondIdentityNeeded
    if has_left_elsewhere(order_id):
        raise GoodsLeftElsewhere
    reversed_ones = _reverse_payments(order, actor)
    fulfilment.take_back_carried_out(order_id=order_id, reason=reason or "voided", actor=actor)
    order = aftersales.cancel_voided_sale(order_id=order_id, reason=reason or "voided", actor=actor)
    shift = lock_open_shift(shift.pk)
    _journal_void(shift, order, reversed_ones, reason, actor)
    return order


# --- steps ----------------------------------------------------------------------------------------


def _settle_exchange(
    shift: Shift,
    made: Exchanged,
    tenders: Sequence[TenderGiven],
    terminal_reference: str,
    reference: str,
    actor: Actor,
) -> None:
    """Take the difference and give the goods, or give the rest back."""
    order = made.order
    check_tenders(tenders, due_minor=order.total_minor, currency=order.currency)
    paid = record_payments(order.pk, tenders, reference=reference, actor=actor)
    fulfilment.confirm_if_paid(order_id=order.pk, actor=actor)
    order.refresh_from_db()
    aftersales.give_replacement(case=made.case, order=order)
    done = pay_out(
        refunds_of(made.case.pk),
        currency=shift.currency,
        terminal_reference=terminal_reference,
        actor=actor,
    )
    aftersales.settle_return(case_id=made.case.pk, actor=actor)
    made.case.refresh_from_db()
    shift = lock_open_shift(shift.pk)
    moved = book_payments(shift, paid, actor=actor)
    for tender, amount in book_refunds(shift, done, actor=actor).items():
        moved[tender] = moved.get(tender, 0) + amount
    write_journal(
        shift,
        kind=JournalKind.EXCHANGE,
        total_minor=sum(moved.values()),
        tenders=moved,
        reference=reference,
        order_id=order.pk,
        reason=made.case.number,
        actor=actor,
    )


def _pay_case_out(
    shift: Shift, row: ReturnCase, terminal_reference: str, kind: JournalKind, actor: Actor
) -> None:
    done = pay_out(
        refunds_of(row.pk),
        currency=shift.currency,
        terminal_reference=terminal_reference,
        actor=actor,
    )
    if done:
        _book_out(shift, done, kind, row.order_id, actor)


def _book_out(
    shift: Shift,
    done: Sequence[Refund],
    kind: JournalKind,
    order_id: UUID | None,
    actor: Actor,
) -> None:
    shift = lock_open_shift(shift.pk)
    tenders = book_refunds(shift, done, actor=actor)
    write_journal(
        shift,
        kind=kind,
        total_minor=sum(tenders.values()),
        tenders=tenders,
        reference=f"{kind}:{uuid7()}",
        order_id=order_id,
        actor=actor,
    )


def _reverse_payments(order: Order, actor: Actor) -> list[Payment]:
    taken = Payment.objects.filter(order=order, status=PaymentState.CAPTURED).order_by("pk")
    return [
        payments.reverse_counter_payment(
            payment_id=payment.pk, reference=f"void:{payment.pk}", actor=actor
        )
        for payment in list(taken)
    ]


def _journal_void(
    shift: Shift, order: Order, reversed_ones: Sequence[Payment], reason: str, actor: Actor
) -> None:
    tenders: dict[str, int] = {}
    for payment in reversed_ones:
        tender = str(payment.tender)
        tenders[tender] = tenders.get(tender, 0) - payment.amount_minor
        if payment.tender == Tender.CASH:
            book_cash(
                shift,
                kind=CashKind.SALE,
                amount_minor=-payment.amount_minor,
                reference=f"void:{payment.pk}",
                order_id=order.pk,
                reason=reason,
                actor=actor,
            )
    write_journal(
        shift,
        kind=JournalKind.VOID,
        total_minor=sum(tenders.values()),
        tenders=tenders,
        reference=f"void:{order.pk}",
        order_id=order.pk,
        reason=reason,
        actor=actor,
    )
    till = till_of(shift)
    record(
        SaleVoided(
            order_id=order.pk,
            channel_id=order.channel_id,
            customer_id=order.customer_id,
            location_id=till.location_id,
            register_id=till.register_id,
            shift_id=shift.pk,
            total_minor=order.total_minor,
            currency=order.currency,
            reason=reason.strip()[:120],
        ),
        actor=actor,
    )
