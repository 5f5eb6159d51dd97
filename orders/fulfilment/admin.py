"""The work on orders in the back office: for looking only. It moves by operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from omni.access.actor import Actor
from omni.access.admin_site import LedgerAdmin
from omni.access.permissions import Permission
from orders.fulfilment.models import (
    FulfilmentLine,
    FulfilmentOrder,
    HandOver,
    Pickup,
    Shipment,
)
from orders.fulfilment.queries import fulfilment_orders_visible_to


class _Parts:
    """Parts of the work, to be looked at by whoever may see the work."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineRows(_Parts, admin.TabularInline[Any, Any]):
    model = FulfilmentLine
    fields = ("order_line", "quantity", "picked", "short", "cancelled", "handed_over")
    ordering = ("pk",)


class PickupRow(_Parts, admin.StackedInline[Any, Any]):
    model = Pickup
    fields = (
        "shelf",
        "ready_at",
        "window_ends_at",
        "is_extended",
        "delegate_name",
        "arrived_at",
        "arrival_note",
        "code_attempts",
        "locked_at",
        "handed_over_at",
    )


class HandOverRows(_Parts, admin.TabularInline[Any, Any]):
    model = HandOver
    fields = ("occurred_at", "quantities", "proof", "handed_over_to", "principal", "undone_at")
    ordering = ("pk",)


class ShipmentRows(_Parts, admin.TabularInline[Any, Any]):
    model = Shipment
    fields = ("carrier", "tracking_number", "dispatched_at", "delivered_at")
    ordering = ("pk",)


@admin.register(FulfilmentOrder)
class FulfilmentOrderAdmin(LedgerAdmin):
    """Work at locations, what is due first."""

    view_permission = Permission.FULFILMENT_VIEW
    scoped = True
    list_display = ("due_at", "order", "location", "method", "status", "reason", "created_at")
    list_filter = ("status", "method", "location")
    search_fields = ("order__number",)
    ordering = ("-pk",)
    list_select_related = ("order", "location")
    inlines = (LineRows, PickupRow, HandOverRows, ShipmentRows)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(pk__in=fulfilment_orders_visible_to(actor).values("pk"))
