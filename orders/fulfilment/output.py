"""How the work on orders looks in the API: to staff, and on the page of an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.rest.serializers import Output
from orders.fulfilment.codes import shown_code
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState, Pickup, Shipment
from orders.fulfilment.proof import HANDABLE
from orders.fulfilment.queries import with_parts
from orders.sales.models import Order
from orders.sales.sections import Section


class ShipmentOutput(Output):
    """A parcel."""

    id = serializers.UUIDField(help_text=_("Id of the parcel."))
    carrier = serializers.CharField(help_text=_("Who carries it."))
    tracking_number = serializers.CharField(allow_blank=True, help_text=_("At the carrier."))
    dispatched_at = serializers.DateTimeField(allow_null=True, help_text=_("When it left."))
    delivered_at = serializers.DateTimeField(allow_null=True, help_text=_("When it arrived."))


class WorkLineOutput(Output):
    """Units of an order line in this work."""

    id = serializers.IntegerField(help_text=_("Names the line in further requests."))
    order_line_id = serializers.UUIDField(help_text=_("The line of the order."))
    variant_id = serializers.UUIDField(help_text=_("What it is."))
    sku = serializers.CharField(help_text=_("Stock keeping unit."))
    name = serializers.CharField(help_text=_("As sold."))
    quantity = serializers.IntegerField(help_text=_("Units asked of this location."))
    picked = serializers.IntegerField(help_text=_("Of these found and taken from the shelf."))
    short = serializers.IntegerField(help_text=_("Of these not there."))
    cancelled = serializers.IntegerField(help_text=_("Of these taken off the order."))
    handed_over = serializers.IntegerField(help_text=_("Of these handed over or dispatched."))
    to_put_back = serializers.IntegerField(help_text=_("Picked units that will not leave."))


class StaffPickupOutput(Output):
    """What staff see of a pickup; never its code."""

    shelf = serializers.CharField(allow_blank=True, help_text=_("Where the goods wait."))
    ready_at = serializers.DateTimeField(allow_null=True, help_text=_("Since when."))
    window_ends_at = serializers.DateTimeField(allow_null=True, help_text=_("Until when."))
    is_extended = serializers.BooleanField(help_text=_("Whether more time was given."))
    is_locked = serializers.BooleanField(help_text=_("Whether too many wrong codes were typed."))
    delegate_name = serializers.CharField(allow_blank=True, help_text=_("Who else may collect."))
    arrived_at = serializers.DateTimeField(allow_null=True, help_text=_("Reported: I am here."))
    arrival_note = serializers.CharField(allow_blank=True, help_text=_("Bay or car."))
    handed_over_at = serializers.DateTimeField(allow_null=True, help_text=_("When, if it was."))


class FulfilmentOrderOutput(Output):
    """Work at one location by one method for one order."""

    id = serializers.UUIDField(help_text=_("Its id, also that of the pickup."))
    order_id = serializers.UUIDField(help_text=_("The order."))
    order_number = serializers.CharField(help_text=_("The number that people use."))
    contact_name = serializers.CharField(allow_blank=True, help_text=_("Who ordered."))
    location_id = serializers.UUIDField(help_text=_("Where it is done."))
    method = serializers.ChoiceField(Method.choices, help_text=_("How the goods leave."))
    status = serializers.ChoiceField(FulfilmentState.choices, help_text=_("How far it is."))
    next = serializers.ListField(
        child=serializers.CharField(), help_text=_("States that it may move to from here.")
    )
    reason = serializers.CharField(allow_blank=True, help_text=_("Why it ended so."))
    due_at = serializers.DateTimeField(allow_null=True, help_text=_("Promised by then."))
    created_at = serializers.DateTimeField(help_text=_("When it arrived here."))
    lines = WorkLineOutput(many=True, help_text=_("What is to be done."))
    pickup = StaffPickupOutput(allow_null=True, help_text=_("Only of a pickup."))
    shipments = ShipmentOutput(many=True, help_text=_("Parcels."))


class FulfilmentOrderListOutput(Output):
    """A page of work."""

    results = FulfilmentOrderOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class CustomerPickupOutput(Output):
    """What the customer needs to collect."""

    code = serializers.CharField(
        allow_null=True, help_text=_("To be shown at the counter; given once it is ready.")
    )
    ready_at = serializers.DateTimeField(allow_null=True, help_text=_("Since when it waits."))
    window_ends_at = serializers.DateTimeField(allow_null=True, help_text=_("Until when."))
    is_extended = serializers.BooleanField(help_text=_("Whether more time was given."))
    delegate_name = serializers.CharField(allow_blank=True, help_text=_("Who else may collect."))
    arrived_at = serializers.DateTimeField(allow_null=True, help_text=_("Reported: I am here."))


class CustomerWorkLineOutput(Output):
    """Units of a line of the order."""

    order_line_id = serializers.UUIDField(help_text=_("The line of the order."))
    quantity = serializers.IntegerField(help_text=_("Units."))
    handed_over = serializers.IntegerField(help_text=_("Of these handed over or dispatched."))


class OrderWorkOutput(Output):
    """How a part of an order reaches the customer."""

    id = serializers.UUIDField(help_text=_("Its id, also that of the pickup."))
    location_id = serializers.UUIDField(help_text=_("Where it is done."))
    location_name = serializers.CharField(help_text=_("Its name."))
    method = serializers.ChoiceField(Method.choices, help_text=_("How the goods leave."))
    status = serializers.ChoiceField(FulfilmentState.choices, help_text=_("How far it is."))
    due_at = serializers.DateTimeField(allow_null=True, help_text=_("Promised by then."))
    lines = CustomerWorkLineOutput(many=True, help_text=_("What it is about."))
    pickup = CustomerPickupOutput(allow_null=True, help_text=_("Only of a pickup."))
    shipments = ShipmentOutput(many=True, help_text=_("Parcels."))


def work_dict(row: FulfilmentOrder) -> dict[str, Any]:
    """The work as staff see it. Needs ``with_parts``."""
    return {
        "id": row.pk,
        "order_id": row.order_id,
        "order_number": row.order.number,
        "contact_name": row.order.contact_name,
        "location_id": row.location_id,
        "method": row.method,
        "status": row.status,
        "next": sorted(str(state) for state in row.moves.get(row.status, ())),
        "reason": row.reason,
        "due_at": row.due_at,
        "created_at": row.created_at,
        "lines": [_line(line) for line in row.lines.all()],
        "pickup": _staff_pickup(row.pickup) if row.method == Method.PICKUP else None,
        "shipments": [_shipment(parcel) for parcel in row.shipments.all()],
    }


def customer_pickup_dict(row: FulfilmentOrder, pickup: Pickup, *, shows: bool) -> dict[str, Any]:
    """The pickup for its customer: the code only while the goods wait."""
    code = None
    if shows and row.status in HANDABLE and pickup.locked_at is None:
        code = shown_code(row.pk, pickup.code_version, pickup.code_digest)
    return {
        "code": code,
        "ready_at": pickup.ready_at,
        "window_ends_at": pickup.window_ends_at,
        "is_extended": pickup.is_extended,
        "delegate_name": pickup.delegate_name,
        "arrived_at": pickup.arrived_at,
    }


def _line(line: Any) -> dict[str, Any]:
    sold = line.order_line
    return {
        "id": line.pk,
        "order_line_id": line.order_line_id,
        "variant_id": sold.variant_id,
        "sku": sold.sku,
        "name": sold.name,
        "quantity": line.quantity,
        "picked": line.picked,
        "short": line.short,
        "cancelled": line.cancelled,
        "handed_over": line.handed_over,
        "to_put_back": line.quantity_to_put_back,
    }


def _staff_pickup(pickup: Pickup) -> dict[str, Any]:
    return {
        "shelf": pickup.shelf,
        "ready_at": pickup.ready_at,
        "window_ends_at": pickup.window_ends_at,
        "is_extended": pickup.is_extended,
        "is_locked": pickup.locked_at is not None,
        "delegate_name": pickup.delegate_name,
        "arrived_at": pickup.arrived_at,
        "arrival_note": pickup.arrival_note,
        "handed_over_at": pickup.handed_over_at,
    }


def _shipment(parcel: Shipment) -> dict[str, Any]:
    return {
        "id": parcel.pk,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "dispatched_at": parcel.dispatched_at,
        "delivered_at": parcel.delivered_at,
    }


def _of_orders(orders: Sequence[Order], actor: Actor) -> dict[UUID, Any]:
    """The work of these orders; staff who read an order see everything but the codes."""
    shows = actor.kind in ("customer", "anonymous")
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = with_parts(FulfilmentOrder.objects.filter(order__in=orders)).order_by("pk")
    for row in rows:
        found[row.order_id].append(_order_work(row, shows=shows))
    return dict(found)


def _order_work(row: FulfilmentOrder, *, shows: bool) -> dict[str, Any]:
    is_pickup = row.method == Method.PICKUP
    return {
        "id": row.pk,
        "location_id": row.location_id,
        "location_name": row.location.name,
        "method": row.method,
        "status": row.status,
        "due_at": row.due_at,
        "lines": [
            {
                "order_line_id": line.order_line_id,
                "quantity": line.quantity - line.short - line.cancelled,
                "handed_over": line.handed_over,
            }
            for line in row.lines.all()
        ],
        "pickup": customer_pickup_dict(row, row.pickup, shows=shows) if is_pickup else None,
        "shipments": [_shipment(parcel) for parcel in row.shipments.all()],
    }


ORDER_SECTION = Section(
    name="fulfilment_orders",
    field=OrderWorkOutput(many=True, help_text=_("How its goods reach the customer.")),
    read=_of_orders,
)
