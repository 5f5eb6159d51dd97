"""The cart: quantities, the way of each line, what stands against it, and going on elsewhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from omni.shop import words
from omni.shop.basket import Basket, looks_of, name_of
from omni.shop.forms import AddForm, CodeForm, HowForm, QuantityForm
from omni.shop.page import ShopPage

HELPED = 3


class OfCart(ShopPage):
    """A page that reads or changes the cart."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.basket = Basket(self.api, self.visitor)

    @property
    def version(self) -> int:
        """Of the cart as it was shown."""
        given = self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 10 else 1

    def back(self) -> str:
        return self.url("cart")

    def lines(self, cart: dict[str, Any]) -> list[dict[str, Any]]:
        """The lines with their pictures, and in words what stands against them."""
        looks = looks_of(self.api, (line["variant_id"] for line in cart["lines"]), self.language)
        return [
            {
                **line,
                "look": looks.get(line["variant_id"]),
                "name": name_of(line, looks.get(line["variant_id"])),
                "way": _way_of(line),
                "said": words.LINE_PROBLEMS.get(line["problem"] or "", ""),
            }
            for line in cart["lines"]
        ]


def _way_of(line: dict[str, Any]) -> str:
    place = line["location"]
    return f"{line['method']}:{place['id']}" if place else str(line["method"])


def wish_of(way: str) -> dict[str, Any]:
    """What the API calls a way: ship, or pickup:<store>."""
    method, _colon, store = way.partition(":")
    return {"method": method, "location_id": store or None}


class Cart(OfCart):
    """What is in it, and what it comes to."""

    def get(self, request: HttpRequest) -> HttpResponse:
        cart = self.basket.read()
        lines = self.lines(cart) if cart else []
        self._help(lines)
        return self.show(
            "cart",
            {
                "title": _("Cart"),
                "cart": cart,
                "lines": lines,
                "may_order": bool(lines) and not any(line["problem"] for line in lines),
                "opening": self.fresh(CodeForm),
            },
        )

    def _help(self, lines: list[dict[str, Any]]) -> None:
        """For what is sold out: the nearest store that has it."""
        missing = [each for each in lines if each["problem"] == "out_of_stock" and each["look"]]
        for line in missing[:HELPED]:
            slug = line["look"]["product"]["slug"]
            where = self.api.get(f"products/{slug}/availability", {**self.near, "limit": 25})
            line["elsewhere"] = self._elsewhere(line, where)

    def _elsewhere(self, line: dict[str, Any], where: dict[str, Any]) -> dict[str, Any] | None:
        near = {row["code"]: row for row in where["stores"]}
        units = [row["stores"] for row in where["variants"] if row["id"] == line["variant_id"]]
        here = line["location"]["id"] if line["location"] else ""
        for each in units[0] if units else ():
            store = near[each["store"]]
            if each["available"] >= line["quantity"] and store["id"] != here:
                return store
        return None


class Add(OfCart):
    """Something goes into the cart, in the way that was chosen."""

    def post(self, request: HttpRequest) -> HttpResponse:
        given = self.form(AddForm).cleaned_data
        self.basket.add(
            {
                "variant_id": str(given["variant"]),
                "quantity": given["quantity"],
                **wish_of(given["how"]),
            }
        )
        return self.lead(self.url("cart"), _("It is in your cart."))

    def back(self) -> str:
        return ShopPage.back(self)


class SetQuantity(OfCart):
    """Another quantity; none takes the line out."""

    def post(self, request: HttpRequest, line: UUID) -> HttpResponse:
        given = self.form(QuantityForm).cleaned_data
        self.basket.set_quantity(str(line), given["quantity"], self.version)
        return self.lead(self.url("cart"))


class SetWay(OfCart):
    """A line goes another way."""

    def post(self, request: HttpRequest, line: UUID) -> HttpResponse:
        wish = wish_of(self.form(HowForm).cleaned_data["how"])
        cart = self.basket.read_or_open()
        chosen = [each for each in cart["lines"] if each["id"] == str(line)]
        if chosen and _way_of(chosen[0]) != self.request.POST["how"]:
            # What was kept for the old way would stand against the new one.
            if cart["held_until"]:
                cart = self.basket.let_go()
            self.basket.set_way(chosen[0], wish, cart["version"])
        return self.lead(self.url("cart"))


class HandOff(OfCart):
    """The code by which the till or another device goes on with this cart."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.lead(self.url("cart"))

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.basket.read() is None:
            return self.lead(self.url("cart"))
        made = self.basket.hand_off()
        return self.show(
            "hand_off",
            {
                "title": _("Your cart's code"),
                "code_shown": made["code"],
                "expires_at": made["expires_at"],
            },
        )


class OpenByCode(OfCart):
    """The cart of another device goes on here."""

    def post(self, request: HttpRequest) -> HttpResponse:
        self.basket.open_by_code(self.form(CodeForm).cleaned_data["code"])
        return self.lead(self.url("cart"), _("Here is your cart."))
