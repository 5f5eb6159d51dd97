"""A person's browser: signs in at a store, scans, and remembers whatever goes wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import APIResponse, Page, Route, expect

from inventory.locations.models import Location
from omni.access.models import User
from omni.screens.place import KEY
from orders.pos.models import Register
from tests.factories.screens import place_at

SIZES = {390: (390, 844), 834: (834, 1112), 1440: (1440, 900)}
# A scanner types a character every few milliseconds and ends with Enter.
SCANNER_DELAY = 2
# htmx notes as an error, too, that a search was called off because one typed on.
REFUSAL = re.compile(
    r"Failed to load resource.* 4\d\d|Response Status Error Code 4\d\d"
    r"|^htmx:(afterRequest|sendAbort), \[object"
)


class Desk:
    """One browser window, and what went wrong in it."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page, self.base_url = page, base_url
        self.hosts: tuple[str, ...] = (base_url, "data:", "blob:", "about:")
        self.troubles: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        page.on("response", self._answered)
        page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        # Chromium and htmx note each refused form; the pages say it in words.
        is_refusal = REFUSAL.search(message.text)
        if message.type in ("error", "warning") and not is_refusal:
            self.troubles.append(f"console: {message.text}")

    def _answered(self, response: Any) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.status} {response.url}")

    def _asked(self, request: Any) -> None:
        url: str = request.url
        if not url.startswith(self.hosts):
            self.troubles.append(f"another host: {url}")

    def may_go_to(self, url: str) -> None:
        """A site that is not ours belongs to what is done here."""
        self.hosts = (*self.hosts, url)

    # --- what people do ---------------------------------------------------------------------------

    def sign_in(
        self, user: User, location: Location | None = None, register: Register | None = None
    ) -> None:
        """Signed in already, at a store and a register: sign-in itself has its own test."""
        client = Client()
        client.force_login(user)
        if location is not None:
            session = client.session
            currency = register.channel.currency if register else "EUR"
            place = place_at(location, register, currency=currency)
            session[KEY] = {
                name: None if value is None else str(value)
                for name in type(place).__dataclass_fields__
                for value in [getattr(place, name)]
            }
            session.save()
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        jar = [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.base_url}]
        self.page.context.add_cookies(jar)  # type: ignore[arg-type]

    def goto(self, path: str) -> None:
        self.page.goto(path)
        expect(self.page.locator("#page")).to_be_visible()

    def scan(self, text: str) -> None:
        """As a scanner does, wherever the focus is."""
        self.page.keyboard.type(text, delay=SCANNER_DELAY)
        self.page.keyboard.press("Enter")

    def violations(self) -> list[str]:
        """What axe-core finds against WCAG on the page as it stands."""
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {[node['target'] for node in each['nodes']][:3]}" for each in found]

    def is_too_wide(self) -> bool:
        """Whether the page can be moved sideways."""
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
        )
        return wide


@contextmanager
def held_back(page: Page, part: str) -> Iterator[Callable[[], None]]:
    """The answer to a request whose address holds ``part`` comes at the end of the block, at once;
    gives what waits until it has been asked for."""
    held: list[Route] = []
    answers: list[APIResponse] = []
    pattern = re.compile(re.escape(part))
    page.route(pattern, lambda route: held.append(route))

    def asked() -> None:
        deadline = time.perf_counter() + 10
        while not held and time.perf_counter() < deadline:
            page.wait_for_timeout(20)
        assert held, f"nothing was asked with {part}"
        answers.append(held[0].fetch())

    yield asked
    with page.expect_response(pattern) as answer:
        held[0].fulfill(response=answers[0])
    answer.value.finished()
    page.unroute(pattern)


class Stopwatch:
    """Seconds between two moments, and the touches counted on the way."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.touches = 0

    def touch(self, target: Any) -> None:
        self.touches += 1
        target.click()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began
