"""Goods without a receipt, with evidence; and money that waits for a till, paid out at it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from customers.profiles import search
from customers.profiles.models import Customer
from customers.profiles.queries import find_customers
from inventory.catalog.pictures import pictures_of
from inventory.channels.models import Channel
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import Money
from omni.core.secrets import digest
from omni.screens.amounts import typed_amount
from omni.screens.views import KEY_FIELD, Done, Screen
from orders.aftersales import operations as aftersales
from orders.aftersales.console_second import SecondPerson
from orders.aftersales.models import Disposition
from orders.aftersales.operations import LooseReturn, LooseUnits
from orders.aftersales.queries import get_case
from orders.pos import console_choice
from orders.pos import operations as pos
from orders.pos.console_choice import FATES, REASONS, uuid_of
from orders.pos.console_receipts import returnable_by
from orders.pos.errors import ShiftNotOpen
from orders.pos.exchange_choices import Choice, choices_for
from orders.pos.models import Shift, ShiftStatus


class WithoutReceipt(SecondPerson):
    """Who brings what, what shows that it is from here, what is paid for it."""

    permission = Permission.RETURNS_CREATE

    def get(self, request: HttpRequest) -> HttpResponse:
        picked = console_choice.read(self._given(), {})
        if request.method == "GET" and ("add" in request.GET or "drop" in request.GET):
            return HttpResponseRedirect(f"{request.path}?{urlencode(self._state(picked))}")
        customer = self._customer()
        channel = self._channel()
        choice = self._choice(channel, picked.taken)
        choice.show(pictures_of(choice.variant_ids))
        text = request.GET.get("who", "").strip()[:120]
        found = []
        if text and customer is None and search.query(text):
            found = list(find_customers(actor=self.actor, text=text, limit=8).customers)
        approval = (
            self.asked_for(customer.pk, uuid_of(self._given().get("approval")))
            if (customer)
            else None
        )
        context = {
            "customer": customer,
            "who": text,
            "people": found,
            "choice": choice,
            "taken": [
                (offer, count, self._fate(offer.variant.pk), self._typed(offer.variant.pk))
                for offer, count in choice.taken
            ],
            "currency": channel.currency,
            "fates": FATES[:4],
            "reasons": REASONS,
            "reason": self._given().get("reason", ""),
            "evidence": self._shown("evidence", 250),
            "may_alone": self.actor.may(
                Permission.RETURNS_NO_RECEIPT, location_id=self.place.location_id
            ),
            "approval": approval,
            "deciders": self.deciders(approval),
            "state": self._state(picked),
        }
        return self.show("console/returns/loose.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._take_back, process=True)

    # --- what is known ----------------------------------------------------------------------------

    def _given(self) -> QueryDict:
        request = self.request
        return request.POST if request.method == "POST" else request.GET

    def _customer(self) -> Customer | None:
        wanted = uuid_of(self._given().get("customer"))
        if wanted is None or not self.actor.may(Permission.CUSTOMERS_VIEW):
            return None
        found: Customer | None = Customer.objects.filter(pk=wanted).first()
        return found

    def _channel(self) -> Channel:
        """Whose prices count: those of this store's tills. Raises: NotFound."""
        wanted = self.place.channel_id
        found: Channel | None = Channel.objects.filter(pk=wanted).first() if wanted else None
        if found is None:
            raise NotFound
        return found

    def _choice(self, channel: Channel, taken: dict[UUID, int]) -> Choice:
        return choices_for(
            channel=channel,
            location_id=self.place.location_id,
            taken=taken,
            product_ids=(),
            text=self.request.GET.get("find", ""),
        )

    def _fate(self, variant_id: UUID) -> str:
        given = self._given().get(f"fate-{variant_id}", "")
        return given if given in Disposition.values else Disposition.SELLABLE

    def _typed(self, variant_id: UUID) -> str:
        return self._shown(f"paid-{variant_id}", 20)

    def _shown(self, name: str, most: int) -> str:
        """As it was typed; an address carries only so much of it."""
        if self.request.method == "POST":
            return self.request.POST.get(name, "")
        return self.request.GET.get(name, "")[:most]

    def _state(self, picked: console_choice.Chosen) -> list[tuple[str, str]]:
        given = self._given()
        kept = ["customer", "evidence", "reason"]
        for each in picked.taken:
            kept += [f"fate-{each}", f"paid-{each}"]
        found = [(name, given.get(name, "")[:250]) for name in kept if given.get(name)]
        for variant_id, count in picked.taken.items():
            found += [("take", str(variant_id)), (f"n-{variant_id}", str(count))]
        return found

    # --- what is done -----------------------------------------------------------------------------

    def _take_back(self) -> Done:
        given = self._given()
        picked = console_choice.read(given, {})
        customer = self._customer()
        if customer is None:
            raise NotFound(_("Say who brings it: search the customer first."))
        channel = self._channel()
        case = aftersales.return_without_receipt(
            wanted=LooseReturn(
                location_id=self.place.location_id,
                channel_id=channel.pk,
                customer_id=customer.pk,
                units=[
                    LooseUnits(
                        each,
                        count,
                        self._fate(each),
                        self._agreed(each, channel.currency),
                    )
                    for each, count in picked.taken.items()
                ],
                evidence=given.get("evidence", ""),
                reason=given.get("reason", ""),
                reference=digest(f"{self.actor.principal}:loose:{given.get(KEY_FIELD, '')}"),
                approval_id=self.granted(uuid_of(given.get("approval"))),
            ),
            actor=self.actor,
        )
        return Done(reverse("console:return-done", args=[case.pk]))

    def _agreed(self, variant_id: UUID, currency: str) -> int | None:
        typed = self._typed(variant_id).strip()
        return typed_amount(typed, currency) if typed else None


