"""What the house asks of whoever moves money, and the two ways in which they can fail.

Decided here: a gateway that works over a network answers with facts (``ProviderPayment``), never
with our rows. ``ProviderRefused`` is a definite no: nothing happened. ``ProviderUnavailable`` means
that nobody knows: the attempt stays open, is asked again by its key, and the same key is sent again
until an answer is definite. Our own identifiers (payment, capture, refund) are the keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class ProviderError(Exception):
    """The provider did not do what was asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ProviderRefused(ProviderError):
    """The provider understood and said no; nothing happened there."""


class ProviderUnavailable(ProviderError):
    """No answer, or none that can be trusted: it may have happened or not."""


class ForgedMessage(ProviderError):
    """A webhook whose signature, time or form is wrong: not from the provider."""


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One capture or refund as the provider booked it.

    ``key`` is the idempotency key that asked for it, empty when the provider acted on its own
    (automatic capture, a refund made in its dashboard).
    """

    id: str
    amount_minor: int
    status: str
    key: str = ""
    failure_code: str = ""


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """All that the provider knows of a payment at one moment; counters never go down."""

    id: str
    key: str
    status: str
    currency: str
    amount_minor: int
    authorised_minor: int
    failure_code: str = ""
    redirect_url: str = ""
    captures: tuple[ProviderEntry, ...] = ()
    refunds: tuple[ProviderEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What is sent to start a payment. ``key`` is the payment's id, sent again on every retry."""

    key: str
    amount_minor: int
    currency: str
    reference: str
    return_url: str
    is_manual_capture: bool = False
    card_token: str = ""


class OnlineGateway(Protocol):
    """A provider reached over the network; every write carries a key and may be repeated.

    Each method raises ProviderRefused or ProviderUnavailable.
    """

    code: str

    def start(self, request: StartRequest) -> ProviderPayment: ...

    def fetch(self, provider_id: str) -> ProviderPayment: ...

    def find(self, key: str) -> ProviderPayment | None:
        """The payment that this key started, or None when the key had no effect."""
        ...

    def capture(self, provider_id: str, *, amount_minor: int, key: str) -> ProviderEntry: ...

    def void(self, provider_id: str, *, key: str) -> None: ...

    def refund(self, provider_id: str, *, amount_minor: int, key: str) -> ProviderEntry: ...

    def verify(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The message of a webhook, from its raw bytes. Raises: ForgedMessage."""
        ...

    def subject_of(self, message: Mapping[str, Any]) -> str:
        """The provider's id of the payment that a message is about, or an empty string."""
        ...

    def fold(self, messages: Iterable[Mapping[str, Any]]) -> ProviderPayment | None:
        """What a set of messages about one payment says, whatever their order and number."""
        ...
