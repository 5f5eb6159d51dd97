"""What folders above sales add to an order's page: how it is paid, fulfilled, returned.

Each registers its part in its own ``sections.py``; the page of an order shows them all, and the
schema documents them by their field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rest_framework import serializers

from omni.access.actor import Actor
from orders.sales.models import Order

Read = Callable[[Sequence[Order], Actor], dict[UUID, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an order's page: its name, what it looks like, and how to read it for orders."""

    name: str
    field: serializers.Field[Any, Any, Any, Any]
    read: Read
    empty: Callable[[], Any] = list


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    """Add a part to the page of an order. Raises ValueError for a name that is taken."""
    if section.name in _sections:
        raise ValueError(f"the section {section.name!r} exists already")
    _sections[section.name] = section


def sections() -> list[Section]:
    """All registered ones, by name."""
    return [_sections[name] for name in sorted(_sections)]


def sections_of(orders: Sequence[Order], actor: Actor) -> dict[UUID, dict[str, Any]]:
    """All parts of these orders' pages; a fixed number of queries, however many orders."""
    found: dict[UUID, dict[str, Any]] = {order.id: {} for order in orders}
    for section in sections():
        values = section.read(orders, actor)
        for order in orders:
            found[order.id][section.name] = values.get(order.id, section.empty())
    return found
