"""A pickup that is paid when it is collected: money and goods change hands on one page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import Money
from omni.core.secrets import digest
from omni.screens.views import KEY_FIELD, Done
from orders.fulfilment import boards
from orders.fulfilment.after import carry_out_after_commit
from orders.fulfilment.boards import Card
from orders.fulfilment.models import FulfilmentState
from orders.fulfilment.money import due_at_hand_over
from orders.fulfilment.proof import HANDABLE, IdKind
from orders.fulfilment.proven import proven_code
from orders.pos import operations as pos
from orders.pos.console_basket import id_in
from orders.pos.console_tenders import FIELDS, TendersForm
from orders.pos.console_till import TillPage
from orders.pos.models import ShiftStatus
from orders.pos.operations import Collection
from orders.pos.till_view import quick_amounts


class CollectForm(TendersForm):
    """The proof, and what pays."""

    code = forms.CharField(required=False, max_length=40, label=gettext_lazy("Pickup code"))
    proven = forms.CharField(required=False, max_length=400)
    id_kind = forms.ChoiceField(required=False, choices=[("", ""), *IdKind.choices])
    is_delegate = forms.BooleanField(required=False)


class Collect(TillPage):
    """Take what is due for a pickup and hand it over, together."""

    permission = Permission.POS_SELL

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        card = self._card(request)
        note = request.POST.get("proven") or request.GET.get("proven", "")
        shift = self.shift()
        due = self._due(card)
        context = {
            "card": card,
            "due": due,
            "shift": shift if shift and shift.status == ShiftStatus.OPEN else None,
            "proven": note if proven_code(note, card.work.pk, self.actor) else "",
            "is_here": card.work.status in HANDABLE,
            "is_given": card.work.status == FulfilmentState.HANDED_OVER,
            "form": self.fresh(CollectForm, currency=card.work.order.currency),
            "tendered": {name: request.POST.get(name, "") for name in FIELDS},
            "quick": quick_amounts(due.minor, due.currency),
            "may_check_id": self.actor.may(
                Permission.PICKUP_HAND_OVER_BY_ID, location_id=self.place.location_id
            ),
            "id_kinds": IdKind.choices,
        }
        return self.show("console/till/collect.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        card, shift_id = self._card(request), self.open_shift_id()
        form = self.form(CollectForm, currency=card.work.order.currency)
        return self.once(lambda: self._collect(card, shift_id, form), process=True)

    def _collect(self, card: Card, shift_id: UUID, form: CollectForm) -> Done:
        """What is due is paid as it was shown; the operation refuses another sum."""
        given = form.cleaned_data
        code = given["code"] or proven_code(given["proven"], card.work.pk, self.actor)
        done = pos.collect(
            collection=Collection(
                shift_id=shift_id,
                fulfilment_order_id=card.work.pk,
                tenders=form.tenders(),
                code=code,
                id_kind=given["id_kind"],
                is_delegate=given["is_delegate"],
                request_key=digest(
                    f"{self.actor.principal}:{self.request.POST.get(KEY_FIELD, '')}"
                ),
            ),
            actor=self.actor,
        )
        carry_out_after_commit(card.work.order_id)
        said = _("Paid and handed over")
        if done.change_minor:
            change = Money(done.change_minor, card.work.order.currency)
            said = _("Paid and handed over. Give %(change)s change.") % {"change": change}
        return Done(reverse("console:hand-over", args=[card.work.pk]), said)

    def _card(self, request: HttpRequest) -> Card:
        given = request.POST.get("pickup") or request.GET.get("pickup")
        card = boards.card_of(self.actor, id_in(given), self.place.location_id)
        if card is None or card.pickup is None:
            raise NotFound
        return card

    def _due(self, card: Card) -> Money:
        order = card.work.order
        units = {line.row.order_line_id: line.waits for line in card.lines}
        return Money(due_at_hand_over(order, units), order.currency)
