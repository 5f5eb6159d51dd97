"""Writing new rows of several tables at once: one statement, prepared while it is short.

``bulk_create`` costs a statement a table and compiles each anew; on the hot paths (an order's work,
its claims on stock) that is more than the writing itself. The rows are written as they are: no
hooks, no defaults beyond those that the model gave when the row was made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import AutoField, CharField, Field, JSONField, Model
from django.db.models.fields import NOT_PROVIDED

from omni.core.statements import cursor_for


class _Table(NamedTuple):
    head: str
    marks: str
    read: tuple[tuple[str, Callable[[Any], Any] | None], ...]


def insert_rows(*groups: Sequence[Model]) -> None:
    """Insert the rows; each group is of one model. All in one statement, so that all stand or none.

    Keys that the database makes are not read back. Order matters not, for foreign keys are checked
    at commit.
    """
    filled = [group for group in groups if group]
    if not filled:
        return
    values: list[Any] = []
    parts = [_insert(group, values) for group in filled]
    sql = parts.pop()
    if parts:
        before = ", ".join(f"w{number} AS ({part})" for number, part in enumerate(parts))
        sql = f"WITH {before} {sql}"
    with cursor_for(len(values)) as cursor:
        cursor.execute(sql, values)
    for group in filled:
        for row in group:
            row._state.adding = False  # noqa: SLF001  it is in the database
            row._state.db = DEFAULT_DB_ALIAS  # noqa: SLF001


def _insert(rows: Sequence[Model], values: list[Any]) -> str:
    table = _table(type(rows[0]))
    for row in rows:
        for name, prepare in table.read:
            value = getattr(row, name)
            values.append(value if prepare is None else prepare(value))
    return table.head + ", ".join([table.marks] * len(rows))


@cache
def _table(model: type[Model]) -> _Table:
    fields = [
        field
        for field in model._meta.concrete_fields  # noqa: SLF001  Django's documented API
        if not isinstance(field, AutoField)
        and field.db_default is NOT_PROVIDED
        and not field.generated
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column or field.attname) for field in fields)
    return _Table(
        head=f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ",  # noqa: S608, SLF001
        marks=f"({', '.join(['%s'] * len(fields))})",
        read=tuple((field.attname, _preparation(field)) for field in fields),
    )


def _preparation(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, CharField):
        return _text
    if isinstance(field, JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    return None


def _text(value: Any) -> str | None:
    # A member of an enum is its value.
    return None if value is None else str(value)
