"""Every page of the product in Chromium: whole at each width and theme, and nothing wrong with it.

Here each page is opened once, the views taking turns; with OMNI_PROVE=1 in all views, at a merchant
with three months behind it and at one that has just been founded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.management import call_command
from playwright.sync_api import Browser, Route

from inventory.catalog.unknown_codes import report_unknown_code
from inventory.locations.models import Location
from omni.access.actor import SYSTEM
from omni.access.models import User
from omni.core import clock
from omni.demo.merchant import seed
from omni.demo.merchant.people import CHANNEL_KEYS
from omni.events import operations as events
from orders.aftersales.models import ReturnCase
from orders.pos.models import Deposit, Safe, StoreDay
from tests.api.places import add_work
from tests.browser import pages
from tests.browser.pages import GUEST, NOBODY, SECURED, Missing, Spot
from tests.browser.walking import VIEWS, View, Walk, wrong
from tests.orders.payments.conftest import psp, psp_process, receiver

__all__ = ["psp", "psp_process", "receiver"]

pytestmark = pytest.mark.django_db(transaction=True)
DESK = View(1440, "light")


@pytest.fixture
def walk(chromium: Browser, server: Any, settings: Any) -> Iterator[Walk]:
    cache.clear()
    settings.SHOP_CHANNELS = dict(CHANNEL_KEYS)
    walk = Walk(chromium, server.url, is_brief=not os.environ.get("OMNI_PROVE"))
    yield walk
    walk.close()


def found_merchant() -> None:
    """Places, goods and staff, and nothing that happened yet."""
    with clock.moved(by=-seed.OPEN_SINCE):
        for step in seed.FOUNDING:
            step()


def merchant(scale: float) -> None:
    """The demo of this size, with a row of every kind that a page is about."""
    call_command("demo", scale=scale)
    lyon = Location.objects.get(city=pages.STORE)
    add_work("lyon", lyon)
    report_unknown_code(
        code="2999999999999",
        title="What is this?",
        location_id=lyon.pk,
        scanned_at="Till 1",
        actor=SYSTEM,
    )
    events.drain()  # what messages tell
    ReturnCase.objects.update(location=lyon)  # where the manager sees them
    day = StoreDay.objects.filter(location=lyon).earliest("business_date")
    safe, _is_new = Safe.objects.get_or_create(location=lyon, currency="EUR")
    Deposit.objects.create(
        safe=safe,
        store_day=day,
        slip_number=9_999,
        slip="LYO-9999",
        amount_minor=12_000,
        denominations={"5000": 2, "2000": 1},
        reference="walk",
        occurred_at=clock.now(),
        principal="system",
    )


def tell(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_page_once_with_the_views_taking_turns(walk: Walk) -> None:
    merchant(scale=0)
    spots = [spot for spot in pages.spots() if not spot.is_twin]
    spots = [*(spot for spot in spots if not spot.model), *_some_of_admin(spots)]

    looks = [
        look
        for number, view in enumerate(VIEWS)
        for look in walk.over(spots[number :: len(VIEWS)], view)
    ]
    looks += [walk.look(spot, DESK, expected=status) for spot, status in [*wrong()][::2]]
    looks.append(walk.offline(DESK))

    tell([each for look in looks for each in look.found])
    tell(list(_with_second_factor(walk, spots)))


def _some_of_admin(spots: list[Spot]) -> Iterator[Spot]:
    """Of every fourth model one page: a list, a form to change, a history, a form to add."""
    models = list(dict.fromkeys(spot.model for spot in spots if spot.model))[::4]
    for model, part in zip(models, cycle(["", "change/", "history/", "add/"]), strict=False):
        mine = [spot for spot in spots if spot.model == model]
        yield next((each for each in mine if each.route.endswith(part or f"{model}/")), mine[0])


def _with_second_factor(walk: Walk, spots: list[Spot]) -> Iterator[str]:
    """What only those find who have one."""
    user = User.objects.get(email=pages.STORE_MANAGER)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    for spot, view in zip([each for each in spots if each.route in SECURED], VIEWS, strict=False):
        look = walk.look(spot, view)
        yield from look.found
        if look.status != 200:
            yield f"{spot.path} answers {look.status}"


@pytest.mark.prove
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_page_of_a_merchant_with_a_history(walk: Walk, view: View, psp: Any) -> None:
    merchant(scale=0.05)
    spots = pages.spots(varied=True)

    looks = [*walk.over(spots, view), walk.offline(view)]
    looks += [walk.look(spot, view, expected=status) for spot, status in wrong()]

    tell([each for look in looks for each in look.found])


@pytest.mark.prove
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_page_of_a_merchant_without_rows(walk: Walk, view: View) -> None:
    found_merchant()
    spots = pages.spots(varied=True, lenient=True)

    tell([each for look in walk.over(spots, view) for each in look.found])


# --- controls: each fault is found ----------------------------------------------------------------

HEAVY = "".join(
    f'<script nonce="n" src="/static/vendor/chart.umd.min.js?{n}"></script>' for n in range(4)
)
BAD_PAGE = """<!doctype html><html lang="en"><head><title>Bad</title>{heavy}</head><body><main>
<h1>Bad</h1><img src="/static/omni/nothing.svg"><p style="width: 3000px">Wide</p>
<div style="overflow: hidden; width: 60px; white-space: nowrap">Cut at the side of it</div>
<p style="overflow: hidden; height: 10px; width: 90px">Cut below in the middle of a line</p>
<button style="width: 20px; white-space: nowrap; overflow: visible">Longer</button>
<script nonce="n">console.error("told"); fetch("https://elsewhere.example/").catch(() => 0);
setTimeout(() => { throw new Error("thrown"); });</script>
<script>window.never = 1;</script></main></body></html>"""
POLICY = "script-src 'nonce-n'; style-src 'unsafe-inline'; connect-src *"
FAULTS = [
    "console: told",
    "error of script: thrown",
    "another host: https://elsewhere.example/",
    "policy: script-src",
    "too wide",
    "cut at its side",
    "cut below",
    "text beyond its box",
    "kB on the first load",
    "axe: image-alt",
]


def serve_bad(route: Route) -> None:
    if "elsewhere" in route.request.url:
        route.fulfill(body="", headers={"Access-Control-Allow-Origin": "*"})
    else:
        headers = {"Content-Security-Policy": POLICY}
        route.fulfill(
            body=BAD_PAGE.replace("{heavy}", HEAVY), content_type="text/html", headers=headers
        )


def test_every_kind_of_fault_is_found(walk: Walk) -> None:
    page = walk.eye(NOBODY, DESK).page
    for address in ("**/bad", "https://elsewhere.example/"):
        page.route(address, serve_bad)

    found = walk.look(Spot("bad", "/bad", NOBODY), DESK, expected=201).found

    missed = [fault for fault in [*FAULTS, "answers 200"] if not any(fault in e for e in found)]
    assert missed == [], found
    assert walk.look(Spot("good", "/problems/", GUEST), DESK).found == []


def test_page_of_which_no_row_gives_an_address_is_missed() -> None:
    with pytest.raises(Missing, match="/console/orders/<uuid:order_id>"):
        pages.spots()
