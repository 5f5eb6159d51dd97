"""Stories 1 and 2 through the pages alone: the shop, the mailbox, the order's page, the console.

Eve sees a scarf in the app on her phone, goes on at the laptop, pays at the provider's page and
collects in Lyon with the code that she reads in her mail. Two days later she brings the scarf to
Nice, gets her money on the card, and takes a larger candle for the small one. Nobody calls the API
and nobody asks the database on the way; at the end the rows say what the pages said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from inventory.catalog.models import Barcode
from inventory.locations.models import Location
from inventory.stock.models import MovementKind, StockLevel, StockMovement
from journeys.timeline.models import Interaction
from omni.audit import runner
from omni.core import clock
from omni.events import operations as events
from omni.messages import operations as messages
from omni.messages.addresses import MAILBOX
from omni.messages.models import Message
from orders.aftersales.models import ReturnCase
from orders.payments.models import PaymentEvent, Refund
from orders.sales.models import Order
from tests.browser.desk import Desk, held_back
from tests.browser.shopping import PASSWORD, Colleague, Mailbox, Shopper
from tests.flows.conftest import merchant
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess

__all__ = ["merchant"]

pytestmark = pytest.mark.django_db(transaction=True)

EVE, EMAIL = "Eve Martin", "eve.story@example.com"
SCARF, SMALL, LARGE = "SCARF-GREY", "CANDLE-SMALL", "CANDLE-LARGE"
# What her timeline tells of both stories, in this order; other touchpoints stand between them.
STEPS = (
    "account.created",
    "order.placed",
    "order.confirmed",
    "fulfilment.accepted",
    "pickup.ready",
    "pickup.handed_over",
    "order.completed",
    "return.received",
    "refund.succeeded",
    "return.received",
    "order.placed",
    "return.exchanged",
    "order.confirmed",
    "order.completed",
)
AT_COUNTERS = ("pickup.handed_over", "return.received")


@pytest.fixture
def house(merchant: None, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[PspProcess]:
    """The demo merchant before its first customer, its mailbox, and the provider beside it."""
    settings.EMAIL_BACKEND = MAILBOX
    settings.PUBLIC_URL = live_server.url
    webhooks = f"{live_server.url}/api/v1/payments/webhooks/psp"
    psp = PspProcess(tmp_path / "psp.sqlite3", webhook_url=webhooks).start()
    settings.PSP_URL, settings.PSP_API_KEY, settings.PSP_WEBHOOK_SECRET = psp.url, API_KEY, SECRET
    yield psp
    psp.stop()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Time passes for the whole house: ``clock.moved`` moves it for one thread only."""

    def pass_(**span: float) -> None:
        offset: ContextVar[timedelta] = ContextVar(
            "omni_clock_offset", default=clock.offset() + timedelta(**span)
        )
        monkeypatch.setattr(clock, "_offset", offset)

    return pass_


def time_for_programs() -> None:
    """The programs beside the server do what waits: the relay of events, the sender of mails."""
    while events.drain() + messages.send_due():
        pass


def tag(sku: str) -> str:
    """The barcode on the goods."""
    return str(Barcode.objects.get(variant__sku=sku).code)


def sees_it_in_the_app(phone: Shopper, mails: Mailbox) -> None:
    """Search, product, the stores near her, an account, the cart."""
    phone.opens()
    phone.look("01-app-home")
    phone.is_near_lyon()
    phone.look("02-app-stores")
    phone.finds("scarf", "Wool scarf")
    expect(phone.way("Lyon Bellecour")).to_contain_text("In stock")
    expect(phone.way("Lyon Bellecour")).to_contain_text(re.compile(r"\d k?m"))
    phone.look("03-app-product")
    phone.adds("Lyon Bellecour")
    phone.look("04-app-cart")
    phone.main("You")
    phone.page.get_by_role("link", name="New here").click()
    phone.fills(name=EVE, email=EMAIL, password=PASSWORD)
    phone.look("05-app-sign-up")
    phone.press("Send me the code")
    expect(phone.page.get_by_role("heading", name="Look into your mails")).to_be_visible()
    code = re.search(r"\n\s*([A-Z0-9-]{5,})\n", mails.opens("code"))
    assert code
    mails.look("06-mail-code")
    phone.fills(code=code[1])
    phone.press("Go on")
    expect(phone.page.get_by_role("heading", name=EVE)).to_be_visible()


