"""The schema is valid without a warning and tells what each endpoint declares."""

import re

import pytest
from django.core.management import call_command
from django.urls import URLPattern
from drf_spectacular.generators import SchemaGenerator

from omni.rest import checks
from omni.rest.problems import KINDS
from tests.factories.omni import make_user, staff_client
from tests.omni.rest import probe_urls

pytestmark = pytest.mark.django_db


@pytest.fixture
def probe_schema():
    probes = [p for p in probe_urls.urlpatterns if isinstance(p, URLPattern)]
    return SchemaGenerator(patterns=probes).get_schema(request=None, public=True)


@pytest.mark.urls("tests.omni.rest.probe_urls")
def test_check_names_endpoints_without_permission():
    messages = [(m.id, m.msg) for m in checks.check_endpoints()]

    assert ("omni.E002", "GET /api/v1/undeclared declares no permission") in messages


def test_every_endpoint_of_the_product_declares_its_permission():
    assert checks.check_endpoints() == []


def test_schema_of_the_product_is_valid_without_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "s.yaml"))


def test_schema_tells_security_problems_and_idempotency(probe_schema):
    operation = probe_schema["paths"]["/api/v1/make-role"]["post"]
    codes = {
        status: response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"][
            "code"
        ]["enum"]
        for status, response in operation["responses"].items()
        if "application/problem+json" in response.get("content", {})
    }

    assert probe_schema["openapi"] == "3.1.0"
    assert {"channelKey": []} in operation["security"]
    assert codes["409"] == ["idempotency_in_progress", "probe_role_taken"]
    assert codes["422"] == ["idempotency_key_reused"]
    assert "idempotency_key_missing" in codes["400"]
    assert set(codes) == {"400", "401", "403", "406", "409", "413", "415", "422", "429", "503"}
    assert [p["name"] for p in operation["parameters"] if p["in"] == "header"] == [
        "Idempotency-Key"
    ]
    assert set(probe_schema["components"]["securitySchemes"]) == {
        "channelKey",
        "customerSession",
        "apiKey",
        "staffSession",
    }


def test_schema_tells_the_parameters_of_a_list(probe_schema):
    operation = probe_schema["paths"]["/api/v1/roles"]["get"]

    assert {p["name"] for p in operation["parameters"]} == {"cursor", "limit"}
    assert "invalid_cursor" in str(operation["responses"]["400"])


def test_schema_and_docs_pages_answer_without_inline_script(client):
    schema = client.get("/api/schema/?format=json")
    again = client.get("/api/schema/?format=json")
    page = client.get("/api/docs/")
    html = page.content.decode()
    script = client.get("/api/docs/?script=")

    assert schema.json()["openapi"] == "3.1.0"
    assert schema.content == again.content
    assert re.findall(r"<script(?![^>]* src=)", html) == []
    assert "<style" not in html
    assert " style=" not in html
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert script["Content-Type"].startswith("application/javascript")


def test_docs_page_answers_in_staff_session_too():
    client = staff_client(make_user())

    assert client.get("/api/docs/").status_code == 200


def test_kinds_have_a_title_and_a_status():
    assert all(kind.title and 400 <= kind.status <= 599 for kind in KINDS.values())
