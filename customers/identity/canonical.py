"""The one form in which an identifier is stored and compared: pure, no database.

Two captures of the same e-mail, phone or card must give the same text, whatever shop, till or file
they came through. A phone without country prefix is read in the region of the channel. A number
is refused only when it cannot exist: ranges open faster than libraries learn of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import idna
import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.identity.models import IdentifierKind
from omni.core.errors import Invalid

MAX_LENGTH = 254
EAN_13 = 13
SHORTEST_PHONE = len("+2901234")  # of any country
_check_email = EmailValidator()
_CARD = re.compile(r"[A-Z0-9]{4,40}")
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,127}")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_CARD_NOISE = re.compile(r"[\s.\-/]+")


class InvalidIdentifier(Invalid):
    code = "invalid_identifier"
    message = _("An e-mail, phone, card or device id is not valid. Check how it is written.")


@dataclass(frozen=True, slots=True)
class Given:
    """An identifier as it was typed, scanned or sent. ``namespace`` only for external ids."""

    kind: str
    value: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Canonical:
    """An identifier in its one form, with what was given for showing it back."""

    kind: str
    namespace: str
    value: str
    raw: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.kind, self.namespace, self.value)


def canonical(given: Given, *, region: str = "") -> Canonical:
    """The canonical form. ``region`` is the ISO country for phones without prefix.

    Raises: InvalidIdentifier.
    """
    raw = given.value.strip()[:MAX_LENGTH]
    if given.kind not in IdentifierKind.values:
        raise _refused(given.kind, "unknown_kind", _("This kind of identifier is not known."))
    if given.kind != IdentifierKind.EXTERNAL and given.namespace:
        raise _refused("namespace", "not_expected", _("Only an external id names its system."))
    if given.kind == IdentifierKind.PHONE:
        value = canonical_phone(given.value, region=region)
    else:
        value = _FORMS[given.kind](given.value)
    namespace = canonical_namespace(given.namespace) if given.kind == "external" else ""
    return Canonical(kind=given.kind, namespace=namespace, value=value, raw=raw)


def canonical_email(text: str) -> str:
    """Lower-case, with the domain in its ASCII form: ``Ada@BÜCHER.de -> ada@xn--bcher-kva.de``."""
    local, at, domain = unicodedata.normalize("NFKC", text).strip().rpartition("@")
    try:
        value = f"{local.lower()}{at}{_ascii_domain(domain)}"
        _check_email(value)
    except (ValidationError, UnicodeError, ValueError):
        raise _refused("email", "invalid_email", _("This is not an e-mail address.")) from None
    if len(value) > MAX_LENGTH:
        raise _refused("email", "invalid_email", _("This e-mail address is too long."))
    return value


def canonical_phone(text: str, *, region: str = "") -> str:
    """E.164: ``0170 123 45 67`` in DE -> ``+491701234567``. An extension is not part of it."""
    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException:
        number = None
    value = ""
    if number is not None and phonenumbers.is_possible_number(number):
        value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(value) < SHORTEST_PHONE:
        raise _refused("phone", "invalid_phone", _("This is not a phone number."))
    return value


def canonical_card(text: str) -> str:
    """Upper-case without blanks and hyphens; 13 digits must be an EAN-13 with its check digit."""
    value = _CARD_NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _CARD.fullmatch(value):
        raise _refused(
            "loyalty_card", "invalid_card", _("A card number has 4 to 40 letters and digits.")
        )
    if len(value) == EAN_13 and value.isdigit() and not _ean_13_holds(value):
        raise _refused(
            "loyalty_card",
            "wrong_check_digit",
            _("The check digit is wrong: a digit was misread or mistyped."),
        )
    return value


def canonical_device(text: str) -> str:
    """An opaque id that an app or browser made; case matters."""
    value = text.strip()
    if not _DEVICE.fullmatch(value):
        raise _refused(
            "device",
            "invalid_device",
            _("A device id has 8 to 128 letters, digits, dots, colons, hyphens or underscores."),
        )
    return value


def canonical_external(text: str) -> str:
    """An id of another system, taken as it is but for blanks around it."""
    value = unicodedata.normalize("NFC", text).strip()
    if not value or len(value) > MAX_LENGTH or not value.isprintable():
        raise _refused("external", "invalid_external_id", _("This id is empty or not printable."))
    return value


def canonical_namespace(text: str) -> str:
    """The short name of the other system: ``Legacy-ERP -> legacy-erp``."""
    value = text.strip().lower()
    if not _NAMESPACE.fullmatch(value):
        raise _refused("namespace", "invalid_namespace", _("Name the system that the id is from."))
    return value


_FORMS: dict[str, Callable[[str], str]] = {
    IdentifierKind.EMAIL: canonical_email,
    IdentifierKind.LOYALTY_CARD: canonical_card,
    IdentifierKind.DEVICE: canonical_device,
    IdentifierKind.EXTERNAL: canonical_external,
}


def _ascii_domain(domain: str) -> str:
    return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()


def _ean_13_holds(digits: str) -> bool:
    """Source: GS1 General Specifications, section 7.9 (weights 1, 3; sum divisible by 10)."""
    weighted = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return weighted % 10 == 0


def _refused(field: str, code: str, message: str | Promise) -> InvalidIdentifier:
    return InvalidIdentifier(errors=[{"field": field, "code": code, "message": str(message)}])
