"""The store's day: shifts, terminals, safe and slip in order, then closed with its Z report."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from omni.access.names import names_of
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import Money
from omni.core.secrets import digest
from omni.screens import moment
from omni.screens.amounts import typed_amount
from omni.screens.views import KEY_FIELD, Done, Screen
from orders.fulfilment.shelf import left_for_tomorrow
from orders.payments.models import Tender
from orders.pos import operations as pos
from orders.pos.console_basket import id_in
from orders.pos.console_counting import counted, grid, shown_sum
from orders.pos.day_figures import DayFigures, days_visible_to, figures_of_day
from orders.pos.models import (
    LIVE_SHIFTS,
    CashKind,
    Deposit,
    JournalKind,
    StoreDay,
    StoreDayStatus,
)

EARLIER = 7


class Day(Screen):
    """What is left to do until the store may close, and the figures."""

    permission = Permission.POS_SHIFT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        days = self._days()
        day = self._asked(days)
        if day is None:
            return self.show("console/day/none.html")
        figures = figures_of_day(day)
        is_open = figures.day.status == StoreDayStatus.OPEN
        context = {
            "figures": figures,
            "day": figures.day,
            "days": days,
            "currency": day.currency,
            "overdue": [each for each in days[1:] if each.status != StoreDayStatus.CLOSED][::-1],
            "live": [each for each in figures.shifts if each.status in LIVE_SHIFTS],
            "steps": _steps(figures),
            "left": [] if is_open else self._left(figures.day),
            "rows": grid(day.currency, request.POST),
            "total": shown_sum(request.POST, day.currency) if request.POST else None,
            "may_close": self.may_close(),
            "asks": request.GET.get("do", "") or request.POST.get("do", ""),
            **report_rows(figures),
        }
        return self.show("console/day/day.html", context)

    def may_close(self) -> bool:
        return self.actor.may(Permission.POS_CLOSE_DAY, location_id=self.place.location_id)

    def here(self, day_id: UUID) -> StoreDay:
        """A day of this store. Raises: NotFound."""
        rows = days_visible_to(self.actor).filter(location_id=self.place.location_id)
        day = rows.filter(pk=day_id).first()
        if day is None:
            raise NotFound
        return day

    def carry_out(
        self, day_id: UUID, work: Callable[[StoreDay], Any], said: str = ""
    ) -> HttpResponse:
        """One step of the day, once."""
        day = self.here(day_id)

        def run() -> Done:
            work(day)
            return Done(f"{reverse('console:day')}?day={day.pk}", said)

        return self.once(run)

    def _days(self) -> list[StoreDay]:
        """The last days, newest first; what is not closed comes with them."""
        rows = days_visible_to(self.actor).filter(location_id=self.place.location_id)
        return list(rows.order_by("-business_date", "currency")[:EARLIER])

    def _asked(self, days: list[StoreDay]) -> StoreDay | None:
        """The day of the address, else the last one."""
        named = self.request.GET.get("day") or self.request.POST.get("day")
        named = named or (self.kwargs.get("day_id") if self.kwargs else None)
        if named:
            return self.here(id_in(named))
        return days[0] if days else None

    def _left(self, day: StoreDay) -> list[Any]:
        if day.status == StoreDayStatus.CLOSED:
            return list(day.left)
        return [
            each.as_json() for each in left_for_tomorrow(self.place.location_id, now=moment.now())
        ]


class BeginReconciling(Day):
    """All shifts are over."""

    def post(self, request: HttpRequest, day_id: UUID) -> HttpResponse:
        return self.carry_out(
            day_id,
            lambda day: pos.begin_reconciling(day_id=day.pk, actor=self.actor),
            _("What the drawers left lies in the safe now"),
        )


class ReopenDay(Day):
    """One more shift after all."""

    permission = Permission.POS_CLOSE_DAY

    def post(self, request: HttpRequest, day_id: UUID) -> HttpResponse:
        return self.carry_out(
            day_id,
            lambda day: pos.reopen_day(day_id=day.pk, actor=self.actor),
            _("The day takes shifts again"),
        )


class EnterBatch(Day):
    """What a terminal says it took."""

    def post(self, request: HttpRequest, day_id: UUID) -> HttpResponse:
        given = request.POST
        return self.carry_out(
            day_id,
            lambda day: pos.enter_terminal_batch(
                day_id=day.pk,
                register_id=id_in(given.get("register")),
                total_minor=typed_amount(given.get("total", ""), day.currency),
                batch_number=given.get("batch_number", ""),
                reason=given.get("reason", ""),
                actor=self.actor,
            ),
        )


class CountSafe(Day):
    """All that lies in the safe."""

    permission = Permission.POS_CLOSE_DAY

    def post(self, request: HttpRequest, day_id: UUID) -> HttpResponse:
        return self.carry_out(
            day_id,
            lambda day: pos.count_safe(
                day_id=day.pk,
                denominations=counted(request.POST, day.currency) or {},
                reason=request.POST.get("reason", ""),
                actor=self.actor,
            ),
            _("The safe is counted"),
        )


class MakeDeposit(Day):
    """Cash leaves the safe for the bank, with its slip."""

    permission = Permission.POS_CLOSE_DAY

    def post(self, request: HttpRequest, day_id: UUID) -> HttpResponse:
        day = self.here(day_id)
        counts = counted(request.POST, day.currency) or {}
        return self.once(lambda: self._make(day, counts))

    def _make(self, day: StoreDay, counts: dict[str, int]) -> Done:
        key = digest(f"{self.actor.principal}:{self.request.POST.get(KEY_FIELD, '')}")
        deposit = pos.make_deposit(
            day_id=day.pk,
            denominations=counts,
            note=self.request.POST.get("note", ""),
            request_key=key,
            actor=self.actor,
        )
        said = _("Slip %(number)s over %(sum)s")
        amount = Money(deposit.amount_minor, day.currency)
        return Done(
            reverse("console:deposit", args=[deposit.pk]),
            said % {"number": deposit.slip, "sum": amount},
        )


class CloseDay(Day):
    """The end of the day."""

    permission = Permission.POS_CLOSE_DAY

    def post(self, request: HttpRequest, day_id: UUID) -> HttpResponse:
        return self.carry_out(
            day_id,
            lambda day: pos.close_day(day_id=day.pk, actor=self.actor),
            _("The day is closed. Good night."),
        )


class DepositSlip(Screen):
    """The slip that goes to the bank with the money: for the printer."""

    permission = Permission.POS_SHIFT

    def get(self, request: HttpRequest, deposit_id: UUID) -> HttpResponse:
        rows = Deposit.objects.select_related("safe__location", "store_day")
        deposit = rows.filter(pk=deposit_id, safe__location_id=self.place.location_id).first()
        if deposit is None:
            raise NotFound
        currency = deposit.safe.currency
        context = {
            "deposit": deposit,
            "currency": currency,
            "notes": [
                (Money(int(value), currency), count, Money(int(value) * count, currency))
                for value, count in deposit.denominations.items()
            ],
            "by": names_of([deposit.principal]).get(deposit.principal, ""),
        }
        return self.show("console/day/deposit.html", context)


class ZReport(Day):
    """The figures of a day: for the printer."""

    def get(self, request: HttpRequest, day_id: UUID) -> HttpResponse:
        figures = figures_of_day(self.here(day_id))
        context = {
            "figures": figures,
            "day": figures.day,
            "currency": figures.day.currency,
            **report_rows(figures),
        }
        return self.show("console/day/z_report.html", context)


def report_rows(figures: DayFigures) -> dict[str, Any]:
    """The report in rows, with words for its kinds."""
    report = figures.report
    tenders, kinds = dict(Tender.choices), dict(JournalKind.choices)
    cash = dict(CashKind.choices)
    return {
        "report": report,
        "by_rate": [(_percent(each.rate), each) for each in report.by_rate],
        "by_tender": [(tenders.get(name, name), amount) for name, amount in report.tenders.items()],
        "by_kind": [(kinds.get(name, name), count) for name, count in report.counts.items()],
        "by_cash": [(cash.get(name, name), amount) for name, amount in report.cash.items()],
    }


def _percent(rate: str) -> str:
    return f"{(Decimal(rate) * 100).normalize():f}"


def _steps(figures: DayFigures) -> dict[str, bool]:
    """What is done of the day."""
    is_over = figures.day.status != StoreDayStatus.OPEN
    missing = [each for each in figures.terminals if each.expected_minor and each.batch is None]
    return {
        "shifts": all(each.status not in LIVE_SHIFTS for each in figures.shifts),
        "begun": is_over,
        "terminals": is_over and not missing,
        "counted": figures.day.safe_counted_minor is not None,
        "deposited": bool(figures.deposits),
        "closed": figures.is_final,
    }
