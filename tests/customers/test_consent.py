"""Consent: every decision is a row, the newest is in force."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from customers.consent import queries
from customers.consent.models import Consent, Purpose
from customers.consent.operations import Decision, InvalidConsent, record_consent
from customers.profiles.models import Customer
from customers.profiles.operations import CustomerErased
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.errors import NotFound
from omni.events.models import StoredEvent
from tests.factories.customers import Shop, make_account, make_customer

YES = Decision(Purpose.EMAIL_MARKETING, is_granted=True, wording="Yes, write to me.")
NO = Decision(Purpose.EMAIL_MARKETING, is_granted=False)

pytestmark = pytest.mark.django_db


def test_without_a_decision_nothing_is_allowed() -> None:
    customer = make_customer()

    assert queries.in_force(customer_id=customer.id) == {}
    assert not queries.is_allowed(customer_id=customer.id, purpose=Purpose.EMAIL_MARKETING)


def test_record_consent_appends_and_the_newest_is_in_force() -> None:
    customer = make_customer()

    for decision in (YES, NO, YES):
        record_consent(customer_id=customer.id, decision=decision, actor=SYSTEM)

    assert [each.is_granted for each in queries.decisions_of(customer.id)] == [True, False, True]
    assert queries.is_allowed(customer_id=customer.id, purpose=Purpose.EMAIL_MARKETING)
    assert not queries.is_allowed(customer_id=customer.id, purpose=Purpose.SMS_MARKETING)
    changes = StoredEvent.objects.filter(type="consent.changed").order_by("id")
    assert [each.payload["is_granted"] for each in changes] == [True, False, True]


def test_record_consent_again_adds_nothing() -> None:
    customer = make_customer()

    first = record_consent(customer_id=customer.id, decision=YES, actor=SYSTEM)
    again = record_consent(customer_id=customer.id, decision=YES, actor=SYSTEM)

    assert first == again
    assert Consent.objects.count() == 1
    assert StoredEvent.objects.filter(type="consent.changed").count() == 1


def test_record_consent_of_the_past_keeps_its_moment() -> None:
    customer = make_customer()
    then = clock.now() - timedelta(days=30)

    consent = record_consent(
        customer_id=customer.id,
        decision=Decision(Purpose.ANALYTICS, is_granted=False, decided_at=then),
        actor=SYSTEM,
    )

    assert consent.occurred_at == then
    assert StoredEvent.objects.get(type="consent.changed").occurred_at == then


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision("spam", is_granted=False), "purpose"),
        (Decision(Purpose.ANALYTICS, is_granted=True), "wording"),
        (Decision(Purpose.ANALYTICS, is_granted=True, wording="x" * 501), "wording"),
    ],
)
def test_record_consent_refuses_what_proves_nothing(decision: Decision, field: str) -> None:
    with pytest.raises(InvalidConsent) as error:
        record_consent(customer_id=make_customer().id, decision=decision, actor=SYSTEM)

    assert [each["field"] for each in error.value.errors] == [field]
    assert Consent.objects.count() == 0


def test_record_consent_of_nobody_and_of_the_erased() -> None:
    erased = make_customer()
    Customer.objects.filter(id=erased.id).update(status="erased")

    with pytest.raises(NotFound):
        record_consent(customer_id=uuid4(), decision=YES, actor=SYSTEM)
    with pytest.raises(CustomerErased):
        record_consent(customer_id=erased.id, decision=YES, actor=SYSTEM)

    assert Consent.objects.count() == 0


def test_consents_are_never_changed_nor_removed() -> None:
    consent = record_consent(customer_id=make_customer().id, decision=YES, actor=SYSTEM)

    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Consent.objects.filter(id=consent.id).update(is_granted=False)

    assert Consent.objects.get().is_granted


def test_allowing_tells_which_of_many_allow() -> None:
    willing, changed, silent = make_customer(), make_customer(), make_customer()
    record_consent(customer_id=willing.id, decision=YES, actor=SYSTEM)
    record_consent(customer_id=changed.id, decision=YES, actor=SYSTEM)
    record_consent(customer_id=changed.id, decision=NO, actor=SYSTEM)

    allowed = queries.allowing(
        customer_ids=[willing.id, changed.id, silent.id], purpose=Purpose.EMAIL_MARKETING
    )

    assert allowed == {willing.id}


def test_the_customer_decides_through_the_storefront() -> None:
    shop, account = Shop(), make_account()
    shop.sign_in(account)

    before = shop.get("account/consents").json()["results"]
    answer = shop.post(
        "account/consents",
        {"purpose": "email_marketing", "is_granted": True, "wording": "Yes, write to me."},
    )
    after = shop.get("account/consents").json()["results"]

    assert answer.status_code == 201
    assert [each["purpose"] for each in before] == Purpose.values
    assert not any(each["is_granted"] for each in before)
    assert [each["purpose"] for each in after if each["is_granted"]] == ["email_marketing"]
    consent = Consent.objects.get()
    assert (consent.customer, consent.channel_id) == (account.customer, shop.channel.id)
    assert consent.principal == f"customer:{account.customer_id}"


@pytest.mark.parametrize(
    "body",
    [
        {"purpose": "spam", "is_granted": True, "wording": "x"},
        {"purpose": "analytics", "is_granted": True},
        {"purpose": "analytics", "is_granted": "yes", "wording": "x"},
        {"purpose": "analytics"},
        {"purpose": "analytics", "is_granted": False, "customer_id": "x"},
    ],
)
def test_the_storefront_refuses_bad_decisions(body: dict[str, object]) -> None:
    shop = Shop()
    shop.sign_in(make_account())

    answer = shop.post("account/consents", body)

    assert answer.status_code == 400
    assert Consent.objects.count() == 0
