"""Every event of the app: its public contract. Ids and facts of that moment, no personal data.

Amounts are minor units of ``currency``. A line in an event is a dict with ``line_id``,
``variant_id``, ``quantity``, ``method`` and ``location_id``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class OrderContactCorrected(Event):
    """The address that an order's messages go to was wrong and is another now. It is not told."""

    type: ClassVar[str] = "order.contact_corrected"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    customer_id: UUID | None
    number: str
    channel_id: UUID
    medium: str = ""


# --- fulfilment: work at one location by one method -----------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentFact(Event):
    """What every event of a fulfilment order tells. They queue with the other events of its order.

    ``quantities`` are units by order line, where the event is about some of them.
    """

    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    fulfilment_order_id: UUID
    location_id: UUID
    channel_id: UUID
    customer_id: UUID | None = None
    method: str = ""
    reason: str = ""
    quantities: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentAccepted(FulfilmentFact):
    """The location works on it."""

    type: ClassVar[str] = "fulfilment.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLineShort(FulfilmentFact):
    """Units were not found and are cancelled; their money is due back."""

    type: ClassVar[str] = "fulfilment.line_short"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentRejected(FulfilmentFact):
    """The location cannot do it. What could be routed again has an event of its own."""

    type: ClassVar[str] = "fulfilment.rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentRerouted(FulfilmentFact):
    """Another location does it now; ``from_location_id`` could not."""

    type: ClassVar[str] = "fulfilment.rerouted"

    from_location_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentCancelled(FulfilmentFact):
    """Nothing of it will leave the house any more."""

    type: ClassVar[str] = "fulfilment.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsPutBack(FulfilmentFact):
    """Goods that were picked lie in their place again and can be sold."""

    type: ClassVar[str] = "fulfilment.put_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupReady(FulfilmentFact):
    """The goods wait on a shelf until the window ends."""

    type: ClassVar[str] = "pickup.ready"

    window_ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupTakenBack(FulfilmentFact):
    """It was ready and is being picked again: lost from the shelf, or damaged there."""

    type: ClassVar[str] = "pickup.taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupExtended(FulfilmentFact):
    """The customer has more time."""

    type: ClassVar[str] = "pickup.extended"

    window_ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupDelegated(FulfilmentFact):
    """The customer named (or took back) somebody else who may collect."""

    type: ClassVar[str] = "pickup.delegated"

    is_named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupArrived(FulfilmentFact):
    """The customer says: I am here."""

    type: ClassVar[str] = "pickup.arrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupHandedOver(FulfilmentFact):
    """Goods went into the customer's hands. ``proof``: code, or the kind of ID checked."""

    type: ClassVar[str] = "pickup.handed_over"

    is_partial: bool = False
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupHandOverUndone(FulfilmentFact):
    """It was the wrong bag: the goods are on the shelf again."""

    type: ClassVar[str] = "pickup.hand_over_undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupRefused(FulfilmentFact):
    """The customer did not want the goods at the counter."""

    type: ClassVar[str] = "pickup.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupNotCollected(FulfilmentFact):
    """The window ended and nobody came."""

    type: ClassVar[str] = "pickup.not_collected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupReinstated(FulfilmentFact):
    """Not collected in time, but still on the shelf: it may be collected after all."""

    type: ClassVar[str] = "pickup.reinstated"

    window_ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupCodeLocked(FulfilmentFact):
    """Too many wrong codes."""

    type: ClassVar[str] = "pickup.code_locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupCodeRenewed(FulfilmentFact):
    """The code that was told opens nothing any more; there is another one."""

    type: ClassVar[str] = "pickup.code_renewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDispatched(FulfilmentFact):
    """The parcel left the house."""

    type: ClassVar[str] = "shipment.dispatched"

    shipment_id: UUID
    carrier: str
    tracking_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentAttempted(FulfilmentFact):
    """The carrier found nobody."""

    type: ClassVar[str] = "shipment.attempted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDelivered(FulfilmentFact):
    """The parcel arrived."""

    type: ClassVar[str] = "shipment.delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRefused(FulfilmentFact):
    """The parcel was refused at the door."""

    type: ClassVar[str] = "shipment.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentReturning(FulfilmentFact):
    """The parcel is on its way back."""

    type: ClassVar[str] = "shipment.returning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentReturned(FulfilmentFact):
    """The parcel is back where it came from; what was paid for it is due back."""

    type: ClassVar[str] = "shipment.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLost(FulfilmentFact):
    """The carrier lost the parcel."""

    type: ClassVar[str] = "shipment.lost"


