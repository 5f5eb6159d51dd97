"""Coins and notes: what a currency has, and what a count of them adds up to. Pure.

Values are in minor units, as text (they are keys of JSON). Legal tender that people still find in
drawers is in; of a currency that is not listed any value may be counted.
"""

from __future__ import annotations

from collections.abc import Mapping

from orders.pos.errors import DenominationsNotValid

_CENTS = (1, 2, 5, 10, 20, 50)
_DENOMINATIONS: dict[str, tuple[int, ...]] = {
    "EUR": (*_CENTS, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000),
    "GBP": (*_CENTS, 100, 200, 500, 1000, 2000, 5000),
    "USD": (1, 5, 10, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000),
    "CHF": (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 100_000),
    "SEK": (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000),
    "DKK": (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000),
    "NOK": (100, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000),
    "PLN": (*_CENTS, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000),
    "CZK": (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000),
    "JPY": (1, 5, 10, 50, 100, 500, 1000, 2000, 5000, 10_000),
}
MOST = 1_000_000


def denominations_of(currency: str) -> tuple[int, ...]:
    """Values of coins and notes, smallest first; none where they are not known."""
    return _DENOMINATIONS.get(currency, ())


def summed(counts: Mapping[str, int], currency: str) -> int:
    """What so many of each add up to, in minor units. Raises: DenominationsNotValid."""
    known = denominations_of(currency)
    total = 0
    for text, count in counts.items():
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        if value <= 0 or (known and value not in known) or not 0 <= count <= MOST:
            raise DenominationsNotValid(currency=currency, denomination=text[:20])
        total += value * count
    return total


def checked(counts: Mapping[str, int], currency: str, counted_minor: int | None) -> int:
    """The sum, equal to what was said it is. Raises: DenominationsNotValid."""
    total = summed(counts, currency)
    if counted_minor is not None and counted_minor != total:
        raise DenominationsNotValid(currency=currency, counted_minor=counted_minor, sum_minor=total)
    return total


def kept(counts: Mapping[str, int] | None) -> dict[str, int] | None:
    """As it is stored: without what there is none of, largest first."""
    if counts is None:
        return None
    return {key: counts[key] for key in sorted(counts, key=int, reverse=True) if counts[key]}
