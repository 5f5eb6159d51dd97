"""The Z report of a store's day: what was sold, taken, given back. Pure.

Decided here: a sale or exchange counts with the parts of its order, by tax rate; a voided sale
counts against them; what an exchange gave back beyond its new goods is money given back, like
returns and refunds. So sold − voided + collected − given back is the journal's total, to the unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

SALE, COLLECTION, VOID, EXCHANGE = "sale", "collection", "void", "exchange"


@dataclass(frozen=True, slots=True)
class JournalFact:
    """One entry: its kind, its total, by tender, and the total of the order that it sold."""

    kind: str
    total_minor: int
    tenders: Mapping[str, int]
    order_total_minor: int = 0


@dataclass(frozen=True, slots=True)
class PartFact:
    """What lines and charges of sold orders add up to at one rate; voided ones apart."""

    rate: Decimal
    is_voided: bool
    is_discount: bool
    net_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class RateFigures:
    """Sold less voided, at one tax rate (``0.2`` is 20 %)."""

    rate: str
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class ZReport:
    """Minor units. ``total_minor`` = gross + collected + given_back (which is not positive).

    ``gross_minor`` is after voids; ``voided_minor`` is positive and told apart. ``discounts_minor``
    is positive and within gross already.
    """

    by_rate: tuple[RateFigures, ...]
    net_minor: int
    tax_minor: int
    gross_minor: int
    voided_minor: int
    discounts_minor: int
    collected_minor: int
    given_back_minor: int
    total_minor: int
    tenders: dict[str, int]
    counts: dict[str, int]
    cash: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """As a store day keeps it."""
        return asdict(self)


def z_report(
    entries: Sequence[JournalFact], parts: Iterable[PartFact], cash: Mapping[str, int]
) -> ZReport:
    """The figures of these entries; ``parts`` are those of the orders which they sold or voided."""
    rates: dict[Decimal, list[int]] = {}
    discounts = 0
    for part in parts:
        sign = -1 if part.is_voided else 1
        at_rate = rates.setdefault(part.rate, [0, 0, 0])
        for place, amount in enumerate((part.net_minor, part.tax_minor, part.total_minor)):
            at_rate[place] += sign * amount
        discounts -= sign * part.total_minor * part.is_discount
    by_rate = tuple(RateFigures(f"{rate.normalize():f}", *rates[rate]) for rate in sorted(rates))
    return ZReport(
        by_rate=by_rate,
        net_minor=sum(each.net_minor for each in by_rate),
        tax_minor=sum(each.tax_minor for each in by_rate),
        gross_minor=sum(each.gross_minor for each in by_rate),
        voided_minor=-sum(each.total_minor for each in entries if each.kind == VOID),
        discounts_minor=discounts,
        collected_minor=sum(each.total_minor for each in entries if each.kind == COLLECTION),
        given_back_minor=sum(_given_back(each) for each in entries),
        total_minor=sum(each.total_minor for each in entries),
        tenders=_summed(each.tenders for each in entries),
        counts=_summed({each.kind: 1} for each in entries),
        cash=dict(sorted(cash.items())),
    )


def _given_back(entry: JournalFact) -> int:
    """Not positive: money that left the till, but for voids, which were never kept."""
    if entry.kind == EXCHANGE:
        return entry.total_minor - entry.order_total_minor
    return 0 if entry.kind in (SALE, COLLECTION, VOID) else entry.total_minor


def _summed(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in rows:
        for name, amount in row.items():
            totals[name] = totals.get(name, 0) + amount
    return dict(sorted(totals.items()))
