"""Profiles: who the customers are. Identifiers, logins and consent lie above and call down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from customers.events import (
    CustomerBlocked,
    CustomerChanged,
    CustomerCreated,
    CustomerUnblocked,
    NoteWritten,
)
from customers.profiles import search
from customers.profiles.models import (
    CUSTOMER_MOVES,
    Customer,
    CustomerKind,
    CustomerStatus,
    Note,
)
from inventory.locations.models import Location
from omni.access.actor import Actor
from omni.access.authorship import signed_by
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.countries import known_country
from omni.core.errors import Conflict, Invalid, NotFound
from omni.core.ids import uuid7
from omni.core.states import move
from omni.core.transactions import joined
from omni.events import operations as events

MAX_NOTE = 4000
_LONGEST = {"name": 200, "given_name": 100, "family_name": 100, "language": 10}


class InvalidProfile(Invalid):
    code = "invalid_profile"
    message = _("The profile is not valid. Correct what `errors` names.")


class EmptyNote(Invalid):
    code = "empty_note"
    message = _("A note is empty or too long. Write up to 4,000 characters.")


class UnknownLocation(Invalid):
    code = "unknown_note_location"
    message = _("There is no such location, or none where you may write notes. Choose yours.")


class CustomerErased(Conflict):
    code = "customer_erased"
    message = _("This customer was erased: nothing may be added. Make a new record.")


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """What is known of a new customer. ``created_at`` only for records that are older than now."""

    id: UUID = field(default_factory=uuid7)
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    kind: str = CustomerKind.PERSON
    language: str = ""
    country: str = ""
    created_in: UUID | None = None
    created_at: datetime | None = None
    identifier_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerChanges:
    """The fields to change; None leaves a field as it is."""

    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    kind: str | None = None
    language: str | None = None
    country: str | None = None


@transaction.atomic
def create_customer(*, draft: CustomerDraft, actor: Actor) -> Customer:
    """A person or company is known from now on.

    Raises: InvalidProfile. Emits: customer.created.
    """
    return create_customers(drafts=[draft], actor=actor)[0]


@joined
def create_customers(*, drafts: Sequence[CustomerDraft], actor: Actor) -> list[Customer]:
    """Many at once, with one statement: equal drafts give equal rows as one by one.

    Raises: InvalidProfile (nothing is created). Emits: customer.created for each.
    """
    now = clock.now()
    customers = [_new_customer(draft, now) for draft in drafts]
    Customer.objects.bulk_create(customers)
    events.record_dated(
        [(CustomerCreated(c.id, str(c.kind), c.created_in), c.created_at) for c in customers],
        actor=actor,
    )
    return customers


@transaction.atomic
def change_customer(*, customer_id: UUID, changes: CustomerChanges, actor: Actor) -> Customer:
    """The profile says something else from now on; what it said before is in its history.

    A change that changes nothing records nothing. Raises: NotFound, CustomerErased,
    InvalidProfile. Locks: the customer. Emits: customer.changed.
    """
    customer = locked_customer(customer_id)
    changed = _apply(customer, changes)
    if not changed:
        return customer
    _check(customer)
    customer.search_keys = _name_keys(customer)
    with signed_by(actor):
        customer.save(update_fields=[*changed, "search_keys"])
    events.record(CustomerChanged(customer.id, tuple(changed)), actor=actor)
    return customer


@transaction.atomic
def block_customer(*, customer_id: UUID, reason: str, actor: Actor) -> Customer:
    """The merchant no longer deals with this customer; the reason is kept as a note.

    Raises: NotFound, InvalidTransition, EmptyNote. Locks: the customer.
    Emits: customer.blocked, note.written.
    """
    customer = locked_customer(customer_id)
    with signed_by(actor):
        move(customer, CustomerStatus.BLOCKED, moves=CUSTOMER_MOVES)
    events.record(CustomerBlocked(customer.id), actor=actor)
    write_note(customer_id=customer.id, text=reason, actor=actor)
    return customer


@transaction.atomic
def unblock_customer(*, customer_id: UUID, reason: str, actor: Actor) -> Customer:
    """The merchant deals with this customer again; the reason is kept as a note.

    Raises: NotFound, InvalidTransition, EmptyNote. Locks: the customer.
    Emits: customer.unblocked, note.written.
    """
    customer = locked_customer(customer_id)
    with signed_by(actor):
        move(customer, CustomerStatus.ACTIVE, moves=CUSTOMER_MOVES)
    events.record(CustomerUnblocked(customer.id), actor=actor)
    write_note(customer_id=customer.id, text=reason, actor=actor)
    return customer


@transaction.atomic
def write_note(
    *, customer_id: UUID, text: str, location_id: UUID | None = None, actor: Actor
) -> Note:
    """Something worth knowing about the customer is written down. Notes are never changed.

    Raises: NotFound, CustomerErased, EmptyNote, UnknownLocation. Locks: the customer.
    Emits: note.written.
    """
    customer = locked_customer(customer_id)
    _check_location(location_id, actor)
    text = text.strip()
    if not text or len(text) > MAX_NOTE:
        raise EmptyNote(
            errors=[{"field": "text", "code": "length", "message": str(EmptyNote.message)}]
        )
    note = Note.objects.create(
        customer=customer,
        text=text,
        principal=actor.principal,
        location_id=location_id,
        written_at=clock.now(),
    )
    events.record(NoteWritten(customer.id, note.id, location_id), actor=actor)
    return note


@transaction.atomic
def add_identifier_keys(*, keys: Mapping[UUID, Sequence[str]]) -> None:
    """Staff find these customers by these keys too. For ``customers.identity``.

    Repeating changes nothing. Locks: the customers, by id.
    """
    if not keys:
        return
    rows = [{"id": str(id_), "keys": list(given)} for id_, given in sorted(keys.items())]
    if len(rows) > 1:
        list(Customer.objects.locked().filter(id__in=keys).values_list("id"))
    with connection.cursor() as cursor:
        cursor.execute(_ADD_KEYS, [json.dumps(rows)])


@transaction.atomic
def set_identifier_keys(*, customer_id: UUID, keys: Sequence[str]) -> None:
    """Exactly these keys, after an identifier was taken away. For ``customers.identity``."""
    Customer.objects.filter(id=customer_id).update(identifier_keys=sorted(set(keys)))


def locked_customer(customer_id: UUID) -> Customer:
    """The row, locked. Raises: NotFound, CustomerErased."""
    customer: Customer | None = Customer.objects.locked().filter(id=customer_id).first()
    if customer is None:
        raise NotFound
    if customer.status == CustomerStatus.ERASED:
        raise CustomerErased
    return customer


def _check_location(location_id: UUID | None, actor: Actor) -> None:
    """Raises: UnknownLocation, alike for one that is not there and one of others."""
    if location_id is None:
        return
    may = actor.may(Permission.CUSTOMERS_EDIT, location_id=location_id)
    if not may or not Location.objects.filter(id=location_id).exists():
        message = str(UnknownLocation.message)
        raise UnknownLocation(
            errors=[{"field": "location_id", "code": "unknown", "message": message}]
        )


_ADD_KEYS = """
UPDATE customers_customer AS c SET identifier_keys = c.identifier_keys || ARRAY(
    SELECT jsonb_array_elements_text(given.keys) EXCEPT SELECT unnest(c.identifier_keys)
)
FROM jsonb_to_recordset(%s::jsonb) AS given(id uuid, keys jsonb)
WHERE c.id = given.id
"""


def _new_customer(draft: CustomerDraft, now: datetime) -> Customer:
    customer = Customer(
        id=draft.id,
        kind=draft.kind,
        name=_one_line(draft.name) or joined_name(draft.given_name, draft.family_name),
        given_name=_one_line(draft.given_name),
        family_name=_one_line(draft.family_name),
        language=draft.language,
        country=draft.country.upper(),
        created_in=draft.created_in,
        created_at=draft.created_at or now,
        identifier_keys=sorted(set(draft.identifier_keys)),
    )
    _check(customer)
    customer.search_keys = _name_keys(customer)
    return customer


def _apply(customer: Customer, changes: CustomerChanges) -> list[str]:
    """Set what differs; the names of the fields set. A new name part renews the whole name."""
    given = {f.name: getattr(changes, f.name) for f in fields(changes)}
    values = {name: _one_line(value) for name, value in given.items() if value is not None}
    if "country" in values:
        values["country"] = values["country"].upper()
    if "name" not in values and values.keys() & {"given_name", "family_name"}:
        values["name"] = joined_name(
            values.get("given_name", customer.given_name),
            values.get("family_name", customer.family_name),
        )
    changed = [name for name, value in values.items() if getattr(customer, name) != value]
    for name in changed:
        setattr(customer, name, values[name])
    return changed


def joined_name(given_name: str, family_name: str) -> str:
    """Both names as one; family name first and without blank where the script has none."""
    given, family = _one_line(given_name), _one_line(family_name)
    if search.is_unspaced(given + family):
        return family + given
    return f"{given} {family}".strip()


def _check(customer: Customer) -> None:
    """Raises: InvalidProfile."""
    errors = [
        _error(name, "too_long", _("This is too long."))
        for name, longest in _LONGEST.items()
        if len(getattr(customer, name)) > longest
    ]
    if customer.kind not in CustomerKind.values:
        errors.append(_error("kind", "unknown_kind", _("A customer is a person or a company.")))
    if customer.country and not known_country(customer.country):
        errors.append(
            _error("country", "unknown_country", _("This is not a country code of two letters."))
        )
    if errors:
        raise InvalidProfile(errors=errors)


def _name_keys(customer: Customer) -> list[str]:
    return search.name_keys(customer.name, customer.given_name, customer.family_name)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _error(field: str, code: str, message: object) -> dict[str, str]:
    return {"field": field, "code": code, "message": str(message)}
