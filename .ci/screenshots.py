"""Makes the pictures of README and docs from a running demo: `make demo`, then `make screenshots`.

Signs in as the demo's people at the address given (http://127.0.0.1:8000), with Chromium.
"""

import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PASSWORD = "atelier-nord-demo"  # noqa: S105  printed by every demo
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE, LOW, PHONE = (1440, 900), (1440, 640), (390, 844)
STORE = "ada@atelier-nord.example"
ELSEWHERE = "cleo@atelier-nord.example"
LONDON = "max@atelier-nord.example"
LYON = {"latitude": 45.76, "longitude": 4.84}
MAILS_SEARCHED = 20  # pages of the mailbox
OFFICE = "admin@atelier-nord.example"


def main(arguments: list[str]) -> int:
    base = arguments[0] if arguments else "http://127.0.0.1:8000"
    FOLDER.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is needed for pictures.", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        in_the_store(browser, base)
        in_the_office(browser, base)
        at_the_customer(browser, base)
        browser.close()
    return 0


def in_the_store(browser: Browser, base: str) -> None:
    page = signed_in(browser, base, STORE, WIDE)
    shoot(page, "/console/today", "today")
    page.goto("/console/pickups")
    work = page.locator("#page a[href*='open=']").last
    shoot(page, work.get_attribute("href") or "" if work.count() else page.url, "pickups")
    at_the_till(page)
    page.goto("/console/customers?q=eve")
    eve = page.locator("#page a[href*='/console/customers/']").first
    shoot(page, eve.get_attribute("href") or "", "customer")
    shoot(page, "/console/find?q=MERINO-NAVY-M", "stock")
    page.context.close()
    # What was bought in the app and collected in Lyon comes back in Nice.
    nice = signed_in(browser, base, ELSEWHERE, LOW)
    nice.goto("/console/returns?q=W100001")
    nice.get_by_text("Too small").first.click()
    keep(nice, "return")
    nice.context.close()


def at_the_till(page: Page) -> None:
    """With a sale that is begun for the picture, and called off again."""
    page.goto("/console/till")
    is_free = page.get_by_text("Ready to scan").count()
    for code, name in (("MERINO-NAVY-M", "Merino sweater"), ("SCARF-GREY", "Wool scarf")):
        if is_free:
            page.keyboard.type(code)
            page.keyboard.press("Enter")
            page.get_by_text(name).first.wait_for()
    keep(page, "till")
    if is_free:
        page.get_by_text("Call off").click()
        page.get_by_text("Ready to scan").wait_for()


def in_the_office(browser: Browser, base: str) -> None:
    page = signed_in(browser, base, OFFICE, WIDE)
    shoot(page, "/office/", "overview")
    shoot(page, "/office/orders", "office-orders")
    page.context.close()


def at_the_customer(browser: Browser, base: str) -> None:
    """The shop on a phone with what is near, the checkout, the mailbox, the order with its code."""
    phone = opened(browser, base, PHONE)
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation(LYON)  # type: ignore[arg-type]
    phone.goto("/shop/web/")
    phone.get_by_role("button", name="No", exact=True).click()
    phone.locator("#sh-consent form").wait_for(state="detached")
    phone.goto("/shop/web/stores")
    phone.get_by_role("button", name="Use where I am").click()
    phone.get_by_role("button", name="Forget where I am").wait_for()
    phone.goto("/shop/web/products/wool-scarf")
    keep(phone, "shop-product", top=phone.locator("h1"))
    phone.locator("label.sh-way", has_text="Collect at").first.click()
    phone.get_by_role("button", name="Add to cart").click()
    phone.get_by_role("link", name="To the checkout").wait_for()
    visitor = phone.context.cookies()
    phone.context.close()
    desk = opened(browser, base, WIDE)
    desk.context.add_cookies(visitor)  # type: ignore[arg-type]
    desk.goto("/shop/web/checkout")
    desk.locator("#page [name=name]").fill("Rose Blanc")
    desk.locator("#page [name=email]").fill("rose@example.com")
    desk.get_by_role("button", name="Go on").click()
    desk.get_by_role("heading", name="Is everything right?").wait_for()
    keep(desk, "shop-checkout")
    desk.goto("/shop/web/cart")
    desk.get_by_role("button", name="Take Wool scarf").click()
    desk.get_by_role("heading", name="Your cart is empty").wait_for()
    desk.context.close()
    phone = opened(browser, base, PHONE)
    code = with_the_code(phone)
    phone.context.close()
    if not code:
        print("No pickup waits whose mail is in the mailbox: no order, no code.", file=sys.stderr)
        return
    counter = signed_in(browser, base, LONDON, LOW)
    shoot(counter, f"/console/find?q={code}", "hand-over")
    counter.context.close()


def with_the_code(page: Page) -> str:
    """The newest mail about a pickup that waits in London, the order behind it, and its code."""
    address = "/mailbox/"
    for _page in range(MAILS_SEARCHED):
        page.goto(address)
        ready = page.locator(".mails a", has_text="is ready to collect")
        for mail in [each.get_attribute("href") or "" for each in ready.all()]:
            page.goto(mail)
            if not page.get_by_text("London").count():
                continue
            link = page.locator(".mail-text a[href*='/o/']").first.get_attribute("href") or ""
            page.goto(urlsplit(link).path)
            if page.locator(".order-code svg").count():
                keep(page, "order")
                code = page.locator(".order-code .code").inner_text()
                shoot(page, mail, "mail")
                return code.strip()
        page.goto(address)
        older = page.locator(".pager a").last
        if not older.count():
            break
        address = older.get_attribute("href") or ""
    return ""


def opened(browser: Browser, base: str, size: tuple[int, int], theme: str = "light") -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        has_touch=size is PHONE,
        base_url=base,
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "omni_theme", "value": theme, "url": base}])
    return context.new_page()


def signed_in(
    browser: Browser, base: str, email: str, size: tuple[int, int], theme: str = "light"
) -> Page:
    page = opened(browser, base, size, theme)
    page.goto("/staff/sign-in")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    page.goto("/console/choose")
    if re.search("/choose", page.url):
        with_register = page.locator("button[name=register]").first
        with_register.click()
        page.wait_for_load_state()
    return page


def shoot(page: Page, path: str, name: str) -> None:
    page.goto(path)
    keep(page, name)


def keep(page: Page, name: str, top: Locator | None = None) -> None:
    """The page as it stands, from ``top`` on if it is named."""
    page.wait_for_load_state("networkidle")
    if top is not None:
        top.evaluate("node => node.scrollIntoView({block: 'start'})")
        page.mouse.wheel(0, -24)
        page.wait_for_timeout(200)
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
