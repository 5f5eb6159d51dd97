"""EVERY event that this app publishes: its public contract. Ids and facts, no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from omni.events.event import Event


@dataclass(frozen=True, slots=True)
class CustomerCreated(Event):
    """A person or company appeared for the first time."""

    type: ClassVar[str] = "customer.created"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    kind: str
    channel_id: UUID | None


@dataclass(frozen=True, slots=True)
class CustomerChanged(Event):
    """Fields of the profile or the address book changed; their names, not their values."""

    type: ClassVar[str] = "customer.changed"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustomerBlocked(Event):
    """The merchant no longer deals with this customer."""

    type: ClassVar[str] = "customer.blocked"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID


@dataclass(frozen=True, slots=True)
class CustomerUnblocked(Event):
    """The merchant deals with this customer again."""

    type: ClassVar[str] = "customer.unblocked"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID


@dataclass(frozen=True, slots=True)
class NoteWritten(Event):
    """A member of staff wrote something down about a customer."""

    type: ClassVar[str] = "note.written"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    note_id: int
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class IdentifierAdded(Event):
    """A customer can be recognised by one thing more. The value stays in the identifier's row."""

    type: ClassVar[str] = "identifier.added"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    identifier_id: int
    kind: str
    channel_id: UUID | None


@dataclass(frozen=True, slots=True)
class IdentifierVerified(Event):
    """It is proved that the identifier is this customer's."""

    type: ClassVar[str] = "identifier.verified"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    identifier_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class IdentifierRemoved(Event):
    """The customer is no longer recognised by this."""

    type: ClassVar[str] = "identifier.removed"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    identifier_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class AccountCreated(Event):
    """A customer has a login, their e-mail being verified."""

    type: ClassVar[str] = "account.created"
    aggregatetype: ClassVar[str] = "account"
    aggregate: ClassVar[str] = "account_id"

    account_id: UUID
    customer_id: UUID
    channel_id: UUID


@dataclass(frozen=True, slots=True)
class SessionStarted(Event):
    """A customer signed in."""

    type: ClassVar[str] = "session.started"
    aggregatetype: ClassVar[str] = "account"
    aggregate: ClassVar[str] = "account_id"

    account_id: UUID
    customer_id: UUID
    channel_id: UUID | None


@dataclass(frozen=True, slots=True)
class SessionEnded(Event):
    """A customer signed out, or signed another device out."""

    type: ClassVar[str] = "session.ended"
    aggregatetype: ClassVar[str] = "account"
    aggregate: ClassVar[str] = "account_id"

    account_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """A customer has a new password; older sessions are over. ``by_reset``: it was forgotten."""

    type: ClassVar[str] = "password.changed"
    aggregatetype: ClassVar[str] = "account"
    aggregate: ClassVar[str] = "account_id"

    account_id: UUID
    customer_id: UUID
    by_reset: bool


@dataclass(frozen=True, slots=True)
class EmailChanged(Event):
    """A customer signs in with another, verified e-mail address from now on."""

    type: ClassVar[str] = "email.changed"
    aggregatetype: ClassVar[str] = "account"
    aggregate: ClassVar[str] = "account_id"

    account_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class ConsentChanged(Event):
    """A customer allowed or forbade something."""

    type: ClassVar[str] = "consent.changed"
    aggregatetype: ClassVar[str] = "customer"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    consent_id: int
    purpose: str
    is_granted: bool
    channel_id: UUID | None
