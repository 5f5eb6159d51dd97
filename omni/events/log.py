"""Reading the log in the order in which it may be read.

``(xid, id)`` with ``xid`` below every running transaction: a row seen in this order can have no
unseen row before it. By id alone, a reader would skip rows of transactions that began earlier and
committed later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from omni.events.subscriptions import RecordedEvent

_COLUMNS = (
    # Renamed, for ORDER BY prefers the names of the output, and text sorts 1000 before 999.
    "id, xid::text AS xid_text, type, occurred_at, recorded_at, aggregatetype, aggregateid,"
    " customer_id, principal, request_id"
)
_WANTED = "CASE WHEN %s::text[] IS NULL OR type = ANY(%s::text[]) THEN payload END"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the log: everything up to and including this pair is behind."""

    xid: int
    id: int


START = Position(0, 0)


def read(
    *,
    after: Position,
    types: Iterable[str] | None,
    limit: int,
    settled_only: bool = True,
    up_to: Position | None = None,
) -> list[RecordedEvent]:
    """The next events after a position. Those of other types come without their payload.

    ``settled_only`` keeps to rows that no running transaction can precede any more.
    """
    wanted = None if types is None else sorted(types)
    bounds = ""
    values: list[Any] = []
    if settled_only:
        bounds += " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
    if up_to is not None:
        bounds += " AND (xid, id) <= (%s::xid8, %s)"
        values = [str(up_to.xid), up_to.id]
    statement = (
        f"SELECT {_COLUMNS}, {_WANTED} FROM omni_event"  # noqa: S608
        f" WHERE (xid, id) > (%s::xid8, %s){bounds} ORDER BY omni_event.xid, omni_event.id LIMIT %s"
    )
    parameters: list[Any] = [wanted, wanted, str(after.xid), after.id, *values, limit]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_recorded(row) for row in cursor.fetchall()]


def load(ids: Sequence[tuple[int, Any]]) -> list[RecordedEvent]:
    """Events by (id, recorded_at), in order of id. Ones that are gone are left out."""
    if not ids:
        return []
    pairs = ", ".join(["(%s, %s::timestamptz)"] * len(ids))
    statement = (
        f"SELECT {_COLUMNS}, payload FROM omni_event"  # noqa: S608
        f" WHERE (id, recorded_at) IN ({pairs}) ORDER BY id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for pair in ids for value in pair])
        return [_recorded(row) for row in cursor.fetchall()]


def _recorded(row: Sequence[Any]) -> RecordedEvent:
    *columns, facts = row
    (id_, xid, type_, occurred, recorded, subject, subject_id, customer, by, request) = columns
    return RecordedEvent(
        id=id_,
        xid=int(xid),
        type=type_,
        occurred_at=occurred,
        recorded_at=recorded,
        aggregatetype=subject,
        aggregateid=subject_id,
        customer_id=customer,
        principal=by,
        request_id=request,
        payload=json.loads(facts) if facts is not None else {},
    )