def orders_at_the_laptop(laptop: Shopper, psp: PspProcess) -> str:
    """Her cart is there already; a candle more, checkout, the provider's page. The number."""
    page = laptop.page
    laptop.opens()
    laptop.main("Sign in")
    laptop.fills(email=EMAIL, password=PASSWORD)
    laptop.press("Sign in")
    expect(page.get_by_role("heading", name=EVE)).to_be_visible()
    laptop.main("Cart")
    laptop.sees("Wool scarf", "€49.00")
    laptop.finds("candle", "Beeswax candle")
    laptop.look("07-web-product")
    laptop.adds("Lyon Bellecour")
    laptop.sees("Wool scarf", "Beeswax candle", "€67.00")
    laptop.look("08-web-cart")
    page.get_by_role("link", name="To the checkout").click()
    expect(page.locator("#page [name=name]")).to_have_value(EVE)
    laptop.look("09-web-checkout")
    laptop.press("Go on")
    expect(page.get_by_role("heading", name="Is everything right?")).to_be_visible()
    laptop.look("10-web-review")
    laptop.press("Order for €67.00")
    expect(page).to_have_url(re.compile(re.escape(psp.url)))
    expect(page.get_by_text("67.00 EUR")).to_be_visible()
    laptop.look("11-provider")
    page.get_by_label("Test card").select_option("4242424242424242")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("We have it ready by")).to_be_visible()
    laptop.look("12-web-order")
    found = re.search(r"Order (\S+)", page.locator("h1").inner_text())
    assert found
    return found[1]


def prepares_it(ben: Colleague, number: str) -> None:
    """Accepts, scans both from the shelves, puts them on a shelf."""
    page = ben.page
    ben.begins("Lyon")
    ben.look("14-today")
    ben.rail("Pickups")
    page.locator("#queue").get_by_role("link", name=EVE).click()
    expect(page.locator("#panel")).to_contain_text(number)
    ben.look("15-pickup")
    page.locator("#panel").get_by_role("button", name="Accept").click()
    page.locator("#panel").get_by_role("button", name="Start picking").click()
    expect(page.get_by_label("Scan an item")).to_be_visible()
    ben.scans(tag(SCARF), page.get_by_text("1 of 2 picked"))
    ben.look("16-picking")
    ben.scans(tag(SMALL), page.get_by_text("2 of 2 picked"))
    page.get_by_label("Another shelf").fill("A-07")
    page.get_by_role("button", name="Put on shelf").click()
    expect(page.locator("#panel")).to_contain_text("Shelf A-07")
    ben.look("17-ready")


def reads_her_code(mails: Mailbox, number: str) -> str:
    """In the mail; the order's page behind its link shows the same, to be scanned too."""
    said = mails.opens(f"Your order {number} is ready to collect")
    mails.look("18-mail-ready")
    found = re.search(r"Your code:\s+(\S+)", said)
    assert found
    mails.follows("/o/")
    expect(mails.page.locator(".order-code .code")).to_have_text(found[1])
    expect(mails.page.locator(".order-code svg")).to_be_visible()
    mails.look("19-order-ready")
    return found[1]


def hands_it_over(ben: Colleague, code: str) -> None:
    """A code that was misread is refused; hers opens the bag."""
    page = ben.page
    page.locator("#queue-head").get_by_role("link", name=re.compile("Ready")).click()
    expect(page).to_have_url(re.compile("tab=ready"))
    page.locator("#queue").get_by_role("link", name="Hand over").click()
    page.get_by_label("Pickup code").fill("WRONG123")
    ben.press("Hand over")
    ben.sees("4 tries are left")
    ben.look("20-wrong-code")
    ben.rail("Today")
    ben.scans(code, page.get_by_text("Code checked"))
    ben.sees(EVE, SCARF, SMALL)
    ben.look("21-hand-over")
    page.keyboard.press("Enter")
    ben.sees("Handed over")
    ben.look("22-handed-over")


