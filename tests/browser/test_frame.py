"""The frame in a real browser: sign-in, scanning, the session that ends, no script of strangers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from journeys.timeline.models import Interaction
from omni.access.permissions import Permission
from omni.access.session_store import StaffSession
from omni.work.models import Task
from tests.browser.desk import Desk, held_back
from tests.factories.customers import make_customer
from tests.factories.inventory import make_location
from tests.factories.omni import PASSWORD, make_staff
from tests.factories.orders_work import make_order, make_shop

pytestmark = pytest.mark.django_db(transaction=True)

Opened = Callable[..., Desk]
CLERK = (
    Permission.FULFILMENT_VIEW,
    Permission.WORK_VIEW,
    Permission.STOCK_VIEW,
)


def test_clerk_signs_in_chooses_the_register_and_comes_to_today(opened: Opened) -> None:
    lyon = make_location(name="Lyon")
    make_location(name="Nice")
    user = make_staff(*CLERK, location_id=lyon.pk)
    desk = opened()

    desk.page.goto("/")
    desk.page.get_by_label("Email").fill(user.email)
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.get_by_role("button", name="Sign in").click()

    expect(desk.page.get_by_role("link", name=re.compile("Lyon"))).to_be_visible()
    expect(desk.page).to_have_url(re.compile("/console/today"))
    assert desk.violations() == []


def test_scan_anywhere_opens_the_thing_and_garbage_is_told(opened: Opened) -> None:
    shop = make_shop()
    desk = opened()
    desk.sign_in(make_staff(*CLERK, location_id=shop.lyon.pk), shop.lyon)
    desk.goto("/console/tasks")

    desk.scan(shop.variant.sku)
    expect(desk.page).to_have_url(re.compile(f"/console/stock/{shop.variant.pk}"))
    desk.scan("%&#@!]d2010000000000")

    expect(desk.page.get_by_role("heading", name=re.compile("Found for"))).to_be_visible()
    expect(desk.page.get_by_text("Scan it again")).to_be_visible()


def test_hits_drop_down_while_one_types_and_open_by_keyboard(opened: Opened) -> None:
    shop = make_shop()
    desk = opened()
    desk.sign_in(make_staff(*CLERK, location_id=shop.lyon.pk), shop.lyon)
    desk.goto("/console/tasks")

    desk.page.keyboard.press("/")
    desk.page.keyboard.type(shop.variant.sku, delay=60)
    expect(desk.page.locator("#hits .hit")).to_have_count(1)
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")

    expect(desk.page).to_have_url(re.compile(f"/console/stock/{shop.variant.pk}"))


def test_task_is_added_once_by_a_double_click_and_focus_stays(opened: Opened) -> None:
    lyon = make_location(name="Lyon")
    desk = opened()
    desk.sign_in(make_staff(*CLERK, location_id=lyon.pk), lyon)
    desk.goto("/console/tasks")

    desk.page.keyboard.press("n")
    desk.page.get_by_label("What is to be done").fill("Mend the lock")
    desk.page.get_by_role("button", name="Add", exact=True).dblclick()

    expect(desk.page.get_by_text("Task added")).to_be_visible()
    expect(desk.page.locator(".q > li")).to_have_count(1)
    assert Task.objects.count() == 1


def test_session_that_ended_keeps_what_was_typed(opened: Opened) -> None:
    lyon = make_location(name="Lyon")
    desk = opened()
    user = make_staff(*CLERK, location_id=lyon.pk)
    desk.sign_in(user, lyon)
    desk.goto("/console/tasks")
    desk.page.keyboard.press("n")
    field = desk.page.get_by_label("What is to be done")
    field.fill("Mend the lock")

    StaffSession.objects.all().delete()
    desk.page.get_by_role("button", name="Add", exact=True).click()
    expect(desk.page.get_by_text("You were signed out")).to_be_visible()
    desk.page.get_by_role("button", name="Back to the page").click()
    expect(field).to_have_value("Mend the lock")

    desk.sign_in(user, lyon)
    desk.page.get_by_role("button", name="Add", exact=True).click()
    expect(desk.page.get_by_text("Task added")).to_be_visible()
    assert Task.objects.get().title == "Mend the lock"


def test_what_moves_in_the_frame_comes_by_itself_and_leaves_the_typing_alone(
    opened: Opened,
) -> None:
    shop = make_shop()
    desk = opened()
    desk.sign_in(make_staff(*CLERK, location_id=shop.lyon.pk), shop.lyon)
    desk.goto("/console/tasks")
    pickups = desk.page.locator("#rail a", has_text="Pickups")
    expect(pickups.locator(".n")).to_have_count(0)
    desk.page.locator("#scan-field").fill("Frie")

    make_order(shop)
    cache.clear()
    desk.page.evaluate("document.body.dispatchEvent(new Event('omni:changed'))")

    expect(pickups.locator(".n")).to_have_text("1")
    expect(desk.page.locator("#scan-field")).to_have_value("Frie")
    expect(desk.page.locator("#scan-field")).to_be_focused()


def test_page_that_was_left_for_another_does_not_come_back_late(opened: Opened) -> None:
    lyon = make_location(name="Lyon")
    desk = opened()
    desk.sign_in(make_staff(*CLERK, location_id=lyon.pk), lyon)
    desk.goto("/console/pickups")
    tabs = desk.page.locator("#page .tabs")

    with held_back(desk.page, "tab=pick") as asked:
        tabs.get_by_role("link", name="To pick").click()
        asked()
        tabs.get_by_role("link", name="Ready").click()
        expect(desk.page).to_have_url(re.compile("tab=ready"))
    desk.page.wait_for_timeout(500)  # in which it would have been shown

    expect(desk.page).to_have_url(re.compile("tab=ready"))
    expect(tabs.locator("[aria-current]")).to_contain_text("Ready")


def test_note_is_kept_at_the_customer_who_is_shown_and_not_at_the_one_before(
    opened: Opened,
) -> None:
    # One form is morphed from page to page; where it goes is where it stands.
    lyon = make_location(name="Lyon")
    ann, bea = make_customer(name="Ann First"), make_customer(name="Bea Second")
    user = make_staff(
        Permission.CUSTOMERS_VIEW,
        Permission.CUSTOMERS_HISTORY,
        Permission.CUSTOMERS_HISTORY_ALL,
        Permission.JOURNEYS_CAPTURE,
    )
    desk = opened()
    desk.sign_in(user, lyon)
    desk.goto(f"/console/customers/{ann.pk}")

    expect(desk.page.get_by_role("heading", name="Ann First")).to_be_visible()
    desk.page.get_by_label("Scan or search").press_sequentially("Bea Second")
    desk.page.locator("#hits .hit", has_text="Bea Second").click()
    expect(desk.page.get_by_role("heading", name="Bea Second")).to_be_visible()
    desk.page.locator("#say [name=text]").fill("Wants the coat in red")
    desk.page.locator("#say button").last.click()

    expect(desk.page.locator("#page")).to_contain_text("Wants the coat in red")
    kept = [row for row in Interaction.objects.all() if "in red" in str(row.data)]
    assert [row.customer_id for row in kept] == [bea.pk]
