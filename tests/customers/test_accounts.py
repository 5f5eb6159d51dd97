"""Sign-up, verification, sign-in and sessions, through the API of a storefront."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail

from customers.accounts.challenges import KEPT, LASTS, sweep_challenges
from customers.accounts.models import MAX_TRIES, Account, EmailChallenge
from customers.accounts.operations import TRIES, TRIES_ANYWHERE
from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import Identifier
from customers.profiles.models import Customer
from omni.access.actor import SYSTEM
from omni.access.models import SessionToken, User, UserKind
from omni.core import clock
from omni.events.models import StoredEvent
from omni.work.models import Incident
from tests.factories.customers import (
    PASSWORD,
    Shop,
    mailed_code,
    make_account,
    make_customer,
    make_identifier,
)
from tests.factories.inventory import make_channel
from tests.factories.omni import make_user, staff_client

EMAIL = "ada@example.com"

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop(make_channel(brand_name="Atelier", sender_email="shop@atelier.example"))


def sign_up(shop: Shop, **over: Any) -> Any:
    body = {"email": EMAIL, "password": PASSWORD, "name": "Ada Lovelace"} | over
    return shop.post("account/sign-up", body)


def verify(shop: Shop, challenge_id: str, code: str) -> Any:
    return shop.post("account/verify", {"challenge_id": challenge_id, "code": code})


def open_account(shop: Shop, **over: Any) -> Any:
    challenge_id = sign_up(shop, **over).json()["challenge_id"]
    return verify(shop, challenge_id, mailed_code())


def codes(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def nothing_happened() -> bool:
    return not (User.objects.exists() or Account.objects.exists() or Customer.objects.exists())


# --- sign-up --------------------------------------------------------------------------------------


def test_sign_up_mails_a_code_and_does_nothing_else(shop: Shop) -> None:
    answer = sign_up(shop, email=" Ada@EXAMPLE.com ")

    assert answer.status_code == 202
    assert set(answer.json()) == {"challenge_id", "expires_at"}
    assert nothing_happened()
    message = mail.outbox[0]
    assert (message.to, message.from_email) == ([EMAIL], "Atelier <shop@atelier.example>")
    assert "Atelier" in message.subject
    challenge = EmailChallenge.objects.get()
    assert mailed_code() not in (challenge.code_digest, challenge.password)
    assert PASSWORD not in challenge.password


def test_sign_up_speaks_the_language_that_was_asked_for(shop: Shop) -> None:
    sign_up(shop, language="ko")

    assert EmailChallenge.objects.get().language == "ko"


@pytest.mark.parametrize(
    ("over", "code", "field"),
    [
        ({"email": "ada"}, "invalid_identifier", "email"),
        ({"password": "short"}, "weak_password", "password"),
        ({"password": "password123"}, "weak_password", "password"),
        ({"password": "ada@example.com"}, "weak_password", "password"),
        ({"kind": "staff"}, "invalid", "kind"),
        ({"is_superuser": True}, "invalid", "is_superuser"),
        ({"email": 7}, "invalid", "email"),
        ({"language": "English!"}, "invalid", "language"),
    ],
)
def test_sign_up_refuses_bad_input(shop: Shop, over: dict[str, Any], code: str, field: str) -> None:
    answer = sign_up(shop, **over)

    assert codes(answer) == (400, code)
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert not mail.outbox
    assert not EmailChallenge.objects.exists()


def test_sign_up_needs_a_channel_key(client: Any, db: None) -> None:
    answer = client.post(
        "/api/v1/account/sign-up",
        {"email": EMAIL, "password": PASSWORD},
        content_type="application/json",
    )

    assert answer.status_code == 401
    assert not mail.outbox


def test_sign_up_answers_the_same_for_a_taken_address(shop: Shop) -> None:
    make_account(email=EMAIL)

    taken, free = sign_up(shop), sign_up(shop, email="free@example.com")

    assert taken.status_code == free.status_code == 202
    assert set(taken.json()) == set(free.json())
    assert set(taken.headers) == set(free.headers)
    assert [each.to for each in mail.outbox] == [[EMAIL], ["free@example.com"]]
    assert "already" in mail.outbox[0].subject
    for code in ("", "AAAA-AAAA"):
        answer = shop.post(
            "account/verify", {"challenge_id": taken.json()["challenge_id"], "code": code or "0"}
        )
        assert codes(answer) == (400, "wrong_code")
    assert User.objects.count() == 1


def test_sign_up_mails_are_limited_for_an_address(shop: Shop) -> None:
    answers = [sign_up(shop).status_code for _try in range(7)]

    assert answers == [202] * 6 + [429]
    assert len(mail.outbox) == 6


def test_sign_up_when_the_mail_server_is_away(shop: Shop, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    answer = sign_up(shop)

    assert codes(answer) == (503, "mail_unavailable")
    assert answer.headers["Retry-After"]
    assert nothing_happened()


# --- verification ---------------------------------------------------------------------------------


def test_verify_opens_the_account_and_signs_in(shop: Shop) -> None:
    answer = open_account(shop)

    assert answer.status_code == 201
    account = Account.objects.get()
    assert answer.json()["customer_id"] == str(account.customer_id)
    assert (account.user.kind, account.user.email) == (UserKind.CUSTOMER, EMAIL)
    assert account.user.check_password(PASSWORD)
    assert account.channel_id == shop.channel.id
    assert account.email_verified_at is not None
    assert (account.customer.name, account.customer.created_in) == ("Ada Lovelace", shop.channel.id)
    assert Identifier.objects.get().is_verified
    types = list(StoredEvent.objects.order_by("id").values_list("type", flat=True))
    assert types == [
        "customer.created", "identifier.added", "identifier.verified", "account.created",
        "session.started",
    ]  # fmt: skip
    shop.token = answer.json()["token"]
    assert shop.get("account").json()["email"] == EMAIL


def test_verify_joins_what_was_bought_as_a_guest(shop: Shop) -> None:
    guest = identity.resolve(
        identifiers=[Given("email", EMAIL)], name="A. Lovelace", actor=SYSTEM
    ).customer

    open_account(shop)

    account = Account.objects.get()
    assert account.customer == guest
    assert account.customer.name == "A. Lovelace"
    assert Customer.objects.count() == 1


def test_a_sign_up_that_is_not_verified_joins_nothing(shop: Shop) -> None:
    guest = identity.resolve(identifiers=[Given("email", EMAIL)], actor=SYSTEM).customer

    sign_up(shop)

    assert not Account.objects.exists()
    assert not Identifier.objects.get(customer=guest).is_verified


def test_verify_never_joins_a_record_of_whom_somebody_else_proved_something(shop: Shop) -> None:
    other = make_identifier(value=EMAIL).customer
    make_identifier(customer=other, kind="phone", value="+33612345678", is_verified=True)

    open_account(shop)

    assert Account.objects.get().customer != other
    assert Identifier.objects.get(customer=other, kind="email").is_verified is False


def test_verify_of_an_address_that_another_account_once_proved_opens_an_incident(
    shop: Shop,
) -> None:
    holder = make_account(email="old@example.com")
    make_identifier(customer=holder.customer, value=EMAIL, is_verified=True)

    answer = open_account(shop)

    account = Account.objects.exclude(id=holder.id).get()
    assert answer.status_code == 201
    assert account.customer != holder.customer
    assert not Identifier.objects.get(customer=account.customer).is_verified
    assert Incident.objects.get().kind == "identifier_conflict"


def test_verify_with_a_wrong_code_five_times_locks_even_the_right_one(shop: Shop) -> None:
    challenge_id = sign_up(shop).json()["challenge_id"]

    for _try in range(MAX_TRIES):
        assert codes(verify(shop, challenge_id, "WRONG")) == (400, "wrong_code")

    assert codes(verify(shop, challenge_id, mailed_code())) == (400, "wrong_code")
    assert EmailChallenge.objects.get().tries == MAX_TRIES
    assert nothing_happened()


def test_verify_takes_a_code_as_people_type_it(shop: Shop) -> None:
    challenge_id = sign_up(shop).json()["challenge_id"]

    answer = verify(shop, challenge_id, f" {mailed_code().lower().replace('-', ' ')} ")

    assert answer.status_code == 201


def test_verify_works_once(shop: Shop) -> None:
    challenge_id = sign_up(shop).json()["challenge_id"]
    code = mailed_code()
    verify(shop, challenge_id, code)

    again = verify(shop, challenge_id, code)

    assert codes(again) == (400, "wrong_code")
    assert (User.objects.count(), SessionToken.objects.count()) == (1, 1)


def test_verify_too_late_or_for_nothing(shop: Shop) -> None:
    challenge_id = sign_up(shop).json()["challenge_id"]

    with clock.moved(by=LASTS + timedelta(seconds=1)):
        late = verify(shop, challenge_id, mailed_code())
    unknown = verify(shop, str(uuid4()), mailed_code())

    assert codes(late) == codes(unknown) == (400, "wrong_code")
    assert nothing_happened()


def test_a_code_works_for_its_own_sign_up_only(shop: Shop) -> None:
    mallory = sign_up(shop, password="password of mallory 1").json()["challenge_id"]
    sign_up(shop)  # the owner of the address signs up too and reads the newer code

    answer = verify(shop, mallory, mailed_code())

    assert codes(answer) == (400, "wrong_code")
    assert nothing_happened()


def test_two_sign_ups_for_one_address_give_one_account(shop: Shop) -> None:
    first = sign_up(shop).json()["challenge_id"]
    first_code = mailed_code()
    assert open_account(shop).status_code == 201

    answer = verify(shop, first, first_code)

    assert codes(answer) == (409, "email_taken")
    assert Account.objects.count() == 1
    assert Customer.objects.count() == 1


def test_sweep_challenges_forgets_old_codes(shop: Shop) -> None:
    sign_up(shop)

    assert sweep_challenges() == 0
    with clock.moved(by=LASTS + KEPT + timedelta(seconds=1)):
        assert sweep_challenges() == 1


# --- sign-in --------------------------------------------------------------------------------------


def test_sign_in_gives_a_session_bound_to_channel_and_device(shop: Shop) -> None:
    account = make_account(email=EMAIL)

    answer = shop.post(
        "account/session", {"email": "ADA@example.com", "password": PASSWORD, "device": "Phone"}
    )

    assert answer.status_code == 201
    token = answer.json()["token"]
    assert token.startswith("st_")
    session = SessionToken.objects.get()
    assert (session.user, session.customer_id) == (account.user, account.customer_id)
    assert (session.channel_id, session.device) == (shop.channel.id, "Phone")
    assert token not in session.digest
    started = StoredEvent.objects.get(type="session.started")
    assert started.customer_id == account.customer_id
    other = Shop()
    other.token = token
    assert other.get("account").status_code == 401


def test_sign_in_answers_the_same_for_unknown_wrong_closed_and_staff(shop: Shop) -> None:
    make_account(email=EMAIL)
    make_account(email="closed@example.com", is_active=False)
    make_user(email="staff@example.com", password=PASSWORD)

    answers = [
        shop.post("account/session", {"email": email, "password": password})
        for email, password in [
            (EMAIL, "wrong"), ("nobody@example.com", PASSWORD),
            ("closed@example.com", PASSWORD), ("staff@example.com", PASSWORD),
        ]
    ]  # fmt: skip

    bodies = [{**each.json(), "request_id": ""} for each in answers]
    assert all(body == bodies[0] for body in bodies)
    assert codes(answers[0]) == (401, "wrong_credentials")
    assert not SessionToken.objects.exists()


def test_one_address_may_be_of_a_customer_and_of_staff_and_they_share_no_session(
    shop: Shop,
) -> None:
    make_account(email=EMAIL)
    staff = make_user(email=EMAIL, password="password of the staff")

    as_customer = shop.post("account/session", {"email": EMAIL, "password": PASSWORD})
    as_staff = shop.post("account/session", {"email": EMAIL, "password": "password of the staff"})

    assert (as_customer.status_code, as_staff.status_code) == (201, 401)
    browser = staff_client(staff)
    headers = {"X-Channel-Key": shop.key.secret}
    assert browser.get("/api/v1/account", headers=headers).status_code in (401, 403)
    token = {"Authorization": f"Bearer {as_customer.json()['token']}"}
    refused = shop.client.get("/api/v1/staff/customers?search=ada", headers=token)
    assert refused.status_code in (401, 403)


def test_sign_in_is_limited_and_success_forgives(shop: Shop) -> None:
    account = make_account(email=EMAIL)
    for _try in range(TRIES - 1):
        shop.post("account/session", {"email": EMAIL, "password": "wrong"})
    shop.sign_in(account)

    answers = [
        shop.post("account/session", {"email": EMAIL, "password": "wrong"}).status_code
        for _try in range(TRIES)
    ]
    locked = shop.post("account/session", {"email": EMAIL, "password": PASSWORD})

    assert answers == [401] * TRIES
    assert codes(locked) == (429, "too_many_attempts")
    assert int(locked.headers["Retry-After"]) > 0
    assert SessionToken.objects.count() == 1


def test_sign_in_is_limited_for_an_address_from_everywhere(shop: Shop) -> None:
    make_account(email=EMAIL)
    body = {"email": EMAIL, "password": "wrong"}

    answers = [
        shop.client.post(
            "/api/v1/account/session",
            body,
            content_type="application/json",
            headers={"X-Channel-Key": shop.key.secret},
            REMOTE_ADDR=f"10.0.0.{number % 9}",
        ).status_code
        for number in range(TRIES_ANYWHERE + 1)
    ]

    assert answers[-1] == 429
    assert 429 not in answers[:-1]


# --- sessions -------------------------------------------------------------------------------------


def test_sessions_are_listed_and_another_device_is_signed_out_at_once(shop: Shop) -> None:
    account = make_account()
    laptop = shop.sign_in(account)
    phone = shop.sign_in(account)

    listed = shop.get("account/session").json()["results"]
    other = next(each for each in listed if not each["is_current"])
    revoked = shop.call("DELETE", f"account/session/{other['id']}")

    assert len(listed) == 2
    assert [each["is_current"] for each in listed].count(True) == 1
    assert revoked.status_code == 204
    assert [_status(shop, token) for token in (laptop, phone)] == [401, 200]
    assert [each["is_current"] for each in shop.get("account/session").json()["results"]] == [True]


def _status(shop: Shop, token: str) -> int:
    return int(shop.get("account", Authorization=f"Bearer {token}").status_code)


def test_sign_out_ends_this_session_only(shop: Shop) -> None:
    account = make_account()
    laptop = shop.sign_in(account)
    phone = shop.sign_in(account)

    answer = shop.call("DELETE", "account/session")

    assert answer.status_code == 204
    assert [_status(shop, token) for token in (laptop, phone)] == [200, 401]
    assert StoredEvent.objects.filter(type="session.ended").count() == 1


def test_a_foreign_session_looks_like_none(shop: Shop) -> None:
    shop.sign_in(make_account())
    foreign = SessionToken.objects.get().id
    shop.sign_in(make_account())

    answers = [shop.call("DELETE", f"account/session/{each}") for each in (foreign, uuid4())]

    assert [codes(each) for each in answers] == [(404, "not_found")] * 2
    assert not SessionToken.objects.filter(revoked_at__isnull=False).exists()


def test_a_closed_login_is_out_at_once(shop: Shop) -> None:
    account = make_account()
    token = shop.sign_in(account)

    User.objects.filter(id=account.user_id).update(is_active=False)

    assert _status(shop, token) == 401


# --- profile --------------------------------------------------------------------------------------


def test_the_profile_is_read_and_changed_by_its_owner(shop: Shop) -> None:
    account = make_account(customer=make_customer(name="Eve"), email=EMAIL)
    shop.sign_in(account)

    changed = shop.call("PATCH", "account", {"given_name": "Ada", "family_name": "Lovelace"})

    assert changed.status_code == 200
    assert shop.get("account").json()["name"] == "Ada Lovelace"
    account.user.refresh_from_db()
    assert account.user.display_name == "Ada Lovelace"


@pytest.mark.parametrize(
    "body", [{"status": "blocked"}, {"email": "x@example.com"}, {"country": "ZZ"}, {"name": 5}]
)
def test_the_profile_refuses_what_is_not_its_owners_to_change(
    shop: Shop, body: dict[str, Any]
) -> None:
    account = make_account()
    shop.sign_in(account)

    assert shop.call("PATCH", "account", body).status_code == 400

    account.customer.refresh_from_db()
    assert (account.customer.name, account.customer.status) == ("Eve Adams", "active")