class PayOut(Screen):
    """Money of a return that waits for a till."""

    permission = Permission.POS_SELL

    def post(self, request: HttpRequest, return_id: UUID) -> HttpResponse:
        return self.once(lambda: self._pay_out(return_id))

    def _pay_out(self, return_id: UUID) -> Done:
        case = get_case(self.actor, return_id, Permission.RETURNS_CREATE)
        shift = _open_shift(self)
        if case.order is None:
            pos.pay_out_return(shift_id=shift.pk, case_id=case.pk, actor=self.actor)
            paid = case.refund_minor - case.refunded_minor
        else:
            done = pos.pay_out_refunds(
                shift_id=shift.pk,
                order_number=case.order.number,
                terminal_reference=self.request.POST.get("terminal_reference", ""),
                actor=self.actor,
            )
            paid = sum(refund.amount_minor for refund in done)
        said = _("Paid out: %(sum)s") % {"sum": Money(paid, case.currency)}
        return Done(reverse("console:return-done", args=[case.pk]), said)


class PayOutOrder(Screen):
    """Money of an order that waits for a till: of units taken off, of a favour."""

    permission = Permission.POS_SELL

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.once(lambda: self._pay_out(order_id))

    def _pay_out(self, order_id: UUID) -> Done:
        order = returnable_by(self.actor).filter(pk=order_id).first()
        if order is None:
            raise NotFound
        done = pos.pay_out_refunds(
            shift_id=_open_shift(self).pk,
            order_number=order.number,
            terminal_reference=self.request.POST.get("terminal_reference", ""),
            actor=self.actor,
        )
        paid = Money(sum(refund.amount_minor for refund in done), order.currency)
        return Done(
            reverse("console:order", args=[order_id]), _("Paid out: %(sum)s") % {"sum": paid}
        )


def _open_shift(screen: Screen) -> Shift:
    """The open shift of the register one stands at. Raises: ShiftNotOpen."""
    register_id = screen.place.register_id
    open_ones = Shift.objects.filter(status=ShiftStatus.OPEN)
    shift = open_ones.filter(register_id=register_id).first() if register_id else None
    if shift is None:
        raise ShiftNotOpen(status="none")
    return shift
