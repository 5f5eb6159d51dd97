"""Cash counted by coin and note: the grid as it is shown, and what was typed into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omni.core.money import Money
from omni.screens.amounts import AmountNotUnderstood, typed_amount
from orders.pos.denominations import MOST, denominations_of, summed
from orders.pos.errors import DenominationsNotValid

PREFIX = "d_"


def grid(currency: str, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each coin and note, the largest first, with what was typed."""
    rows = []
    for value in reversed(denominations_of(currency)):
        name = f"{PREFIX}{value}"
        text = str(typed.get(name, "")).strip()
        count = int(text) if _is_count(text) else 0
        total = str(Money(value * count, currency)) if count else ""
        label = str(Money(value, currency))
        rows.append(
            {"name": name, "label": label, "value": value, "count": text or None, "total": total}
        )
    return rows


def counted(typed: Mapping[str, Any], currency: str) -> dict[str, int] | None:
    """Units by value in minor units; None where only a sum was typed, or nothing.

    Raises: DenominationsNotValid.
    """
    counts = {}
    for value in denominations_of(currency):
        text = str(typed.get(f"{PREFIX}{value}", "")).strip()
        if not text:
            continue
        if not _is_count(text):
            raise DenominationsNotValid(currency=currency, denomination=str(value))
        counts[str(value)] = int(text)
    return counts or None


def sum_in(typed: Mapping[str, Any], currency: str) -> int | None:
    """The sum that was typed instead of, or beside, the grid. Raises: AmountNotUnderstood."""
    text = str(typed.get("sum", "")).strip()
    return typed_amount(text, currency) if text else None


def counted_sum(typed: Mapping[str, Any], currency: str) -> int:
    """What was counted, by coin and note or as a sum; nothing typed is nothing there.

    Raises: DenominationsNotValid (also where both do not agree), AmountNotUnderstood.
    """
    counts, total = counted(typed, currency), sum_in(typed, currency)
    if counts is None:
        return total or 0
    by_grid = summed(counts, currency)
    if total is not None and total != by_grid:
        raise DenominationsNotValid(currency=currency, counted_minor=total, sum_minor=by_grid)
    return by_grid


def shown_sum(typed: Mapping[str, Any], currency: str) -> Money | None:
    """What the grid adds up to, for showing it again; None where it cannot be told."""
    try:
        return Money(counted_sum(typed, currency), currency)
    except (DenominationsNotValid, AmountNotUnderstood):
        return None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= MOST