def begins_the_day(cleo: Colleague) -> None:
    page = cleo.page
    cleo.begins("Nice", "Nice Masséna 1")
    cleo.rail("Till")
    page.get_by_role("link", name="Open a shift").click()
    page.locator("#id_d_2000").fill("5")
    cleo.press("Open the shift")
    expect(page.get_by_role("heading", name="Ready to scan")).to_be_visible()


def takes_the_scarf_back(cleo: Colleague, number: str) -> None:
    """In Nice, from a sale that was made on the web and collected in Lyon."""
    page = cleo.page
    cleo.rail("Returns")
    expect(page.get_by_label("Find what comes back")).to_be_focused()
    cleo.scans(number, page.get_by_label("Scan an item of this order"))
    cleo.look("23-return")
    cleo.scans(tag(SCARF), page.get_by_role("button", name="Refund €49.00"))
    page.locator("label", has_text="Changed mind").first.click()
    cleo.sees("By the payment provider")
    cleo.look("24-return-scarf")
    cleo.press("Refund €49.00")
    cleo.sees("€49.00 goes back", "Back on sale")
    cleo.look("25-return-done")


def gives_the_larger_candle(cleo: Colleague, number: str) -> None:
    """The scarf cannot come back twice; the small candle goes, the large one costs 12.00 more."""
    page = cleo.page
    page.get_by_role("link", name="Next return").click()
    expect(page.get_by_label("Find what comes back")).to_be_focused()
    cleo.scans(number, page.get_by_text("1 back already"))
    # What is left is ticked already. She chooses while the answer to her scan is still under way.
    with held_back(page, "scan=") as scanned:
        cleo.desk.scan(tag(SMALL))
        scanned()
        page.locator("label", has_text="Something else instead").click()
    page.get_by_role("button", name=re.compile(", large, ")).click()
    # She types while the answer to "Cash" is still under way: what she typed stays.
    with held_back(page, "tender=cash") as asked:
        page.locator("#money .tenderpick label", has_text="Cash").click()
        asked()
        page.get_by_label("Cash given").press_sequentially("15")
    page.wait_for_timeout(200)
    expect(page.get_by_label("Cash given")).to_have_value("15")
    cleo.look("26-exchange")
    cleo.press("Exchange, €12.00 paid")
    cleo.sees("The customer paid €12.00 on top.")
    expect(page.locator("#toasts")).to_contain_text("Give €3.00 change.")
    cleo.look("27-exchanged")


def sees_her_money(mails: Mailbox, laptop: Shopper, number: str) -> None:
    """In the mail, behind its link, and in her account with all that happened."""
    assert re.search(r"You got 49[.,]00", mails.opens("Your return .* is settled"))
    mails.look("28-mail-refund")
    mails.follows("/o/")
    mails.sees(re.compile(r"49[.,]00.€? is back with you"), "Collected")
    mails.look("29-order-returned")
    laptop.page.goto("/shop/web/")
    laptop.main("Eve")
    laptop.sees(number)
    laptop.look("30-account")
    laptop.page.get_by_role("link", name="What happened").click()
    expect(laptop.page.get_by_role("heading", name="What happened")).to_be_visible()
    laptop.look("31-history")


def knows_her(cleo: Colleague) -> None:
    """Staff in Nice see the whole of it, with what was done in Lyon and on the web."""
    page = cleo.page
    cleo.rail("Customers")
    page.get_by_label("Find a customer").press_sequentially("Eve Mar")
    page.locator("#page").get_by_role("link", name=EVE).first.click()
    expect(page.get_by_role("heading", name=EVE)).to_be_visible()
    cleo.sees("Lyon Bellecour", "Nice Masséna", "Wool scarf")
    cleo.look("32-customer")


