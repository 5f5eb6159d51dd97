"""Who is this? Resolution of captured identifiers to one customer, and their verification.

A captured e-mail or phone proves nothing: it finds a record or starts one, and what is new is
attached unverified. Records are never merged here. Identifiers that a person shares with others
(a device) find somebody only where nothing better was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.events import IdentifierAdded, IdentifierRemoved, IdentifierVerified
from customers.identity.canonical import Canonical, Given, canonical
from customers.identity.captures import (
    Capture,
    NoIdentifier,
    Resolution,
    lock_values,
    resolve_captures,
    search_keys,
)
from customers.identity.models import Identifier
from customers.profiles import operations as profiles
from customers.profiles.models import Customer
from omni.access.actor import Actor
from omni.access.authorship import signed_by
from omni.core import clock
from omni.core.errors import Conflict, NotFound
from omni.core.transactions import joined
from omni.events import operations as events
from omni.work import operations as work

__all__ = [
    "Capture",
    "IdentifierLimit",
    "NoIdentifier",
    "Resolution",
    "Verification",
    "VerifiedElsewhere",
    "add_identifier",
    "lock_identifier",
    "remove_identifier",
    "resolve",
    "resolve_many",
    "search_keys",
    "verify_identifier",
]

MAX_IDENTIFIERS = 50


class IdentifierLimit(Conflict):
    code = "identifier_limit"
    message = _("This customer has too many identifiers. Remove one first.")


class VerifiedElsewhere(Conflict):
    code = "identifier_verified_elsewhere"
    message = _("This identifier is verified for another customer. Look at that one first.")


@dataclass(frozen=True, slots=True)
class Verification:
    """The identifier after a proof. Not verified: ``held_by`` had proved it before."""

    identifier: Identifier
    is_verified: bool
    held_by: UUID | None = None


@joined
def resolve(
    *,
    identifiers: Sequence[Given],
    name: str = "",
    channel_id: UUID | None = None,
    actor: Actor,
    region: str = "",
) -> Resolution:
    """The one customer to whom these identifiers lead; nobody known: a new one.

    One holder: what is new is attached, unverified. Several: the holder of a verified one, else
    the oldest. A value verified for somebody else is not attached. Repeating gives the same
    customer and adds nothing; two captures at once of the same value give one customer.
    ``region`` is the country for phones without prefix; without it, the channel's.

    Raises: NoIdentifier, InvalidIdentifier. Locks: the values (advisory), then the customer.
    Emits: customer.created, identifier.added.
    """
    capture = Capture(tuple(identifiers), name, channel_id)
    return resolve_captures([capture], actor, region)[0]


@joined
def resolve_many(
    *, captures: Sequence[Capture], actor: Actor, region: str = ""
) -> list[Resolution]:
    """Set-based form: the same customers as resolving one capture after the other.

    Raises, Locks, Emits: as ``resolve``; one bad identifier refuses all.
    """
    return resolve_captures(captures, actor, region)


@transaction.atomic
def add_identifier(
    *, customer_id: UUID, given: Given, region: str = "", actor: Actor
) -> Identifier:
    """A customer can be recognised by one thing more; nothing is proved by it.

    Repeating returns the same row. Raises: NotFound, CustomerErased, InvalidIdentifier,
    VerifiedElsewhere, IdentifierLimit. Locks: the value, the customer. Emits: identifier.added.
    """
    value = canonical(given, region=region)
    lock_values({value.key})
    customer = profiles.locked_customer(customer_id)
    own = customer.identifiers.filter(**_same(value)).first()
    if own:
        return own
    if Identifier.objects.filter(**_same(value), is_verified=True).exists():
        raise VerifiedElsewhere
    if customer.identifiers.count() >= MAX_IDENTIFIERS:
        raise IdentifierLimit(limit=MAX_IDENTIFIERS)
    return _add(customer, value, actor=actor)


@transaction.atomic
def verify_identifier(
    *, customer_id: UUID, given: Given, region: str = "", actor: Actor
) -> Verification:
    """It is proved that the identifier is this customer's: nobody else can hold it verified.

    Call it only with a proof (a code that came back). An identifier that the customer lacked is
    added. If another customer had proved the same before, nothing is taken away from them: a
    person decides the incident ``identifier_conflict``. Repeating changes nothing.

    Raises: NotFound, CustomerErased, InvalidIdentifier. Locks: the value, the customer.
    Emits: identifier.verified (identifier.added before it).
    """
    value = canonical(given, region=region)
    lock_values({value.key})
    customer = profiles.locked_customer(customer_id)
    own = customer.identifiers.filter(**_same(value)).first()
    own = own or _add(customer, value, actor=actor)
    if own.is_verified:
        return Verification(own, is_verified=True)
    holder = Identifier.objects.filter(**_same(value), is_verified=True).first()
    if holder:
        _open_conflict(own, holder, actor)
        return Verification(own, is_verified=False, held_by=holder.customer_id)
    own.is_verified, own.verified_at = True, clock.now()
    with signed_by(actor):
        own.save(update_fields=["is_verified", "verified_at"])
    events.record(IdentifierVerified(customer.id, own.id, own.kind), actor=actor)
    return Verification(own, is_verified=True)


def lock_identifier(*, given: Given) -> None:
    """Nobody resolves or proves this value until the caller's transaction ends.

    Raises: InvalidIdentifier. Locks: the value (advisory).
    """
    lock_values({canonical(given).key})


@transaction.atomic
def remove_identifier(*, customer_id: UUID, identifier_id: int, actor: Actor) -> None:
    """The customer is no longer recognised by this; the row stays in the history.

    Raises: NotFound (also on repeat), CustomerErased. Locks: the customer.
    Emits: identifier.removed.
    """
    customer = profiles.locked_customer(customer_id)
    identifier = customer.identifiers.filter(id=identifier_id).first()
    if identifier is None:
        raise NotFound
    removed = IdentifierRemoved(customer.id, identifier.id, identifier.kind)
    with signed_by(actor):
        identifier.delete()
    remaining = customer.identifiers.values_list("kind", "value")
    keys = [key for kind, value in remaining for key in search_keys(kind, value)]
    profiles.set_identifier_keys(customer_id=customer.id, keys=keys)
    events.record(removed, actor=actor)


def _add(customer: Customer, value: Canonical, *, actor: Actor) -> Identifier:
    """One identifier for a locked customer."""
    identifier = Identifier.objects.create(
        customer=customer,
        kind=value.kind,
        namespace=value.namespace,
        value=value.value,
        raw=value.raw,
        created_at=clock.now(),
    )
    keys = search_keys(value.kind, value.value)
    if keys:
        profiles.add_identifier_keys(keys={customer.id: keys})
    added = IdentifierAdded(customer.id, identifier.id, identifier.kind, actor.channel_id)
    events.record(added, actor=actor)
    return identifier


def _same(value: Canonical) -> dict[str, str]:
    return {"kind": value.kind, "namespace": value.namespace, "value": value.value}


def _open_conflict(own: Identifier, holder: Identifier, actor: Actor) -> None:
    work.open_incident(
        kind="identifier_conflict",
        subject_kind="customer",
        subject_id=own.customer_id,
        summary=str(_("Two customers proved the same identifier. Decide whose it is.")),
        details={
            "identifier_id": own.id,
            "kind": own.kind,
            "held_by": str(holder.customer_id),
        },
        actor=actor,
    )
