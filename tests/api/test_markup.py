"""Whatever texts stand in the rows, every page, message and file gives them as texts.

Here answers are read by a parser; ``tests/browser/test_markup.py`` opens them in Chromium.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from django.template import engines
from django.test import Client

from journeys.messaging.composing import Occasion, compose
from journeys.messaging.purposes import PURPOSES
from omni.messages.models import Message
from omni.messages.providers.base import Outgoing
from omni.messages.providers.mail import DjangoMail
from omni.screens.tables import safe_cell
from orders.fulfilment.models import FulfilmentOrder
from orders.sales.links import give_out_link
from orders.sales.models import Order
from tests.api.canaries import Caller, World
from tests.api.test_admin_authorization import PAGES
from tests.api.test_admin_authorization import address as admin_address
from tests.api.test_admin_authorization import get as get_admin
from tests.api.test_screen_authorization import (
    PARAMETER,
    WALKED,
    address,
    ask,
    at_their_store,
    with_messages,
)
from tests.api.walk import Call
from tests.browser.markup import fill_rows, made_of_payloads
from tests.browser.payloads import MARK, PAYLOADS, Turns

# What runs in a spreadsheet where it begins a cell, whichever sign divides them.
FORMULA = re.compile(r"(?:^|[;\t\r\n])[\s\ufeff\"]*[=+@\uff1d\uff0b\uff20-]")
# Parameters of pages, by which words come back to the page.
ASKED = ("q", "to", "open", "tab", "name", "sort", "next", "since", "until", "search", "view")
EXPORTS = {
    "/office/orders/export": "GET",
    "/office/stock/export": "GET",
    "/office/customers/export": "POST",
}
# Columns that hold their form by themselves.
HELD = {"omni.User.email"}


@pytest.fixture
def dirty(world: World) -> World:
    """The world with a payload in every text of every row."""
    cache.clear()
    with_messages(world)
    filled, refused = fill_rows(Turns())
    assert len(filled) > 150
    assert set(refused) <= HELD
    return world


def read(call: Call) -> list[str]:
    """What is wrong with an answer."""
    answer = call.answer
    if answer.status_code >= 500:
        return [f"{call.route}: {answer.status_code}"]
    if "html" not in answer.headers.get("Content-Type", ""):
        return []
    return [f"{call.route}: {told}" for told in made_of_payloads(body(call))]


def body(call: Call) -> str:
    answer = call.answer
    raw: bytes = answer.getvalue() if answer.streaming else answer.content
    return raw.decode("utf-8", "replace")


def pages(world: World, caller: Caller) -> Iterator[Call]:
    """Every screen, and every page of the admin with a row of its own."""
    ids = {**world.ids["head"], **world.ids["eve"]}
    for route, screen in WALKED:
        if hasattr(screen, "get"):
            yield ask(caller, route, "GET", ids)
    token = give_out_link(order_id=ids["order"])
    stranger = Caller("anonymous", Client(), {}, frozenset(), {}, [])
    for page in ("", "/cancel", "/return"):
        yield get_admin(stranger, f"/o/{token}{page}")
    for key in Message.objects.values_list("pk", flat=True)[:4]:
        yield get_admin(stranger, f"/mailbox/{key}")
    yield get_admin(stranger, "/mailbox/")
    for model, _page in PAGES:
        yield get_admin(caller, admin_address(model))
        row = model._default_manager.first()
        if row is not None:
            yield get_admin(caller, admin_address(model, row.pk, "change"))


def test_pages_show_what_rows_hold_as_text(dirty: World, settings: Any) -> None:
    settings.DEMO = True
    caller = at_their_store(dirty, "head office")
    found: list[str] = []
    marked = 0

    for call in pages(dirty, caller):
        marked += bool(MARK.search(body(call)))
        found += read(call)

    if found:
        pytest.fail("\n".join(found), pytrace=False)
    assert marked > 200


def test_pages_give_back_what_was_asked_as_text(world: World) -> None:
    cache.clear()
    caller = at_their_store(world, "head office")
    turns, found = Turns(3), []
    came_back = 0

    for route, screen in WALKED:
        if hasattr(screen, "get") and not PARAMETER.search(route.path):
            words = {name: turns.next(200) for name in ASKED}
            call = get_admin(caller, f"{address(route, {})[0]}?{urlencode(words)}")
            came_back += bool(MARK.search(body(call)))
            found += read(call)
    for model, _page in PAGES:
        found += read(get_admin(caller, f"{admin_address(model)}?{urlencode({'q': turns.next()})}"))

    assert found == []
    assert came_back > 10


def test_messages_carry_texts_as_texts(dirty: World) -> None:
    order = Order.objects.select_related("channel", "location").get(pk=dirty.ids["eve"]["order"])
    work = FulfilmentOrder.objects.filter(order=order).first()
    for purpose in PURPOSES:
        draft = compose(
            Occasion(
                reference=f"markup:{purpose}",
                purpose=purpose,
                order=order,
                work_id=work and work.pk,
                facts={"amount": PAYLOADS[0], "store": PAYLOADS[1], "reason": PAYLOADS[2]},
                email="eve@example.com",
            )
        )
        assert draft is not None
        assert MARK.search(draft.html), purpose
        assert made_of_payloads(draft.html) == [], purpose
        outgoing = Outgoing(
            message_id=order.pk,
            medium=draft.medium,
            recipient=draft.recipient,
            sender=draft.sender,
            subject=draft.subject,
            text=draft.text,
            html=draft.html,
        )
        DjangoMail().send(outgoing)

    assert len(mail.outbox) == len(PURPOSES)
    for sent in mail.outbox:
        head = sent.message().as_string().partition("\n\n")[0]
        assert not re.search(r"^(bcc|cc|set-cookie|x-)", head, re.M | re.I), head
        assert sent.recipients() == ["eve@example.com"]


@pytest.mark.parametrize("what", EXPORTS)
def test_files_for_spreadsheets_run_nothing(dirty: World, what: str) -> None:
    caller = at_their_store(dirty, "head office")

    answer: Any = caller.client.generic(EXPORTS[what], what)

    text = answer.getvalue().decode()
    assert answer.headers["Content-Type"].startswith("text/csv")
    cells = [cell for row in csv.reader(io.StringIO(text[1:])) for cell in row]
    assert any(MARK.search(cell) for cell in cells)
    assert [cell for cell in cells if FORMULA.search(cell) and not _is_number(cell)] == []


def test_cells_are_quoted_where_they_would_run() -> None:
    quoted = {
        "=1": "'=1",
        " \t@x": " \t'@x",
        "a;=1": "a;'=1",
        "a\n-1": "a\n'-1",
        "\ufeff+1": "'\ufeff+1",
        "\uff1d1": "'\uff1d1",
    }

    assert {text: safe_cell(text) for text in quoted} == quoted
    assert [safe_cell(each) for each in (-5, Decimal("-5.10"), "a-b", None)] == [
        "-5", "-5.10", "a-b", "",
    ]  # fmt: skip


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", cell) is not None


def test_page_that_trusts_a_text_is_found() -> None:
    """The control: an unescaped text, an address, a script, a template in a row are found."""
    page = engines["django"].from_string(
        '<p>{{ text|safe }}</p><a href="{{ text }}">x</a><i x-init="{{ text }}"></i>'
    )
    plain = engines["django"].from_string('<p title="{{ text }}">{{ text }}</p>')
    found, left = [], []
    for text in PAYLOADS:
        told = made_of_payloads(page.render({"text": text}))
        found += told
        if not told:
            left.append(text)
        assert made_of_payloads(plain.render({"text": text})) == []

    kinds = (
        "element",
        "attribute in",
        "handler in",
        "address in",
        "acting attribute in",
        "text in",
    )
    assert [kind for kind in kinds if not any(each.startswith(kind) for each in found)] == []
    assert left == []
    assert made_of_payloads("<p>__evald__hit</p>")
    assert made_of_payloads("<script>go('__hit')</script>")
    assert not made_of_payloads('<script type="application/json">["__hit"]</script>')
