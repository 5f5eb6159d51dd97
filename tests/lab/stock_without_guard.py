"""The control of the stock's guard: the same claim by reading first and writing afterwards.

It lives here alone, so that nothing in the product can switch to it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db.models import F

from inventory.stock import ledger
from inventory.stock.ledger import Effect, LevelRow
from inventory.stock.lines import Demand, Key
from inventory.stock.models import StockLevel

THINKING = 0.02  # seconds between reading and writing


@contextmanager
def stock_without_guard() -> Iterator[None]:
    """Replace lock and guarded statement by read-then-write, in this process, for a while."""
    guarded = ledger.lock_levels, ledger.claim_levels
    ledger.lock_levels, ledger.claim_levels = _read_levels, _check_then_write
    try:
        yield
    finally:
        ledger.lock_levels, ledger.claim_levels = guarded


def _read_levels(
    keys: Collection[Key], *, hold_owner_id: UUID | None = None
) -> dict[Key, LevelRow]:
    columns = LevelRow._fields
    variants, locations = {key[0] for key in keys}, {key[1] for key in keys}
    rows = StockLevel.objects.filter(variant_id__in=variants, location_id__in=locations)
    levels = [LevelRow(*row) for row in rows.order_by("pk").values_list(*columns)]
    return {level.key: level for level in levels if level.key in set(keys)}


def _check_then_write(
    levels: Collection[LevelRow],
    demand: Demand,
    *,
    effect: Effect,
    hold_owner_id: UUID | None,
    uses_safety: bool,
    now: datetime,
    reference: str | None = None,
) -> tuple[bool, bool]:
    for level in levels:
        if level.free - level.safety * uses_safety < demand.needs[level.key]:
            return False, False
    time.sleep(THINKING)
    for level in levels:
        need = demand.needs[level.key]
        StockLevel.objects.filter(pk=level.id).update(
            on_hand=F("on_hand") - need * effect.take,
            committed=F("committed") + need * effect.commit,
            held=F("held") + need * effect.hold,
        )
    return True, False
