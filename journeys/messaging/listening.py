"""From what happened to an order to what its customer is told: one message per event, or none.

What is older than a day is told to nobody: it is history that was loaded, or an event of a time
when nobody listened. What is no longer so when the event is read (a pickup that was collected
meanwhile) is not told either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from inventory.locations.models import Method
from journeys.messaging.composing import Occasion, compose
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.money import Money
from omni.events.event import Event
from omni.events.subscriptions import RecordedEvent
from omni.messages import operations as messages
from orders.aftersales.models import MoneyState, ReturnCase
from orders.events import (
    FulfilmentFact,
    FulfilmentLineShort,
    FulfilmentRejected,
    FulfilmentRerouted,
    OrderCancelled,
    OrderConfirmed,
    PickupExtended,
    PickupHandedOver,
    PickupNotCollected,
    PickupReady,
    PickupReinstated,
    RefundSucceeded,
    ReturnReceived,
    ReturnRefunded,
    SaleCompleted,
    ShipmentDelivered,
    ShipmentDispatched,
)
from orders.fulfilment.models import FulfilmentOrder
from orders.fulfilment.proof import HANDABLE
from orders.payments.models import Tender
from orders.payments.queries import RETURN_REFERENCE
from orders.sales.models import Order, OrderChange, OrderLine

TOO_OLD = timedelta(days=1)

E = TypeVar("E", bound=Event)


def tell_customers(batch: Sequence[RecordedEvent]) -> None:
    """The subscription: queues what these events give reason to say. Repeatable by event."""
    since = clock.now() - TOO_OLD
    fresh = [event for event in batch if event.occurred_at >= since]
    orders = _orders_of(fresh)
    drafts = []
    for recorded in fresh:
        order = orders.get(str(recorded.payload.get("order_id")))
        occasion = _occasion(recorded, order) if order else None
        draft = compose(occasion) if occasion else None
        if draft is not None:
            drafts.append(draft)
    messages.queue_messages(drafts=drafts, actor=SYSTEM)


def _orders_of(events: Sequence[RecordedEvent]) -> dict[str, Order]:
    ids = {each for event in events if (each := event.payload.get("order_id"))}
    rows = Order.objects.filter(pk__in=ids).select_related("channel", "customer")
    return {str(order.pk): order for order in rows} if ids else {}


def _occasion(recorded: RecordedEvent, order: Order) -> Occasion | None:
    event = recorded.event
    asked = _REASONS[type(event)](recorded, event, order)
    if asked is None:
        return None
    purpose, more = asked
    return Occasion(
        reference=f"event:{recorded.id}:{purpose}", purpose=purpose, order=order, **more
    )


# --- reasons: purpose and what the words need, or nothing -----------------------------------------

Reason = tuple[str, dict[str, Any]] | None


def _confirmed(_: RecordedEvent, event: OrderConfirmed, order: Order) -> Reason:
    """What was carried out of the store at once has a receipt instead."""
    lines = OrderLine.objects.filter(order=order)
    return ("order_placed", {}) if lines.exclude(method=Method.CARRY_OUT).exists() else None


def _ready(_: RecordedEvent, event: FulfilmentFact, order: Order) -> Reason:
    return _work("pickup_ready", event) if _still(event, HANDABLE) else None


def _extended(_: RecordedEvent, event: PickupExtended, order: Order) -> Reason:
    """Who asked for it on the order's page saw it there; staff say why they gave it."""
    if not event.reason or not _still(event, HANDABLE):
        return None
    return _work("pickup_extended", event)


def _missed(_: RecordedEvent, event: FulfilmentFact, order: Order) -> Reason:
    return _work("pickup_missed", event) if _still(event, {"no_show"}) else None


def _handed_over(_: RecordedEvent, event: PickupHandedOver, order: Order) -> Reason:
    return _work("handed_over", event, facts={"is_partial": event.is_partial})


def _sent(_: RecordedEvent, event: FulfilmentFact, order: Order) -> Reason:
    return _work("shipment_sent", event)


def _delivered(_: RecordedEvent, event: FulfilmentFact, order: Order) -> Reason:
    return _work("shipment_delivered", event)


