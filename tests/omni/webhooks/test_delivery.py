"""From the log to the receiver: signing, retries, giving up, replay, rotation."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.ids import uuid7
from omni.core.states import InvalidTransition
from omni.events import operations as events
from omni.events.models import StoredEvent
from omni.webhooks import deliveries, operations, sender
from omni.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from omni.work.models import Incident
from tests.omni.events.samples import ParcelLost, moved
from tests.omni.webhooks.conftest import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private_allowed")]


def make_endpoint(receiver: Receiver, *types: str) -> tuple[WebhookEndpoint, str]:
    endpoint, secret = operations.create_endpoint(
        url=receiver.url, types=types or ["*"], actor=SYSTEM
    )
    # Events of one test transaction bear its beginning as their moment.
    long_ago = clock.now() - timedelta(days=1)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        active_since=long_ago, types_changed_at=long_ago
    )
    return endpoint, secret


def happened(*numbers: int) -> None:
    events.record_all([moved(n) for n in numbers or (0,)], actor=SYSTEM)
    events.drain()


def later(**span: float) -> int:
    with clock.moved(by=timedelta(**span)):
        return sender.send_due()


def test_an_event_arrives_signed_in_a_cloudevents_envelope(
    receiver: Receiver, settings: Any
) -> None:
    _, secret = make_endpoint(receiver)
    happened(7)

    sender.send_due()

    ((headers, body),) = receiver.got
    event = StoredEvent.objects.get()
    told = Webhook(secret).verify(body, headers)
    assert told == {
        "specversion": "1.0",
        "id": f"evt_{event.id}",
        "source": settings.PUBLIC_URL,
        "type": "parcel.moved",
        "subject": f"parcel/{event.aggregateid}",
        "time": event.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "data": event.payload,
    }
    assert headers["webhook-id"] == f"evt_{event.id}"
    assert headers["content-type"].startswith("application/cloudevents+json")
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.tries, delivery.last_status) == ("delivered", 1, 204)
    assert delivery.lease is None
    assert WebhookAttempt.objects.get().is_success


def test_an_endpoint_gets_the_types_it_asked_for(
    receiver: Receiver, second_receiver: Receiver
) -> None:
    make_endpoint(receiver, "parcel.lost")
    make_endpoint(second_receiver, "parcel.*")
    events.record_all([moved(), ParcelLost(parcel_id=uuid7())], actor=SYSTEM)

    events.drain()
    sender.send_due()

    types = [json.loads(body)["type"] for _, body in receiver.got]
    assert types == ["parcel.lost"]
    assert len(second_receiver.got) == 2


def test_make_deliveries_twice_makes_one_row_each(receiver: Receiver) -> None:
    make_endpoint(receiver)
    events.record(moved(), actor=SYSTEM)
    batch = deliveries.log.read(after=deliveries.log.START, types=None, limit=9, settled_only=False)

    deliveries.make_deliveries(batch)
    deliveries.make_deliveries(batch)

    assert WebhookDelivery.objects.count() == 1


def test_a_failed_delivery_is_tried_again_with_growing_waits(receiver: Receiver) -> None:
    make_endpoint(receiver)
    receiver.status = 500
    happened()

    sender.send_due()
    too_early = later(seconds=3)
    on_time = later(seconds=6)
    too_early_again = later(seconds=60)
    receiver.status = 200
    last = later(minutes=7)

    assert (too_early, on_time, too_early_again, last) == (0, 1, 0, 1)
    assert len(set(receiver.ids)) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.tries) == ("delivered", 3)
    attempts = WebhookAttempt.objects.order_by("pk").values_list("status_code", flat=True)
    assert list(attempts) == [500, 500, 200]
    assert WebhookEndpoint.objects.get().failing_since is None


def test_the_schedule_ends_after_three_days_with_an_incident_and_the_endpoint_disabled(
    receiver: Receiver,
) -> None:
    make_endpoint(receiver)
    receiver.status = 503
    happened()

    sender.send_due()
    hours = 0
    while WebhookDelivery.objects.get().status == "pending" and hours < 120:
        hours += 1
        later(hours=hours)

    assert 65 <= hours <= 90
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.tries) == ("failed", 10)
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.status == "disabled"
    assert {row.kind for row in Incident.objects.all()} == {"webhook_given_up", "webhook_disabled"}


def test_410_disables_the_endpoint_at_once(receiver: Receiver) -> None:
    make_endpoint(receiver)
    receiver.status = 410
    happened(1)

    sender.send_due()
    happened(2)
    later_on = later(days=1)

    assert later_on == 0
    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.get().status == "failed"
    assert WebhookEndpoint.objects.get().status == "disabled"
    assert Incident.objects.get().kind == "webhook_disabled"


def test_a_redirect_is_not_followed(receiver: Receiver, second_receiver: Receiver) -> None:
    make_endpoint(receiver)
    receiver.status = 307
    receiver.headers = {"Location": second_receiver.url}
    happened()

    sender.send_due()

    assert second_receiver.got == []
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.last_status, delivery.last_error) == (
        "pending",
        307,
        "redirect",
    )


def test_a_receiver_that_is_not_there_is_tried_again(receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(receiver)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url="http://127.0.0.1:1/")
    happened()

    sender.send_due()

    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.last_error) == ("pending", "no_connection")


def test_a_slow_receiver_does_not_delay_the_others(
    receiver: Receiver, second_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TIME_LIMIT", 6.0)
    make_endpoint(receiver)
    make_endpoint(second_receiver)
    receiver.delay = 9.0
    happened(*range(30))

    began = time.monotonic()
    sender.send_due(seconds=5)
    took = time.monotonic() - began

    assert len(second_receiver.got) == 30
    assert len(receiver.got) <= deliveries.PER_ENDPOINT
    assert took < 15
    slow = WebhookDelivery.objects.filter(last_error="timeout")
    assert 1 <= slow.count() <= deliveries.PER_ENDPOINT


def test_a_lease_that_lapsed_is_taken_over_and_the_late_result_changes_nothing(
    receiver: Receiver,
) -> None:
    make_endpoint(receiver)
    happened()
    (mine,) = deliveries.claim(limit=5)
    nothing = deliveries.claim(limit=5)

    with clock.moved(by=deliveries.LEASE + timedelta(seconds=1)):
        (theirs,) = deliveries.claim(limit=5)
    deliveries.settle(mine, deliveries.Outcome(clock.now(), 5, status_code=200))

    assert nothing == []
    assert theirs.lease != mine.lease
    assert theirs.message_id == mine.message_id
    assert WebhookDelivery.objects.get().status == "pending"
    assert WebhookAttempt.objects.count() == 1


def test_rotated_secrets_are_both_valid_for_a_day_and_a_third_ends_the_first(
    receiver: Receiver,
) -> None:
    endpoint, first = make_endpoint(receiver)
    second = operations.rotate_secret(endpoint_id=endpoint.pk, actor=SYSTEM)
    happened(1)
    sender.send_due()
    third = operations.rotate_secret(endpoint_id=endpoint.pk, actor=SYSTEM)
    happened(2)
    sender.send_due()
    happened(3)
    later(hours=25)

    (headers1, body1), (headers2, body2), (headers3, body3) = receiver.got
    for secret in (first, second):
        Webhook(secret).verify(body1, headers1)
    for secret in (second, third):
        Webhook(secret).verify(body2, headers2)
    with pytest.raises(WebhookVerificationError):
        Webhook(first).verify(body2, headers2)
    assert len(headers3["webhook-signature"].split()) == 1
    Webhook(third).verify(body3, headers3)
    assert WebhookSecret.objects.count() == 2


def test_replay_delivery_sends_once_more_under_the_same_id(receiver: Receiver) -> None:
    make_endpoint(receiver)
    happened()
    sender.send_due()
    delivery = WebhookDelivery.objects.get()

    deliveries.replay_delivery(delivery_id=delivery.pk, actor=SYSTEM)
    sender.send_due()

    assert len(receiver.got) == 2
    assert len(set(receiver.ids)) == 1
    assert WebhookAttempt.objects.count() == 2


def test_replay_delivery_of_a_pending_one_is_refused(receiver: Receiver) -> None:
    make_endpoint(receiver)
    happened()
    delivery = WebhookDelivery.objects.get()

    with pytest.raises(InvalidTransition):
        deliveries.replay_delivery(delivery_id=delivery.pk, actor=SYSTEM)


def test_replay_endpoint_sends_what_was_given_up_and_what_was_missed(receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(receiver, "parcel.moved")
    happened(1, 2)
    sender.send_due()
    WebhookDelivery.objects.filter(type="parcel.moved").update(status="failed")
    operations.disable_endpoint(endpoint_id=endpoint.pk, actor=SYSTEM)
    happened(3)
    events.record(ParcelLost(parcel_id=uuid7()), actor=SYSTEM)
    events.drain()
    operations.activate_endpoint(endpoint_id=endpoint.pk, actor=SYSTEM)
    since = clock.now() - timedelta(hours=1)

    count = deliveries.replay_endpoint(endpoint_id=endpoint.pk, since=since, actor=SYSTEM)
    again = deliveries.replay_endpoint(endpoint_id=endpoint.pk, since=since, actor=SYSTEM)
    sender.send_due()

    assert (count, again) == (3, 0)
    assert sorted(json.loads(body)["data"]["number"] for _, body in receiver.got[2:]) == [1, 2, 3]


def test_replay_endpoint_reaches_what_was_missed_behind_many_that_arrived(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_REPLAYED", 2)
    endpoint, _ = make_endpoint(receiver)
    happened(1, 2, 3)
    sender.send_due()
    operations.disable_endpoint(endpoint_id=endpoint.pk, actor=SYSTEM)
    happened(4)
    operations.activate_endpoint(endpoint_id=endpoint.pk, actor=SYSTEM)
    since = clock.now() - timedelta(hours=1)

    count = deliveries.replay_endpoint(endpoint_id=endpoint.pk, since=since, actor=SYSTEM)
    sender.send_due()

    assert count == 1
    assert [json.loads(body)["data"]["number"] for _, body in receiver.got][3:] == [4]


def test_replay_of_a_disabled_endpoint_is_refused(receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(receiver)
    operations.disable_endpoint(endpoint_id=endpoint.pk, actor=SYSTEM)

    with pytest.raises(deliveries.EndpointNotActive):
        deliveries.replay_endpoint(endpoint_id=endpoint.pk, since=clock.now(), actor=SYSTEM)

    assert not WebhookDelivery.objects.exists()


def test_a_removed_endpoint_is_sent_nothing_more_and_its_secrets_are_forgotten(
    receiver: Receiver,
) -> None:
    endpoint, _ = make_endpoint(receiver)
    happened()

    operations.remove_endpoint(endpoint_id=endpoint.pk, actor=SYSTEM)
    sent = sender.send_due()

    assert sent == 0
    assert WebhookDelivery.objects.get().status == "cancelled"
    assert not WebhookSecret.objects.exists()
    with pytest.raises(operations.NotFound):
        operations.activate_endpoint(endpoint_id=endpoint.pk, actor=SYSTEM)


@pytest.mark.parametrize("types", [["parcel"], ["nobody.knows"], [], ["par*"], ["*.moved"], [""]])
def test_create_endpoint_refuses_types_that_do_not_exist(
    receiver: Receiver, types: list[str]
) -> None:
    with pytest.raises(operations.UnknownEventType):
        operations.create_endpoint(url=receiver.url, types=types, actor=SYSTEM)

    assert not WebhookEndpoint.objects.exists()
