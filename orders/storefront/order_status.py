"""One order as its customer sees it: goods, sums, and how each part reaches them.

Read by the page of the order and by what is written to its customer, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory.catalog.pictures import pictures_of
from inventory.locations.models import Method
from omni.core import clock
from omni.core.money import Money
from orders.fulfilment.codes import shown_code
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState, Pickup
from orders.fulfilment.models import Shipment as Parcel
from orders.fulfilment.proof import HANDABLE
from orders.fulfilment.queries import with_parts
from orders.payments.queries import payments_of
from orders.sales.models import Adjustment, Order, OrderLine
from orders.storefront.order_money import Sum, quantity_text, sums_of
from orders.storefront.order_places import Store, stores_of
from orders.storefront.order_words import (
    Standing,
    Step,
    standing_of_order,
    standing_of_work,
    steps_of,
)


@dataclass(frozen=True, slots=True)
class Goods:
    """A line, or ``count`` units of it in one part. ``gone`` counts those that were cancelled."""

    line: OrderLine
    name: str
    count: int
    quantity: str
    total: Money
    picture_url: str = ""
    picture_alt: str = ""
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Work of one store by one method, for its customer. ``code`` only while goods wait."""

    row: FulfilmentOrder
    store: Store
    standing: Standing
    steps: list[Step]
    goods: list[Goods]
    parcels: list[Parcel]
    pickup: Pickup | None = None
    code: str = ""

    @property
    def is_pickup(self) -> bool:
        return self.row.method == Method.PICKUP

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is on its way to the customer any more."""
        return not any(line.quantity_open for line in self.row.lines.all())

    @property
    def waits(self) -> bool:
        """Whether goods lie on the shelf for the customer."""
        return self.row.status in HANDABLE


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """The whole order. Before it is confirmed it has no parts, and ``standing`` says it all."""

    order: Order
    standing: Standing
    goods: list[Goods]
    parts: list[Part]
    sums: list[Sum]
    now: datetime


# Nothing of them will come any more, and another part (or the order itself) says why.
_SILENT = frozenset({FulfilmentState.REJECTED})
_OVER = frozenset({FulfilmentState.HANDED_OVER, FulfilmentState.CANCELLED, FulfilmentState.CLOSED})


def read_standing(order: Order, *, with_pictures: bool = True) -> OrderStanding:
    """How the order stands right now, in a fixed number of queries. Needs its channel."""
    now = clock.now()
    lines = list(
        OrderLine.objects.filter(order=order)
        .select_related("variant", "order")
        .order_by("position")
    )
    pictures = pictures_of({line.variant_id for line in lines}) if with_pictures else {}
    goods = {line.pk: _goods(line, pictures.get(line.variant_id)) for line in lines}
    works = with_parts(FulfilmentOrder.objects.filter(order=order)).order_by("pk")
    rows = [row for row in works if row.status not in _SILENT]
    visited = {row.location_id for row in rows if _is_visited(row)}
    stores = stores_of((row.location for row in rows), visited=visited, now=now)
    adjustments = Adjustment.objects.filter(order=order).order_by("pk")
    return OrderStanding(
        order=order,
        standing=standing_of_order(order.status),
        goods=list(goods.values()),
        parts=[_part(row, stores[row.location_id], goods) for row in rows],
        sums=sums_of(order, lines, adjustments, payments_of(order.pk)),
        now=now,
    )


def code_of(row: FulfilmentOrder, pickup: Pickup) -> str:
    """The code for the customer's eyes while goods wait; empty else, and where it is locked."""
    if row.status not in HANDABLE or pickup.locked_at is not None:
        return ""
    return shown_code(row.pk, pickup.code_version, pickup.code_digest) or ""


def units_of(standing: OrderStanding, quantities: Mapping[str, int]) -> list[Goods]:
    """The units that an event is about, by order line."""
    return [
        replace(each, count=count, quantity=quantity_text(each.line, count), gone=0)
        for each in standing.goods
        if (count := int(quantities.get(str(each.line.pk), 0)))
    ]


def _is_visited(row: FulfilmentOrder) -> bool:
    """Whether the customer still has to go there, or may want to ask there."""
    return row.method == Method.PICKUP and row.status not in _OVER


def _goods(line: OrderLine, picture: Any) -> Goods:
    return Goods(
        line=line,
        name=line.name,
        count=line.quantity,
        quantity=quantity_text(line),
        total=Money(line.total_minor, line.order.currency),
        picture_url=picture.url if picture else "",
        picture_alt=picture.alt if picture else "",
        gone=line.quantity_cancelled,
    )


def _part(row: FulfilmentOrder, store: Store, goods: dict[UUID, Goods]) -> Part:
    pickup = row.pickup if row.method == Method.PICKUP else None
    return Part(
        row=row,
        store=store,
        standing=standing_of_work(row.method, row.status),
        steps=steps_of(row.method, row.status),
        goods=[_units(each, goods[each.order_line_id]) for each in row.lines.all()],
        parcels=list(row.shipments.all()),
        pickup=pickup,
        code=code_of(row, pickup) if pickup else "",
    )


def _units(part: FulfilmentLine, whole: Goods) -> Goods:
    count = part.quantity - part.short - part.cancelled
    gone = part.short + part.cancelled
    return replace(whole, count=count, quantity=quantity_text(whole.line, count), gone=gone)
