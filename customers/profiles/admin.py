"""Customers in the back office. Every page of a customer that is opened is logged.

Pages are for looking and for small corrections of a profile, which go through the same operation
as everything else. Lists are searched by the search of the product.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.back_office import CustomerLedger, CustomerPages
from customers.profiles import operations as profiles
from customers.profiles.models import Address, Customer, Note
from customers.profiles.operations import CustomerChanges
from customers.profiles.queries import SearchTooShort, find_customers
from omni.access.admin_cells import name_ids
from omni.access.admin_site import actor_of
from omni.access.permissions import Permission

name_ids({"customer_id": Customer})
EDITABLE = ("name", "given_name", "family_name", "language", "country")


@admin.register(Customer)
class CustomerAdmin(CustomerPages):
    edit_permission = Permission.CUSTOMERS_EDIT
    customer_attribute = "id"
    list_display = ("name", "kind", "status", "country", "created_at")
    list_filter = ("kind", "status")
    search_fields = ("name",)
    search_help_text = _("Names, e-mail, card number, or four digits of a phone.")
    ordering = ("-created_at", "-id")
    fields = ("kind", "status", *EDITABLE, "created_in", "created_at")
    readonly_fields = ("kind", "status", "created_in", "created_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            found = find_customers(actor=actor_of(request), text=search_term, limit=50)
        except SearchTooShort:
            return queryset.none(), False
        return queryset.filter(id__in=[customer.id for customer in found.customers]), False

    def save_model(
        self, request: HttpRequest, obj: Customer, form: ModelForm[Any], change: bool
    ) -> None:
        given = {name: form.cleaned_data[name] for name in form.changed_data if name in EDITABLE}
        profiles.change_customer(
            customer_id=obj.id, changes=CustomerChanges(**given), actor=actor_of(request)
        )


@admin.register(Address)
class AddressAdmin(CustomerLedger):
    list_display = ("name", "city", "country", "is_default")
    list_select_related = ("customer",)
    ordering = ("-created_at", "-id")


@admin.register(Note)
class NoteAdmin(CustomerLedger):
    list_display = ("written_at", "customer", "principal", "text")
    list_select_related = ("customer",)
    ordering = ("-id",)
