"""The forms in which profiles and addresses travel, for customers and staff alike."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.profiles.models import Address, Customer, CustomerKind, CustomerStatus, Note
from customers.profiles.postal import PostalWarning, formatted
from omni.rest.serializers import Input, Output

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
OPTIONAL: dict[str, Any] = {"required": False, "allow_blank": True}


class ProfileInput(Input):
    """What shall change; what is left out stays."""

    name = serializers.CharField(max_length=200, **OPTIONAL, help_text=_("Full name."))
    given_name = serializers.CharField(max_length=100, **OPTIONAL, help_text=_("Given name."))
    family_name = serializers.CharField(max_length=100, **OPTIONAL, help_text=_("Family name."))
    language = serializers.RegexField(
        LANGUAGE, max_length=10, **OPTIONAL, help_text=_("Such as en or ko.")
    )
    country = serializers.CharField(max_length=2, **OPTIONAL, help_text=_("ISO 3166, two letters."))


class AddressInput(Input):
    """A postal address. What looks wrong for the country is answered as a warning."""

    name = serializers.CharField(max_length=200, help_text=_("Recipient."))
    street = serializers.CharField(
        max_length=250, help_text=_("Street and number; further lines after line breaks.")
    )
    postal_code = serializers.CharField(max_length=20, **OPTIONAL, help_text=_("Postal code."))
    city = serializers.CharField(max_length=100, help_text=_("City."))
    region = serializers.CharField(
        max_length=100, **OPTIONAL, help_text=_("State, province or prefecture.")
    )
    country = serializers.CharField(max_length=2, help_text=_("ISO 3166, two letters."))
    label = serializers.CharField(  # type: ignore[assignment]  # DRF's own attribute of that name
        max_length=60, **OPTIONAL, help_text=_("Home, work…")
    )
    phone = serializers.CharField(max_length=32, **OPTIONAL, help_text=_("For the carrier."))
    is_default = serializers.BooleanField(
        required=False, help_text=_("Whether it takes the place of the default.")
    )


class AddressChangeInput(AddressInput):
    """What shall change in an address; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False, help_text=_("Recipient."))
    street = serializers.CharField(
        max_length=250, required=False, help_text=_("Street and number.")
    )
    city = serializers.CharField(max_length=100, required=False, help_text=_("City."))
    country = serializers.CharField(
        max_length=2, required=False, help_text=_("ISO 3166, two letters.")
    )


class AddressWarningOutput(Output):
    """Something that looks wrong, to look at again."""

    field = serializers.CharField(help_text=_("Which field."))
    code = serializers.CharField(help_text=_("required or invalid."))
    message = serializers.CharField(help_text=_("In words."))


class AddressOutput(Output):
    """A postal address of the book."""

    id = serializers.UUIDField(help_text=_("Its id."))
    label = serializers.CharField(  # type: ignore[assignment]  # DRF's own attribute of that name
        allow_blank=True, help_text=_("Home, work…")
    )
    name = serializers.CharField(help_text=_("Recipient."))
    street = serializers.CharField(help_text=_("Street and number."))
    postal_code = serializers.CharField(allow_blank=True, help_text=_("Postal code."))
    city = serializers.CharField(help_text=_("City."))
    region = serializers.CharField(allow_blank=True, help_text=_("State or province."))
    country = serializers.CharField(help_text=_("ISO 3166, two letters."))
    phone = serializers.CharField(allow_blank=True, help_text=_("For the carrier."))
    is_default = serializers.BooleanField(help_text=_("Whether it is offered first."))
    lines = serializers.ListField(
        child=serializers.CharField(), help_text=_("As it is written in its country.")
    )


class SavedAddressOutput(AddressOutput):
    """The address as stored, and what looks wrong about it."""

    warnings = AddressWarningOutput(many=True, help_text=_("Nothing of it was refused."))


class AddressesOutput(Output):
    """The address book, the default first."""

    results = AddressOutput(many=True, help_text=_("The addresses."))
    next = serializers.CharField(allow_null=True, help_text=_("Always null: it is one page."))


class ProfileOutput(Output):
    """A person or company."""

    id = serializers.UUIDField(help_text=_("Id of the customer."))
    kind = serializers.ChoiceField(CustomerKind.choices, help_text=_("Person or company."))
    status = serializers.ChoiceField(CustomerStatus.choices, help_text=_("Whether active."))
    name = serializers.CharField(allow_blank=True, help_text=_("Full name."))
    given_name = serializers.CharField(allow_blank=True, help_text=_("Given name."))
    family_name = serializers.CharField(allow_blank=True, help_text=_("Family name."))
    language = serializers.CharField(allow_blank=True, help_text=_("Preferred language."))
    country = serializers.CharField(allow_blank=True, help_text=_("ISO 3166, two letters."))
    created_at = serializers.DateTimeField(help_text=_("Known since."))


class NoteInput(Input):
    """A note about a customer."""

    text = serializers.CharField(max_length=4000, help_text=_("What is worth knowing."))
    location_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Where it was written.")
    )


class ReasonInput(Input):
    """Why something is done."""

    reason = serializers.CharField(max_length=4000, help_text=_("Is kept as a note."))


class NoteOutput(Output):
    """A note about a customer. Notes are never changed."""

    id = serializers.IntegerField(help_text=_("Its id."))
    text = serializers.CharField(help_text=_("What was written."))
    principal = serializers.CharField(help_text=_("Who wrote it."))
    location_id = serializers.UUIDField(allow_null=True, help_text=_("Where."))
    written_at = serializers.DateTimeField(help_text=_("When."))


def profile(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "kind": customer.kind,
        "status": customer.status,
        "name": customer.name,
        "given_name": customer.given_name,
        "family_name": customer.family_name,
        "language": customer.language,
        "country": customer.country,
        "created_at": customer.created_at,
    }


def address(row: Address) -> dict[str, Any]:
    return {
        "id": row.id,
        "label": row.label,
        "name": row.name,
        "street": row.street,
        "postal_code": row.postal_code,
        "city": row.city,
        "region": row.region,
        "country": row.country,
        "phone": row.phone,
        "is_default": row.is_default,
        "lines": formatted(row),
    }


def warning(found: PostalWarning) -> dict[str, Any]:
    return {"field": found.field, "code": found.code, "message": str(found.message)}


def note(row: Note) -> dict[str, Any]:
    return {
        "id": row.id,
        "text": row.text,
        "principal": row.principal,
        "location_id": row.location_id,
        "written_at": row.written_at,
    }
