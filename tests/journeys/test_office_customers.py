"""Customers in the back office: list, filters, export, one record and what is done with it."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.consent.models import Purpose
from customers.consent.operations import Decision, record_consent
from customers.profiles.models import Customer, CustomerStatus
from journeys.timeline import office
from omni.access.actor import SYSTEM
from omni.access.models import AccessLog
from omni.access.permissions import Permission
from omni.core.ids import uuid7
from tests.factories.customers import make_customer, make_identifier
from tests.factories.inventory import make_location
from tests.factories.messages import make_message
from tests.factories.omni import make_staff, staff_client
from tests.factories.orders_work import make_order, make_shop
from tests.factories.screens import once

pytestmark = pytest.mark.django_db

LIST = "/office/customers"


@pytest.fixture
def client() -> Client:
    rights = (Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT, Permission.ORDERS_VIEW)
    return staff_client(make_staff(*rights))


@pytest.fixture
def viewer() -> Client:
    return staff_client(make_staff(Permission.CUSTOMERS_VIEW))


def url(customer: Customer, *more: str) -> str:
    return "/".join([LIST, str(customer.pk), *more])


def names(client: Client, **query: str) -> list[str]:
    return [row["customer"].name for row in client.get(LIST, query).context["rows"]]


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_list_goes_on_by_key_in_a_fixed_number_of_queries(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customer(name="First")
    one = queries(client, LIST)
    for number in range(7):
        make_identifier(customer=make_customer(name=f"Customer {number}"))
    many = queries(client, LIST)
    monkeypatch.setattr(office, "ROWS", 3)
    seen: list[str] = []
    address = LIST
    while address:
        context = client.get(address).context
        seen += [row["customer"].name for row in context["rows"]]
        address = LIST + context["after"] if context["after"] else ""

    assert many == one <= 12
    assert sorted(seen) == sorted(Customer.objects.values_list("name", flat=True))


def test_filters_narrow_and_leave_out_nonsense(client: Client) -> None:
    eve = make_customer(name="Eve Adams")
    make_customer(name="Acme", kind="company")
    Customer.objects.filter(pk=make_customer(name="Gone").pk).update(status=CustomerStatus.ERASED)
    agreed = Decision(Purpose.EMAIL_MARKETING, is_granted=True, wording="Yes")
    record_consent(customer_id=eve.pk, decision=agreed, actor=SYSTEM)

    assert set(names(client)) == {"Eve Adams", "Acme"}
    assert names(client, kind="company") == ["Acme"]
    assert names(client, allows="email_marketing") == ["Eve Adams"]
    assert names(client, q="adam") == ["Eve Adams"]
    assert names(client, q="a") == []
    assert len(names(client, kind="x", status="y", since="9999", allows="'")) == 2
    refused = Decision(Purpose.EMAIL_MARKETING, is_granted=False)
    record_consent(customer_id=eve.pk, decision=refused, actor=SYSTEM)
    assert names(client, allows="email_marketing") == []
    assert client.get(LIST, {"after": "nonsense"}).status_code == 400


def test_export_is_previewed_taken_and_logged_and_runs_nothing(client: Client) -> None:
    evil = make_customer(name="=HYPERLINK(1)")
    make_identifier(customer=evil, kind="phone", value="+33612345678")
    make_customer(name="Acme", kind="company")

    preview = client.get(f"{LIST}/export", {"kind": "person"})
    taken = client.post(f"{LIST}/export?kind=person")

    assert (preview.context["count"], len(preview.context["rows"])) == (1, 1)
    assert "12345678" not in preview.content.decode()
    text = b"".join(taken.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[1:]] == ["'=HYPERLINK(1)"]
    assert rows[1][4] == "'+33612345678"
    assert AccessLog.objects.get(kind="customers.export").reason == "kind=person"


def test_export_of_everybody_is_not_for_one_store() -> None:
    store = make_location()
    rights = (Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT)
    manager = staff_client(make_staff(*rights, location_id=store.pk))

    assert manager.get(LIST).context["may_export"] is False
    assert manager.get(f"{LIST}/export").status_code == 403
    assert manager.post(f"{LIST}/export").status_code == 403
    assert not AccessLog.objects.filter(kind="customers.export").exists()


def test_record_shows_all_that_is_kept_in_twelve_queries(client: Client) -> None:
    shop = make_shop()
    eve = make_customer(name="<b>Eve</b>")
    make_identifier(customer=eve, kind="phone", value="+33612345678")
    for _ in range(3):
        make_order(shop, customer_id=eve.pk)
    make_message(customer_id=eve.pk)
    client.post(url(eve), once(name="Eve <i>", kind="person"))

    few = queries(client, url(eve))
    answer = client.get(url(eve))

    text = answer.content.decode()
    assert few <= 12, few
    assert len(answer.context["orders"]) == 3
    assert len(answer.context["messages_sent"]) == 1
    assert any("name:" in each.text for each in answer.context["activity"])
    assert "<i>" not in text
    assert "12345678" not in text
    assert AccessLog.objects.filter(kind="customer", subject_id=str(eve.pk)).exists()
    assert client.get(f"{LIST}/{uuid7()}").status_code == 404


def test_profile_is_changed_once_and_refused_in_words(client: Client) -> None:
    eve = make_customer(name="Eve Adams")
    form = once(name="Eve Baker", kind="person", country="FR")

    done, again = client.post(url(eve), form), client.post(url(eve), form)
    wrong = client.post(url(eve), once(name="Kept Words", kind="person", country="ZZ"))

    eve.refresh_from_db()
    assert (done.status_code, again.status_code) == (303, 303)
    assert (eve.name, eve.country) == ("Eve Baker", "FR")
    assert wrong.status_code == 400
    assert "Kept Words" in wrong.content.decode()


def test_block_keeps_the_reason_and_is_undone(client: Client) -> None:
    eve = make_customer(name="Eve Adams")

    empty = client.post(url(eve, "block"), once(reason=" "))
    blocked = client.post(url(eve, "block"), once(reason="Chargebacks"))
    twice = client.post(url(eve, "block"), once(reason="Chargebacks"))
    page = client.get(url(eve)).content.decode()
    client.post(url(eve, "unblock"), once(reason="Settled"))

    eve.refresh_from_db()
    assert (empty.status_code, blocked.status_code, twice.status_code) == (400, 303, 409)
    assert "Chargebacks" in page
    assert eve.status == CustomerStatus.ACTIVE
    assert [note.text for note in eve.notes.order_by("id")] == ["Chargebacks", "Settled"]


def test_identifiers_and_consents_are_changed(client: Client) -> None:
    eve = make_customer(name="Eve Adams", country="FR")
    agreed = Decision(Purpose.EMAIL_MARKETING, is_granted=True, wording="Yes")
    record_consent(customer_id=eve.pk, decision=agreed, actor=SYSTEM)

    client.post(url(eve, "identifiers"), once(kind="phone", value="06 12 34 56 78"))
    wrong = client.post(url(eve, "identifiers"), once(kind="email", value="@@"))
    client.post(url(eve, "consents", "email_marketing", "withdraw"), once())

    added = eve.identifiers.get()
    assert added.value == "+33612345678"
    assert wrong.status_code == 400
    assert not eve.consents.order_by("-id")[0].is_granted
    client.post(url(eve, "identifiers", str(added.pk), "remove"), once())
    assert not eve.identifiers.exists()
    assert client.post(url(eve, "consents", "nonsense", "withdraw"), once()).status_code == 303


def test_reveal_in_the_office_is_logged(viewer: Client) -> None:
    eve = make_customer(name="Eve Adams")
    make_identifier(customer=eve, kind="phone", value="+33612345678")

    viewer.post(url(eve, "reveal"), once())

    assert "+33612345678" in viewer.get(url(eve)).content.decode()
    assert AccessLog.objects.filter(kind="customer.contact", subject_id=str(eve.pk)).exists()


@pytest.mark.parametrize(
    "more", [(), ("block",), ("unblock",), ("identifiers",), ("identifiers", "1", "remove"),
             ("consents", "analytics", "withdraw")],
)  # fmt: skip
def test_who_may_only_look_changes_nothing(viewer: Client, more: tuple[str, ...]) -> None:
    eve = make_customer(name="Eve Adams")

    answer = viewer.post(url(eve, *more), once(name="X", kind="person", reason="x"))

    eve.refresh_from_db()
    assert answer.status_code in (303, 403)
    assert (eve.name, eve.status) == ("Eve Adams", CustomerStatus.ACTIVE)
    assert viewer.get(f"{LIST}/export").status_code == 403
    assert staff_client(make_staff()).get(url(eve)).status_code == 403


def test_nobody_yet_is_told_apart_from_nobody_who_fits(client: Client) -> None:
    first = client.get(LIST).content.decode()
    make_customer(name="First")
    narrowed = client.get(LIST, {"kind": "company"}).content.decode()

    assert ("No customers yet" in first, "Nobody here" in first) == (True, False)
    assert ("No customers yet" in narrowed, "Nobody here" in narrowed) == (False, True)
