"""The card terminal on the counter: it speaks to its processor itself, we keep what it printed.

Decided here: card numbers never reach us. What a terminal reports is its own reference, the brand
and the last four digits; anything that could be a card number is refused.
Source of the check digit: ISO/IEC 7812-1 annex B (Luhn).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid


class CardNumberRefused(Invalid):
    code = "card_number_refused"
    message = _("This looks like a card number. Send the terminal's reference, never the card.")


class TerminalReferenceMissing(Invalid):
    code = "terminal_reference_missing"
    message = _("The terminal's reference of the payment is missing. Copy it from the slip.")


@dataclass(frozen=True, slots=True)
class TerminalApproval:
    """What the terminal printed on its slip."""

    reference: str
    card_label: str = ""


def approval(*, reference: str, card_label: str = "") -> TerminalApproval:
    """A terminal's approval. Raises: TerminalReferenceMissing, CardNumberRefused."""
    if not reference.strip():
        raise TerminalReferenceMissing
    for text in (reference, card_label):
        refuse_card_number(text)
    return TerminalApproval(reference.strip(), card_label.strip())


_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)


def refuse_card_number(text: str) -> None:
    """Raises: CardNumberRefused if the text holds 13 to 19 digits that pass the check digit.

    A UUID is no card number, whatever its digits are.
    """
    for run in re.findall(r"(?:\d[ -]?){13,19}", _UUID.sub("", text)):
        if _passes_luhn(re.sub(r"\D", "", run)):
            raise CardNumberRefused


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
