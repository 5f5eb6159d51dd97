"""A copy of the current database that an experiment may ruin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.db import connection, connections
from psycopg import sql


@contextmanager
def throwaway_database() -> Iterator[str]:
    """Work on a copy of the current database, in every thread; it is dropped afterwards.

    Nobody else may be connected to the database while it is copied.
    """
    original = str(connection.settings_dict["NAME"])
    name = f"lab_{uuid4().hex[:12]}"
    connections.close_all()
    _at_maintenance("CREATE DATABASE {} TEMPLATE {}", name, original)
    _use(name)
    try:
        yield name
    finally:
        connections.close_all()
        _use(original)
        _at_maintenance("DROP DATABASE {} WITH (FORCE)", name)


def drop_constraint(table: str, constraint: str) -> None:
    """Take a CHECK away (in a throw-away database)."""
    statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(table), sql.Identifier(constraint)))


def _use(name: str) -> None:
    connection.settings_dict["NAME"] = name
    connections.settings["default"]["NAME"] = name


def _at_maintenance(statement: str, *names: str) -> None:
    with connection._nodb_cursor() as cursor:  # noqa: SLF001  Django's own way to such statements
        parts = [sql.Identifier(name) for name in names]
        cursor.execute(sql.SQL(statement).format(*parts))
