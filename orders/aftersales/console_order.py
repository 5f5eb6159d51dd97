"""The order page of the store: what it is, what happened, and what may be done with it here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.money import Money
from omni.core.secrets import digest
from omni.screens.amounts import typed_amount
from omni.screens.views import KEY_FIELD, Done
from orders.aftersales import operations as aftersales
from orders.aftersales.console_second import SecondPerson
from orders.aftersales.giving import refund_by_hand
from orders.aftersales.order_page import OrderPage, read_page
from orders.aftersales.told import told_about
from orders.fulfilment.after import carry_out_after_commit

REASONS = (
    ("customer", gettext_lazy("The customer does not want it any more")),
    ("mistake", gettext_lazy("Ordered by mistake")),
    ("not_there", gettext_lazy("The goods are not there")),
    ("fraud", gettext_lazy("Something is wrong with it")),
)


class CancelForm(forms.Form):
    """Why the rest of an order is cancelled."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=REASONS, widget=forms.RadioSelect, initial="customer"
    )


class RefundForm(forms.Form):
    """Money given back for no goods."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    why = forms.CharField(label=gettext_lazy("Why, for your colleagues"), max_length=120)


class OrderScreen(SecondPerson):
    """One order."""

    permission = Permission.ORDERS_VIEW
    template = "console/orders/order.html"
    page_name = "console:order"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        page = read_page(self.actor, order_id)
        log_view(actor=self.actor, kind="order", subject_id=order_id)
        return self.show(self.template, self.context(page))

    def context(self, page: OrderPage) -> dict[str, Any]:
        """What the page shows, and what this person may do."""
        may = self.actor.may
        approval = self.asked_for(page.order.pk, _approval_of(self.request.POST))
        picked = all(
            may(Permission.ORDERS_CANCEL_PICKED, location_id=place) for place in page.picked_at
        )
        return {
            "page": page,
            "told": told_about(page.order.pk),
            "order": page.order,
            "may": {
                "cancel": page.may_be_cancelled and may(Permission.ORDERS_CANCEL),
                "cancel_picked": picked,
                "refund": page.refundable_minor > 0 and may(Permission.PAYMENTS_REFUND),
                "return": page.is_returnable and may(Permission.RETURNS_CREATE),
                "customer": may(Permission.CUSTOMERS_VIEW),
                "money": may(Permission.PAYMENTS_VIEW),
                "work": may(Permission.FULFILMENT_VIEW),
                "returns": may(Permission.RETURNS_VIEW),
                "pay_out": page.waiting_minor > 0 and may(Permission.POS_SELL),
            },
            "cancel_form": self.fresh(CancelForm),
            "refund_form": self.fresh(RefundForm),
            "approval": approval,
            "deciders": self.deciders(approval) if self.chosen else [],
            "state": [(name, self.request.POST.get(name, "")) for name in ("amount", "why")],
        }


class CancelOrder(OrderScreen):
    """All that is still open is taken off the order."""

    permissions = {"GET": Permission.ORDERS_VIEW, "POST": Permission.ORDERS_CANCEL}

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.once(lambda: self._cancel(order_id))

    def _cancel(self, order_id: UUID) -> Done:
        given = self.form(CancelForm).cleaned_data
        order = aftersales.cancel_order(order_id=order_id, reason=given["reason"], actor=self.actor)
        carry_out_after_commit(order_id)
        said = _("%(number)s is cancelled; what was paid goes back") % {"number": order.number}
        return Done(reverse(self.page_name, args=[order_id]), said)


class RefundOrder(OrderScreen):
    """Money back for no goods."""

    permissions = {"GET": Permission.ORDERS_VIEW, "POST": Permission.PAYMENTS_REFUND}

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.once(lambda: self._refund(order_id), process=True)

    def _refund(self, order_id: UUID) -> Done:
        given = self.form(RefundForm).cleaned_data
        order = read_page(self.actor, order_id).order
        key = self.request.POST.get(KEY_FIELD, "")
        refunds = refund_by_hand(
            order_id=order_id,
            amount_minor=typed_amount(given["amount"], order.currency),
            reason=given["why"],
            reference=f"staff:{digest(f'{self.actor.principal}:{key}')}",
            approval_id=self.granted(_approval_of(self.request.POST)),
            actor=self.actor,
        )
        total = Money(sum(each.amount_minor for each in refunds), order.currency)
        return Done(
            reverse(self.page_name, args=[order_id]), _("%(sum)s goes back") % {"sum": total}
        )


def _approval_of(given: Any) -> UUID | None:
    try:
        return UUID(given.get("approval", ""))
    except ValueError:
        return None
