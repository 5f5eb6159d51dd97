"""From where shipped goods come: pure, no database.

In order of the channel's priority the first location that has everything sends it all. Where none
has, the smallest set of locations that has everything together does (among equal sizes again by
priority); a line is then split over locations only where no one of them has all of it. Every
decision says its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

# Sets beyond this size are not searched through; the locations are then taken greedily.
MAX_SEARCHED = 3

Stock = Mapping[tuple[UUID, UUID], int]  # (variant, location) -> units to sell


@dataclass(frozen=True, slots=True)
class Demand:
    """A line that wants a place; ``key`` comes back with its parts."""

    key: UUID
    variant_id: UUID
    quantity: int
    is_stocked: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a line from this location, and why from there."""

    key: UUID
    location_id: UUID
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """A variant of which all locations together have too little."""

    variant_id: UUID
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Parts for every line, or the shortages that forbid it. Never both."""

    parts: tuple[Part, ...]
    shortages: tuple[Shortage, ...]


ONE_PLACE = "first_with_everything"
FEWEST = "fewest_locations"


def source(*, demands: Sequence[Demand], locations: Sequence[UUID], stock: Stock) -> Sourcing:
    """Choose places for the lines. ``locations`` stand in order of priority."""
    needs: dict[UUID, int] = {}
    for demand in demands:
        if demand.is_stocked:
            needs[demand.variant_id] = needs.get(demand.variant_id, 0) + demand.quantity
    shortages = _shortages(needs, locations, stock)
    if shortages or not locations:
        return Sourcing((), shortages)
    chosen = _smallest(needs, locations, stock)
    reason = ONE_PLACE if len(chosen) == 1 else FEWEST
    return Sourcing(tuple(_share_out(demands, chosen, stock, reason)), ())


def _shortages(
    needs: Mapping[UUID, int], locations: Sequence[UUID], stock: Stock
) -> tuple[Shortage, ...]:
    found = (
        (variant, need, _together(variant, locations, stock)) for variant, need in needs.items()
    )
    return tuple(Shortage(*each) for each in found if each[2] < each[1])


def _together(variant: UUID, locations: Sequence[UUID], stock: Stock) -> int:
    return sum(max(0, stock.get((variant, location), 0)) for location in locations)


def _smallest(needs: Mapping[UUID, int], locations: Sequence[UUID], stock: Stock) -> Sequence[UUID]:
    """The smallest set that has everything together; among equal ones the first by priority."""
    useful = [
        place for place in locations if any(stock.get((variant, place), 0) > 0 for variant in needs)
    ] or list(locations[:1])
    for size in range(1, min(MAX_SEARCHED, len(useful)) + 1):
        for chosen in combinations(useful, size):
            if all(_together(variant, chosen, stock) >= need for variant, need in needs.items()):
                return chosen
    return _greedy(needs, useful, stock)


def _greedy(needs: Mapping[UUID, int], locations: Sequence[UUID], stock: Stock) -> Sequence[UUID]:
    """Whoever covers most of what is still open comes next."""
    left, chosen, rest = dict(needs), [], list(locations)
    while any(left.values()):
        best = max(
            rest, key=lambda p: sum(min(n, max(0, stock.get((v, p), 0))) for v, n in left.items())
        )
        rest.remove(best)
        chosen.append(best)
        for variant, need in left.items():
            left[variant] = need - min(need, max(0, stock.get((variant, best), 0)))
    return [place for place in locations if place in chosen]


def _share_out(
    demands: Sequence[Demand], locations: Sequence[UUID], stock: Stock, reason: str
) -> list[Part]:
    """Lines to the chosen locations: whole where one has all of it, split where none has."""
    left = {key: units for key, units in stock.items() if key[1] in set(locations)}
    parts: list[Part] = []
    # Larger lines first: what remains is split less.
    for demand in sorted(demands, key=lambda each: -each.quantity):
        if not demand.is_stocked:
            parts.append(Part(demand.key, locations[0], demand.quantity, reason))
            continue
        open_units = demand.quantity
        whole = (p for p in locations if left.get((demand.variant_id, p), 0) >= open_units)
        order = [p] if (p := next(whole, None)) else locations
        for place in order:
            units = min(open_units, max(0, left.get((demand.variant_id, place), 0)))
            if units:
                left[demand.variant_id, place] -= units
                open_units -= units
                parts.append(Part(demand.key, place, units, reason))
    return parts
