"""The sandbox of the payment provider, as a merchant's server meets it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from tests.omni.local.psp.process import SECRET, PspProcess, Receiver, eventually


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver().start()
    yield running
    running.stop()


@pytest.fixture
def psp(tmp_path: Path, receiver: Receiver) -> Iterator[PspProcess]:
    running = PspProcess(tmp_path / "journal.sqlite3", webhook_url=receiver.url).start()
    yield running
    running.stop()


def types_of(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for _, body in receiver.received]


# -- payments ------------------------------------------------------------------------------


def test_create_asks_the_shopper_and_the_page_redirects_back(psp: PspProcess) -> None:
    created = psp.pay("k1")

    assert created.status_code == 201
    payment = created.json()
    assert payment["status"] == "requires_action"
    page = httpx.get(payment["redirect_url"])
    assert page.status_code == 200
    assert "19.99 EUR" in page.text
    assert "form-action 'self' http://shop.test" in page.headers["Content-Security-Policy"]
    back = psp.decide(payment["id"])
    assert back.status_code == 303
    assert back.headers["Location"] == f"http://shop.test/return?x=1&psp_payment={payment['id']}"
    seen = psp.request("GET", f"/v1/payments/{payment['id']}").json()
    assert (seen["status"], seen["captured"], seen["redirect_url"]) == ("captured", 1999, None)
    assert [entry["amount"] for entry in seen["captures"]] == [1999]
    assert "no longer open" in httpx.get(payment["redirect_url"]).text


@pytest.mark.parametrize(
    ("card", "capture", "status", "failure"),
    [
        ("tok_visa", "automatic", "captured", None),
        ("tok_visa", "manual", "authorised", None),
        ("tok_declined", "manual", "declined", "card_declined"),
        ("tok_insufficient_funds", "automatic", "declined", "insufficient_funds"),
        ("tok_challenge", "manual", "requires_action", None),
    ],
)
def test_create_with_a_test_card_answers_at_once(
    psp: PspProcess, card: str, capture: str, status: str, failure: str | None
) -> None:
    payment = psp.pay("k1", card=card, capture=capture).json()

    assert (payment["status"], payment["failure_code"]) == (status, failure)


def test_create_again_with_the_key_replays_and_another_body_is_refused(psp: PspProcess) -> None:
    first = psp.pay("k1")

    again, other = psp.pay("k1"), psp.pay("k1", amount=1)

    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(psp.dump()["payments"]) == 1


def test_create_in_parallel_with_one_key_makes_one_payment(psp: PspProcess) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: psp.pay("k1", card="tok_visa").json(), range(24)))

    assert {answer["id"] for answer in answers} == {answers[0]["id"]}
    assert len(psp.dump()["captures"]) == 1


@pytest.mark.parametrize(
    "over",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": True},
        {"amount": "1999"},
        {"currency": "euro"},
        {"card": "4242424242424242"},
        {"capture": "later"},
        {"return_url": "javascript:alert(1)"},
        {"reference": ""},
        {"surprise": 1},
    ],
)
def test_create_refuses_what_does_not_fit_and_keeps_nothing(
    psp: PspProcess, over: dict[str, object]
) -> None:
    answer = psp.pay("k1", **over)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    journal = psp.dump()
    assert journal["payments"] == journal["idempotency_keys"] == []


def test_requests_without_key_or_credentials_are_refused(psp: PspProcess) -> None:
    missing = psp.pay("")
    stranger = httpx.get(f"{psp.url}/v1/payments", headers={"Authorization": "Bearer wrong"})
    odd = psp.request("POST", "/v1/payments", key="k1", content=b"\xff{")

    assert missing.json()["error"]["code"] == "idempotency_key_missing"
    assert stranger.status_code == 401
    assert odd.status_code == 400
    assert psp.request("GET", "/nowhere").status_code == 404
    assert psp.request("POST", "/healthz").status_code == 405


def test_look_up_finds_by_reference_and_by_key(psp: PspProcess) -> None:
    payment = psp.pay("k1", card="tok_visa", capture="manual").json()
    psp.request("POST", f"/v1/payments/{payment['id']}/capture", key="c1", json={"amount": 5})

    by_reference = psp.request("GET", "/v1/payments?reference=ref-k1").json()["data"]
    by_key = psp.request("GET", "/v1/payments?idempotency_key=k1").json()["data"]
    operation = psp.request("GET", "/v1/operations?idempotency_key=c1").json()
    unknown = psp.request("GET", "/v1/operations?idempotency_key=nope")

    assert [row["id"] for row in by_reference] == [row["id"] for row in by_key] == [payment["id"]]
    assert (operation["operation"], operation["http_status"]) == ("capture", 201)
    assert operation["answer"]["amount"] == 5
    assert unknown.status_code == 404


# -- capture, void, refund -----------------------------------------------------------------


def test_capture_in_parts_never_exceeds_the_authorisation(psp: PspProcess) -> None:
    path = f"/v1/payments/{psp.pay('k1', card='tok_visa', capture='manual').json()['id']}"

    part = psp.request("POST", f"{path}/capture", key="c1", json={"amount": 1000})
    again = psp.request("POST", f"{path}/capture", key="c1", json={"amount": 1000})
    beyond = psp.request("POST", f"{path}/capture", key="c2", json={"amount": 1000})
    rest = psp.request("POST", f"{path}/capture", key="c3", json={})

    assert part.json()["payment"]["status"] == "partly_captured"
    assert again.json() == part.json()
    assert (beyond.status_code, beyond.json()["error"]["code"]) == (409, "amount_too_large")
    assert rest.json()["amount"] == 999
    assert psp.request("GET", path).json()["status"] == "captured"


def test_void_ends_an_authorisation_once(psp: PspProcess) -> None:
    path = f"/v1/payments/{psp.pay('k1', card='tok_visa', capture='manual').json()['id']}"

    voided = psp.request("POST", f"{path}/void", key="v1", json={})
    again = psp.request("POST", f"{path}/void", key="v2", json={})
    captured = psp.request("POST", f"{path}/capture", key="c1", json={})

    assert voided.json()["payment"]["status"] == "voided"
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_voidable")
    assert captured.json()["error"]["code"] == "not_capturable"


def test_void_after_a_capture_in_part_frees_the_rest(psp: PspProcess) -> None:
    path = f"/v1/payments/{psp.pay('k1', card='tok_visa', capture='manual').json()['id']}"
    psp.request("POST", f"{path}/capture", key="c1", json={"amount": 1000})

    voided = psp.request("POST", f"{path}/void", key="v1", json={})
    captured = psp.request("POST", f"{path}/capture", key="c2", json={"amount": 1})
    refunded = psp.request("POST", f"{path}/refunds", key="r1", json={"amount": 1000})

    assert (voided.status_code, voided.json()["payment"]["captured"]) == (201, 1000)
    assert captured.json()["error"]["code"] == "not_capturable"
    assert refunded.status_code == 201


def test_void_of_an_open_payment_closes_its_page(psp: PspProcess) -> None:
    payment = psp.pay("k1").json()

    psp.request("POST", f"/v1/payments/{payment['id']}/void", key="v1", json={})
    psp.decide(payment["id"])

    seen = psp.request("GET", f"/v1/payments/{payment['id']}").json()
    assert (seen["status"], seen["captured"]) == ("voided", 0)


def test_refunds_never_exceed_what_was_captured(psp: PspProcess) -> None:
    path = f"/v1/payments/{psp.pay('k1', card='tok_visa').json()['id']}"

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda n: psp.request("POST", f"{path}/refunds", key=f"r{n}", json={"amount": 900}),
                range(8),
            )
        )

    assert sorted(answer.status_code for answer in answers) == [201, 201, *[409] * 6]
    assert psp.request("GET", path).json()["refunded"] == 1800


def test_refund_may_fail_later_and_gives_its_amount_free(
    psp: PspProcess, receiver: Receiver
) -> None:
    psp.set_faults(async_refund_seconds=1.5)
    path = f"/v1/payments/{psp.pay('k1', card='tok_refund_fails').json()['id']}"

    pending = psp.request("POST", f"{path}/refunds", key="r1", json={"amount": 1999})
    meanwhile = psp.request("POST", f"{path}/refunds", key="r2", json={"amount": 1})

    assert pending.json()["status"] == "pending"
    assert meanwhile.status_code == 409
    eventually(lambda: "refund.failed" in types_of(receiver))
    seen = psp.request("GET", path).json()
    assert (seen["refunded"], seen["refunds"][0]["status"]) == (0, "failed")


# -- webhooks ------------------------------------------------------------------------------


def test_webhooks_are_signed_and_tell_every_step(psp: PspProcess, receiver: Receiver) -> None:
    path = f"/v1/payments/{psp.pay('k1', card='tok_visa').json()['id']}"
    psp.request("POST", f"{path}/refunds", key="r1", json={"amount": 5, "reference": "mine"})

    eventually(lambda: len(receiver.received) == 3)
    for headers, body in receiver.received:
        assert Webhook(SECRET).verify(body, headers)["id"] == headers["webhook-id"]
    assert sorted(types_of(receiver)) == [
        "payment.authorised",
        "payment.captured",
        "refund.succeeded",
    ]
    bodies = [json.loads(body) for _, body in receiver.received]
    refund = next(body["data"] for body in bodies if body["type"] == "refund.succeeded")
    assert (refund["refund"]["reference"], refund["payment"]["refunded"]) == ("mine", 5)


def test_webhooks_are_retried_until_answered(psp: PspProcess, receiver: Receiver) -> None:
    receiver.answers = [500, 302, 503]

    psp.pay("k1", card="tok_declined")

    eventually(lambda: psp.dump()["deliveries"][0]["status"] == "delivered")
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert psp.dump()["deliveries"][0]["attempts"] == 4


def test_webhooks_survive_a_kill(tmp_path: Path) -> None:
    silent = PspProcess(tmp_path / "journal.sqlite3", webhook_url="http://127.0.0.1:9/hook").start()
    payment = silent.pay("k1", card="tok_visa").json()
    silent.kill()
    receiver = Receiver().start()
    silent.webhook_url = receiver.url

    silent.start()

    eventually(lambda: len(receiver.received) == 2)
    assert silent.pay("k1", card="tok_visa").json() == payment
    assert silent.stop() == 0
    receiver.stop()


def test_webhooks_come_twice_shuffled_and_late_when_told(
    psp: PspProcess, receiver: Receiver
) -> None:
    psp.set_faults(
        seed=7,
        duplicate_webhooks=1,
        duplicate_count=2,
        shuffle_webhooks_seconds=0.3,
        drop_webhooks=0.5,
        late_seconds=0.4,
    )

    for n in range(4):
        psp.pay(f"k{n}", card="tok_visa")

    eventually(lambda: len(receiver.received) == 24)
    ids = [headers["webhook-id"] for headers, _ in receiver.received]
    assert len(set(ids)) == 8
    created = [json.loads(body)["created_at"] for _, body in receiver.received]
    assert created != sorted(created)


# -- faults --------------------------------------------------------------------------------


def test_timeout_before_has_no_effect_and_after_has_it(psp: PspProcess) -> None:
    psp.set_faults(
        hang_seconds=0, once=[["payment", "timeout_before"], ["payment", "timeout_after"]]
    )

    with pytest.raises(httpx.RemoteProtocolError):
        psp.pay("k1")
    assert psp.dump()["payments"] == []
    with pytest.raises(httpx.RemoteProtocolError):
        psp.pay("k1")
    assert len(psp.dump()["payments"]) == 1
    assert psp.pay("k1").headers["Idempotent-Replayed"] == "true"


def test_errors_and_slowness_come_when_told(psp: PspProcess) -> None:
    psp.set_faults(
        slow_seconds=0.3,
        once=[["payment", "error_before"], ["payment", "error_after"], ["read", "slow"]],
    )

    assert [psp.pay("k1").status_code for _ in range(3)] == [500, 500, 201]
    with pytest.raises(httpx.ReadTimeout):
        psp.request("GET", "/v1/payments?reference=x", timeout=0.1)
    assert len(psp.dump()["payments"]) == 1


def test_rates_repeat_with_their_seed(psp: PspProcess) -> None:
    def run(prefix: str) -> list[str]:
        psp.set_faults(seed=3, decline_rate=0.5)
        return [psp.pay(f"{prefix}{n}", card="tok_visa").json()["status"] for n in range(12)]

    first = run("a")

    assert first == run("b")
    assert set(first) == {"captured", "declined"}


@pytest.mark.parametrize(
    "settings", [{"unknown": 1}, {"slow": -1}, {"slow": "1"}, {"once": [["payment", "flood"]]}]
)
def test_faults_that_are_not_understood_are_refused(
    psp: PspProcess, settings: dict[str, object]
) -> None:
    before = psp.request("GET", "/sandbox/faults").json()

    answer = psp.request("POST", "/sandbox/faults", json=settings)

    assert answer.status_code == 400
    assert psp.request("GET", "/sandbox/faults").json() == before


# -- process -------------------------------------------------------------------------------


def test_kill_in_flight_loses_no_answer_and_doubles_nothing(tmp_path: Path) -> None:
    running = PspProcess(tmp_path / "journal.sqlite3").start()

    def pay(n: int) -> str | None:
        try:
            return str(running.pay(f"k{n}", card="tok_visa").json()["id"])
        except httpx.HTTPError:
            return None

    with ThreadPoolExecutor(12) as pool:
        attempts = [pool.submit(pay, n) for n in range(30)]
        eventually(lambda: attempts[5].done())
        running.kill()
    acknowledged = {n: attempt.result() for n, attempt in enumerate(attempts) if attempt.result()}
    running.start()

    final = {n: pay(n) for n in range(30)}

    assert {n: final[n] for n in acknowledged} == acknowledged
    journal = running.dump()
    assert len(journal["payments"]) == len(journal["captures"]) == 30
    assert running.stop() == 0


def test_sandbox_says_when_it_is_ready(psp: PspProcess) -> None:
    assert httpx.get(f"{psp.url}/healthz").json() == {"status": "ready"}
