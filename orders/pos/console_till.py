"""The till: what is sold on the left, the sale in progress on the right.

The sale is a cart in the database. The page keeps nothing: a reload, another window, another person
or a session that ended find the same sale. What the left side shows is said by the address alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from customers.identity.queries import masked
from customers.profiles.models import Customer
from customers.profiles.queries import SearchTooShort, addresses_of, find_customers
from inventory.catalog.models import Category, ProductStatus
from inventory.locations.models import Method
from inventory.stock.queries import available_in_channel
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens import codes, moment
from omni.screens.views import Screen
from orders.checkout.models import Cart, CartStatus
from orders.pos import goods
from orders.pos.console_forms import DeliveryForm
from orders.pos.goods import Counter
from orders.pos.models import LIVE_SHIFTS, Register, Shift, ShiftStatus
from orders.pos.selling import till_of
from orders.pos.stack import Elsewhere, Stack, cart_elsewhere, stack_at
from orders.pos.till_view import Basket, basket_of, quick_amounts

MOST_TABS, MOST_SHOWN = 9, 15
TABS, TABS_FOR = "till:tabs", 60  # seconds
# Left sides for which the strip of the customer's cart is not asked for as well.
READS_MUCH = ("found", "who", "ways")
MOST_PEOPLE = 6


class TillPage(Screen):
    """The till at the register one stands at."""

    permission = Permission.POS_SELL
    problem_at = "work"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        shift = self.shift()
        if shift is None or shift.status != ShiftStatus.OPEN:
            return self.show(
                "console/till/closed.html", {"shift": shift, "registers": self._registers()}
            )
        if sold := self._sold_meanwhile(shift):
            return self.go(reverse("console:receipt", args=[sold]))
        stack = stack_at(register_id=shift.register_id, location_id=self.place.location_id)
        at = self.counter(shift)
        basket = basket_of(stack.current, till_of(shift), at, self.actor) if stack.current else None
        work = self._work(at, basket, shift)
        context = {
            "shift": shift,
            "currency": shift.currency,
            "basket": basket,
            "buyer": stack.current if stack.current and stack.current.customer_id else None,
            "stack": stack.others,
            "problem_at": self.problem_at,
            "may_see_customers": self.actor.may(Permission.CUSTOMERS_VIEW),
            "elsewhere": None if work["mode"] in READS_MUCH else self._elsewhere(stack, shift),
            **work,
        }
        return self.show("console/till/till.html", context)

    def _sold_meanwhile(self, shift: Shift) -> UUID | None:
        """The order of the sale that the address was about to pay: who comes back sees that."""
        cart_id = _uuid(self.request.GET.get("sale"))
        if cart_id is None or self.request.method != "GET":
            return None
        rows = Cart.objects.filter(
            pk=cart_id, status=CartStatus.ORDERED, register_id=shift.register_id
        )
        found: UUID | None = rows.values_list("order_id", flat=True).first()
        return found

    def shift(self) -> Shift | None:
        """What lives on the register one stands at; None if nothing does, or one stands at none."""
        if self.place.register_id is None:
            return None
        rows = Shift.objects.filter(register_id=self.place.register_id, status__in=LIVE_SHIFTS)
        found: Shift | None = rows.select_related("register__channel").first()
        return found

    def _registers(self) -> list[Register]:
        """Where one could stand, for who stands nowhere yet."""
        if self.place.register_id is not None:
            return []
        rows = Register.objects.filter(location_id=self.place.location_id, is_active=True)
        return list(rows.order_by("code"))

    def open_shift_id(self) -> UUID:
        """The shift in which this register sells. Raises: NotFound."""
        if self.place.register_id is None:
            raise NotFound
        rows = Shift.objects.filter(register_id=self.place.register_id, status__in=LIVE_SHIFTS)
        found = rows.values_list("pk", flat=True).first()
        if found is None:
            raise NotFound
        return found

    def counter(self, shift: Shift) -> Counter:
        return Counter(shift.register.channel_id, self.place.location_id, moment.now())

    def _elsewhere(self, stack: Stack, shift: Shift) -> Elsewhere | None:
        """What the customer of this sale gathered in the web shop or the app."""
        if stack.current is None or stack.current.customer_id is None:
            return None
        return cart_elsewhere(
            customer_id=stack.current.customer_id,
            channel_id=shift.register.channel_id,
            currency=shift.currency,
        )

    # --- the left side ----------------------------------------------------------------------------

    def _work(self, at: Counter, basket: Basket | None, shift: Shift) -> dict[str, Any]:
        """What the address asks for; else the keys."""
        asked = self.request.GET
        if basket and (pay := asked.get("pay") or self.pay_asked()):
            return self._paying(pay, basket, shift)
        if basket and ("delivery" in asked or self.problem_at == "delivery"):
            return {"mode": "delivery", "form": self._delivery(basket)}
        if (line := _uuid(asked.get("line"))) and basket:
            row = next((each for each in basket.rows if each.line.id == line), None)
            if row is not None:
                return self._ways(at, row.line.variant_id, shift, row)
        if scarce := self._scarce():
            return self._ways(at, scarce, shift, None)
        if product := _uuid(asked.get("product")):
            return {"mode": "variants", "variants": goods.variants_of(at, product)}
        if code := codes.cleaned(asked.get("code", "")):
            return {"mode": "code", "code": code}
        if (customer := _uuid(asked.get("customer"))) or "who" in asked:
            return self._people(asked.get("who", ""), customer)
        text = codes.cleaned(asked.get("q", "") or self.request.POST.get("q", ""))
        if text:
            return self._found(at, text)
        return self._keys(at, _uuid(asked.get("cat") or self.request.POST.get("cat")))

    def pay_asked(self) -> str:
        """Which way to pay a refused tender was."""
        return ""

    def _keys(self, at: Counter, category: UUID | None) -> dict[str, Any]:
        keys = goods.of_category(at, category) if category else goods.favourites(at)
        return {"mode": "keys", "tabs": _tabs(), "category": category, "keys": keys[:MOST_SHOWN]}

    def _found(self, at: Counter, text: str) -> dict[str, Any]:
        """Products as one types; whoever pressed Enter sees customers too."""
        keys = goods.with_words(at, text)
        people: list[dict[str, Any]] = []
        if "peek" not in self.request.GET and self.request.method == "GET":
            people = self._customers(text)
        return {"mode": "found", "text": text, "keys": keys, "people": people}

    def _people(self, text: str, customer_id: UUID | None) -> dict[str, Any]:
        self.actor.require(Permission.CUSTOMERS_VIEW)
        if customer_id is not None:
            rows = Customer.objects.filter(pk=customer_id)
            return {"mode": "who", "who": "", "people": self._with_contacts(list(rows))}
        return {"mode": "who", "who": text, "people": self._customers(text)}

    def _customers(self, text: str) -> list[dict[str, Any]]:
        if not text.strip() or not self.actor.may(Permission.CUSTOMERS_VIEW):
            return []
        try:
            found = find_customers(actor=self.actor, text=text, limit=MOST_PEOPLE)
        except SearchTooShort:
            return []
        return self._with_contacts(list(found.customers))

    def _with_contacts(self, rows: list[Customer]) -> list[dict[str, Any]]:
        known = masked([row.pk for row in rows])
        return [
            {"id": row.pk, "name": str(row), "contacts": ", ".join(known.get(row.pk, [])[:2])}
            for row in rows
        ]

    def _scarce(self) -> UUID | None:
        """What there was not enough of to be taken along."""
        if self.problem is None or self.problem.code != "out_of_stock" or self.problem_at != "work":
            return None
        lines = self.problem.details.get("lines") or [{}]
        return _uuid(lines[0].get("variant_id"))

    def _ways(self, at: Counter, variant_id: UUID, shift: Shift, row: Any) -> dict[str, Any]:
        channel = shift.register.channel_id
        shipped = available_in_channel(
            channel_id=channel, variant_ids=[variant_id], method=Method.SHIP, now=at.now
        )
        thing = row.goods if row else goods.goods_of(at, [variant_id]).get(variant_id)
        return {
            "mode": "ways",
            "row": row,
            "thing": thing,
            "shipped": shipped[variant_id],
            "stores": [each for each in goods.nearby(at, variant_id) if each.is_collectable],
        }

    def _delivery(self, basket: Basket) -> DeliveryForm:
        header = basket.state.header
        start: dict[str, Any] = {
            "name": header.recipient or header.contact_name,
            "email": header.email,
            "phone": header.phone,
            "street": header.street,
            "postal_code": header.postal_code,
            "city": header.city,
            "country": header.country or self.place.country,
        }
        if header.customer_id and not header.street:
            for address in list(addresses_of(header.customer_id))[:1]:
                names = ("name", "street", "postal_code", "city", "country")
                start |= {name: getattr(address, name) for name in names}
        return self.fresh(DeliveryForm, initial=start, is_sent=basket.state.is_sent)

    def _paying(self, pay: str, basket: Basket, shift: Shift) -> dict[str, Any]:
        return {
            "mode": "card" if pay == "card" else "cash",
            "quick": quick_amounts(basket.open_minor, shift.currency),
        }


def _tabs() -> list[Category]:
    """Categories that hold products, at most a minute old."""
    known: list[Category] | None = cache.get(TABS)
    if known is None:
        rows = Category.objects.filter(products__status=ProductStatus.ACTIVE).distinct()
        known = list(rows.order_by("position", "name", "pk")[:MOST_TABS])
        cache.set(TABS, known, TABS_FOR)
    return known


def till_page(**query: Any) -> str:
    """The address of the till, with what its left side shows."""
    kept = {name: value for name, value in query.items() if value}
    return f"{reverse('console:till')}?{urlencode(kept)}" if kept else reverse("console:till")


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
