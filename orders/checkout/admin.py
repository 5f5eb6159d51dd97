"""Carts in the back office: for looking only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from omni.access.admin_site import LedgerAdmin
from omni.access.permissions import Permission
from orders.checkout.models import Cart, CartAddress, CartLine


class _Rows(admin.TabularInline[Any, Any]):
    """Parts of a cart, to be looked at by whoever may see the cart."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CartLineRows(_Rows):
    model = CartLine
    fields = ("variant", "quantity", "method", "location", "added_at")
    ordering = ("added_at", "pk")


class CartAddressRows(_Rows):
    model = CartAddress
    fields = ("name", "street", "postal_code", "city", "region", "country", "phone")


@admin.register(Cart)
class CartAdmin(LedgerAdmin):
    """What customers gather. A cart belongs to no location, so it takes a grant for everything."""

    view_permission = Permission.ORDERS_VIEW
    logged_as = "cart"
    list_display = ("updated_at", "customer", "channel", "status", "currency", "held_until")
    list_filter = ("status", "channel")
    list_select_related = ("channel", "customer")
    search_fields = ("=email",)
    ordering = ("-updated_at", "-pk")
    exclude = ("token_digest", "handoff_digest", "handoff_until")
    inlines = (CartLineRows, CartAddressRows)

    def called(self, row: Cart) -> str:
        return f"{row.customer or row.channel} \u00b7 {row.get_status_display()}"
