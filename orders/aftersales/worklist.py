"""What a store has to do about returns, by what comes next. The worklist of its staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from omni.access.actor import Actor
from omni.core import clock
from omni.core.together import counted
from orders.aftersales.models import LogisticsState, MoneyState, ReturnCase
from orders.aftersales.queries import concerns, return_cases_visible_to

_L = LogisticsState
LATELY = timedelta(days=14)
DECIDE, COMING, INSPECT, SEND, MONEY, DONE = (
    "decide",
    "coming",
    "inspect",
    "send",
    "money",
    "done",
)
_STATUSES: Mapping[str, list[LogisticsState]] = {
    DECIDE: [_L.REQUESTED],
    COMING: [_L.AUTHORISED, _L.IN_TRANSIT],
    INSPECT: [_L.PARTLY_RECEIVED, _L.RECEIVED],
    SEND: [_L.REFUSED],
}
TO_DO = (DECIDE, INSPECT, SEND)
OPEN_MONEY = [MoneyState.DUE, MoneyState.PARTLY_SETTLED, MoneyState.FAILED]


def to_do() -> Q:
    """Cases that wait for somebody of ours."""
    return Q(status__in=[state for name in TO_DO for state in _STATUSES[name]])


def _parts(now: datetime) -> dict[str, Q]:
    parts = {name: Q(status__in=statuses) for name, statuses in _STATUSES.items()}
    parts[MONEY] = Q(money_status__in=OPEN_MONEY)
    parts[DONE] = Q(closed_at__gt=now - LATELY) | Q(status=_L.LOST)
    return parts


def returns_at(actor: Actor, location_id: UUID, *, part: str = "") -> QuerySet[ReturnCase]:
    """Cases whose goods came here, or of orders that were sold or handed over here."""
    rows = return_cases_visible_to(actor).filter(concerns([location_id]))
    return rows.filter(_parts(clock.now())[part]) if part else rows


def counts_at(actor: Actor, location_id: UUID) -> dict[str, int]:
    """How many wait in each part. One query."""
    parts = {name: Count("pk", filter=rule) for name, rule in _parts(clock.now()).items()}
    counts = returns_at(actor, location_id).aggregate(**parts)
    return {name: int(count) for name, count in counts.items()}


def rail_counts(location_id: UUID, *, now: datetime) -> QuerySet[ReturnCase, dict[str, int]]:
    """How many of a store's returns wait for its people, and of its refunds: one row."""
    parts = _parts(now)
    return counted(
        ReturnCase.objects.filter(concerns([location_id])),
        **{name: Count("pk", filter=parts[name]) for name in (*TO_DO, MONEY)},
    )
