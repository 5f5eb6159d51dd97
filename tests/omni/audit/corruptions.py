"""Corruptions of the floor: events, webhooks, work, idempotency keys."""

from datetime import timedelta

from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.ids import uuid7
from omni.events import event as declarations
from omni.events import operations as events
from omni.events.models import ParkedAggregate, ParkedEvent, SubscriptionPosition
from omni.rest.idempotency import IdempotencyKey
from omni.webhooks import operations as webhooks
from omni.webhooks.models import WebhookDelivery
from omni.work import operations as work
from tests.factories.messages import make_message
from tests.omni.audit.corruption import corruption, sql, without_checks
from tests.omni.events import samples


def record_samples() -> None:
    declarations._registry.update(samples.TYPES)
    try:
        events.record_all([samples.moved(n) for n in range(3)], actor=SYSTEM)
    finally:
        for name in samples.TYPES:
            declarations._registry.pop(name)


@corruption("E1")
def old_event_beyond_the_position() -> None:
    record_samples()
    # As if another transaction had written it five minutes ago.
    sql("UPDATE omni_event SET recorded_at = recorded_at - interval '5 minutes', xid = '3'")


def _park() -> ParkedAggregate:
    incident = work.open_incident(
        kind="events_parked", subject_kind="x", subject_id=1, summary="x", actor=SYSTEM
    )
    parked: ParkedAggregate = ParkedAggregate.objects.create(
        subscription="webhooks",
        aggregatetype="parcel",
        aggregateid=uuid7(),
        incident_id=incident.pk,
        parked_at=clock.now(),
    )
    ParkedEvent.objects.create(parked=parked, event_id=1, recorded_at=clock.now(), type="x")
    return parked


@corruption("E2")
def parked_with_a_closed_incident() -> None:
    parked = _park()
    sql(
        "UPDATE omni_incident SET status = 'closed', decided_by = 'x', decision = 'x'"
        " WHERE id = %s",
        [parked.incident_id],
    )


@corruption("E2")
def parked_with_nothing_waiting() -> None:
    parked = _park()
    sql("UPDATE omni_parked_event SET status = 'done' WHERE parked_id = %s", [parked.pk])


@corruption("E3")
def position_moved_back() -> None:
    SubscriptionPosition.objects.create(
        pk="webhooks", position_xid=9, position_id=9, high_xid=9, high_id=9
    )
    sql("UPDATE omni_subscription SET position_id = 3")


@corruption("E8")
def event_of_another_cluster() -> None:
    record_samples()
    sql("UPDATE omni_event SET xid = '999999999999'")


def _endpoint() -> None:
    webhooks.create_endpoint(url="https://hooks.example.com/", types=["*"], actor=SYSTEM)
    sql(
        "UPDATE omni_webhook_endpoint SET active_since = now() - interval '1 day',"
        " types_changed_at = now() - interval '1 day'"
    )


def _deliver() -> None:
    _endpoint()
    record_samples()
    events.drain()


@corruption("E7")
def event_without_delivery() -> None:
    _deliver()
    sql("UPDATE omni_event SET recorded_at = recorded_at - interval '10 minutes'")
    sql("DELETE FROM omni_webhook_delivery WHERE id = (SELECT min(id) FROM omni_webhook_delivery)")


@corruption("W1")
def delivery_that_nobody_sends() -> None:
    _deliver()
    sql("UPDATE omni_webhook_delivery SET next_at = now() - interval '1 hour'")


@corruption("W2")
def delivered_without_an_attempt() -> None:
    _deliver()
    WebhookDelivery.objects.update(status="delivered", delivered_at=clock.now())


@corruption("W3")
def endpoint_without_a_secret() -> None:
    _endpoint()
    sql("DELETE FROM omni_webhook_secret")


@corruption("W3")
def endpoint_with_three_valid_secrets() -> None:
    _endpoint()
    sql(
        "INSERT INTO omni_webhook_secret (endpoint_id, secret, created_at, expires_at)"
        " SELECT endpoint_id, secret, created_at, now() + n * interval '1 hour'"
        " FROM omni_webhook_secret, generate_series(1, 2) AS n"
    )


@corruption("N1")
def message_that_nobody_sends() -> None:
    make_message()
    sql("UPDATE omni_message SET next_attempt_at = now() - interval '1 hour'")


def _ask() -> None:
    work.ask_approval(
        matter=work.Matter("refund", "order", uuid7()), reason="over the limit", actor=SYSTEM
    )


@corruption("K1")
def approval_decided_by_its_asker() -> None:
    _ask()
    without_checks("omni_approval")
    sql("UPDATE omni_approval SET status = 'granted', decided_by = asked_by, decided_at = now()")


@corruption("K1")
def approval_used_that_was_refused() -> None:
    _ask()
    without_checks("omni_approval")
    sql(
        "UPDATE omni_approval SET status = 'refused', decided_by = 'x', decided_at = now(),"
        " used_at = now()"
    )


@corruption("K2")
def approval_that_never_lapsed() -> None:
    _ask()
    sql("UPDATE omni_approval SET lapses_at = now() - interval '2 hours'")


@corruption("K3")
def incident_decided_by_nobody() -> None:
    work.open_incident(kind="x", subject_kind="x", subject_id=1, summary="x", actor=SYSTEM)
    without_checks("omni_incident")
    sql("UPDATE omni_incident SET status = 'closed'")


@corruption("K3")
def task_ended_by_nobody() -> None:
    work.create_task(matter=work.Matter("x", "x", 1), title="x", actor=SYSTEM)
    sql("UPDATE omni_task SET status = 'done'")


@corruption("I1")
def key_stuck_in_progress() -> None:
    IdempotencyKey.objects.create(
        principal="system",
        route="POST /x",
        key="a" * 20,
        body_hash="x",
        lease_until=clock.now() - timedelta(hours=1),
        created_at=clock.now() - timedelta(hours=2),
    )
