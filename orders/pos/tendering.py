"""What the customer pays with at a till, and what the till does with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from omni.access.actor import Actor
from orders.payments import operations as payments
from orders.payments.models import Payment, Refund, RefundState, Tender
from orders.pos.drawer import book_cash
from orders.pos.errors import TendersDoNotMatch, TooLittleCashGiven
from orders.pos.models import CashKind, Shift


@dataclass(frozen=True, slots=True)
class TenderGiven:
    """One way to pay a part. ``given_minor`` is the cash handed over; the rest is change.

    ``terminal_reference`` is the terminal's own number of an approved card payment.
    """

    tender: str
    amount_minor: int
    given_minor: int | None = None
    terminal_reference: str = ""
    card_label: str = ""

    @property
    def change_minor(self) -> int:
        return (self.given_minor or self.amount_minor) - self.amount_minor


def check_tenders(tenders: Sequence[TenderGiven], *, due_minor: int, currency: str) -> None:
    """They add up to what is due, exactly. Raises: TendersDoNotMatch, TooLittleCashGiven."""
    given = sum(each.amount_minor for each in tenders)
    if given != due_minor or any(each.amount_minor <= 0 for each in tenders):
        raise TendersDoNotMatch(due_minor=due_minor, given_minor=given, currency=currency)
    if any(each.change_minor < 0 for each in tenders):
        raise TooLittleCashGiven


def record_payments(
    order_id: UUID, tenders: Sequence[TenderGiven], *, reference: str, actor: Actor
) -> list[Payment]:
    """Write the payments; the drawer's entries follow under the lock of the shift."""
    made = []
    for number, each in enumerate(tenders):
        name = f"{reference}:{number}"
        if each.tender == Tender.CARD_TERMINAL:
            made.append(
                payments.record_terminal_payment(
                    order_id=order_id,
                    amount_minor=each.amount_minor,
                    reference=name,
                    terminal_reference=each.terminal_reference,
                    card_label=each.card_label,
                    actor=actor,
                )
            )
        elif each.tender == Tender.CASH:
            made.append(
                payments.record_cash_payment(
                    order_id=order_id, amount_minor=each.amount_minor, reference=name, actor=actor
                )
            )
        else:
            raise payments.NotACounterTender(tender=each.tender)
    return made


def book_payments(shift: Shift, made: Sequence[Payment], *, actor: Actor) -> dict[str, int]:
    """The cash of these payments goes into the locked drawer. Returns the amounts by tender."""
    totals: dict[str, int] = {}
    for payment in made:
        tender = str(payment.tender)
        totals[tender] = totals.get(tender, 0) + payment.amount_minor
        if payment.tender == Tender.CASH:
            book_cash(
                shift,
                kind=CashKind.SALE,
                amount_minor=payment.amount_minor,
                reference=f"payment:{payment.pk}",
                order_id=payment.order_id,
                actor=actor,
            )
    return totals


def pay_out(
    waiting: Sequence[Refund], *, currency: str, terminal_reference: str = "", actor: Actor
) -> list[Refund]:
    """Give pending counter refunds back; cash follows under the lock of the shift.

    Money of another currency than the drawer's stays pending: a till of that currency pays it.
    Raises: TerminalReferenceMissing (with what the terminal has to give), CardNumberRefused.
    """
    here = [
        refund
        for refund in waiting
        if refund.status == RefundState.PENDING and refund.payment.currency == currency
    ]
    cash = [refund for refund in here if refund.payment.tender == Tender.CASH]
    card = [refund for refund in here if refund.payment.tender == Tender.CARD_TERMINAL]
    if card and not terminal_reference.strip():
        due = sum(refund.amount_minor for refund in card)
        raise payments.TerminalReferenceMissing(amount_minor=due, currency=currency)
    return [
        *(payments.pay_out_refund(refund_id=refund.pk, actor=actor) for refund in cash),
        *(
            payments.pay_out_refund(
                refund_id=refund.pk, provider_reference=terminal_reference, actor=actor
            )
            for refund in card
        ),
    ]


def book_refunds(shift: Shift, done: Sequence[Refund], *, actor: Actor) -> dict[str, int]:
    """The cash of these refunds comes out of the locked drawer. Returns the amounts by tender.

    Raises: DrawerTooEmpty.
    """
    totals: dict[str, int] = {}
    for refund in done:
        payment = refund.payment
        tender = str(payment.tender)
        totals[tender] = totals.get(tender, 0) - refund.amount_minor
        if payment.tender == Tender.CASH:
            book_cash(
                shift,
                kind=CashKind.REFUND,
                amount_minor=-refund.amount_minor,
                reference=f"refund:{refund.pk}",
                order_id=payment.order_id,
                actor=actor,
            )
    return totals
