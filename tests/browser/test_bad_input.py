"""What people, scanners and browsers do wrong: nothing breaks, nothing is lost, each is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect

from omni.access import pins
from omni.access.models import User
from omni.access.permissions import Permission
from omni.access.session_store import StaffSession
from omni.access.sessions import actor_of_user
from omni.work.models import Approval, Task
from orders.aftersales.models import ReturnCase
from orders.checkout.models import Cart, CartAddress, CartLine, CartStatus
from orders.payments.models import Tender
from orders.pos import operations as pos
from orders.pos.models import CashEntry, CashKind, JournalEntry, Register
from orders.sales.models import Order
from tests.browser.desk import Desk
from tests.factories.omni import PASSWORD, make_grant, make_staff
from tests.factories.orders_work import Shop, Sold, collect, lines_of, make_order, make_shop

pytestmark = pytest.mark.django_db(transaction=True)

Opened = Callable[..., Desk]
CLERK = (
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.CUSTOMERS_VIEW,
    Permission.FULFILMENT_VIEW,
    Permission.STOCK_VIEW,
    Permission.WORK_VIEW,
)
PIN = "4826"
# A scanner gone wild: so many keys at once, then Enter. Typed from here they would take minutes.
FLOOD = """(count) => {
  const press = (key) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  for (let at = 0; at < count; at += 1) press("%");
  press("Enter");
}"""


@dataclass
class Till:
    """A till with an open shift, and the browser before it."""

    desk: Desk
    shop: Shop
    user: User

    @property
    def page(self) -> Page:
        return self.desk.page

    def begin_sale(self) -> None:
        self.desk.scan(self.shop.variant.sku)
        expect(self.page.locator("#total")).to_have_text("€10.00")

    def press(self, name: str) -> None:
        self.page.locator("#page").get_by_role("button", name=name).click()


@pytest.fixture
def till(opened: Opened) -> Till:
    shop = make_shop()
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code="lyon-1", name="Till 1"
    )
    user = make_staff(*CLERK, location_id=shop.lyon.pk)
    pos.open_shift(register_id=register.pk, float_minor=10_000, actor=actor_of_user(user))
    desk = opened()
    desk.sign_in(user, shop.lyon, register)
    desk.goto("/console/till")
    return Till(desk, shop, user)


def sales() -> tuple[int, int, int]:
    """Orders, entries in the journal and cash of sales: one of each is one sale."""
    cash = CashEntry.objects.filter(kind=CashKind.SALE)
    return Order.objects.count(), JournalEntry.objects.count(), cash.count()


def test_pay_pressed_twice_and_the_way_back_are_one_sale(till: Till) -> None:
    page = till.page
    till.begin_sale()
    page.keyboard.press("F8")

    page.get_by_role("button", name="Exactly").dblclick()
    expect(page.get_by_role("link", name="Next sale")).to_be_visible()
    for _time in range(2):
        page.go_back()
        expect(page.get_by_role("link", name="Till", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Exactly")).to_have_count(0)
    page.go_forward()

    expect(page.get_by_role("link", name="Till", exact=True)).to_be_visible()
    assert sales() == (1, 1, 1)
    assert not Cart.objects.filter(status=CartStatus.ACTIVE).exists()


def test_card_approved_twice_is_one_sale(till: Till) -> None:
    till.begin_sale()
    till.page.keyboard.press("Enter")
    till.page.get_by_label("Number on the terminal's slip").fill("slip-1")

    till.page.get_by_role("button", name="The terminal approved it").dblclick()

    expect(till.page.get_by_role("link", name="Next sale")).to_be_visible()
    assert sales() == (1, 1, 0)


def test_line_changed_in_two_tabs_is_told_and_nothing_lost(till: Till) -> None:
    till.begin_sale()
    other = Desk(till.page.context.new_page(), till.desk.base_url)
    other.goto("/console/till")
    till.page.bring_to_front()
    till.press("One more")
    expect(till.page.locator("#total")).to_have_text("€20.00")

    other.page.bring_to_front()
    other.page.get_by_role("button", name="One less").click()

    expect(other.page.locator("[data-problem]")).to_be_visible()
    expect(other.page.locator("#total")).to_have_text("€20.00")
    assert CartLine.objects.get().quantity == 2
    other.page.get_by_role("button", name="One more").click()
    expect(other.page.locator("#total")).to_have_text("€30.00")
    assert other.troubles == []


def test_session_that_ends_in_a_sale_leaves_the_sale(till: Till) -> None:
    page = till.page
    till.begin_sale()
    page.wait_for_load_state("networkidle")

    StaffSession.objects.all().delete()
    till.desk.scan(till.shop.variant.sku)
    expect(page.get_by_text("You were signed out")).to_be_visible()
    with page.context.expect_page() as opening:
        page.get_by_role("dialog").get_by_role("link", name="Sign in").click()
    again = opening.value
    again.get_by_label("Email").fill(till.user.email)
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in").click()
    again.get_by_title("Choose another store or register").click()
    again.get_by_role("button", name="Till 1").click()
    again.locator("#rail").get_by_role("link", name="Till").click()
    expect(again.locator("#total")).to_have_text("€10.00")

    page.bring_to_front()
    page.get_by_role("button", name="Back to the page").click()
    till.desk.scan(till.shop.variant.sku)
    expect(page.locator("#total")).to_have_text("€20.00")
    assert (Cart.objects.count(), CartLine.objects.get().quantity) == (1, 2)


def test_page_that_asks_by_itself_keeps_what_was_typed_and_leaves_when_nothing_was(
    till: Till,
) -> None:
    page = till.page
    page.goto("/console/tasks")
    page.locator("#scan-field").fill("Friederike")
    page.wait_for_load_state("networkidle")
    asks = "document.body.dispatchEvent(new Event('omni:changed'))"

    StaffSession.objects.all().delete()
    page.evaluate(asks)
    expect(page.get_by_text("You were signed out")).to_be_visible()
    page.get_by_role("button", name="Back to the page").click()
    expect(page.locator("#scan-field")).to_have_value("Friederike")
    page.locator("#scan-field").evaluate("node => { node.value = '' }")
    page.evaluate(asks)

    expect(page).to_have_url(re.compile("/staff/sign-in"))


def test_five_wrong_pins_lock(till: Till) -> None:
    mona = make_staff(*CLERK, location_id=till.shop.lyon.pk, display_name="Mona")
    pins.set_own_pin(pin=PIN, password=PASSWORD, actor=actor_of_user(mona))
    page = till.page
    page.goto("/console/switch")
    page.get_by_role("link", name="Mona").click()

    for _try in range(4):
        page.get_by_label("PIN").fill("9731")
        page.keyboard.press("Enter")
        expect(page.get_by_text("The PIN is not right")).to_be_visible()
        page.goto(page.url)
    page.get_by_label("PIN").fill("9731")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Too many wrong PINs")
    page.get_by_label("PIN").fill(PIN)
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Too many wrong PINs")
    expect(page.get_by_role("button", name=re.compile("^Ada"))).to_be_visible()


def test_scanner_that_sends_garbage_and_ten_thousand_keys_is_told(till: Till) -> None:
    page = till.page
    till.begin_sale()

    till.desk.scan("]d2%&#@!'--<b>~~0100")
    expect(page.get_by_role("heading", name=re.compile("Nothing has the code"))).to_be_visible()
    page.get_by_role("link", name="Back to the keys").click()
    expect(page.locator("#till-scan")).to_be_focused()
    page.locator("#till-scan").blur()
    page.evaluate(FLOOD, 10_000)

    expect(page.get_by_role("heading", name=re.compile("Nothing has the code"))).to_be_visible()
    expect(page.get_by_text("Scan it once more")).to_be_visible()
    expect(page.locator("#total")).to_have_text("€10.00")
    assert not till.desk.is_too_wide()


def test_unknown_barcode_is_told_and_becomes_a_task(till: Till) -> None:
    till.begin_sale()

    till.desk.scan("4006381333931")
    expect(till.page.get_by_text("If the barcode is new, make a task")).to_be_visible()
    till.press("Make a task")

    expect(till.page.locator("#toasts")).to_contain_text("task")
    expect(till.page.locator("#total")).to_have_text("€10.00")
    task = Task.objects.get(kind="unknown_barcode")
    assert (task.subject_id, task.location_id) == ("4006381333931", till.shop.lyon.pk)


def test_huge_paste_in_every_field_is_told_and_kept(till: Till) -> None:
    page = till.page
    till.begin_sale()
    page.get_by_role("link", name=re.compile("choose another way")).click()
    page.get_by_role("listitem").filter(has_text="Ship to").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Where to?")).to_be_visible()
    names = [f"#id_{name}" for name in ("name", "email", "phone", "street", "postal_code", "city")]
    huge = "<b>ü " * 10_000

    for name in names:  # a browser would cut it; the server must not trust that
        page.locator(name).evaluate("node => node.removeAttribute('maxlength')")
        page.locator(name).fill(huge)
    till.press("Keep")

    expect(page.locator("#page .err")).to_have_count(len(names))
    for name in names:
        assert page.locator(name).input_value().strip() == huge.strip()
    assert not CartAddress.objects.exists()
    good = ("Ann", "ann@example.com", "", "Rue 1", "69001", "Lyon")
    for name, text in zip(names, good, strict=True):
        page.locator(name).fill(text)
    page.locator("#id_country").select_option("FR")
    till.press("Keep")
    expect(page.get_by_role("link", name=re.compile("^Card"))).to_be_visible()
    assert Cart.objects.get().shipping_address.city == "Lyon"


@pytest.mark.parametrize("way", ["rail", "scan"])
def test_page_that_the_frame_opens_takes_the_place_of_the_last(till: Till, way: str) -> None:
    page = till.page
    page.goto("/console/tasks")

    if way == "rail":
        page.locator("#rail").get_by_role("link", name="Stock").click()
    else:
        till.desk.scan(till.shop.variant.sku)

    expect(page).to_have_url(re.compile("/console/stock"))
    expect(page.locator("#page.stock, #page.page").last).to_be_visible()
    assert page.locator("main").count() == 1


def test_page_that_comes_in_the_middle_of_a_scan_loses_no_letter(till: Till) -> None:
    """The scanner began before the field had the focus: its first letters went past it."""
    page, sku = till.page, till.shop.variant.sku
    page.locator("#till-scan").blur()

    page.keyboard.type(sku[:3])
    page.locator("#till-scan").focus()
    till.desk.scan(sku[3:])

    expect(page.locator("#total")).to_have_text("€10.00")


def test_sale_paid_in_two_tabs_is_one_sale_and_both_show_it(till: Till) -> None:
    till.begin_sale()
    till.page.keyboard.press("F8")
    expect(till.page.get_by_role("button", name="Exactly")).to_be_visible()
    other = Desk(till.page.context.new_page(), till.desk.base_url)
    other.goto(till.page.url)
    expect(other.page.get_by_role("button", name="Exactly")).to_be_visible()

    for page in (till.page, other.page):
        page.bring_to_front()
        page.get_by_role("button", name="Exactly").click()
        expect(page.get_by_role("link", name="Next sale")).to_be_visible()

    assert till.page.url == other.page.url
    assert sales() == (1, 1, 1)
    assert other.troubles == []


def test_five_wrong_pins_of_a_colleague_lock_and_the_return_stays_as_it_was(till: Till) -> None:
    page, shop = till.page, till.shop
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    collect(order)
    returns = (Permission.RETURNS_VIEW, Permission.RETURNS_CREATE, Permission.RETURNS_INSPECT)
    place = {"scope_kind": "location", "scope_id": shop.lyon.pk}
    refund = Permission.PAYMENTS_REFUND
    make_grant(till.user, *returns, refund, refund_limit_minor=100, **place)
    mona = make_staff(*CLERK, *returns, refund, Permission.WORK_DECIDE, location_id=shop.lyon.pk)
    pins.set_own_pin(pin=PIN, password=PASSWORD, actor=actor_of_user(mona))
    line = lines_of(order)[0].pk
    till.desk.goto(f"/console/returns/order/{order.pk}?shown=1&line={line}&q-{line}=1")
    till.press("Ask a colleague")

    for tried in range(6):
        page.get_by_label("Their PIN").fill(PIN if tried == 5 else "9731")
        till.press("Grant and refund")
        words = "Too many wrong PINs" if tried >= 4 else "The PIN is not right"
        expect(page.get_by_role("alert")).to_contain_text(words)

    expect(page.locator(f"#line-{line}")).to_be_checked()
    assert not ReturnCase.objects.exists()
    assert Approval.objects.get().status == "asked"


def test_keys_for_the_search_reach_the_field_that_is_seen(till: Till) -> None:
    page = till.page
    for address, field in (("/console/till", "#till-scan"), ("/console/tasks", "#scan-field")):
        till.desk.goto(address)
        page.locator(field).blur()
        page.keyboard.press("Control+k")
        expect(page.locator(field)).to_be_focused()


def slow_line(page: Page) -> None:
    """Every answer takes its time on the way, as over a store's radio."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    conditions = {"latency": 300, "downloadThroughput": -1, "uploadThroughput": -1}
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **conditions})


