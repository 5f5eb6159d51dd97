"""Money: integer minor units and an ISO 4217 currency. All rounding and splitting is here.

Rounding is half-up, away from zero. An amount that must be shared out is split by the largest
remainder, so that the parts always add up to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.core import get_global
from babel.numbers import format_currency
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid

ONE = Decimal(1)


class UnknownCurrency(Invalid):
    code = "unknown_currency"
    message = _("This is not an ISO 4217 currency code. Send three letters, as EUR.")


class CurrencyMismatch(Invalid):
    code = "currency_mismatch"
    message = _(
        "Amounts of different currencies cannot be combined. Use the currency of the other one."
    )


@lru_cache
def exponent(currency: str) -> int:
    """Digits after the point of the currency: JPY 0, EUR 2, KWD 3. Source: ISO 4217 by CLDR.

    Raises: UnknownCurrency.
    """
    if not known_currency(currency):
        raise UnknownCurrency(currency=currency)
    fractions = get_global("currency_fractions")
    digits: int = fractions.get(currency, fractions["DEFAULT"])[0]
    return digits


@lru_cache
def known_currency(currency: str) -> bool:
    """Whether CLDR lists this as a currency."""
    return currency in get_global("all_currencies")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, yen, fils) of one currency."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other

    def to_decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def as_json(self) -> dict[str, int | str]:
        """The form of the API: minor units and currency."""
        return {"amount": self.minor, "currency": self.currency}

    def __str__(self) -> str:
        locale = (get_language() or "en").replace("-", "_")
        return str(format_currency(self.to_decimal(), self.currency, locale=locale))


def round_half_up(amount: Decimal) -> int:
    """The nearest integer, halves away from zero: 2.5 -> 3, -2.5 -> -3."""
    return int(amount.quantize(ONE, rounding=ROUND_HALF_UP))


def line_amount(price_minor: int, price_quantity: int, quantity: int) -> int:
    """Price of a quantity in minor units, the price being for ``price_quantity`` units."""
    if price_quantity == 1:
        return price_minor * quantity
    return round_half_up(Decimal(price_minor * quantity) / price_quantity)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share ``total`` out in proportion to the weights (none negative), by largest remainder.

    The parts add up to the total; equal remainders favour the earlier part. Weights that are all
    zero share evenly. Source: Hamilton's method.
    """
    if not weights:
        if total:
            raise ValueError("nothing to share the amount out to")
        return []
    whole = sum(weights)
    shares = list(weights) if whole else [1] * len(weights)
    whole = whole or len(weights)
    sign = -1 if total < 0 else 1
    parts = [abs(total) * share // whole for share in shares]
    remainders = [abs(total) * share % whole for share in shares]
    missing = abs(total) - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[:missing]:
        parts[index] += 1
    return [sign * part for part in parts]
