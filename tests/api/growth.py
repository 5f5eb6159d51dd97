"""More of every row: what a store has after a month, made in the database from what it has now.

Operations would take minutes for it. Rows are copied with new ids, in two steps: each parent gets
more children of the kinds that pages list below it, then whole families are copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

CHILDREN = (
    "orders.OrderLine", "orders.Payment", "orders.Refund", "orders.FulfilmentLine",
    "orders.HandOver", "orders.ReturnLine", "orders.CashEntry",
    "customers.Note", "customers.Identifier", "customers.Address", "inventory.StockMovement",
    "inventory.Media", "journeys.Interaction", "omni.StoredEvent", "omni.Message",
)  # fmt: skip
FAMILIES = (
    "orders.Cart", "orders.CartLine",
    "orders.Order", "orders.OrderLine", "orders.OrderAddress", "orders.Payment", "orders.Refund",
    "orders.FulfilmentOrder", "orders.FulfilmentLine", "orders.Pickup", "orders.HandOver",
    "orders.Shipment", "orders.ReturnCase", "orders.ReturnLine",
    "omni.Task", "omni.Incident", "omni.Approval", "omni.TeamNote",
)  # fmt: skip


# Unique by an index of its own, or one of its kind below a parent.
ALWAYS = frozenset({"reference", "capture_key", "event_id"})
OTHERWISE = {"is_default": "false"}


@dataclass(frozen=True)
class Copy:
    """How the rows of one model are copied: the expression of each column."""

    model: type[models.Model]
    mapped: frozenset[type[models.Model]]
    salt: int

    def sql(self, times: int) -> str:
        meta = self.model._meta
        fields = [field for field in meta.concrete_fields if not field.generated]
        names = ", ".join(f'"{field.column}"' for field in fields)
        values = ", ".join(self._value(field) for field in fields)
        return (
            f'INSERT INTO "{meta.db_table}" ({names}) SELECT {values}'
            f' FROM "{meta.db_table}" t CROSS JOIN generate_series(1, {times}) k'
        )

    def _value(self, field: models.Field[Any, Any]) -> str:
        column = f't."{field.column}"'
        if field.name in OTHERWISE:
            return OTHERWISE[field.name]
        if field.remote_field:
            leads_to = field.remote_field.model
            is_own = leads_to in self.mapped or (leads_to is self.model and field.primary_key)
            return self._other(field, column) if is_own else column
        is_unique = field.primary_key or field.unique or field.name in self._together()
        return self._other(field, column) if is_unique else column

    def _together(self) -> set[str]:
        """What is unique beside a parent: a position, a reference, a digest."""
        found = set(ALWAYS)
        for each in self.model._meta.constraints:
            if isinstance(each, models.UniqueConstraint):
                own = [name for name in each.fields if not self._leads(name)]
                found |= set(own[-1:])
        return found

    def _leads(self, name: str) -> bool:
        return self.model._meta.get_field(name).is_relation

    def _other(self, field: models.Field[Any, Any], column: str) -> str:
        kind = field.target_field if field.remote_field else field  # type: ignore[attr-defined]
        if isinstance(kind, models.UUIDField):
            return f"md5({column}::text || k || {self.salt})::uuid"
        if isinstance(kind, models.IntegerField):
            return f"{column} + k * {self.salt}"
        is_text = isinstance(kind, models.CharField | models.TextField) and not kind.choices
        if is_text and (kind.max_length or 64) >= 20:
            longer = f"{column} || k || {self.salt}"
            other = f"md5({longer})" if kind.max_length == 64 else longer
            return f"CASE WHEN {column} = '' THEN '' ELSE {other} END"
        return column


def grow(times: int) -> None:
    """Copy children, then families, so many times."""
    lines = frozenset({apps.get_model("orders.OrderLine")})
    families = tuple(apps.get_model(name) for name in FAMILIES)
    children = [apps.get_model(name) for name in CHILDREN]
    copies = [Copy(each, lines - {each}, 1_000) for each in children]
    copies += [Copy(each, frozenset(families), 1_000_000) for each in families]
    tables = {copy.model._meta.db_table for copy in copies}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table may have checks to come
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for copy in copies:
            cursor.execute(copy.sql(times))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
