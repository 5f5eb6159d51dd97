"""Timelines in the back office: for looking only, and only for those who may see all histories.

Opening a list is logged too: searched by a customer's id, it is that customer's whole timeline.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from journeys.timeline.models import Interaction, VisitorLink
from omni.access.admin_site import GuardedAdmin, actor_of
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.events.phrases import say


class TimelinePages(GuardedAdmin):
    view_permission = Permission.CUSTOMERS_HISTORY_ALL

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if response.status_code == 200:
            log_view(
                actor=actor_of(request),
                kind=f"{self.opts.model_name}_list",
                subject_id=_id_in(request.GET.get("q", "")),
                reason="back office",
            )
        return response


def _id_in(text: str) -> str:
    """The id that was searched for; what else was typed is not kept."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return ""


@admin.register(Interaction)
class InteractionAdmin(TimelinePages):
    logged_as = "interaction"
    list_display = ("occurred_at", "kind", "in_words", "customer_id", "channel_id", "location_id")
    # A customer's whole timeline is found by their id; millions are never searched by text.
    search_fields = ("customer_id__exact",)
    ordering = ("-occurred_at", "-id")

    @admin.display(description=_("in words"))
    def in_words(self, interaction: Interaction) -> str:
        return say(interaction.kind, interaction.data)


@admin.register(VisitorLink)
class VisitorLinkAdmin(TimelinePages):
    logged_as = "visitor_link"
    list_display = ("visitor_id", "customer", "linked_at")
    list_select_related = ("customer",)
