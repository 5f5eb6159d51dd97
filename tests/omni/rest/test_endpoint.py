"""Who gets through, what is refused before the business is asked, and what it costs."""

import pytest
from django.test import Client

from omni.access import operations as access
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.core.ids import uuid7
from tests.factories.omni import (
    key_headers,
    make_api_key,
    make_channel_key,
    make_session_token,
    make_staff,
    make_user,
    shop_headers,
    staff_client,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.omni.rest.probe_urls")]


def test_public_endpoint_answers_anybody(client):
    answer = client.get("/api/v1/open")

    assert answer.status_code == 200
    assert answer.json() == {"principal": "anonymous"}


def test_public_endpoint_refuses_a_wrong_credential(client):
    answer = client.get("/api/v1/open", headers={"X-Channel-Key": "ck_wrong"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/api/v1/empty", "/api/v1/shop", "/api/v1/mine"])
def test_endpoint_without_credential_is_401(client, path):
    answer = client.get(path)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/shop", {"X-Channel-Key: ck_"}),
        ("/api/v1/mine", {"X-Channel-Key: ck_", "Authorization: Bearer st_"}),
        ("/api/v1/empty", {"Authorization: Bearer ak_"}),
    ],
)
def test_endpoint_without_credential_names_the_header(client, path, headers):
    told = client.get(path).json()["detail"]

    every = {"X-Channel-Key: ck_", "Authorization: Bearer st_", "Authorization: Bearer ak_"}
    assert {each for each in every if each in told} == headers


def test_account_without_session_names_its_header(client):
    answer = client.get("/api/v1/mine", headers=shop_headers(make_channel_key()))

    assert answer.json()["code"] == "not_authenticated"
    assert "Authorization: Bearer st_" in answer.json()["detail"]


def test_undeclared_permission_is_refused_to_everybody():
    client = staff_client(make_user(is_superuser=True))

    answer = client.get("/api/v1/undeclared")

    assert answer.status_code == 403


def test_storefront_takes_a_channel_key_with_one_query(client, django_assert_num_queries):
    key = make_channel_key()

    with django_assert_num_queries(1):
        answer = client.get("/api/v1/shop", headers=shop_headers(key))

    assert answer.json() == {"principal": f"channel:{key.row.channel_id}"}


def test_account_takes_channel_key_and_session_with_one_query(client, django_assert_num_queries):
    key = make_channel_key()
    session = make_session_token(channel_id=key.row.channel_id)

    with django_assert_num_queries(1):
        answer = client.get("/api/v1/mine", headers=shop_headers(key, session))

    assert answer.json() == {"principal": f"customer:{session.row.customer_id}"}


def test_session_of_another_channel_is_refused(client):
    key = make_channel_key()
    session = make_session_token(channel_id=uuid7())

    answer = client.get("/api/v1/mine", headers=shop_headers(key, session))

    assert answer.status_code == 401


def test_session_without_channel_key_is_refused(client):
    session = make_session_token()

    answer = client.get("/api/v1/mine", headers=key_headers(session))

    assert answer.status_code == 401
    assert "X-Channel-Key" in answer.json()["detail"]


def test_customer_may_not_call_a_staff_endpoint(client):
    key = make_channel_key()
    session = make_session_token(channel_id=key.row.channel_id)

    answer = client.get("/api/v1/empty", headers=shop_headers(key, session))

    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"


def test_api_key_has_its_own_permissions(client, django_assert_num_queries):
    key = make_api_key(Permission.ORDERS_VIEW)
    client.get("/api/v1/empty", headers=key_headers(key))  # notes its first use

    with django_assert_num_queries(1):
        seen = client.get("/api/v1/empty", headers=key_headers(key))
    changed = client.post("/api/v1/empty", headers=key_headers(key))

    assert seen.json() == {"principal": f"key:{key.row.pk}"}
    assert changed.status_code == 403
    assert changed.json()["details"] == {"permission": "orders.cancel"}
    key.row.refresh_from_db()
    assert key.row.last_used_at is not None


def test_api_key_is_no_storefront(client):
    key = make_api_key(Permission.ORDERS_VIEW)

    answer = client.get("/api/v1/shop", headers=key_headers(key))

    assert answer.status_code == 403


def test_revoked_credentials_are_refused_at_once(client):
    channel = make_channel_key()
    session = make_session_token(channel_id=channel.row.channel_id)
    program = make_api_key(Permission.ORDERS_VIEW)
    before = [
        client.get("/api/v1/mine", headers=shop_headers(channel, session)).status_code,
        client.get("/api/v1/empty", headers=key_headers(program)).status_code,
    ]

    access.end_sessions(user_id=session.row.user_id)
    access.revoke_api_key(key_id=program.row.pk, actor=SYSTEM)
    after = [
        client.get("/api/v1/mine", headers=shop_headers(channel, session)).status_code,
        client.get("/api/v1/empty", headers=key_headers(program)).status_code,
    ]
    access.revoke_channel_key(key_id=channel.row.pk, actor=SYSTEM)

    assert before == [200, 200]
    assert after == [401, 401]
    assert client.get("/api/v1/shop", headers=shop_headers(channel)).status_code == 401


def test_staff_session_needs_the_csrf_token_to_write():
    user = make_staff(Permission.ORDERS_VIEW, Permission.ORDERS_CANCEL)
    client = staff_client(user, enforce_csrf_checks=True)

    seen = client.get("/api/v1/empty")
    refused = client.post("/api/v1/empty")
    client.cookies["csrftoken"] = "a" * 32
    allowed = client.post("/api/v1/empty", headers={"X-CSRFToken": "a" * 32})

    assert seen.json() == {"principal": f"staff:{user.pk}"}
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert allowed.status_code == 200


def test_staff_session_costs_one_query_with_login_and_grants(django_assert_num_queries):
    client = staff_client(make_staff(Permission.ORDERS_VIEW))
    client.get("/api/v1/empty")  # notes the sign-in

    with django_assert_num_queries(1):
        answer = client.get("/api/v1/empty")

    assert answer.status_code == 200


def test_unknown_query_parameter_is_refused(client):
    answer = client.get("/api/v1/open?colour=red")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"field": "colour", "code": "unknown_field", "message": "This field is not known."}
    ]


def test_answers_say_what_is_left_of_the_courtesy_limit(client, settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    key = make_channel_key()

    answers = [client.get("/api/v1/shop", headers=shop_headers(key)) for _ in range(4)]

    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Policy"] == '"api";q=3;w=60'
    assert answers[0]["RateLimit"].startswith('"api";r=2;t=')
    assert answers[3].json()["code"] == "throttled"
    assert int(answers[3]["Retry-After"]) >= 1


def test_problem_documents_carry_the_request_id(client: Client):
    answer = client.get("/api/v1/shop", headers={"X-Request-ID": "probe-1"})

    assert answer["X-Request-ID"] == "probe-1"
    assert answer.json()["request_id"] == "probe-1"
