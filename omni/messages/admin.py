"""The send ledger in the back office: for looking."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from omni.access.admin_site import LedgerAdmin
from omni.access.permissions import Permission
from omni.messages.models import Message


@admin.register(Message)
class MessageAdmin(LedgerAdmin):
    view_permission = Permission.CUSTOMERS_VIEW
    list_display = ["created_at", "purpose", "medium", "recipient", "status", "last_error"]
    list_filter = ["status", "medium", "purpose", "basis"]
    search_fields = ["=recipient", "=subject_id", "=reference"]
    ordering = ["-id"]
    # The text is read on the page of its own, without the codes and links that open something.
    exclude = ["sealed", "lease", "html", "text"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What the page does not show cannot be spelt out by filters either."""
        is_hidden = lookup.partition("__")[0] in self.exclude
        return not is_hidden and super().lookup_allowed(lookup, value, request)
