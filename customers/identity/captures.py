"""One run over captures: read who holds what, decide, write. The steps behind ``resolve``.

Everything is read with one statement and written with one statement per table, however many
captures a run has, so that one capture and ten thousand go the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext_lazy as _

from customers.events import IdentifierAdded
from customers.identity.canonical import Canonical, Given, InvalidIdentifier, canonical
from customers.identity.models import Identifier, IdentifierKind
from customers.identity.resolution import Holder, Key, choose, to_attach
from customers.profiles import operations as profiles
from customers.profiles import search
from customers.profiles.models import Customer
from customers.profiles.operations import CustomerChanges, CustomerDraft
from inventory.channels.models import Channel
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Invalid
from omni.core.ids import uuid7
from omni.core.statements import cursor_for
from omni.events import operations as events


class NoIdentifier(Invalid):
    code = "no_identifier"
    message = _(
        "There is nothing to recognise the customer by. Give at least one e-mail, phone, card "
        "or device."
    )


@dataclass(frozen=True, slots=True)
class Capture:
    """What one touchpoint told about a person. ``captured_at`` only for imports."""

    identifiers: tuple[Given, ...]
    name: str = ""
    channel_id: UUID | None = None
    country: str = ""
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The customer of a capture, and whether the capture made them."""

    customer: Customer
    created: bool


def resolve_captures(captures: Sequence[Capture], actor: Actor, region: str) -> list[Resolution]:
    """The customers of the captures, in their order; within the caller's transaction."""
    regions = _regions(captures, region)
    given = [_canonical_all(c, regions.get(c.channel_id, region)) for c in captures]
    keys = {value.key for values in given for value in values}
    lock_values(keys)
    run = _Run(holders={}, now=clock.now())
    _load(run, keys)
    taken = [run.take(*each) for each in zip(captures, given, strict=True)]
    _write(run, actor)
    return [Resolution(run.customers[customer_id], created) for customer_id, created in taken]


@dataclass(slots=True)
class _Run:
    """One run over captures: who holds what, and what is to be written at its end."""

    holders: dict[Key, list[Holder]]
    now: datetime
    drafts: dict[UUID, CustomerDraft] = field(default_factory=dict)
    customers: dict[UUID, Customer] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    added: list[tuple[UUID, Canonical, Capture]] = field(default_factory=list)

    def take(self, capture: Capture, given: Sequence[Canonical]) -> tuple[UUID, bool]:
        """The customer of one capture, and whether it made them."""
        holder = choose(given, self.holders)
        created = holder is None
        if holder is None:
            holder = self._start(capture)
        elif capture.name:
            self._fill_name(holder, capture.name)
        for value in to_attach(given, holder, self.holders):
            holder.keys[value.key] = None
            self.holders.setdefault(value.key, []).append(holder)
            self.added.append((holder.customer_id, value, capture))
        return holder.customer_id, created

    def _start(self, capture: Capture) -> Holder:
        draft = CustomerDraft(
            id=uuid7(),
            name=capture.name,
            created_in=capture.channel_id,
            country=capture.country,
            created_at=capture.captured_at or self.now,
        )
        self.drafts[draft.id] = draft
        return Holder(draft.id, draft.created_at or self.now, sequence=len(self.drafts))

    def _fill_name(self, holder: Holder, name: str) -> None:
        """A record without a name takes the first one it is told, unless its owner proved it."""
        if any(holder.keys.values()):
            return
        draft = self.drafts.get(holder.customer_id)
        if draft:
            if not draft.name:
                self.drafts[holder.customer_id] = replace(draft, name=name)
        elif not self.customers[holder.customer_id].name:
            self.names.setdefault(holder.customer_id, name)


def _write(run: _Run, actor: Actor) -> None:
    """Customers, identifiers, search keys and events of a run, each kind with one statement."""
    keys: dict[UUID, list[str]] = {}
    for customer_id, value, _capture in run.added:
        keys.setdefault(customer_id, []).extend(search_keys(value.kind, value.value))
    drafts = [
        replace(draft, identifier_keys=tuple(keys.pop(draft.id, ())))
        for draft in run.drafts.values()
    ]
    for customer in profiles.create_customers(drafts=drafts, actor=actor) if drafts else []:
        run.customers[customer.id] = customer
    for customer_id, name in run.names.items():
        run.customers[customer_id] = profiles.change_customer(
            customer_id=customer_id, changes=CustomerChanges(name=name), actor=actor
        )
    late = {customer_id: found for customer_id, found in keys.items() if found}
    if late:
        profiles.add_identifier_keys(keys=late)
    if run.added:
        _write_identifiers(run, actor)


