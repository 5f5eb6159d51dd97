"""Hot statements: bound and prepared by the server, planned once per connection.

Django binds values into the text of a statement, so the server plans each one anew; for a join of
ten tables that costs more than running it. Statements that every request runs go through
``hot_cursor`` instead: their text never changes, values travel apart, and after the first run on a
connection only values travel. Not for statements whose text grows with their input (imports).
Which they are, and why: docs/adr/0004.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import RawCursor


def hot_cursor() -> Any:
    """A cursor of the current connection whose statements are prepared. Use it in a ``with``.

    Otherwise it is as ``connection.cursor()``: it joins the transaction, counts as a query, and its
    errors are Django's. (Typed as Any: Django's own types know no dicts of mixed values.)
    """
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        return wrapper._prepare_cursor(_HotCursor(wrapper.connection))  # noqa: SLF001


class _HotCursor(RawCursor[Any]):
    """Takes ``%s`` and ``%(name)s``, and numbers them once a text.

    psycopg's own cursors read a text of more than 4,096 characters anew at each run, which costs as
    much as the run.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if params is None:
            return super().execute(query, **options)
        text, names = _numbered(query)
        values = [params[name] for name in names] if isinstance(params, dict) else params
        return super().execute(text, values, **options)


_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")


@lru_cache(maxsize=1000)
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement with ``$1`` for its places, and the names in their order."""
    names: dict[str, int] = {}
    count = 0

    def number(place: re.Match[str]) -> str:
        nonlocal count
        if place[0] == "%%":
            return "%"
        if place[1] is None:
            count += 1
            return f"${count}"
        return f"${names.setdefault(place[1], len(names) + 1)}"

    return _PLACE.sub(number, statement), tuple(names)


# A statement whose text grows with its rows is prepared while it is short: most are.
SHORT = 400


def cursor_for(values: int) -> Any:
    """``hot_cursor`` for a statement of few values, a plain cursor for one of many."""
    return hot_cursor() if values <= SHORT else connections[DEFAULT_DB_ALIAS].cursor()
