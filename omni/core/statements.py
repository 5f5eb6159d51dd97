"""Hot statements: bound and prepared by the server, planned once per connection.

Django binds values into the text of a statement, so the server plans each one anew; for a join of
ten tables that costs more than running it. Statements that every request runs go through
``hot_cursor`` instead: their text never changes, values travel apart, and after the first run on a
connection only values travel. Not for statements whose text grows with their input (imports).
Which they are, and why: docs/adr/0004.
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor


def hot_cursor() -> Any:
    """A cursor of the current connection whose statements are prepared. Use it in a ``with``.

    Otherwise it is as ``connection.cursor()``: it joins the transaction, counts as a query, and its
    errors are Django's. (Typed as Any: Django's own types know no dicts of mixed values.)
    """
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        cursor = ServerBindingCursor(wrapper.connection)  # type: ignore[call-arg]
        return wrapper._prepare_cursor(cursor)  # noqa: SLF001


# A statement whose text grows with its rows is prepared while it is short: most are.
SHORT = 400


def cursor_for(values: int) -> Any:
    """``hot_cursor`` for a statement of few values, a plain cursor for one of many."""
    return hot_cursor() if values <= SHORT else connections[DEFAULT_DB_ALIAS].cursor()
