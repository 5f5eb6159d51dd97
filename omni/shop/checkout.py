"""The checkout: who and where, the total once more, then one order however often it is sent."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from omni.shop import words
from omni.shop.cart import OfCart
from omni.shop.client import ShopProblem
from omni.shop.forms import AddressForm, ContactForm
from omni.shop.paying import begin_payment
from omni.shop.tags import is_sent
from omni.shop.visitor import GuestOrder

ONLINE, AT_COLLECTION = "online", "pay_at_collection"
# The cart itself must be changed first.
OF_CART = frozenset(
    {
        "out_of_stock",
        "variant_not_offered",
        "method_not_offered",
        "not_shipped_there",
        "cart_empty",
        "cart_at_till",
        "cart_expired",
    }
)
OF_DETAILS = frozenset({"address_missing", "contact_missing", "invalid_identifier"})


class Details(OfCart):
    """Who orders, and where it is sent."""

    def get(self, request: HttpRequest) -> HttpResponse:
        cart = self.basket.read()
        if cart is None or not cart["lines"] or _is_stuck(cart):
            return self.lead(self.url("cart"))
        known = self._known(cart)
        return self.show(
            "details",
            {
                "title": _("Checkout"),
                "cart": cart,
                "lines": self.lines(cart),
                "contact": self.fresh(ContactForm, initial=known["contact"]),
                "address": self._address(cart, known["address"]) if is_sent(cart) else None,
                "saved": known["saved"],
            },
        )

    def _address(self, cart: dict[str, Any], known: dict[str, Any]) -> AddressForm:
        return self.fresh(AddressForm, initial=known, first=self.channel["country"])

    def _known(self, cart: dict[str, Any]) -> dict[str, Any]:
        """What need not be typed again: told before, or in the customer's account."""
        contact = dict(cart["contact"])
        address = dict(cart["shipping_address"] or {})
        saved: list[dict[str, Any]] = []
        if self.visitor.is_signed_in:
            account = self.api.get("account")
            contact = {
                **contact,
                "name": contact["name"] or account["name"],
                "email": contact["email"] or account["email"],
            }
            if is_sent(cart):
                saved = self.api.get("account/addresses")["results"]
                wanted = self.request.GET.get("address", "")
                named = [row for row in saved if row["id"] == wanted]
                address = dict(named[0]) if named else address or dict(saved[0] if saved else {})
        address.setdefault("country", self.channel["country"])
        recipient = address.get("name", "")
        told = address | {"recipient": "" if recipient == contact["name"] else recipient}
        return {"contact": contact, "address": told, "saved": saved}

    def post(self, request: HttpRequest) -> HttpResponse:
        cart = self.basket.read()
        if cart is None:
            return self.lead(self.url("cart"))
        change: dict[str, Any] = {"version": cart["version"]}
        contact = ContactForm(request.POST)
        address = AddressForm(request.POST) if is_sent(cart) else None
        if not contact.is_valid() or (address and not address.is_valid()):
            raise ShopProblem(400, {"code": "invalid"})
        change["contact"] = contact.cleaned_data
        if address:
            given = dict(address.cleaned_data)
            given["name"] = given.pop("recipient") or contact.cleaned_data["name"]
            change["shipping_address"] = given | {"phone": contact.cleaned_data["phone"]}
        told = self.basket.tell(change)
        return self._kept(told)

    def _kept(self, cart: dict[str, Any]) -> HttpResponse:
        try:
            self.basket.hold(cart["version"], str(uuid4()))
        except ShopProblem as problem:
            if problem.code not in OF_CART:
                raise
            return self.lead(self.url("cart"), words.said(problem), tone="bad")
        return self.lead(self.url("review"))


# What no address will change.
LASTING = frozenset({"out_of_stock", "variant_not_offered", "method_not_offered"})


def _is_stuck(cart: dict[str, Any]) -> bool:
    return any(line["problem"] in LASTING for line in cart["lines"])


class Review(OfCart):
    """The whole order once more, and the button."""

    def get(self, request: HttpRequest) -> HttpResponse:
        cart = self.basket.read()
        if cart is None or not cart["lines"]:
            return self.lead(self.url("cart"))
        if not (cart["contact"]["email"] or cart["contact"]["phone"]):
            return self.lead(self.url("checkout"))
        if is_sent(cart) and not cart["shipping_address"]:
            return self.lead(self.url("checkout"))
        if any(line["problem"] for line in cart["lines"]):
            return self.lead(self.url("cart"), str(words.PROBLEMS["out_of_stock"]), tone="bad")
        return self.show(
            "review",
            {
                "title": _("Your order"),
                "cart": cart,
                "lines": self.lines(cart),
                "may_pay_later": self.channel["allows_pay_at_collection"] and not is_sent(cart),
                "chosen": request.POST.get("payment", ONLINE),
                "was": self.problem.details.get("was") if self.problem else None,
            },
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        posted = request.POST
        ordered = self.visitor.order_of(posted.get("cart", ""))
        if ordered:
            # Sent once more from a page that lay behind: the order is there.
            return self.lead(self.url("order", ordered))
        if posted.get("cart") != self.visitor.cart or not self.visitor.cart:
            raise ShopProblem(409, {"code": "cart_changed"})
        payment = AT_COLLECTION if posted.get("payment") == AT_COLLECTION else ONLINE
        amount = posted.get("amount", "")
        intent = {
            "version": self.version,
            "total": {
                "amount": int(amount) if amount.isdecimal() and len(amount) < 16 else 0,
                "currency": self.channel["currency"],
            },
            "payment": payment,
        }
        try:
            done = self.basket.check_out(intent, self.once)
        except ShopProblem as problem:
            return self._not_ordered(problem, intent)
        return self._ordered(done, payment)

    def _not_ordered(self, problem: ShopProblem, intent: dict[str, Any]) -> HttpResponse:
        if problem.code in OF_CART:
            return self.lead(self.url("cart"), words.said(problem), tone="bad")
        if problem.code in OF_DETAILS:
            return self.lead(self.url("checkout"), words.said(problem), tone="bad")
        if problem.code == "cart_ordered":
            self.visitor.forget_cart()
            return self.lead(self.url("order", problem.details["order_id"]), words.said(problem))
        if problem.code == "hold_expired":
            self._keep_again()
        if problem.code == "price_changed":
            problem.details = {**problem.details, "was": intent["total"]}
        raise problem

    def _keep_again(self) -> None:
        """The hold ran out while the page lay open: once more, or the cart says what is gone."""
        cart = self.basket.read_or_open()
        self.basket.hold(cart["version"], str(uuid4()))

    def _ordered(self, done: dict[str, Any], payment: str) -> HttpResponse:
        order = done["order"]
        self.visitor.ordered(GuestOrder(order["id"], done["token"] or "", self.visitor.cart))
        if payment == ONLINE and done["next_action"]:
            return begin_payment(self, order["id"], f"pay-{self.once}")
        return self.lead(self.url("order", order["id"]), _("Thank you. We have your order."))
