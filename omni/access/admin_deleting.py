"""What a page tells before a row is deleted for good: which row that is, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils import formats, timezone
from django.utils.text import capfirst

from omni.access import admin_cells

Fact = tuple[str, Any]


def facts_of(row: Model, names: Iterable[Any]) -> list[Fact]:
    """What the list shows of a row, with the name of each column; what is empty is left out."""
    admin_cells.prepare([row])
    found = ((_field_of(row, name), name) for name in names if isinstance(name, str))
    told = [
        (str(capfirst(str(admin_cells.label_of(field)))), _value(row, field, name))
        for field, name in found
        if field is not None and getattr(row, name) not in (None, "", [])
    ]
    return [(label, value) for label, value in told if value is not None]


def together_with(nested: list[Any]) -> list[Any]:
    """What goes with a row, as Django tells it: one flat list, without the row itself."""
    return list(_flat(nested))[1:]


def _flat(nested: list[Any]) -> Iterator[Any]:
    for each in nested:
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each


def _field_of(row: Model, name: str) -> Any:
    try:
        return row._meta.get_field(name)  # noqa: SLF001
    except FieldDoesNotExist:
        return None


def _value(row: Model, field: Any, name: str) -> Any:
    told = admin_cells.cell(row, name)
    value = getattr(row, name)
    if told is not None:
        return told
    if field.get_internal_type() == "DateTimeField":
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return value
