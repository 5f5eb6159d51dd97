"""How touchpoints come onto the timeline: projected from events, or captured directly.

Rows are only ever inserted. A projection is exactly once by (event_id, occurred_at), a capture by
(capture_key, occurred_at): the same key sent again at the same moment changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from customers.profiles.models import Customer
from inventory.locations.models import Location
from journeys.timeline.kinds import CAPTURE_KINDS
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import Invalid, NotAllowed, NotFound
from omni.core.partitions import ensure_months
from omni.events.subscriptions import RecordedEvent

TABLE = "journeys_interaction"
OLDEST = timedelta(days=3650)
AHEAD = timedelta(minutes=5)
MAX_BATCH = 100
_IS_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class UnknownKind(Invalid):
    code = "interaction_kind_unknown"
    message = _(
        "Interactions of this kind cannot be captured. Send one of those that the schema lists."
    )


class BadFacts(Invalid):
    code = "interaction_facts_invalid"
    message = _(
        "The facts do not fit the kind of the interaction. Send those that the schema lists."
    )


class BadMoment(Invalid):
    code = "interaction_moment_invalid"
    message = _(
        "The moment lies in the future or more than ten years ago. Leave `occurred_at` out for now."
    )


class NobodyNamed(Invalid):
    code = "interaction_without_subject"
    message = _(
        "Nobody is named to whom this happened. Name a visitor, or sign in, or (as staff) name "
        "a customer."
    )


@dataclass(frozen=True, slots=True)
class Capture:
    """A touchpoint as reported. ``key`` is made by the sender, once per touchpoint."""

    kind: str
    key: str
    occurred_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    visitor_id: UUID | None = None
    customer_id: UUID | None = None
    location_id: UUID | None = None


def capture_interactions(*, captures: Sequence[Capture], actor: Actor) -> int:
    """Put touchpoints that no event tells of onto the timeline; the number of new ones.

    All or none. Storefronts capture for their visitor or the customer who is signed in; staff for
    any customer at a location of theirs. A repeat (same key, same moment) is counted as not new. A
    visitor who comes along with a signed-in customer is linked to them.

    Raises: UnknownKind, BadFacts, BadMoment, NobodyNamed, NotAllowed, NotFound.
    """
    with transaction.atomic():
        moment = clock.now()
        rows = [_row(capture, actor=actor, now=moment) for capture in captures]
        _check_customers({row[2] for row in rows}, actor=actor)
        _check_locations({row[5] for row in rows if row[5]})
        for visitor_id in {row[3] for row in rows if row[3]}:
            if actor.customer_id:
                _link(visitor_id, actor.customer_id, moment)
        return _insert(rows)


def link_visitor(*, visitor_id: UUID, customer_id: UUID) -> bool:
    """Join a device's anonymous history to a customer; False when it belongs to one already."""
    with transaction.atomic():
        return _link(visitor_id, customer_id, clock.now())


def project_events(batch: Sequence[RecordedEvent], *, table: str = TABLE) -> None:
    """Write the interactions of events that concern a customer or a visitor: one statement a batch.

    The rows are made from the log itself, so that no payload travels to the application and back.
    Repeatable: an event is on the timeline once.
    """
    concerned = [event for event in batch if event.customer_id or _visitor_of(event)]
    if not concerned:
        return
    ensure_months(table, [event.occurred_at for event in concerned])
    _note_months(
        [
            (event.customer_id or _visitor_of(event), event.occurred_at, event.type)
            for event in concerned
        ]
    )
    recorded = [event.recorded_at for event in concerned]
    with connection.cursor() as cursor:
        cursor.execute(
            _PROJECT.format(table=table),
            {
                "ids": [event.id for event in concerned],
                "visitors": [_visitor_of(event) for event in concerned],
                "from": min(recorded),
                "until": max(recorded),
            },
        )
    _link_visitors_of(concerned)


# Facts that have a column of their own, and ids that the columns repeat, are left out of ``data``.
_PROJECT = """
INSERT INTO {table} (kind, occurred_at, customer_id, visitor_id, channel_id, location_id, staff_id,
                     device, subject_kind, subject_id, data, event_id, capture_key)
SELECT e.type, e.occurred_at, e.customer_id, v.id,
       (e.payload->>'channel_id')::uuid, (e.payload->>'location_id')::uuid,
       CASE WHEN e.principal LIKE 'staff:%%' THEN substr(e.principal, 7)::uuid END,
       coalesce(left(e.payload->>'device', 80), ''), e.aggregatetype, e.aggregateid,
       jsonb_strip_nulls(e.payload - ARRAY['customer_id', 'visitor_id', 'channel_id',
                                           'location_id', 'device']),
       e.id, ''
FROM omni_event e
JOIN unnest(%(ids)s::bigint[], %(visitors)s::uuid[]) AS v(event_id, id) ON v.event_id = e.id
WHERE e.id = ANY(%(ids)s) AND e.recorded_at BETWEEN %(from)s AND %(until)s
ORDER BY e.id
ON CONFLICT DO NOTHING
"""


