"""Orders in the back office: for looking only. They change by operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.admin_site import LedgerAdmin
from omni.access.permissions import Permission
from omni.core.money import Money
from orders.sales.models import Adjustment, Order, OrderAddress, OrderChange, OrderLine
from orders.sales.queries import orders_visible_to


class _Rows(admin.TabularInline[Any, Any]):
    """Parts of an order, to be looked at by whoever may see the order."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineRows(_Rows):
    model = OrderLine
    fields = (
        "position",
        "sku",
        "name",
        "quantity",
        "quantity_cancelled",
        "quantity_fulfilled",
        "quantity_returned",
        "method",
        "location",
        "total_minor",
        "tax_minor",
    )
    ordering = ("position",)


class AdjustmentRows(_Rows):
    model = Adjustment
    fk_name = "order"
    fields = ("kind", "label", "net_minor", "tax_minor", "total_minor")
    ordering = ("pk",)


class AddressRows(_Rows):
    model = OrderAddress
    fields = ("name", "street", "postal_code", "city", "region", "country", "phone")


class ChangeRows(_Rows):
    model = OrderChange
    fields = ("occurred_at", "kind", "reason", "principal")
    ordering = ("pk",)


@admin.register(Order)
class OrderAdmin(LedgerAdmin):
    """Every order with its lines, charges and changes; links lead to payments and work."""

    view_permission = Permission.ORDERS_VIEW
    scoped = True
    logged_as = "order"
    list_display = (
        "number",
        "placed_at",
        "channel",
        "status",
        "payment_status",
        "fulfilment_status",
        "return_status",
        "total",
    )
    list_filter = ("status", "payment_status", "fulfilment_status", "return_status", "channel")
    search_fields = ("=number", "=email")
    list_select_related = ("channel",)
    ordering = ("-placed_at", "-pk")
    exclude = ("token_digest", "total_minor", "tax_minor", "cancelled_minor")
    readonly_fields = ("total", "tax", "cancelled", "see_also")
    inlines = (LineRows, AdjustmentRows, AddressRows, ChangeRows)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(pk__in=orders_visible_to(actor).values("pk"))

    @admin.display(description=_("total"), ordering="total_minor")
    def total(self, order: Order) -> str:
        return str(Money(order.total_minor, order.currency))

    @admin.display(description=_("of which tax"))
    def tax(self, order: Order) -> str:
        return str(Money(order.tax_minor, order.currency))

    @admin.display(description=_("cancelled"))
    def cancelled(self, order: Order) -> str:
        return str(Money(order.cancelled_minor, order.currency))

    @admin.display(description=_("see also"))
    def see_also(self, order: Order) -> SafeString:
        """Payments of the order, on their own page."""
        address = reverse("admin:orders_payment_changelist")
        query = urlencode({"q": order.number})
        return format_html('<a href="{}?{}">{}</a>', address, query, _("Payments"))
