"""The log, the subscriptions and what is parked, in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from omni.access.admin_site import LedgerAdmin, actor_of
from omni.access.permissions import Permission
from omni.events import parking
from omni.events.models import ParkedAggregate, ParkedEvent, StoredEvent, SubscriptionPosition


@admin.register(StoredEvent)
class StoredEventAdmin(LedgerAdmin):
    view_permission = Permission.AUDIT_VIEW
    list_display = ["id", "type", "aggregatetype", "aggregateid", "occurred_at", "principal"]
    search_fields = ["=aggregateid"]
    search_help_text = _("Id of an order, a pickup, a customer…")
    ordering = ["-id"]


@admin.register(SubscriptionPosition)
class SubscriptionPositionAdmin(LedgerAdmin):
    view_permission = Permission.AUDIT_VIEW
    list_display = ["name", "position_id", "moved_at", "failures", "last_error", "rebuilt_at"]
    ordering = ["name"]


class QueueInline(admin.TabularInline[Any, Any]):
    model = ParkedEvent
    fields = ["event_id", "type", "recorded_at", "status", "attempts", "error"]
    readonly_fields = ["event_id", "type", "recorded_at", "status", "attempts", "error"]
    ordering = ["id"]
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).may_everywhere(Permission.AUDIT_VIEW)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ParkedAggregate)
class ParkedAggregateAdmin(LedgerAdmin):
    view_permission = Permission.AUDIT_VIEW
    list_display = ["subscription", "aggregatetype", "aggregateid", "status", "parked_at"]
    list_filter = ["status", "subscription"]
    ordering = ["-id"]
    inlines = [QueueInline]
    actions = ["retry", "skip"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).may_everywhere(Permission.WORK_DECIDE)

    @admin.action(description=_("Try again what waits"), permissions=["decide"])
    def retry(self, request: HttpRequest, rows: QuerySet[ParkedAggregate]) -> None:
        for row in rows:
            done = parking.retry_parked(parked_id=row.pk, actor=actor_of(request))
            self._tell(request, row, done=done)

    @admin.action(description=_("Skip the first event, then go on"), permissions=["decide"])
    def skip(self, request: HttpRequest, rows: QuerySet[ParkedAggregate]) -> None:
        for row in rows:
            done = parking.skip_parked(parked_id=row.pk, actor=actor_of(request))
            self._tell(request, row, done=done)

    def _tell(self, request: HttpRequest, row: ParkedAggregate, *, done: bool) -> None:
        if done:
            messages.success(request, _("%(what)s flows again.") % {"what": row})
        else:
            messages.error(request, _("%(what)s: an event failed again.") % {"what": row})
