"""A store's day driven whole in the browser; its sums are those of the ledgers, to the cent.

The test adds the ledgers up by itself, in SQL, and knows what was typed; the page says the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from omni.access.permissions import Permission
from omni.audit import runner
from orders.pos.models import Deposit, Register, Shift, StoreDay, StoreDayStatus, TerminalBatch
from tests.browser.desk import Desk
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.omni import PASSWORD, make_staff
from tests.factories.orders_work import Shop, code_of, make_order, make_ready, make_shop, work_of

pytestmark = pytest.mark.django_db(transaction=True)

MANAGER = (
    Permission.FULFILMENT_VIEW,
    Permission.PICKUP_HAND_OVER,
    Permission.ORDERS_VIEW,
    Permission.RETURNS_VIEW,
    Permission.RETURNS_CREATE,
    Permission.PAYMENTS_VIEW,
    Permission.PAYMENTS_REFUND,
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.POS_CLOSE_DAY,
)
DEAR = 1500


class StoreDayAtLyon:
    """What the person at the till does, in order; each step ends when the page says so."""

    def __init__(self, desk: Desk, shop: Shop, register: Register) -> None:
        self.desk, self.page, self.shop, self.register = desk, desk.page, shop, register

    def press(self, name: str) -> None:
        self.page.locator("#page").get_by_role("button", name=re.compile(name)).click()

    def rail(self, name: str) -> None:
        self.page.locator("#rail").get_by_role("link", name=re.compile(name)).click()

    def count(self, prefix: str, **units: int) -> None:
        """So many of each coin and note, by its value in cents."""
        for value, number in units.items():
            self.page.locator(f"#{prefix}_d_{value.removeprefix('c')}").fill(str(number))

    def begin(self, email: str) -> None:
        page = self.page
        page.goto("/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_title("Choose another store or register").click()
        page.get_by_role("button", name=self.register.name).click()
        expect(page.get_by_title("Choose another store or register")).to_contain_text("Till 1")
        self.rail("Till")
        page.get_by_role("link", name="Open a shift").click()
        self.count("id", c2000=2, c1000=4, c500=4)
        expect(page.locator("[data-sum]")).to_have_text("€100.00")
        self.press("Open the shift")
        expect(page.get_by_role("heading", name="Ready to scan")).to_be_visible()

    def scan_goods(self, total: str, times: int = 1) -> None:
        for _time in range(times):
            self.desk.scan(self.shop.variant.sku)
        expect(self.page.locator("#total")).to_have_text(total)

    def number_sold(self) -> str:
        """The number on the receipt that is shown."""
        expect(self.page.get_by_role("link", name="Next sale")).to_be_visible()
        found = re.search(r"\b[A-Z]+\d{4,}\b", self.page.locator(".papers").inner_text())
        assert found
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Ready to scan")).to_be_visible()
        return found[0]

    def sell_for_cash(self) -> str:
        self.scan_goods("€10.00")
        self.page.keyboard.press("F8")
        self.page.get_by_label("Another sum").fill("20")
        self.press("Take this sum")
        expect(self.page.locator("#change")).to_have_text("€10.00")
        return self.number_sold()

    def sell_by_card(self) -> str:
        self.scan_goods("€10.00")
        self.scan_goods("€20.00")
        self.page.keyboard.press("Enter")
        self.page.get_by_label("Number on the terminal's slip").fill("slip-1")
        self.page.keyboard.press("Enter")
        return self.number_sold()

    def take_money_and_hand_over(self, code: str) -> None:
        self.desk.scan(code)
        expect(self.page.get_by_text("€10.00 is still to be paid")).to_be_visible()
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_text("Code checked")).to_be_visible()
        self.page.locator("label", has_text="Cash").first.click()
        self.page.get_by_label("Cash given").fill("10")
        self.press("€10.00 taken: hand over")
        expect(self.page.get_by_text(re.compile("Handed over"))).not_to_have_count(0)

    def take_back(self, number: str) -> None:
        self.rail("Returns")
        expect(self.page.get_by_label("Find what comes back")).to_be_focused()
        self.desk.scan(number)
        expect(self.page.get_by_text("From this drawer, now")).to_be_visible()
        self.press("Refund €10.00")
        expect(self.page.get_by_text("€10.00 goes back")).to_be_visible()

    def exchange(self, number: str, sku: str) -> None:
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_label("Find what comes back")).to_be_focused()
        self.desk.scan(number)
        expect(self.page.get_by_label("Scan an item of this order")).to_be_visible()
        self.desk.scan(self.shop.variant.sku)
        expect(self.page.get_by_text("Back to the customer")).to_be_visible()
        self.page.locator("label", has_text="Something else instead").click()
        field = self.page.get_by_label("Scan or search what the customer takes")
        field.fill(sku)
        field.press("Enter")
        self.page.get_by_role("button", name="Take", exact=True).click()
        self.page.locator("#money .tenderpick label", has_text="Cash").click()
        self.page.get_by_label("Cash given").fill("5")
        self.press("Exchange, €5.00 paid")
        expect(self.page.get_by_text("The customer paid €5.00 on top.")).to_be_visible()

    def close_the_shift(self) -> None:
        page = self.page
        page.goto("/console/shift")
        page.locator("label", has_text="To the safe").click()
        page.get_by_label("Amount").fill("50")
        page.get_by_label("What for").fill("Evening drop")
        self.press("Book it")
        expect(page.get_by_text("−€50.00").or_(page.get_by_text("-€50.00")).first).to_be_visible()
        page.get_by_role("link", name="Count and close").click()
        self.count("id", c2000=2, c1000=2, c200=2, c50=1)
        self.press("Counted")
        expect(page.get_by_role("heading", name="Counted")).to_be_visible()
        page.get_by_label("Why they differ").fill("A coin rolled away")
        self.press("Close the shift")
        expect(page.get_by_role("heading", name="Report of the shift")).to_be_visible()

    def close_the_day(self) -> None:
        page = self.page
        page.goto("/console/day")
        self.press("Drawers to the safe, reconcile")
        page.get_by_label("Total on the terminal's slip").fill("19.50")
        page.get_by_label("Batch number").fill("B-7")
        page.get_by_label("Why it differs, if it does").first.fill("A slip is missing")
        self.press("Keep")
        self.count("id", c1000=1, c200=2, c50=1)
        self.press("Counted")
        page.get_by_text("Make a deposit slip").click()
        self.count("slip", c1000=1)
        page.get_by_label("Number of the bag").fill("Bag 12")
        self.press("Make the slip")
        expect(page.get_by_role("heading", name="Deposit slip")).to_be_visible()
        expect(page.locator("article .code")).to_have_text(re.compile("EUR-000001$"))
        page.get_by_role("link", name="Back to the day").click()
        self.press("Close the day")
        expect(page.get_by_text("Good night")).to_be_visible()
        page.get_by_role("link", name="Z report").click()
        expect(page.get_by_role("heading", name="Z report")).to_be_visible()


def test_day_of_a_store_adds_up_to_its_ledgers(opened: Callable[..., Desk]) -> None:
    shop = make_shop(name="Lyon counter")
    dear = make_variant()
    make_listing(dear, shop.channel, price_minor=DEAR)
    stock_up(dear, shop.lyon, 3)
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code="lyon-1", name="Till 1"
    )
    waiting = make_order(shop, pay="", payment_policy="pay_at_collection")
    code = code_of(make_ready(waiting))
    user = make_staff(*MANAGER, location_id=shop.lyon.pk)
    day = StoreDayAtLyon(opened(), shop, register)

    day.begin(user.email)
    first = day.sell_for_cash()
    second = day.sell_by_card()
    day.take_money_and_hand_over(code)
    day.take_back(first)
    day.exchange(second, dear.sku)
    day.close_the_shift()
    day.close_the_day()

    assert work_of(waiting).status == "handed_over"
    assert_page_says_what_the_ledgers_say(figures_of(day.page))
    assert_the_ends_are_kept(register)
    assert [each for each in runner.run() if not each.is_clean] == []


def figures_of(page: Page) -> dict[str, list[int]]:
    """The Z report as it is printed: label → the sums beside it, in cents."""
    rows: dict[str, list[int]] = {}
    for row in page.locator("article.paper tr").all():
        label, *cells = [cell.strip() for cell in row.locator("th, td").all_inner_texts()]
        sums = [_cents(cell) for cell in cells]
        rows.setdefault(label.split("\n")[0], [each for each in sums if each is not None])
    return rows


def _cents(text: str) -> int | None:
    found = re.fullmatch(r"([-−]?)€?([-−]?)([\d,]+)(?:\.(\d\d))?", text)
    if not found:
        return None
    whole = int(found[3].replace(",", "")) * 100 + int(found[4] or 0)
    return -whole if found[1] or found[2] else whole


JOURNAL = """
SELECT sum(total_minor), sum((tenders ->> 'cash')::bigint),
       sum((tenders ->> 'card_terminal')::bigint) FROM orders_journalentry
