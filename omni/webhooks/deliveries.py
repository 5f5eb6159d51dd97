"""Deliveries: made from the log, taken in hand under a lease, settled by what came back.

No transaction is open while something is sent: ``claim`` commits the lease, ``settle`` writes the
result. A sender that dies lets its leases lapse, and another sends again under the same id.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.errors import Conflict, NotFound
from omni.core.states import move
from omni.events import log
from omni.events.subscriptions import RecordedEvent
from omni.webhooks import envelope, queries
from omni.webhooks.models import (
    DELIVERY_MOVES,
    ENDPOINT_MOVES,
    DeliveryStatus,
    EndpointStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from omni.webhooks.operations import matching
from omni.work import operations as work

# Waits before the second try, the third, and so on: ten tries over about three days.
# Source: Standard Webhooks, deliverability and reliability.
SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
JITTER = 0.1
DISABLE_AFTER = timedelta(hours=72)  # of failures without one success between
LEASE = timedelta(seconds=30)
PER_ENDPOINT = 3  # at once; a failing endpoint gets one, so that it costs the others nothing
GONE = 410
MOST_REPLAYED = 10_000


class EndpointNotActive(Conflict):
    code = "webhook_endpoint_not_active"
    message = gettext_lazy("Nothing is sent to this endpoint now. Activate it first.")


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery in hand: all that is needed to send it, without the database."""

    delivery_id: int
    endpoint_id: UUID
    lease: UUID
    url: str
    message_id: str
    body: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: a status, or a short code of what went wrong before there was one."""

    attempted_at: datetime
    duration_ms: int
    status_code: int | None = None
    error: str = ""

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


def make_deliveries(batch: Sequence[RecordedEvent]) -> None:
    """The subscription: a row for each active endpoint that an event fits. Repeatable."""
    endpoints = list(WebhookEndpoint.objects.filter(status=EndpointStatus.ACTIVE))
    if not endpoints:
        return
    now = clock.now()
    rows = [
        WebhookDelivery(
            endpoint=endpoint,
            event_id=event.id,
            recorded_at=event.recorded_at,
            type=event.type,
            next_at=now,
        )
        for event in batch
        for endpoint in endpoints
        if event.recorded_at >= endpoint.active_since and matching(endpoint.types, event.type)
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


_CLAIM = """
WITH picked AS (
    SELECT d.id FROM unnest(%s::uuid[], %s::int[]) AS e(id, room)
     CROSS JOIN LATERAL (
           SELECT id FROM omni_webhook_delivery
            WHERE endpoint_id = e.id AND status = 'pending' AND next_at <= %s
              AND (locked_until IS NULL OR locked_until <= %s)
            ORDER BY next_at, id LIMIT e.room FOR NO KEY UPDATE SKIP LOCKED) AS d
     LIMIT %s)
UPDATE omni_webhook_delivery AS d SET locked_until = %s, lease = gen_random_uuid()
  FROM picked WHERE d.id = picked.id
