"""Whatever goes wrong, the answer is a problem document with a code that a page explains."""

import threading

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError, connections, transaction
from django.test import Client

from omni.access.models import Role
from omni.core.errors import (
    REGISTRY,
    Busy,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    TooMany,
    Unprocessable,
)
from omni.core.ids import uuid7
from omni.rest import problems
from tests.api.raises import every_error
from tests.factories.omni import fresh_key, make_channel_key, make_role, shop_headers

pytestmark = pytest.mark.urls("tests.omni.rest.probe_urls")


def assert_problem(answer, status, code):
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == f"/problems/{code}"
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid, 400),
        (NotAllowed, 403),
        (NotFound, 404),
        (Conflict, 409),
        (Unprocessable, 422),
        (TooMany, 429),
        (Busy, 503),
    ],
)
def test_handle_domain_error_gives_status_code_and_details(error, status):
    answer = problems.handle(error("Said in other words.", location="lyon"))

    assert answer.status_code == answer.data["status"] == status
    assert answer.data["code"] == error.code
    assert answer.data["detail"] == "Said in other words."
    assert answer.data["details"] == {"location": "lyon"}
    assert ("Retry-After" in answer) == (status in (429, 503))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("server closed the connection"), 503, "busy"),
        (DataError("integer out of range"), 400, "invalid"),
        (RequestDataTooBig(), 413, "body_too_large"),
        (SuspiciousOperation(), 400, "bad_request"),
    ],
)
def test_handle_knows_the_errors_of_database_and_framework(error, status, code):
    answer = problems.handle(error)

    assert (answer.status_code, answer.data["code"]) == (status, code)


def test_handle_leaves_the_unforeseen_to_the_caller():
    assert problems.handle(ZeroDivisionError()) is None


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/things/not-a-uuid/make-role"])
def test_unknown_address_is_a_problem_for_every_method(client, path):
    for method in (client.get, client.post, client.put, client.delete):
        assert_problem(method(path), 404, "not_found")


@pytest.mark.django_db
def test_unknown_page_is_html_for_people(client):
    answer = client.get("/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_method_that_is_not_offered_is_405(client):
    answer = client.delete("/api/v1/open")

    assert_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]


@pytest.mark.django_db
def test_answer_in_another_form_is_406(client):
    answer = client.get("/api/v1/open", headers={"Accept": "text/csv"})

    assert_problem(answer, 406, "not_acceptable")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"code": ', "application/json", 400, "parse_error"),
        (b"\xff\xfe", "application/json", 400, "parse_error"),
        (b'{"count": NaN}', "application/json", 400, "parse_error"),
        (b'{"code": "a\\u0000b"}', "application/json", 400, "parse_error"),
        (b'{"code": "\\ud800"}', "application/json", 400, "parse_error"),
        (b"[" * 9 + b"]" * 9, "application/json", 400, "parse_error"),
        (b"[" * 100_000, "application/json", 400, "parse_error"),
        (b'"' + b"a" * 1_100_000 + b'"', "application/json", 413, "body_too_large"),
        (b"code=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"[]", "application/json", 400, "invalid"),
        (b'"text"', "application/json", 400, "invalid"),
        (b"null", "application/json", 400, "invalid"),
    ],
)
def test_body_that_cannot_be_read_changes_nothing(client, body, kind, status, code):
    headers = shop_headers(make_channel_key()) | fresh_key()

    answer = client.post("/api/v1/make-role", body, content_type=kind, headers=headers)

    assert_problem(answer, status, code)
    assert Role.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "code", "required"),
        ({"code": 5}, "code", "wrong_type"),
        ({"code": None}, "code", "null"),
        ({"code": "a", "count": "5"}, "count", "wrong_type"),
        ({"code": "a", "count": True}, "count", "wrong_type"),
        ({"code": "a", "count": 1.0}, "count", "wrong_type"),
        ({"code": "a", "colour": 1}, "colour", "unknown_field"),
        ({"code": "a", "price": 5}, "price", "wrong_type"),
        ({"code": "a", "price": {"amount": 1}}, "price", "wrong_type"),
        ({"code": "a", "price": {"amount": "1", "currency": "EUR"}}, "price", "wrong_type"),
        ({"code": "a", "price": {"amount": -1, "currency": "EUR"}}, "price", "too_small"),
        ({"code": "a", "price": {"amount": 10**14, "currency": "EUR"}}, "price", "too_large"),
        ({"code": "a", "price": {"amount": 1, "currency": "XYZ"}}, "price", "unknown_currency"),
    ],
)
def test_wrong_input_names_the_field_and_changes_nothing(client, body, field, code):
    headers = shop_headers(make_channel_key()) | fresh_key()

    answer = client.post(
        "/api/v1/make-role", body, content_type="application/json", headers=headers
    )

    errors = assert_problem(answer, 400, "invalid")["errors"]
    assert [(e["field"], e["code"]) for e in errors] == [(field, code)]
    assert Role.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"code": 5}, "wrong_type", "Must be a string."),
        ({"count": "5"}, "wrong_type", "Must be an integer, without quotes."),
        ({"is_new": "true"}, "wrong_type", "Must be true or false."),
        ({"tags": "red"}, "wrong_type", "Must be a list."),
        ({"facts": "tall"}, "wrong_type", "Must be an object."),
        ({"owner": "Ada"}, "wrong_type", "Must be an object."),
        ({"owner": [{"name": "Ada"}]}, "wrong_type", "Must be an object."),
        ([], "invalid", "Must be an object."),
        ({"kind": 1}, "wrong_type", "Must be a string."),
        ({"kind": "third"}, "invalid_choice", "Must be one of: one, other."),
    ],
)
def test_wrong_input_says_what_is_wanted(client, body, code, message):
    headers = shop_headers(make_channel_key()) | fresh_key()
    if isinstance(body, dict):
        body = {"code": "a"} | body

    answer = client.post(
        "/api/v1/make-role", body, content_type="application/json", headers=headers
    )

    (error,) = assert_problem(answer, 400, "invalid")["errors"]
    assert (error["code"], error["message"]) == (code, message)
    assert Role.objects.count() == 0


