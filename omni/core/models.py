"""Base of the rows that have a life of their own (aggregates), and the one way to lock rows."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models

from omni.core.ids import uuid7

M = TypeVar("M", bound=models.Model)


class LockingQuerySet(models.QuerySet[M]):
    """A queryset whose rows can be locked in the one order that cannot deadlock."""

    def locked(self) -> Self:
        """Rows locked FOR NO KEY UPDATE in primary-key order.

        Plain FOR UPDATE would block every insert that references the row.
        """
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Aggregate(models.Model):
    """A row with its own identity. The key is a UUIDv7, which is also its public id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    objects: Any = LockingQuerySet.as_manager()

    class Meta:
        abstract = True
