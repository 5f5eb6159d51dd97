"""The visitor's cart as the API keeps it, and the calls on it that several pages share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omni.shop.client import Api, ShopProblem
from omni.shop.visitor import Visitor

# What says that this cart is no more: the visitor goes on with a new one.
GONE = frozenset(
    {"cart_ordered", "cart_merged", "cart_expired", "cart_currency_differs", "not_found"}
)
OVER = frozenset({"ordered", "merged", "expired"})


class Basket:
    """One visitor's cart: opened when something goes in, and found again by what they hold."""

    def __init__(self, api: Api, visitor: Visitor) -> None:
        self.api, self.visitor = api, visitor

    def read(self) -> dict[str, Any] | None:
        """The cart, or None. A customer's is found on every device: the one that they have."""
        if self.visitor.is_signed_in:
            return self._open()
        if not self.visitor.cart:
            return None
        try:
            cart = self._known(self.api.get(self.path(), cart_token=self.visitor.cart_token))
        except ShopProblem as problem:
            if problem.code not in GONE:
                raise
            cart = None
        if cart is None or cart["status"] in OVER:
            self.visitor.forget_cart()
            return None
        return cart

    def read_or_open(self) -> dict[str, Any]:
        """The cart, a new one if there is none."""
        return self.read() or self._open()

    def path(self, rest: str = "") -> str:
        return f"carts/{self.visitor.cart}{rest}"

    def add(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Something goes in. ``wish``: variant_id, quantity, method, location_id."""
        version = self.read_or_open()["version"]
        return self._known(self._post("/lines", {**wish, "version": version}))

    def set_quantity(self, line: str, quantity: int, version: int) -> dict[str, Any]:
        token = self.visitor.cart_token
        if quantity == 0:
            found = self.api.delete(
                self.path(f"/lines/{line}"), {"version": version}, cart_token=token
            )
        else:
            change = {"version": version, "quantity": quantity}
            found = self.api.patch(self.path(f"/lines/{line}"), change, cart_token=token)
        return self._known(found)

    def set_way(self, line: dict[str, Any], wish: dict[str, Any], version: int) -> None:
        """A line goes another way: what cannot go so stays as it was."""
        units = {"variant_id": line["variant_id"], "quantity": line["quantity"]}
        grown = self._known(self._post("/lines", {**units, **wish, "version": version}))
        self.set_quantity(line["id"], 0, grown["version"])

    def tell(self, change: dict[str, Any]) -> dict[str, Any]:
        """Who orders, and where it is sent."""
        token = self.visitor.cart_token
        return self._known(self.api.patch(self.path(), change, cart_token=token))

    def hold(self, version: int, once: str) -> dict[str, Any]:
        """Keep the goods for some minutes."""
        body = {"version": version}
        return self._known(self._post("/hold", body, once=once))

    def let_go(self) -> dict[str, Any]:
        """Give up the hold."""
        token = self.visitor.cart_token
        return self._known(self.api.delete(self.path("/hold"), cart_token=token))

    def hand_off(self) -> dict[str, Any]:
        """The code that opens the cart elsewhere."""
        code: dict[str, Any] = self._post("/handoff-code", {})
        return code

    def open_by_code(self, code: str) -> dict[str, Any]:
        """The cart of another device goes on here."""
        return self._opened(self.api.post("carts/open-by-code", {"code": code}))

    def check_out(self, intent: dict[str, Any], once: str) -> dict[str, Any]:
        """The cart becomes an order, at the total that was shown."""
        done: dict[str, Any] = self._post("/checkout", intent, once=once)
        return done

    def follow_customer(self) -> None:
        """After the sign-in: a guest's cart joins the customer's, and theirs is the one here."""
        guest, token = self.visitor.cart, self.visitor.cart_token
        if guest and token:
            try:
                self.api.post(f"carts/{guest}/claim", cart_token=token)
            except ShopProblem as problem:
                if problem.code not in GONE:
                    raise
        self._open()

    def _post(self, rest: str, body: Any, *, once: str = "") -> Any:
        return self.api.post(self.path(rest), body, once=once, cart_token=self.visitor.cart_token)

    def _open(self) -> dict[str, Any]:
        told = {"device_id": self.visitor.device} if self.visitor.device else {}
        return self._opened(self.api.post("carts", told))

    def _opened(self, opened: dict[str, Any]) -> dict[str, Any]:
        self.visitor.cart = opened["cart"]["id"]
        self.visitor.cart_token = opened["token"] or ""
        return self._known(opened["cart"])

    def _known(self, cart: dict[str, Any]) -> dict[str, Any]:
        """What the frame of the page says of it without asking: how many lines wait in it."""
        self.visitor.units = len(cart["lines"])
        return cart


def looks_of(api: Api, variant_ids: Iterable[str], language: str) -> dict[str, Any]:
    """Pictures and pages of variants by id. One call, none for none."""
    wanted = sorted(set(variant_ids))[:100]
    if not wanted:
        return {}
    found = api.get("variants", {"id": wanted, "language": language})["results"]
    return {row["id"]: row for row in found}


def name_of(line: dict[str, Any], look: dict[str, Any] | None) -> str:
    """What it is, in the language of the page; the API names lines in the channel's own."""
    if look is None:
        return str(line["name"])
    return " – ".join(filter(None, [look["product"]["name"], look["name"]]))
