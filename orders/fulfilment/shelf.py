"""What lies on the shelves of a store for customers, what has to go back, and what is late.

Decided here: once work is over (not collected, refused, cancelled) all that was picked and not
given goes back; while it goes on only what was taken off after picking does. One statement a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound

WAITING, TO_PUT_BACK, LATE = "waiting", "put_back", "late"
LABELS = {
    WAITING: _("Waiting for its customer"),
    TO_PUT_BACK: _("To be put back"),
    LATE: _("Not ready in time"),
}

_UNITS = """
SELECT f.id, f.order_id, o.number, o.contact_name, f.status, coalesce(p.shelf, '') AS shelf,
       coalesce(p.ready_at, f.accepted_at, f.created_at) AS since, p.window_ends_at, f.due_at,
       u.waiting, u.back
FROM orders_fulfilmentorder f
JOIN orders_order o ON o.id = f.order_id
LEFT JOIN orders_pickup p ON p.fulfilment_order_id = f.id
CROSS JOIN LATERAL (
    SELECT sum(picked - handed_over - back)::int AS waiting, sum(back)::int AS back
    FROM (SELECT l.picked, l.handed_over,
                 CASE WHEN f.status IN ('no_show', 'refused_at_counter', 'cancelled')
                      THEN greatest(0, l.picked - l.handed_over)
                      ELSE greatest(0, l.picked - (l.quantity - l.short - l.cancelled)) END AS back
          FROM orders_fulfilmentline l WHERE l.fulfilment_order_id = f.id) x) u
WHERE f.location_id = %(location)s
"""
_SHELF = f"""
SELECT w.* FROM (
    {_UNITS} AND f.method = 'pickup'
      AND f.status IN ('picking', 'waiting_transfer', 'ready', 'partly_handed_over', 'no_show',
                       'refused_at_counter', 'cancelled')) w
WHERE w.back > 0 OR (w.status IN ('ready', 'partly_handed_over') AND w.waiting > 0)
ORDER BY w.shelf, w.since, w.id
"""  # noqa: S608
_LEFT = f"""
SELECT w.* FROM (
    {_UNITS} AND f.method <> 'carry_out'
      AND (f.status IN ('no_show', 'refused_at_counter', 'cancelled')
           OR (f.status IN ('new', 'accepted', 'picking', 'waiting_transfer', 'packed')
               AND f.due_at < %(now)s)
           OR (f.status IN ('picking', 'ready', 'partly_handed_over')))) w
WHERE w.back > 0 OR (w.due_at < %(now)s
                     AND w.status IN ('new', 'accepted', 'picking', 'waiting_transfer', 'packed'))
ORDER BY w.due_at NULLS LAST, w.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """Units of one order at one place. ``what`` is waiting, put_back or late.

    ``since`` is when they came to lie there (made ready), ``until`` the end of the window, or of a
    late one the promise.
    """

    what: str
    fulfilment_order_id: UUID
    order_id: UUID
    order_number: str
    customer_name: str
    status: str
    shelf: str
    units: int
    since: datetime
    until: datetime | None
    minutes: int

    @property
    def label(self) -> str:
        return str(LABELS[self.what])

    def as_json(self) -> dict[str, Any]:
        """As a closed store day keeps it: no names."""
        return {
            "what": self.what,
            "fulfilment_order_id": str(self.fulfilment_order_id),
            "order_number": self.order_number,
            "shelf": self.shelf,
            "units": self.units,
        }


def shelf_of(actor: Actor, location_id: UUID) -> list[ShelfRow]:
    """What waits for customers and what has to be put back, by shelf, oldest first.

    One statement beside the clock. Raises: NotFound (no such place for the actor).
    """
    if not actor.may(Permission.FULFILMENT_VIEW, location_id=location_id):
        raise NotFound
    now = clock.now()
    rows = []
    for row in _fetch(_SHELF, location_id, now):
        *_key, status, _shelf, _since, _until, _due, waiting, back = row
        if waiting > 0 and status in ("ready", "partly_handed_over"):
            rows.append(_row(row, WAITING, waiting, now))
        if back > 0:
            rows.append(_row(row, TO_PUT_BACK, back, now))
    return rows


def left_for_tomorrow(location_id: UUID, *, now: datetime) -> list[ShelfRow]:
    """Work that is late, and goods to be put back, when a store's day ends. One statement."""
    return [
        _row(row, TO_PUT_BACK, row[-1], now) if row[-1] > 0 else _row(row, LATE, row[-2], now)
        for row in _fetch(_LEFT, location_id, now)
    ]


def _fetch(statement: str, location_id: UUID, now: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"location": location_id, "now": now})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _row(row: tuple[Any, ...], what: str, units: int, now: datetime) -> ShelfRow:
    key, order_id, number, name, status, shelf, since, until, due, _waiting, _back = row
    began = due if what == LATE and due else since
    return ShelfRow(
        what=what,
        fulfilment_order_id=key,
        order_id=order_id,
        order_number=number,
        customer_name=name,
        status=status,
        shelf=shelf,
        units=units,
        since=since,
        until=due if what == LATE else until,
        minutes=max(0, int((now - began).total_seconds() // 60)),
    )
