"""Transactions of operations that call one another: a nested call joins, without a savepoint.

A savepoint costs two round trips and buys only that the caller may catch an error and go on. An
operation that is part of a larger one does not need that: when it fails, the whole fails. Who does
want to go on after an error says so by ``transaction.atomic()`` around the call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")


def joined(operation: Callable[P, R]) -> Callable[P, R]:
    """``transaction.atomic`` for an operation: outermost it is one, nested it joins.

    An error that leaves a nested call dooms the transaction that it joined. The block that a test
    case opens around a test counts as nothing, so that a test may look at what an error left.
    """

    @wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(savepoint=not _is_nested()):
            return operation(*args, **kwargs)

    return run


def _is_nested() -> bool:
    blocks = connection.atomic_blocks
    return bool(blocks) and not getattr(blocks[-1], "_from_testcase", False)
