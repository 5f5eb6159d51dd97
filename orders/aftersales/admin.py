"""Returns in the back office: for looking only. They move by operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.admin_site import LedgerAdmin
from omni.access.permissions import Permission
from omni.core.money import Money
from orders.aftersales.models import Exchange, ReturnCase, ReturnLine
from orders.aftersales.queries import return_cases_visible_to


class _Rows(admin.TabularInline[Any, Any]):
    """Parts of a return, to be looked at by whoever may see the return."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineRows(_Rows):
    model = ReturnLine
    fields = (
        "order_line",
        "variant",
        "quantity",
        "received",
        "disposition",
        "received_at_location",
        "reason",
        "refund_minor",
    )
    ordering = ("pk",)


class ExchangeRows(_Rows):
    model = Exchange
    fields = ("order", "difference_minor", "created_at")


@admin.register(ReturnCase)
class ReturnCaseAdmin(LedgerAdmin):
    """Return cases, newest first."""

    view_permission = Permission.RETURNS_VIEW
    scoped = True
    list_display = (
        "number",
        "kind",
        "order",
        "location",
        "status",
        "money_status",
        "refund",
        "opened_at",
    )
    list_filter = ("status", "money_status", "kind", "location")
    search_fields = ("number", "order__number")
    ordering = ("-pk",)
    list_select_related = ("order", "location")
    inlines = (LineRows, ExchangeRows)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(pk__in=return_cases_visible_to(actor).values("pk"))

    @admin.display(description=_("to refund"), ordering="refund_minor")
    def refund(self, case: ReturnCase) -> str:
        return str(Money(case.refund_minor, case.currency))
