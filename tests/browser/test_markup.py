"""Chromium opens what is full of payloads, and none of them is more than text: no script runs, no
address is asked for, no element is made.

The short form opens the pages whose scripts put texts in their places; with OMNI_PROVE=1 every page
of the product is opened after every form and the API were filled, and every search is typed into.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from inventory.catalog.models import Media, Product, Variant
from inventory.catalog.search import refresh_search
from inventory.channels.models import Channel
from inventory.locations.models import Location
from journeys.messaging.composing import Occasion, compose
from journeys.messaging.purposes import PURPOSES
from omni.access.actor import SYSTEM
from omni.access.models import User
from omni.access.sessions import actor_of_user
from omni.events import operations as events
from omni.lab.authz import EVERYTHING
from omni.messages import operations as messages
from omni.messages.models import Message
from orders.fulfilment.models import FulfilmentOrder
from orders.pos import operations as pos
from orders.pos.models import Register
from orders.sales.links import give_out_link
from orders.sales.models import Order
from tests.api.canaries import Ids, World
from tests.api.test_admin_authorization import PAGES
from tests.api.test_admin_authorization import address as admin_address
from tests.api.test_screen_authorization import WALKED, address, at_their_store
from tests.api.world import build
from tests.browser.desk import Desk
from tests.browser.filling import Filler
from tests.browser.markup import fill_rows, made_of_payloads
from tests.browser.payloads import MARK, PAYLOADS, Turns
from tests.factories.customers import PASSWORD
from tests.factories.omni import make_channel_key, make_staff
from tests.factories.orders_work import Sold, make_order, make_ready, make_shop
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess, Receiver
from tests.orders.payments.conftest import psp_process, receiver

__all__ = ["psp_process", "receiver"]

pytestmark = pytest.mark.django_db(transaction=True)

Opened = Callable[..., Desk]
# Before any script of a page: whatever runs is heard, whatever the policy stopped is told.
TRAP = """
  window.__hits = [];
  window.__hit = (...told) => { window.__hits.push(String(told)); return 1; };
  for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.__hits.push(name);
  addEventListener("securitypolicyviolation", (event) =>
    window.__hits.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
NO_PAGE = re.compile(r"Download is starting|ERR_ABORTED|ERR_HTTP_RESPONSE_CODE_FAILURE")


class Watch:
    """A page, and what payloads did in it."""

    def __init__(self, page: Page) -> None:
        self.page, self.found = page, list[str]()
        self.marked = 0
        page.add_init_script(TRAP)
        page.on("dialog", self._asked)
        page.on("request", self._fetched)

    def _asked(self, dialog: Any) -> None:
        self.found.append(f"dialog on {self.page.url}")
        dialog.dismiss()

    def _fetched(self, request: Any) -> None:
        # A word of a search is sent on in the query; an address of its own is another matter.
        if re.match(r"https?://[^/]+/xss-canary", request.url):
            self.found.append(f"request from {self.page.url}: {request.url}")

    def open(self, path: str) -> None:
        try:
            self.page.goto(path, wait_until="load")
        except PlaywrightError as error:  # a file, or an answer without a page
            if not NO_PAGE.search(str(error)):
                raise
            return
        self.look(path)

    def look(self, where: str) -> None:
        """What became of the page as it stands now."""
        html = self.page.content()
        self.marked += bool(MARK.search(html))
        self.found += [f"{where}: {told}" for told in made_of_payloads(html)]
        self.found += [f"{where}: {told}" for told in self.page.evaluate("window.__hits || []")]
        self.page.evaluate("window.__hits = []")


@pytest.fixture
def counter(opened: Opened) -> tuple[Desk, dict[str, Any]]:
    """A store whose every text is a payload, a sale at its till, and its manager's browser."""
    shop = make_shop()
    Media.objects.create(product=shop.variant.product, url="/static/omni/icons.svg", alt="coat")
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code="lyon-1", name="Till 1"
    )
    user = make_staff(*EVERYTHING)
    actor = actor_of_user(user)
    pos.open_shift(register_id=register.pk, float_minor=10_000, actor=actor)
    order = make_order(shop, Sold(2))
    work = make_ready(order)
    make_order(shop, Sold(1), contact_name="Eve")
    filled, _refused = fill_rows(Turns(1))
    assert len(filled) > 150
    refresh_search(product_ids=[shop.variant.product_id])
    cache.clear()
    shop.lyon.refresh_from_db()
    register.refresh_from_db()
    desk = opened()
    desk.sign_in(user, shop.lyon, register)
    sku = Variant.objects.get(pk=shop.variant.pk).sku
    return desk, {
        "order": order.pk,
        "work": work.pk,
        "variant": shop.variant.pk,
        "sku": sku,
        "channel": shop.channel.pk,
    }


