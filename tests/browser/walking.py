"""A walk over every page: each as the right person, at three widths, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from django.test import RequestFactory
from playwright.sync_api import Browser, BrowserContext, Page, Route

from omni.demo.merchant.people import PASSWORD
from omni.rest import problems
from tests.browser import pages
from tests.browser.desk import SIZES
from tests.browser.eye import Eye, Sizes
from tests.browser.pages import CUSTOMER, GUEST, MANAGER, NOBODY, OFFICE, SECURED, Spot

TALLEST = {390: 1800, 834: 1500, 1440: 1100}
LOGINS = {MANAGER: pages.STORE_MANAGER, OFFICE: pages.ADMINISTRATOR}
# What goes wrong, as people see it; and the page of a person who is offline.
WRONG = [
    (Spot("error", "/console/nowhere", MANAGER), 404),
    (Spot("error", "/console/orders/00000000-0000-4000-8000-000000000000", MANAGER), 404),
    (Spot("error", "/office/audit", MANAGER), 403),
    (Spot("error", "/office/orders/00000000-0000-4000-8000-000000000000", OFFICE), 404),
    (Spot("error", "/admin/omni/nothing/", OFFICE), 404),
    (Spot("error", "/nowhere", NOBODY), 404),
    (Spot("error", "/o/nowhere", NOBODY), 404),
    (Spot("error", "/shop/nowhere/", GUEST), 404),
    (Spot("error", "/shop/web/products/nowhere", GUEST), 404),
    (Spot("error", "/shop/web/orders/00000000-0000-4000-8000-000000000000", GUEST), 404),
]
MADE: dict[str, Callable[[Any, Any], Any]] = {
    "/made/400": problems.bad_request,
    "/made/403": problems.permission_denied,
    "/made/404": problems.page_not_found,
    "/made/csrf": problems.csrf_failure,
    "/made/500": lambda request, _exception: problems.server_error(request),
    "/made/429": lambda request, _exception: problems._page(request, problems.problem("throttled")),
}
OFFLINE = Spot("offline", "/console/today", MANAGER)


@dataclass(frozen=True, slots=True)
class View:
    """How wide the window is, and in which theme."""

    width: int
    theme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"


VIEWS = [View(width, theme) for theme in ("light", "dark") for width in SIZES]


@dataclass(slots=True)
class Look:
    """What was seen of a page in one view."""

    spot: Spot
    view: View
    status: int = 0
    ended: str = ""
    bytes: int = 0
    paint: float = 0.0
    faults: list[str] = field(default_factory=list)
    barriers: list[str] = field(default_factory=list)
    picture: Path | None = None

    @property
    def found(self) -> list[str]:
        """What must not be; axe's findings at pages of libraries are told, and no more."""
        faults = self.faults if self.spot.is_of_library else [*self.faults, *self.barriers]
        return [f"{self.spot.path} [{self.spot.who} {self.view}]: {each}" for each in faults]


