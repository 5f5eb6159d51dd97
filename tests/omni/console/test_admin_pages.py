"""Every list of reference data: opens with few queries, however many rows; tells values in words;
shows a manager of one store that store alone; says what will be done before it is done."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.catalog.models import Assortment
from inventory.stock.models import StockLevel, StockMovement
from omni.access import admin_cells
from omni.access.actor import SYSTEM
from omni.access.models import ApiKey, ChannelKey, Grant, Role, User
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core.ids import uuid7
from omni.screens import office_counts
from omni.webhooks.models import WebhookDelivery
from omni.work import operations as work
from orders.pos.models import CashEntry
from tests.factories.inventory import make_channel, make_listing, make_location, make_variant
from tests.factories.inventory import stock_up as bring
from tests.factories.omni import make_api_key, make_staff, make_user, staff_client
from tests.omni.console.rows import NOT_MADE, make_row

pytestmark = pytest.mark.django_db

MOST = 12
MANY = 6
ID = re.compile(r"(staff|key):[0-9a-f-]{36}")
MODELS = [model for model in admin.site._registry if model not in NOT_MADE]


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    cache.clear()


@pytest.fixture
def boss() -> Client:
    return staff_client(make_staff(*Permission, display_name="Vera"))


def page_of(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def opened(client: Client, path: str) -> tuple[str, int]:
    """The page, and how many queries it took with nothing in the cache."""
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode(), len(queries)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_list_and_form_open_with_few_queries_however_many_rows(model: Any, boss: Client) -> None:
    row = make_row(model)
    path = page_of(model, "changelist")
    opened(boss, path)  # what a process learns once is not counted
    _page, few = opened(boss, path)

    for _each in range(MANY):
        make_row(model)
    page, many = opened(boss, path)

    assert (many, many <= MOST) == (few, True)
    assert not ID.search(page)
    form, _queries = opened(boss, page_of(model, "change", row.pk))
    assert "record-form" in form
    if admin.site._registry[model].may_add:
        assert "submit-row" in opened(boss, page_of(model, "add"))[0]


def test_values_are_told_in_words(boss: Client) -> None:
    entry = make_row(CashEntry)
    CashEntry.objects.filter(pk=entry.pk).update(amount_minor=-10500)

    page, _queries = opened(boss, page_of(CashEntry, "changelist"))

    assert "-€105.00" in page
    assert "10500" not in page


def test_names_of_a_page_are_fetched_together(boss: Client, monkeypatch: Any) -> None:
    """Control of the walk above: a list whose names are not fetched together asks for each."""
    for _each in range(MANY):
        make_row(CashEntry)
    opened(boss, page_of(CashEntry, "changelist"))
    _page, together = opened(boss, page_of(CashEntry, "changelist"))
    monkeypatch.setattr(admin_cells, "prepare", lambda rows, only=None: _one_by_one(rows))

    _page, apart = opened(boss, page_of(CashEntry, "changelist"))

    assert apart >= together + MANY - 1


_fetch = admin_cells.prepare


def _one_by_one(rows: Any) -> None:
    for row in rows:
        _fetch([row])


def test_manager_of_one_store_sees_its_stock_alone() -> None:
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice Harbour")
    variant = make_variant()
    levels = [bring(variant, place, 3) for place in (lyon, nice)]
    may = (Permission.STOCK_VIEW, Permission.STOCK_CORRECT, Permission.WORK_VIEW)
    ada = staff_client(make_staff(*may, location_id=lyon.pk))

    pages = [opened(ada, page_of(model, "changelist"))[0] for model in (StockLevel, StockMovement)]

    assert all("Lyon" in page and "Nice Harbour" not in page for page in pages)
    foreign = ada.get(page_of(StockLevel, "change", levels[1].pk))
    assert foreign.status_code == 302  # as a level that is not there
    own = opened(ada, page_of(StockLevel, "change", levels[0].pk))[0]
    assert f"{variant} · {lyon}" in own
    nav = opened(ada, "/admin/")[0]
    assert "/admin/omni/apikey/" not in nav
    assert "/admin/inventory/product/" not in nav
    assert ada.get("/admin/omni/apikey/").status_code == 403


def test_action_is_shown_before_it_is_done(boss: Client) -> None:
    key = make_api_key(Permission.STOCK_VIEW).row
    chosen = {"action": "revoke", "_selected_action": [str(key.pk)]}

    shown = boss.post(page_of(ApiKey, "changelist"), chosen)

    key.refresh_from_db()
    assert (shown.status_code, key.revoked_at) == (200, None)
    assert "Nothing has happened yet" in shown.content.decode()
    assert str(key) in shown.content.decode()
    assert "btn go danger" in shown.content.decode()  # a key that is revoked is so for good
    boss.post(page_of(ApiKey, "changelist"), {**chosen, "sure": "1"})
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None


@pytest.mark.parametrize("model", [User, ApiKey, ChannelKey], ids=lambda model: model.__name__)
def test_page_on_which_nothing_can_be_written_offers_no_save(model: Any, boss: Client) -> None:
    shut, _queries = opened(boss, page_of(model, "change", make_row(model).pk))
    role, _queries = opened(boss, page_of(Role, "change", make_row(Role).pk))

    assert ('name="_save"' in shut, "submit-row" in shut) == (False, False)
    assert 'name="_save"' in role


def test_deletion_names_what_goes_before_it_goes(boss: Client) -> None:
    lyon = make_location(name="Lyon")
    role = Role.objects.create(name="Till team", code="till-team", permissions=[])
    user = make_user(display_name="Ada")
    grant = make_row(Grant)
    Grant.objects.filter(pk=grant.pk).update(user=user, role=role, scope_id=lyon.pk)
    path = page_of(Grant, "delete", grant.pk)

    page, _queries = opened(boss, path)

    asked = " ".join(page.partition('id="page"')[2].split())
    assert "Delete Till team / Ada?" in asked
    assert ["Lyon" in asked, "Nothing else goes with it." in asked] == [True, True]
    assert asked.count("btn go danger") == 1
    assert f'href="{page_of(Grant, "change", grant.pk)}">Keep it' in asked
    assert [w for w in ("Home", "Are you sure") if w not in asked] == ["Home", "Are you sure"]
    assert Grant.objects.filter(pk=grant.pk).exists()
    boss.post(path, {"post": "yes"})
    assert not Grant.objects.filter(pk=grant.pk).exists()


@pytest.mark.parametrize(
    ("met", "words"),
    [
        ({"deleted_objects": ["A", ["B: b", ["C: c"]]]}, ["What goes with it", "B: b", "C: c"]),
        ({"protected": ["Order: 7"]}, ["This cannot be deleted", "Order: 7", "Back to it"]),
        ({"perms_lacking": {"order"}}, ["This cannot be deleted", "Order", "Back to it"]),
    ],
    ids=["goes too", "needed", "forbidden"],
)
def test_deletion_tells_what_else_goes_or_what_keeps_it(
    met: dict[str, Any], words: list[str], boss: Client, monkeypatch: Any
) -> None:
    row = make_row(Grant)
    none: dict[str, Any] = {"deleted_objects": ["A"], "perms_lacking": set(), "protected": []}
    found = none | met
    monkeypatch.setattr(
        admin.site._registry[Grant],
        "get_deleted_objects",
        lambda *_: (found["deleted_objects"], {}, found["perms_lacking"], found["protected"]),
    )

    page, _queries = opened(boss, page_of(Grant, "delete", row.pk))

    assert [word for word in words if word not in page] == []
    assert ("btn go danger" in page) is ("deleted_objects" in met)


def test_empty_list_says_what_it_is_for_and_offers_the_first_to_who_may_add(boss: Client) -> None:
    reader = staff_client(make_staff(Permission.CATALOG_VIEW))
    path, add = page_of(Assortment, "changelist"), page_of(Assortment, "add")

    mine, theirs = (
        opened(client, path)[0].partition('id="changelist"')[2] for client in (boss, reader)
    )

    assert ["A store without any carries everything." in mine, f'href="{add}"' in mine] == [
        True
    ] * 2
    assert ["Nothing here yet" in theirs, add in theirs] == [True, False]


def test_delivery_that_was_given_up_is_sent_once_more(boss: Client) -> None:
    row = make_row(WebhookDelivery)
    WebhookDelivery.objects.filter(pk=row.pk).update(status="failed", tries=9)
    chosen = {"action": "replay", "_selected_action": [str(row.pk)]}

    shown = boss.post(page_of(WebhookDelivery, "changelist"), chosen)
    boss.post(page_of(WebhookDelivery, "changelist"), {**chosen, "sure": "1"})

    assert "Given up" in shown.content.decode()  # its state of now stands in the preview
    row.refresh_from_db()
    assert (row.status, row.tries) == ("pending", 0)


def test_pages_lead_to_what_happened_for_who_may_open_it(boss: Client) -> None:
    lyon = make_location()
    level = bring(make_variant(), lyon, 3)
    ada = staff_client(make_staff(Permission.STOCK_VIEW, location_id=lyon.pk))
    page = reverse("office:stock-variant", args=[level.variant_id])
    past = reverse("office:activity", args=["inventory.variant", level.variant_id])

    assert past in opened(boss, page)[0]
    assert boss.get(past).status_code == 200
    # Who knows the stock of one store does not open the catalog's lists, so is not led there.
    assert past not in opened(ada, page)[0]
    assert ada.get(past).status_code == 404


def test_price_is_typed_in_the_currency_of_its_channel(boss: Client) -> None:
    listing = make_listing(make_variant(), make_channel(currency="EUR"), 1999)
    path = page_of(type(listing), "change", listing.pk)

    assert 'value="19.99"' in opened(boss, path)[0]
    boss.post(path, {"price_minor": "24.50", "price_quantity": 1})
    listing.refresh_from_db()
    assert listing.price_minor == 2450
    refused = boss.post(path, {"price_minor": "24.505", "price_quantity": 1})
    listing.refresh_from_db()
    assert (refused.status_code, listing.price_minor) == (200, 2450)


def test_badge_and_counts_are_those_of_the_person_in_one_query() -> None:
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    for place in (lyon, nice, nice):
        work.open_incident(
            kind="test",
            subject_kind="location",
            subject_id=uuid7(),
            summary="It leaks.",
            actor=SYSTEM,
            location_id=place.pk,
        )
    users = [make_staff(*Permission), make_staff(Permission.WORK_VIEW, location_id=lyon.pk)]

    badges = [
        re.search(r"(\d+) incident", opened(staff_client(user), "/office/incidents")[0])
        for user in users
    ]

    assert [badge and badge[1] for badge in badges] == ["3", "1"]
    actor = actor_of_user(users[0])
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        first, second = office_counts.counts(actor), office_counts.counts(actor)
    assert (len(queries), first == second, first["incidents"].hot) == (1, True, True)
    # A grant that was taken away counts at once, not when the numbers are old.
    assert office_counts.counts(replace(actor, grants=())) == {}
