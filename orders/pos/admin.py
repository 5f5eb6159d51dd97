"""Tills in the back office: registers are set up here, their ledgers only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from omni.access.actor import Actor
from omni.access.admin_site import GuardedAdmin, LedgerAdmin
from omni.access.permissions import Permission
from orders.pos.drawer import registers_visible_to, shifts_visible_to
from orders.pos.models import CashEntry, JournalEntry, Register, Shift


@admin.register(Register)
class RegisterAdmin(GuardedAdmin):
    """The tills of the stores."""

    view_permission = Permission.POS_SHIFT
    edit_permission = Permission.LOCATIONS_EDIT
    may_add = True
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
    list_select_related = ("register", "order")

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(shift__in=_shifts(actor))


def _shifts(actor: Actor) -> QuerySet[Any]:
    return shifts_visible_to(actor, Permission.POS_SHIFT).values("pk")
