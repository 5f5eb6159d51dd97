"""Address book of the customer, and the customers as staff see them, through the API."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from customers.accounts.api import AccountOutput, DeviceOutput
from customers.consent.api import ConsentOutput
from customers.consent.operations import Decision, record_consent
from customers.identity.api import (
    CustomerOutput,
    FoundOutput,
    FoundPageOutput,
    IdentifierOutput,
)
from customers.identity.models import Identifier
from customers.identity.queries import mask
from customers.profiles import fields
from customers.profiles.models import Address, Note
from omni.access.actor import SYSTEM
from omni.access.models import AccessLog
from omni.access.permissions import Permission
from tests.factories.customers import (
    Shop,
    make_account,
    make_address,
    make_customer,
    make_identifier,
)
from tests.factories.inventory import make_channel
from tests.factories.omni import key_headers, make_api_key

LYON = {
    "name": "Eve Adams",
    "street": "12 rue de la République",
    "postal_code": "69001",
    "city": "Lyon",
    "country": "FR",
}
EDIT, VIEW = Permission.CUSTOMERS_EDIT, Permission.CUSTOMERS_VIEW

pytestmark = pytest.mark.django_db


class Staff:
    """A program with the permissions of staff."""

    def __init__(self, client: Any, *permissions: str) -> None:
        self.client = client
        self.headers = key_headers(make_api_key(*permissions))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.generic(
            method,
            f"/api/v1/staff/customers{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self.headers,
        )


@pytest.fixture
def staff(client: Any, db: None) -> Staff:
    return Staff(client, VIEW, EDIT)


# --- address book ---------------------------------------------------------------------------------


def test_addresses_are_added_listed_changed_and_removed() -> None:
    shop, account = Shop(), make_account()
    shop.sign_in(account)

    added = shop.post("account/addresses", LYON | {"label": "Home"})
    address_id = added.json()["id"]
    changed = shop.call("PATCH", f"account/addresses/{address_id}", {"postal_code": "ABC"})
    listed = shop.get("account/addresses").json()["results"]
    removed = shop.call("DELETE", f"account/addresses/{address_id}")

    assert (added.status_code, added.json()["warnings"]) == (201, [])
    assert added.json()["lines"] == [
        "Eve Adams", "12 rue de la République", "69001 LYON", "FRANCE",
    ]  # fmt: skip
    assert [each["field"] for each in changed.json()["warnings"]] == ["postal_code"]
    assert [(each["id"], each["label"], each["is_default"]) for each in listed] == [
        (address_id, "Home", True)
    ]
    assert removed.status_code == 204
    assert not Address.objects.exists()


def test_addresses_of_others_look_like_none() -> None:
    shop = Shop()
    shop.sign_in(make_account())
    foreign = make_address()

    answers = [
        shop.call(method, f"account/addresses/{address_id}", body)
        for address_id in (foreign.id, uuid4())
        for method, body in (("PATCH", {"city": "Nice"}), ("DELETE", None))
    ]

    bodies = [{**each.json(), "request_id": ""} for each in answers]
    assert all(body == bodies[0] for body in bodies)
    assert answers[0].status_code == 404
    assert shop.get("account/addresses").json()["results"] == []
    assert Address.objects.get().city == "Lyon"


@pytest.mark.parametrize(
    "over", [{"country": "ZZ"}, {"name": ""}, {"customer_id": "x"}, {"city": 7}, {"street": "a\0b"}]
)
def test_addresses_refuse_bad_input(over: dict[str, Any]) -> None:
    shop = Shop()
    shop.sign_in(make_account())

    answer = shop.post("account/addresses", LYON | over)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json().get("errors", [])] == (
        [] if "\0" in str(over.get("street")) else list(over)
    )
    assert not Address.objects.exists()


@pytest.mark.parametrize("path", ["account", "account/addresses", "account/consents"])
def test_an_account_needs_a_session(path: str) -> None:
    assert Shop().get(path).status_code == 401


# --- staff ----------------------------------------------------------------------------------------


def test_staff_find_customers_with_masked_identifiers(staff: Staff) -> None:
    customer = make_customer(name="Ada Lovelace")
    make_identifier(customer=customer, value="ada@example.com")
    make_identifier(customer=customer, kind="phone", value="+33612345678")
    make_identifier(customer=customer, kind="device", value="device-of-ada")

    answer = staff.call("GET", "?search=lovel")

    assert answer.status_code == 200
    found = answer.json()["results"]
    assert [each["id"] for each in found] == [str(customer.id)]
    assert found[0]["identifiers"] == ["a•••@example.com", "•••678"]
    assert not answer.json()["has_more"]
    assert AccessLog.objects.get().kind == "customer_search"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (400, "invalid")),
        ("?search=a", (400, "search_too_short")),
        ("?search=anna&limit=51", (400, "invalid")),
        ("?search=anna&name__icontains=a", (400, "invalid")),
    ],
)
def test_staff_search_refuses_bad_queries(
    staff: Staff, query: str, expected: tuple[int, str]
) -> None:
    answer = staff.call("GET", query)

    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.mark.parametrize("rows", [1, 3])
def test_staff_search_costs_the_same_for_one_and_three(
    staff: Staff, rows: int, django_assert_max_num_queries: Any
) -> None:
    for _row in range(rows):
        make_identifier(customer=make_customer(name="Ada"))

    with django_assert_max_num_queries(7):
        assert len(staff.call("GET", "?search=ada").json()["results"]) == rows


def test_staff_look_at_a_customer_and_it_is_logged(staff: Staff) -> None:
    customer = make_customer(name="Ada")
    identifier = make_identifier(customer=customer, value="ada@example.com", is_verified=True)
    make_address(customer=customer, is_default=True)
    staff.call("POST", f"/{customer.id}/notes", {"text": "Wears size 39"})

    answer = staff.call("GET", f"/{customer.id}?reason=order 17")

    body = answer.json()
    assert answer.status_code == 200
    assert (body["name"], body["identifiers"][0]["id"]) == ("Ada", identifier.id)
    assert body["identifiers"][0]["is_verified"]
    assert body["addresses"][0]["lines"][-1] == "FRANCE"
    assert [each["text"] for each in body["notes"]] == ["Wears size 39"]
    log = AccessLog.objects.get()
    assert (log.kind, log.subject_id, log.reason) == ("customer", str(customer.id), "order 17")


def test_staff_look_at_consents_and_it_is_logged(staff: Staff) -> None:
    customer = make_customer()
    decision = Decision("analytics", is_granted=True, wording="Yes")
    record_consent(customer_id=customer.id, decision=decision, actor=SYSTEM)

    answer = staff.call("GET", f"/{customer.id}/consents")

    granted = [each["purpose"] for each in answer.json()["results"] if each["is_granted"]]
    assert granted == ["analytics"]
    assert AccessLog.objects.get().subject_id == str(customer.id)


def test_staff_change_block_and_unblock(staff: Staff) -> None:
    customer = make_customer()

    changed = staff.call("PATCH", f"/{customer.id}", {"name": "Ada"})
    blocked = staff.call("POST", f"/{customer.id}/block", {"reason": "Fraud"})
    again = staff.call("POST", f"/{customer.id}/block", {"reason": "Fraud"})
    unblocked = staff.call("POST", f"/{customer.id}/unblock", {"reason": "Mistake"})

    assert changed.json()["name"] == "Ada"
    assert blocked.json()["status"] == "blocked"
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert unblocked.json()["status"] == "active"
    assert Note.objects.count() == 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", "", {}), ("POST", "/block", {"reason": "fraud"})],
)
def test_an_answer_that_shows_a_customer_is_logged(
    staff: Staff, method: str, path: str, body: dict[str, Any]
) -> None:
    customer = make_customer(name="Ada")

    answer = staff.call(method, f"/{customer.id}{path}", body)

    assert answer.json()["name"] == "Ada"
    assert AccessLog.objects.get().subject_id == str(customer.id)


def test_staff_add_and_remove_identifiers(staff: Staff) -> None:
    customer = make_customer()

    added = staff.call(
        "POST", f"/{customer.id}/identifiers", {"kind": "loyalty_card", "value": "4006381333931"}
    )
    wrong = staff.call(
        "POST", f"/{customer.id}/identifiers", {"kind": "loyalty_card", "value": "4006381333932"}
    )
    removed = staff.call("DELETE", f"/{customer.id}/identifiers/{added.json()['id']}")

    assert (added.status_code, added.json()["is_verified"]) == (201, False)
    assert wrong.json()["errors"][0]["code"] == "wrong_check_digit"
    assert removed.status_code == 204
    assert not Identifier.objects.exists()


UNKNOWN = [
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("GET", "/consents", None),
    ("POST", "/notes", {"text": "x"}),
    ("POST", "/block", {"reason": "x"}),
    ("POST", "/unblock", {"reason": "x"}),
    ("POST", "/identifiers", {"kind": "email", "value": "a@example.com"}),
    ("DELETE", "/identifiers/1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), UNKNOWN)
def test_unknown_customers_are_not_found(
    staff: Staff, method: str, path: str, body: dict[str, str] | None
) -> None:
    answer = staff.call(method, f"/{uuid4()}{path}", body)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(("method", "path", "body"), UNKNOWN)
def test_without_the_permission_nothing_is_told(
    client: Any, method: str, path: str, body: dict[str, str] | None
) -> None:
    customer = make_customer()

    answers = [
        Staff(client, Permission.ORDERS_VIEW).call(method, f"/{each}{path}", body)
        for each in (customer.id, uuid4())
    ]

    assert [each.status_code for each in answers] == [403, 403]
    assert not any(model.objects.exists() for model in (Note, Identifier, AccessLog))


@pytest.mark.parametrize(("method", "path", "body"), [row for row in UNKNOWN if row[0] != "GET"])
def test_looking_does_not_allow_changing(
    client: Any, method: str, path: str, body: dict[str, str] | None
) -> None:
    customer = make_customer()

    answer = Staff(client, VIEW).call(method, f"/{customer.id}{path}", body)

    assert answer.status_code == 403
    customer.refresh_from_db()
    assert (customer.name, customer.status) == ("Eve Adams", "active")


def test_a_guest_of_a_storefront_sees_no_customers() -> None:
    assert Shop().get("staff/customers?search=anna").status_code == 401


def test_identifiers_are_masked() -> None:
    masked = [mask("email", "ada@example.com"), mask("phone", "+33612345678"), mask("email", "@x")]

    assert masked == ["a•••@example.com", "•••678", "•••@x"]


def test_answers_hold_exactly_what_the_schema_says(staff: Staff) -> None:
    account = make_account()
    customer = account.customer
    make_address(customer=customer, is_default=True)
    staff.call("POST", f"/{customer.id}/notes", {"text": "Nice"})
    shop = Shop(make_channel())
    shop.sign_in(account)

    shown = staff.call("GET", f"/{customer.id}").json()
    found = staff.call("GET", "?search=eve").json()

    assert set(shown) == set(CustomerOutput().fields)
    assert set(shown["identifiers"][0]) == set(IdentifierOutput().fields)
    assert set(shown["notes"][0]) == set(fields.NoteOutput().fields)
    assert set(shown["addresses"][0]) == set(fields.AddressOutput().fields)
    assert set(found) == set(FoundPageOutput().fields)
    assert set(found["results"][0]) == set(FoundOutput().fields)
    assert set(shop.get("account").json()) == set(AccountOutput().fields)
    devices = shop.get("account/session").json()
    assert set(devices["results"][0]) == set(DeviceOutput().fields)
    consents = shop.get("account/consents").json()
    assert set(consents["results"][0]) == set(ConsentOutput().fields)
    added = shop.post("account/addresses", LYON).json()
    assert set(added) == set(fields.SavedAddressOutput().fields)


def test_an_identifier_id_beyond_all_numbers_is_not_found(staff: Staff) -> None:
    answer = staff.call("DELETE", f"/{make_customer().id}/identifiers/{10**30}")

    assert answer.status_code == 404
