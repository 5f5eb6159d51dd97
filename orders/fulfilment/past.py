"""Work that was done before it was known here: the set-based form for imports.

The rows are those that dispatching and delivering the lines one after the other would leave behind.
Stock and counters are not touched: whoever imports posts the movements and writes the lines as
fulfilled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.locations.models import Method
from omni.core.ids import uuid7
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState

BATCH = 5000


@dataclass(frozen=True, slots=True)
class PastDelivery:
    """Lines of one order that left one location long ago: (order line, units)."""

    order_id: UUID
    location_id: UUID
    delivered_at: datetime
    lines: Sequence[tuple[UUID, int]]


@transaction.atomic
def record_past_deliveries(*, deliveries: Sequence[PastDelivery]) -> list[FulfilmentOrder]:
    """Write the fulfilment orders of what was shipped and delivered. The caller calls it once."""
    orders = [_order(delivery) for delivery in deliveries]
    FulfilmentOrder.objects.bulk_create(orders, batch_size=BATCH)
    FulfilmentLine.objects.bulk_create(
        (
            FulfilmentLine(
                fulfilment_order=order,
                order_line_id=line_id,
                quantity=quantity,
                picked=quantity,
                handed_over=quantity,
            )
            for order, delivery in zip(orders, deliveries, strict=True)
            for line_id, quantity in delivery.lines
        ),
        batch_size=BATCH,
    )
    return orders


def _order(delivery: PastDelivery) -> FulfilmentOrder:
    moment = delivery.delivered_at
    return FulfilmentOrder(
        id=uuid7(),
        order_id=delivery.order_id,
        location_id=delivery.location_id,
        method=Method.SHIP,
        status=FulfilmentState.DELIVERED,
        created_at=moment,
        accepted_at=moment,
        finished_at=moment,
    )