RETURNING d.id, d.endpoint_id, d.lease, d.event_id, d.recorded_at
"""


@transaction.atomic
def claim(*, limit: int) -> list[Claim]:
    """Take due deliveries in hand, of each active endpoint at most as many as it may have at once.

    Locks: the endpoints (those that somebody else holds are left to them), then deliveries.
    """
    now = clock.now()
    endpoints = {row.pk: row for row in _endpoints_with_due(now)}
    if not endpoints:
        return []
    rooms = _rooms(endpoints, now)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [list(rooms), list(rooms.values()), now, now, limit, now + LEASE])
        taken = cursor.fetchall()
    events = {event.id: event for event in log.load([(row[3], row[4]) for row in taken])}
    keys = _valid_secrets(endpoints, now)
    return [
        Claim(
            delivery_id=delivery_id,
            endpoint_id=endpoint_id,
            lease=lease,
            url=endpoints[endpoint_id].url,
            message_id=envelope.message_id(event_id),
            body=envelope.body(events[event_id]) if event_id in events else "",
            secrets=keys.get(endpoint_id, ()),
        )
        for delivery_id, endpoint_id, lease, event_id, _recorded in taken
    ]


@transaction.atomic
def settle(claimed: Claim, outcome: Outcome) -> None:
    """Write what came back: delivered, a later try, or given up; and what it says of the endpoint.

    A result that comes after its lease was taken over is logged and changes nothing.
    """
    now = clock.now()
    endpoint = WebhookEndpoint.objects.filter(pk=claimed.endpoint_id).locked().get()
    delivery = WebhookDelivery.objects.filter(pk=claimed.delivery_id).locked().get()
    WebhookAttempt.objects.create(
        delivery=delivery,
        attempted_at=outcome.attempted_at,
        duration_ms=outcome.duration_ms,
        status_code=outcome.status_code,
        error=outcome.error,
        is_success=outcome.is_success,
    )
    if delivery.lease != claimed.lease or delivery.status != DeliveryStatus.PENDING:
        return
    delivery.tries += 1
    result: dict[str, Any] = {
        "tries": delivery.tries,
        "locked_until": None,
        "lease": None,
        "last_status": outcome.status_code,
        "last_error": outcome.error,
    }
    if outcome.is_success:
        move(
            delivery,
            DeliveryStatus.DELIVERED,
            moves=DELIVERY_MOVES,
            delivered_at=now,
            **result,
        )
        _note_success(endpoint)
    else:
        _postpone(delivery, result, now, final=outcome.status_code == GONE)
        _note_failure(endpoint, now, gone=outcome.status_code == GONE)


@transaction.atomic
def replay_delivery(*, delivery_id: int, actor: Actor) -> WebhookDelivery:
    """Send a delivered or given-up message once more, with a fresh schedule and the same id.

    Raises: NotFound, EndpointNotActive, InvalidTransition.
    """
    queries.require_management(actor)
    delivery: WebhookDelivery | None = (
        WebhookDelivery.objects.filter(pk=delivery_id)
        .exclude(endpoint__status=EndpointStatus.REMOVED)
        .locked()
        .first()
    )
    if delivery is None:
        raise NotFound
    if delivery.endpoint.status != EndpointStatus.ACTIVE:
        raise EndpointNotActive
    move(delivery, DeliveryStatus.PENDING, moves=DELIVERY_MOVES, tries=0, next_at=clock.now())
    return delivery


_MISSED = """
INSERT INTO omni_webhook_delivery
       (endpoint_id, event_id, recorded_at, type, status, tries, next_at, last_error)
SELECT %s, e.id, e.recorded_at, e.type, 'pending', 0, %s, ''
  FROM omni_event e
 WHERE e.recorded_at >= %s AND e.recorded_at < %s
   AND EXISTS (SELECT FROM unnest(%s::text[]) AS t(wanted)
                WHERE t.wanted IN ('*', e.type)
                   OR (right(t.wanted, 2) = '.*' AND starts_with(e.type, left(t.wanted, -1))))
   AND NOT EXISTS (SELECT FROM omni_webhook_delivery d
                    WHERE d.endpoint_id = %s AND d.event_id = e.id)
 ORDER BY e.id LIMIT %s
    ON CONFLICT (endpoint_id, event_id) DO NOTHING
"""
_AGAIN = """
UPDATE omni_webhook_delivery SET status = 'pending', tries = 0, next_at = %s
 WHERE id IN (SELECT id FROM omni_webhook_delivery
               WHERE endpoint_id = %s AND status = ANY(%s)
                 AND recorded_at >= %s AND recorded_at < %s
               ORDER BY id LIMIT %s FOR NO KEY UPDATE)
