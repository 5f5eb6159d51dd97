"""What the customer of an order may still do with it: for showing actions, never for deciding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from omni.work.models import Approval, ApprovalStatus
from orders.aftersales.cancelling import LATE_CANCEL, LIVE, UNTOUCHED
from orders.aftersales.models import ReturnCase
from orders.aftersales.queries import cases_of
from orders.aftersales.rules import announced_units, return_until
from orders.storefront.order_status import Goods, OrderStanding

# How cancelling stands: possible, to be asked for, asked, refused, or over.
NOW, ASK, ASKED, REFUSED, NOT = "now", "ask", "asked", "refused", ""


@dataclass(frozen=True, slots=True)
class Returnable:
    """Units of a line that could be announced to come back."""

    goods: Goods
    most: int


@dataclass(frozen=True, slots=True)
class Choices:
    """``cancel`` is one of the words above. ``return_until`` where something may come back."""

    cancel: str
    returnable: Sequence[Returnable]
    return_until: datetime | None
    cases: Sequence[ReturnCase]


def choices_of(standing: OrderStanding, principal: str) -> Choices:
    """What may be done now, by whoever holds the link."""
    returnable = _returnable(standing)
    until = return_until(standing.order) if returnable else None
    if until is None or until < standing.now:
        returnable, until = [], None
    has_cases = standing.order.return_status != "none"
    return Choices(
        cancel=way_to_cancel(standing, principal),
        returnable=returnable,
        return_until=until,
        cases=cases_of([standing.order.pk]) if has_cases else (),
    )


def way_to_cancel(standing: OrderStanding, principal: str) -> str:
    """Whether what is open can be cancelled; once somebody picks it, the store is asked first."""
    order = standing.order
    if order.status not in LIVE or not any(each.line.quantity_open for each in standing.goods):
        return NOT
    touched = [
        part for part in standing.parts if part.row.status not in UNTOUCHED and not part.is_over
    ]
    if not touched:
        return NOW
    asked = Approval.objects.filter(
        kind=LATE_CANCEL,
        subject_kind="order",
        subject_id=str(order.pk),
        asked_by=principal,
        used_at=None,
        lapses_at__gt=standing.now,
    )
    latest = asked.order_by("-pk").first()
    if latest is None:
        return ASK
    said = {ApprovalStatus.GRANTED: NOW, ApprovalStatus.ASKED: ASKED}
    return said.get(ApprovalStatus(latest.status), REFUSED)


def _returnable(standing: OrderStanding) -> list[Returnable]:
    here = [each for each in standing.goods if each.line.quantity_returnable]
    here = [each for each in here if not each.line.variant.product.is_final_sale]
    if not here:
        return []
    announced = announced_units(standing.order.pk)
    left = [(one, one.line.quantity_returnable - announced.get(one.line.pk, 0)) for one in here]
    return [Returnable(one, most) for one, most in left if most > 0]
