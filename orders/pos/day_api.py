"""Endpoints of a store's day: its figures, its reconciliation, its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import CurrencyMismatch, Money
from omni.core.states import InvalidTransition
from omni.rest.answers import Answer
from omni.rest.serializers import Input, MoneyField, Output, PageQuery
from omni.rest.views import PLAIN, Endpoint
from orders.pos import errors as refused
from orders.pos import inputs
from orders.pos import operations as pos
from orders.pos.day_figures import DayFigures, day_figures, days_visible_to, get_day
from orders.pos.models import Deposit, StoreDay, StoreDayStatus
from orders.pos.shift_api import request_name
from orders.pos.zreport import ZReport


class DaysQuery(PageQuery):
    """Which days."""

    location_id = serializers.UUIDField(required=False, help_text=_("Of which store."))
    status = serializers.ChoiceField(
        StoreDayStatus.choices, required=False, help_text=_("Its state.")
    )


class DenominationsField(serializers.DictField):
    """So many of each coin and note."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text", _("How many of each coin and note, by its value in minor units.")
        )
        super().__init__(child=serializers.IntegerField(min_value=0, max_value=1_000_000), **kwargs)


class BatchInput(Input):
    """What a card terminal says."""

    register_id = serializers.UUIDField(help_text=_("Of which register."))
    total = MoneyField(minimum=None, help_text=_("Taken less given back."))
    batch_number = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40, help_text=_("Of the batch.")
    )
    reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=250,
        help_text=_("Why it differs from our books, if it does."),
    )


class CountSafeInput(Input):
    """What lies in the safe."""

    denominations = DenominationsField()
    reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=250,
        help_text=_("Why it differs from its books, if it does."),
    )


class DepositInput(Input):
    """What goes to the bank."""

    denominations = DenominationsField()
    note = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=120, help_text=_("The bag, say.")
    )


class StoreDayOutput(Output):
    """A store's date in one currency."""

    id = serializers.UUIDField(help_text=_("Its id."))
    location_id = serializers.UUIDField(help_text=_("Of which store."))
    business_date = serializers.DateField(help_text=_("The date on the store's wall."))
    currency = serializers.CharField(help_text=_("ISO 4217."))
    status = serializers.ChoiceField(StoreDayStatus.choices, help_text=_("Its state."))
    closed_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was closed."))


class StoreDayListOutput(Output):
    """A page of days, newest first."""

    results = StoreDayOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class RateOutput(Output):
    """Sold less voided at one tax rate."""

    rate = serializers.CharField(help_text=_("0.2 is 20 %."))
    net = MoneyField(help_text=_("Without tax."))
    tax = MoneyField(help_text=_("The tax."))
    gross = MoneyField(help_text=_("With tax."))


class ReportOutput(Output):
    """The Z report: gross + collected + given back = total, which is the journal's."""

    by_rate = RateOutput(many=True, help_text=_("By tax rate."))
    net = MoneyField(help_text=_("Without tax."))
    tax = MoneyField(help_text=_("The tax."))
    gross = MoneyField(help_text=_("Sold less voided."))
    voided = MoneyField(help_text=_("Voided."))
    discounts = MoneyField(help_text=_("Discounts within what was sold."))
    collected = MoneyField(help_text=_("Paid at collection."))
    given_back = MoneyField(help_text=_("Given back: not above 0."))
    total = MoneyField(help_text=_("All that the tills moved."))
    tenders = serializers.DictField(child=MoneyField(), help_text=_("By way to pay."))
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("Entries by their kind.")
    )


class TerminalOutput(Output):
    """A register's card money."""

    register_id = serializers.UUIDField(help_text=_("Which register."))
    register_name = serializers.CharField(help_text=_("Its name."))
    expected = MoneyField(help_text=_("As our books say."))
    counted = MoneyField(allow_null=True, help_text=_("As the terminal says, once entered."))
    difference_reason = serializers.CharField(allow_blank=True, help_text=_("Why they differ."))


class DepositOutput(Output):
    """Cash that went to the bank."""

    id = serializers.UUIDField(help_text=_("Its id."))
    slip = serializers.CharField(help_text=_("Number of the slip."))
    amount = MoneyField(help_text=_("How much."))


class DayFiguresOutput(StoreDayOutput):
    """A day with its figures."""

    shift_ids = serializers.ListField(child=serializers.UUIDField(), help_text=_("Its shifts."))
    report = ReportOutput(help_text=_("X while it runs, Z once it is closed."))
    terminals = TerminalOutput(many=True, help_text=_("Card money by register."))
    safe = MoneyField(help_text=_("In the safe by its books."))
    deposits = DepositOutput(many=True, help_text=_("Brought to the bank."))
    left = serializers.ListField(
        child=serializers.DictField(), help_text=_("Work left for tomorrow, once it is closed.")
    )


class StoreDays(Endpoint):
    """Days of stores."""

    permission = Permission.POS_SHIFT
    query = DaysQuery

    @extend_schema(responses=StoreDayListOutput)
    def get(self, request: Request) -> Answer:
        """Days of your stores, newest first."""
        rows = days_visible_to(self.actor)
        for name in ("location_id", "status"):
            if name in self.params:
                rows = rows.filter(**{name: self.params[name]})
        return self.page(rows, keys=["-id"], output=_day)


class StoreDayById(Endpoint):
    """One day."""

    permission = Permission.POS_SHIFT
    errors = [NotFound]

    @extend_schema(responses=DayFiguresOutput)
    def get(self, request: Request, day_id: UUID) -> Answer:
        """The day with its figures."""
        return self.ok(_figures(day_figures(self.actor, day_id)))