def _write_identifiers(run: _Run, actor: Actor) -> None:
    rows = [
        Identifier(
            customer_id=customer_id,
            kind=value.kind,
            namespace=value.namespace,
            value=value.value,
            raw=value.raw,
            created_at=capture.captured_at or run.now,
        )
        for customer_id, value, capture in run.added
    ]
    Identifier.objects.bulk_create(rows)
    events.record_dated(
        [
            (
                IdentifierAdded(row.customer_id, row.id, row.kind, capture.channel_id),
                row.created_at,
            )
            for row, (_id, _value, capture) in zip(rows, run.added, strict=True)
        ],
        actor=actor,
    )


def _canonical_all(capture: Capture, region: str) -> list[Canonical]:
    """Raises: NoIdentifier, InvalidIdentifier (with everything that is wrong)."""
    if not capture.identifiers:
        raise NoIdentifier
    values: dict[Key, Canonical] = {}
    errors: list[dict[str, Any]] = []
    for given in capture.identifiers:
        try:
            value = canonical(given, region=region)
        except InvalidIdentifier as error:
            errors.extend(error.errors)
        else:
            values.setdefault(value.key, value)
    if errors:
        raise InvalidIdentifier(errors=errors)
    return list(values.values())


def _regions(captures: Sequence[Capture], region: str) -> dict[UUID | None, str]:
    """The country of each channel in which a phone must be read; no query where none is needed."""
    if region:
        return {}
    channels = {
        capture.channel_id
        for capture in captures
        if capture.channel_id
        and any(
            given.kind == IdentifierKind.PHONE and not given.value.lstrip().startswith("+")
            for given in capture.identifiers
        )
    }
    if not channels:
        return {}
    return dict(Channel.objects.filter(id__in=channels).values_list("id", "country"))


_CUSTOMER_FIELDS = [field.attname for field in Customer._meta.concrete_fields]  # noqa: SLF001
_HOLDERS = f"""
SELECT i.kind, i.namespace, i.value, CASE WHEN i.is_verified THEN i.verified_at END,
    {", ".join(f"c.{name}" for name in _CUSTOMER_FIELDS)}
FROM unnest(%s::text[], %s::text[], %s::text[]) AS w (kind, namespace, value)
JOIN customers_identifier i
    ON i.kind = w.kind AND i.namespace = w.namespace AND i.value = w.value
JOIN customers_customer c ON c.id = i.customer_id
ORDER BY i.id
"""  # noqa: S608  names of columns, not values


def _load(run: _Run, keys: Iterable[Key]) -> None:
    """Who holds any of the values, with all that they have of it."""
    wanted = list(keys)
    loaded: dict[UUID, Holder] = {}
    with cursor_for(len(wanted)) as cursor:
        cursor.execute(_HOLDERS, [[key[part] for key in wanted] for part in range(3)])
        rows = cursor.fetchall()
    for kind, namespace, value, proved_at, *columns in rows:
        customer = Customer.from_db(DEFAULT_DB_ALIAS, _CUSTOMER_FIELDS, columns)
        holder = loaded.setdefault(customer.id, Holder(customer.id, customer.created_at))
        key = (kind, namespace, value)
        holder.keys[key] = proved_at
        run.customers[customer.id] = customer
        run.holders.setdefault(key, []).append(holder)


def lock_values(keys: Iterable[Key]) -> None:
    """Nobody else resolves or proves one of these values until this transaction ends."""
    locks = sorted({_lock_number(key) for key in keys})
    with cursor_for(len(locks)) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [locks])


def _lock_number(key: Key) -> int:
    name = "\x1f".join(("identifier", *key)).encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)


def search_keys(kind: str, value: str) -> list[str]:
    """By which words staff find the holder of an identifier. Devices are nothing to search by."""
    if kind == IdentifierKind.PHONE:
        return search.phone_keys(value)
    if kind == IdentifierKind.EMAIL:
        return search.email_keys(value)
    return [] if kind == IdentifierKind.DEVICE else search.number_keys(value)
