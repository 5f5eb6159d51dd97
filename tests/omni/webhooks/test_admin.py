"""The pages of endpoints and deliveries: what was sent, what came of it, and sending it again."""

import re
from datetime import timedelta
from typing import Any

import pytest

from omni.access.permissions import Permission
from omni.core import clock
from omni.core.ids import uuid7
from omni.webhooks.deliveries import claim
from omni.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from omni.webhooks.told import SHOWN
from tests.factories.omni import make_staff, staff_client

pytestmark = pytest.mark.django_db


def endpoint(**over: Any) -> WebhookEndpoint:
    now = clock.now()
    given = {"url": "https://hook.example/a", "types": ["*"], "created_by": "system"}
    moments = dict.fromkeys(("active_since", "types_changed_at", "created_at"), now)
    return WebhookEndpoint.objects.create(**given | moments | over)


def delivery(at: WebhookEndpoint, event_id: int, **over: Any) -> WebhookDelivery:
    """Given up after a refusal, if nothing else is said."""
    now = clock.now()
    given = {"type": "order.placed", "status": "failed", "tries": 12, "last_status": 503}
    given |= {"last_error": "refused", "recorded_at": now, "next_at": now, "event_id": event_id}
    row = WebhookDelivery.objects.create(endpoint=at, **given | over)
    if row.tries:
        tried = {"attempted_at": now, "duration_ms": 31, "is_success": row.status == "delivered"}
        WebhookAttempt.objects.create(delivery=row, **tried)
    return row


def page_of(at: WebhookEndpoint, client: Any) -> str:
    text = client.get(f"/admin/omni/webhookendpoint/{at.pk}/change/").content.decode()
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def manager() -> Any:
    return staff_client(make_staff(Permission.WEBHOOKS_MANAGE))


def test_endpoint_lists_its_deliveries_newest_first_in_words(manager):
    at, other = endpoint(), endpoint(url="https://other.example/")
    soon = clock.now() + timedelta(minutes=5)
    delivery(at, 1)
    delivery(at, 2, status="pending", tries=1, last_error="timeout", last_status=None, next_at=soon)
    delivery(at, 3, status="pending", tries=0, last_error="", last_status=None)
    delivery(at, 4, status="delivered", tries=1, last_error="", last_status=204, delivered_at=soon)
    delivery(other, 5, type="customer.merged")

    page = page_of(at, manager)

    rows = re.findall(r"<tr><td>.*?</tr>", page.partition('id="deliveries-h"')[2])
    told = ["204", "not yet", "No answer in time", "Refused (503)"]
    states = ["Delivered", "Waiting", "Tries again", "Given up"]
    assert [want in row for want, row in zip(told, rows, strict=True)] == [True] * 4
    assert [want in row for want, row in zip(states, rows, strict=True)] == [True] * 4
    assert ["/again/" in row for row in rows] == [True, False, False, True]
    assert "customer.merged" not in page


def test_send_again_makes_a_delivery_due_and_leads_back_to_its_endpoint(manager):
    at = endpoint()
    row = delivery(at, 1)
    address = f"/admin/omni/webhookdelivery/{row.pk}/again/"

    sent = manager.post(address, follow=True)
    twice = manager.post(address, follow=True)

    assert sent.redirect_chain == [(f"/admin/omni/webhookendpoint/{at.pk}/change/", 302)]
    assert "Order.placed #1 is sent again." in sent.content.decode()
    assert 'class="notice bad"' in twice.content.decode()
    assert [each.delivery_id for each in claim(limit=5)] == [row.pk]
    assert manager.get(address).status_code == 405


def test_send_again_is_refused_for_a_closed_endpoint_and_for_others(manager):
    at = endpoint(status="disabled", disabled_reason="it failed")
    row = delivery(at, 1)
    address = f"/admin/omni/webhookdelivery/{row.pk}/again/"
    open_row = delivery(endpoint(url="https://other.example/"), 2)
    stranger = staff_client(make_staff(Permission.WEBHOOKS_MANAGE, location_id=uuid7()))

    refused = manager.post(address, follow=True)

    assert "Activate it first." in refused.content.decode()
    assert "/again/" not in page_of(at, manager)
    asked = stranger.post(f"/admin/omni/webhookdelivery/{open_row.pk}/again/")
    assert asked.status_code == 403
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"failed"}


