"""What stands around every page: the choice of the place, the sheets, the ring of new work."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from omni.access.permissions import Permission
from orders.fulfilment.models import FulfilmentState
from orders.pos.models import Register
from tests.browser.desk import Desk
from tests.factories.inventory import make_location
from tests.factories.omni import make_staff
from tests.factories.orders_work import make_order, make_shop, work_of

CLERK = (Permission.FULFILMENT_VIEW, Permission.FULFILMENT_WORK, Permission.STOCK_VIEW)
pytestmark = pytest.mark.django_db(transaction=True)


def test_register_chosen_from_the_sheet_leads_into_the_whole_console(
    opened: Callable[..., Desk],
) -> None:
    shop = make_shop()
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code="lyon-1", name="Till 1"
    )
    user = make_staff(Permission.FULFILMENT_VIEW, location_id=shop.lyon.pk)
    desk = opened()
    desk.sign_in(user, shop.lyon)
    page = desk.page

    page.goto("/console/today")
    page.locator("[data-dialog='#person']").click()
    page.get_by_role("link", name="Another store or register").click()
    expect(page.locator("#rail")).to_have_count(0)
    page.get_by_role("button", name=register.name).click()

    expect(page).to_have_url(re.compile("/console/today"))
    expect(page.locator("#rail")).to_be_visible()
    expect(page.get_by_title("Choose another store or register")).to_contain_text(register.name)


def test_link_of_the_sheet_leads_on_and_the_sheet_is_closed(opened: Callable[..., Desk]) -> None:
    lyon = make_location(name="Lyon")
    desk = opened()
    desk.sign_in(make_staff(Permission.FULFILMENT_VIEW, location_id=lyon.pk), lyon)
    desk.goto("/console/today")

    desk.page.locator("[data-dialog='#person']").click()
    desk.page.get_by_role("link", name="Your PIN").click()

    expect(desk.page.get_by_role("heading", name="Your PIN")).to_be_visible()
    expect(desk.page.locator("dialog[open]")).to_have_count(0)


def test_ring_that_came_by_itself_is_answered_where_the_person_stands(
    opened: Callable[..., Desk],
) -> None:
    shop = make_shop()
    clerk = make_staff(*CLERK, location_id=shop.lyon.pk)
    desk = opened()
    desk.sign_in(clerk, shop.lyon)
    desk.goto("/console/stock")
    new = work_of(make_order(shop))
    cache.clear()  # what the frame tells is asked once in a while
    ring = desk.page.locator("#ring")

    desk.page.evaluate("document.body.dispatchEvent(new Event('omni:changed'))")
    ring.get_by_role("button", name="Accept").click()

    expect(desk.page.locator("#toasts")).to_contain_text("Accepted")
    expect(ring.get_by_role("button")).to_have_count(0)
    expect(desk.page).to_have_url(re.compile("/console/stock$"))
    new.refresh_from_db()
    assert new.status == FulfilmentState.ACCEPTED
