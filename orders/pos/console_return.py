"""Take goods of an order back: tick them, say why, see where the money goes, done.

The choice lives in the address, so that every change is a GET and the arithmetic is the server's.
One POST carries it out: at a till with an open shift money of the counter is paid out with it,
anywhere else it waits for a till. Beyond somebody's limit a colleague grants it by PIN on the spot,
or somebody else does elsewhere while the page waits.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from inventory.catalog.models import Variant
from inventory.catalog.pictures import pictures_of
from inventory.catalog.queries import scan
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.errors import Invalid, NotFound
from omni.core.money import Money
from omni.core.secrets import digest
from omni.screens.views import KEY_FIELD, Done, Problem
from omni.work.models import ApprovalStatus
from orders.aftersales import operations as aftersales
from orders.aftersales import rules
from orders.aftersales.after import carry_out_later
from orders.aftersales.console_second import SecondPerson
from orders.aftersales.operations import CounterReturn
from orders.aftersales.planning import Plan, plan_of
from orders.aftersales.rules import announced_units, return_until
from orders.pos import console_choice
from orders.pos import operations as pos
from orders.pos.console_choice import Chosen
from orders.pos.console_receipts import get_order_to_return
from orders.pos.console_tenders import FIELDS as TENDER_FIELDS
from orders.pos.console_tenders import TendersForm
from orders.pos.exchange_choices import Choice, choices_for, wish_of
from orders.pos.models import Shift, ShiftStatus
from orders.pos.operations import ExchangedAtTill
from orders.pos.till_view import quick_amounts
from orders.sales.models import Order, OrderLine


class NothingTakenInstead(Invalid):
    code = "nothing_taken_instead"
    message = _lazy(
        "Nothing is chosen yet. Choose what the customer takes instead, or give the money back."
    )


class TakeBack(SecondPerson):
    """The return of an order's goods, on one page."""

    permission = Permission.RETURNS_CREATE
    order: Order
    picked: Chosen

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        self._read(order_id)
        if request.method == "GET":
            if self._scanned() or "add" in request.GET or "drop" in request.GET:
                return HttpResponseRedirect(f"{request.path}?{urlencode(self.picked.pairs())}")
            if not self.picked.is_touched and not self.by_receipt:
                log_view(actor=self.actor, kind="order", subject_id=order_id, reason="return")
        shift = self._shift()
        choice = self._choice(shift)
        spent = choice.price_minor if choice else 0
        plan = plan_of(self.order, self.lines, self.picked.units, spent_minor=spent)
        approval = self.asked_for(self.order.pk, self.picked.approval_id)
        bars = self._bars()
        over = self._over_limit(plan)
        context = {
            "order": self.order,
            "by_receipt": self.by_receipt,
            "rows": self._rows(choice),
            "picked": self.picked,
            "plan": plan,
            "shift": shift,
            "choice": choice,
            "difference_minor": spent - plan.possible_minor,
            "reasons": console_choice.REASONS,
            "fates": console_choice.FATES,
            "until": self.until,
            "bars": bars,
            "is_barred": any(not bar.may for bar in bars),
            "may_except": self._may_except(),
            "approval": approval,
            "deciders": self.deciders(approval),
            "over_limit": over,
            # Nobody gives anything at the terminal before the second person granted it.
            "asks_first": bool(over or approval)
            and not (approval and approval.status == ApprovalStatus.GRANTED),
            "state": self.picked.pairs(),
            "terminal_reference": self._given("terminal_reference"),
            "tendered": {name: self._given(name) for name in TENDER_FIELDS},
            "tenders": self.fresh(TendersForm, currency=self.order.currency),
            "quick": quick_amounts(spent - plan.possible_minor, self.order.currency),
        }
        return self.show("console/returns/take_back.html", context)

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        self._read(order_id)
        return self.once(self._carry_out, process=True)

    # --- what is known ----------------------------------------------------------------------------

    def _read(self, order_id: UUID) -> None:
        self.order, self.by_receipt = get_order_to_return(
            self.request, self.actor, order_id, location_id=self.place.location_id
        )
        rows = OrderLine.objects.filter(order=self.order).select_related("variant__product")
        self.lines = list(rows.order_by("position"))
        announced = announced_units(self.order.pk)
        self.room = {
            line.pk: max(0, line.quantity_returnable - announced.get(line.pk, 0))
            for line in self.lines
        }
        self.announced = announced
        self.until = return_until(self.order)
        given = self.request.POST if self.request.method == "POST" else self.request.GET
        self.picked = console_choice.read(given, self.room)
        console_choice.preselect(self.picked, self.room)

    def _scanned(self) -> bool:
        """An item on the counter is ticked by its barcode."""
        text = self.request.GET.get("scan", "").strip()[:64]
        if not text:
            return False
        try:
            variant: Variant | None = scan(text)
        except NotFound:
            variant = None
        ids = [line.pk for line in self.lines if variant and line.variant_id == variant.pk]
        if console_choice.add_scanned(self.picked, ids, self.room):
            return True
        if variant is None:
            said = _("This barcode is not known. Tick the item instead.")
        elif ids:
            said = _("All units of %(name)s of this order are ticked or back already.")
        else:
            said = _("%(name)s is not on this receipt.")
        name = variant.product.name if variant else ""
        self.problem = Problem(200, "not_on_receipt", said % {"name": name}, {}, [])
        return False

    def _shift(self) -> Shift | None:
        """The open shift of the register one stands at."""
        if self.place.register_id is None or not self.actor.may(
            Permission.POS_SELL, location_id=self.place.location_id
        ):
            return None
        rows = Shift.objects.filter(register_id=self.place.register_id, status=ShiftStatus.OPEN)
        found: Shift | None = rows.select_related("register__channel").first()
        return found

    def _choice(self, shift: Shift | None) -> Choice | None:
        if not self.picked.is_exchange or shift is None:
            return None
        products = {line.variant.product_id for line in self.lines if line.pk in self.picked.units}
        return choices_for(
            channel=shift.register.channel,
            location_id=self.place.location_id,
            taken=self.picked.taken,
            product_ids=products,
            text=self.request.GET.get("find", ""),
        )

    def _rows(self, choice: Choice | None) -> list[dict[str, Any]]:
        ids = {line.variant_id for line in self.lines}
        pictures = pictures_of(ids | choice.variant_ids if choice else ids)
        if choice:
            choice.show(pictures)
        return [
            {
                "line": line,
                "picture": pictures.get(line.variant_id),
                "room": self.room[line.pk],
                "announced": self.announced.get(line.pk, 0),
                "quantity": self.picked.units.get(line.pk, 0),
                "reason": self.picked.reasons.get(line.pk, ""),
                "fate": self.picked.fates.get(line.pk, "sellable"),
                "is_final": line.variant.product.is_final_sale,
            }
            for line in self.lines
        ]

    def _bars(self) -> list[rules.Bar]:
        """What speaks against what is ticked."""
        return rules.bars(
            self.order,
            [line for line in self.lines if line.pk in self.picked.units],
            takes_returns=self.order.takes_returns,  # type: ignore[attr-defined]  # annotated
            until=self.until,
            is_set_aside=rules.may_set_aside(
                kind=self.picked.kind,
                is_exception=self.picked.is_exception,
                location_id=self.place.location_id,
                actor=self.actor,
            ),
            actor=self.actor,
        )

    def _may_except(self) -> bool:
        return rules.may_make_exceptions(self.actor, self.place.location_id)

    def _over_limit(self, plan: Plan) -> Money | None:
        """The person's limit, where what goes back is beyond it."""
        limit = self.actor.limit(
            Permission.PAYMENTS_REFUND, "refund_limit_minor", location_id=self.place.location_id
        )
        if limit is None or plan.refund_minor <= limit:
            return None
        return Money(limit, self.order.currency)

    def _given(self, name: str) -> str:
        """As it was typed; an address carries only so much of it."""
        if self.request.method == "POST":
            return self.request.POST.get(name, "")
        return self.request.GET.get(name, "")[:120]

    # --- what is done -----------------------------------------------------------------------------

    def _carry_out(self) -> Done:
        if self.picked.is_exchange and not self.picked.taken:
            raise NothingTakenInstead
        approval_id = self.granted(self.picked.approval_id)
        if self._must_go_to_terminal():
            back = f"{self.request.path}?{urlencode(self.picked.pairs())}"
            return Done(back, _("Granted. Give the money back at the terminal now."))
        wanted = CounterReturn(
            location_id=self.place.location_id,
            units=self.picked.return_units(),
            order_number=self.order.number,
            kind=self.picked.kind,
            reason=self.picked.reason,
            reference=self._reference(),
            is_exception=self.picked.is_exception,
            approval_id=approval_id,
        )
        shift, said = self._shift(), ""
        if self.picked.is_exchange:
            made = self._exchange(wanted, shift)
            case = made.case
            if made.change_minor:
                change = Money(made.change_minor, made.order.currency)
                said = _("Give %(change)s change.") % {"change": change}
        elif shift is not None:
            case = pos.return_at_till(
                shift_id=shift.pk,
                wanted=wanted,
                terminal_reference=self.request.POST.get("terminal_reference", ""),
                actor=self.actor,
            )
        else:
            case = aftersales.return_at_counter(wanted=wanted, actor=self.actor)
        carry_out_later(case.pk)
        return Done(reverse("console:return-done", args=[case.pk]), said)

    def _must_go_to_terminal(self) -> bool:
        """Just granted, and the terminal has not given anything yet."""
        given = self.request.POST
        if not given.get("second") or given.get("terminal_reference") or self._shift() is None:
            return False
        return bool(plan_of(self.order, self.lines, self.picked.units).card_minor)

    def _exchange(self, wanted: CounterReturn, shift: Shift | None) -> ExchangedAtTill:
        """The difference is paid as it was shown; the operation refuses another one."""
        if shift is None:
            raise NotFound
        given = self.form(TendersForm, currency=shift.currency)
        return pos.exchange(
            shift_id=shift.pk,
            returned=wanted,
            wishes=[wish_of(each, count) for each, count in self.picked.taken.items()],
            tenders=given.tenders(),
            terminal_reference=self.request.POST.get("terminal_reference", ""),
            actor=self.actor,
        )

    def _reference(self) -> str:
        key = self.request.POST.get(KEY_FIELD, "")
        return digest(f"{self.actor.principal}:return:{self.order.pk}:{key}")
