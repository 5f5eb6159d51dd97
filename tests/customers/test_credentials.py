"""New password, forgotten password, new e-mail address: proof first, and old sessions end."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from customers.accounts.models import MAX_TRIES, Account, EmailChallenge
from customers.accounts.operations import TRIES
from customers.identity.models import Identifier
from omni.access.models import SessionToken, User
from omni.events.models import StoredEvent
from tests.factories.customers import PASSWORD, Shop, mailed_code, make_account
from tests.factories.omni import make_user

NEW = "a wholly new pass phrase"
EMAIL, OTHER = "ada@example.com", "ada.l@example.com"

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


@pytest.fixture
def account(db: None) -> Account:
    return make_account(email=EMAIL)


def status(shop: Shop, token: str) -> int:
    return int(shop.get("account", Authorization=f"Bearer {token}").status_code)


def sign_in_status(shop: Shop, email: str, password: str) -> int:
    fresh = Shop(shop.channel)  # which sends no token that has ended
    answer = fresh.post("account/session", {"email": email, "password": password})
    return int(answer.status_code)


def codes(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- password -------------------------------------------------------------------------------------


def test_change_password_ends_every_session_at_once(shop: Shop, account: Account) -> None:
    old = [shop.sign_in(account), shop.sign_in(account)]

    answer = shop.post("account/password", {"current_password": PASSWORD, "password": NEW})

    assert answer.status_code == 200
    new = answer.json()["token"]
    assert [status(shop, token) for token in (*old, new)] == [401, 401, 200]
    assert sign_in_status(shop, EMAIL, PASSWORD) == 401
    assert sign_in_status(shop, EMAIL, NEW) == 201
    assert mail.outbox[-1].to == [EMAIL]
    event = StoredEvent.objects.get(type="password.changed")
    assert event.payload["by_reset"] is False


def test_change_password_keeps_the_name_of_the_device(shop: Shop, account: Account) -> None:
    shop.sign_in(account)

    shop.post("account/password", {"current_password": PASSWORD, "password": NEW})

    assert SessionToken.objects.get(revoked_at=None).device == "Phone"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"current_password": "wrong", "password": NEW}, (403, "wrong_password")),
        ({"current_password": PASSWORD, "password": "short"}, (400, "weak_password")),
        ({"current_password": PASSWORD, "password": EMAIL}, (400, "weak_password")),
        ({"password": NEW}, (400, "invalid")),
    ],
)
def test_change_password_refused_changes_nothing(
    shop: Shop, account: Account, body: dict[str, str], expected: tuple[int, str]
) -> None:
    token = shop.sign_in(account)

    answer = shop.post("account/password", body)

    assert codes(answer) == expected
    assert status(shop, token) == 200
    assert User.objects.get(id=account.user_id).check_password(PASSWORD)
    assert not mail.outbox


def test_change_password_tries_are_limited(shop: Shop, account: Account) -> None:
    shop.sign_in(account)
    for _try in range(TRIES):
        shop.post("account/password", {"current_password": "wrong", "password": NEW})

    answer = shop.post("account/password", {"current_password": PASSWORD, "password": NEW})

    assert codes(answer) == (429, "too_many_attempts")
    assert User.objects.get(id=account.user_id).check_password(PASSWORD)


def ask_reset(shop: Shop, email: str = EMAIL) -> str:
    answer = shop.post("account/password/reset", {"email": email})
    assert answer.status_code == 202
    return str(answer.json()["challenge_id"])


def reset(shop: Shop, challenge_id: str, code: str, password: str = NEW) -> Any:
    body = {"challenge_id": challenge_id, "code": code, "password": password}
    return shop.post("account/password/reset/confirm", body)


def test_reset_password_by_code_ends_every_session(shop: Shop, account: Account) -> None:
    old = shop.sign_in(account)
    challenge_id = ask_reset(shop)

    answer = reset(shop, challenge_id, mailed_code())

    assert answer.status_code == 200
    assert [status(shop, token) for token in (old, answer.json()["token"])] == [401, 200]
    assert sign_in_status(shop, EMAIL, NEW) == 201
    assert StoredEvent.objects.get(type="password.changed").payload["by_reset"] is True


def test_reset_password_answers_the_same_for_an_unknown_address(
    shop: Shop, account: Account
) -> None:
    make_user(email="staff@example.com")

    answers = [
        shop.post("account/password/reset", {"email": email})
        for email in (EMAIL, "nobody@example.com", "staff@example.com")
    ]

    assert [each.status_code for each in answers] == [202, 202, 202]
    assert all(set(each.json()) == {"challenge_id", "expires_at"} for each in answers)
    assert [each.to[0] for each in mail.outbox] == [
        EMAIL, "nobody@example.com", "staff@example.com",
    ]  # fmt: skip
    assert ["No account" in each.subject for each in mail.outbox] == [False, True, True]
    assert EmailChallenge.objects.filter(code_digest="").count() == 2


def test_reset_password_refused_changes_nothing(shop: Shop, account: Account) -> None:
    challenge_id = ask_reset(shop)
    code = mailed_code()

    weak = reset(shop, challenge_id, code, password="short")
    wrong = [reset(shop, challenge_id, "WRONG") for _try in range(MAX_TRIES)]
    spent = reset(shop, challenge_id, code)

    assert codes(weak) == (400, "weak_password")
    assert {codes(each) for each in (*wrong, spent)} == {(400, "wrong_code")}
    assert User.objects.get(id=account.user_id).check_password(PASSWORD)


def test_reset_password_after_the_login_moved_away_is_refused(shop: Shop, account: Account) -> None:
    challenge_id = ask_reset(shop)
    User.objects.filter(id=account.user_id).update(email=OTHER)

    assert codes(reset(shop, challenge_id, mailed_code())) == (400, "wrong_code")


def test_a_code_serves_its_own_purpose_only(shop: Shop, account: Account) -> None:
    challenge_id = ask_reset(shop)
    code = mailed_code()

    as_sign_up = shop.post("account/verify", {"challenge_id": challenge_id, "code": code})
    shop.sign_in(account)
    as_change = shop.post("account/email/confirm", {"challenge_id": challenge_id, "code": code})

    assert codes(as_sign_up) == codes(as_change) == (400, "wrong_code")
    assert User.objects.count() == 1


# --- e-mail address -------------------------------------------------------------------------------


def ask_change(shop: Shop, email: str = OTHER, password: str = PASSWORD) -> Any:
    return shop.post("account/email", {"current_password": password, "email": email})


def confirm(shop: Shop, challenge_id: str, code: str) -> Any:
    return shop.post("account/email/confirm", {"challenge_id": challenge_id, "code": code})


def test_change_email_needs_password_and_code_and_ends_sessions(
    shop: Shop, account: Account
) -> None:
    old = shop.sign_in(account)
    challenge_id = ask_change(shop).json()["challenge_id"]
    assert mail.outbox[-1].to == [OTHER]
    code = mailed_code()
    assert sign_in_status(shop, EMAIL, PASSWORD) == 201

    answer = confirm(shop, challenge_id, code)

    assert answer.status_code == 200
    assert [status(shop, token) for token in (old, answer.json()["token"])] == [401, 200]
    assert sign_in_status(shop, EMAIL, PASSWORD) == 401
    assert sign_in_status(shop, OTHER, PASSWORD) == 201
    assert mail.outbox[-1].to == [EMAIL]
    held = Identifier.objects.filter(customer=account.customer, is_verified=True)
    assert set(held.values_list("value", flat=True)) == {EMAIL, OTHER}
    assert StoredEvent.objects.filter(type="email.changed").count() == 1


def test_change_email_without_the_password_is_refused(shop: Shop, account: Account) -> None:
    shop.sign_in(account)

    answer = ask_change(shop, password="wrong")

    assert codes(answer) == (403, "wrong_password")
    assert not mail.outbox
    assert not EmailChallenge.objects.exists()


def test_change_email_answers_the_same_for_a_taken_address(shop: Shop, account: Account) -> None:
    make_account(email=OTHER)
    shop.sign_in(account)

    taken, free = ask_change(shop), ask_change(shop, email="free@example.com")

    assert (taken.status_code, set(taken.json())) == (free.status_code, set(free.json()))
    assert "already" in mail.outbox[0].subject
    assert codes(confirm(shop, taken.json()["challenge_id"], "0")) == (400, "wrong_code")
    assert User.objects.get(id=account.user_id).email == EMAIL


def test_change_email_that_was_taken_meanwhile_changes_nothing(
    shop: Shop, account: Account
) -> None:
    token = shop.sign_in(account)
    challenge_id = ask_change(shop).json()["challenge_id"]
    code = mailed_code()
    make_account(email=OTHER)

    answer = confirm(shop, challenge_id, code)

    assert codes(answer) == (409, "email_taken")
    assert User.objects.get(id=account.user_id).email == EMAIL
    assert status(shop, token) == 200


def test_change_email_code_of_another_account_is_refused(shop: Shop, account: Account) -> None:
    shop.sign_in(account)
    challenge_id = ask_change(shop).json()["challenge_id"]
    code = mailed_code()
    mallory = make_account()
    shop.sign_in(mallory)

    answer = confirm(shop, challenge_id, code)

    assert codes(answer) == (400, "wrong_code")
    assert EmailChallenge.objects.get().tries == 0
    assert User.objects.get(id=mallory.user_id).email != OTHER


def test_change_email_needs_a_session(shop: Shop, account: Account) -> None:
    assert ask_change(shop).status_code == 401
    assert confirm(shop, str(account.id), "0").status_code == 401
