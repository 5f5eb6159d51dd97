"""Timelines in the back office: for looking only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from journeys.timeline.models import Interaction, VisitorLink
from omni.events.phrases import say


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """A ledger: rows may be looked at, never made, changed or removed here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Interaction)
class InteractionAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "kind", "in_words", "customer_id", "channel_id", "location_id")
    # A customer's whole timeline is found by their id; a count of millions is never made.
    search_fields = ("customer_id__exact",)
    ordering = ("-occurred_at", "-id")
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("in words"))
    def in_words(self, interaction: Interaction) -> str:
        return say(interaction.kind, interaction.data)


@admin.register(VisitorLink)
class VisitorLinkAdmin(ReadOnlyAdmin):
    list_display = ("visitor_id", "customer", "linked_at")
    list_select_related = ("customer",)