# --- aftersales -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """Units of an order were taken off it; ``is_whole`` when nothing is left."""

    type: ClassVar[str] = "order.cancelled"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    location_id: UUID | None
    is_whole: bool
    amount_minor: int
    currency: str
    reason: str
    quantities: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFact(Event):
    """What every event of a return case tells."""

    aggregatetype: ClassVar[str] = "return"
    aggregate: ClassVar[str] = "return_id"

    return_id: UUID
    number: str
    kind: str
    order_id: UUID | None
    customer_id: UUID | None
    channel_id: UUID
    location_id: UUID | None
    refund_minor: int
    currency: str
    reason: str = ""
    quantities: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequested(ReturnFact):
    """The customer wants to give goods back."""

    type: ClassVar[str] = "return.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAuthorised(ReturnFact):
    """The goods may come back."""

    type: ClassVar[str] = "return.authorised"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDeclined(ReturnFact):
    """The goods are not taken back."""

    type: ClassVar[str] = "return.declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCancelled(ReturnFact):
    """The customer keeps the goods, or the time to send them is over."""

    type: ClassVar[str] = "return.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceived(ReturnFact):
    """Goods of the case arrived at a location."""

    type: ClassVar[str] = "return.received"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInspected(ReturnFact):
    """Somebody decided what becomes of the goods, and what the customer gets."""

    type: ClassVar[str] = "return.inspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRefunded(ReturnFact):
    """All money of the case is back with the customer."""

    type: ClassVar[str] = "return.refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnExchanged(ReturnFact):
    """The customer took something else instead."""

    type: ClassVar[str] = "return.exchanged"

    new_order_id: UUID
    difference_minor: int


# --- till -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCompleted(Event):
    """A sale was rung up and paid at a till."""

    type: ClassVar[str] = "sale.completed"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    location_id: UUID
    register_id: UUID
    shift_id: UUID
    total_minor: int
    currency: str
    tenders: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleVoided(Event):
    """A sale was taken back in the shift that made it."""

    type: ClassVar[str] = "sale.voided"
    aggregatetype: ClassVar[str] = "order"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    location_id: UUID
    register_id: UUID
    shift_id: UUID
    total_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFact(Event):
    """What every event of a shift tells."""

    aggregatetype: ClassVar[str] = "shift"
    aggregate: ClassVar[str] = "shift_id"

    shift_id: UUID
    register_id: UUID
    location_id: UUID
    channel_id: UUID
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftOpened(ShiftFact):
    """A drawer was opened with a float of ``amount_minor``."""

    type: ClassVar[str] = "shift.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftClosed(ShiftFact):
    """A drawer was counted and closed; ``amount_minor`` is the difference found."""

    type: ClassVar[str] = "shift.closed"

    is_forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceKept(Event):
    """Staff keep units at a store for a customer, unpaid, until ``until``."""

    type: ClassVar[str] = "piece.kept"
    aggregatetype: ClassVar[str] = "reservation"
    aggregate: ClassVar[str] = "reservation_id"

    reservation_id: UUID
    customer_id: UUID
    variant_id: UUID
    location_id: UUID
    name: str
    quantity: int
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceReleased(Event):
    """Units kept for a customer were let go of before their time."""

    type: ClassVar[str] = "piece.released"
    aggregatetype: ClassVar[str] = "reservation"
    aggregate: ClassVar[str] = "reservation_id"

    reservation_id: UUID
    customer_id: UUID
    variant_id: UUID
    location_id: UUID
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDayClosed(Event):
    """A store's day was reconciled and closed; the sums are those of its journal."""

    type: ClassVar[str] = "store_day.closed"
    aggregatetype: ClassVar[str] = "store_day"
    aggregate: ClassVar[str] = "store_day_id"

    store_day_id: UUID
    location_id: UUID
    business_date: str
    currency: str
    total_minor: int
    cash_minor: int
    card_minor: int
    deposited_minor: int
    terminal_difference_minor: int
    safe_difference_minor: int


# --- payments ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorised(Event):
    """The provider guarantees the amount; nothing was taken yet."""

    type: ClassVar[str] = "payment.authorised"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(Event):
    """Money was taken: at the provider, the terminal or in cash. ``amount_minor`` is this part."""

    type: ClassVar[str] = "payment.captured"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Event):
    """A payment came to nothing; the order stays open for another tender."""

    type: ClassVar[str] = "payment.failed"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    failure_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(Event):
    """What was authorised (or taken at the till in this shift) was given free again.

    ``reason`` is ``voided``, ``expired`` or ``reversed``.
    """

    type: ClassVar[str] = "payment.voided"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(Event):
    """Money went back over the tender that it came from."""

    type: ClassVar[str] = "refund.succeeded"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(Event):
    """The provider would not give the money back; it is still owed, by another way."""

    type: ClassVar[str] = "refund.failed"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    reference: str
    failure_code: str
