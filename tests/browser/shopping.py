"""Who plays in the stories: a customer on her devices and in her mailbox, staff at their desks.

All that they do they do on pages, as people: what they know of the rest they have read there.
``OMNI_PICTURES=<folder>`` keeps a picture of each step, on a phone and on a desk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from omni.demo.merchant.people import DOMAIN
from omni.demo.merchant.people import PASSWORD as STAFF_PASSWORD
from tests.browser.desk import SIZES, Desk

PASSWORD = "correct horse battery staple"
# A mail that waits for another program's word is looked for so often.
LOOKS = 20
LYON = {"latitude": 45.7601, "longitude": 4.8402}


class Person:
    """One browser of one person."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.page = desk, desk.page

    def press(self, name: str) -> None:
        self.page.locator("#page").get_by_role("button", name=re.compile(name)).click()

    def sees(self, *words: str | re.Pattern[str]) -> None:
        for each in words:
            expect(self.page.locator("#page")).to_contain_text(each)

    def look(self, name: str) -> None:
        """A picture of the page as it stands, if pictures are wanted."""
        keep_picture(self.page, name)


def keep_picture(page: Page, name: str) -> None:
    folder = os.environ.get("OMNI_PICTURES", "")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for size in (390, 1440):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(folder) / f"{name}-{size}.png", full_page=True, caret="initial")
    if before:
        page.set_viewport_size(before)


class Shopper(Person):
    """A customer at a shop of the house."""

    def __init__(self, desk: Desk, channel: str) -> None:
        super().__init__(desk)
        self.channel = channel

    def opens(self) -> None:
        """From the house's door into the shop, and allows it to remember what is looked at."""
        self.page.goto("/shop/")
        self.page.locator(f"a[href='/shop/{self.channel}/']").click()
        self.page.get_by_role("button", name="Yes, you may").click()
        expect(self.page.get_by_role("button", name="Yes, you may")).to_have_count(0)

    def main(self, name: str) -> None:
        """By the bar of a phone, or the head of the page."""
        bar = self.page.locator(
            "#sh-bar" if self.page.locator("#sh-bar").is_visible() else "#sh-end"
        )
        bar.get_by_role("link", name=re.compile(name)).click()

    def is_near_lyon(self) -> None:
        """Lets the shop know where she is; it names the store that is hers."""
        context = self.page.context
        context.grant_permissions(["geolocation"])
        context.set_geolocation(LYON)  # type: ignore[arg-type]
        self.main("Stores")
        self.page.get_by_role("button", name="Use where I am").click()
        expect(self.page.locator("#toasts")).to_contain_text("Lyon Bellecour is your store now.")

    def finds(self, words: str, product: str) -> None:
        """Types in the search, and opens what it shows."""
        self.page.get_by_label("Search the shop").press_sequentially(words)
        self.page.locator("#results").get_by_role("link", name=re.compile(product)).click()
        expect(self.page.get_by_role("heading", level=1, name=product)).to_be_visible()

    def way(self, store: str) -> Locator:
        """The line of the product's page that says whether it can be collected there."""
        return self.page.locator("label.sh-way", has_text=f"Collect at {store}")

    def adds(self, store: str) -> None:
        self.way(store).click()
        self.press("Add to cart")
        expect(self.page.get_by_role("heading", name="Cart", exact=True)).to_be_visible()

    def fills(self, **typed: str) -> None:
        for name, value in typed.items():
            self.page.locator(f"#page [name={name}]").fill(value)


class Mailbox(Person):
    """Her mails, which she reads on her phone. ``meanwhile``: what sends them while she waits."""

    def __init__(self, desk: Desk, address: str, meanwhile: Callable[[], None]) -> None:
        super().__init__(desk)
        self.address, self.meanwhile = address, meanwhile

    def opens(self, subject: str) -> str:
        """The newest mail of this subject, once it is there; what it says."""
        mail = self.page.get_by_role("link", name=re.compile(subject)).first
        for _look in range(LOOKS):
            self.meanwhile()
            self.page.goto("/mailbox/")
            self.page.get_by_label("Recipient").fill(self.address)
            self.page.get_by_role("button", name="Find").click()
            expect(self.page).to_have_url(re.compile("to="))
            if mail.is_visible():
                break
            self.page.wait_for_timeout(200)
        mail.click()
        text = self.page.locator(".mail-text")
        expect(text).to_be_visible()
        return text.inner_text()

    def follows(self, address: str) -> None:
        """A link of the mail that is open."""
        self.page.locator(f".mail-text a[href*='{address}']").first.click()
        expect(self.page).to_have_url(re.compile(re.escape(address)))


class Colleague(Person):
    """Somebody of the staff, signed in by the form, at a store and perhaps at a register."""

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__(desk)
        self.name = name

    def begins(self, store: str, register: str = "") -> None:
        page = self.page
        page.goto("/console/today")
        page.get_by_label("Email").fill(f"{self.name.lower()}@{DOMAIN}")
        page.get_by_label("Password").fill(STAFF_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        chooser = page.get_by_title("Choose another store or register")
        if register:
            chooser.click()
            page.get_by_role("button", name=register).click()
        expect(chooser).to_contain_text(re.compile(f"{store}.*{register}", re.DOTALL))

    def rail(self, name: str) -> None:
        link = self.page.locator("#rail").get_by_role("link", name=re.compile(name))
        link.click()
        expect(link).to_have_attribute("aria-current", "page")

    def scans(self, text: str, then: Any) -> None:
        """With the scanner, wherever the focus is, until the page says so."""
        self.desk.scan(text)
        expect(then).to_be_visible()
