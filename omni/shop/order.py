"""An order: how it stands, what it waits for, and all that its customer may do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from omni.shop import words
from omni.shop.basket import looks_of, name_of
from omni.shop.client import ShopProblem
from omni.shop.forms import DelegateForm, FindOrderForm, HereForm, ReasonForm, ReturnForm
from omni.shop.page import ShopPage
from omni.shop.paying import open_payment

LIVE = frozenset({"placed", "confirmed", "in_review"})
WAITING = frozenset({"ready", "partly_handed_over"})
ENDED = frozenset({"handed_over", "delivered", "cancelled", "closed", "put_back", "rejected"})
# Nobody in the store has touched it yet: it can be cancelled without asking.
UNTOUCHED = frozenset({"new", "scheduled", "on_hold", "accepted"})
CALLABLE_OFF = frozenset({"requested", "authorised"})


class OfOrder(ShopPage):
    """A page of one order: of a guest by its token, of a customer by their session."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.order_id = str(self.kwargs.get("order", ""))
        self.token = self.visitor.order_token(self.order_id)

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"orders/{self.order_id}", order_token=self.token)
        return found

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.api.post(path, body or {}, once=self.once, order_token=self.token)

    def home(self) -> str:
        return self.url("order", self.order_id)

    def back(self) -> str:
        return self.home()


class OrderPage(OfOrder):
    """How it stands. Renews itself while something is to come."""

    is_back_from_paying = False

    def get(self, request: HttpRequest, order: UUID) -> HttpResponse:
        found = self.read()
        looks = looks_of(self.api, (line["variant_id"] for line in found["lines"]), self.language)
        lines = {
            line["id"]: {
                **line,
                "look": looks.get(line["variant_id"]),
                "name": name_of(line, looks.get(line["variant_id"])),
            }
            for line in found["lines"]
        }
        payment = open_payment(found["payments"])
        must_pay = found["status"] == "placed" and found["payment_policy"] == "prepaid"
        return self.show(
            "order",
            {
                "title": _("Order %(number)s") % {"number": found["number"]},
                "order": found,
                "standing": words.standing_of_order(found["status"]),
                "lines": list(lines.values()),
                "parts": [self._part(each, lines) for each in found["fulfilment_orders"]],
                "returns": [self._return(each, lines) for each in found["returns"]],
                "payment": payment,
                "must_pay": must_pay,
                "declined": _declined(found["payments"]) if must_pay else None,
                "is_settling": must_pay and payment is not None and self.is_back_from_paying,
                "is_live": found["status"] in LIVE,
                "may_cancel": _may_cancel(found),
                "returnable": returnable(found),
                "every": 2 if must_pay and self.is_back_from_paying else 10,
            },
        )

    def _part(self, work: dict[str, Any], lines: dict[str, Any]) -> dict[str, Any]:
        stores = {row["id"]: row for row in self.stores}
        standing = words.standing_of_work(work["status"])
        return {
            **work,
            "standing": standing,
            "steps": words.steps_of(work["method"], standing),
            "store": stores.get(work["location_id"]),
            "goods": [
                {**lines[each["order_line_id"]], "quantity": each["quantity"]}
                for each in work["lines"]
                if each["quantity"] and each["order_line_id"] in lines
            ],
            "waits": work["status"] in WAITING,
            "is_over": work["status"] in ENDED,
        }

    def _return(self, case: dict[str, Any], lines: dict[str, Any]) -> dict[str, Any]:
        return {
            **case,
            "said": words.RETURN_STATES.get(case["status"], case["status"]),
            "goods": [
                {**lines[each["order_line_id"]], "quantity": each["quantity"]}
                for each in case["lines"]
                if each["order_line_id"] in lines
            ],
            "may_call_off": case["status"] in CALLABLE_OFF,
        }


class BackFromPaying(OrderPage):
    """Where the provider's page leads back to: what came of it is told here, once it is known."""

    is_back_from_paying = True


def _declined(payments: list[dict[str, Any]]) -> dict[str, Any] | None:
    last = payments[-1] if payments else None
    return last if last and last["status"] in ("failed", "expired", "voided") else None


def _may_cancel(order: dict[str, Any]) -> str:
    """now, ask (somebody prepares it already) or nothing."""
    is_open = any(
        line["quantity"] > line["quantity_cancelled"] + line["quantity_fulfilled"]
        for line in order["lines"]
    )
    if order["status"] not in LIVE or not is_open:
        return ""
    at_work = [each for each in order["fulfilment_orders"] if each["status"] not in ENDED]
    return "now" if all(each["status"] in UNTOUCHED for each in at_work) else "ask"


