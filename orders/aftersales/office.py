"""The merchant's order page, many orders at once, and the returns of all stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from omni.access.permissions import Permission
from omni.rest.pagination import page
from omni.screens.views import Done, Screen
from orders.aftersales import console_order
from orders.aftersales.bulk import cancel_orders, is_open, orders_to_cancel
from orders.aftersales.console_order import CancelForm
from orders.aftersales.models import LogisticsState, MoneyState
from orders.aftersales.queries import return_cases_visible_to
from orders.sales.office import ids_in

ROWS = 50
RESULT_KEY = "orders_cancelled"


class _Office:
    """The same page in the merchant's frame: no store is needed, money stands beside goods."""

    needs_place = False
    template = "office/orders/order.html"
    page_name = "office:order"


class OrderPageOfMerchant(_Office, console_order.OrderScreen):
    """One order: money, goods and history side by side."""


class CancelOrder(OrderPageOfMerchant, console_order.CancelOrder):
    """Cancelled from head office."""


class RefundOrder(OrderPageOfMerchant, console_order.RefundOrder):
    """A favour from head office."""


class CancelMany(Screen):
    """What would change, then what came of each."""

    permission = Permission.ORDERS_CANCEL
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        given = request.POST if request.method == "POST" else request.GET
        orders = orders_to_cancel(self.actor, ids_in(given.getlist("order")))
        context = {
            "changing": [each for each in orders if is_open(each)],
            "staying": [each for each in orders if not is_open(each)],
            "form": self.fresh(CancelForm),
        }
        return self.show("office/orders/cancel_many.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._cancel, process=True)

    def _cancel(self) -> Done:
        given = self.form(CancelForm).cleaned_data
        results = cancel_orders(
            order_ids=ids_in(self.request.POST.getlist("order")),
            reason=given["reason"],
            actor=self.actor,
        )
        self.request.session[RESULT_KEY] = [asdict(each) for each in results]
        done = sum(each.is_done for each in results)
        said = ngettext("%(n)d order cancelled", "%(n)d orders cancelled", done) % {"n": done}
        return Done(reverse("office:orders-cancelled"), said)


class Cancelled(Screen):
    """What came of each order of the last stroke."""

    permission = Permission.ORDERS_CANCEL
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        results = request.session.get(RESULT_KEY, [])
        return self.show("office/orders/cancelled.html", {"results": results})


class Returns(Screen):
    """The returns of all stores that one may see, newest first."""

    permission = Permission.RETURNS_VIEW
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {
            "status": _known(request.GET.get("status"), LogisticsState.values),
            "money_status": _known(request.GET.get("money_status"), MoneyState.values),
        }
        wanted = {name: value for name, value in asked.items() if value}
        text = request.GET.get("q", "").strip().upper()[:20]
        rows = return_cases_visible_to(self.actor).filter(**wanted)
        if text:
            rows = rows.filter(number=text) | rows.filter(order__number=text)
        found = page(
            rows.select_related("order", "location", "channel", "exchange"),
            keys=["-id"],
            cursor=request.GET.get("after"),
            limit=ROWS,
        )
        query = urlencode({**wanted, **({"q": text} if text else {})})
        context = {
            "cases": found.rows,
            "text": text,
            "parts": [
                _part("status", _("Show"), _("all returns"), LogisticsState.choices, wanted),
                _part("money_status", _("with"), _("any money"), MoneyState.choices, wanted),
            ],
            "after": f"?{query}&{urlencode({'after': found.next})}" if found.next else "",
            "before": f"?{query}" if request.GET.get("after") else "",
        }
        return self.show("office/orders/returns.html", context)


def _known(value: str | None, values: list[str]) -> str:
    return value if value in values else ""


def _part(
    name: str, before: str, nothing: str, choices: Sequence[tuple[str, Any]], wanted: dict[str, str]
) -> dict[str, Any]:
    """One word of the sentence, with its choices as addresses."""
    value = wanted.get(name, "")
    rest = {key: each for key, each in wanted.items() if key != name}
    listed = [("", nothing), *choices]
    return {
        "before": before,
        "said": dict(listed)[value],
        "is_set": bool(value),
        "choices": [
            {
                "label": label,
                "url": f"?{urlencode({**rest, **({name: code} if code else {})})}",
                "here": code == value,
            }
            for code, label in listed
        ],
    }
