"""Identifiers in the back office: for looking only; they change through their operations."""

from __future__ import annotations

from django.contrib import admin

from customers.back_office import CustomerLedger
from customers.identity.models import Identifier


@admin.register(Identifier)
class IdentifierAdmin(CustomerLedger):
    list_display = ("kind", "value", "customer", "is_verified", "created_at")
    list_filter = ("kind", "is_verified")
    list_select_related = ("customer",)
    search_fields = ("value__exact",)
    ordering = ("-id",)