def _rerouted(_: RecordedEvent, event: FulfilmentRerouted, order: Order) -> Reason:
    """Where a parcel comes from is nobody's concern; where one has to go is."""
    return _work("store_changed", event) if event.method == Method.PICKUP else None


def _short(_: RecordedEvent, event: FulfilmentLineShort, order: Order) -> Reason:
    return "items_missing", {"quantities": event.quantities}


def _rejected(recorded: RecordedEvent, event: FulfilmentRejected, order: Order) -> Reason:
    """What no other place had was taken off the order in the same moment."""
    off = OrderChange.objects.filter(
        order=order, kind="cancelled", reason="not_available", occurred_at=recorded.occurred_at
    ).first()
    return ("items_missing", {"quantities": off.details["lines"]}) if off else None


def _cancelled(_: RecordedEvent, event: OrderCancelled, order: Order) -> Reason:
    if not OrderLine.objects.filter(order=order).exclude(method=Method.CARRY_OUT).exists():
        return None
    facts = {
        "is_whole": event.is_whole,
        "is_paid": _was_paid(order) and event.amount_minor > 0,
        "amount": Money(event.amount_minor, event.currency),
    }
    return "order_cancelled", {"quantities": event.quantities, "facts": facts}


def _refunded(_: RecordedEvent, event: RefundSucceeded, order: Order) -> Reason:
    """Cash is given by hand; the money of a return is told when all of it is there."""
    if event.tender == Tender.CASH or event.reference.startswith(RETURN_REFERENCE):
        return None
    tender = Tender(event.tender).label
    amount = Money(event.amount_minor, event.currency)
    return "refunded", {"facts": {"amount": amount, "tender": tender}}


def _return_received(_: RecordedEvent, event: ReturnReceived, order: Order) -> Reason:
    """At a till the money follows at once; then that alone is told."""
    open_cases = ReturnCase.objects.filter(pk=event.return_id).exclude(
        money_status=MoneyState.SETTLED
    )
    return ("return_received", _case(event)) if open_cases.exists() else None


def _return_refunded(_: RecordedEvent, event: ReturnRefunded, order: Order) -> Reason:
    return ("return_refunded", _case(event)) if event.refund_minor else None


def _sold(recorded: RecordedEvent, event: SaleCompleted, order: Order) -> Reason:
    """Who gave an e-mail address at the till gets the receipt there."""
    return ("receipt", receipt_of(order)) if order.email else None


_REASONS: Mapping[type[Event], Callable[[RecordedEvent, Any, Order], Reason]] = {
    OrderConfirmed: _confirmed,
    PickupReady: _ready,
    PickupReinstated: _ready,
    PickupExtended: _extended,
    PickupNotCollected: _missed,
    PickupHandedOver: _handed_over,
    ShipmentDispatched: _sent,
    ShipmentDelivered: _delivered,
    FulfilmentRerouted: _rerouted,
    FulfilmentLineShort: _short,
    FulfilmentRejected: _rejected,
    OrderCancelled: _cancelled,
    RefundSucceeded: _refunded,
    ReturnReceived: _return_received,
    ReturnRefunded: _return_refunded,
    SaleCompleted: _sold,
}
EVENTS = tuple(_REASONS)


def receipt_of(order: Order) -> dict[str, Any]:
    """What a receipt says beside goods and sums."""
    return {"facts": {"bought_at": order.location.name if order.location else ""}}


def _work(purpose: str, event: FulfilmentFact, **more: Any) -> Reason:
    about = {"work_id": event.fulfilment_order_id, "quantities": event.quantities}
    return purpose, about | more


def _still(event: FulfilmentFact, statuses: Any) -> bool:
    row_id: UUID = event.fulfilment_order_id
    return FulfilmentOrder.objects.filter(pk=row_id, status__in=statuses).exists()


def _was_paid(order: Order) -> bool:
    return any(row.captured_minor for row in order.payments.all())


def _case(event: ReturnReceived | ReturnRefunded) -> dict[str, Any]:
    amount = Money(event.refund_minor, event.currency)
    return {"facts": {"return_number": event.number, "amount": amount}}
