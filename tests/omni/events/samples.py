"""An event type for tests. It is declared only while a test uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from omni.core.ids import uuid7
from omni.events import event as declarations
from omni.events.event import Event
from omni.events.subscriptions import RecordedEvent


@dataclass(frozen=True, slots=True)
class ParcelMoved(Event):
    type: ClassVar[str] = "parcel.moved"
    aggregatetype: ClassVar[str] = "parcel"
    aggregate: ClassVar[str] = "parcel_id"

    parcel_id: UUID
    number: int = 0
    customer_id: UUID | None = None
    seen_at: datetime | None = None
    weights: tuple[int, ...] = ()
    places: dict[str, UUID] | None = None


@dataclass(frozen=True, slots=True)
class ParcelLost(Event):
    type: ClassVar[str] = "parcel.lost"
    aggregatetype: ClassVar[str] = "parcel"
    aggregate: ClassVar[str] = "parcel_id"

    parcel_id: UUID


TYPES = {cls.type: declarations._registry.pop(cls.type) for cls in (ParcelMoved, ParcelLost)}


def moved(number: int = 0, parcel_id: UUID | None = None) -> ParcelMoved:
    return ParcelMoved(parcel_id=parcel_id or uuid7(), number=number)


def numbers(batch: Sequence[RecordedEvent]) -> list[int]:
    return [event.payload["number"] for event in batch]
