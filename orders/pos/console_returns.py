"""The returns of a store: find what a customer brings back, and what is on its way or waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.catalog.pictures import Picture, pictures_of
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens.amounts import typed_amount
from omni.screens.views import Screen
from orders.aftersales import worklist
from orders.aftersales.finding import Slip, orders_of_people, orders_of_slip
from orders.aftersales.models import ReturnCase
from orders.aftersales.queries import return_cases_visible_to, with_parts
from orders.pos.console_receipts import open_receipt
from orders.sales.models import Order, OrderLine

ROWS = 50
PICTURES = 3
TABS = (
    (worklist.DECIDE, gettext_lazy("To allow"), "wait"),
    (worklist.COMING, gettext_lazy("On their way"), ""),
    (worklist.INSPECT, gettext_lazy("To inspect"), "wait"),
    (worklist.SEND, gettext_lazy("To send back"), "wait"),
    (worklist.MONEY, gettext_lazy("Money waits"), "bad"),
    (worklist.DONE, gettext_lazy("Done lately"), ""),
)


class SlipForm(forms.Form):
    """What the slip of a card says."""

    last_four = forms.RegexField(
        r"^\d{4}$", label=gettext_lazy("Card's last four"), max_length=4, strip=True
    )
    on = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    amount = forms.CharField(label=gettext_lazy("Amount"), required=False, max_length=20)


class Returns(Screen):
    """Find the order, or go on with what waits."""

    permission = Permission.RETURNS_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        text = " ".join(request.GET.get("q", "").split())[:120]
        if text:
            opened = self._opened(text)
            if opened is not None:
                return self.go(opened)
        by_slip = "last_four" in request.GET
        slip = SlipForm(request.GET) if by_slip else SlipForm()
        if text or by_slip:
            return self._found(text, slip)
        counts = worklist.counts_at(self.actor, self.place.location_id)
        part = request.GET.get("tab", "")
        if part not in counts:
            part = next((each for each, *_rest in TABS if counts[each]), worklist.COMING)
        rows = worklist.returns_at(self.actor, self.place.location_id, part=part)
        cases = list(with_parts(rows).select_related("customer").order_by("-id")[:ROWS])
        context = {
            "slip": slip,
            "part": part,
            "cases": shown_cases(cases),
            "may_create": self._may_create(),
            "tabs": [
                {
                    "label": label,
                    "url": f"?tab={name}",
                    "here": name == part,
                    "count": counts[name] if name != worklist.DONE else None,
                    "tone": tone if counts[name] else "",
                    "push": name == worklist.DONE,
                }
                for name, label, tone in TABS
            ],
        }
        return self.show("console/returns/returns.html", context)

    def _may_create(self) -> bool:
        return self.actor.may(Permission.RETURNS_CREATE, location_id=self.place.location_id)

    def _opened(self, text: str) -> str | None:
        """Where a whole number leads: a return, or the return page of the order on a receipt."""
        number = text.upper()[:20]
        case = return_cases_visible_to(self.actor).filter(number=number)
        announced = ReturnCase.objects.filter(number=number, location__isnull=True)
        known = (case | announced).values_list("pk", flat=True).first()
        if known is not None:
            return reverse("console:return-case", args=[known]) + f"?number={number}"
        if not self._may_create() or not any(each.isdigit() for each in text) or " " in text:
            return None
        try:
            order = open_receipt(self.request, self.actor, text)
        except NotFound:
            return None
        return reverse("console:return", args=[order.pk])

    def _found(self, text: str, slip: SlipForm) -> HttpResponse:
        orders: list[Order] = []
        if text:
            orders = orders_of_people(self.actor, text)
        elif slip.is_valid():
            given = slip.cleaned_data
            amount = given["amount"]
            orders = orders_of_slip(
                self.actor,
                Slip(
                    given["last_four"],
                    given["on"],
                    typed_amount(amount, self.place.currency) if amount else None,
                ),
                zone=self.place.zone,
            )
        context = {
            "text": text,
            "slip": slip,
            "orders": shown_orders(orders),
            "may_create": self._may_create(),
            "is_search": True,
        }
        return self.show("console/returns/returns.html", context)


class FindReturn(Screen):
    """The way in from elsewhere: a receipt's number in the address."""

    permission = Permission.RETURNS_CREATE

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        try:
            order = open_receipt(request, self.actor, number)
        except NotFound:
            return self.go(
                reverse("console:returns"), _("No order has the number %(n)s.") % {"n": number}
            )
        return self.go(reverse("console:return", args=[order.pk]))


def shown_cases(cases: Sequence[ReturnCase]) -> list[dict[str, Any]]:
    """Cases with pictures of their goods."""
    pictures = pictures_of({line.variant_id for case in cases for line in case.lines.all()})
    return [
        {
            "case": case,
            "name": case.order.contact_name if case.order else _name(case),
            "units": sum(line.quantity for line in case.lines.all()),
            **_pictures([line.variant_id for line in case.lines.all()], pictures),
        }
        for case in cases
    ]


def shown_orders(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Orders with pictures of their goods, and how much may come back. Two statements."""
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=orders).order_by("position"):
        lines[line.order_id].append(line)
    pictures = pictures_of({line.variant_id for rows in lines.values() for line in rows})
    return [
        {
            "order": order,
            "returnable": sum(line.quantity_returnable for line in lines[order.pk]),
            "units": sum(line.quantity for line in lines[order.pk]),
            **_pictures([line.variant_id for line in lines[order.pk]], pictures),
        }
        for order in orders
    ]


def _name(case: ReturnCase) -> str:
    return str(case.customer) if case.customer else ""


def _pictures(ids: Sequence[UUID], pictures: dict[UUID, Picture]) -> dict[str, Any]:
    known = list(dict.fromkeys(ids))
    shown = [pictures.get(each) or Picture("", "") for each in known[:PICTURES]]
    return {"pictures": shown, "more": max(0, len(known) - PICTURES)}