"""
DRAWER = "SELECT kind, sum(amount_minor) FROM orders_cashentry GROUP BY kind"
PAYMENTS = """
SELECT p.tender, sum(CASE WHEN e.kind = 'capture' THEN e.amount_minor
                          WHEN e.kind IN ('refund', 'reversal') THEN -e.amount_minor ELSE 0 END)
FROM orders_paymentevent e JOIN orders_payment p ON p.id = e.payment_id GROUP BY p.tender
"""
REFUNDS = "SELECT sum(amount_minor) FROM orders_refund WHERE status = 'succeeded'"
SOLD = """
SELECT sum(p.net_minor), sum(p.tax_minor), sum(p.total_minor)
FROM (SELECT order_id, net_minor, tax_minor, total_minor FROM orders_orderline
      UNION ALL SELECT order_id, net_minor, tax_minor, total_minor FROM orders_adjustment) p
WHERE p.order_id IN (SELECT order_id FROM orders_journalentry WHERE kind IN ('sale', 'exchange'))
"""


def rows_of(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()]


def assert_page_says_what_the_ledgers_say(said: dict[str, list[int]]) -> None:
    (journal,) = rows_of(JOURNAL)
    drawer, payments = dict(rows_of(DRAWER)), dict(rows_of(PAYMENTS))
    (sold,) = rows_of(SOLD)
    ((refunded,),) = rows_of(REFUNDS)

    # What was typed: 10 cash, 20 card, 10 collected, 10 given back, 5 on top in an exchange.
    assert journal == (3500, 1500, 2000)
    assert said["Taken"] == [journal[0]] == [sum(payments.values())]
    assert said["Cash"] == [journal[1]] == [drawer["sale"] + drawer["refund"]] == [payments["cash"]]
    assert said["Card at the terminal"] == [journal[2]] == [payments["card_terminal"]]
    assert said["Paid at collection"] == [1000]
    assert said["Given back"] == [-refunded] == [-1000]
    assert said["Sold"] == list(sold)
    assert sold[2] == 1000 + 2000 + DEAR - 1000  # what came back paid for a part of the last
    assert drawer == {
        "float": 10_000,
        "sale": 2500,
        "refund": -1000,
        "drop": -5000,
        "difference": -50,
    }


def assert_the_ends_are_kept(register: Register) -> None:
    day, shift = StoreDay.objects.get(), Shift.objects.get()
    batch, deposit = TerminalBatch.objects.get(register=register), Deposit.objects.get()

    assert (shift.counted_minor, shift.expected_minor) == (6450, 6500)
    assert shift.difference_reason == "A coin rolled away"
    assert (batch.total_minor, batch.expected_minor) == (1950, 2000)
    assert (batch.batch_number, batch.difference_reason) == ("B-7", "A slip is missing")
    assert (day.status, day.safe_counted_minor) == (StoreDayStatus.CLOSED, 1450)
    assert (day.total_minor, day.cash_minor, day.card_minor) == (3500, 1500, 2000)
    assert (deposit.amount_minor, deposit.denominations) == (1000, {"1000": 1})
    assert (deposit.slip_number, deposit.note, deposit.safe.balance_minor) == (1, "Bag 12", 450)
