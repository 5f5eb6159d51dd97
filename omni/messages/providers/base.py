"""The port to those who carry messages: e-mail servers and services, SMS gateways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it leaves. The id is its idempotency key at the provider."""

    message_id: UUID
    medium: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str = ""


class Undelivered(Exception):
    """``reason`` is a short code without personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:120]


class Refused(Undelivered):
    """For good: this recipient or this content is never taken."""


class TryLater(Undelivered):
    """Not now: nobody answered, or the provider is busy or wrongly set up."""


class Provider(Protocol):
    """``keeps_content``: nothing leaves the machine, the ledger itself is where people read."""

    name: str
    keeps_content: bool

    def send(self, outgoing: Outgoing) -> str:
        """Hand it over; the provider's reference. Raises: Refused, TryLater."""
