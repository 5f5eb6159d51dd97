"""Monthly partitions: made by the writer, in its own transaction, when a month is first needed.

There is no default partition: it would block the making of months and end ordered appends. So every
writer of a partitioned table calls ``ensure_month`` first; after the first time that is a look into
a set. What this process made is trusted only after its commit, for a rollback takes it away again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import connection, transaction

# (database, table, first day) -> known to exist and committed.
_known: set[tuple[str, str, str]] = set()
# Made by a transaction of this process whose end is not known yet.
_unsure: set[tuple[str, str, str]] = set()


def ensure_month(table: str, moment: datetime) -> None:
    """Make the partition of the month (UTC) in which the moment lies, if it is missing.

    Repeatable. Locks: an advisory lock per table, only while a month is being made.
    """
    start = _month(moment)
    key = (connection.settings_dict["NAME"], table, start.date().isoformat())
    if key in _known:
        return
    name = f"{table}_{start:%Y_%m}"
    if not _exists(name):
        # Unsure before it is made: a rollback of this transaction must leave no trust behind.
        _unsure.add(key)
        _make(table, name, start)
    if key in _unsure:
        transaction.on_commit(lambda: _trust(key), robust=True)
    else:
        _known.add(key)


def ensure_months(table: str, moments: Iterable[datetime]) -> None:
    """The months of many moments, in order of time, so that two writers never wait in a circle."""
    for start in sorted({_month(moment) for moment in moments}):
        ensure_month(table, start)


def months_of(table: str) -> list[datetime]:
    """The months that have a partition, by their first moments, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT right(c.relname, 7) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass ORDER BY 1",
            [connection.ops.quote_name(table)],
        )
        return [
            datetime.strptime(name, "%Y_%m").replace(tzinfo=UTC) for (name,) in cursor.fetchall()
        ]


def month_after(moment: datetime) -> datetime:
    """The first moment of the following month, UTC."""
    return _following(_month(moment))


def _month(moment: datetime) -> datetime:
    return datetime(*moment.astimezone(UTC).timetuple()[:2], 1, tzinfo=UTC)


def _following(start: datetime) -> datetime:
    year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def _exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(%s))",
            [connection.ops.quote_name(name)],
        )
        return bool(cursor.fetchone()[0])


def _make(table: str, name: str, start: datetime) -> None:
    """Create and attach: ATTACH lets writers go on, CREATE … PARTITION OF would stop them."""
    quoted, parent = connection.ops.quote_name(name), connection.ops.quote_name(table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"months {table}"])
        if _exists(name):  # made by another writer while this one waited
            return
        cursor.execute(
            f"CREATE TABLE {quoted} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
            f" INCLUDING GENERATED INCLUDING STORAGE)"
        )
        bounds = [start.isoformat(), _following(start).isoformat()]
        cursor.execute(
            f"ALTER TABLE {parent} ATTACH PARTITION {quoted} FOR VALUES FROM (%s) TO (%s)", bounds
        )


def _trust(key: tuple[str, str, str]) -> None:
    _unsure.discard(key)
    _known.add(key)
