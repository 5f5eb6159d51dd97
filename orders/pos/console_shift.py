"""The shift: opened with its float, cash in and out, counted blind, closed with the difference."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
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
from omni.screens.views import KEY_FIELD, Done
from orders.pos import operations as pos
from orders.pos.console_basket import id_in
from orders.pos.console_counting import counted, counted_sum, grid, shown_sum, sum_in
from orders.pos.console_till import TillPage
from orders.pos.drawer import shifts_visible_to
from orders.pos.models import (
    LIVE_SHIFTS,
    CashEntry,
    CashKind,
    JournalEntry,
    JournalKind,
    Shift,
    ShiftStatus,
)
from orders.pos.queries import Figures, figures_of
from orders.pos.store_day import local_date

LATEST = 12


class ShiftPage(TillPage):
    """The drawer one stands at, and the other shifts of the store's day."""

    permission = Permission.POS_SHIFT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        shift = self.shift()
        shifts = self._today(shift)
        people = names_of(f"staff:{each.opened_by}" for each in shifts)
        figures = figures_of(self.actor, shift.pk) if shift else None
        context = {
            "shift": shift,
            "figures": figures,
            "currency": shift.currency if shift else self.place.currency,
            "rows": grid(self.place.currency, request.POST),
            "typed_sum": request.POST.get("sum", ""),
            "total": shown_sum(request.POST, self.place.currency),
            "difference": _difference(shift),
            "entries": self._by_hand(shift),
            "sales": self._sales(shift),
            "shifts": [(each, people.get(f"staff:{each.opened_by}", "")) for each in shifts],
            "by": people.get(f"staff:{shift.opened_by}", "") if shift else "",
            "may_force": self.actor.may(
                Permission.POS_FORCE_CLOSE, location_id=self.place.location_id
            ),
            "asks": request.GET.get("count") is not None or bool(request.POST.get("counting")),
            **_parts(figures),
        }
        return self.show("console/day/shift.html", context)

    def here(self) -> Shift:
        """The shift that was named, at this store. Raises: NotFound."""
        rows = shifts_visible_to(self.actor, Permission.POS_SHIFT).filter(
            register__location_id=self.place.location_id
        )
        found = rows.filter(pk=id_in(self.request.POST.get("shift"))).first()
        if found is None:
            raise NotFound
        return found

    def _today(self, shift: Shift | None) -> list[Shift]:
        """The shifts of this store that live, or began today."""
        today = local_date(moment.now(), self.place.time_zone)
        rows = shifts_visible_to(self.actor, Permission.POS_SHIFT).filter(
            Q(status__in=LIVE_SHIFTS) | Q(store_day__business_date=today),
            register__location_id=self.place.location_id,
        )
        return list(rows.order_by("-opened_at", "-pk")[:20])

    def _by_hand(self, shift: Shift | None) -> list[CashEntry]:
        if shift is None:
            return []
        kinds = (CashKind.PAID_IN, CashKind.PAID_OUT, CashKind.DROP)
        rows = CashEntry.objects.filter(shift=shift, kind__in=kinds)
        return list(rows.order_by("-pk")[:LATEST])

    def _sales(self, shift: Shift | None) -> list[JournalEntry]:
        """The last sales, to look at again."""
        if shift is None:
            return []
        rows = JournalEntry.objects.filter(shift=shift, order__isnull=False)
        return list(rows.select_related("order").order_by("-pk")[:LATEST])


class OpenShift(ShiftPage):
    """Begin, with so much change in the drawer."""

    def post(self, request: HttpRequest) -> HttpResponse:
        register_id = self.place.register_id
        if register_id is None:
            raise NotFound
        amount = counted_sum(request.POST, self.place.currency)
        return self.once(lambda: self._open(register_id, amount))

    def _open(self, register_id: UUID, amount: int) -> Done:
        pos.open_shift(register_id=register_id, float_minor=amount, actor=self.actor)
        said = _("The shift is open with %(sum)s in the drawer")
        return Done(reverse("console:till"), said % {"sum": Money(amount, self.place.currency)})


class MoveCash(ShiftPage):
    """Petty cash in or out, or a drop into the safe."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift = self.here()
        return self.once(lambda: self._move(shift))

    def _move(self, shift: Shift) -> Done:
        given = self.request.POST
        key = digest(f"{self.actor.principal}:{given.get(KEY_FIELD, '')}")
        entry = pos.move_cash(
            shift_id=shift.pk,
            kind=given.get("kind", ""),
            amount_minor=typed_amount(given.get("amount", ""), shift.currency),
            reason=given.get("reason", "").strip()[:120],
            reference=key,
            actor=self.actor,
        )
        said = _("%(what)s: %(sum)s")
        amount = Money(abs(entry.amount_minor), shift.currency)
        return Done(
            reverse("console:shift"), said % {"what": entry.get_kind_display(), "sum": amount}
        )


class SuspendShift(ShiftPage):
    """The cashier steps away."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift = self.here()
        return self.once(lambda: self._suspend(shift))

    def _suspend(self, shift: Shift) -> Done:
        pos.suspend_shift(shift_id=shift.pk, actor=self.actor)
        return Done(reverse("console:shift"), _("Suspended"))


