"""Customers in the back office: the list with its export, and all that is kept of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.identity.models import Identifier
from customers.identity.queries import mask, masked
from customers.profiles import operations as profiles
from customers.profiles.models import Customer, CustomerKind, CustomerStatus
from customers.profiles.operations import CustomerChanges
from customers.profiles.queries import find_customers, looked_at
from customers.profiles.search import query as search_query
from journeys.timeline import showing
from journeys.timeline.console import REVEALED
from journeys.timeline.dossier import dossier_of
from journeys.timeline.finding import last_bought
from journeys.timeline.office_filters import Filters
from journeys.timeline.office_reading import activity_of, messages_to, orders_of
from journeys.timeline.open_rows import Moment
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.errors import NotAllowed, NotFound
from omni.rest.pagination import Page, page
from omni.screens import moment, words
from omni.screens.tables import csv_file
from omni.screens.views import Done, Screen

ROWS = 50
NEWEST = ("-created_at", "-id")
EXPORTED = 20_000
PREVIEWED = 5
FOUND = 50
CONTACTS = ("email", "phone")


class ProfileForm(forms.Form):
    """What is known of a customer by themselves."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    given_name = forms.CharField(label=gettext_lazy("Given name"), max_length=100, required=False)
    family_name = forms.CharField(label=gettext_lazy("Family name"), max_length=100, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CustomerKind.choices)
    language = forms.CharField(
        label=gettext_lazy("Language"), max_length=10, required=False, help_text="en, fr, de-CH"
    )
    country = forms.CharField(
        label=gettext_lazy("Country"), max_length=2, required=False, help_text="FR, DE, GB"
    )


class OfficePage(Screen):
    """Base of the pages of customers in the back office."""

    permission = Permission.CUSTOMERS_VIEW
    needs_place = False

    def customers(self, filters: Filters) -> Any:
        """The customers that fit, found by text where there is one."""
        rows = filters.apply(Customer.objects.all())
        text = filters.values.get("q", "")
        if not text:
            return rows
        if not search_query(text):
            return rows.none()
        found = find_customers(actor=self.actor, text=text, limit=FOUND).customers
        return rows.filter(id__in=[each.id for each in found])


class Customers(OfficePage):
    """All customers, the newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        filters = Filters.read(request.GET)
        found = page(
            self.customers(filters),
            keys=NEWEST,
            cursor=request.GET.get("after"),
            limit=ROWS,
        )
        if "q" not in filters.values:
            log_view(actor=self.actor, kind="customer_list", subject_id="", reason=filters.query())
        query = filters.query()
        context = {
            "parts": filters.parts(),
            "text": filters.values.get("q", ""),
            "kept": [(name, value) for name, value in filters.values.items() if name != "q"],
            "rows": _rows(found),
            "may_export": self.actor.may_everywhere(Permission.CUSTOMERS_EDIT),
            "query": query,
            "after": f"?{query}&{urlencode({'after': found.next})}" if found.next else "",
            "before": f"?{query}" if request.GET.get("after") else "",
        }
        return self.show("office/customers/customers.html", context)


class Export(OfficePage):
    """The customers that fit, as a file for spreadsheets: previewed, then taken and logged."""

    permission = Permission.CUSTOMERS_EDIT

    def get(self, request: HttpRequest) -> HttpResponse:
        self._require_all()
        filters = Filters.read(request.GET)
        rows = self.customers(filters)
        context = {
            "head": _head(),
            "rows": [_masked(line) for line in _lines(rows.order_by(*NEWEST)[:PREVIEWED])],
            "count": rows[:EXPORTED].count(),
            "most": EXPORTED,
            "parts": filters.parts(),
            "query": filters.query(),
        }
        return self.show("office/customers/export.html", context)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        self._require_all()
        filters = Filters.read(request.GET)
        log_view(
            actor=self.actor, kind="customers.export", subject_id="", reason=filters.query()[:200]
        )
        rows = self.customers(filters).order_by(*NEWEST)[:EXPORTED]
        return csv_file("customers.csv", _head(), _lines(rows))

    def _require_all(self) -> None:
        """A file of everybody is for those whose grant is for everywhere. Raises: NotAllowed."""
        if not self.actor.may_everywhere(Permission.CUSTOMERS_EDIT):
            raise NotAllowed


class CustomerPage(OfficePage):
    """Everything that is kept of one customer, and what was done with it."""

    permissions = {"GET": Permission.CUSTOMERS_VIEW, "POST": Permission.CUSTOMERS_EDIT}

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        customer = Customer.objects.filter(id=customer_id).first()
        if customer is None:
            raise NotFound
        looked_at(actor=self.actor, customer=customer, reason="office")
        at = Moment(moment.now(), self.zone())
        dossier = dossier_of(customer_id, at.now)
        until = request.session.get(REVEALED, {}).get(str(customer_id))
        is_revealed = bool(until) and datetime.fromisoformat(until) > at.now
        context = {
            "customer": customer,
            "since": words.month(customer.created_at, at.zone),
            "bought": dossier.purchases,
            "facts": showing.facts(dossier, at, is_revealed=is_revealed),
            "orders": orders_of(self.actor, customer_id),
            "messages_sent": messages_to(customer_id),
            "activity": activity_of(customer),
            "edits": self.actor.may(Permission.CUSTOMERS_EDIT),
            "form": self.fresh(ProfileForm, initial=_profile(customer)),
            "is_erased": customer.status == CustomerStatus.ERASED,
        }
        return self.show("office/customers/customer.html", context)

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        return self.once(lambda: self._change(customer_id))

    def _change(self, customer_id: UUID) -> Done:
        given = self.form(ProfileForm).cleaned_data
        profiles.change_customer(
            customer_id=customer_id, changes=CustomerChanges(**given), actor=self.actor
        )
        return Done(reverse("office:customer", args=[customer_id]), _("Saved"))


def _profile(customer: Customer) -> dict[str, str]:
    return {name: getattr(customer, name) for name in ProfileForm.base_fields}


def _rows(found: Page) -> list[dict[str, Any]]:
    ids = [each.id for each in found.rows]
    contacts, last = (masked(ids), last_bought(ids)) if ids else ({}, {})
    return [
        {"customer": each, "contacts": contacts.get(each.id, []), "last": last[each.id]}
        for each in found.rows
    ]


def _head() -> list[str]:
    return [
        _("Name"), _("Kind"), _("Status"), _("E-mail"), _("Phone"), _("Language"), _("Country"),
        _("Known since"),
    ]  # fmt: skip


def _masked(line: Sequence[Any]) -> Sequence[Any]:
    """A line as the preview shows it: contact details are in the file alone."""
    email, phone = (
        mask(kind, value) if value else "" for kind, value in zip(CONTACTS, line[3:5], strict=True)
    )
    return [*line[:3], email, phone, *line[5:]]


def _lines(rows: Any) -> Iterator[Sequence[Any]]:
    """Each customer as a line, with the first e-mail and phone, the proved ones before others."""
    customers = list(rows)
    contacts: dict[tuple[UUID, str], str] = {}
    ids = [each.id for each in customers]
    known = Identifier.objects.filter(customer_id__in=ids, kind__in=CONTACTS)
    for row in known.order_by("-is_verified", "id"):
        contacts.setdefault((row.customer_id, row.kind), row.value)
    for each in customers:
        yield [
            each.name,
            each.get_kind_display(),
            each.get_status_display(),
            contacts.get((each.id, "email"), ""),
            contacts.get((each.id, "phone"), ""),
            each.language,
            each.country,
            each.created_at.date().isoformat(),
        ]
