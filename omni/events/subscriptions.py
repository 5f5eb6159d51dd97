"""Who listens to what. Each app declares its subscriptions in its own ``subscriptions.py``.

A handler receives a batch in order, inside the relay's transaction, which also moves the position:
its effects in the database happen exactly once. It calls no provider; it may be called again for a
batch in which another event failed, after a rollback, and must be idempotent by the event's id
where its effects leave the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from omni.events.event import Event, event_type

ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as a handler sees it. ``payload`` is the stored JSON, ``event`` the dataclass."""

    id: int
    xid: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    aggregatetype: str
    aggregateid: UUID
    customer_id: UUID | None
    principal: str
    request_id: str
    payload: dict[str, Any]

    @property
    def event(self) -> Event:
        """The dataclass, made at each access. Raises LookupError if the type is gone."""
        cls = event_type(self.type)
        if cls is None:
            raise LookupError(f"no event of type {self.type} is declared any more")
        return cls.from_payload(self.payload)


Handler = Callable[[Sequence[RecordedEvent]], None]


class Projection(Protocol):
    """How a subscription's table can be made anew beside the one that is in use."""

    def prepare(self) -> None:
        """Make an empty shadow table (dropping one left over)."""

    def handle(self, batch: Sequence[RecordedEvent]) -> None:
        """As the handler does, but into the shadow."""

    def swap(self) -> None:
        """Copy rows of direct capture over, put the shadow in place; the reader stands still."""

    def discard(self) -> None:
        """Drop the shadow of a rebuild that failed."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """``types`` None means every type. Only one with a projection can be rebuilt."""

    name: str
    types: frozenset[str] | None
    handler: Handler
    projection: Projection | None = None

    def wants(self, type_: str) -> bool:
        return self.types is None or type_ in self.types


_registry: dict[str, Subscription] = {}


def subscribe(
    *,
    name: str,
    to: Iterable[type[Event]] | str,
    handler: Handler,
    projection: Projection | None = None,
) -> Subscription:
    """Declare a subscription. ``to`` is a list of event classes, or ALL.

    A name is its position in the log: renaming one reads the log from the beginning.
    """
    if name in _registry:
        raise ValueError(f"the subscription {name!r} exists already")
    types = None if to == ALL else frozenset(cls.type for cls in to)  # type: ignore[union-attr]
    _registry[name] = Subscription(name, types, handler, projection)
    return _registry[name]


def subscriptions() -> list[Subscription]:
    """All declared ones, by name."""
    return [_registry[name] for name in sorted(_registry)]


def subscription(name: str) -> Subscription:
    """Raises LookupError for a name that nobody declared."""
    if name not in _registry:
        raise LookupError(f"there is no subscription {name!r}; there are {sorted(_registry)}")
    return _registry[name]