DYNAMIC = (
    "/console/today",
    "/console/till",
    "/console/pickups",
    "/console/orders/{order}",
    "/console/stock/{variant}",
    "/console/customers?q=a",
    "/office/",
    "/office/reports/sales",
)


def test_scripts_put_texts_into_pages_as_texts(counter: tuple[Desk, dict[str, Any]]) -> None:
    desk, ids = counter
    watch = Watch(desk.page)

    for path in DYNAMIC:
        watch.open(path.format(**ids))
    type_into(watch, "/console/till", "#till-scan", ids["sku"][:20])
    for text in ("<img src=x onerror=__hit()>", '"><script>__hit()</script>'):
        type_into(watch, "/console/till", "#scan-field, #till-scan", text)
        type_into(watch, "/office/", "#scan-field", text)

    assert watch.found == []
    assert watch.marked >= len(DYNAMIC)


def type_into(watch: Watch, path: str, field: str, text: str) -> None:
    """Typed, answered, and sent."""
    page = watch.page
    if not page.url.endswith(path):
        watch.open(path)
    box = page.locator(field).locator("visible=true").first
    box.fill(text.replace("\n", " ").replace("\r", " "))
    page.wait_for_timeout(350)
    watch.look(f"{path} {text!r:.60}")
    box.press("Enter")
    page.wait_for_load_state("load")
    watch.look(f"{path} sent {text!r:.60}")


def test_script_that_trusts_a_text_is_found(counter: tuple[Desk, dict[str, Any]]) -> None:
    """The control: a script of ours that makes markup of what stands on the page."""
    desk, ids = counter
    watch = Watch(desk.page)
    bad = 'addEventListener("load", () => { const page = document.querySelector("#page");'
    bad += 'page.insertAdjacentHTML("beforeend", page.textContent); });'

    def spoiled(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text() + bad)

    desk.page.route(re.compile(r"/omni/console[^/]*\.js"), spoiled)
    for path in DYNAMIC[:5]:
        watch.open(path.format(**ids))

    told = " ".join(watch.found)
    desk.troubles.clear()
    assert "request from" in told
    assert "policy: " in told
    assert "attribute in <" in told


# --- in full --------------------------------------------------------------------------------------

ROUNDS = int(os.environ.get("OMNI_MARKUP_ROUNDS", "3"))
FIELDS = (
    ("/console/today", "#scan-field"),
    ("/console/till", "#till-scan"),
    ("/console/customers", "#find"),
    ("/console/stock", "input[type=search]"),
    ("/office/", "#scan-field"),
    ("/office/orders", "#page input[type=search]"),
    ("/admin/inventory/product/", "#searchbar"),
    ("/shop/{shop}/", "#q"),
)


@pytest.mark.prove
def test_no_page_of_the_product_runs_what_rows_hold(
    opened: Opened, psp_process: PspProcess, receiver: Receiver, settings: Any
) -> None:
    world = _filled_world(psp_process, settings)
    desk = opened()
    watch = Watch(desk.page)

    for turn in range(ROUNDS):
        fill_rows(Turns(turn))
        refresh_search(product_ids=list(Product.objects.values_list("pk", flat=True)))
        _write_messages(world.ids["eve"])
        cache.clear()
        _sign_in(desk, world)
        for path in _every_page(world):
            watch.open(path)
        _visit_shop(watch, world.ids["eve"])

    desk.troubles[:] = [each for each in desk.troubles if not _is_of_a_browser(each)]
    print(f"{watch.marked} pages with payloads")
    if watch.found:
        pytest.fail("\n".join(dict.fromkeys(watch.found)), pytrace=False)
    assert watch.marked > 400 * ROUNDS


@pytest.mark.prove
def test_no_field_runs_what_is_typed(counter: tuple[Desk, dict[str, Any]], settings: Any) -> None:
    """Each payload is typed and sent in two of the fields, by turns."""
    desk, ids = counter
    channel = Channel.objects.get(pk=ids["channel"])
    settings.SHOP_CHANNELS = {channel.code: make_channel_key(channel.pk).secret}
    watch = Watch(desk.page)

    for place, text in enumerate(PAYLOADS):
        for step in (0, 3):
            path, field = FIELDS[(place + step) % len(FIELDS)]
            type_into(watch, path.format(shop=channel.code), field, text)

    desk.troubles[:] = [each for each in desk.troubles if not _is_of_a_browser(each)]
    if watch.found:
        pytest.fail("\n".join(dict.fromkeys(watch.found)), pytrace=False)
    assert watch.marked > len(PAYLOADS)


