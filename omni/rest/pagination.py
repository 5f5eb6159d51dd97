"""Lists go on by key, never by offset: page 1,000 costs what the first page costs.

A cursor holds the sort key of the last row, which must end in a unique column. It is opaque to
callers and carries no authority: the query's own scope decides what it may show.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid

M = TypeVar("M", bound=Model)


class InvalidCursor(Invalid):
    code = "invalid_cursor"
    message = _("This cursor does not belong to this list. Start again without one.")


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows in order, and the cursor of the next page if there is one."""

    rows: Sequence[Any]
    next: str | None


def page(
    rows: QuerySet[Any, Any], *, keys: Sequence[str], cursor: str | None = None, limit: int = 50
) -> Page:
    """The rows after the cursor in the order of ``keys`` (``-`` descends; the last is unique).

    Keys must not be null. Rows may be models or the dicts of ``values()``. Raises: InvalidCursor.
    """
    names = [key.lstrip("-") for key in keys]
    if cursor:
        rows = _behind(rows, keys, decode(cursor, length=len(keys)))
    found = list(rows.order_by(*keys)[: limit + 1])
    return cut(found, names=names, limit=limit)


def _behind(
    rows: QuerySet[Any, Any], keys: Sequence[str], values: Sequence[Any]
) -> QuerySet[Any, Any]:
    """Raises InvalidCursor for values that the columns cannot be compared with."""
    try:
        return rows.filter(_after(keys, values))
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise InvalidCursor from error


def cut(found: Sequence[Any], *, names: Sequence[str], limit: int) -> Page:
    """A page from up to ``limit + 1`` rows that are in order already (for lists in plain SQL)."""
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    return Page(found[:limit], encode([_value(last, name) for name in names]))


def _value(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        return row[name]
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _after(keys: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows behind the values, in words that an index understands: ``a <= x AND (a < x OR …)``."""
    first = keys[0]
    bound = Q(**{f"{first.lstrip('-')}__{'lte' if first[0] == '-' else 'gte'}": values[0]})
    either = Q()
    for index, key in enumerate(keys):
        beyond = {f"{key.lstrip('-')}__{'lt' if key[0] == '-' else 'gt'}": values[index]}
        same = {name.lstrip("-"): values[i] for i, name in enumerate(keys[:index])}
        either |= Q(**beyond, **same)
    return bound & either


_WRITE: Mapping[type, Callable[[Any], tuple[str, Any]]] = {
    str: lambda v: ("s", v),
    int: lambda v: ("i", v),
    float: lambda v: ("f", v),
    bool: lambda v: ("b", v),
    UUID: lambda v: ("u", v.hex),
    datetime: lambda v: ("t", v.isoformat()),
    Decimal: lambda v: ("d", str(v)),
}
_READ: Mapping[str, tuple[type, Callable[[Any], Any]]] = {
    "s": (str, str),
    "i": (int, int),
    "f": (float, float),
    "b": (bool, bool),
    "u": (str, UUID),
    "t": (str, datetime.fromisoformat),
    "d": (str, Decimal),
}


def encode(values: Sequence[Any]) -> str:
    """An opaque cursor of these key values."""
    pairs = [_WRITE[type(value)](value) for value in values]
    text = json.dumps(pairs, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, *, length: int, types: Sequence[type] = ()) -> list[Any]:
    """The key values of a cursor, of these types if they are named. Raises: InvalidCursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        pairs = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        values = [_read(*pair) for pair in pairs]
    except (ValueError, TypeError, KeyError, binascii.Error, InvalidOperation) as error:
        raise InvalidCursor from error
    if len(values) != length:
        raise InvalidCursor
    if types and [type(value) for value in values] != list(types):
        raise InvalidCursor
    return values


def _read(tag: str, value: Any) -> Any:
    stored, convert = _READ[tag]
    if type(value) is not stored or "\x00" in str(value):
        raise ValueError(tag)
    result: Any = convert(value)
    if isinstance(result, datetime) and result.tzinfo is None:
        raise ValueError(tag)
    if isinstance(result, int) and abs(result) >= 2**63:
        raise ValueError(tag)
    return result
