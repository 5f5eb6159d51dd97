"""Endpoints for staff: finding customers, looking at one, and by what they are recognised."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from customers.identity import operations as identity
from customers.identity import queries as identifiers
from customers.identity.canonical import Given, InvalidIdentifier
from customers.identity.models import Identifier, IdentifierKind
from customers.identity.operations import IdentifierLimit, VerifiedElsewhere
from customers.identity.queries import masked
from customers.profiles import fields, queries
from customers.profiles import operations as profiles
from customers.profiles.models import Customer
from customers.profiles.operations import CustomerChanges, CustomerErased, InvalidProfile
from customers.profiles.queries import SearchTooShort
from omni.access.permissions import Permission
from omni.rest.answers import Answer
from omni.rest.serializers import Input, Output, Query
from omni.rest.views import Endpoint


class CustomerQuery(Query):
    """What to search by."""

    search = serializers.CharField(
        max_length=200,
        help_text=_("Beginnings of names, e-mail, card number, or four digits of a phone."),
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=queries.MOST_FOUND, default=20,
        help_text=_("How many at most."),
    )  # fmt: skip


class ReasonQuery(Query):
    """Why the customer is looked at."""

    reason = serializers.CharField(
        required=False, max_length=200, default="", help_text=_("Goes into the access log.")
    )


class IdentifierInput(Input):
    """By what a customer is recognised."""

    kind = serializers.ChoiceField(IdentifierKind.choices, help_text=_("What it is."))
    value = serializers.CharField(max_length=254, help_text=_("As typed or scanned."))
    namespace = serializers.CharField(
        required=False, max_length=40, default="", allow_blank=True,
        help_text=_("The other system, for external ids."),
    )  # fmt: skip


class IdentifierOutput(Output):
    """By what a customer is recognised."""

    id = serializers.IntegerField(help_text=_("Its id."))
    kind = serializers.ChoiceField(IdentifierKind.choices, help_text=_("What it is."))
    namespace = serializers.CharField(allow_blank=True, help_text=_("The other system."))
    value = serializers.CharField(help_text=_("The canonical form."))
    is_verified = serializers.BooleanField(help_text=_("Whether it is proved to be theirs."))
    verified_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was proved."))


class FoundOutput(fields.ProfileOutput):
    """A customer that was found; addresses and numbers are masked."""

    identifiers = serializers.ListField(
        child=serializers.CharField(), help_text=_("Masked: enough to tell people apart.")
    )


class FoundPageOutput(Output):
    """Customers, best first."""

    results = FoundOutput(many=True, help_text=_("The customers."))
    next = serializers.CharField(allow_null=True, help_text=_("Always null: it is one page."))
    has_more = serializers.BooleanField(help_text=_("Whether to type more."))


class CustomerOutput(fields.ProfileOutput):
    """A customer with the address book, identifiers and newest notes."""

    identifiers = IdentifierOutput(many=True, help_text=_("Oldest first."))
    addresses = fields.AddressOutput(many=True, help_text=_("The default first."))
    notes = fields.NoteOutput(many=True, help_text=_("The newest hundred, newest first."))


class StaffCustomers(Endpoint):
    """Find customers. Each search is logged."""

    permission = Permission.CUSTOMERS_VIEW
    query = CustomerQuery
    errors = [SearchTooShort]

    @extend_schema(responses={200: FoundPageOutput})
    def get(self, request: Request) -> Answer:
        found = queries.find_customers(
            actor=self.actor, text=self.params["search"], limit=self.params["limit"]
        )
        told = masked([customer.id for customer in found.customers])
        results = [
            fields.profile(each) | {"identifiers": told.get(each.id, [])}
            for each in found.customers
        ]
        return self.listed(results, has_more=found.has_more)


class StaffCustomer(Endpoint):
    """One customer. Each look is logged with its reason."""

    permissions = {"GET": Permission.CUSTOMERS_VIEW, "PATCH": Permission.CUSTOMERS_EDIT}
    query = ReasonQuery
    errors = [InvalidProfile, CustomerErased]

    @extend_schema(responses={200: CustomerOutput})
    def get(self, request: Request, customer_id: UUID) -> Answer:
        """Look at a customer: profile, address book, identifiers, newest notes."""
        customer = queries.view_customer(
            actor=self.actor, customer_id=customer_id, reason=self.params["reason"]
        )
        return self.ok(_customer(customer))

    @extend_schema(request=fields.ProfileInput, responses={200: fields.ProfileOutput})
    def patch(self, request: Request, customer_id: UUID) -> Answer:
        """Change a profile; what is left out stays."""
        customer = profiles.change_customer(
            customer_id=customer_id,
            changes=CustomerChanges(**self.given(fields.ProfileInput)),
            actor=self.actor,
        )
        queries.looked_at(actor=self.actor, customer=customer, reason="changed")
        return self.ok(fields.profile(customer))


class StaffIdentifiers(Endpoint):
    """Let a customer be recognised by one thing more; nothing is proved by it."""

    permission = Permission.CUSTOMERS_EDIT
    errors = [InvalidIdentifier, VerifiedElsewhere, IdentifierLimit, CustomerErased]

    @extend_schema(request=IdentifierInput, responses={201: IdentifierOutput})
    def post(self, request: Request, customer_id: UUID) -> Answer:
        given = Given(**self.given(IdentifierInput))
        added = identity.add_identifier(customer_id=customer_id, given=given, actor=self.actor)
        return self.created(_identifier(added))


class StaffIdentifier(Endpoint):
    """Stop recognising a customer by this."""

    permission = Permission.CUSTOMERS_EDIT
    errors = [CustomerErased]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, customer_id: UUID, identifier_id: int) -> Answer:
        identity.remove_identifier(
            customer_id=customer_id, identifier_id=identifier_id, actor=self.actor
        )
        return self.no_content()


def _customer(customer: Customer) -> dict[str, Any]:
    return fields.profile(customer) | {
        "identifiers": [_identifier(each) for each in identifiers.identifiers_of(customer.id)],
        "addresses": [fields.address(each) for each in queries.addresses_of(customer.id)],
        "notes": [fields.note(each) for each in queries.notes_of(customer.id)],
    }


def _identifier(row: Identifier) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "namespace": row.namespace,
        "value": row.value,
        "is_verified": row.is_verified,
        "verified_at": row.verified_at,
    }
