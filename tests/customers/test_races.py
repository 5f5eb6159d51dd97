"""The same thing twice at the same moment, on real connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from customers.accounts.models import MAX_TRIES, Account, EmailChallenge
from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import Identifier
from customers.profiles import address_book
from customers.profiles.models import Address, Customer
from customers.profiles.postal import AddressDraft
from omni.access.actor import SYSTEM
from omni.access.models import SessionToken, User
from omni.work.models import Incident
from tests.factories.customers import Shop, mailed_code, make_account, make_customer

AT_ONCE = 8

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all of them at the same moment, each on a connection of its own."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


@pytest.mark.parametrize("attempt", range(5))
def test_captures_at_once_of_the_same_values_give_one_customer(attempt: int) -> None:
    email, phone = Given("email", "ada@example.com"), Given("phone", "+33612345678")
    orders = [[email, phone], [phone, email], [email], [phone, email]] * 2

    def capture(identifiers: list[Given]) -> Callable[[], Any]:
        return lambda: identity.resolve(identifiers=identifiers, name="Ada", actor=SYSTEM)

    results = at_once(*[capture(identifiers) for identifiers in orders])

    assert Customer.objects.count() == 1
    assert [each.created for each in results].count(True) == 1
    assert Identifier.objects.count() == 2
    assert len(Customer.objects.get().identifier_keys) == len(
        set(Customer.objects.get().identifier_keys)
    )


def test_two_customers_that_prove_the_same_at_once() -> None:
    given = Given("email", "ada@example.com")
    customers = [make_customer(), make_customer()]

    def verify(customer: Customer) -> Callable[[], Any]:
        return lambda: identity.verify_identifier(
            customer_id=customer.id, given=given, actor=SYSTEM
        )

    results = at_once(*[verify(customer) for customer in customers])

    assert sorted(each.is_verified for each in results) == [False, True]
    assert Identifier.objects.filter(is_verified=True).count() == 1
    assert Incident.objects.count() == 1


def test_guesses_at_once_never_exceed_the_tries() -> None:
    shop = Shop()
    answer = shop.post(
        "account/sign-up", {"email": "ada@example.com", "password": "a long pass phrase"}
    )
    body = {"challenge_id": answer.json()["challenge_id"], "code": "WRONG"}

    answers = at_once(*[lambda: shop_post(shop, body)] * (AT_ONCE + 4))

    assert {each.status_code for each in answers} == {400}
    assert EmailChallenge.objects.get().tries == MAX_TRIES
    assert shop_post(shop, body | {"code": mailed_code()}).status_code == 400
    assert not User.objects.exists()


def shop_post(shop: Shop, body: dict[str, str]) -> Any:
    return shop.post("account/verify", body)


def test_the_right_code_at_once_opens_one_account() -> None:
    shop = Shop()
    answer = shop.post(
        "account/sign-up", {"email": "ada@example.com", "password": "a long pass phrase"}
    )
    body = {"challenge_id": answer.json()["challenge_id"], "code": mailed_code()}

    answers = at_once(*[lambda: shop_post(shop, body)] * MAX_TRIES)

    assert sorted(each.status_code for each in answers) == [201, 400, 400, 400, 400]
    assert (Account.objects.count(), Customer.objects.count()) == (1, 1)
    assert SessionToken.objects.count() == 1
    assert len(mail.outbox) == 1


def test_two_sign_ups_for_one_address_proved_at_once_give_one_account() -> None:
    shop = Shop()
    bodies = []
    for _try in range(2):
        answer = shop.post(
            "account/sign-up", {"email": "ada@example.com", "password": "a long pass phrase"}
        )
        bodies.append({"challenge_id": answer.json()["challenge_id"], "code": mailed_code()})

    answers = at_once(*[lambda body=body: shop_post(shop, body) for body in bodies])  # type: ignore[misc]

    assert sorted(each.status_code for each in answers) == [201, 409]
    assert (Account.objects.count(), Customer.objects.count()) == (1, 1)


def test_a_password_change_leaves_no_session_of_the_old_password() -> None:
    account = make_account()
    shop = Shop()
    shop.sign_in(account)
    new = "a wholly new pass phrase"
    change = {"current_password": "correct horse battery staple", "password": new}

    def sign_in() -> Any:
        return Shop.sign_in(Shop(shop.channel), account)

    def quietly() -> Any:
        try:
            return sign_in()
        except AssertionError:
            return ""

    answers = at_once(lambda: shop.post("account/password", change), *[quietly] * 3)

    assert answers[0].status_code == 200
    fresh = Shop(shop.channel)
    statuses = [
        fresh.get("account", Authorization=f"Bearer {token}").status_code
        for token in answers[1:]
        if token
    ]
    assert set(statuses) <= {401}


def test_addresses_at_once_leave_one_default() -> None:
    customer = make_customer()
    draft = AddressDraft("Eve", "12 rue X", "Lyon", "FR", postal_code="69001")

    at_once(
        *[
            lambda: address_book.add_address(
                customer_id=customer.id, draft=draft, is_default=True, actor=SYSTEM
            )
        ]
        * 4
    )

    assert Address.objects.count() == 4
    assert Address.objects.filter(is_default=True).count() == 1
