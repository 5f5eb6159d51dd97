"""Smallest messages, queued as the product queues them."""

from __future__ import annotations

from itertools import count
from typing import Any

from omni.access.actor import SYSTEM
from omni.messages.models import Medium, Message
from omni.messages.operations import Draft, queue_message

_numbers = count(1)


def make_draft(**over: Any) -> Draft:
    """A mail to Eve about nothing."""
    values: dict[str, Any] = {
        "reference": f"test:{next(_numbers)}",
        "purpose": "order_placed",
        "medium": Medium.EMAIL,
        "recipient": "eve@example.com",
        "language": "en",
        "subject": "Hello",
        "text": "Good day, Eve.",
    }
    return Draft(**values | over)


def make_message(**over: Any) -> Message:
    """Such a mail, waiting to be sent."""
    return queue_message(draft=make_draft(**over), actor=SYSTEM)
