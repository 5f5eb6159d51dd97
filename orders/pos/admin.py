"""Tills in the back office: registers are set up here, their ledgers only looked at."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.admin_site import GuardedAdmin, LedgerAdmin
from omni.access.permissions import Permission
from orders.pos.day_figures import days_visible_to
from orders.pos.drawer import registers_visible_to, shifts_visible_to
from orders.pos.models import (
    CashEntry,
    Deposit,
    JournalEntry,
    Register,
    SafeEntry,
    Shift,
    StoreDay,
    TerminalBatch,
)


@admin.register(Register)
class RegisterAdmin(GuardedAdmin):
    """The tills of the stores."""

    view_permission = Permission.POS_SHIFT
    edit_permission = Permission.LOCATIONS_EDIT
    may_add = True
    purpose = _("A till is where a store sells. Each has a name of its own.")
    scoped = True
    list_display = ("code", "name", "location", "channel", "is_active")
    list_filter = ("location", "is_active")
    search_fields = ("code", "name")
    ordering = ("code",)
    list_select_related = ("location", "channel")

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        visible = registers_visible_to(actor, Permission.POS_SHIFT)
        return rows.filter(pk__in=visible.values("pk"))


@admin.register(Shift)
class ShiftAdmin(LedgerAdmin):
    """Cash sessions, newest first."""

    view_permission = Permission.POS_SHIFT
    scoped = True
    list_display = (
        "register",
        "status",
        "opened_at",
        "closed_at",
        "currency",
        "expected_minor",
        "counted_minor",
    )
    list_filter = ("status", "register")
    ordering = ("-pk",)
    list_select_related = ("register",)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(pk__in=_shifts(actor))


@admin.register(CashEntry)
class CashEntryAdmin(LedgerAdmin):
    """Cash in and out of drawers."""

    view_permission = Permission.POS_SHIFT
    scoped = True
    list_display = ("occurred_at", "shift", "kind", "amount_minor", "reason", "principal")
    list_filter = ("kind",)
    search_fields = ("reference",)
    ordering = ("-pk",)
    list_select_related = ("shift__register",)

    def called(self, row: CashEntry) -> str:
        return f"{row.get_kind_display()} \u00b7 {row.shift}"

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(shift__in=_shifts(actor))


@admin.register(JournalEntry)
class JournalEntryAdmin(LedgerAdmin):
    """The numbered record of each till."""

    view_permission = Permission.POS_SHIFT
    scoped = True
    list_display = ("register", "number", "kind", "order", "total_minor", "occurred_at")
    list_filter = ("kind", "register")
    search_fields = ("order__number",)
    ordering = ("-pk",)
    list_select_related = ("register", "shift", "order")

    def called(self, row: JournalEntry) -> str:
        return f"{row.register} \u00b7 {row.number}"

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(shift__in=_shifts(actor))


def _shifts(actor: Actor) -> QuerySet[Any]:
    return shifts_visible_to(actor, Permission.POS_SHIFT).values("pk")


@admin.register(StoreDay)
class StoreDayAdmin(LedgerAdmin):
    """Days of stores, newest first."""

    view_permission = Permission.POS_SHIFT
    scoped = True
    list_display = (
        "location",
        "business_date",
        "currency",
        "status",
        "total_minor",
        "cash_minor",
        "card_minor",
        "closed_at",
    )
    list_filter = ("status", "location")
    ordering = ("-pk",)
    list_select_related = ("location",)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(pk__in=days_visible_to(actor).values("pk"))


class _OfDay(LedgerAdmin):
    view_permission = Permission.POS_SHIFT
    scoped = True
    ordering = ("-pk",)
    list_select_related: ClassVar[tuple[str, ...]] = ("store_day__location",)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(store_day__in=days_visible_to(actor).values("pk"))


@admin.register(TerminalBatch)
class TerminalBatchAdmin(_OfDay):
    """What card terminals said, beside our books."""

    list_display = (
        "store_day",
        "register",
        "batch_number",
        "total_minor",
        "expected_minor",
        "difference_reason",
    )
    list_select_related = ("store_day__location", "register")


@admin.register(SafeEntry)
class SafeEntryAdmin(_OfDay):
    """Cash in and out of safes."""

    list_display = ("occurred_at", "store_day", "kind", "amount_minor", "reason", "principal")
    list_filter = ("kind",)

    def called(self, row: SafeEntry) -> str:
        return f"{row.get_kind_display()} \u00b7 {row.store_day}"


@admin.register(Deposit)
class DepositAdmin(_OfDay):
    """Cash brought to the bank."""

    list_display = ("slip", "store_day", "amount_minor", "occurred_at", "principal")
    search_fields = ("slip",)
