"""One return of the store's worklist: what it is, where it stands, and its next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.catalog.pictures import pictures_of
from omni.access.names import names_of
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens.views import Done, Screen
from orders.aftersales import operations as aftersales
from orders.aftersales.after import carry_out_later
from orders.aftersales.console_second import SecondPerson
from orders.aftersales.models import Disposition, LogisticsState, MoneyState, ReturnCase
from orders.aftersales.operations import Decision
from orders.aftersales.queries import get_case, with_parts
from orders.aftersales.refunding import refunds_of
from orders.history import happened_to
from orders.payments.models import RefundState

_L = LogisticsState
TO_RECEIVE = (_L.AUTHORISED, _L.IN_TRANSIT, _L.PARTLY_RECEIVED)
TO_INSPECT = (_L.RECEIVED, _L.PARTLY_RECEIVED)
FATES = (
    (Disposition.SELLABLE, gettext_lazy("Like new"), "sparkles"),
    (Disposition.DAMAGED, gettext_lazy("Damaged"), "triangle-alert"),
    (Disposition.VENDOR, gettext_lazy("To the vendor"), "truck"),
    (Disposition.SEND_BACK, gettext_lazy("Back to the customer"), "send"),
    (Disposition.MISSING, gettext_lazy("Missing"), "package-x"),
)


class CasePage(SecondPerson):
    """The return: goods, money and history."""

    permission = Permission.RETURNS_VIEW

    def get(self, request: HttpRequest, return_id: UUID) -> HttpResponse:
        case, by_number = find_case(self, return_id)
        if not by_number:
            log_view(actor=self.actor, kind="return", subject_id=case.pk)
        lines = list(case.lines.all())
        pictures = pictures_of({line.variant_id for line in lines})
        refunds = refunds_of(case.pk)
        events = happened_to([case.pk])
        names = names_of([case.principal])
        here = self.place.location_id
        subject = case.order_id or case.customer_id
        approval = self.asked_for(subject, _approval_of(request.POST)) if subject else None
        may = {
            "create": self.actor.may(Permission.RETURNS_CREATE, location_id=here),
            "inspect": self.actor.may(Permission.RETURNS_INSPECT, location_id=here),
            "pay": self.actor.may(Permission.POS_SELL, location_id=here),
            "order": self.actor.may(Permission.ORDERS_VIEW, location_id=here),
        }
        context = {
            "case": case,
            "by_number": by_number,
            "number": case.number if by_number else "",
            "rows": [{"line": each, "picture": pictures.get(each.variant_id)} for each in lines],
            "refunds": refunds,
            "events": events,
            "opened_by": names.get(case.principal, ""),
            "approval": approval,
            "deciders": self.deciders(approval),
            "state": [
                (name, request.POST[name]) for name in request.POST if name.startswith("fate-")
            ],
            "may": may,
            "to_receive": case.status in TO_RECEIVE and may["create"],
            "to_inspect": case.status in TO_INSPECT and may["inspect"] and case.location_id,
            "fates": FATES,
            "waits": [
                each
                for each in refunds
                if each.status == RefundState.PENDING and each.payment.tender != "online"
            ],
        }
        return self.show("console/returns/case.html", context)


class DonePage(Screen):
    """What came of it: where the money went and where the goods go."""

    permission = Permission.RETURNS_VIEW

    def get(self, request: HttpRequest, return_id: UUID) -> HttpResponse:
        case = get_case(self.actor, return_id)
        lines = list(case.lines.all())
        pictures = pictures_of({line.variant_id for line in lines})
        exchange = getattr(case, "exchange", None)
        context = {
            "case": case,
            "rows": [{"line": each, "picture": pictures.get(each.variant_id)} for each in lines],
            "refunds": refunds_of(case.pk),
            "exchange": exchange,
            "is_loose_due": case.order_id is None and case.money_status == MoneyState.DUE,
        }
        return self.show("console/returns/done.html", context)


def find_case(screen: Screen, return_id: UUID) -> tuple[ReturnCase, bool]:
    """The case, or one that was announced elsewhere and whose number the customer brought.

    Raises: NotFound.
    """
    try:
        return get_case(screen.actor, return_id), False
    except NotFound:
        given = screen.request.POST if screen.request.method == "POST" else screen.request.GET
        number = given.get("number", "").strip().upper()[:20]
        rows = with_parts(ReturnCase.objects.all())
        found = rows.filter(pk=return_id, number=number, location__isnull=True).first()
        if not number or found is None:
            raise
        return found, True


class Receive(CasePage):
    """Announced goods are on the counter, or in the parcel that was opened."""

    permissions = {"GET": Permission.RETURNS_VIEW, "POST": Permission.RETURNS_CREATE}

    def post(self, request: HttpRequest, return_id: UUID) -> HttpResponse:
        return self.once(lambda: self._receive(return_id))

    def _receive(self, return_id: UUID) -> Done:
        aftersales.receive(
            case_id=return_id,
            location_id=self.place.location_id,
            units=_quantities(self.request.POST),
            number=self.request.POST.get("number", "")[:20],
            actor=self.actor,
        )
        return _done(return_id, _("Received. Look at the goods next."))


class Inspect(CasePage):
    """What becomes of every unit; the money goes out with it."""

    permissions = {"GET": Permission.RETURNS_VIEW, "POST": Permission.RETURNS_INSPECT}

    def post(self, request: HttpRequest, return_id: UUID) -> HttpResponse:
        return self.once(lambda: self._inspect(return_id), process=True)

    def _inspect(self, return_id: UUID) -> Done:
        case = get_case(self.actor, return_id, Permission.RETURNS_INSPECT)
        aftersales.inspect(
            case_id=return_id,
            decisions=[
                Decision(line.pk, line.received, self._fate(line.pk))
                for line in case.lines.all()
                if line.received
            ],
            approval_id=self.granted(_approval_of(self.request.POST)),
            actor=self.actor,
        )
        carry_out_later(return_id)
        return _done(return_id, _("Inspected. The money is on its way."))

    def _fate(self, line_id: int) -> str:
        given = self.request.POST.get(f"fate-{line_id}", "")
        return given if given in Disposition.values else Disposition.SELLABLE


class Step(CasePage):
    """One step that needs little or nothing to be said."""

    permissions = {"GET": Permission.RETURNS_VIEW, "POST": Permission.RETURNS_CREATE}
    operation: Callable[..., Any]
    said: Any = ""
    takes_reason = False

    def post(self, request: HttpRequest, return_id: UUID) -> HttpResponse:
        return self.once(lambda: self._step(return_id))

    def _step(self, return_id: UUID) -> Done:
        more = {"reason": self.request.POST.get("reason", "")[:40]} if self.takes_reason else {}
        type(self).operation(case_id=return_id, actor=self.actor, **more)
        carry_out_later(return_id)
        return _done(return_id, str(self.said))


class Authorise(Step):
    """The customer may send or bring the goods."""

    operation = staticmethod(aftersales.authorise)
    said = gettext_lazy("Allowed. The goods may come within 30 days.")


class Decline(Step):
    """The goods are not taken back."""

    operation = staticmethod(aftersales.decline)
    said = gettext_lazy("Declined")
    takes_reason = True


class CallOff(Step):
    """The customer keeps the goods after all."""

    operation = staticmethod(aftersales.cancel_return)
    said = gettext_lazy("Called off. The customer keeps the goods.")


class InTransit(Step):
    """The goods are on their way."""

    operation = staticmethod(aftersales.mark_in_transit)
    said = gettext_lazy("Noted: on its way")


class Lost(Step):
    """The goods never came."""

    operation = staticmethod(aftersales.mark_lost)
    said = gettext_lazy("Noted: lost on its way")


class SendBack(Step):
    """Refused goods go back to the customer."""

    permissions = {"GET": Permission.RETURNS_VIEW, "POST": Permission.RETURNS_INSPECT}
    operation = staticmethod(aftersales.send_back)
    said = gettext_lazy("Sent back to the customer")


class RefundAgain(Step):
    """What the provider refused is asked for once more."""

    permissions = {"GET": Permission.RETURNS_VIEW, "POST": Permission.PAYMENTS_REFUND}
    operation = staticmethod(aftersales.replace_failed_refund)
    said = gettext_lazy("The refund is asked for again")

    def _step(self, return_id: UUID) -> Done:
        get_case(self.actor, return_id, Permission.PAYMENTS_REFUND)
        return super()._step(return_id)


def _done(return_id: UUID, said: str) -> Done:
    return Done(reverse("console:return-case", args=[return_id]), said)


def _quantities(given: Any) -> list[tuple[int, int]] | None:
    """Units by line of the case, or all that is missing where the form names none."""
    found = []
    for name in given:
        head, _sign, tail = name.partition("q-")
        if head or not tail.isdigit():
            continue
        text = given.get(name, "").strip()
        if text.isascii() and text.isdigit():
            found.append((int(tail[:18]), int(text[:6])))
    return [(line_id, units) for line_id, units in found if units] if found else None


def _approval_of(given: Any) -> UUID | None:
    try:
        return UUID(given.get("approval", ""))
    except ValueError:
        return None
