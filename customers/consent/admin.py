"""Consents in the back office: append-only, so for looking only."""

from __future__ import annotations

from django.contrib import admin

from customers.back_office import CustomerLedger
from customers.consent.models import Consent


@admin.register(Consent)
class ConsentAdmin(CustomerLedger):
    list_display = ("occurred_at", "customer", "purpose", "is_granted", "principal")
    list_filter = ("purpose", "is_granted")
    list_select_related = ("customer",)
    ordering = ("-id",)
