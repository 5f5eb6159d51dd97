"""After a restore into a new cluster: its transaction ids begin low again.

Rows of the log then bear ids of the old cluster, which the new one reaches only after years: new
events would sort before them and never be read. So the old ids are taken out of the way, and each
subscription begins at its first event that was not handled. What lies behind that may be handled
again, which every handler must bear.
"""

from __future__ import annotations

from django.db import connection, transaction

from omni.events import positions
from omni.events.log import Position
from omni.events.subscriptions import subscriptions

# Handled by everybody: sorts before all. Not handled by somebody: in order of their ids, under the
# transaction that rebases, which comes before every later one.
_FIRST_UNHANDLED = """
SELECT min(id) FROM omni_event WHERE (xid, id) > (%s::xid8, %s)
"""
_RENUMBER = """
UPDATE omni_event SET xid = CASE WHEN id < %s THEN '1'::xid8 ELSE pg_current_xact_id() END
 WHERE xid >= pg_current_xact_id() OR id >= %s
"""


@transaction.atomic
def rebase() -> dict[str, int]:
    """Give the log ids of this cluster and reset the positions, while nothing else runs.

    Returns for each subscription the id of its first event that will be handled.
    """
    names = [each.name for each in subscriptions()]
    for name in names:
        positions.wait_for_lock(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM omni_event")
        end: int = cursor.fetchone()[0]
        firsts = {name: _first_unhandled(name) or end for name in names}
        earliest = min(firsts.values(), default=end)
        cursor.execute(_RENUMBER, [earliest, earliest])
        cursor.execute("SELECT pg_current_xact_id()::text")
        xid = int(cursor.fetchone()[0])
    for name, first in firsts.items():
        # Behind the first unhandled one, under the xid that all unhandled rows have now.
        positions.advance(name, Position(xid, first - 1))
    return firsts


def _first_unhandled(name: str) -> int | None:
    position = positions.of(positions.current(name))
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_UNHANDLED, [str(position.xid), position.id])
        first: int | None = cursor.fetchone()[0]
    return first
