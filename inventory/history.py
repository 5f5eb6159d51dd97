"""History of reference data: every insert, change and deletion, kept by triggers of the database.

Not for hot counters: stock has its ledger, slots have their bookings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pghistory
from django.db import models

M = TypeVar("M", bound=type[models.Model])


def kept_history(*, exclude: Sequence[str] = ()) -> Callable[[M], M]:
    """Keep the history of a model in a table ``<model>event`` beside it."""
    decorate: Callable[[M], M] = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(exclude),
    )
    return decorate
