"""Staff find customers by whatever they were told."""

from __future__ import annotations

import pytest

from customers.identity.operations import search_keys
from customers.profiles import search
from customers.profiles.models import Customer
from customers.profiles.queries import SearchTooShort, find_customers
from omni.access.actor import SYSTEM, Actor
from omni.access.models import AccessLog
from omni.core.errors import NotAllowed
from tests.factories.customers import make_customer, make_identifier


@pytest.fixture
def people(db: None) -> dict[str, Customer]:
    """A few customers in several scripts, each with identifiers."""
    names = {
        "elodie": "Élodie Lefèvre",
        "jean": "Jean-Luc O'Neil",
        "kim": "김민준",
        "maria": "Мария Иванова",
        "smith": "Anna Smith",
        "smithers": "Anna Smithers",
    }
    made = {key: make_customer(name=name) for key, name in names.items()}
    make_identifier(customer=made["elodie"], kind="phone", value="+33612345678")
    make_identifier(customer=made["smith"], kind="email", value="anna.s@example.com")
    make_identifier(customer=made["jean"], kind="loyalty_card", value="4006381333931")
    make_identifier(customer=made["kim"], kind="loyalty_card", value="VIP-7 7001")
    make_identifier(customer=made["maria"], kind="external", value="17850", namespace="ledger")
    make_identifier(customer=made["maria"], kind="device", value="device-of-maria")
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("elodie", ["elodie"]),
        ("ÉLO lef", ["elodie"]),
        ("lefevre élodie", ["elodie"]),
        ("luc", ["jean"]),
        ("o'neil", ["jean"]),
        ("neil", ["jean"]),
        ("김", ["kim"]),
        ("민준", ["kim"]),
        ("мар иван", ["maria"]),
        ("smith", ["smith", "smithers"]),
        ("anna smithe", ["smithers"]),
        ("anna s", ["smith", "smithers"]),
        ("anna.s@", ["smith"]),
        ("ANNA.S@EXAMPLE.COM", ["smith"]),
        ("5678", ["elodie"]),
        ("06 12 34", ["elodie"]),
        ("+33 6 12 34 56 78", ["elodie"]),
        ("3456", ["elodie"]),
        ("4006 3813 3393 1", ["jean"]),
        ("3931", ["jean"]),
        ("vip77001", ["kim"]),
        ("VIP-7 7001", ["kim"]),
        ("17850", ["maria"]),
        ("device-of-maria", []),
        ("6543", []),
        ("61234 5687", []),
        ("xylophone", []),
        ("anna'); drop table x; --", []),
        ("an\\na:* | !b", []),
    ],
)
def test_find_customers(people: dict[str, Customer], text: str, expected: list[str]) -> None:
    found = find_customers(actor=SYSTEM, text=text)

    keys = {customer.id: key for key, customer in people.items()}
    assert sorted(keys[each.id] for each in found.customers) == expected


def test_find_customers_puts_whole_words_first(people: dict[str, Customer]) -> None:
    found = find_customers(actor=SYSTEM, text="anna smith")

    assert found.customers == [people["smith"], people["smithers"]]


def test_find_customers_says_when_there_are_more(people: dict[str, Customer]) -> None:
    found = find_customers(actor=SYSTEM, text="anna", limit=1)

    assert len(found.customers) == 1
    assert found.has_more


def test_find_customers_leaves_out_the_erased(people: dict[str, Customer]) -> None:
    Customer.objects.filter(id=people["smith"].id).update(status="erased")

    assert find_customers(actor=SYSTEM, text="smith").customers == [people["smithers"]]


def test_find_customers_is_logged_without_what_was_typed(people: dict[str, Customer]) -> None:
    find_customers(actor=SYSTEM, text="anna.s@example.com")

    log = AccessLog.objects.get()
    assert (log.kind, log.reason) == ("customer_search", "1 found")


@pytest.mark.parametrize("text", ["", " ", "a", "+4", "12", "'", "é", "#!"])
@pytest.mark.django_db
def test_find_customers_needs_something_to_go_by(text: str) -> None:
    with pytest.raises(SearchTooShort):
        find_customers(actor=SYSTEM, text=text)


@pytest.mark.django_db
def test_find_customers_needs_the_permission() -> None:
    with pytest.raises(NotAllowed):
        find_customers(actor=Actor(kind="staff"), text="anna")

    assert AccessLog.objects.count() == 0


def test_phone_keys_hold_every_piece_of_four_digits() -> None:
    assert search.phone_keys("+331234") == ["#1234", "#3123", "#3312", "#331234"]


def test_devices_are_nothing_to_search_by() -> None:
    assert search_keys("device", "device-of-maria") == []