def assert_goods_moved_once() -> None:
    """Out of the shelf where she collected, into the shelf where she brought it back."""
    moved = StockMovement.objects.exclude(kind=MovementKind.OPENING).values_list(
        "level__location__code", "level__variant__sku", "kind", "quantity"
    )
    assert sorted(moved) == [
        ("lyon", SMALL, MovementKind.HANDED_OVER, -1),
        ("lyon", SCARF, MovementKind.HANDED_OVER, -1),
        ("nice", LARGE, MovementKind.SOLD, -1),
        ("nice", SMALL, MovementKind.RETURNED, 1),
        ("nice", SCARF, MovementKind.RETURNED, 1),
    ]
    assert not StockLevel.objects.exclude(committed=0, held=0, shortfall=0).exists()


def assert_money_is_right(number: str, psp: PspProcess) -> None:
    """Captured once, given back once where it came from; the difference lies in the drawer."""
    entries = PaymentEvent.objects.order_by("id")
    orders = Order.objects.order_by("placed_at")
    given_back = [(each["amount"], each["status"]) for each in psp.dump()["refunds"]]

    assert list(entries.values_list("payment__tender", "kind", "amount_minor")) == [
        ("online", "authorisation", 6700),
        ("online", "capture", 6700),
        ("online", "refund", 4900),
        ("cash", "authorisation", 1200),
        ("cash", "capture", 1200),
    ]
    assert list(Refund.objects.values_list("status", "amount_minor")) == [("succeeded", 4900)]
    assert given_back == [(4900, "succeeded")]
    assert list(
        ReturnCase.objects.order_by("id").values_list("kind", "status", "money_status")
    ) == [
        ("return", "closed", "settled"),
        ("exchange", "closed", "settled"),
    ]
    assert list(
        orders.values_list("status", "payment_status", "fulfilment_status", "return_status")
    ) == [
        ("completed", "partly_refunded", "fulfilled", "returned"),
        ("completed", "paid", "fulfilled", "none"),
    ]
    assert orders[0].number == number
    assert orders[0].customer_id == orders[1].customer_id is not None


def assert_told_in_order() -> None:
    """Each step is on her timeline once for each time that it happened, with its place."""
    she = Order.objects.values_list("customer_id", flat=True).distinct().get()
    rows = Interaction.objects.filter(customer_id=she).order_by("occurred_at", "id")
    told = [row.kind for row in rows if row.kind in STEPS]
    places: dict[Any, str] = {row.pk: row.code for row in Location.objects.all()}

    assert told == list(STEPS)
    assert [(row.kind, places.get(row.location_id)) for row in rows if row.kind in AT_COUNTERS] == [
        ("pickup.handed_over", "lyon"),
        ("return.received", "nice"),
        ("return.received", "nice"),
    ]
    mails = rows.filter(kind="message.sent").count()
    assert mails == Message.objects.filter(recipient=EMAIL, subject_kind="order").count()


def test_eve_collects_with_the_code_of_her_mail_and_exchanges_in_another_store(
    opened: Callable[..., Desk], house: PspProcess, later: Callable[..., None]
) -> None:
    phone = Shopper(opened(390, touch=True), "app")
    mails = Mailbox(opened(390, touch=True), EMAIL, meanwhile=time_for_programs)
    laptop = Shopper(opened(1440), "web")
    laptop.desk.may_go_to(house.url)
    ben, cleo = (Colleague(opened(1440), name) for name in ("Ben", "Cleo"))

    sees_it_in_the_app(phone, mails)
    number = orders_at_the_laptop(laptop, house)
    assert "Lyon Bellecour" in mails.opens(f"Thank you for your order {number}")
    prepares_it(ben, number)
    later(hours=2)
    hands_it_over(ben, reads_her_code(mails, number))
    later(days=2)
    begins_the_day(cleo)
    takes_the_scarf_back(cleo, number)
    gives_the_larger_candle(cleo, number)
    sees_her_money(mails, laptop, number)
    knows_her(cleo)

    time_for_programs()
    assert_goods_moved_once()
    assert_money_is_right(number, house)
    assert_told_in_order()
    assert [each for each in runner.run() if not each.is_clean] == []
