"""How the difference of an exchange is paid, as the form says it."""

from __future__ import annotations

from django.http import QueryDict

from omni.core.money import Money
from omni.screens.amounts import typed_amount
from orders.payments.models import Tender
from orders.pos.operations import TenderGiven


def tenders_of(given: QueryDict, due: Money) -> list[TenderGiven]:
    """One tender for the whole difference; none where nothing is due.

    Raises: AmountNotUnderstood.
    """
    if not due.minor:
        return []
    if given.get("tender") == Tender.CASH:
        handed = given.get("cash_given", "").strip()
        cash = typed_amount(handed, due.currency) if handed else None
        return [TenderGiven(Tender.CASH, due.minor, given_minor=cash)]
    reference = given.get("paid_reference", "").strip()
    return [TenderGiven(Tender.CARD_TERMINAL, due.minor, terminal_reference=reference)]