class _OfDay(Endpoint):
    permission = Permission.POS_CLOSE_DAY
    idempotency = {"POST": PLAIN}
    errors = [NotFound, InvalidTransition]


class Reconcile(_OfDay):
    """The end of selling."""

    permission = Permission.POS_SHIFT
    errors = [NotFound, InvalidTransition, refused.ShiftsStillOpen]

    @extend_schema(request=None, responses=StoreDayOutput)
    def post(self, request: Request, day_id: UUID) -> Answer:
        """Begin to reconcile a day whose shifts are all closed."""
        self.given(inputs.NothingInput, request)
        return self.ok(_day(pos.begin_reconciling(day_id=day_id, actor=self.actor)))


class TerminalBatches(_OfDay):
    """Card terminals beside our books."""

    permission = Permission.POS_SHIFT
    errors = [
        NotFound,
        CurrencyMismatch,
        refused.StoreDayNotReconciling,
        refused.DifferenceNotExplained,
    ]

    @extend_schema(request=BatchInput, responses=DayFiguresOutput)
    def post(self, request: Request, day_id: UUID) -> Answer:
        """Enter what a terminal says; a difference needs its reason."""
        given = self.given(BatchInput, request)
        currency = get_day(self.actor, day_id).currency
        total = inputs.minor_of(given.pop("total"), currency) or 0
        pos.enter_terminal_batch(day_id=day_id, total_minor=total, actor=self.actor, **given)
        return self.ok(_figures(day_figures(self.actor, day_id)))


class CountSafe(_OfDay):
    """The safe, counted."""

    errors = [
        NotFound,
        refused.StoreDayNotReconciling,
        refused.DenominationsNotValid,
        refused.DifferenceNotExplained,
    ]

    @extend_schema(request=CountSafeInput, responses=StoreDayOutput)
    def post(self, request: Request, day_id: UUID) -> Answer:
        """Say what lies in the safe; a difference needs its reason and is booked."""
        given = self.given(CountSafeInput, request)
        return self.ok(_day(pos.count_safe(day_id=day_id, actor=self.actor, **given)))


class Deposits(_OfDay):
    """Cash for the bank."""

    errors = [
        NotFound,
        refused.StoreDayNotReconciling,
        refused.SafeNotCounted,
        refused.DenominationsNotValid,
        refused.SafeTooEmpty,
    ]

    @extend_schema(request=DepositInput, responses={201: DepositOutput})
    def post(self, request: Request, day_id: UUID) -> Answer:
        """Take cash out of the counted safe, with the next deposit slip."""
        given = self.given(DepositInput, request)
        currency = get_day(self.actor, day_id, Permission.POS_CLOSE_DAY).currency
        made = pos.make_deposit(
            day_id=day_id, request_key=request_name(self), actor=self.actor, **given
        )
        return self.created(_deposit(made, currency))


class CloseDay(_OfDay):
    """The end of a day."""

    errors = [
        NotFound,
        InvalidTransition,
        refused.StoreDayNotReconciling,
        refused.TerminalNotReconciled,
        refused.SafeNotCounted,
    ]

    @extend_schema(request=None, responses=StoreDayOutput)
    def post(self, request: Request, day_id: UUID) -> Answer:
        """Close a day for good; its figures are kept."""
        self.given(inputs.NothingInput, request)
        return self.ok(_day(pos.close_day(day_id=day_id, actor=self.actor)))


class ReopenDay(_OfDay):
    """Selling goes on."""

    @extend_schema(request=None, responses=StoreDayOutput)
    def post(self, request: Request, day_id: UUID) -> Answer:
        """Let a day that is being reconciled take shifts again."""
        self.given(inputs.NothingInput, request)
        return self.ok(_day(pos.reopen_day(day_id=day_id, actor=self.actor)))


# --- output ---------------------------------------------------------------------------------------


def _day(row: StoreDay) -> dict[str, Any]:
    return {
        "id": row.pk,
        "location_id": row.location_id,
        "business_date": row.business_date,
        "currency": row.currency,
        "status": row.status,
        "closed_at": row.closed_at,
    }


def _figures(figures: DayFigures) -> dict[str, Any]:
    currency = figures.day.currency
    return {
        **_day(figures.day),
        "shift_ids": [shift.pk for shift in figures.shifts],
        "report": _report(figures.report, currency),
        "terminals": [
            {
                "register_id": each.register_id,
                "register_name": each.register_name,
                "expected": Money(each.expected_minor, currency),
                "counted": Money(each.batch.total_minor, currency) if each.batch else None,
                "difference_reason": each.batch.difference_reason if each.batch else "",
            }
            for each in figures.terminals
        ],
        "safe": Money(figures.safe_minor, currency),
        "deposits": [_deposit(row, currency) for row in figures.deposits],
        "left": figures.day.left,
    }


def _report(report: ZReport, currency: str) -> dict[str, Any]:
    names = ["net", "tax", "gross", "voided", "discounts", "collected", "given_back", "total"]
    rates = [
        {
            "rate": each.rate,
            "net": Money(each.net_minor, currency),
            "tax": Money(each.tax_minor, currency),
            "gross": Money(each.gross_minor, currency),
        }
        for each in report.by_rate
    ]
    amounts: Mapping[str, Any] = {
        name: Money(getattr(report, f"{name}_minor"), currency) for name in names
    }
    tenders = {name: Money(amount, currency) for name, amount in report.tenders.items()}
    return {"by_rate": rates, **amounts, "tenders": tenders, "counts": report.counts}


def _deposit(row: Deposit, currency: str) -> dict[str, Any]:
    return {"id": row.pk, "slip": row.slip, "amount": Money(row.amount_minor, currency)}
