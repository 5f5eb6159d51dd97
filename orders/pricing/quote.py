"""What something costs: pure, frozen values in and out, no database.

A channel shows prices with tax (gross) or without (net); the amount shown is the one that is exact,
the other follows from it. Each line is rounded once, half-up, for its whole quantity; every total
is the sum of rounded parts, so that a receipt adds up. The tax rate of a line is that of its place
of supply: where it is shipped to, or where it is handed over.

Source: line-based rounding and place of supply after EU Directive 2006/112/EC, articles 31 to 39.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory.channels.models import TaxDisplay
from inventory.locations.models import Method
from omni.core.money import line_amount, round_half_up

NO_TAX = Decimal(0)
SENT = frozenset({Method.SHIP.value, Method.LOCAL_DELIVERY.value})


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What is to be priced: a quantity at ``price_minor`` per ``price_quantity`` units.

    ``is_sent`` lines make up the goods that a free-shipping limit looks at.
    """

    id: UUID
    quantity: int
    price_minor: int
    price_quantity: int = 1
    tax_rate: Decimal = NO_TAX
    is_sent: bool = False


@dataclass(frozen=True, slots=True)
class ShippingPrice:
    """The rate that applies, in the channel's display; free from so much of sent goods."""

    price_minor: int
    free_from_minor: int | None = None
    tax_rate: Decimal = NO_TAX


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount with its parts: ``net_minor + tax_minor = total_minor``."""

    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of everything. ``lines`` are in the order asked; totals are sums of parts.

    ``goods_minor`` is the sum of the lines in the channel's display, without shipping.
    """

    lines: tuple[Amount, ...]
    shipping: Amount | None
    goods_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int


def quote(
    *, tax_display: str, lines: Sequence[PricedLine], shipping: ShippingPrice | None = None
) -> Quote:
    """Price these lines, and shipping where something is sent."""
    is_gross = tax_display == TaxDisplay.GROSS
    amounts = []
    goods = sent = 0
    is_sent = False
    for line in lines:
        shown = line_amount(line.price_minor, line.price_quantity, line.quantity)
        amounts.append(with_tax(shown, line.tax_rate, is_gross=is_gross))
        goods += shown
        if line.is_sent:
            is_sent = True
            sent += shown
    charge = _shipping(shipping, sent, is_gross=is_gross) if shipping and is_sent else None
    parts = [*amounts, charge] if charge else amounts
    return Quote(
        lines=tuple(amounts),
        shipping=charge,
        goods_minor=goods,
        net_minor=sum(part.net_minor for part in parts),
        tax_minor=sum(part.tax_minor for part in parts),
        total_minor=sum(part.total_minor for part in parts),
    )


def with_tax(shown_minor: int, rate: Decimal, *, is_gross: bool) -> Amount:
    """The amount shown, split into net and tax (gross) or with tax put on top (net)."""
    if not rate:
        return Amount(shown_minor, 0, shown_minor, rate)
    if is_gross:
        tax = round_half_up(shown_minor * rate / (1 + rate))
        return Amount(shown_minor - tax, tax, shown_minor, rate)
    tax = round_half_up(shown_minor * rate)
    return Amount(shown_minor, tax, shown_minor + tax, rate)


def place_of_supply(
    *, method: str, location_country: str, destination_country: str, channel_country: str
) -> str:
    """The country whose tax applies to a line.

    Sent goods: the destination, or the channel's country while nobody knows it. Goods handed over:
    the country of the location.
    """
    if method in SENT:
        return destination_country or channel_country
    return location_country or channel_country


def _shipping(price: ShippingPrice, sent_minor: int, *, is_gross: bool) -> Amount:
    is_free = price.free_from_minor is not None and sent_minor >= price.free_from_minor
    return with_tax(0 if is_free else price.price_minor, price.tax_rate, is_gross=is_gross)
