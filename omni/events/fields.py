"""The column type of PostgreSQL's 64-bit transaction ids."""

from __future__ import annotations

from typing import Any

from django.db import models


class Xid8Field(models.Field):
    """``xid8``: the id of the transaction that wrote the row, never reused within a cluster."""

    description = "64-bit transaction id"

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        # xid8 has no cast from bigint; its text form is read by the column itself.
        return None if value is None else str(int(value))
