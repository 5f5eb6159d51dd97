"""Ten thousand characters in every field of till, returns, customers and pickups, form by form.

Each form is sent as a browser would send it that does not cut what is pasted. Nothing breaks: it is
refused in words beside what was typed, or it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.html import escape

from inventory.locations.models import Method
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.events import operations as events
from omni.screens.views import KEY_FIELD
from orders.checkout import at_till
from orders.checkout.operations import Wish
from orders.pos import operations as pos
from orders.pos.models import Register
from orders.pos.selling import till_of
from tests.api.walk import undone
from tests.factories.customers import make_customer
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.omni import make_staff
from tests.factories.orders_work import (
    Sold,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    pick_all,
    work_of,
)
from tests.factories.screens import console_client

pytestmark = pytest.mark.django_db

HUGE = "<b>ü\u202e'\" " * 1_250  # 10,000 characters
TEXTS = ("text", "search", "password", "email", "tel", "number", "")


@dataclass
class Form:
    """A form of a page: where it goes, what a browser sends, what is typed (True: a number)."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    typed: dict[str, bool] = field(default_factory=dict)
    unlimited: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """Finds the forms of a page with their fields, also those outside that name it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.open = page, ""
        self.found: dict[str, Form] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = given.get("id") or f"form {len(self.found)}"
            action = given.get("action") or self.page
            form = self.found.setdefault(self.open, Form("", ""))
            form.action, form.method = action, given.get("method", "get").lower()
        elif tag in ("input", "textarea", "select") and given.get("name"):
            self._field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = ""

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form = self.found.setdefault(given.get("form") or self.open, Form("", ""))
        name, kind = given["name"], given.get("type", "")
        if tag == "textarea" or (tag == "input" and kind in TEXTS):
            form.typed[name] = given.get("inputmode") == "numeric" or kind == "number"
            if not form.typed[name] and "maxlength" not in given:
                form.unlimited.append(f"{self.page}: {name} takes any length")
        elif kind not in ("radio", "checkbox") or "checked" in given or name not in form.values:
            form.values[name] = given.get("value", "")


def forms_of(client: Client, page: str) -> list[Form]:
    answer = client.get(page, follow=True)
    assert answer.status_code == 200, page
    parser = Forms(answer.request["PATH_INFO"])
    parser.feed(answer.content.decode())
    return [form for form in parser.found.values() if form.method and form.typed]


def sent(client: Client, form: Form, numbers: str | None) -> Any:
    """The form with ten thousand characters in each field for words, or digits in those for
    numbers; whatever it writes does not stay."""
    data = dict(form.values)
    for name, is_number in form.typed.items():
        if is_number and numbers:
            data[name] = numbers
        elif not is_number and not numbers:
            data[name] = HUGE
    with undone():
        return getattr(client, form.method)(form.action, {**data, KEY_FIELD: str(uuid4())})


def judged(client: Client, form: Form) -> Iterator[str]:
    """What is wrong with how a form takes too much."""
    name = f"{form.method} {form.action} {sorted(form.typed)}"
    for numbers in (None, "9" * 10_000):
        if numbers and True not in form.typed.values():
            continue
        answer = sent(client, form, numbers)
        page = answer.content.decode()
        if answer.status_code >= 500 or answer.status_code in (403, 405):
            yield f"{name}: {answer.status_code}"
        elif form.method == "post" and answer.status_code != 303 and 'role="alert"' not in page:
            yield f"{name}: is told nothing"
        elif form.method == "post" and answer.status_code != 303 and not numbers:
            kept = page.count(escape(HUGE.strip()))
            if kept < list(form.typed.values()).count(False):
                yield f"{name}: what was typed is lost"


def test_ten_thousand_characters_in_every_field_are_told_and_kept() -> None:
    client, pages = counter()
    seen, found = set(), []

    for page in pages:
        for form in forms_of(client, page):
            key = (form.action, tuple(form.typed))
            if key not in seen:
                found += [*form.unlimited, *judged(client, form)]
            seen.add(key)

    assert "\n".join(found) == ""
    assert len(seen) > 25
    for name in ("terminal_reference", "cash_given", "evidence", "reason", "text", "contact"):
        assert any(name in typed for _action, typed in seen), name


def counter() -> tuple[Client, list[str]]:
    shop = make_shop()
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code="lyon-1", name="Till 1"
    )
    user = make_staff(*Permission)
    actor = actor_of_user(user)
    shift = pos.open_shift(register_id=register.pk, float_minor=10_000, actor=actor)
    wish = Wish(shop.variant.pk, 1, Method.CARRY_OUT, shop.lyon.pk)
    cart = at_till.scan_in(till=till_of(shift), wish=wish, actor=actor).header.id
    customer = make_customer(name="Eve Adams")
    back = make_order(shop, Sold(quantity=2), customer_id=customer.pk)
    collect(back)
    ready = make_ready(make_order(shop, customer_id=customer.pk))
    pick, shelf = work_of(make_order(shop)), pick_all(work_of(make_order(shop)))
    parcel = pick_all(work_of(make_order(shop, Sold(method=Method.SHIP))))
    dear = make_variant(product=shop.variant.product)
    make_listing(dear, shop.channel, price_minor=2500)
    stock_up(dear, shop.lyon, 3)
    events.drain()
    line = lines_of(back)[0].pk
    taking = f"shown=1&line={line}&q-{line}=1"
    return console_client(shop.lyon, user=user, register=register), [
        "/console/till",
        f"/console/till?pay=card&sale={cart}",
        f"/console/till?pay=cash&sale={cart}",
        "/console/till?delivery=1",
        "/console/till?who=",
        "/console/price-check",
        "/console/returns",
        f"/console/returns/order/{back.pk}?{taking}",
        f"/console/returns/order/{back.pk}?{taking}&instead=exchange&take={dear.pk}&tender=several",
        f"/console/returns/no-receipt?customer={customer.pk}&take={shop.variant.pk}",
        f"/console/orders/{back.pk}",
        "/console/customers",
        f"/console/customers/{customer.pk}",
        f"/console/pickups?tab=ready&open={ready.pk}",
        f"/console/pickups?open={pick.pk}",
        f"/console/pickups?open={shelf.pk}",
        f"/console/shipping?open={parcel.pk}",
        f"/console/pickups/{ready.pk}/hand-over",
        "/console/shelf",
    ]
