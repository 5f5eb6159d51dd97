"""A sale of a till as its receipt tells it: seller, lines, taxes, tenders, change; it adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from omni.access.actor import Actor
from omni.access.names import names_of
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from orders.payments.models import Payment, PaymentState, Tender
from orders.pos.models import JournalEntry, JournalKind
from orders.pos.taking import taken_for
from orders.sales.models import Adjustment, Order, OrderLine

SOLD = (JournalKind.SALE, JournalKind.COLLECTION, JournalKind.EXCHANGE)


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What is in the total at one rate."""

    rate: Decimal
    net_minor: int
    tax_minor: int
    total_minor: int

    @property
    def percent(self) -> str:
        return f"{(self.rate * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class Paid:
    """One tender of a sale; ``change_minor`` was given back of the cash put down."""

    tender: str
    label: str
    amount_minor: int
    change_minor: int
    is_cash: bool

    @property
    def given_minor(self) -> int:
        return self.amount_minor + self.change_minor


@dataclass(frozen=True, slots=True)
class Slip:
    """Everything on a receipt."""

    order: Order
    entry: JournalEntry
    number: str
    lines: Sequence[OrderLine]
    charges: Sequence[Adjustment]
    taxes: Sequence[TaxSum]
    paid: Sequence[Paid]
    seller: str
    is_voided: bool

    @property
    def change_minor(self) -> int:
        return sum(each.change_minor for each in self.paid)

    @property
    def is_cash(self) -> bool:
        return any(each.is_cash for each in self.paid)

    @property
    def later(self) -> Sequence[OrderLine]:
        """Lines that the customer did not take along."""
        return [line for line in self.lines if line.method != "carry_out"]


def slip_of(actor: Actor, order_id: UUID, *, location_id: UUID) -> Slip:
    """The receipt of what a till of this store did with an order. Seven statements.

    Raises: NotFound, also for other stores' and where the actor does not sell there.
    """
    if not actor.may(Permission.POS_SELL, location_id=location_id):
        raise NotFound
    entries = list(
        JournalEntry.objects.filter(
            order_id=order_id, register__location_id=location_id, kind__in=[*SOLD, "void"]
        )
        .select_related("register__location", "shift", "order__channel", "order__customer")
        .order_by("pk")
    )
    entry = next((each for each in entries if each.kind in SOLD), None)
    if entry is None or entry.order is None:
        raise NotFound
    order = entry.order
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    charges = list(Adjustment.objects.filter(order=order).order_by("pk"))
    return Slip(
        order=order,
        entry=entry,
        number=f"{entry.register.code}-{entry.number}",
        lines=lines,
        charges=charges,
        taxes=_taxes([*lines, *charges]),
        paid=_paid(order),
        seller=names_of([entry.principal]).get(entry.principal, ""),
        is_voided=any(each.kind == JournalKind.VOID for each in entries),
    )


def _taxes(parts: Sequence[OrderLine | Adjustment]) -> list[TaxSum]:
    sums: dict[Decimal, list[int]] = {}
    for part in parts:
        at_rate = sums.setdefault(part.tax_rate, [0, 0, 0])
        for place, amount in enumerate((part.net_minor, part.tax_minor, part.total_minor)):
            at_rate[place] += amount
    return [TaxSum(rate, *sums[rate]) for rate in sorted(sums, reverse=True)]


def _paid(order: Order) -> list[Paid]:
    rows = Payment.objects.filter(
        order=order, status__in=(PaymentState.CAPTURED, PaymentState.VOIDED)
    )
    handed = taken_for(order.cart_id) if order.cart_id else []
    found = []
    for number, payment in enumerate(rows.order_by("pk")):
        taken = handed[number] if number < len(handed) else None
        is_same = taken is not None and taken.amount_minor == payment.amount_minor
        found.append(
            Paid(
                tender=str(payment.tender),
                label=payment.card_label or payment.get_tender_display(),
                amount_minor=payment.amount_minor,
                change_minor=taken.change_minor if taken is not None and is_same else 0,
                is_cash=payment.tender == Tender.CASH,
            )
        )
    return found
