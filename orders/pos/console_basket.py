"""What is done with the sale in progress: scanned, changed, parked, opened, called off."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from customers.profiles.queries import view_customer
from inventory.catalog.queries import scan
from inventory.catalog.unknown_codes import report_unknown_code
from inventory.locations.models import Method
from omni.core.errors import NotFound
from omni.rest import limits
from omni.screens import codes
from omni.screens.codes import Hit
from omni.screens.views import Done
from orders.checkout import at_till
from orders.checkout.checking import MAX_QUANTITY
from orders.checkout.errors import QuantityOutOfRange
from orders.checkout.handing import may_be_code
from orders.checkout.operations import Wish
from orders.pos import goods, taking, till_sales
from orders.pos.console_forms import DeliveryForm
from orders.pos.console_till import TillPage, till_page
from orders.scan_codes import CART

CODE_TRIES = 30  # shared with the endpoint that opens carts
CODE_WINDOW = timedelta(minutes=15)
# «3 × 4006381333931»: that many at once.
_TIMES = re.compile(r"^(\d{1,9})\s*[xX*×]\s*(\S.*)$")


class ScanIn(TillPage):
    """Whatever is scanned or typed: goods are sold, codes open what they mean, words search."""

    def post(self, request: HttpRequest) -> HttpResponse:
        text = codes.cleaned(request.POST.get("q", ""))
        if not text:
            return self._pay()
        times, rest = _split(text)
        shift_id = self.open_shift_id()
        try:
            variant_id = scan(rest[:64]).pk
        except NotFound:
            return self._other_code(text, shift_id)
        return self.once(lambda: self._sell(variant_id, times, shift_id))

    def _pay(self) -> HttpResponse:
        """Enter in the empty field: on to the money."""
        cart_id = at_till.open_sale(self.place.register_id) if self.place.register_id else None
        return self.go(till_page(pay="card", sale=cart_id) if cart_id else till_page())

    def _sell(self, variant_id: UUID, times: int, shift_id: UUID) -> Done:
        wish = Wish(variant_id, times, Method.CARRY_OUT)
        till_sales.scan_in(shift_id=shift_id, wish=wish, actor=self.actor)
        return Done(till_page(), is_aside=True)

    def _other_code(self, text: str, shift_id: UUID) -> HttpResponse:
        hit = codes.only_exact(codes.hits(text, self.actor, self.place))
        customer = _customer_meant(hit)
        if customer is not None:
            return self.once(lambda: _attach(self, customer, shift_id))
        if hit is not None and hit.kind != CART:
            return self.go(hit.url)
        if may_be_code(text) and not self._is_sold(text):
            limits.spend("till.open_cart", self.actor.principal, CODE_TRIES, CODE_WINDOW)
            return self.once(lambda: self._open(text, shift_id))
        return self.go(till_page(q=text))

    def _is_sold(self, text: str) -> bool:
        """Whether it is a word of something that is sold here."""
        shift = self.shift()
        return shift is not None and bool(goods.with_words(self.counter(shift), text))

    def _open(self, code: str, shift_id: UUID) -> Done:
        till_sales.open_by_code(shift_id=shift_id, code=code, actor=self.actor)
        return Done(till_page(), _("The customer's cart is open here. They see that it is."))


class Step(TillPage):
    """One step of the sale that is open here, in the shift of this register."""

    problem_at = "basket"

    def post(self, request: HttpRequest) -> HttpResponse:
        shift_id = self.open_shift_id()
        return self.once(lambda: self.take(shift_id))

    def take(self, shift_id: UUID) -> Done:
        """The one call into an operation, and where it leads."""
        raise NotImplementedError

    @property
    def cart_id(self) -> UUID:
        return id_in(self.request.POST.get("cart"))


class AddGoods(Step):
    """A key, or a way that was chosen for something there is none of here."""

    problem_at = "work"

    def take(self, shift_id: UUID) -> Done:
        given = self.request.POST
        wish = Wish(
            id_in(given.get("variant")),
            quantity_in(given.get("quantity", "1")),
            _method(given.get("method") or Method.CARRY_OUT.value),
            id_in(given.get("location")) if given.get("location") else None,
        )
        till_sales.scan_in(shift_id=shift_id, wish=wish, actor=self.actor)
        kept = {name: given.get(name, "") for name in ("cat", "q", "product")}
        return Done(till_page(**kept), is_aside=True)


class SetQuantity(Step):
    """So many of a line."""

    def take(self, shift_id: UUID) -> Done:
        given = self.request.POST
        till_sales.set_quantity(
            shift_id=shift_id,
            cart_id=self.cart_id,
            line_id=id_in(given.get("line")),
            version=version_in(given),
            quantity=quantity_in(given.get("quantity", "")),
            actor=self.actor,
        )
        return Done(till_page(), is_aside=True)


class SetWay(Step):
    """Take now, ship, or collect at another store."""

    def take(self, shift_id: UUID) -> Done:
        given = self.request.POST
        location = id_in(given.get("location")) if given.get("location") else None
        state = till_sales.set_way(
            shift_id=shift_id,
            cart_id=self.cart_id,
            line_id=id_in(given.get("line")),
            version=version_in(given),
            wish=Wish(UUID(int=0), 1, _method(given.get("method", "")), location),
            actor=self.actor,
        )
        asks = state.is_sent and state.header.address_id is None
        return Done(till_page(delivery="1") if asks else till_page())


class SetBuyer(Step):
    """Whose sale it is; none takes the name off it."""

    problem_at = "work"

    def take(self, shift_id: UUID) -> Done:
        if customer := self.request.POST.get("customer"):
            return _attach(self, id_in(customer), shift_id)
        till_sales.set_buyer(shift_id=shift_id, customer_id=None, actor=self.actor)
        return Done(till_page())


class SetDelivery(Step):
    """Where it goes, and how the customer is reached."""

    problem_at = "delivery"

    def take(self, shift_id: UUID) -> Done:
        form = self.form(DeliveryForm, is_sent="street" in self.request.POST)
        till_sales.set_delivery(
            shift_id=shift_id,
            cart_id=self.cart_id,
            version=version_in(self.request.POST),
            contact=form.contact(),
            address=form.address(),
            actor=self.actor,
        )
        return Done(till_page())


class JoinCart(Step):
    """What the customer gathered elsewhere joins the sale."""

    def take(self, shift_id: UUID) -> Done:
        till_sales.take_in_cart(
            shift_id=shift_id,
            cart_id=self.cart_id,
            other_id=id_in(self.request.POST.get("other")),
            actor=self.actor,
        )
        return Done(till_page(), _("Their cart joined this sale"))


class Park(Step):
    """Lay the sale on the stack."""

    def take(self, shift_id: UUID) -> Done:
        till_sales.park_sale(shift_id=shift_id, cart_id=self.cart_id, actor=self.actor)
        return Done(till_page(), _("Parked"))


class Recall(Step):
    """Take a sale from the stack."""

    problem_at = "work"

    def take(self, shift_id: UUID) -> Done:
        till_sales.recall_sale(shift_id=shift_id, cart_id=self.cart_id, actor=self.actor)
        return Done(till_page())


class CallOff(Step):
    """No sale after all."""

    def take(self, shift_id: UUID) -> Done:
        cart = taking.call_off(shift_id=shift_id, cart_id=self.cart_id, actor=self.actor)
        said = _("The cart is the customer's again") if cart.status == "active" else _("Called off")
        return Done(till_page(), said)


class UnknownCode(TillPage):
    """A barcode that nobody knows becomes work for who looks after the catalog."""

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._make_task)

    def _make_task(self) -> Done:
        code = codes.cleaned(self.request.POST.get("q", ""))[:64]
        title = _("Unknown barcode %(code)s: find out what it is and link it")
        report_unknown_code(
            code=code,
            title=title % {"code": code},
            location_id=self.place.location_id,
            scanned_at=self.place.register_name,
            actor=self.actor,
        )
        said = _("A task was made. Lay the item aside, or sell it by its name.")
        is_check = self.request.POST.get("back") == "price"
        return Done(reverse("console:price-check") if is_check else till_page(), said)


def _attach(screen: TillPage, customer_id: UUID, shift_id: UUID) -> Done:
    view_customer(actor=screen.actor, customer_id=customer_id, reason="sale")
    till_sales.set_buyer(shift_id=shift_id, customer_id=customer_id, actor=screen.actor)
    return Done(till_page())


def _customer_meant(hit: Hit | None) -> UUID | None:
    """The customer whose page a code opens: at the till the sale becomes theirs."""
    if hit is None:
        return None
    try:
        match = resolve(hit.url.partition("?")[0])
    except Resolver404:
        return None
    found: UUID | None = match.kwargs.get("customer_id")
    return found if match.view_name == "console:customer" else None


def _split(text: str) -> tuple[int, str]:
    found = _TIMES.match(text)
    return (int(found[1]), found[2]) if found else (1, text)


def _method(text: str) -> str:
    if text not in Method.values:
        raise NotFound
    return text


def id_in(text: Any) -> UUID:
    """The id in a field. Raises: NotFound."""
    try:
        return UUID(str(text))
    except ValueError:
        raise NotFound from None


def version_in(given: Any) -> int:
    """The version of the cart that was shown. Raises: NotFound."""
    text = given.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound
    return int(text)


def quantity_in(text: str) -> int:
    """So many, as typed. Raises: QuantityOutOfRange."""
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit() and len(bare) < 10):
        raise QuantityOutOfRange(minimum=0, maximum=MAX_QUANTITY)
    return int(bare)
