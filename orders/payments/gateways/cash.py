"""Cash over the counter. Pure: what is kept, and what is given back as change."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid


class NotEnoughCash(Invalid):
    code = "not_enough_cash"
    message = _("The customer gave less cash than the amount to be paid.")


@dataclass(frozen=True, slots=True)
class CashReceived:
    """What the till keeps and what it gives back, in minor units."""

    kept_minor: int
    change_minor: int


def receive(*, amount_minor: int, tendered_minor: int) -> CashReceived:
    """Take cash for an amount. Raises: NotEnoughCash."""
    if tendered_minor < amount_minor:
        raise NotEnoughCash(amount_minor=amount_minor, tendered_minor=tendered_minor)
    return CashReceived(kept_minor=amount_minor, change_minor=tendered_minor - amount_minor)
