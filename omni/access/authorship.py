"""Who writes: the history of reference data, which triggers keep, names the person of a page.

The triggers read the author from settings of the transaction. Within ``signed_by`` each statement
that writes in a transaction is preceded by one that sets them, for this transaction only, so that
a connection that goes back to a pool carries no name. What the same transaction writes afterwards
bears the name of whoever signed before, or none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg.pq import TransactionStatus

from omni.access.actor import Actor
from omni.core.ids import uuid7

_SET = (
    "SELECT set_config('pghistory.context_id', %s, true),"
    " set_config('pghistory.context_metadata', %s, true)"
)
_READ = (
    "SELECT current_setting('pghistory.context_id', true),"
    " current_setting('pghistory.context_metadata', true)"
)
_WRITES = ("insert", "update", "delete", "with", "merge")


@contextmanager
def signed_by(actor: Actor) -> Iterator[None]:
    """What is written within this is the actor's, in one entry of the history."""
    values = [str(uuid7()), json.dumps({"principal": actor.principal})]

    def sign(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        raw = context["connection"].connection
        if (
            str(sql).lstrip()[:6].lower().startswith(_WRITES)
            and context["connection"].in_atomic_block
            and raw.info.transaction_status != TransactionStatus.INERROR
        ):
            with raw.cursor() as cursor:
                cursor.execute(_SET, values)
        return execute(sql, params, many, context)

    before = _setting()
    try:
        with connection.execute_wrapper(sign):
            yield
    finally:
        _set_again(before)


def _setting() -> list[str]:
    """What is set now, in the transaction that goes on afterwards; nothing outside one."""
    if not _can_be_asked():
        return ["", ""]
    with connection.connection.cursor() as cursor:
        row = cursor.execute(_READ).fetchone()
    return [each or "" for each in row]


def _set_again(before: list[str]) -> None:
    # At the end of a transaction the settings end by themselves.
    if _can_be_asked():
        with connection.connection.cursor() as cursor:
            cursor.execute(_SET, before)


def _can_be_asked() -> bool:
    raw = connection.connection
    return bool(
        raw is not None
        and connection.in_atomic_block
        and raw.info.transaction_status == TransactionStatus.INTRANS
    )
