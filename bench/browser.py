"""A person's browser for the benchmarks: Chromium, signed in at a store of the demo merchant."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PROBE = Path(__file__).with_name("probe.js")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
EMAIL = "ada@atelier-nord.example"
PASSWORD = "atelier-nord-demo"
EMPTY = "/livez"
LIVE = "/console/live"
WIDTH, HEIGHT = 1440, 900
LINK = re.compile(r'(?:href|hx-get)="(/console/[^"#]*)"')
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)R-?\d+")


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of one step: until it stood on the screen, and the server's part of them."""

    all: float
    server: float


class Person:
    """Somebody at a till of a store, with a browser of their own."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser, self.base = browser, base.rstrip("/")
        self._state: Any = None
        self.page = self.fresh().new_page()
        self._sign_in()
        self._state = self.page.context.storage_state()

    def fresh(self) -> BrowserContext:
        """A browser that has seen nothing yet, but is signed in."""
        context = self._browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            base_url=self.base,
            storage_state=self._state,
            reduced_motion="reduce",
        )
        context.add_init_script(path=PROBE)
        return context

    def _sign_in(self) -> None:
        page = self.page
        page.goto("/staff/sign-in")
        page.locator("[name=login]").fill(EMAIL)
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("/console/"))
        page.goto("/console/choose")
        if "/choose" in page.url:
            page.locator("button[name=register]").first.click()
            page.wait_for_url(re.compile("/console/(?!choose)"))

    def painted(self, page: Page, path: str) -> Taken:
        """Open a page; until its first contentful paint."""
        page.goto(path)
        return Taken(**page.evaluate("omniBench.painted()"))

    def timed(self, act: Callable[[], None]) -> Taken:
        """Do something; until its answer stands on the screen."""
        self.page.evaluate("omniBench.begin()")
        act()
        return Taken(**self.page.evaluate("omniBench.answer"))

    def floor(self) -> float:
        """The least that asking this server and drawing a frame takes."""
        taken: float = self.page.evaluate(f"omniBench.floor('{EMPTY}')")
        return taken

    def pages(self, most: int = 400) -> list[str]:
        """An address of every kind of page of the console that links lead to."""
        queue, known = ["/console/today", "/console/till", "/console/day", "/console/shift"], set()
        found: list[str] = []
        while queue and len(found) < most:
            path = queue.pop(0)
            if (kind := kind_of(path)) in known:
                continue
            known.add(kind)
            answer = self.page.request.get(path)
            is_page = answer.headers.get("content-type", "").startswith("text/html")
            if not answer.ok or not is_page or "peek" in path or path == LIVE:
                continue
            own = answer.url.removeprefix(self.base)
            if own == path or kind_of(own) not in known:
                known.add(kind_of(own))
                found.append(own)
            queue += sorted({unescape(each) for each in LINK.findall(answer.text())})
        return found


def kind_of(path: str) -> str:
    """Addresses that differ in ids and values alone are one kind of page."""
    parts = urlsplit(path)
    names = sorted(
        f"{name}={value}" if name in ("tab", "part") else name
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return ID.sub("…", parts.path) + (f"?{'&'.join(names)}" if names else "")


@contextmanager
def person_at(base: str) -> Iterator[Person]:
    """Raises: RuntimeError where no Chromium is installed."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("Chromium is needed to measure screens")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            yield Person(browser, base)
        finally:
            browser.close()
