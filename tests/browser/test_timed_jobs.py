"""The four timed jobs, by touch and by keyboard and scanner alone, below a third of their limits.

A job begins on Today, which is open already, and ends when what was asked stands on the screen.
Each way prints its time and its touches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from customers.profiles.models import Customer
from inventory.catalog.models import Barcode
from journeys.timeline import operations as timeline
from journeys.timeline.operations import Capture
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.events import operations as events
from orders.aftersales.models import LogisticsState, MoneyState, ReturnCase
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentState
from orders.payments.models import Refund, RefundState
from orders.pos.models import Register
from orders.sales.models import Order
from tests.browser.desk import Desk, Stopwatch
from tests.factories.customers import make_customer, make_identifier
from tests.factories.inventory import make_location, stock_up
from tests.factories.omni import make_staff
from tests.factories.orders_work import (
    Shop,
    code_of,
    collect,
    make_order,
    make_ready,
    make_shop,
    work_of,
)
from tests.factories.payments import start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import psp, psp_process, receiver

__all__ = ["psp", "psp_process", "receiver"]

pytestmark = pytest.mark.django_db(transaction=True)

CLERK = (
    Permission.FULFILMENT_VIEW,
    Permission.PICKUP_HAND_OVER,
    Permission.STOCK_VIEW,
    Permission.ORDERS_VIEW,
    Permission.RETURNS_VIEW,
    Permission.RETURNS_CREATE,
    Permission.PAYMENTS_VIEW,
    Permission.PAYMENTS_REFUND,
    Permission.CUSTOMERS_VIEW,
    Permission.CUSTOMERS_HISTORY,
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.WORK_VIEW,
)
QUESTION = "Can my daughter collect the coat for me?"
BARCODE = "4006381333931"


class Hand(Stopwatch):
    """A person at a desk, on time: touches are counted, and a mouse is not there."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.page = desk, desk.page

    def tap(self, target: Locator) -> None:
        self.touches += 1
        target.tap()

    def types(self, text: str, *, enter: bool = False) -> None:
        """On the keyboard, real or on the glass."""
        self.page.keyboard.type(text)
        if enter:
            self.press("Enter")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tabs_to(self, target: Locator) -> None:
        """To a link of the page, as one goes there without a mouse."""
        for _step in range(40):
            if target.evaluate("node => node === document.activeElement"):
                return
            self.press("Tab")
        pytest.fail("Tab does not lead there")


Job = Callable[..., AbstractContextManager[Hand]]


@pytest.fixture
def timed(opened: Callable[..., Desk], record_property: Any) -> Job:
    """Begin a job at Today; at its end it was quick, and with so few touches."""

    @contextmanager
    def begin(
        shop: Shop, name: str, *, limit: float, touch: bool, at_till: bool = False, most: int = 99
    ) -> Iterator[Hand]:
        till = None
        if at_till:
            till = Register.objects.create(
                location=shop.lyon, channel=shop.channel, code="lyon-1", name="Till 1"
            )
        desk = opened(834, touch=True) if touch else opened(1440)
        desk.sign_in(make_staff(*CLERK, location_id=shop.lyon.pk), shop.lyon, till)
        desk.goto("/console/today")
        hand = Hand(desk)
        yield hand
        seconds = hand.seconds
        way = f"by touch, {hand.touches} touches" if touch else "by keyboard and scanner"
        print(f"\n{name}, {way}: {seconds:.2f} s of {limit:.0f} s")
        record_property(f"{name} {way}", round(seconds, 2))
        assert seconds < limit / 3
        assert hand.touches <= most if touch else not hand.touches

    return begin


def pickup_that_waits(shop: Shop) -> tuple[Order, str]:
    order = make_order(shop, contact_name="Eve Adams")
    return order, code_of(make_ready(order))


def assert_handed_over(hand: Hand, order: Order) -> None:
    expect(hand.page.locator("#page").get_by_text("Handed over", exact=True)).to_be_visible()
    assert work_of(order).status == FulfilmentState.HANDED_OVER


def test_hand_over_by_touch(timed: Job) -> None:
    shop = make_shop()
    order, code = pickup_that_waits(shop)

    with timed(shop, "hand over a pickup by its code", limit=15, touch=True, most=3) as hand:
        hand.tap(hand.page.get_by_label("Scan or search"))
        hand.types(code)
        hand.tap(hand.page.locator("#hits .hit"))
        hand.tap(hand.page.get_by_role("button", name="Hand over"))
        assert_handed_over(hand, order)


def test_hand_over_by_keyboard_and_scanner(timed: Job) -> None:
    shop = make_shop()
    order, code = pickup_that_waits(shop)

    with timed(shop, "hand over a pickup by its code", limit=15, touch=False) as hand:
        hand.desk.scan(code)
        expect(hand.page.get_by_text("Code checked")).to_be_visible()
        hand.press("Enter")
        assert_handed_over(hand, order)


def collected_web_order() -> tuple[Shop, Order]:
    """Paid online by card, two units, collected in Lyon."""
    shop = make_shop()
    order = make_order(shop, pay="", contact_name="Eve Adams")
    start_online(order, card_token="tok_visa")
    fulfilment.confirm_if_paid(order_id=order.pk)
    collect(order)
    return shop, order


def assert_given_back(order: Order) -> None:
    case = ReturnCase.objects.get(order=order)
    refund = Refund.objects.get()
    assert (case.status, case.money_status) == (LogisticsState.CLOSED, MoneyState.SETTLED)
    assert (refund.status, refund.amount_minor) == (RefundState.SUCCEEDED, order.total_minor)


