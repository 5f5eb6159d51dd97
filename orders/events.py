"""Every event of the app: its public contract. Ids and facts of that moment, no personal data.

Amounts are minor units of ``currency``. A line in an event is a dict with ``line_id``,
``variant_id``, ``quantity``, ``method`` and ``location_id``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from omni.events.event import Event

# --- carts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CartLineAdded(Event):
    """Somebody put something into a cart. ``device`` names the visitor where nobody is known."""

    type: ClassVar[str] = "cart.line_added"
    aggregatetype: ClassVar[str] = "cart"
    aggregate: ClassVar[str] = "cart_id"

    cart_id: UUID
    customer_id: UUID | None
    channel_id: UUID
    variant_id: UUID
    quantity: int
    location_id: UUID | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class CartOpened(Event):
    """A cart was opened by its code on another device, or at a till."""

    type: ClassVar[str] = "cart.opened"
    aggregatetype: ClassVar[str] = "cart"
    aggregate: ClassVar[str] = "cart_id"

    cart_id: UUID
    customer_id: UUID | None
    channel_id: UUID
    register_id: UUID | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CartClaimed(Event):
    """A guest's cart became its customer's at sign-in; ``merged_into`` if they had one already."""

    type: ClassVar[str] = "cart.claimed"
    aggregatetype: ClassVar[str] = "cart"
    aggregate: ClassVar[str] = "cart_id"

    cart_id: UUID
    customer_id: UUID
    channel_id: UUID
    merged_into: UUID | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class CartHeld(Event):
    """Stock was kept for a cart until a moment (RFC 3339)."""

    type: ClassVar[str] = "cart.held"
    aggregatetype: ClassVar[str] = "cart"
    aggregate: ClassVar[str] = "cart_id"

    cart_id: UUID
    customer_id: UUID | None
    channel_id: UUID
    held_until: str


@dataclass(frozen=True, slots=True)
class CartExpired(Event):
    """A cart lay idle too long and was closed."""

    type: ClassVar[str] = "cart.expired"
    aggregatetype: ClassVar[str] = "cart"
    aggregate: ClassVar[str] = "cart_id"

    cart_id: UUID
    customer_id: UUID | None
    channel_id: UUID


# --- orders ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """An order exists and its stock is committed; it may not be paid yet."""

    type: ClassVar[str] = "order.placed"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    customer_id: UUID | None
    number: str
    channel_id: UUID
    location_id: UUID | None
    cart_id: UUID | None
    currency: str
    total_minor: int
    tax_minor: int
    payment_policy: str
    lines: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderConfirmed(Event):
    """The payment policy is satisfied: the work on the order may start."""

    type: ClassVar[str] = "order.confirmed"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    customer_id: UUID | None
    number: str
    channel_id: UUID
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OrderCompleted(Event):
    """Every line is fulfilled or cancelled, and the money is settled."""

    type: ClassVar[str] = "order.completed"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    customer_id: UUID | None
    number: str
    channel_id: UUID
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OrderFailed(Event):
    """The order was not paid in time. Its stock is free again; ``new_cart_id`` is its copy."""

    type: ClassVar[str] = "order.failed"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    customer_id: UUID | None
    number: str
    channel_id: UUID
    reason: str = ""
    new_cart_id: UUID | None = None