def test_endpoint_with_many_deliveries_asks_as_little_as_with_none(
    manager, django_assert_max_num_queries
):
    empty, full = endpoint(), endpoint(url="https://other.example/")
    for number in range(SHOWN + 5):
        delivery(full, number)

    with django_assert_max_num_queries(12):
        none = page_of(empty, manager)
    with django_assert_max_num_queries(12):
        many = page_of(full, manager)

    assert "Nothing was sent yet" in none
    assert many.count("/again/") == SHOWN


def test_page_of_a_delivery_sends_it_again(manager):
    row = delivery(endpoint(), 1)

    page = manager.get(f"/admin/omni/webhookdelivery/{row.pk}/change/").content.decode()

    assert f'action="/admin/omni/webhookdelivery/{row.pk}/again/"' in page


def do(client: Any, at: WebhookEndpoint, what: str, **given: Any) -> str:
    address = f"/admin/omni/webhookendpoint/{at.pk}/do/{what}/"
    answer = client.post(address, given, follow=True)
    assert answer.redirect_chain == [(f"/admin/omni/webhookendpoint/{at.pk}/change/", 302)]
    return re.sub(r"\s+", " ", answer.content.decode())


def deeds(page: str) -> set[str]:
    return set(re.findall(r"/do/(\w+)/", page))


def test_page_of_an_endpoint_disables_and_activates_it(manager):
    at = endpoint()

    shut = do(manager, at, "disable")
    at.refresh_from_db()
    shut_status = at.status
    again = do(manager, at, "disable")
    opened = do(manager, at, "activate")
    at.refresh_from_db()

    assert (shut_status, at.status) == ("disabled", "active")
    assert "Nothing is sent to it any more." in shut
    assert 'class="notice bad"' in again
    assert "It is sent to again" in opened
    assert (deeds(shut), deeds(opened)) == ({"activate", "rotate"}, {"missed", "disable", "rotate"})


def test_new_secret_is_shown_once(manager):
    at = endpoint()

    shown = do(manager, at, "rotate")

    secret = at.secrets.get().secret
    assert ["It is shown only now" in shown, secret in shown] == [True, True]
    assert secret not in page_of(at, manager)


def test_what_an_endpoint_missed_is_sent_of_the_time_that_is_chosen(manager):
    at = endpoint(types=["order.*"])
    now, hour = clock.now(), clock.now() - timedelta(hours=1)
    new = delivery(at, 1, recorded_at=hour)
    good = delivery(at, 3, recorded_at=hour, status="delivered", delivered_at=now)
    old = delivery(at, 2, recorded_at=now - timedelta(days=3))

    none = do(manager, at, "missed", days="2")
    day = do(manager, at, "missed", days="1")
    week = do(manager, at, "missed", days="7", delivered_too="on")
    rest = do(manager, at, "missed", days="30")

    assert "Choose how far back to look." in none
    assert "1 message is sent now." in day
    assert "2 messages are sent now." in week
    assert "Nothing was missed in that time." in rest
    assert {each.delivery_id for each in claim(limit=5)} == {new.pk, old.pk, good.pk}


def test_buttons_of_an_endpoint_are_not_for_others(manager):
    at = endpoint()
    stranger = staff_client(make_staff(Permission.WEBHOOKS_MANAGE, location_id=uuid7()))
    address = f"/admin/omni/webhookendpoint/{at.pk}/do/"

    answers = [stranger.post(f"{address}{what}/").status_code for what in ("disable", "rotate")]

    at.refresh_from_db()
    assert (answers, at.status, at.secrets.count()) == ([403, 403], "active", 0)
    assert manager.get(f"{address}disable/").status_code == 405
    assert manager.post(f"{address}remove/").status_code == 404
