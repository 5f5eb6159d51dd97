"""Which earlier sales a credit note reverses: the same customer and code, oldest first.

A credited unit reverses a sold unit only if no more is credited for it than is left of what was
paid for that line: money never goes back beyond the sale. What finds no sale is a return without
receipt.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from omni.core.money import split

L = TypeVar("L", bound=Hashable)


@dataclass(slots=True)
class SoldLine(Generic[L]):
    """A sale that can still be reversed. ``left`` are units, ``left_minor`` the money."""

    line: L
    customer: str
    sku: str
    left: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class Credit:
    """A line of a credit note: positive units and amount."""

    customer: str
    sku: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Reversal(Generic[L]):
    """Units and money of a credit line that go against one sale; none: without receipt."""

    credit: Credit
    line: L | None
    quantity: int
    amount_minor: int


def reversals(credit_lines: Sequence[Credit], sold: Iterable[SoldLine[L]]) -> list[Reversal[L]]:
    """Share each credit line out over the sales (given oldest first; they are used up)."""
    by_key: dict[tuple[str, str], list[SoldLine[L]]] = {}
    for sale in sold:
        by_key.setdefault((sale.customer, sale.sku), []).append(sale)
    found: list[Reversal[L]] = []
    for credit in credit_lines:
        candidates = by_key.get((credit.customer, credit.sku), []) if credit.customer else []
        found += _share_out(credit, candidates)
    return found


def _share_out(credit: Credit, candidates: list[SoldLine[L]]) -> list[Reversal[L]]:
    parts: list[tuple[SoldLine[L] | None, int]] = []
    rest = credit.quantity
    for sale in candidates:
        units = min(rest, _affordable(credit, sale))
        if units:
            parts.append((sale, units))
            rest -= units
    if rest:
        parts.append((None, rest))
    amounts = split(credit.amount_minor, [units for _sale, units in parts])
    found: list[Reversal[L]] = []
    for (reversed_sale, units), amount in zip(parts, amounts, strict=True):
        if reversed_sale is None:
            found.append(Reversal(credit, None, units, amount))
            continue
        reversed_sale.left -= units
        reversed_sale.left_minor -= amount
        found.append(Reversal(credit, reversed_sale.line, units, amount))
    return found


def _affordable(credit: Credit, sale: SoldLine[L]) -> int:
    """Units of the sale whose credit fits into the money left, with a penny for rounding."""
    if credit.amount_minor == 0:
        return sale.left
    units = sale.left_minor * credit.quantity // credit.amount_minor
    if units >= sale.left:
        return sale.left
    # The share of a part is rounded up by at most one: leave room for it.
    return max(0, (sale.left_minor - 1) * credit.quantity // credit.amount_minor)