class ResumeShift(ShiftPage):
    """The cashier goes on."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift = self.here()
        return self.once(lambda: self._resume(shift))

    def _resume(self, shift: Shift) -> Done:
        pos.resume_shift(shift_id=shift.pk, actor=self.actor)
        is_till = self.request.POST.get("back") == "till"
        return Done(reverse("console:till" if is_till else "console:shift"), _("Go on"))


class CountShift(ShiftPage):
    """What lies in the drawer; only then the books tell what they expect."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift = self.here()
        counts = counted(request.POST, shift.currency)
        total = sum_in(request.POST, shift.currency)
        return self.once(lambda: self._count(shift, counts, total))

    def _count(self, shift: Shift, counts: dict[str, int] | None, total: int | None) -> Done:
        pos.count_shift(
            shift_id=shift.pk,
            counted_minor=total,
            denominations=counts,
            actor=self.actor,
        )
        return Done(reverse("console:shift"))


class RecountShift(ShiftPage):
    """The count is doubted."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift = self.here()
        return self.once(lambda: self._recount(shift))

    def _recount(self, shift: Shift) -> Done:
        pos.ask_for_recount(shift_id=shift.pk, actor=self.actor)
        return Done(f"{reverse('console:shift')}?count")


class CloseShift(ShiftPage):
    """End a counted shift; what differs has its reason."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift = self.here()
        return self.once(lambda: self._close(shift))

    def _close(self, shift: Shift) -> Done:
        reason = self.request.POST.get("reason", "")
        pos.close_shift(shift_id=shift.pk, difference_reason=reason, actor=self.actor)
        return Done(reverse("console:shift-report", args=[shift.pk]), _("The shift is closed"))


class ForceClose(ShiftPage):
    """A manager ends a shift that nobody closes."""

    permission = Permission.POS_FORCE_CLOSE

    def post(self, request: HttpRequest) -> HttpResponse:
        shift = self.here()
        total = sum_in(request.POST, shift.currency)
        return self.once(lambda: self._force(shift, total))

    def _force(self, shift: Shift, total: int | None) -> Done:
        pos.force_close_shift(
            shift_id=shift.pk,
            reason=self.request.POST.get("reason", "").strip()[:120],
            counted_minor=total,
            actor=self.actor,
        )
        return Done(reverse("console:shift"), _("The shift was closed by force"))


class ShiftReport(ShiftPage):
    """X while it runs, Z once it is closed: for the printer."""

    def get(self, request: HttpRequest, shift_id: UUID) -> HttpResponse:
        figures = figures_of(self.actor, shift_id)
        if figures.shift.register.location_id != self.place.location_id:
            raise NotFound
        people = names_of([f"staff:{figures.shift.opened_by}"])
        context = {
            "figures": figures,
            "shift": figures.shift,
            "currency": figures.shift.currency,
            "by": people.get(f"staff:{figures.shift.opened_by}", ""),
            "difference": _difference(figures.shift),
            **_parts(figures),
        }
        return self.show("console/day/shift_report.html", context)


def _difference(shift: Shift | None) -> int | None:
    if shift is None or shift.counted_minor is None or shift.expected_minor is None:
        return None
    if shift.status == ShiftStatus.RECOUNT:
        return None
    return shift.counted_minor - shift.expected_minor


def _parts(figures: Figures | None) -> dict[str, Any]:
    """The figures in rows; what went in and out of the drawer only after the count."""
    if figures is None:
        return {"journal": [], "tenders": [], "cash": []}
    is_counted = figures.expected_minor is not None
    return {
        "journal": [
            (kind.label, figures.count_by_kind[kind.value], figures.total_by_kind[kind.value])
            for kind in JournalKind
            if figures.count_by_kind[kind.value]
        ],
        "tenders": [
            (tender, total)
            for tender, total in sorted(figures.total_by_tender.items())
            if is_counted or tender != "cash"
        ],
        "cash": [
            (kind.label, figures.cash_by_kind[kind.value])
            for kind in CashKind
            if is_counted and figures.cash_by_kind[kind.value]
        ],
    }
