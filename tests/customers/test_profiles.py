"""Profiles, notes and the address book, on rows."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import ProgrammingError, transaction

from customers.profiles import address_book, postal
from customers.profiles import operations as profiles
from customers.profiles.address_book import MAX_ADDRESSES, AddressBookFull
from customers.profiles.models import Address, Customer, Note
from customers.profiles.operations import (
    CustomerChanges,
    CustomerDraft,
    CustomerErased,
    EmptyNote,
    InvalidProfile,
    UnknownLocation,
)
from customers.profiles.postal import AddressChanges, AddressDraft, InvalidAddress
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from tests.factories.customers import make_address, make_customer
from tests.factories.inventory import make_location
from tests.factories.omni import staff_actor

CustomerHistory = apps.get_model("customers", "CustomerHistory")

LYON = AddressDraft(
    name="Eve Adams",
    street="12 rue de la  République\n2e étage",
    postal_code="69001",
    city="Lyon",
    country="fr",
)

pytestmark = pytest.mark.django_db


def event_types() -> list[str]:
    return list(StoredEvent.objects.order_by("id").values_list("type", flat=True))


@pytest.mark.parametrize(
    ("draft", "name"),
    [
        (CustomerDraft(name="  Ada   Lovelace "), "Ada Lovelace"),
        (CustomerDraft(given_name="Ada", family_name="Lovelace"), "Ada Lovelace"),
        (CustomerDraft(given_name="민준", family_name="김"), "김민준"),
        (CustomerDraft(), ""),
    ],
)
def test_create_customer_names_the_record(draft: CustomerDraft, name: str) -> None:
    customer = profiles.create_customer(draft=draft, actor=SYSTEM)

    assert Customer.objects.get() == customer
    assert customer.name == name
    assert event_types() == ["customer.created"]


def test_create_customers_refuses_all_for_one_bad() -> None:
    drafts = [CustomerDraft(name="Ada"), CustomerDraft(name="x" * 201, country="ZZ", kind="cat")]

    with pytest.raises(InvalidProfile) as error:
        profiles.create_customers(drafts=drafts, actor=SYSTEM)

    assert [(e["field"], e["code"]) for e in error.value.errors] == [
        ("name", "too_long"),
        ("kind", "unknown_kind"),
        ("country", "unknown_country"),
    ]
    assert Customer.objects.count() == 0


def test_change_customer_renews_name_and_search_keys_and_keeps_history() -> None:
    customer = make_customer(given_name="Eve", family_name="Adams", name="")

    profiles.change_customer(
        customer_id=customer.id,
        changes=CustomerChanges(family_name="Ångström", country="se"),
        actor=SYSTEM,
    )

    customer.refresh_from_db()
    assert (customer.name, customer.country) == ("Eve Ångström", "SE")
    assert customer.search_keys == ["angstrom", "eve"]
    assert list(CustomerHistory.objects.values_list("name", flat=True)) == ["Eve Adams"]
    changed = StoredEvent.objects.get(type="customer.changed")
    assert sorted(changed.payload["fields"]) == ["country", "family_name", "name"]
    assert "ngstr" not in str(changed.payload)


def test_change_customer_to_the_same_records_nothing() -> None:
    customer = make_customer()

    profiles.change_customer(
        customer_id=customer.id, changes=CustomerChanges(name="Eve  Adams"), actor=SYSTEM
    )

    assert event_types() == ["customer.created"]
    assert CustomerHistory.objects.count() == 0


def test_change_customer_refuses_what_is_wrong_and_changes_nothing() -> None:
    customer = make_customer()

    with pytest.raises(InvalidProfile):
        profiles.change_customer(
            customer_id=customer.id, changes=CustomerChanges(country="XX"), actor=SYSTEM
        )
    with pytest.raises(NotFound):
        profiles.change_customer(
            customer_id=uuid4(), changes=CustomerChanges(name="x"), actor=SYSTEM
        )

    customer.refresh_from_db()
    assert (customer.name, customer.country) == ("Eve Adams", "")


def test_block_and_unblock_customer_keep_their_reasons() -> None:
    customer = make_customer()

    profiles.block_customer(customer_id=customer.id, reason="Fraud at the till", actor=SYSTEM)
    with pytest.raises(InvalidTransition):
        profiles.block_customer(customer_id=customer.id, reason="again", actor=SYSTEM)
    profiles.unblock_customer(customer_id=customer.id, reason="It was not them", actor=SYSTEM)

    customer.refresh_from_db()
    assert customer.status == "active"
    texts = Note.objects.order_by("id").values_list("text", flat=True)
    assert list(texts) == ["Fraud at the till", "It was not them"]
    assert event_types()[1:] == [
        "customer.blocked", "note.written", "customer.unblocked", "note.written",
    ]  # fmt: skip


def test_block_customer_without_reason_changes_nothing() -> None:
    customer = make_customer()

    with pytest.raises(EmptyNote):
        profiles.block_customer(customer_id=customer.id, reason=" ", actor=SYSTEM)

    customer.refresh_from_db()
    assert customer.status == "active"
    assert event_types() == ["customer.created"]


def test_write_note_says_who_wrote_it() -> None:
    customer, location_id = make_customer(), make_location().id
    clerk = staff_actor(Permission.CUSTOMERS_EDIT, location_id=location_id)

    note = profiles.write_note(
        customer_id=customer.id, text=" Wears size 39 ", location_id=location_id, actor=clerk
    )

    note.refresh_from_db()
    assert (note.text, note.principal) == ("Wears size 39", clerk.principal)
    assert note.location_id == location_id
    event = StoredEvent.objects.get(type="note.written")
    assert event.payload["note_id"] == note.id
    assert "39" not in str(event.payload.get("text", ""))


def test_write_note_at_a_foreign_location_looks_like_at_none() -> None:
    customer, own, foreign = make_customer(), make_location(), make_location()
    clerk = staff_actor(Permission.CUSTOMERS_EDIT, location_id=own.id)

    for location_id in (foreign.id, uuid4()):
        with pytest.raises(UnknownLocation):
            profiles.write_note(
                customer_id=customer.id, text="x", location_id=location_id, actor=clerk
            )

    assert Note.objects.count() == 0


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001])
def test_write_note_needs_a_text(text: str) -> None:
    customer = make_customer()

    with pytest.raises(EmptyNote):
        profiles.write_note(customer_id=customer.id, text=text, actor=SYSTEM)

    assert Note.objects.count() == 0


def test_notes_are_never_changed_nor_removed() -> None:
    note = profiles.write_note(customer_id=make_customer().id, text="Nice", actor=SYSTEM)

    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Note.objects.filter(id=note.id).update(text="Not nice")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        note.delete()

    assert Note.objects.get().text == "Nice"


def test_nothing_is_added_to_an_erased_customer() -> None:
    customer = make_customer()
    Customer.objects.filter(id=customer.id).update(status="erased")

    with pytest.raises(CustomerErased):
        profiles.write_note(customer_id=customer.id, text="x", actor=SYSTEM)
    with pytest.raises(CustomerErased):
        address_book.add_address(customer_id=customer.id, draft=LYON, actor=SYSTEM)

    assert (Note.objects.count(), Address.objects.count()) == (0, 0)


def test_add_address_makes_the_first_one_the_default() -> None:
    customer = make_customer()

    first = address_book.add_address(customer_id=customer.id, draft=LYON, actor=SYSTEM)
    second = address_book.add_address(customer_id=customer.id, draft=LYON, actor=SYSTEM)
    third = address_book.add_address(
        customer_id=customer.id, draft=LYON, is_default=True, actor=SYSTEM
    )

    rows = Address.objects.order_by("created_at", "id").values_list("id", "is_default")
    assert dict(rows) == {
        first.address.id: False, second.address.id: False, third.address.id: True,
    }  # fmt: skip
    assert first.warnings == []
    assert first.address.country == "FR"
    assert first.address.street == "12 rue de la République\n2e étage"


@pytest.mark.parametrize(
    ("over", "warned"),
    [
        ({"postal_code": "ABC"}, [("postal_code", "invalid")]),
        ({"postal_code": ""}, [("postal_code", "required")]),
        ({"country": "US", "postal_code": "94105", "city": "San Francisco", "region": "Texas?"},
         [("region", "invalid")]),
        ({"country": "IE", "postal_code": "", "city": "Cork"}, []),
    ],
)  # fmt: skip
def test_add_address_warns_and_stores_all_the_same(
    over: dict[str, str], warned: list[tuple[str, str]]
) -> None:
    draft = AddressDraft(
        **{"name": "Eve", "street": "1 Main St", "city": "Lyon", "country": "FR"} | over
    )

    saved = address_book.add_address(customer_id=make_customer().id, draft=draft, actor=SYSTEM)

    assert [(each.field, each.code) for each in saved.warnings] == warned
    assert Address.objects.get() == saved.address


@pytest.mark.parametrize(
    ("over", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"street": "", "city": ""}, ["street", "city"]),
        ({"country": "ZZ"}, ["country"]),
        ({"country": "F"}, ["country"]),
        ({"country": "../"}, ["country"]),
    ],
)
def test_add_address_refuses_what_cannot_be_stored(over: dict[str, str], fields: list[str]) -> None:
    draft = AddressDraft(**{"name": "E", "street": "S", "city": "C", "country": "FR"} | over)

    with pytest.raises(InvalidAddress) as error:
        address_book.add_address(customer_id=make_customer().id, draft=draft, actor=SYSTEM)

    assert [e["field"] for e in error.value.errors] == fields
    assert Address.objects.count() == 0


def test_add_address_stops_at_a_full_book() -> None:
    customer = make_customer()
    for number in range(MAX_ADDRESSES):
        make_address(customer=customer, label=str(number), is_default=not number)

    with pytest.raises(AddressBookFull):
        address_book.add_address(customer_id=customer.id, draft=LYON, actor=SYSTEM)

    assert customer.addresses.count() == MAX_ADDRESSES


def test_change_address_leaves_what_is_not_given() -> None:
    address = make_address(is_default=True, label="Home")

    saved = address_book.change_address(
        customer_id=address.customer_id,
        address_id=address.id,
        changes=AddressChanges(city="Nice", postal_code="06000"),
        actor=SYSTEM,
    )

    address.refresh_from_db()
    assert saved.address == address
    assert (address.city, address.label, address.is_default) == ("Nice", "Home", True)


def test_change_address_of_somebody_else_looks_like_none() -> None:
    address = make_address()

    with pytest.raises(NotFound):
        address_book.change_address(
            customer_id=make_customer().id,
            address_id=address.id,
            changes=AddressChanges(city="Nice"),
            actor=SYSTEM,
        )

    address.refresh_from_db()
    assert address.city == "Lyon"


def test_remove_address_passes_the_default_on() -> None:
    customer = make_customer()
    default = make_address(customer=customer, is_default=True)
    other = make_address(customer=customer)

    address_book.remove_address(customer_id=customer.id, address_id=default.id, actor=SYSTEM)

    other.refresh_from_db()
    assert other.is_default
    with pytest.raises(NotFound):
        address_book.remove_address(customer_id=customer.id, address_id=default.id, actor=SYSTEM)


@pytest.mark.parametrize(
    ("draft", "lines"),
    [
        (
            AddressDraft("Eve", "Hauptstr. 1", "Berlin", "DE", postal_code="10115"),
            ["Eve", "Hauptstr. 1", "10115 BERLIN", "GERMANY"],
        ),
        (
            AddressDraft("Eve", "1 Main St", "Austin", "US", postal_code="78701", region="TX"),
            ["Eve", "1 Main St", "AUSTIN, TX 78701", "UNITED STATES"],
        ),
        (
            AddressDraft("Eve", "10 High St", "London", "GB", postal_code="sw1a 1aa"),
            ["Eve", "10 High St", "LONDON", "SW1A 1AA", "UNITED KINGDOM"],
        ),
    ],
)
def test_address_is_written_as_in_its_country(draft: AddressDraft, lines: list[str]) -> None:
    assert postal.formatted(draft) == lines
