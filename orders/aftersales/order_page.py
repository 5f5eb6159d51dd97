"""An order as its page shows it: what it is, and what happened. A fixed number of statements.

Decided here: the ledger of its money. Amounts in, amounts out, in the order in which they were
booked, with the sum that the merchant held after each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Sum
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from inventory.catalog.pictures import Picture, pictures_of
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from orders.aftersales.cancelling import LIVE, UNTOUCHED
from orders.aftersales.models import ReturnCase
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder
from orders.history import Happened, happened_to
from orders.payments.models import (
    Payment,
    PaymentEntryKind,
    PaymentEvent,
    Refund,
    RefundState,
    Tender,
)
from orders.sales.models import Adjustment, Order, OrderLine
from orders.sales.queries import orders_visible_to

_IN = (PaymentEntryKind.CAPTURE,)
_OUT = (PaymentEntryKind.REFUND, PaymentEntryKind.REVERSAL, PaymentEntryKind.CHARGEBACK)


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking of the order's money. ``delta_minor`` is what came in or went out."""

    at: datetime
    kind: str
    payment: Payment
    amount_minor: int
    delta_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Returned:
    """A refund that does not stand in the ledger yet, or never will."""

    payment: Payment
    status: str
    amount_minor: int
    reason: str

    @property
    def is_waiting_at_counter(self) -> bool:
        counter = (Tender.CASH, Tender.CARD_TERMINAL)
        return self.status == RefundState.PENDING and self.payment.tender in counter


@dataclass(slots=True)
class Work:
    """What one location does for the order."""

    row: FulfilmentOrder
    lines: list[FulfilmentLine]


@dataclass(slots=True)
class OrderPage:
    """Everything that the page shows."""

    order: Order
    lines: Sequence[OrderLine]
    pictures: dict[UUID, Picture]
    adjustments: Sequence[Adjustment]
    works: Sequence[Work]
    payments: Sequence[Payment]
    ledger: Sequence[Entry]
    returned: Sequence[Returned]
    cases: Sequence[ReturnCase]
    events: Sequence[Happened] = field(default_factory=list)

    @property
    def shown_lines(self) -> list[dict[str, Any]]:
        return [
            {"line": each, "picture": self.pictures.get(each.variant_id)} for each in self.lines
        ]

    @property
    def goods_minor(self) -> int:
        return sum(each.total_minor for each in self.lines)

    @property
    def paid_minor(self) -> int:
        """What the merchant holds of the order's money now."""
        return sum(each.captured_minor - each.refunded_minor for each in self.payments)

    @property
    def captured_minor(self) -> int:
        return sum(each.captured_minor for each in self.payments)

    @property
    def refunded_minor(self) -> int:
        return sum(each.refunded_minor for each in self.payments)

    @property
    def refundable_minor(self) -> int:
        return self.paid_minor - sum(each.refunding_minor for each in self.payments)

    @property
    def outstanding_minor(self) -> int:
        return max(0, self.order.due_minor - self.captured_minor)

    @property
    def waiting_minor(self) -> int:
        """What a till still has to pay out."""
        return sum(each.amount_minor for each in self.returned if each.is_waiting_at_counter)

    @property
    def waiting_card_minor(self) -> int:
        return sum(
            each.amount_minor
            for each in self.returned
            if each.is_waiting_at_counter and each.payment.tender == Tender.CARD_TERMINAL
        )

    @property
    def is_returnable(self) -> bool:
        return any(each.quantity_returnable for each in self.lines)

    @property
    def open_lines(self) -> list[OrderLine]:
        return [each for each in self.lines if each.quantity_open]

    @property
    def may_be_cancelled(self) -> bool:
        return self.order.status in LIVE and bool(self.open_lines)

    @property
    def picked_at(self) -> set[UUID]:
        """Where goods that are still open were picked, or are being picked."""
        return {
            work.row.location_id
            for work in self.works
            if work.row.status not in UNTOUCHED and any(each.quantity_open for each in work.lines)
        }

    @property
    def taxes(self) -> list[dict[str, Any]]:
        """Net and tax by rate, of lines and charges."""
        found: dict[Decimal, list[int]] = {}
        parts: list[OrderLine | Adjustment] = [*self.lines, *self.adjustments]
        for each in parts:
            sums = found.setdefault(each.tax_rate, [0, 0])
            sums[0] += each.net_minor
            sums[1] += each.tax_minor
        return [
            {"percent": (rate * 100).normalize(), "net_minor": net, "tax_minor": tax}
            for rate, (net, tax) in sorted(found.items(), reverse=True)
        ]


