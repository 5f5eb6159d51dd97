"""Accounts in the back office: for looking only. Codes that are on their way are not shown."""

from __future__ import annotations

from django.contrib import admin

from customers.accounts.models import Account
from customers.back_office import CustomerLedger


@admin.register(Account)
class AccountAdmin(CustomerLedger):
    list_display = ("user", "customer", "created_at", "email_verified_at")
    list_select_related = ("user", "customer")
    search_fields = ("user__email__exact",)
    ordering = ("-created_at", "-id")
