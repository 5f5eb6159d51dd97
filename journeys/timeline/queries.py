"""Reading a timeline: one page of touchpoints of one customer, newest first.

A timeline has several sources: the customer's own rows and those of each device that was linked to
them. Each source is read by its own index in order and the top rows are merged (LATERAL, never
``IN``), so that a page costs the same for 100 and for 100,000 rows, at the start and far behind.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.access.models import User
from omni.events.phrases import say
from omni.rest.pagination import Page, cut, decode

COLUMNS = (
    "id",
    "kind",
    "occurred_at",
    "customer_id",
    "visitor_id",
    "channel_id",
    "location_id",
    "staff_id",
    "device",
    "subject_kind",
    "subject_id",
    "data",
)
_SELECTED = ", ".join(f"t.{name}" for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """What to show: kinds and channels (none: all), and a period ``[from_at, until_at)``."""

    kinds: Sequence[str] = ()
    channel_ids: Sequence[UUID] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None


def timeline_page(
    *,
    customer_id: UUID,
    wanted: TimelineFilter = TimelineFilter(),
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Rows (dicts of COLUMNS) newest first, and the next cursor. Raises: InvalidCursor."""
    sql, parameters = timeline_sql(
        customer_id=customer_id, wanted=wanted, cursor=cursor, limit=limit
    )
    with connection.cursor() as database:
        database.execute(sql, parameters)
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in database.fetchall()]
    for row in rows:
        row["data"] = json.loads(row["data"])
    return cut(rows, names=["occurred_at", "id"], limit=limit)


def timeline_sql(
    *,
    customer_id: UUID,
    wanted: TimelineFilter,
    cursor: str | None,
    limit: int,
) -> tuple[str, dict[str, Any]]:
    """The statement of a page, so that its plan can be looked at."""
    parameters: dict[str, Any] = {"customer": customer_id, "limit": limit + 1}
    where = _conditions(wanted, cursor, parameters)
    order = "ORDER BY t.occurred_at DESC, t.id DESC LIMIT %(limit)s"
    own = _source("t.customer_id = %(customer)s", where, order, wanted, parameters)
    visits = (
        f"SELECT s.* FROM journeys_visitorlink v CROSS JOIN LATERAL ("  # noqa: S608
        f"SELECT {_SELECTED} FROM journeys_interaction t"
        f" WHERE t.visitor_id = v.visitor_id AND t.customer_id IS NULL{where}"
        f"{_listed(wanted)} {order}) s"
        " WHERE v.customer_id = %(customer)s"
    )
    statement = f"SELECT * FROM (({own}) UNION ALL ({visits})) t {order}"  # noqa: S608
    return statement, parameters


def _source(
    whose: str, where: str, order: str, wanted: TimelineFilter, parameters: dict[str, Any]
) -> str:
    """The customer's own rows. Each wanted kind, or else channel, is read by its own index."""
    if wanted.kinds:
        parameters["kinds"] = list(wanted.kinds)
        channels = _channels(wanted)
        each, key = "unnest(%(kinds)s::text[])", f" AND t.kind = k.key{channels}"
    elif wanted.channel_ids:
        each, key = "unnest(%(channels)s::uuid[])", " AND t.channel_id = k.key"
    else:
        return f"SELECT {_SELECTED} FROM journeys_interaction t WHERE {whose}{where} {order}"  # noqa: S608
    return (
        f"SELECT s.* FROM {each} AS k(key) CROSS JOIN LATERAL ("  # noqa: S608
        f"SELECT {_SELECTED} FROM journeys_interaction t WHERE {whose}{key}{where} {order}) s"
    )


def _listed(wanted: TimelineFilter) -> str:
    """The filters where no index has them: anonymous visits are few."""
    kinds = " AND t.kind = ANY(%(kinds)s)" if wanted.kinds else ""
    return kinds + _channels(wanted)


def _channels(wanted: TimelineFilter) -> str:
    return " AND t.channel_id = ANY(%(channels)s)" if wanted.channel_ids else ""


def _conditions(wanted: TimelineFilter, cursor: str | None, parameters: dict[str, Any]) -> str:
    """Period and cursor. The bound on occurred_at alone is what leaves out whole months."""
    where = ""
    if wanted.channel_ids:
        parameters["channels"] = list(wanted.channel_ids)
    if wanted.from_at:
        parameters["from_at"] = wanted.from_at
        where += " AND t.occurred_at >= %(from_at)s"
    if wanted.until_at:
        parameters["until_at"] = wanted.until_at
        where += " AND t.occurred_at < %(until_at)s"
    if cursor:
        parameters["last_at"], parameters["last_id"] = decode(cursor, length=2)
        where += (
            " AND t.occurred_at <= %(last_at)s"
            " AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)"
        )
    return where


def told(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as the API and the console show them: with names and a line in plain words.

    Three queries for any number of rows (channels, locations, staff).
    """
    channels = _names(Channel, "name", {row["channel_id"] for row in rows})
    locations = _names(Location, "name", {row["location_id"] for row in rows})
    staff = _names(User, "display_name", {row["staff_id"] for row in rows})
    return [
        {
            "id": str(row["id"]),
            "kind": row["kind"],
            "occurred_at": row["occurred_at"],
            "text": say(row["kind"], row["data"]),
            "channel": channels.get(row["channel_id"]),
            "location": locations.get(row["location_id"]),
            "staff": staff.get(row["staff_id"]),
            "device": row["device"],
            "is_anonymous": row["customer_id"] is None,
            "subject": (
                {"kind": row["subject_kind"], "id": row["subject_id"]}
                if row["subject_id"]
                else None
            ),
        }
        for row in rows
    ]


def _names(model: Any, field: str, ids: set[UUID | None]) -> dict[UUID, dict[str, Any]]:
    wanted = ids - {None}
    if not wanted:
        return {}
    found = model.objects.filter(id__in=wanted).values_list("id", field)
    return {key: {"id": key, "name": name} for key, name in found}
