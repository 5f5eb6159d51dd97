"""What may be seen of the work, by whom; and how an operation takes the rows it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from orders.fulfilment.errors import LineNotInFulfilmentOrder, WrongMethod
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState, Pickup
from orders.sales.models import Order
from orders.sales.queries import get_order

ON_A_SHELF = (
    FulfilmentState.READY,
    FulfilmentState.PARTLY_HANDED_OVER,
    FulfilmentState.NO_SHOW,
    FulfilmentState.REFUSED_AT_COUNTER,
)
MAX_NUMBER = 20
MAX_SHELF = 40


def fulfilment_orders_visible_to(
    actor: Actor, permission: str = Permission.FULFILMENT_VIEW
) -> QuerySet[FulfilmentOrder]:
    """Work at the locations where the actor holds the permission; missing and foreign are one."""
    rows: QuerySet[FulfilmentOrder] = FulfilmentOrder.objects.all()
    granted = actor.location_ids(permission)
    return rows if granted is None else rows.filter(location_id__in=granted)


def worklist(actor: Actor) -> QuerySet[FulfilmentOrder]:
    """The visible work with everything that a list or a card of it shows, in four statements."""
    return with_parts(fulfilment_orders_visible_to(actor))


def with_parts(rows: QuerySet[FulfilmentOrder]) -> QuerySet[FulfilmentOrder]:
    """With order, location, pickup, shipments and lines at hand."""
    return with_lines(rows).select_related("location").prefetch_related("shipments")


def with_lines(rows: QuerySet[FulfilmentOrder]) -> QuerySet[FulfilmentOrder]:
    """With order, pickup and lines at hand."""
    return rows.select_related("order", "pickup").prefetch_related(
        Prefetch("lines", FulfilmentLine.objects.select_related("order_line").order_by("pk"))
    )


def get_fulfilment_order(actor: Actor, fulfilment_order_id: UUID) -> FulfilmentOrder:
    """One of them. Raises: NotFound."""
    row = worklist(actor).filter(pk=fulfilment_order_id).first()
    if row is None:
        raise NotFound
    return row


def get_pickup_of_customer(
    actor: Actor, fulfilment_order_id: UUID, *, token: str = ""
) -> FulfilmentOrder:
    """A pickup of an order that the customer (or the guest with its token) owns. Raises: NotFound.

    Staff use their own endpoints: seeing an order is not being its customer.
    """
    row = FulfilmentOrder.objects.filter(pk=fulfilment_order_id, method=Method.PICKUP).first()
    if row is None or actor.kind not in ("customer", "anonymous"):
        raise NotFound
    get_order(actor, row.order_id, token=token)
    return row


def work_meant(
    actor: Actor, location_id: UUID, *, work_id: UUID | None = None, number: str = ""
) -> list[FulfilmentOrder]:
    """Work at a place by the id on its slip, or by the number of its order. One statement."""
    rows = fulfilment_orders_visible_to(actor).filter(location_id=location_id)
    if work_id is not None:
        rows = rows.filter(pk=work_id)
    elif 3 <= len(number) <= MAX_NUMBER and number.isascii():
        rows = rows.filter(order__number=number.upper(), method__in=WORKED)
    else:
        return []
    return list(rows.select_related("order").order_by("-pk")[:5])


def shelf_with_goods(location_id: UUID, name: str) -> str:
    """The shelf of this name (in any case) at a place, if goods lie on it. One statement."""
    if not 0 < len(name) <= MAX_SHELF:
        return ""
    lying = Pickup.objects.filter(
        fulfilment_order__location_id=location_id,
        fulfilment_order__status__in=ON_A_SHELF,
        shelf__iexact=name,
    )
    return lying.values_list("shelf", flat=True).first() or ""


def has_left_elsewhere(order_id: UUID) -> bool:
    """Whether units of the order left the house otherwise than over the counter of their sale."""
    gone = FulfilmentLine.objects.filter(fulfilment_order__order_id=order_id, handed_over__gt=0)
    return gone.exclude(fulfilment_order__method=Method.CARRY_OUT).exists()


@dataclass(frozen=True, slots=True)
class Work:
    """A locked fulfilment order with its order and lines, and who acts when."""

    row: FulfilmentOrder
    order: Order
    lines: list[FulfilmentLine]
    actor: Actor
    now: datetime

    @property
    def pickup(self) -> Pickup:
        """The pickup of a fulfilment order of that method."""
        return self.row.pickup

    def line(self, line_id: int) -> FulfilmentLine:
        """Raises: LineNotInFulfilmentOrder."""
        for line in self.lines:
            if line.pk == line_id:
                return line
        raise LineNotInFulfilmentOrder(line_id=line_id)

    def facts(self, **more: Any) -> dict[str, Any]:
        """What every event of it says."""
        return {
            "order_id": self.order.pk,
            "fulfilment_order_id": self.row.pk,
            "location_id": self.row.location_id,
            "channel_id": self.order.channel_id,
            "customer_id": self.order.customer_id,
            "method": str(self.row.method),
            **more,
        }


def take_work(
    fulfilment_order_id: UUID,
    *,
    actor: Actor,
    permission: str,
    methods: frozenset[str] | None = None,
) -> Work:
    """Lock the order, then the fulfilment order and its pickup. Scoped to the actor's locations.

    Raises: NotFound, WrongMethod.
    """
    found = (
        fulfilment_orders_visible_to(actor, permission)
        .filter(pk=fulfilment_order_id)
        .values_list("order_id", flat=True)
        .first()
    )
    if found is None:
        raise NotFound
    return lock_work(fulfilment_order_id, order_id=found, actor=actor, methods=methods)


def lock_work(
    fulfilment_order_id: UUID,
    *,
    order_id: UUID,
    actor: Actor,
    methods: frozenset[str] | None = None,
) -> Work:
    """The same for a caller that has settled who may. Raises: WrongMethod."""
    order = Order.objects.filter(pk=order_id).locked().get()
    row = FulfilmentOrder.objects.filter(pk=fulfilment_order_id).locked().get()
    if methods is not None and row.method not in methods:
        raise WrongMethod(method=str(row.method))
    row.order = order
    if row.method == Method.PICKUP:
        row.pickup = (
            Pickup.objects.filter(pk=row.pk).select_for_update(of=("self",), no_key=True).get()
        )
    return Work(row, order, lines_of(row), actor, clock.now())


def lines_of(row: FulfilmentOrder) -> list[FulfilmentLine]:
    """The lines with their order lines and variants."""
    return list(
        FulfilmentLine.objects.filter(fulfilment_order=row)
        .select_related("order_line__variant")
        .order_by("pk")
    )


PICKUP = frozenset({Method.PICKUP.value})
PARCELS = frozenset({Method.SHIP.value, Method.LOCAL_DELIVERY.value})
WORKED = PICKUP | PARCELS
