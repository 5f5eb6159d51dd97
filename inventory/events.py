"""Every event that the inventory publishes. Sales move stock without an event of their own: the
order's events tell of them, and the movements are the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from omni.events.event import Event


@dataclass(frozen=True, slots=True)
class StockCorrected(Event):
    """Somebody corrected how many there are; ``quantity`` is the difference."""

    type: ClassVar[str] = "stock.corrected"
    aggregatetype: ClassVar[str] = "variant"
    aggregate: ClassVar[str] = "variant_id"

    variant_id: UUID
    location_id: UUID
    quantity: int
    on_hand: int
    reason: str


@dataclass(frozen=True, slots=True)
class StockReceived(Event):
    """Goods arrived that were not there before (no returns)."""

    type: ClassVar[str] = "stock.received"
    aggregatetype: ClassVar[str] = "location"
    aggregate: ClassVar[str] = "location_id"

    location_id: UUID
    reference: str
    quantities: dict[str, int]  # by variant


@dataclass(frozen=True, slots=True)
class StockShortfallOpened(Event):
    """Promises exceed goods: ``shortfall`` units are missing at the location."""

    type: ClassVar[str] = "stock.shortfall_opened"
    aggregatetype: ClassVar[str] = "variant"
    aggregate: ClassVar[str] = "variant_id"

    variant_id: UUID
    location_id: UUID
    shortfall: int


@dataclass(frozen=True, slots=True)
class ChannelChanged(Event):
    """A channel was made or changed, its status included."""

    type: ClassVar[str] = "channel.changed"
    aggregatetype: ClassVar[str] = "channel"
    aggregate: ClassVar[str] = "channel_id"

    channel_id: UUID
    status: str


@dataclass(frozen=True, slots=True)
class LocationChanged(Event):
    """A location was made or changed: its address, hours, services or status."""

    type: ClassVar[str] = "location.changed"
    aggregatetype: ClassVar[str] = "location"
    aggregate: ClassVar[str] = "location_id"

    location_id: UUID
    status: str


@dataclass(frozen=True, slots=True)
class ProductChanged(Event):
    """A product was made or changed: its texts, variants, codes, media or status."""

    type: ClassVar[str] = "product.changed"
    aggregatetype: ClassVar[str] = "product"
    aggregate: ClassVar[str] = "product_id"

    product_id: UUID
    status: str


@dataclass(frozen=True, slots=True)
class ListingChanged(Event):
    """A variant was published in a channel, repriced there or taken away."""

    type: ClassVar[str] = "listing.changed"
    aggregatetype: ClassVar[str] = "variant"
    aggregate: ClassVar[str] = "variant_id"

    variant_id: UUID
    channel_id: UUID
    status: str
    price_minor: int