def _filled_world(psp_process: PspProcess, settings: Any) -> World:
    """The world of the walks, then every form and every body of the API with payloads."""
    psp_process.set_faults(hang_seconds=0)
    settings.PSP_URL, settings.PSP_API_KEY = psp_process.url, API_KEY
    settings.PSP_WEBHOOK_SECRET = SECRET
    settings.API_REQUESTS_PER_MINUTE, settings.WEBHOOK_ALLOW_PRIVATE = 0, True
    settings.DEMO = True
    cache.clear()
    world = build()
    eve = world.ids["eve"]
    channel = Channel.objects.get(pk=eve["channel"])
    settings.SHOP_CHANNELS = {"web-a": make_channel_key(channel.pk).secret}
    for product in Product.objects.all():
        Media.objects.create(product=product, url="/static/omni/icons.svg", alt="coat")
    filler = Filler(Turns())
    head = at_their_store(world, "head office")
    filler.api(world.callers["customer"], eve, "customer")
    filler.api(head, {**world.ids["head"], **eve}, "head office")
    filler.pages(head.client, _forms(world))
    events.drain()
    print(f"{len(filler.taken)} kinds of fields took payloads, {len(filler.refused)} refused some")
    assert filler.troubles == []
    assert len(filler.taken) > 100
    return world


def _forms(world: World) -> Iterator[str]:
    for path in _every_page(world):
        if not path.endswith(("/delete/", "/history/")):
            yield path


def _every_page(world: World) -> Iterator[str]:
    """Screens with rows of two parties, the admin, the mailbox, and what is for everybody."""
    for who in ("eve", "dan"):
        ids: Ids = {**world.ids["head"], **world.ids[who]}
        token = give_out_link(order_id=ids["order"])
        for route, screen in WALKED:
            if hasattr(screen, "get"):
                yield address(route, ids)[0]
        for page in ("", "/cancel", "/cancel/ask", "/return"):
            yield f"/o/{token}{page}"
    for model, _page in PAGES:
        yield admin_address(model)
        yield admin_address(model, "add")
        for row in model._default_manager.all()[:3]:
            for part in ("change", "delete", "history"):
                yield admin_address(model, row.pk, part)
    yield from ("/admin/", "/mailbox/", "/problems/", "/api/docs/", "/staff/second-factor")
    for key in Message.objects.order_by("-pk").values_list("pk", flat=True)[:40]:
        yield f"/mailbox/{key}"
        yield f"/mailbox/{key}/html"


def _write_messages(ids: Ids) -> None:
    """A message of every purpose, written from the rows as they are."""
    order = Order.objects.select_related("channel", "location").get(pk=ids["order"])
    work = FulfilmentOrder.objects.filter(order=order).first()
    for purpose in PURPOSES:
        for email in ("eve@example.com", ""):
            draft = compose(
                Occasion(
                    reference=f"markup:{purpose}:{email}:{Message.objects.count()}",
                    purpose=purpose,
                    order=order,
                    work_id=work and work.pk,
                    facts={"amount": PAYLOADS[0], "store": PAYLOADS[1], "reason": PAYLOADS[2]},
                    email=email,
                )
            )
            if draft is not None:
                messages.queue_message(draft=draft, actor=SYSTEM)


def _sign_in(desk: Desk, world: World) -> None:
    keys = world.callers["head office"].client.session["_auth_user_id"]
    register = Register.objects.get(pk=world.ids["lyon"]["register"])
    location = Location.objects.get(pk=world.ids["lyon"]["location"])
    desk.sign_in(User.objects.get(pk=UUID(str(keys))), location, register)


def _visit_shop(watch: Watch, ids: Ids) -> None:
    """A customer who signs in and buys."""
    page, home = watch.page, "/shop/web-a/"
    for path in ("", "products", f"products/{ids['product_slug']}", "stores", "orders/find"):
        watch.open(f"{home}{path}")
    watch.open(f"{home}stores/{ids['store_code']}")
    watch.open(f"{home}account/sign-in")
    if page.locator("input[name=password]").count():
        page.locator("#page input[name=email]").fill(ids["email"])
        page.locator("#page input[name=password]").fill(PASSWORD)
        page.locator("#page input[name=password]").press("Enter")
        page.wait_for_timeout(500)
    for path in ("account", "account/addresses/new", "account/history", "account/privacy", "cart"):
        watch.open(f"{home}{path}")
    watch.open(f"{home}orders/{ids['order']}")


def _is_of_a_browser(trouble: str) -> bool:
    """What Chromium says of pages that do not belong to this: refusals, files."""
    return "Failed to load resource" in trouble
