"""Taking the money, and what comes after: the receipt, and a sale that is undone."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.catalog.pictures import pictures_of
from omni.access import pins
from omni.access.people import who_may
from omni.access.permissions import Permission
from omni.access.sessions import device_of
from omni.core.errors import NotFound
from omni.core.money import Money
from omni.screens.views import Done
from orders.payments.models import Tender
from orders.pos import operations as pos
from orders.pos import taking
from orders.pos.console_basket import id_in, version_in
from orders.pos.console_forms import TenderForm
from orders.pos.console_till import TillPage, till_page
from orders.pos.models import JournalKind, ShiftStatus
from orders.pos.slips import Slip, slip_of
from orders.pos.taking import Intended, Offered, Taken


class _Paying(TillPage):
    problem_at = "pay"

    def intended(self) -> Intended:
        """What the page showed when the money was taken. Raises: NotFound."""
        given = self.request.POST
        total = given.get("total", "")
        if not (total.isascii() and total.isdigit() and len(total) < 16):
            raise NotFound
        return Intended(
            id_in(given.get("cart")), version_in(given), Money(int(total), self.place.currency)
        )

    def on(self, taken: Taken) -> Done:
        """To the receipt once nothing is open."""
        if taken.sale is None:
            return Done(till_page())
        return Done(reverse("console:receipt", args=[taken.sale.order.pk]))


class TakeTender(_Paying):
    """A tender for the sale that is open; the one that pays the rest finishes it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift_id = self.open_shift_id()
        given = self.form(TenderForm, currency=self.place.currency).cleaned_data
        offered = Offered(
            tender=given["tender"],
            amount_minor=given["amount"],
            given_minor=given["given"],
            terminal_reference=given["terminal_reference"],
            card_label=given["card_label"],
        )
        intended = self.intended()
        return self.once(lambda: self._take(shift_id, intended, offered))

    def _take(self, shift_id: UUID, intended: Intended, offered: Offered) -> Done:
        taken = taking.take_tender(
            shift_id=shift_id, intended=intended, offered=offered, actor=self.actor
        )
        return self.on(taken)

    def pay_asked(self) -> str:
        return "card" if self.request.POST.get("tender") == Tender.CARD_TERMINAL else "cash"


class FinishSale(_Paying):
    """What costs nothing, or is paid already, becomes a sale."""

    def post(self, request: HttpRequest) -> HttpResponse:
        shift_id, intended = self.open_shift_id(), self.intended()
        return self.once(
            lambda: self.on(
                taking.finish_sale(shift_id=shift_id, intended=intended, actor=self.actor)
            )
        )


class GiveTenderBack(TillPage):
    """What was taken goes back before the sale is made."""

    problem_at = "pay"

    def post(self, request: HttpRequest) -> HttpResponse:
        shift_id, cart_id = self.open_shift_id(), id_in(request.POST.get("cart"))
        text = request.POST.get("taken", "")
        if not (text.isascii() and text.isdigit() and len(text) < 18):
            raise NotFound
        return self.once(lambda: self._give(shift_id, cart_id, int(text)))

    def _give(self, shift_id: UUID, cart_id: UUID, tender_id: int) -> Done:
        back = taking.give_tender_back(
            shift_id=shift_id, cart_id=cart_id, tender_id=tender_id, actor=self.actor
        )
        said = _("Give %(sum)s back to the customer")
        return Done(till_page(), said % {"sum": Money(back, self.place.currency)} if back else "")


class Receipt(TillPage):
    """A finished sale: the change in huge figures, the receipt, and on to the next."""

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        slip = slip_of(self.actor, order_id, location_id=self.place.location_id)
        may_void = self._may_void(slip)
        pictures = pictures_of([line.variant_id for line in slip.lines])
        context = {
            "slip": slip,
            "rows": [(line, pictures.get(line.variant_id)) for line in slip.lines],
            "is_selling": slip.entry.shift.status == ShiftStatus.OPEN
            and slip.entry.register_id == self.place.register_id,
            "may_void": may_void,
            "needs_second": slip.entry.principal == self.actor.principal
            or not self.actor.may(Permission.POS_VOID, location_id=self.place.location_id),
            "colleagues": self._colleagues(slip) if may_void else [],
        }
        return self.show("console/till/receipt.html", context)

    def _may_void(self, slip: Slip) -> bool:
        """Whether the sale may still be undone: in its own open shift, once."""
        return (
            slip.entry.kind == JournalKind.SALE
            and not slip.is_voided
            and slip.entry.shift.status == ShiftStatus.OPEN
        )

    def _colleagues(self, slip: Slip) -> list[pins.Colleague]:
        """Who may undo it besides who sold it."""
        people = who_may(Permission.POS_VOID, self.place.location_id)
        others = [each for each in people if f"staff:{each.user_id}" != slip.entry.principal]
        return sorted(others, key=lambda each: not each.has_pin)


class VoidSale(Receipt):
    """Undo a sale of the open shift; who sold it lets a colleague type their PIN."""

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.once(lambda: self._void(order_id), process=True)

    def _void(self, order_id: UUID) -> Done:
        slip = slip_of(self.actor, order_id, location_id=self.place.location_id)
        given = self.request.POST
        actor = self.actor
        if given.get("second"):
            device = device_of(self.request, location_id=self.place.location_id)
            actor = pins.prove_second(
                device=device,
                user_id=id_in(given.get("second")),
                pin=given.get("pin", ""),
                actor=self.actor,
            )
        actor.require(Permission.POS_VOID, location_id=self.place.location_id)
        pos.void_sale(
            shift_id=slip.entry.shift_id,
            order_id=order_id,
            reason=given.get("reason", "").strip()[:40],
            actor=actor,
        )
        said = _("The sale was undone. Give the money back and keep the goods.")
        return Done(reverse("console:receipt", args=[order_id]), said)
