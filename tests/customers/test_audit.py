"""Each invariant of customers: silent on sound data, and it finds its own corruption."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from customers.consent.operations import Decision, record_consent
from customers.profiles.operations import write_note
from omni.access.actor import SYSTEM
from omni.access.operations import issue_session_token
from omni.audit.registry import invariants
from tests.factories.customers import (
    Shop,
    make_account,
    make_address,
    make_customer,
    make_identifier,
)
from tests.factories.omni import make_user

CODES = [f"C{number}" for number in range(1, 11)]

pytestmark = pytest.mark.django_db


def offenders(code: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(invariants([code])[0].statement())
        return len(cursor.fetchall())


def sound() -> None:
    """A bit of everything, made by the operations."""
    account = make_account()
    Shop().sign_in(account)
    make_identifier(customer=account.customer, kind="phone", value="+33612345678")
    make_address(customer=account.customer, is_default=True)
    make_address(customer=account.customer)
    write_note(customer_id=account.customer_id, text="Nice", actor=SYSTEM)
    decision = Decision("analytics", is_granted=True, wording="Yes")
    record_consent(customer_id=account.customer_id, decision=decision, actor=SYSTEM)


def corrupt(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)


def erased_with_data() -> None:
    corrupt("UPDATE customers_customer SET status = 'erased'")


def two_defaults() -> None:
    corrupt(
        "DROP INDEX address_one_default",
        "UPDATE customers_address SET is_default = true",
    )


def two_owners() -> None:
    make_identifier(kind="email", value="other@example.com", is_verified=True)
    corrupt(
        "DROP INDEX identifier_verified_once",
        "UPDATE customers_identifier SET value = 'same@example.com' WHERE kind = 'email'",
    )


def proof_without_moment() -> None:
    corrupt("UPDATE customers_identifier SET verified_at = NULL WHERE is_verified")


def not_searchable() -> None:
    corrupt("UPDATE customers_customer SET identifier_keys = '{}'")


def account_of_staff() -> None:
    corrupt("UPDATE omni_user SET kind = 'staff'")


def foreign_session() -> None:
    corrupt("UPDATE omni_session_token SET customer_id = gen_random_uuid()")


def session_of_staff() -> None:
    issue_session_token(user=make_user(), customer_id=make_customer().id, channel_id=None)


def too_many_tries() -> None:
    Shop().post("account/sign-up", {"email": "a@example.com", "password": "a long pass phrase"})
    corrupt(
        "ALTER TABLE customers_emailchallenge DROP CONSTRAINT challenge_tries_limit",
        "UPDATE customers_emailchallenge SET tries = 6",
    )


def consent_without_words() -> None:
    corrupt(
        "ALTER TABLE customers_consent DISABLE TRIGGER USER",
        "UPDATE customers_consent SET wording = ''",
    )


@pytest.mark.parametrize("code", CODES)
def test_audit_is_silent_on_sound_data(code: str) -> None:
    sound()

    assert offenders(code) == 0


@pytest.mark.parametrize(
    ("code", "seed"),
    [
        ("C1", erased_with_data),
        ("C2", two_defaults),
        ("C3", two_owners),
        ("C4", proof_without_moment),
        ("C5", not_searchable),
        ("C6", account_of_staff),
        ("C7", foreign_session),
        ("C7", session_of_staff),
        ("C8", too_many_tries),
        ("C9", consent_without_words),
        ("C10", erased_with_data),
    ],
)
def test_audit_finds_a_seeded_corruption(code: str, seed: Callable[[], None]) -> None:
    sound()

    seed()

    assert offenders(code) > 0


def test_every_invariant_of_customers_is_tested() -> None:
    registered = {each.code for each in invariants() if each.code.startswith("C")}

    assert set(CODES) <= registered
