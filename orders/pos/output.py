"""How the till looks in the API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from omni.core.money import Money
from omni.rest.serializers import MoneyField, Output
from orders.aftersales.output import ReturnOutput
from orders.fulfilment.output import FulfilmentOrderOutput
from orders.pos.models import (
    CashEntry,
    CashKind,
    JournalEntry,
    JournalKind,
    Register,
    Shift,
    ShiftStatus,
)
from orders.pos.queries import Figures
from orders.sales.output import OrderOutput


class RegisterOutput(Output):
    """A till."""

    id = serializers.UUIDField(help_text=_("Its id."))
    code = serializers.CharField(help_text=_("Its code."))
    name = serializers.CharField(help_text=_("Its name."))
    location_id = serializers.UUIDField(help_text=_("Where it stands."))
    channel_id = serializers.UUIDField(help_text=_("In which channel it sells."))
    is_active = serializers.BooleanField(help_text=_("Whether it is in use."))


class RegisterListOutput(Output):
    """A page of registers."""

    results = RegisterOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class ShiftOutput(Output):
    """A cash session. What the books expect is shown once the drawer was counted."""

    id = serializers.UUIDField(help_text=_("Its id."))
    register_id = serializers.UUIDField(help_text=_("On which register."))
    status = serializers.ChoiceField(ShiftStatus.choices, help_text=_("Its state."))
    opened_at = serializers.DateTimeField(help_text=_("When it was opened."))
    counted = MoneyField(allow_null=True, help_text=_("What lay in the drawer."))
    expected = MoneyField(allow_null=True, help_text=_("What the books say."))
    difference_reason = serializers.CharField(allow_blank=True, help_text=_("Why they differ."))
    closed_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was closed."))


class ShiftListOutput(Output):
    """A page of shifts, newest first."""

    results = ShiftOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class CashEntryOutput(Output):
    """Cash that went in or out."""

    id = serializers.IntegerField(help_text=_("Its number."))
    kind = serializers.ChoiceField(CashKind.choices, help_text=_("What it is."))
    amount = MoneyField(help_text=_("Into the drawer, or, negative, out of it."))
    reason = serializers.CharField(allow_blank=True, help_text=_("Why."))
    occurred_at = serializers.DateTimeField(help_text=_("When."))


class KindFiguresOutput(Output):
    """What one kind of entry adds up to."""

    kind = serializers.ChoiceField(JournalKind.choices, help_text=_("Of what."))
    count = serializers.IntegerField(help_text=_("How many."))
    total = MoneyField(help_text=_("Their sum."))


class TenderFiguresOutput(Output):
    """What one way to pay adds up to."""

    tender = serializers.CharField(help_text=_("Which."))
    total = MoneyField(help_text=_("Taken less given back."))


class CashFiguresOutput(Output):
    """What one kind of cash adds up to."""

    kind = serializers.ChoiceField(CashKind.choices, help_text=_("Which."))
    total = MoneyField(help_text=_("Into less out of the drawer."))


class FiguresOutput(Output):
    """The figures of a shift: X while it runs, Z once it is closed."""

    kind = serializers.ChoiceField(["X", "Z"], help_text=_("X or Z."))
    shift = ShiftOutput(help_text=_("The shift."))
    journal = KindFiguresOutput(many=True, help_text=_("By kind of entry."))
    tenders = TenderFiguresOutput(many=True, help_text=_("By way to pay."))
    cash = CashFiguresOutput(many=True, help_text=_("By kind of cash."))
    expected = MoneyField(allow_null=True, help_text=_("In the drawer, once it was counted."))
    first_number = serializers.IntegerField(allow_null=True, help_text=_("First in the journal."))
    last_number = serializers.IntegerField(allow_null=True, help_text=_("Last in the journal."))


class SaleOutput(Output):
    """A finished sale."""

    order = OrderOutput(help_text=_("The order that it is."))
    number = serializers.IntegerField(help_text=_("Its number in the register's journal."))
    change = MoneyField(help_text=_("To be given back in cash."))


class CollectionOutput(Output):
    """A pickup that was paid and handed over."""

    fulfilment_order = FulfilmentOrderOutput(help_text=_("The pickup."))
    change = MoneyField(help_text=_("To be given back in cash."))


class ExchangeOutput(Output):
    """Goods back, others out."""

    case = ReturnOutput(help_text=_("The return."))
    order = OrderOutput(help_text=_("What was taken."))
    difference = MoneyField(help_text=_("Paid on top, or, negative, given back."))
    change = MoneyField(help_text=_("To be given back in cash."))


class PaidOutOutput(Output):
    """Refunds that were given back at the till."""

    total = MoneyField(help_text=_("Given back in all."))
    cash = MoneyField(help_text=_("Of this in cash."))


def register_dict(row: Register) -> dict[str, Any]:
    """A till."""
    return {
        "id": row.pk,
        "code": row.code,
        "name": row.name,
        "location_id": row.location_id,
        "channel_id": row.channel_id,
        "is_active": row.is_active,
    }


def shift_dict(row: Shift) -> dict[str, Any]:
    """A shift; a cashier counts without knowing what to find."""
    counted, expected = row.counted_minor, row.expected_minor
    return {
        "id": row.pk,
        "register_id": row.register_id,
        "status": row.status,
        "opened_at": row.opened_at,
        "counted": None if counted is None else Money(counted, row.currency),
        "expected": None if expected is None else Money(expected, row.currency),
        "difference_reason": row.difference_reason,
        "closed_at": row.closed_at,
    }


def cash_dict(row: CashEntry, currency: str) -> dict[str, Any]:
    """An entry of a drawer."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "amount": Money(row.amount_minor, currency),
        "reason": row.reason,
        "occurred_at": row.occurred_at,
    }


def figures_dict(figures: Figures) -> dict[str, Any]:
    """X or Z."""
    currency, expected = figures.shift.currency, figures.expected_minor
    return {
        "kind": figures.kind,
        "shift": shift_dict(figures.shift),
        "journal": [
            {
                "kind": kind,
                "count": count,
                "total": Money(figures.total_by_kind[kind], currency),
            }
            for kind, count in figures.count_by_kind.items()
        ],
        "tenders": [
            {"tender": tender, "total": Money(total, currency)}
            for tender, total in sorted(figures.total_by_tender.items())
        ],
        "cash": [
            {"kind": kind, "total": Money(total, currency)}
            for kind, total in figures.cash_by_kind.items()
            # What went in and out tells what must be there: not before it was counted.
            if expected is not None
        ],
        "expected": None if expected is None else Money(expected, currency),
        "first_number": figures.first_number,
        "last_number": figures.last_number,
    }


def entry_number(entry: JournalEntry) -> int:
    """The number on the receipt."""
    return entry.number
