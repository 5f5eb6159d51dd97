"""The back office asks for grants, tells refusals, shows a secret once, and logs looks."""

import re

import pytest
from django.contrib import admin

from omni.access.admin_site import GuardedAdmin
from omni.access.models import AccessLog, ApiKey, Grant, Role
from omni.access.permissions import Permission, label_of
from omni.core.ids import uuid7
from omni.core.secrets import digest
from tests.factories.customers import make_customer
from tests.factories.omni import make_api_key, make_role, make_staff, make_user, staff_client

pytestmark = pytest.mark.django_db

MANAGE, VIEW = Permission.ACCESS_MANAGE, Permission.ORDERS_VIEW
PAGES = ["user", "role", "grant", "apikey", "channelkey"]


def test_every_registered_page_is_guarded():
    pages = admin.site._registry.values()

    assert pages
    assert all(isinstance(page, GuardedAdmin) for page in pages)


@pytest.mark.parametrize("page", [*PAGES, "accesslog"])
def test_page_without_its_permission_is_refused(page):
    client = staff_client(make_staff(VIEW))

    assert client.get(f"/admin/omni/{page}/").status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_page_with_a_grant_for_one_location_only_is_refused(page):
    client = staff_client(make_staff(MANAGE, location_id=uuid7()))

    assert client.get(f"/admin/omni/{page}/").status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_page_and_its_form_open_for_a_manager(page):
    client = staff_client(make_staff(MANAGE))

    assert client.get(f"/admin/omni/{page}/").status_code == 200
    assert client.get(f"/admin/omni/{page}/add/").status_code == 200


def test_added_api_key_shows_its_secret_once():
    client = staff_client(make_staff(MANAGE, VIEW))
    form = {"name": "Robot", "permissions": [VIEW], "scope_kind": "all"}

    page = client.post("/admin/omni/apikey/add/", form, follow=True)
    again = client.get("/admin/omni/apikey/")

    key = ApiKey.objects.get()
    secret = re.search(r"ak_[\w-]{43}", page.content.decode())[0]
    assert digest(secret) == key.digest
    assert secret not in again.content.decode()


def test_manager_cannot_grant_beyond_their_own_through_the_form():
    ada, ben = make_staff(MANAGE, VIEW), make_user()
    role = make_role(VIEW, Permission.PAYMENTS_REFUND)
    client = staff_client(ada)
    form = {
        "user": ben.pk,
        "role": role.pk,
        "scope_kind": "all",
        "valid_from_0": "2026-01-01",
        "valid_from_1": "00:00",
    }

    page = client.post("/admin/omni/grant/add/", form, follow=True)

    assert "You cannot give, change or take" in page.content.decode()
    assert not Grant.objects.filter(user=ben).exists()


def test_role_form_changes_the_role_by_its_operation():
    role = make_role(VIEW, code="seller", name="Seller")
    client = staff_client(make_staff(MANAGE, VIEW, Permission.ORDERS_CANCEL))
    form = {"code": "seller", "name": "Seller", "permissions": [VIEW, Permission.ORDERS_CANCEL]}

    client.post(f"/admin/omni/role/{role.pk}/change/", form)

    assert Role.objects.get(pk=role.pk).permissions == ["orders.cancel", "orders.view"]


def test_close_action_signs_the_login_out():
    ben = make_staff(VIEW)
    client = staff_client(make_user(is_superuser=True))

    client.post(
        "/admin/omni/user/", {"sure": "1", "action": "close", "_selected_action": [str(ben.pk)]}
    )

    ben.refresh_from_db()
    assert (ben.is_active, ben.auth_epoch) == (False, 1)


def test_customers_are_not_listed_among_staff():
    make_user(kind="customer", email="dan@example.com")
    client = staff_client(make_user(is_superuser=True))

    assert "dan@example.com" not in client.get("/admin/omni/user/").content.decode()


def test_access_log_is_only_looked_at():
    client = staff_client(make_user(is_superuser=True))

    assert client.get("/admin/omni/accesslog/").status_code == 200
    assert client.get("/admin/omni/accesslog/add/").status_code == 403
    assert not AccessLog.objects.exists()


def test_every_permission_is_told_in_words_of_its_own():
    told = [each.label for each in Permission]

    assert all(told)
    assert len(set(told)) == len(told)
    assert not [word for word in told if "." in word or "_" in word]
    assert label_of("gone.permission") == "gone.permission"


def test_forms_and_lists_of_roles_and_keys_tell_permissions_in_words():
    role = make_role(*(list(Permission)[:5]))
    key = make_api_key(VIEW).row
    client = staff_client(make_staff(MANAGE))

    listed = client.get("/admin/omni/role/").content.decode()
    form = client.get(f"/admin/omni/role/{role.pk}/change/")
    shown = client.get(f"/admin/omni/apikey/{key.pk}/change/").content.decode()

    choices = form.context["adminform"].form.fields["permissions"].choices
    assert list(choices) == [(str(each), each.label) for each in Permission]
    assert "See orders · Place orders for customers · Cancel orders and 2 more" in listed
    assert "See orders" in shown
    assert "orders.view" not in listed + shown


@pytest.mark.parametrize(
    ("page", "lookup"),
    [
        ("omni/user", "password__startswith"),
        ("omni/apikey", "digest__startswith"),
        ("orders/order", "token_digest"),
    ],
)
def test_list_is_not_narrowed_by_a_secret(page, lookup):
    client = staff_client(make_staff(*Permission))

    answer = client.get(f"/admin/{page}/", {lookup: "a"})

    assert answer.status_code == 400


def test_choices_are_listed_only_where_a_page_offers_them():
    make_customer(name="Ada")
    client = staff_client(make_staff(*Permission))
    asked = {"term": "", "app_label": "customers", "model_name": "identifier"}

    refused = client.get("/admin/autocomplete/", asked | {"field_name": "customer"})
    offered = client.get(
        "/admin/autocomplete/",
        {"term": "", "app_label": "inventory", "model_name": "product", "field_name": "category"},
    )

    assert refused.status_code == 403
    assert offered.status_code == 200
