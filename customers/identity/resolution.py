"""Which of the customers known is meant by a capture: pure, no database.

Hard identifiers decide; a soft one (a device, which a household shares) decides only where nothing
better was given. Among several holders the one who proved a given value wins (the earliest proof,
if several did), else the oldest record. Nothing here merges anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from customers.identity.canonical import Canonical
from customers.identity.models import IdentifierKind

Key = tuple[str, str, str]
SOFT_KINDS = frozenset({IdentifierKind.DEVICE})


@dataclass(slots=True, eq=False)
class Holder:
    """A customer with those of their identifiers that matter now. ``keys`` maps to the proof."""

    customer_id: UUID
    since: datetime
    sequence: int = 0
    keys: dict[Key, datetime | None] = field(default_factory=dict)

    def proved(self, keys: Iterable[Key]) -> datetime | None:
        """When the first of these values was proved to be theirs."""
        return min((at for key in keys if (at := self.keys.get(key))), default=None)


Holders = Mapping[Key, Sequence[Holder]]


def choose(given: Sequence[Canonical], holders: Holders) -> Holder | None:
    """The customer meant, or None when nobody holds any of it."""
    hard = [value for value in given if value.kind not in SOFT_KINDS]
    keys = [value.key for value in hard or given]
    found = {holder.customer_id: holder for key in keys for holder in holders.get(key, ())}
    if not found:
        return None
    verified = [holder for holder in found.values() if holder.proved(keys)]
    if verified:
        return min(verified, key=lambda holder: (holder.proved(keys), *_age(holder)))
    return min(found.values(), key=_age)


def to_attach(given: Sequence[Canonical], holder: Holder, holders: Holders) -> list[Canonical]:
    """What the holder lacks and nobody else has proved."""
    return [
        value
        for value in given
        if value.key not in holder.keys
        and not any(other.keys.get(value.key) for other in holders.get(value.key, ()))
    ]


def _age(holder: Holder) -> tuple[datetime, int, UUID]:
    return (holder.since, holder.sequence, holder.customer_id)
