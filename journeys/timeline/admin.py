"""Timelines in the back office: for looking only, and only for those who may see all histories."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from journeys.timeline.models import Interaction, VisitorLink
from omni.access.admin_site import GuardedAdmin
from omni.access.permissions import Permission
from omni.events.phrases import say


@admin.register(Interaction)
class InteractionAdmin(GuardedAdmin):
    view_permission = Permission.CUSTOMERS_HISTORY_ALL
    logged_as = "interaction"
    list_display = ("occurred_at", "kind", "in_words", "customer_id", "channel_id", "location_id")
    # A customer's whole timeline is found by their id; millions are never searched by text.
    search_fields = ("customer_id__exact",)
    ordering = ("-occurred_at", "-id")

    @admin.display(description=_("in words"))
    def in_words(self, interaction: Interaction) -> str:
        return say(interaction.kind, interaction.data)


@admin.register(VisitorLink)
class VisitorLinkAdmin(GuardedAdmin):
    view_permission = Permission.CUSTOMERS_HISTORY_ALL
    list_display = ("visitor_id", "customer", "linked_at")
    list_select_related = ("customer",)