def _link_visitors_of(events: Sequence[RecordedEvent]) -> None:
    for event in events:
        visitor_id = _visitor_of(event)
        if visitor_id and event.customer_id:
            _link(visitor_id, event.customer_id, event.occurred_at)


def _visitor_of(event: RecordedEvent) -> UUID | None:
    """The visitor's device, where the event names one by the id that storefronts give it."""
    device = event.payload.get("visitor_id") or event.payload.get("device")
    return UUID(device) if device and _IS_UUID.fullmatch(device) else None


def _link(visitor_id: UUID, customer_id: UUID, moment: datetime) -> bool:
    """Whether the device is new. Another customer on a known one ends what the first one gets."""
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [visitor_id, customer_id, moment])
        row = cursor.fetchone()
    return row is not None and row[0] is None


_LINK = """
INSERT INTO journeys_visitorlink AS l (visitor_id, customer_id, linked_at) VALUES (%s, %s, %s)
ON CONFLICT (visitor_id) DO UPDATE SET until_at = greatest(excluded.linked_at, l.linked_at)
WHERE l.customer_id <> excluded.customer_id
  AND (l.until_at IS NULL OR l.until_at > greatest(excluded.linked_at, l.linked_at))
RETURNING until_at
"""


def _row(capture: Capture, *, actor: Actor, now: datetime) -> tuple[Any, ...]:
    kind = CAPTURE_KINDS.get(capture.kind)
    if kind is None:
        raise UnknownKind(kind=capture.kind, known=sorted(CAPTURE_KINDS))
    faults = kind.faults(capture.facts)
    if faults:
        raise BadFacts(errors=faults)
    occurred_at = capture.occurred_at or now
    if not now - OLDEST <= occurred_at <= now + AHEAD:
        raise BadMoment(occurred_at=occurred_at.isoformat())
    customer_id = _customer_of(capture, actor=actor, by_storefront=kind.by_storefront)
    return (
        capture.kind,
        occurred_at,
        customer_id,
        capture.visitor_id,
        actor.channel_id,
        capture.location_id,
        actor.user_id if actor.kind == "staff" else None,
        actor.device[:80],
        Jsonb(capture.facts),
        f"{actor.principal}:{capture.key}"[:160],
    )


def _customer_of(capture: Capture, *, actor: Actor, by_storefront: bool) -> UUID | None:
    """Whose timeline it is. A storefront cannot name a customer: an id is never a credential."""
    if actor.kind in ("anonymous", "customer"):
        if not by_storefront or capture.customer_id or capture.location_id:
            raise NotAllowed
        if actor.customer_id is None and capture.visitor_id is None:
            raise NobodyNamed
        return actor.customer_id
    actor.require(Permission.JOURNEYS_CAPTURE, location_id=capture.location_id)
    if capture.customer_id is None and capture.visitor_id is None:
        raise NobodyNamed
    return capture.customer_id


def _check_customers(ids: set[UUID | None], *, actor: Actor) -> None:
    named = {i for i in ids if i is not None and i != actor.customer_id}
    if named and Customer.objects.filter(id__in=named).count() != len(named):
        raise NotFound


def _check_locations(ids: set[UUID]) -> None:
    if ids and Location.objects.filter(id__in=ids).count() != len(ids):
        raise NotFound


def _insert(rows: Sequence[tuple[Any, ...]]) -> int:
    if not rows:
        return 0
    ensure_months(TABLE, [row[1] for row in rows])
    _note_months([(row[2] or row[3], row[1], row[0]) for row in rows])
    values = ", ".join(["(" + ", ".join(["%s"] * len(rows[0])) + ")"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (kind, occurred_at, customer_id, visitor_id, channel_id,"  # noqa: S608
            f" location_id, staff_id, device, data, capture_key) VALUES {values}"
            " ON CONFLICT DO NOTHING",
            [value for row in rows for value in row],
        )
        return cursor.rowcount


def _note_months(touched: Sequence[tuple[UUID | None, datetime, str]]) -> None:
    """Note whose timeline has rows of which kind in which months, where it is not known yet.

    In the order of the key, so that two writers never wait in a circle.
    """
    subjects, moments, kinds = (list(column) for column in zip(*touched, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journeys_timelinemonth (subject_id, kind, month)"
            " SELECT DISTINCT u.id, k.kind, date_trunc('month', u.at AT TIME ZONE 'UTC')::date"
            " FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[]) AS u(id, at, kind)"
            " CROSS JOIN LATERAL (VALUES (u.kind), ('')) AS k(kind)"
            " ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING",
            [subjects, moments, kinds],
        )
