"""Staff sign in by e-mail, password and a second factor; customers never do."""

import logging
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import SESSION_KEY
from django.core import mail

from omni.access import operations as access
from omni.access.actor import SYSTEM
from omni.access.adapters import CODES_PER_LOGIN, TRIES_PER_LOGIN
from omni.access.permissions import Permission
from omni.access.sessions import ABSOLUTE, IDLE, SIGNED_IN
from omni.core import clock
from tests.factories.omni import PASSWORD, make_staff, make_user, staff_client

pytestmark = pytest.mark.django_db

SIGN_IN = "/staff/sign-in"


def sign_in(client, email, password=PASSWORD):
    return client.post(SIGN_IN, {"login": email, "password": password})


def is_signed_in(client):
    return SESSION_KEY in client.session


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def enrol(user):
    """A second factor with its recovery codes, as the set-up page leaves them."""
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user)


def test_sign_in_page_has_no_inline_script_or_style(client):
    page = client.get(SIGN_IN).content.decode()

    assert 'autocomplete="current-password"' in page
    assert "<style" not in page
    assert " style=" not in page
    assert "<script" not in page
    assert re.search(r'<label for="id_login">', page)


def test_staff_sign_in_with_the_right_password(client):
    user = make_staff(Permission.ORDERS_VIEW)

    answer = sign_in(client, user.email.upper())

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/admin/").status_code == 200


def test_wrong_password_is_refused(client):
    user = make_user()

    answer = sign_in(client, user.email, "wrong")

    assert answer.status_code == 200
    assert not is_signed_in(client)


def test_customer_cannot_sign_in_even_with_the_right_password(client):
    customer = make_user(kind="customer")

    answer = sign_in(client, customer.email)

    assert answer.status_code == 200
    assert not is_signed_in(client)


def test_customer_session_is_nobody_on_staff_pages():
    client = staff_client(make_user(kind="customer"))

    page = client.get("/admin/", follow=True)

    assert page.redirect_chain[-1][0] == "/staff/sign-in?next=%2Fadmin%2F"
    assert client.get("/staff/second-factor").status_code == 302


def test_same_address_as_staff_and_customer_signs_in_as_staff_only(client):
    make_user(kind="customer", email="ada@example.com", password="of the customer")
    staff = make_user(email="ada@example.com", password="of the staff")

    refused = sign_in(client, "ada@example.com", "of the customer")
    allowed = sign_in(client, "ada@example.com", "of the staff")

    assert (refused.status_code, allowed.status_code) == (200, 302)
    assert client.session[SESSION_KEY] == str(staff.pk)


