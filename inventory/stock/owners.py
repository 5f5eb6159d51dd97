"""What goods moved for: the apps above tell the order behind a movement, by its order line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Owner:
    """An order as people know it, and its page."""

    label: str
    url: str


Resolve = Callable[[Collection[UUID]], Mapping[UUID, Owner]]

_RESOLVERS: list[Resolve] = []


def register(resolve: Resolve) -> None:
    """Let an app name the owners of order lines: one statement for all that are asked."""
    _RESOLVERS.append(resolve)


def owners_of(order_line_ids: Collection[UUID]) -> dict[UUID, Owner]:
    """Whose lines these are, as far as anybody knows."""
    known: dict[UUID, Owner] = {}
    if order_line_ids:
        for resolve in _RESOLVERS:
            known.update(resolve(order_line_ids))
    return known
