"""Resolution, attaching and verification of identifiers, on rows."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps

from customers.identity import operations as identity
from customers.identity import queries
from customers.identity.canonical import Given, InvalidIdentifier
from customers.identity.models import Identifier
from customers.identity.operations import Capture, NoIdentifier, VerifiedElsewhere
from customers.profiles.models import Customer
from customers.profiles.operations import CustomerErased
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.errors import NotFound
from omni.events.models import StoredEvent
from omni.work.models import Incident
from tests.factories.customers import make_customer, make_identifier
from tests.factories.inventory import make_channel

IdentifierHistory = apps.get_model("customers", "IdentifierHistory")

pytestmark = pytest.mark.django_db

EMAIL = Given("email", "ada@example.com")
PHONE = Given("phone", "+49 170 1234567")
CARD = Given("loyalty_card", "4006381333931")


def event_types() -> list[str]:
    return list(StoredEvent.objects.order_by("id").values_list("type", flat=True))


def held(customer: Customer) -> list[tuple[str, str, bool]]:
    rows = Identifier.objects.filter(customer=customer).order_by("id")
    return list(rows.values_list("kind", "value", "is_verified"))


def test_resolve_creates_a_customer_for_unknown_identifiers() -> None:
    channel = make_channel(country="DE")

    found = identity.resolve(
        identifiers=[EMAIL, Given("phone", "0170 1234567")],
        name="Ada Lovelace",
        channel_id=channel.id,
        actor=SYSTEM,
    )

    assert found.created
    customer = Customer.objects.get()
    assert found.customer == customer
    assert (customer.name, customer.created_in) == ("Ada Lovelace", channel.id)
    assert held(customer) == [
        ("email", "ada@example.com", False),
        ("phone", "+491701234567", False),
    ]
    assert event_types() == ["customer.created", "identifier.added", "identifier.added"]


def test_resolve_again_finds_the_same_customer_and_adds_nothing() -> None:
    first = identity.resolve(identifiers=[EMAIL], name="Ada", actor=SYSTEM)
    events = event_types()

    again = identity.resolve(
        identifiers=[Given("email", " ADA@Example.com ")], name="Somebody", actor=SYSTEM
    )

    assert (again.customer, again.created) == (first.customer, False)
    assert Customer.objects.get().name == "Ada"
    assert Identifier.objects.count() == 1
    assert event_types() == events


def test_resolve_attaches_new_identifiers_unverified() -> None:
    customer = make_identifier(value=EMAIL.value, is_verified=True).customer

    found = identity.resolve(identifiers=[EMAIL, PHONE], name="", actor=SYSTEM)

    assert (found.customer, found.created) == (customer, False)
    assert held(customer) == [
        ("email", "ada@example.com", True),
        ("phone", "+491701234567", False),
    ]
    assert "+491701234567"[1:] in " ".join(Customer.objects.get().identifier_keys)


def test_resolve_prefers_the_verified_holder_and_merges_nobody() -> None:
    older = make_identifier(kind="phone", value=PHONE.value).customer
    proved = make_identifier(value=EMAIL.value, is_verified=True).customer

    found = identity.resolve(identifiers=[PHONE, EMAIL], actor=SYSTEM)

    assert found.customer == proved
    assert held(older) == [("phone", "+491701234567", False)]
    assert Customer.objects.count() == 2


def test_resolve_of_two_verified_holders_leaves_both_as_they_are() -> None:
    first = make_identifier(value=EMAIL.value, is_verified=True).customer
    second = make_identifier(kind="phone", value=PHONE.value, is_verified=True).customer

    found = identity.resolve(identifiers=[PHONE, EMAIL, CARD], actor=SYSTEM)

    assert found.customer == first
    assert [kind for kind, _value, _verified in held(first)] == ["email", "loyalty_card"]
    assert held(second) == [("phone", "+491701234567", True)]


def test_resolve_fills_the_name_of_a_nameless_record_only_if_nothing_is_proved() -> None:
    nameless = make_identifier(value=EMAIL.value, customer=make_customer(name="")).customer
    proved = make_identifier(
        value="eve@example.com", customer=make_customer(name=""), is_verified=True
    ).customer

    identity.resolve(identifiers=[EMAIL], name="Ada", actor=SYSTEM)
    identity.resolve(identifiers=[Given("email", "eve@example.com")], name="X", actor=SYSTEM)

    nameless.refresh_from_db()
    proved.refresh_from_db()
    assert (nameless.name, nameless.search_keys) == ("Ada", ["ada"])
    assert proved.name == ""


def test_resolve_refuses_bad_identifiers_and_changes_nothing() -> None:
    with pytest.raises(InvalidIdentifier) as error:
        identity.resolve(
            identifiers=[EMAIL, Given("phone", "12"), Given("email", "no")], actor=SYSTEM
        )

    assert [e["field"] for e in error.value.errors] == ["phone", "email"]
    assert Customer.objects.count() == 0
    assert event_types() == []


def test_resolve_needs_an_identifier() -> None:
    with pytest.raises(NoIdentifier):
        identity.resolve(identifiers=[], name="Ada", actor=SYSTEM)

    assert Customer.objects.count() == 0


def test_resolve_of_a_known_customer_costs_few_queries(
    django_assert_num_queries: object,
) -> None:
    make_identifier(value=EMAIL.value)

    with django_assert_num_queries(4):  # type: ignore[operator]  savepoint and release, lock, read
        identity.resolve(identifiers=[EMAIL], actor=SYSTEM)


def test_resolve_many_gives_the_same_as_one_by_one() -> None:
    then = clock.now() - timedelta(days=400)
    captures = [
        Capture((Given("external", "17850", "ledger"),), country="GB", captured_at=then),
        Capture((Given("external", "13047", "ledger"), PHONE), name="Ada"),
        Capture((PHONE, EMAIL)),
        Capture((Given("external", "17850", "ledger"), CARD)),
    ]
    one_by_one = [
        identity.resolve(identifiers=[_other(g) for g in c.identifiers], name=c.name, actor=SYSTEM)
        for c in captures
    ]

    together = identity.resolve_many(captures=captures, actor=SYSTEM)

    def shape(found: list[identity.Resolution]) -> list[tuple[int, bool]]:
        order = list(dict.fromkeys(each.customer.id for each in found))
        return [(order.index(each.customer.id), each.created) for each in found]

    assert shape(together) == shape(one_by_one) == [(0, True), (1, True), (1, False), (0, False)]
    first = together[0].customer
    assert (first.created_at, first.country) == (then, "GB")
    assert [kind for kind, _value, _v in held(together[1].customer)] == [
        "external",
        "phone",
        "email",
    ]
    again = identity.resolve_many(captures=captures, actor=SYSTEM)
    assert [each.customer for each in again] == [each.customer for each in together]
    assert not any(each.created for each in again)


def _other(given: Given) -> Given:
    """The same with another value, so that both runs start from nothing."""
    changed = {"external": f"9{given.value}", "phone": "+33612345678", "email": "b@example.com"}
    return Given(given.kind, changed.get(given.kind, "CARD-1"), given.namespace)


def test_add_identifier_attaches_once() -> None:
    customer = make_customer()

    first = identity.add_identifier(customer_id=customer.id, given=CARD, actor=SYSTEM)
    again = identity.add_identifier(customer_id=customer.id, given=CARD, actor=SYSTEM)

    assert first == again
    assert event_types()[-1] == "identifier.added"
    assert event_types().count("identifier.added") == 1


def test_add_identifier_refuses_what_another_proved() -> None:
    make_identifier(value=EMAIL.value, is_verified=True)
    customer = make_customer()

    with pytest.raises(VerifiedElsewhere):
        identity.add_identifier(customer_id=customer.id, given=EMAIL, actor=SYSTEM)

    assert held(customer) == []


def test_add_identifier_refuses_unknown_and_erased_customers() -> None:
    erased = make_customer()
    Customer.objects.filter(id=erased.id).update(status="erased")

    with pytest.raises(NotFound):
        identity.add_identifier(customer_id=uuid4(), given=EMAIL, actor=SYSTEM)
    with pytest.raises(CustomerErased):
        identity.add_identifier(customer_id=erased.id, given=EMAIL, actor=SYSTEM)

    assert Identifier.objects.count() == 0


def test_verify_identifier_marks_it_and_repeats_quietly() -> None:
    identifier = make_identifier(value=EMAIL.value)

    for _try in range(2):
        result = identity.verify_identifier(
            customer_id=identifier.customer_id, given=EMAIL, actor=SYSTEM
        )
        assert result.is_verified

    identifier.refresh_from_db()
    assert identifier.is_verified
    assert identifier.verified_at is not None
    assert event_types().count("identifier.verified") == 1
    assert queries.owner_of(EMAIL) == identifier.customer


def test_verify_identifier_takes_it_away_from_nobody() -> None:
    held_by = make_identifier(value=EMAIL.value, is_verified=True)
    customer = make_customer()

    result = identity.verify_identifier(customer_id=customer.id, given=EMAIL, actor=SYSTEM)

    assert (result.is_verified, result.held_by) == (False, held_by.customer_id)
    held_by.refresh_from_db()
    assert held_by.is_verified
    assert held(customer) == [("email", "ada@example.com", False)]
    incident = Incident.objects.get()
    assert (incident.kind, incident.subject_id) == ("identifier_conflict", str(customer.id))


def test_remove_identifier_keeps_what_is_left_searchable() -> None:
    customer = make_customer()
    email = make_identifier(customer=customer, value=EMAIL.value)
    make_identifier(customer=customer, kind="loyalty_card", value="AB-12")

    identity.remove_identifier(customer_id=customer.id, identifier_id=email.id, actor=SYSTEM)

    customer.refresh_from_db()
    assert customer.identifier_keys == ["=ab12"]
    assert event_types()[-1] == "identifier.removed"
    with pytest.raises(NotFound):
        identity.remove_identifier(customer_id=customer.id, identifier_id=email.id, actor=SYSTEM)


def test_remove_identifier_of_another_customer_looks_like_none() -> None:
    identifier = make_identifier()

    with pytest.raises(NotFound):
        identity.remove_identifier(
            customer_id=make_customer().id, identifier_id=identifier.id, actor=SYSTEM
        )

    assert Identifier.objects.count() == 1


def test_unproved_holders_leaves_out_whoever_proved_something() -> None:
    free = make_identifier(value=EMAIL.value).customer
    other = make_identifier(value=EMAIL.value).customer
    make_identifier(customer=other, kind="phone", value=PHONE.value, is_verified=True)

    assert queries.unproved_holders(EMAIL) == [free]


def test_history_keeps_what_an_identifier_was() -> None:
    identifier = make_identifier(value=EMAIL.value, is_verified=True)

    before = IdentifierHistory.objects.filter(pgh_obj_id=identifier.id)

    assert list(before.values_list("is_verified", flat=True)) == [False]
