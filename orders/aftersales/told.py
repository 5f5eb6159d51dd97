"""What was written to an order's customer, as its page shows it; which of it can be said again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.identity.queries import mask
from omni.messages.models import Medium, Message, MessageStatus
from omni.messages.phrases import purpose_name
from omni.messages.sealing import BULLETS
from orders.fulfilment.codes import possible_codes
from orders.fulfilment.models import Pickup

ORDER = "order"
_LINK = re.compile(r"\bol_[\w-]{20,}")
MOST = 20
# Purposes that name a part of the order: which one a repeat is about is found by its state.
OF_A_PICKUP = frozenset({"pickup_ready", "pickup_reminder"})
REPEATABLE = OF_A_PICKUP | {"order_placed", "receipt"}
_TONES = {
    MessageStatus.SENT: "good",
    MessageStatus.FAILED: "bad",
    MessageStatus.REFUSED: "bad",
    MessageStatus.SENDING: "info",
    MessageStatus.QUEUED: "wait",
}
# Codes of the providers that a person can do something about.
_TROUBLES = {
    "not_an_address": gettext_lazy("No mail can go to this address"),
    "not_a_phone_number": gettext_lazy("No text message can go to this number"),
    "no_provider": gettext_lazy("Nobody is set up to send this"),
    "expired": gettext_lazy("It could not be sent in time"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A message of an order. Its recipient can be told from others, but not written to."""

    message: Message

    @property
    def purpose(self) -> str:
        return purpose_name(self.message.purpose)

    @property
    def to(self) -> str:
        return masked_recipient(self.message)

    @property
    def tone(self) -> str:
        return _TONES[MessageStatus(self.message.status)]

    @property
    def is_unreached(self) -> bool:
        return self.tone == "bad"

    @property
    def trouble(self) -> str:
        """Why it did not arrive, in words; empty where nothing went wrong."""
        code = self.message.last_error
        if code.startswith("recipient_refused"):
            return _("The mail server there refuses this address")
        return str(_TROUBLES.get(code, code))

    @property
    def is_repeatable(self) -> bool:
        return self.message.purpose in REPEATABLE


def text_for_staff(message: Message) -> str:
    """What its reader had, without the codes and links that open something.

    The ledger itself hides them, except where it is the mailbox that people read. One statement.
    """
    text = _LINK.sub(BULLETS, message.text)
    if message.subject_kind != ORDER:
        return text
    pickups = Pickup.objects.filter(fulfilment_order__order_id=message.subject_id)
    for pickup_id, version in pickups.values_list("pk", "code_version"):
        for each in range(version + 1):
            for code in possible_codes(pickup_id, each):
                text = text.replace(code, BULLETS)
    return text


def told_about(order_id: UUID) -> list[Told]:
    """The last messages about an order that the caller may see, newest first. One statement."""
    rows = Message.objects.filter(subject_kind=ORDER, subject_id=str(order_id))
    return [Told(row) for row in rows.defer("text", "html", "sealed").order_by("-pk")[:MOST]]


def masked_recipient(message: Message) -> str:
    """Told so that recipients can be told apart, but not written to."""
    kind = "email" if message.medium == Medium.EMAIL else "phone"
    return mask(kind, message.recipient)
