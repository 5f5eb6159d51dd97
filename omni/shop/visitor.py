"""What the shop remembers of a visitor: one signed cookie for each channel, and no row anywhere.

It holds what the API gave out to prove the visitor (cart, session, orders of a guest), so it is
closed to script and never sent along from other sites. A staff session is another cookie, which
the shop neither reads nor sends.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

MAX_AGE = 90 * 86_400
ORDERS_KEPT = 5
YES, NO = "yes", "no"


@dataclass(slots=True)
class GuestOrder:
    """An order that was placed here, with its proof, and the cart that it was."""

    id: str
    token: str
    cart: str


@dataclass(slots=True)
class Visitor:
    """``said``: one sentence for the next page, and whether it is good or bad news."""

    cart: str = ""
    cart_token: str = ""
    units: int = 0
    session: str = ""
    name: str = ""
    store: str = ""
    place: list[float] = field(default_factory=list)
    consent: str = ""
    device: str = ""
    challenge: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    orders: list[GuestOrder] = field(default_factory=list)

    @property
    def is_signed_in(self) -> bool:
        return bool(self.session)

    def ordered(self, order: GuestOrder) -> None:
        """The cart became an order."""
        others = [each for each in self.orders if each.id != order.id]
        self.orders = [order, *others][:ORDERS_KEPT]
        if order.cart == self.cart:
            self.forget_cart()

    def order_of(self, cart: str) -> str:
        """The order that a cart became, if it was here."""
        return next((each.id for each in self.orders if each.cart == cart), "")

    def order_token(self, order_id: str) -> str:
        return next((each.token for each in self.orders if each.id == order_id), "")

    def forget_cart(self) -> None:
        self.cart, self.cart_token, self.units = "", "", 0

    def sign_out(self) -> None:
        """What was the customer's goes; a cart of theirs is theirs on other devices."""
        if self.session:
            self.forget_cart()
        self.session = self.name = ""


def cookie_name() -> str:
    """Merchants on one host differ by port only, and cookies do not see ports."""
    return f"omni_shop_{settings.HTTP_PORT}" if settings.DEMO else "omni_shop"


def _salt(channel: str) -> str:
    return f"omni.shop:{channel}"


def read(request: HttpRequest, channel: str) -> Visitor:
    """Who comes, as their cookie tells; a stranger where it is missing, old or not ours."""
    try:
        kept: dict[str, Any] = signing.loads(
            request.COOKIES.get(cookie_name(), ""),
            salt=_salt(channel),
            max_age=MAX_AGE,
        )
        orders = [GuestOrder(**each) for each in kept.pop("orders", [])]
        return Visitor(**kept, orders=orders)
    except (signing.BadSignature, TypeError):
        return Visitor()


def keep(response: HttpResponseBase, channel: str, visitor: Visitor) -> None:
    """Remember the visitor. Only what differs from a stranger is kept."""
    stranger = asdict(Visitor())
    told = {name: value for name, value in asdict(visitor).items() if value != stranger[name]}
    response.set_cookie(
        cookie_name(),
        signing.dumps(told, salt=_salt(channel), compress=True),
        max_age=MAX_AGE,
        path=f"/shop/{channel}/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
