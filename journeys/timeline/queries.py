"""Reading a timeline: one page of touchpoints of one customer, newest first.

A timeline has several sources: the customer's own rows and those of each device that was linked to
them. Each source is read by its own index in order and the top rows are merged (LATERAL, never
``IN``), so that a page costs the same for 100 and for 100,000 rows, at the start and far behind.

Interactions are stored by month. Which months hold anything of this customer (of the wanted kinds)
is looked up first, and they are read from the newest on until the page is full: two at first, then
as many as those promise to fill it. So a page costs the same whether the merchant keeps one year or
ten.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection

from inventory.channels.models import Channel
from inventory.locations.models import Location
from journeys.timeline.kinds import CAPTURE_KINDS
from omni.access.models import User
from omni.core.partitions import month_after
from omni.events.phrases import say
from omni.rest.pagination import InvalidCursor, Page, cut, decode

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
FIRST_MONTHS = 2
SMALL_GAP = timedelta(days=62)
ANY_KIND = ""
_SELECTED = ", ".join(f"t.{name}" for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """What to show: kinds and channels (none: all), and a period ``[from_at, until_at)``."""

    kinds: Sequence[str] = ()
    channel_ids: Sequence[UUID] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Months to read at once, newest first, and whose rows are in them.

    ``visits`` are the devices that have anonymous rows in one of the months, with its bounds.
    """

    months: Sequence[tuple[datetime, datetime]]
    is_own: bool
    visits: Sequence[tuple[UUID, datetime, datetime]]


# Whose rows (a customer or a device), in which month, until when they are this customer's.
SubjectMonth = tuple[UUID, date, datetime | None]


