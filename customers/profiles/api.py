"""Endpoints of one's own profile and address book, and of what staff may do with a profile."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from customers.profiles import address_book, fields, queries
from customers.profiles import operations as profiles
from customers.profiles.address_book import AddressBookFull, SavedAddress
from customers.profiles.models import Customer
from customers.profiles.operations import CustomerErased, EmptyNote, UnknownLocation
from customers.profiles.postal import AddressChanges, AddressDraft, InvalidAddress
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.rest.answers import Answer
from omni.rest.views import ACCOUNT, Endpoint


class Addresses(Endpoint):
    """The customer's own address book."""

    permission = ACCOUNT
    errors = [InvalidAddress, AddressBookFull, CustomerErased, NotFound]

    @extend_schema(responses={200: fields.AddressesOutput})
    def get(self, request: Request) -> Answer:
        """The address book, the default first."""
        rows = queries.addresses_of(self.actor.customer_id)
        return self.listed([fields.address(row) for row in rows])

    @extend_schema(request=fields.AddressInput, responses={201: fields.SavedAddressOutput})
    def post(self, request: Request) -> Answer:
        """Add an address. What looks wrong for its country is answered as a warning."""
        given = self.given(fields.AddressInput)
        is_default = given.pop("is_default", False)
        saved = address_book.add_address(
            customer_id=self.actor.customer_id,
            draft=AddressDraft(**given),
            is_default=is_default,
            actor=self.actor,
        )
        return self.created(_saved(saved))


class AddressById(Endpoint):
    """One address of the customer's own book."""

    permission = ACCOUNT
    errors = [InvalidAddress, CustomerErased]

    @extend_schema(request=fields.AddressChangeInput, responses={200: fields.SavedAddressOutput})
    def patch(self, request: Request, address_id: UUID) -> Answer:
        """Change an address; what is left out stays."""
        given = self.given(fields.AddressChangeInput)
        is_default = given.pop("is_default", None)
        saved = address_book.change_address(
            customer_id=self.actor.customer_id,
            address_id=address_id,
            is_default=is_default,
            changes=AddressChanges(**given),
            actor=self.actor,
        )
        return self.ok(_saved(saved))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, address_id: UUID) -> Answer:
        """Remove an address from the book."""
        address_book.remove_address(
            customer_id=self.actor.customer_id, address_id=address_id, actor=self.actor
        )
        return self.no_content()


class CustomerNotes(Endpoint):
    """What staff wrote down about a customer."""

    permission = Permission.CUSTOMERS_EDIT
    errors = [EmptyNote, CustomerErased, UnknownLocation]

    @extend_schema(request=fields.NoteInput, responses={201: fields.NoteOutput})
    def post(self, request: Request, customer_id: UUID) -> Answer:
        """Write something down about a customer. Notes are never changed."""
        given = self.given(fields.NoteInput)
        note = profiles.write_note(customer_id=customer_id, **given, actor=self.actor)
        return self.created(fields.note(note))


class BlockCustomer(Endpoint):
    """No longer deal with a customer. The reason is kept as a note."""

    permission = Permission.CUSTOMERS_EDIT
    errors = [EmptyNote, CustomerErased, InvalidTransition]

    @extend_schema(request=fields.ReasonInput, responses={200: fields.ProfileOutput})
    def post(self, request: Request, customer_id: UUID) -> Answer:
        reason = self.given(fields.ReasonInput)["reason"]
        customer = profiles.block_customer(customer_id=customer_id, reason=reason, actor=self.actor)
        return self.ok(_looked_at(self, customer, "blocked"))


class UnblockCustomer(Endpoint):
    """Deal with a customer again. The reason is kept as a note."""

    permission = Permission.CUSTOMERS_EDIT
    errors = [EmptyNote, CustomerErased, InvalidTransition]

    @extend_schema(request=fields.ReasonInput, responses={200: fields.ProfileOutput})
    def post(self, request: Request, customer_id: UUID) -> Answer:
        reason = self.given(fields.ReasonInput)["reason"]
        customer = profiles.unblock_customer(
            customer_id=customer_id, reason=reason, actor=self.actor
        )
        return self.ok(_looked_at(self, customer, "unblocked"))


def _looked_at(endpoint: Endpoint, customer: Customer, reason: str) -> dict[str, Any]:
    return fields.profile(queries.looked_at(actor=endpoint.actor, customer=customer, reason=reason))


def _saved(saved: SavedAddress) -> dict[str, Any]:
    return fields.address(saved.address) | {
        "warnings": [fields.warning(each) for each in saved.warnings]
    }