def test_admin_sign_in_of_django_is_closed(client):
    user = make_user(is_superuser=True)

    answer = client.post("/admin/login/", {"username": user.email, "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/staff/sign-in?next=%2Fadmin%2F")
    assert not is_signed_in(client)


def test_sign_up_is_closed(client):
    page = client.post("/staff/sign-up", {"email": "eve@example.com", "password1": PASSWORD})

    assert b"Sign-up is closed" in page.content


def test_tries_are_counted_in_the_database(client):
    user = make_user()
    for _ in range(TRIES_PER_LOGIN):
        sign_in(client, user.email, "wrong")

    locked = sign_in(client, user.email)
    with clock.moved(by=timedelta(minutes=16)):
        later = sign_in(client, user.email)

    assert (locked.status_code, later.status_code) == (200, 302)


def test_closed_login_is_refused_and_its_session_ends_at_once():
    user = make_staff(Permission.ORDERS_VIEW)
    client = staff_client(user)
    before = client.get("/admin/").status_code

    access.close_login(user_id=user.pk, actor=SYSTEM)

    assert (before, client.get("/admin/").status_code) == (200, 302)
    assert sign_in(client, user.email)["Location"] == "/staff/inactive"


def test_ended_sessions_end_with_the_next_request():
    user = make_staff(Permission.ORDERS_VIEW)
    client = staff_client(user)
    assert client.get("/admin/").status_code == 200

    access.end_sessions(user_id=user.pk)

    assert client.get("/admin/").status_code == 302


def test_session_ends_after_three_idle_hours():
    client = staff_client(make_user())
    client.get("/admin/")

    with clock.moved(by=IDLE - timedelta(minutes=1)):
        used = client.get("/admin/").status_code
    with clock.moved(by=2 * IDLE - timedelta(minutes=2)):
        used_again = client.get("/admin/").status_code
    with clock.moved(by=3 * IDLE):
        idle = client.get("/admin/").status_code

    assert (used, used_again, idle) == (200, 200, 302)


def test_session_ends_twelve_hours_after_sign_in_however_much_it_is_used():
    client = staff_client(make_user())
    client.get("/admin/")
    began = client.session[SIGNED_IN]

    seen = []
    for hours in range(0, 13, 2):
        with clock.moved(by=timedelta(hours=hours)):
            seen.append(client.get("/admin/").status_code)

    assert timedelta(hours=12) == ABSOLUTE
    assert began
    assert seen == [200, 200, 200, 200, 200, 200, 302]


# --- the second factor ----------------------------------------------------------------------------


def test_mandatory_second_factor_must_be_set_up_before_anything_else(client, settings):
    settings.STAFF_MFA_REQUIRED = True
    user = make_staff(Permission.ORDERS_VIEW)
    sign_in(client, user.email)

    admin = client.get("/admin/")
    docs = client.get("/staff/password")
    confirm = client.get("/staff/second-factor/app")["Location"]
    set_up = client.post(confirm, {"password": PASSWORD}, follow=True)
    secret = client.session[SECRET_SESSION_KEY]
    done = client.post("/staff/second-factor/app", {"code": code_of(secret)})
    codes = client.get(done["Location"])

    assert admin["Location"] == docs["Location"] == "/staff/second-factor/app"
    assert b"data:image/svg+xml" in set_up.content
    assert b" style=" not in set_up.content
    assert done["Location"] == "/staff/second-factor/recovery-codes"
    assert len(re.findall(rb"<code>", codes.content)) == 10
    assert client.get("/admin/").status_code == 200


@pytest.mark.urls("tests.omni.rest.probe_urls")
def test_endpoint_without_the_mandatory_second_factor_is_refused(settings):
    client = staff_client(make_staff(Permission.ORDERS_VIEW))
    before = client.get("/api/v1/empty")

    settings.STAFF_MFA_REQUIRED = True
    after = client.get("/api/v1/empty")

    assert before.status_code == 200
    assert (after.status_code, after.json()["code"]) == (403, "second_factor_required")


def test_sign_in_asks_for_the_code(client):
    user = make_staff(Permission.ORDERS_VIEW)
    secret, _codes = enrol(user)

    first = sign_in(client, user.email)
    between = client.get("/admin/").status_code
    second = client.post("/staff/second-factor/code", {"code": code_of(secret)})

    assert first["Location"] == "/staff/second-factor/code"
    assert between == 302
    assert second["Location"] == "/"
    assert client.get("/admin/").status_code == 200


def test_recovery_code_signs_in_once(client):
    user = make_staff(Permission.ORDERS_VIEW)
    _secret, codes = enrol(user)
    code = codes.get_unused_codes()[0]

    sign_in(client, user.email)
    used = client.post("/staff/second-factor/code", {"code": code})
    client.post("/staff/sign-out")
    sign_in(client, user.email)
    again = client.post("/staff/second-factor/code", {"code": code})

    assert used.status_code == 302
    assert again.status_code == 200
    assert not is_signed_in(client)


def test_wrong_codes_lock_the_second_factor(client):
    user = make_staff(Permission.ORDERS_VIEW)
    secret, _codes = enrol(user)
    sign_in(client, user.email)
    for _ in range(CODES_PER_LOGIN):
        client.post("/staff/second-factor/code", {"code": "000000"})

    locked = client.post("/staff/second-factor/code", {"code": code_of(secret)})

    assert locked.status_code == 200
    assert not is_signed_in(client)
    assert Authenticator.objects.filter(user=user).count() == 2


# --- password -------------------------------------------------------------------------------------


def test_password_reset_mails_staff_and_nobody_else(client):
    staff = make_user()
    customer = make_user(kind="customer")

    answers = [
        client.post("/staff/password/reset", {"email": email})
        for email in (staff.email, customer.email, "nobody@example.com")
    ]

    assert {(a.status_code, a["Location"]) for a in answers} == {
        (302, "/staff/password/reset/sent")
    }
    assert [m.to for m in mail.outbox] == [[staff.email]]


def test_password_reset_link_sets_the_password_and_ends_sessions(client):
    staff = make_staff(Permission.ORDERS_VIEW)
    elsewhere = staff_client(staff)
    client.post("/staff/password/reset", {"email": staff.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]

    page = client.get(link)
    form = page["Location"]
    done = client.post(form, {"password1": "a fresh long one", "password2": "a fresh long one"})

    assert done.status_code == 302
    assert elsewhere.get("/admin/").status_code == 302
    assert sign_in(client, staff.email, "a fresh long one").status_code == 302


def test_the_key_of_a_reset_link_is_not_logged(client, caplog):
    staff = make_staff(Permission.ORDERS_VIEW)
    client.post("/staff/password/reset", {"email": staff.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]

    with caplog.at_level(logging.INFO, logger="omni.requests"):
        client.get(link)

    assert "/staff/password/reset/key/" in caplog.text
    assert link.rpartition("-")[2] not in caplog.text


# --- every page -----------------------------------------------------------------------------------

OPEN = ["sign-in", "password/reset", "password/reset/sent", "inactive", "sign-up"]
SIGNED_IN_PAGES = [
    "sign-out",
    "password",
    "confirm",
    "second-factor",
    "second-factor/app/remove",
    "second-factor/recovery-codes",
    "second-factor/recovery-codes/new",
]


def assert_strict(page):
    html = page.content.decode()
    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]* src=)|<style| style=| on\w+=", html) == []
    assert re.search(r'<html lang="en" ', html)
    assert len(re.findall(r"<h1", html)) == 1


@pytest.mark.parametrize("path", OPEN)
def test_open_page_keeps_the_strict_policy(client, path):
    assert_strict(client.get(f"/staff/{path}"))


@pytest.mark.parametrize("path", SIGNED_IN_PAGES)
def test_page_of_the_signed_in_keeps_the_strict_policy(path):
    user = make_staff(Permission.ORDERS_VIEW)
    enrol(user)
    client = staff_client(user)
    client.get("/admin/")
    confirm = client.get("/staff/second-factor/app/remove")["Location"]
    assert_strict(client.get(confirm, follow=True))
    client.post("/staff/confirm", {"password": PASSWORD})

    assert_strict(client.get(f"/staff/{path}"))


def test_code_page_keeps_the_strict_policy(client):
    user = make_staff(Permission.ORDERS_VIEW)
    enrol(user)

    assert_strict(client.post(SIGN_IN, {"login": user.email, "password": PASSWORD}, follow=True))