@pytest.mark.django_db
def test_messages_follow_the_language_of_each_request(client):
    headers = shop_headers(make_channel_key())
    path, kind = "/api/v1/make-role", "application/json"
    body = {"code": "a" * 51}
    answers = [
        client.post(
            path, body, content_type=kind, headers=headers | fresh_key() | {"Accept-Language": tag}
        )
        for tag in ("en", "ru", "en")
    ]

    texts = [answer.json()["errors"][0]["message"] for answer in answers]
    assert texts[0] == texts[2] == "Ensure this field has no more than 50 characters."
    assert texts[1] != texts[0]
    assert "50" in texts[1]


@pytest.mark.django_db
def test_unforeseen_error_is_500_without_its_text():
    client = Client(raise_request_exception=False)
    headers = shop_headers(make_channel_key()) | fresh_key()

    answer = client.post(
        "/api/v1/make-role", {"code": "crash"}, content_type="application/json", headers=headers
    )

    assert_problem(answer, 500, "internal_error")
    assert b"Zero" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_lock_held_by_another_is_503_with_retry_after(client):
    role, held, release = make_role(), threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Role.objects.locked().get(pk=role.pk)
            held.set()
            release.wait(10)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    answer = client.post("/api/v1/locked", content_type="application/json", headers=fresh_key())
    release.set()
    thread.join(10)

    assert_problem(answer, 503, "busy")
    assert answer["Retry-After"] == "1"


@pytest.mark.django_db
def test_every_problem_code_has_a_page(client):
    index = client.get("/problems/").content.decode()
    codes = {*REGISTRY, *problems.KINDS}

    for code in codes:
        assert f'id="{code}"' in index
        assert client.get(f"/problems/{code}").status_code == 200
    assert client.get(f"/problems/x{uuid7().hex}").status_code == 404


@pytest.mark.django_db
def test_page_of_a_problem_says_what_it_means_and_what_to_do(client):
    page = client.get("/problems/cart_changed").content.decode()

    assert "<td>The cart was changed meanwhile.</td>" in page
    assert "<td>Read it again and repeat your change.</td>" in page


def test_no_problem_is_without_a_remedy():
    codes = {*REGISTRY, *problems.KINDS, *(each.code for each in every_error())}

    without = [code for code in codes if not problems.explained(code).remedy]

    assert without == []
