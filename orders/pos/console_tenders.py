"""How a sum is paid in one go, as the form says it: by card, in cash, or in several parts.

For pages that take money beside something else; the till itself takes tender by tender. The panel
that asks is ``console/till/_tenders.html``.
"""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.payments.models import Tender
from orders.pos.console_forms import AmountField, MoneyForm
from orders.pos.operations import TenderGiven

SEVERAL = "several"
# What the panel shows again of what was typed into it.
FIELDS = (
    "tender",
    "card_amount",
    "terminal_reference",
    "second_amount",
    "second_reference",
    "cash_given",
)


class TendersForm(MoneyForm):
    """One card or two for all or a part, cash for the rest."""

    # The sum as the page said it, minor units.
    due = forms.CharField(required=False, max_length=20)
    tender = forms.ChoiceField(
        choices=[(Tender.CARD_TERMINAL.value, ""), (Tender.CASH.value, ""), (SEVERAL, "")],
        required=False,
    )
    card_amount = AmountField(required=False, label=_("Of it by card"))
    terminal_reference = forms.CharField(
        required=False, max_length=120, label=_("Number on the terminal's slip")
    )
    second_amount = AmountField(required=False, label=_("Of it by a second card"))
    second_reference = forms.CharField(
        required=False, max_length=120, label=_("Number on the second card's slip")
    )
    cash_given = AmountField(required=False, label=_("Cash given"))

    def tenders(self) -> list[TenderGiven]:
        """What pays the sum that was shown, as it was said; the operation refuses another sum."""
        given = self.cleaned_data
        due_minor = _shown(given["due"])
        if not due_minor:
            return []
        if given["tender"] == Tender.CARD_TERMINAL:
            return [_by_card(due_minor, given["terminal_reference"])]
        found = []
        if given["tender"] == SEVERAL:
            cards = (
                (given["card_amount"], given["terminal_reference"]),
                (given["second_amount"], given["second_reference"]),
            )
            found = [_by_card(amount, reference) for amount, reference in cards if amount]
        rest = due_minor - sum(each.amount_minor for each in found)
        if rest > 0:
            found.append(TenderGiven(Tender.CASH, rest, given_minor=given["cash_given"]))
        return found


def _shown(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _by_card(amount_minor: int, reference: str) -> TenderGiven:
    return TenderGiven(Tender.CARD_TERMINAL, amount_minor, terminal_reference=reference.strip())