"""


@transaction.atomic
def replay_endpoint(
    *,
    endpoint_id: UUID,
    since: datetime,
    until: datetime | None = None,
    delivered_too: bool = False,
    actor: Actor,
) -> int:
    """Send what an endpoint missed in a period: given-up messages, and events of the time when it
    was disabled; with ``delivered_too`` everything. At most 10,000 at once. Returns how many.

    Raises: NotFound, EndpointNotActive.
    """
    queries.require_management(actor)
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id).locked().first()
    if endpoint is None or endpoint.status == EndpointStatus.REMOVED:
        raise NotFound
    if endpoint.status != EndpointStatus.ACTIVE:
        raise EndpointNotActive
    now = clock.now()
    end = until or now
    again = [DeliveryStatus.FAILED.value]
    if delivered_too:
        again.append(DeliveryStatus.DELIVERED.value)
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, [now, endpoint_id, again, since, end, MOST_REPLAYED])
        count = cursor.rowcount
        room = MOST_REPLAYED - count
        cursor.execute(_MISSED, [endpoint_id, now, since, end, endpoint.types, endpoint_id, room])
        return int(count + cursor.rowcount)


def _endpoints_with_due(now: datetime) -> Any:
    due = WebhookDelivery.objects.filter(
        Q(locked_until=None) | Q(locked_until__lte=now),
        endpoint=OuterRef("pk"),
        status=DeliveryStatus.PENDING,
        next_at__lte=now,
    )
    return (
        WebhookEndpoint.objects.filter(Exists(due), status=EndpointStatus.ACTIVE)
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True)
    )


def _rooms(endpoints: dict[UUID, WebhookEndpoint], now: datetime) -> dict[UUID, int]:
    in_hand = dict(
        WebhookDelivery.objects.filter(endpoint__in=list(endpoints), locked_until__gt=now)
        .values_list("endpoint")
        .annotate(Count("pk"))
    )
    return {
        pk: max(0, (1 if row.failing_since else PER_ENDPOINT) - in_hand.get(pk, 0))
        for pk, row in endpoints.items()
    }


def _valid_secrets(
    endpoints: dict[UUID, WebhookEndpoint], now: datetime
) -> dict[UUID, tuple[str, ...]]:
    found: dict[UUID, tuple[str, ...]] = {}
    valid = WebhookSecret.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), endpoint__in=list(endpoints)
    ).order_by("-pk")
    for endpoint_id, secret in valid.values_list("endpoint", "secret"):
        found[endpoint_id] = (*found.get(endpoint_id, ()), secret)
    return found


def _postpone(
    delivery: WebhookDelivery, result: dict[str, Any], now: datetime, *, final: bool
) -> None:
    if final or delivery.tries > len(SCHEDULE):
        move(delivery, DeliveryStatus.FAILED, moves=DELIVERY_MOVES, **result)
        if not final:
            _report("webhook_given_up", delivery.endpoint, delivery)
        return
    wait = SCHEDULE[delivery.tries - 1]
    # Jitter keeps many messages that failed together from coming together again.
    wait *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    for name, value in {**result, "next_at": now + wait}.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=[*result, "next_at"])


def _note_success(endpoint: WebhookEndpoint) -> None:
    if endpoint.failing_since is not None:
        endpoint.failing_since = None
        endpoint.save(update_fields=["failing_since"])


def _note_failure(endpoint: WebhookEndpoint, now: datetime, *, gone: bool) -> None:
    if endpoint.failing_since is None:
        endpoint.failing_since = now
        endpoint.save(update_fields=["failing_since"])
    failing_for = now - endpoint.failing_since
    if endpoint.status != EndpointStatus.ACTIVE or not (gone or failing_for >= DISABLE_AFTER):
        return
    reason = _("the receiver answered 410 Gone") if gone else _("it failed for three days")
    move(endpoint, EndpointStatus.DISABLED, moves=ENDPOINT_MOVES, disabled_reason=reason)
    _report("webhook_disabled", endpoint)


def _report(kind: str, endpoint: WebhookEndpoint, delivery: WebhookDelivery | None = None) -> None:
    if kind == "webhook_disabled":
        text = _("The webhook endpoint %(url)s was disabled: %(reason)s")
    else:
        text = _("A message to the webhook endpoint %(url)s was given up")
    work.open_incident(
        kind=kind,
        subject_kind="webhook_endpoint",
        subject_id=endpoint.pk,
        summary=text % {"url": endpoint.url[:150], "reason": endpoint.disabled_reason},
        details={"delivery_id": delivery.pk, "type": delivery.type} if delivery else {},
        actor=SYSTEM,
    )