class Walk:
    """People with their browsers, going over pages."""

    def __init__(
        self, browser: Browser, base_url: str, out: Path | None = None, *, is_brief: bool = False
    ) -> None:
        """``is_brief``: axe is not asked about pages of libraries, where it is only told."""
        self.browser, self.base_url, self.out = browser, base_url, out
        self.is_brief = is_brief
        self.sizes = Sizes()
        self._states: dict[str, Any] = {}
        self._eyes: dict[tuple[str, View], Eye] = {}

    def close(self) -> None:
        for eye in self._eyes.values():
            eye.page.context.close()
        self._eyes.clear()

    def over(self, spots: Iterable[Spot], view: View, *, expected: int = 200) -> Iterator[Look]:
        """Each of them; those that lead to a page that was seen already are not judged again."""
        seen: set[str] = set()
        for spot in spots:
            yield self.look(spot, view, expected=expected, seen=seen)

    def look(
        self, spot: Spot, view: View, *, expected: int = 200, seen: set[str] | None = None
    ) -> Look:
        look, eye = Look(spot, view), self.eye(spot.who, view)
        answer = eye.open(spot.path)
        look.status = answer.status if answer else 0
        look.ended = eye.page.url.removeprefix(self.base_url)
        if spot.route in SECURED and expected == 200 and look.status == 404:
            return look
        if look.status != expected:
            look.faults.append(f"answers {look.status}")
        if not look.ended.startswith("/"):
            look.faults.append(f"leads away to {look.ended[:80]}")
        elif seen is None or look.ended.partition("?")[0] not in seen or "?" in spot.path:
            self._judge(look, eye)
        if seen is not None:
            seen.add(look.ended.partition("?")[0])
        return look

    def offline(self, view: View) -> Look:
        """A page that stood open when the line went."""
        look, eye = Look(OFFLINE, view, 200), self.eye(MANAGER, view)
        eye.open(OFFLINE.path)
        eye.page.context.set_offline(True)
        eye.page.locator("[data-offline]").first.wait_for(state="attached")
        eye.heard.clear()
        self._judge(look, eye)
        eye.page.context.set_offline(False)
        return look

    def _judge(self, look: Look, eye: Eye) -> None:
        look.faults += eye.faults(self.sizes)
        if not (self.is_brief and look.spot.is_of_library):
            look.barriers += eye.barriers()
        look.bytes, look.paint = self.sizes.bytes, self.sizes.paint
        if self.out is not None:
            look.picture = self._picture(look, eye.page)

    def _picture(self, look: Look, page: Page) -> Path:
        assert self.out is not None
        folder = self.out / str(look.view) / look.spot.who
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^a-z0-9]+", "-", look.spot.path.lower()).strip("-")[:120] or "home"
        if look.spot.route == "offline":
            name += "-offline"
        width = look.view.width
        full = page.evaluate("document.documentElement.scrollHeight")
        height = min(max(full, SIZES[width][1]), TALLEST[width])
        clip: Any = {"x": 0, "y": 0, "width": width, "height": height}
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=True, clip=clip)
        return path

    # --- people -----------------------------------------------------------------------------------

    def eye(self, who: str, view: View) -> Eye:
        """This person's window in this view, signed in."""
        if (who, view) not in self._eyes:
            state = self._state(who)
            page = self._context(view, state).new_page()
            self._eyes[who, view] = Eye(page, self.base_url)
        return self._eyes[who, view]

    def _context(self, view: View, state: Any = None) -> BrowserContext:
        width, height = SIZES[view.width]
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=view.width < 1000,
            is_mobile=view.width < 640,
            base_url=self.base_url,
            color_scheme=view.theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            storage_state=state,
        )
        context.set_default_timeout(30_000)
        theme = {"name": "omni_theme", "value": view.theme, "url": self.base_url}
        context.add_cookies([theme])  # type: ignore[list-item]
        context.route("**/made/*", made)
        return context

    def _state(self, who: str) -> Any:
        """The cookies of somebody who came in by the door, once for all views."""
        if who not in self._states:
            context = self._context(View(1440, "light"))
            page = context.new_page()
            if who in LOGINS:
                self._sign_in(page, LOGINS[who])
            if who == MANAGER:
                self._stand_at_the_till(page)
            if who == CUSTOMER:
                self._shop(page)
            self._states[who] = context.storage_state()
            context.close()
        return self._states[who]

    def _sign_in(self, page: Page, email: str) -> None:
        page.goto("/staff/sign-in")
        page.locator("[name=login]").fill(email)
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/(console|office)/"))

    def _stand_at_the_till(self, page: Page) -> None:
        page.goto("/console/choose")
        register = page.locator("button[name=register]").first
        if "/choose" in page.url and register.count():
            register.click()
            page.wait_for_url(re.compile("/console/(?!choose)"))

    def _shop(self, page: Page) -> None:
        """A customer with an account, where it is known, and with something in the cart."""
        shop = f"/shop/{pages.SHOP}/"
        if pages.has_shopper():
            page.goto(f"{shop}account/sign-in")
            page.locator("[name=email]").fill(pages.SHOPPER)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("#page").get_by_role("button", name="Sign in").click()
            page.wait_for_url(re.compile("/account$"))
        page.goto(f"{shop}products")
        goods = page.locator("#page a[href*='/products/']")
        if not goods.count():
            return
        page.goto(goods.first.get_attribute("href") or "")
        adding = page.locator(".sh-add button.go")
        if adding.is_enabled():
            adding.click()
            page.wait_for_url(re.compile("/cart$"))
            self._say_who(page, f"{shop}checkout")

    def _say_who(self, page: Page, path: str) -> None:
        page.goto(path)
        if not page.url.endswith("/checkout"):
            return
        given = {"name": "Lucie Martin", "email": pages.SHOPPER, "street": "12 rue Mercière"}
        given |= {"postal_code": "69002", "city": "Lyon"}
        for name, value in given.items():
            place = page.locator(f"#page form [name={name}]")
            if place.count() and not place.input_value():
                place.fill(value)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url(re.compile("/review|/checkout"))


def made(route: Route) -> None:
    """Answers that no address of the product gives on demand, as its own handlers make them."""
    request = RequestFactory().get("/made", headers={"Accept": "text/html"})
    path = re.sub(".*(?=/made)", "", route.request.url)
    reason = SuspiciousOperation() if path == "/made/400" else Http404()
    answer = MADE[path](request, reason)
    headers = dict(answer.headers.items())
    route.fulfill(status=answer.status_code, headers=headers, body=answer.content)


def wrong() -> Iterator[tuple[Spot, int]]:
    """Pages of errors, each with its status."""
    yield from WRONG
    for path in MADE:
        status = re.sub(r"\D", "", path)
        yield Spot("error", path, NOBODY), int(status or 403)
