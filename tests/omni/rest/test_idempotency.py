"""A POST is carried out once, however often and however close together it is sent."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client

from omni.access.models import Role
from omni.core import clock
from omni.core.ids import uuid7
from omni.rest import idempotency
from omni.rest.idempotency import IdempotencyKey
from tests.factories.omni import make_channel_key, make_session_token, shop_headers
from tests.omni.rest import probe_urls

pytestmark = pytest.mark.urls("tests.omni.rest.probe_urls")


@pytest.fixture
def shop(db):
    return make_channel_key()


def send(client, shop, code, key=None, path="/api/v1/make-role", **headers):
    key = key or str(uuid7())
    body = {"code": code}
    headers = shop_headers(shop, **headers) | {"Idempotency-Key": key}
    return client.post(path, body, content_type="application/json", headers=headers)


def test_post_without_key_is_refused_and_changes_nothing(client, shop):
    answer = client.post(
        "/api/v1/make-role",
        {"code": "a"},
        content_type="application/json",
        headers=shop_headers(shop),
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert Role.objects.count() == 0


@pytest.mark.parametrize("key", ["short", "x" * 201, "with blank in its middle"])
def test_post_with_malformed_key_is_refused(client, shop, key):
    answer = send(client, shop, "a", key)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")
    assert Role.objects.count() == 0


def test_repeat_gets_the_same_answer_to_the_byte_and_changes_nothing(client, shop):
    key = str(uuid7())

    first = send(client, shop, "a", key)
    again = send(client, shop, "a", key)

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Role.objects.count() == 1


def test_neither_key_nor_answer_is_stored_in_the_clear(client, shop):
    key = str(uuid7())

    send(client, shop, "answer-to-hide", key)

    row = IdempotencyKey.objects.values().get()
    assert row["status"] == 201
    assert not any(key in str(value) for value in row.values())
    assert b"answer-to-hide" not in bytes(row["response"])


def test_repeat_with_members_in_another_order_is_the_same_request(client, shop):
    key = str(uuid7())
    headers = shop_headers(shop) | {"Idempotency-Key": key}
    path, kind = "/api/v1/make-role", "application/json"

    first = client.post(path, '{"code": "a", "count": 1}', content_type=kind, headers=headers)
    again = client.post(path, '{"count":1,"code":"a"}', content_type=kind, headers=headers)

    assert first.content == again.content


def test_key_with_another_body_is_refused(client, shop):
    key = str(uuid7())
    send(client, shop, "a", key)

    answer = send(client, shop, "b", key)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert list(Role.objects.values_list("code", flat=True)) == ["a"]


def test_key_on_another_address_is_another_request_but_not_a_replay(client, shop):
    key = str(uuid7())
    one, other = (f"/api/v1/things/{uuid7()}/make-role" for _ in range(2))
    send(client, shop, "a", key, path=one)

    answer = send(client, shop, "a", key, path=other)

    assert answer.status_code == 422
    assert Role.objects.count() == 1


def test_key_of_another_principal_is_another_key(client, shop):
    key = str(uuid7())
    session = make_session_token(channel_id=shop.row.channel_id)
    send(client, shop, "a", key)

    customer = send(client, shop, "b", key, Authorization=f"Bearer {session.secret}")
    cart = send(client, shop, "c", key, **{"X-Cart-Token": "ct_one"})
    other_cart = send(client, shop, "d", key, **{"X-Cart-Token": "ct_two"})

    assert [a.status_code for a in (customer, cart, other_cart)] == [201, 201, 201]
    assert Role.objects.count() == 4


def test_refusal_leaves_nothing_and_may_be_sent_again(client, shop):
    key = str(uuid7())

    first = send(client, shop, "taken", key)
    again = send(client, shop, "taken", key)

    assert (first.status_code, first.json()["code"]) == (409, "probe_role_taken")
    assert again.status_code == 409
    assert Role.objects.count() == 0
    assert IdempotencyKey.objects.count() == 0


def test_crash_before_commit_leaves_nothing(shop):
    client = Client(raise_request_exception=False)

    answer = send(client, shop, "crash")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert Role.objects.count() == 0
    assert IdempotencyKey.objects.count() == 0


def test_plain_request_costs_three_statements_beside_its_own(
    client, shop, django_assert_num_queries
):
    # Channel key; savepoint of the test's transaction; look-up; the role; the answer; release.
    with django_assert_num_queries(6):
        send(client, shop, "a")


def in_background(work):
    def run():
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/api/v1/make-role", "/api/v1/call-provider"])
def test_twin_in_flight_is_told_to_come_back(path):
    shop, key, first = make_channel_key(), str(uuid7()), []
    probe_urls.started.clear()
    probe_urls.go_on.clear()
    thread = in_background(lambda: first.append(send(Client(), shop, "slow", key, path)))
    assert probe_urls.started.wait(10)

    twin = send(Client(), shop, "slow", key, path)
    probe_urls.go_on.set()
    thread.join(10)
    later = send(Client(), shop, "slow", key, path)

    assert (twin.status_code, twin.json()["code"]) == (409, "idempotency_in_progress")
    assert twin["Retry-After"] == "1"
    assert first[0].status_code == 201
    assert later.content == first[0].content
    assert Role.objects.filter(code="slow").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/api/v1/make-role", "/api/v1/call-provider"])
def test_twenty_twins_change_one_thing(path):
    shop, key, answers = make_channel_key(), str(uuid7()), []
    barrier = threading.Barrier(20)

    def twin():
        barrier.wait(20)
        answers.append(send(Client(), shop, "once", key, path))

    for thread in [in_background(twin) for _ in range(20)]:
        thread.join(30)

    assert {a.status_code for a in answers} <= {201, 409}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {
        "idempotency_in_progress"
    }
    assert any(a.status_code == 201 for a in answers)
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    assert Role.objects.filter(code="once").count() == 1


@pytest.mark.django_db(transaction=True)
def test_process_gives_its_claim_back_when_it_fails(client):
    shop, key = make_channel_key(), str(uuid7())

    refused = send(client, shop, "taken", key, path="/api/v1/call-provider")

    assert refused.status_code == 409
    assert IdempotencyKey.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_process_that_crashed_may_be_resumed_when_its_lease_is_over(client):
    shop, key = make_channel_key(), str(uuid7())
    send(client, shop, "first", key, path="/api/v1/call-provider")
    lease = clock.now() + idempotency.LEASE
    IdempotencyKey.objects.update(status=None, response=b"", lease_until=lease)
    Role.objects.all().delete()

    early = send(client, shop, "first", key, path="/api/v1/call-provider")
    with clock.moved(by=idempotency.LEASE + timedelta(seconds=1)):
        resumed = send(client, shop, "first", key, path="/api/v1/call-provider")

    assert early.status_code == 409
    assert resumed.status_code == 201
    assert IdempotencyKey.objects.get().status == 201


@pytest.mark.django_db(transaction=True)
def test_process_that_fails_late_leaves_the_claim_to_whom_took_it_over():
    claim = idempotency.claim(principal="p", route="r", key="k" * 16, path="/p", body={})
    taken_over_until = clock.now() + 2 * idempotency.LEASE

    def fail_late():
        IdempotencyKey.objects.update(lease_until=taken_over_until)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        idempotency.run_process(claim, fail_late)

    assert IdempotencyKey.objects.get().lease_until == taken_over_until
    with pytest.raises(idempotency.IdempotencyInProgress):
        idempotency.run_process(claim, lambda: idempotency.Stored(200, "{}"))


@pytest.mark.django_db
def test_sweep_removes_only_what_is_older_than_seven_days(client):
    shop = make_channel_key()
    send(client, shop, "old")
    with clock.moved(by=timedelta(days=6)):
        send(client, shop, "young")

    with clock.moved(by=timedelta(days=7, minutes=1)):
        removed = idempotency.sweep()

    assert removed == 1
    assert IdempotencyKey.objects.count() == 1


def test_claim_keeps_no_digest_by_which_a_pin_could_be_found() -> None:
    values = {"principal": "staff:1", "route": "POST x", "path": "/x", "body": {"pin": ["4826"]}}

    first = idempotency.claim(key="a" * 16, **values)
    again = idempotency.claim(key="a" * 16, **values)
    other = idempotency.claim(key="b" * 16, **values)

    assert first.body_hash == again.body_hash
    assert first.body_hash != other.body_hash
