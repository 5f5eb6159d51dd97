"""The timeline made anew from the log: a shadow table beside the one in use, then swapped.

Rows of direct capture are no projection of anything, so the swap copies them over.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from journeys.timeline.operations import TABLE, project_events
from omni.core.partitions import ensure_months, months_of
from omni.events.subscriptions import RecordedEvent

SHADOW = "journeys_interaction_shadow"


class TimelineProjection:
    """Rebuilds ``journeys_interaction`` (see ``omni.events.subscriptions.Projection``)."""

    def prepare(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {SHADOW}")
            cursor.execute(
                f"CREATE TABLE {SHADOW} (LIKE {TABLE} INCLUDING ALL)"
                " PARTITION BY RANGE (occurred_at)"
            )

    def handle(self, batch: Sequence[RecordedEvent]) -> None:
        project_events(batch, table=SHADOW)

    def swap(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE")
            # Also those that hold nothing yet: writers know that they are there.
            ensure_months(SHADOW, months_of(TABLE))
            columns = self._columns()
            cursor.execute(
                f"INSERT INTO {SHADOW} ({columns}) SELECT {columns} FROM {TABLE}"  # noqa: S608
                " WHERE event_id IS NULL"
            )
            cursor.execute(f"DROP TABLE {TABLE}")
            self._rename()

    def discard(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {SHADOW}")

    def _columns(self) -> str:
        with connection.cursor() as cursor:
            names = [
                column.name
                for column in connection.introspection.get_table_description(cursor, TABLE)
            ]
        return ", ".join(names)

    def _rename(self) -> None:
        """The shadow and its months take the names in use; index names do not matter."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid"
                " WHERE inhparent = %s::regclass",
                [SHADOW],
            )
            for (name,) in cursor.fetchall():
                wanted = name.replace(SHADOW, TABLE)
                cursor.execute(f"ALTER TABLE {name} RENAME TO {wanted}")
            cursor.execute(f"ALTER TABLE {SHADOW} RENAME TO {TABLE}")
