"""Managing webhooks over the API."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.core.ids import uuid7
from omni.events import operations as events
from omni.webhooks import sender
from omni.webhooks.models import WebhookEndpoint, WebhookSecret
from tests.factories.omni import key_headers, make_api_key, make_staff, staff_client
from tests.omni.events.samples import moved
from tests.omni.webhooks.conftest import Receiver

pytestmark = pytest.mark.django_db
BASE = "/api/v1/webhooks"
URL = "https://hooks.example.com/in"


@pytest.fixture
def api() -> Any:
    headers = key_headers(make_api_key(Permission.WEBHOOKS_MANAGE))

    def call(method: str, path: str, body: Any = None) -> Any:
        return Client().generic(
            method,
            f"{BASE}{path}",
            data=b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers=headers,
        )

    return call


def test_create_list_change_and_remove(api: Any) -> None:
    created = api("POST", "/endpoints", {"url": URL, "types": ["parcel.*"], "description": "ERP"})
    endpoint = created.json()
    listed = api("GET", "/endpoints").json()
    changed = api("PATCH", f"/endpoints/{endpoint['id']}", {"types": ["*"]}).json()
    removed = api("DELETE", f"/endpoints/{endpoint['id']}")
    after = api("GET", f"/endpoints/{endpoint['id']}")

    assert created.status_code == 201
    assert endpoint["secret"].startswith("whsec_")
    assert [row["id"] for row in listed["results"]] == [endpoint["id"]]
    assert "secret" not in listed["results"][0]
    assert changed["types"] == ["*"]
    assert removed.status_code == 204
    assert after.status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://example.com/", "types": ["*"]}, "webhook_url_not_allowed"),
        ({"url": "https://10.0.0.1/", "types": ["*"]}, "webhook_url_not_allowed"),
        ({"url": URL, "types": ["no.such"]}, "unknown_event_type"),
        ({"url": URL, "types": []}, "invalid"),
        ({"url": URL, "types": ["*"], "secret": "mine"}, "invalid"),
        ({"types": ["*"]}, "invalid"),
    ],
)
def test_create_refuses_bad_input(api: Any, body: dict[str, Any], code: str) -> None:
    answer = api("POST", "/endpoints", body)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert not WebhookEndpoint.objects.exists()


def test_rotate_disable_and_activate(api: Any) -> None:
    endpoint = api("POST", "/endpoints", {"url": URL, "types": ["*"]}).json()
    path = f"/endpoints/{endpoint['id']}"

    secret = api("POST", f"{path}/rotate-secret", {})
    disabled = api("POST", f"{path}/disable", {})
    twice = api("POST", f"{path}/disable", {})
    active = api("POST", f"{path}/activate", {})

    assert secret.status_code == 201
    assert WebhookSecret.objects.count() == 2
    assert disabled.json()["status"] == "disabled"
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid_transition")
    assert active.json()["status"] == "active"


@pytest.mark.usefixtures("private_allowed")
def test_deliveries_are_listed_with_their_attempts_and_replayed(
    api: Any, receiver: Receiver
) -> None:
    endpoint = api("POST", "/endpoints", {"url": receiver.url, "types": ["*"]}).json()
    WebhookEndpoint.objects.update(active_since="2020-01-01T00:00:00Z")
    events.record_all([moved(1), moved(2)], actor=SYSTEM)
    events.drain()
    sender.send_due()

    listed = api("GET", f"/deliveries?endpoint={endpoint['id']}&status=delivered").json()
    none = api("GET", "/deliveries?status=failed").json()
    detail = api("GET", f"/deliveries/{listed['results'][0]['id']}").json()
    replayed = api("POST", f"/deliveries/{detail['id']}/replay", {})
    many = api(
        "POST",
        f"/endpoints/{endpoint['id']}/replay",
        {"since": "2020-01-01T00:00:00Z", "delivered_too": True},
    )

    assert len(listed["results"]) == 2
    assert none["results"] == []
    assert [attempt["status_code"] for attempt in detail["attempts"]] == [204]
    assert replayed.json()["status"] == "pending"
    assert many.json() == {"count": 1}


def test_unknown_ids_are_not_found(api: Any) -> None:
    for method, path in [
        ("GET", f"/endpoints/{uuid7()}"),
        ("DELETE", f"/endpoints/{uuid7()}"),
        ("GET", "/deliveries/1"),
        ("GET", f"/deliveries/{10**30}"),
        ("GET", "/endpoints/7"),
    ]:
        assert api(method, path).status_code == 404, path


def test_event_types_are_listed(api: Any) -> None:
    assert "parcel.moved" in api("GET", "/event-types").json()["results"]


@pytest.mark.parametrize("path", ["/endpoints", "/deliveries", f"/endpoints/{UUID(int=7)}"])
def test_a_grant_for_one_location_or_none_does_not_open_webhooks(path: str) -> None:
    nobody = staff_client(make_staff(Permission.ORDERS_VIEW))
    lyon = staff_client(make_staff(Permission.WEBHOOKS_MANAGE, location_id=uuid7()))

    assert Client().get(BASE + path).status_code == 401
    assert nobody.get(BASE + path).status_code == 403
    assert lyon.get(BASE + path).status_code == 403


def test_admin_creates_an_endpoint_and_shows_its_secret_once() -> None:
    client = staff_client(make_staff(Permission.WEBHOOKS_MANAGE))

    answer = client.post(
        "/admin/omni/webhookendpoint/add/",
        {"url": URL, "types": "parcel.*", "description": "ERP"},
        follow=True,
    )
    again = client.get("/admin/omni/webhookendpoint/")

    endpoint = WebhookEndpoint.objects.get()
    secret = endpoint.secrets.get().secret
    assert secret in answer.content.decode()
    assert secret not in again.content.decode()
    assert client.get(f"/admin/omni/webhookendpoint/{endpoint.pk}/change/").status_code == 200
    assert client.get("/admin/omni/webhookdelivery/").status_code == 200
