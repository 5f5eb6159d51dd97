"""Customers in the back office: granted, logged, and append-only where rows are."""

from __future__ import annotations

import pytest

from customers.consent.operations import Decision, record_consent
from customers.profiles.models import Customer
from customers.profiles.operations import write_note
from omni.access.actor import SYSTEM
from omni.access.models import AccessLog
from omni.access.permissions import Permission
from omni.events.models import StoredEvent
from tests.factories.customers import make_account, make_address, make_identifier
from tests.factories.omni import make_staff, staff_client

PAGES = ["customer", "address", "note", "identifier", "account", "consent"]
LEDGERS = PAGES[1:]

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(db: None) -> dict[str, object]:
    """One row for each page, all of one customer."""
    account = make_account()
    customer = account.customer
    decision = Decision("analytics", is_granted=False)
    return {
        "customer": customer,
        "account": account,
        "address": make_address(customer=customer, is_default=True),
        "note": write_note(customer_id=customer.id, text="Nice", actor=SYSTEM),
        "identifier": make_identifier(customer=customer, kind="phone", value="+33612345678"),
        "consent": record_consent(customer_id=customer.id, decision=decision, actor=SYSTEM),
    }


@pytest.mark.parametrize("page", PAGES)
def test_pages_without_the_permission_are_refused(page: str, rows: dict[str, object]) -> None:
    client = staff_client(make_staff(Permission.ORDERS_VIEW))

    assert client.get(f"/admin/customers/{page}/").status_code == 403
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("page", PAGES)
def test_every_look_at_a_customer_is_logged(page: str, rows: dict[str, object]) -> None:
    client = staff_client(make_staff(Permission.CUSTOMERS_VIEW))

    listed = client.get(f"/admin/customers/{page}/")
    address = f"/admin/customers/{page}/{rows[page].pk}"  # type: ignore[attr-defined]
    shown, history = client.get(f"{address}/change/"), client.get(f"{address}/history/")

    assert [each.status_code for each in (listed, shown, history)] == [200, 200, 200]
    logged = AccessLog.objects.order_by("id").values_list("kind", "subject_id")
    customer = rows["customer"]
    looks = [(page, str(customer.pk))] * 2  # type: ignore[attr-defined]
    assert list(logged) == [(f"{page}_list", ""), *looks]


@pytest.mark.parametrize("page", LEDGERS)
def test_ledgers_cannot_be_written(page: str, rows: dict[str, object]) -> None:
    client = staff_client(make_staff(Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT))
    row = f"/admin/customers/{page}/{rows[page].pk}"  # type: ignore[attr-defined]

    answers = [
        client.get(f"/admin/customers/{page}/add/"),
        client.post(f"{row}/change/", {}),
        client.post(f"{row}/delete/", {"post": "yes"}),
    ]

    assert [each.status_code for each in answers] == [403, 403, 403]


def test_a_profile_is_changed_through_the_operation(rows: dict[str, object]) -> None:
    client = staff_client(make_staff(Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT))
    customer = Customer.objects.get()
    form = {"name": "Ada Lovelace", "given_name": "", "family_name": "", "language": "",
            "country": "GB"}  # fmt: skip

    answer = client.post(f"/admin/customers/customer/{customer.id}/change/", form)

    assert answer.status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.search_keys) == ("Ada Lovelace", ["ada", "lovelace"])
    assert StoredEvent.objects.get(type="customer.changed").principal.startswith("staff:")


def test_customers_are_neither_added_nor_deleted_by_hand(rows: dict[str, object]) -> None:
    client = staff_client(make_staff(Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT))
    customer = Customer.objects.get()

    added = client.get("/admin/customers/customer/add/")
    deleted = client.post(f"/admin/customers/customer/{customer.id}/delete/", {"post": "yes"})

    assert (added.status_code, deleted.status_code) == (403, 403)
    assert Customer.objects.count() == 1


def test_the_list_is_searched_like_everywhere(rows: dict[str, object]) -> None:
    client = staff_client(make_staff(Permission.CUSTOMERS_VIEW))

    found = client.get("/admin/customers/customer/?q=eve+ad").content.decode()
    missed = client.get("/admin/customers/customer/?q=xylophone").content.decode()
    short = client.get("/admin/customers/customer/?q=e")

    assert "Eve Adams" in found
    assert "Eve Adams" not in missed
    assert short.status_code == 200
