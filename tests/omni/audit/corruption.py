"""Corruptions: for each invariant one function that breaks it, to show that the audit sees it.

An owner of invariants writes them into a file ``corruptions.py`` in the test folder of the app
(``tests/orders/sales/corruptions.py``):

    @corruption("S1")
    def level_without_movement() -> None:
        level = make_stock_level()                       # a sound state …
        without_checks("inventory_stocklevel")           # … behind the back of the constraints …
        sql("UPDATE … SET on_hand = on_hand + 1")        # … made wrong

``test_invariants.py`` finds these files, runs each in a transaction that is rolled back, and fails
when an invariant is registered for which nobody wrote a corruption.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from django.db import connection

Corrupt = Callable[[], None]

TESTS = Path(__file__).resolve().parents[2]

_registry: dict[str, list[Corrupt]] = {}


def corruption(code: str) -> Callable[[Corrupt], Corrupt]:
    """Register a function that breaks the invariant of this code. There may be several."""

    def register(corrupt: Corrupt) -> Corrupt:
        _registry.setdefault(code, []).append(corrupt)
        return corrupt

    return register


def corruptions() -> dict[str, list[Corrupt]]:
    """All of them, by code, from every ``corruptions.py`` below ``tests/``."""
    for file in sorted(TESTS.rglob("corruptions.py")):
        import_module(".".join(file.relative_to(TESTS.parent).with_suffix("").parts))
    return _registry


def sql(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Run a statement behind the back of the operations. Returns the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters) or None)
        return int(cursor.rowcount)


def without_checks(table: str) -> None:
    """Drop the CHECKs, UNIQUEs and triggers of a table until the test's transaction rolls back."""
    # Deferred foreign keys that still wait for their check would forbid to alter the table.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('c', 'u', 'f', 'x')",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}" CASCADE')
        cursor.execute(
            "SELECT indexrelid::regclass FROM pg_index i"
            " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
