"""Every event that this app publishes: its public contract. Ids and facts known at that moment.

Amounts are minor units. Fields are only ever added; a changed meaning is a new type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from omni.events.event import Event

# --- payments -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorised(Event):
    """The provider guarantees the amount; nothing was taken yet."""

    type: ClassVar[str] = "payment.authorised"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(Event):
    """Money was taken: at the provider, the terminal or in cash. ``amount_minor`` is this part."""

    type: ClassVar[str] = "payment.captured"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Event):
    """A payment came to nothing; the order stays open for another tender."""

    type: ClassVar[str] = "payment.failed"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    failure_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(Event):
    """What was authorised (or taken at the till in this shift) was given free again.

    ``reason`` is ``voided``, ``expired`` or ``reversed``.
    """

    type: ClassVar[str] = "payment.voided"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(Event):
    """Money went back over the tender that it came from."""

    type: ClassVar[str] = "refund.succeeded"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(Event):
    """The provider would not give the money back; it is still owed, by another way."""

    type: ClassVar[str] = "refund.failed"
    aggregatetype: ClassVar[str] = "payment"
    aggregate: ClassVar[str] = "payment_id"

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    tender: str
    amount_minor: int
    currency: str
    reference: str
    failure_code: str