def returnable(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines of which units are with the customer and not announced to come back."""
    announced: dict[str, int] = {}
    for case in order["returns"]:
        if case["status"] in ("requested", "authorised", "in_transit"):
            for each in case["lines"]:
                line = each["order_line_id"]
                announced[line] = announced.get(line, 0) + each["quantity"] - each["received"]
    found = []
    for line in order["lines"]:
        most = line["quantity_fulfilled"] - line["quantity_returned"] - announced.get(line["id"], 0)
        if most > 0:
            found.append({**line, "most": most})
    return found


class SayHere(OfOrder):
    """I am here."""

    def post(self, request: HttpRequest, order: UUID, pickup: UUID) -> HttpResponse:
        self.call(f"pickups/{pickup}/arrival", {"note": self.form(HereForm).cleaned_data["note"]})
        return self.lead(self.home(), _("The store knows that you are there."))


class Extend(OfOrder):
    """More time, once."""

    def post(self, request: HttpRequest, order: UUID, pickup: UUID) -> HttpResponse:
        self.call(f"pickups/{pickup}/extend")
        return self.lead(self.home(), _("You have more time now."))


class NameDelegate(OfOrder):
    """Somebody else collects."""

    def post(self, request: HttpRequest, order: UUID, pickup: UUID) -> HttpResponse:
        name = self.form(DelegateForm).cleaned_data["name"]
        self.call(f"pickups/{pickup}/delegate", {"name": name})
        if not name:
            return self.lead(self.home(), _("You collect it yourself."))
        return self.lead(
            self.home(), _("%(name)s may collect it. Give them the code.") % {"name": name}
        )


class Cancel(OfOrder):
    """What nobody works on yet is cancelled; for the rest the store is asked."""

    def get(self, request: HttpRequest, order: UUID) -> HttpResponse:
        found = self.read()
        return self.show(
            "cancel",
            {
                "title": _("Cancel"),
                "order": found,
                "way": _may_cancel(found),
                "form": self.fresh(ReasonForm),
            },
        )

    def post(self, request: HttpRequest, order: UUID) -> HttpResponse:
        told = {"reason": self.form(ReasonForm).cleaned_data["reason"]}
        try:
            self.call(f"orders/{order}/cancel", told)
        except ShopProblem as problem:
            if problem.code != "cancel_too_late":
                raise
            return self._ask(told)
        return self.lead(self.home(), _("What was open is cancelled."))

    def _ask(self, told: dict[str, str]) -> HttpResponse:
        asked = self.api.post(
            f"orders/{self.order_id}/cancel-requests",
            told,
            once=f"ask-{self.once}",
            order_token=self.token,
        )
        if asked["status"] == "refused":
            no = _("The store cannot cancel it any more. You can give it back once you have it.")
            return self.lead(self.home(), no, tone="bad")
        return self.lead(self.home(), _("We asked the store. Look here again in a while."))


class AskReturn(OfOrder):
    """Goods shall come back."""

    def get(self, request: HttpRequest, order: UUID) -> HttpResponse:
        found = self.read()
        lines = returnable(found)
        looks = looks_of(self.api, (line["variant_id"] for line in lines), self.language)
        for line in lines:
            line["look"] = looks.get(line["variant_id"])
            line["name"] = name_of(line, line["look"])
        form = self.fresh(ReturnForm, lines=lines)
        return self.show("return", {"title": _("Give back"), "order": found, "form": form})

    def post(self, request: HttpRequest, order: UUID) -> HttpResponse:
        form = self.form(ReturnForm, lines=returnable(self.read()))
        units = form.units()
        if not units:
            form.add_error(None, _("Choose what comes back."))
            self.refused_form = form
            raise ShopProblem(400, {"code": "invalid"})
        case = self.call(f"orders/{order}/returns", {"lines": units})
        return self.lead(
            self.home(), _("We have your request %(number)s.") % {"number": case["number"]}
        )


class KeepGoods(OfOrder):
    """A return is called off before anything arrived."""

    def post(self, request: HttpRequest, order: UUID, case: UUID) -> HttpResponse:
        self.call(f"returns/{case}/cancel")
        return self.lead(self.home(), _("You keep the goods."))


class FindOrder(ShopPage):
    """An order by what a guest remembers of it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(
            "find_order", {"title": _("Your order"), "form": self.fresh(FindOrderForm)}
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(FindOrderForm)
        try:
            found = self.api.post("orders/look-up", form.cleaned_data)
        except ShopProblem as problem:
            if problem.status != 404:
                raise
            raise ShopProblem(400, {"code": "no_such_order"}) from problem
        if self.visitor.order_token(found["id"]):
            return self.lead(self.url("order", found["id"]))
        standing = words.standing_of_order(found["status"])
        return self.show(
            "find_order",
            {"title": _("Your order"), "form": form, "found": found, "standing": standing},
        )