def timeline_page(
    *,
    customer_id: UUID,
    wanted: TimelineFilter = TimelineFilter(),
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Rows (dicts of COLUMNS) newest first, and the next cursor. Raises: InvalidCursor."""
    after = _position(cursor) if cursor else None
    rows: list[dict[str, Any]] = []
    with connection.cursor() as database:
        months = _months(database, customer_id, wanted, after)
        read, size = 0, FIRST_MONTHS
        while read < len(months) and len(rows) <= limit:
            span = _span(customer_id, months[read : read + size])
            missing = limit + 1 - len(rows)
            database.execute(*_statement(customer_id, wanted, after, span, limit=missing))
            rows += [dict(zip(COLUMNS, row, strict=True)) for row in database.fetchall()]
            read += size
            size = _months_to_fill(limit + 1, read=read, found=len(rows))
    for row in rows:
        row["data"] = json.loads(row["data"])
    return cut(rows, names=["occurred_at", "id"], limit=limit)


def _position(cursor: str) -> tuple[datetime, int]:
    moment, key = decode(cursor, length=2)
    if not isinstance(moment, datetime) or type(key) is not int:
        raise InvalidCursor
    return moment, key


def _months_to_fill(wanted: int, *, read: int, found: int) -> int:
    """How many months to read next, by what the months so far gave, with some to spare."""
    if not found:
        return read * 4
    return max(FIRST_MONTHS, math.ceil(1.2 * read * (wanted - found) / found))


def _months(
    database: Any, customer_id: UUID, wanted: TimelineFilter, after: tuple[datetime, int] | None
) -> list[list[SubjectMonth]]:
    """The months that may hold rows of the page, newest first: for each, whose rows."""
    parameters: dict[str, Any] = {
        "customer": customer_id,
        "kinds": list(wanted.kinds) or [ANY_KIND],
    }
    where = ""
    for name, moment, bound in (
        ("from_at", wanted.from_at, ">= date_trunc('month', {0}"),
        ("until_at", wanted.until_at, "<= date_trunc('month', ({0} - interval '1 microsecond')"),
        ("last_at", after and after[0], "<= date_trunc('month', {0}"),
    ):
        if moment:
            parameters[name] = moment
            where += f" AND month {bound.format(f'%({name})s')} AT TIME ZONE 'UTC')::date"
    database.execute(_MONTHS.format(where=where), parameters)
    return [list(rows) for _month, rows in groupby(database.fetchall(), itemgetter(1))]


_MONTHS = """
SELECT DISTINCT m.subject_id, m.month, s.until_at
FROM (SELECT %(customer)s::uuid AS id, NULL::timestamptz AS until_at
    UNION ALL
    SELECT visitor_id, until_at FROM journeys_visitorlink WHERE customer_id = %(customer)s) s
JOIN journeys_timelinemonth m ON m.subject_id = s.id
WHERE m.kind = ANY(%(kinds)s){where}
  AND (s.until_at IS NULL OR m.month <= (s.until_at AT TIME ZONE 'UTC')::date)
ORDER BY m.month DESC
"""


def _span(customer_id: UUID, by_month: Sequence[Sequence[SubjectMonth]]) -> Span:
    rows = [
        (subject, *_bounds(month, until)) for months in by_month for subject, month, until in months
    ]
    return Span(
        months=[_bounds(months[0][1]) for months in by_month],
        is_own=any(row[0] == customer_id for row in rows),
        visits=[row for row in rows if row[0] != customer_id],
    )


def _bounds(month: date, until: datetime | None = None) -> tuple[datetime, datetime]:
    start = datetime(month.year, month.month, 1, tzinfo=UTC)
    end = month_after(start)
    return start, min(end, until) if until else end


def _statement(
    customer_id: UUID,
    wanted: TimelineFilter,
    after: tuple[datetime, int] | None,
    span: Span,
    *,
    limit: int,
) -> tuple[str, dict[str, Any]]:
    """The newest rows of a span behind the position."""
    parameters: dict[str, Any] = {"customer": customer_id, "limit": limit}
    order = "ORDER BY t.occurred_at DESC, t.id DESC LIMIT %(limit)s"
    sources = []
    if span.is_own:
        where = _conditions(wanted, after, span.months, "own", parameters)
        sources.append(_source("t.customer_id = %(customer)s", where, order, wanted, parameters))
    if span.visits:
        months = sorted({(start, end) for _visitor, start, end in span.visits}, reverse=True)
        where = _conditions(wanted, after, months, "visited", parameters)
        sources.append(_visits(where, order, wanted, span, parameters))
    union = " UNION ALL ".join(f"({source})" for source in sources)
    return f"SELECT * FROM ({union}) t {order}", parameters  # noqa: S608


def _visits(
    where: str, order: str, wanted: TimelineFilter, span: Span, parameters: dict[str, Any]
) -> str:
    """The anonymous rows of the linked devices, each only in the months where it has some."""
    columns = zip(*span.visits, strict=True)
    for name, column in zip(("visitors", "starts", "ends"), columns, strict=True):
        parameters[name] = list(column)
    return (
        f"SELECT s.* FROM unnest(%(visitors)s::uuid[], %(starts)s::timestamptz[],"  # noqa: S608
        f" %(ends)s::timestamptz[]) AS v(id, from_at, until_at) CROSS JOIN LATERAL ("
        f"SELECT {_SELECTED} FROM journeys_interaction t"
        f" WHERE t.visitor_id = v.id AND t.customer_id IS NULL"
        f" AND t.occurred_at >= v.from_at AND t.occurred_at < v.until_at{where}"
        f"{_listed(wanted)} {order}) s"
    )


def _source(
    whose: str, where: str, order: str, wanted: TimelineFilter, parameters: dict[str, Any]
) -> str:
    """The customer's own rows. Each wanted kind, or else channel, is read by its own index."""
    select = f"SELECT {_SELECTED} FROM journeys_interaction t WHERE {whose}"  # noqa: S608
    values: list[Any]
    if wanted.kinds:
        column, key, values = "kind", "text", list(wanted.kinds)
        where += _channels(wanted)
    elif wanted.channel_ids:
        column, key, values = "channel_id", "uuid", list(wanted.channel_ids)
    else:
        return f"{select}{where} {order}"
    parameters["keys"] = values[0] if len(values) == 1 else values
    if len(values) == 1:  # planned in half the time of a list of one
        return f"{select} AND t.{column} = %(keys)s::{key}{where} {order}"
    return (
        f"SELECT s.* FROM unnest(%(keys)s::{key}[]) AS k(key) CROSS JOIN LATERAL ("  # noqa: S608
        f"{select} AND t.{column} = k.key{where} {order}) s"
    )


def _listed(wanted: TimelineFilter) -> str:
    """The filters where no index has them: anonymous visits are few."""
    kinds = " AND t.kind = ANY(%(kinds)s)" if wanted.kinds else ""
    return kinds + _channels(wanted)


def _channels(wanted: TimelineFilter) -> str:
    return " AND t.channel_id = ANY(%(channels)s)" if wanted.channel_ids else ""


def _conditions(
    wanted: TimelineFilter,
    after: tuple[datetime, int] | None,
    months: Sequence[tuple[datetime, datetime]],
    name: str,
    parameters: dict[str, Any],
) -> str:
    """Months, period and position. Bounds on occurred_at alone are what leaves out whole months."""
    ranges = []
    for number, (start, end) in enumerate(_joined(months)):
        since, before = f"{name}_since{number}", f"{name}_before{number}"
        parameters[since], parameters[before] = start, end
        ranges.append(f"t.occurred_at >= %({since})s AND t.occurred_at < %({before})s")
    where = f" AND ({' OR '.join(ranges)})"
    for bound, moment, side in (
        ("from_at", wanted.from_at, ">="),
        ("until_at", wanted.until_at, "<"),
    ):
        if moment:
            parameters[bound] = moment
            where += f" AND t.occurred_at {side} %({bound})s"
    if wanted.kinds:
        parameters["kinds"] = list(wanted.kinds)
    if wanted.channel_ids:
        parameters["channels"] = list(wanted.channel_ids)
    if after:
        parameters["last_at"], parameters["last_id"] = after
        where += (
            " AND t.occurred_at <= %(last_at)s"
            " AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)"
        )
    return where


def _joined(months: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Stretches of time that hold the months, newest first.

    A gap of two months is read along: each further stretch makes the statement dearer to plan.
    """
    joined: list[tuple[datetime, datetime]] = []
    for start, end in months:
        if joined and joined[-1][0] - end <= SMALL_GAP:
            joined[-1] = (start, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def told(rows: Sequence[dict[str, Any]], *, to_staff: bool) -> list[dict[str, Any]]:
    """The rows as the API and the console show them: with names and a line in plain words.

    What staff noted for each other is told to the customer as what it was, without their words.
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
            "text": say(row["kind"], row["data"]) if to_staff else _told_to_customer(row),
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


def _told_to_customer(row: dict[str, Any]) -> str:
    kind = CAPTURE_KINDS.get(row["kind"])
    if kind is not None and not kind.by_storefront:
        return str(kind.label)
    return say(row["kind"], row["data"])


def _names(model: Any, field: str, ids: set[UUID | None]) -> dict[UUID, dict[str, Any]]:
    wanted = ids - {None}
    if not wanted:
        return {}
    found = model.objects.filter(id__in=wanted).values_list("id", field)
    return {key: {"id": key, "name": name} for key, name in found}