def test_scans_that_overtake_their_answers_are_all_taken(till: Till) -> None:
    slow_line(till.page)

    for _scan in range(4):
        till.desk.scan(till.shop.variant.sku)

    expect(till.page.locator("#total")).to_have_text("€40.00")
    assert CartLine.objects.get().quantity == 4
    assert till.desk.troubles == []


def test_times_typed_before_a_scan_count(till: Till) -> None:
    till.page.keyboard.type("3x")
    till.page.wait_for_timeout(500)  # the hand goes to the scanner
    till.desk.scan(till.shop.variant.sku)

    expect(till.page.locator("#total")).to_have_text("€30.00")
    assert CartLine.objects.get().quantity == 3


def test_scans_that_the_line_lost_are_all_told(till: Till) -> None:
    held: list[Route] = []
    till.page.route("**/console/till/scan", lambda route: held.append(route))
    till.desk.scan(till.shop.variant.sku)
    till.desk.scan("5000112637922")
    while not held:
        till.page.wait_for_timeout(20)
    held[0].abort()

    told = till.page.locator("#toasts .toast.error")
    expect(told).to_contain_text(f"{till.shop.variant.sku}, 5000112637922")
    assert any("ERR_FAILED" in each for each in till.desk.troubles)
    till.desk.troubles.clear()


def test_an_answer_amid_a_scan_leaves_it_whole(till: Till) -> None:
    slow_line(till.page)

    for _scan in range(4):
        till.page.keyboard.type(till.shop.variant.sku, delay=40)
        till.page.keyboard.press("Enter")

    expect(till.page.locator("#total")).to_have_text("€40.00")
    assert till.desk.troubles == []


def test_scans_behind_a_refused_one_are_told(till: Till) -> None:
    slow_line(till.page)

    for text in (till.shop.variant.sku, "5000112637922", till.shop.variant.sku):
        till.desk.scan(text)

    told = till.page.locator("#toasts .toast.error")
    expect(told).to_contain_text(f"Not taken, scan again: {till.shop.variant.sku}")
    assert CartLine.objects.get().quantity == 1
    assert till.desk.troubles == []
