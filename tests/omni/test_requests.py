"""The request id, and what machines ask."""

import json
import logging

import pytest
from django.test import Client
from django.test.utils import override_settings
from prometheus_client import REGISTRY, generate_latest

from omni.core.ids import uuid7
from omni.requests import HEADER


def test_request_id_of_the_caller_is_echoed() -> None:
    response = Client().get("/livez", headers={HEADER: "till-7.2026_01"})

    assert response[HEADER] == "till-7.2026_01"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "a\tb", "ж"])
def test_request_id_that_is_not_harmless_is_replaced(given: str) -> None:
    response = Client().get("/livez", headers={HEADER: given})

    assert len(response[HEADER]) == len(str(uuid7()))


@pytest.mark.django_db
def test_request_id_is_in_the_problem_of_an_unknown_address() -> None:
    response = Client().get("/api/v1/nothing-here", headers={HEADER: "look-here"})

    assert response.status_code == 404
    assert response[HEADER] == "look-here"
    assert json.loads(response.content)["request_id"] == "look-here"


def test_log_holds_the_path_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="omni.requests"):
        Client().get("/nothing?email=ada@example.com", headers={HEADER: "seen"})

    assert "ada@example.com" not in caplog.text
    assert "'status': 404" in caplog.text


@pytest.mark.django_db
def test_log_knows_no_failure_where_nothing_is_found(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="omni.requests"):
        answer = Client().get("/problems/no-such-code")

    assert answer.status_code == 404
    assert "request failed" not in caplog.text


def test_livez_answers_without_a_database() -> None:
    response = Client().get("/livez")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
@override_settings(CELERY_BROKER_URL="redis+socket:///nowhere/valkey.sock")
def test_readyz_names_the_part_that_is_away() -> None:
    response = Client().get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"] == {
        "database": "ok",
        "migrations": "ok",
        "broker": "failed",
    }


@pytest.mark.django_db
def test_metrics_count_requests_by_route() -> None:
    Client().get("/livez")

    response = Client().get("/metrics")

    assert response.status_code == 200
    assert 'omni_http_requests_total{method="GET",route="livez",status="200"}' in (
        response.content.decode()
    )


@pytest.mark.django_db
@override_settings(METRICS_TOKEN="sesame")
def test_metrics_need_the_token_where_one_is_set() -> None:
    refused = Client().get("/metrics")
    wrong = Client().get("/metrics", headers={"Authorization": "Bearer guess"})
    allowed = Client().get("/metrics", headers={"Authorization": "Bearer sesame"})

    assert (refused.status_code, wrong.status_code, allowed.status_code) == (401, 401, 200)


def test_every_page_carries_the_content_security_policy() -> None:
    response = Client().get("/livez")

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_metrics_know_no_methods_that_callers_invent() -> None:
    Client().generic("BREW", "/livez")

    told = generate_latest(REGISTRY).decode()
    assert 'method="OTHER",route="livez"' in told
    assert "BREW" not in told
