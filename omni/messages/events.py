"""What messages publish: that somebody was told something, or could not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from omni.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFact(Event):
    """What every event of a message tells. No address, no content."""

    aggregatetype: ClassVar[str] = "message"
    aggregate: ClassVar[str] = "message_id"

    message_id: UUID
    customer_id: UUID | None
    channel_id: UUID | None
    purpose: str
    medium: str
    subject_kind: str = ""
    subject_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(MessageFact):
    """A message left for a customer."""

    type: ClassVar[str] = "message.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNotSent(MessageFact):
    """A message did not reach a customer and is not tried again. ``reason`` is a short code."""

    type: ClassVar[str] = "message.not_sent"

    reason: str = ""