def read_page(actor: Actor, order_id: UUID) -> OrderPage:
    """The page of an order that the actor sees. Raises: NotFound."""
    rows = orders_visible_to(actor).select_related(
        "channel", "customer", "location", "shipping_address"
    )
    order = rows.filter(pk=order_id).first()
    if order is None:
        raise NotFound
    lines = list(
        OrderLine.objects.filter(order=order).select_related("location").order_by("position")
    )
    sees_money = actor.may(Permission.PAYMENTS_VIEW)
    payments = _payments(order) if sees_money else []
    cases = list(
        ReturnCase.objects.filter(order=order)
        .select_related("location", "exchange")
        .annotate(units=Sum("lines__quantity"))
        .order_by("-id")
    )
    has_charges = order.total_minor != sum(line.total_minor for line in lines)
    return OrderPage(
        order=order,
        lines=lines,
        pictures=pictures_of({line.variant_id for line in lines}),
        adjustments=list(order.adjustments.order_by("pk")) if has_charges else [],
        works=_works(order),
        payments=payments,
        ledger=_ledger(payments),
        returned=_returned(payments),
        cases=cases,
        events=happened_to([order.pk, *(row.pk for row in [*payments, *cases])]),
    )


def _works(order: Order) -> list[Work]:
    found: dict[UUID, Work] = {}
    lines = FulfilmentLine.objects.filter(fulfilment_order__order=order).select_related(
        "fulfilment_order__location", "fulfilment_order__pickup", "order_line"
    )
    for line in lines.order_by("fulfilment_order_id", "pk"):
        work = found.setdefault(line.fulfilment_order_id, Work(line.fulfilment_order, []))
        work.lines.append(line)
    return list(found.values())


def _payments(order: Order) -> list[Any]:
    """The payments with their entries and refunds at hand. One statement."""
    entries = PaymentEvent.objects.filter(payment=OuterRef("pk")).order_by("pk")
    refunds = Refund.objects.filter(payment=OuterRef("pk")).order_by("pk")
    rows = Payment.objects.filter(order=order).annotate(
        booked=ArraySubquery(
            entries.values(
                json=JSONObject(id="pk", at="occurred_at", kind="kind", amount="amount_minor")
            )
        ),
        given=ArraySubquery(
            refunds.values(json=JSONObject(status="status", amount="amount_minor", reason="reason"))
        ),
    )
    return list(rows.order_by("pk"))


def _ledger(payments: Sequence[Any]) -> list[Entry]:
    booked = sorted(
        ((row["at"], row["id"], row, payment) for payment in payments for row in payment.booked),
        key=lambda each: each[:2],
    )
    found, balance = [], 0
    for at, _id, row, payment in booked:
        amount = int(row["amount"])
        sign = 1 if row["kind"] in _IN else -1 if row["kind"] in _OUT else 0
        balance += sign * amount
        moment = parse_datetime(at)
        if moment is not None:
            found.append(Entry(moment, row["kind"], payment, amount, sign * amount, balance))
    return found


def _returned(payments: Sequence[Any]) -> list[Returned]:
    return [
        Returned(payment, row["status"], int(row["amount"]), row["reason"])
        for payment in payments
        for row in payment.given
        if row["status"] != RefundState.SUCCEEDED
    ]