def test_take_back_a_web_order_by_touch(timed: Job, psp: PspProcess) -> None:
    shop, order = collected_web_order()

    with timed(shop, "take back a web order with its refund", limit=45, touch=True) as hand:
        hand.tap(hand.page.locator("#rail").get_by_role("link", name="Returns"))
        hand.tap(hand.page.get_by_label("Find what comes back"))
        hand.types(order.number, enter=True)
        hand.tap(hand.page.locator("label", has_text="Too small"))
        hand.tap(hand.page.get_by_role("button", name="Refund €10.00"))
        expect(hand.page.get_by_text("€10.00 goes back")).to_be_visible()

    assert_given_back(order)
    assert ReturnCase.objects.get().reason == "too_small"


def test_take_back_a_web_order_by_keyboard_and_scanner(timed: Job, psp: PspProcess) -> None:
    shop, order = collected_web_order()

    with timed(shop, "take back a web order with its refund", limit=45, touch=False) as hand:
        hand.desk.scan(order.number)
        expect(hand.page.get_by_role("link", name="Take back")).to_be_visible()
        hand.press("Enter")
        expect(hand.page.get_by_label("Scan an item of this order")).to_be_visible()
        expect(hand.page.get_by_role("button", name="Refund €10.00")).to_be_visible()
        hand.press("Enter")
        expect(hand.page.get_by_text("€10.00 goes back")).to_be_visible()

    assert_given_back(order)


def customer_with_a_question(shop: Shop) -> Customer:
    """She asked something yesterday; her order waits in Lyon. Others have similar numbers."""
    eve = make_customer(name="Eve Adams")
    make_identifier(customer=eve, kind="phone", value="+33612345678", is_verified=True)
    for number in range(5):
        other = make_customer(name=f"Ann {number}")
        make_identifier(customer=other, kind="phone", value=f"+3369999000{number}")
    make_ready(make_order(shop, customer_id=eve.pk))
    events.drain()
    asked = Capture(
        "call.noted",
        "call-1",
        facts={"text": QUESTION, "direction": "in"},
        customer_id=eve.pk,
    )
    timeline.capture_interactions(captures=[asked], actor=SYSTEM)
    return eve


def assert_question_answered(hand: Hand) -> None:
    """Her page, her last question and her order's state, without scrolling."""
    page = hand.page
    expect(page.get_by_role("heading", name="Eve Adams")).to_be_in_viewport()
    touches = page.get_by_role("region", name="Last touches and open problem")
    expect(touches.get_by_text(QUESTION)).to_be_in_viewport()
    expect(touches.get_by_text(re.compile("Pickup .+ is ready at Lyon"))).to_be_in_viewport()


def test_last_question_and_the_order_by_touch(timed: Job) -> None:
    shop = make_shop()
    customer_with_a_question(shop)

    with timed(shop, "last question and the order", limit=20, touch=True) as hand:
        hand.tap(hand.page.locator("#rail").get_by_role("link", name="Customers"))
        hand.tap(hand.page.get_by_label("Find a customer"))
        hand.types("345678")
        hand.tap(hand.page.get_by_role("link", name="Eve Adams"))
        assert_question_answered(hand)


def test_last_question_and_the_order_by_keyboard_and_scanner(timed: Job) -> None:
    shop = make_shop()
    customer_with_a_question(shop)

    with timed(shop, "last question and the order", limit=20, touch=False) as hand:
        hand.press("/")
        hand.types("345678")
        expect(hand.page.locator("#hits .hit")).to_have_count(1)
        hand.press("ArrowDown", "Enter")
        assert_question_answered(hand)


def shop_with_barcode() -> Shop:
    """Sold out in Lyon; Nice and Paris have it, Nice is nearer."""
    shop = make_shop(units=0)
    Barcode.objects.create(variant=shop.variant, code=BARCODE.zfill(14))
    paris = make_location(name="Paris", city="Paris", latitude=48.86, longitude=2.35)
    for store, units in ((paris, 3), (shop.nice, 7)):
        stock_up(shop.variant, store, units)
    return shop


def assert_price_told(hand: Hand) -> None:
    """The price, and the nearest store that has it, with how far it is."""
    answer = hand.page.locator("#answer")
    expect(answer.get_by_text("€10.00")).to_be_in_viewport()
    expect(answer.get_by_text("None here")).to_be_in_viewport()
    nearest = answer.get_by_role("region", name="Other stores").locator("li").first
    expect(nearest).to_be_in_viewport()
    expect(nearest).to_contain_text(re.compile(r"Nice.*29\d\.\d km.*7", re.DOTALL))


def test_price_and_nearest_store_by_touch(timed: Job) -> None:
    shop = shop_with_barcode()

    with timed(shop, "price and nearest store", limit=10, touch=True, at_till=True) as hand:
        hand.tap(hand.page.locator("#rail").get_by_role("link", name="Till"))
        hand.tap(hand.page.get_by_role("link", name="Price check"))
        hand.tap(hand.page.get_by_label("Scan an item, or type its name"))
        hand.types(BARCODE, enter=True)
        assert_price_told(hand)


def test_price_and_nearest_store_by_keyboard_and_scanner(timed: Job) -> None:
    shop = shop_with_barcode()

    with timed(shop, "price and nearest store", limit=10, touch=False, at_till=True) as hand:
        hand.tabs_to(hand.page.locator("#rail").get_by_role("link", name="Till"))
        hand.press("Enter")
        expect(hand.page.get_by_role("heading", name="Till 1 is closed")).to_be_visible()
        hand.press("F6")
        expect(hand.page.get_by_label("Scan an item, or type its name")).to_be_focused()
        hand.desk.scan(BARCODE)
        assert_price_told(hand)
