"""Cases that are announced before goods come: asked for, allowed or not, given up, expired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from orders.aftersales import rules
from orders.aftersales.drafts import ReturnUnits
from orders.aftersales.errors import NothingToReturn
from orders.aftersales.handling import (
    Case,
    lock_case,
    new_numbers,
    order_lines,
    refresh_order,
    step,
)
from orders.aftersales.models import (
    LogisticsState,
    ReturnCase,
    ReturnKind,
    ReturnLine,
)
from orders.aftersales.queries import AUTHORISED_FOR, get_case_of_customer, return_cases_visible_to
from orders.events import (
    ReturnAuthorised,
    ReturnCancelled,
    ReturnDeclined,
    ReturnRequested,
)
from orders.sales import operations as sales
from orders.sales.models import Order, OrderLine
from orders.sales.queries import get_order


@transaction.atomic
def request_return(
    *,
    order_id: UUID,
    units: Sequence[ReturnUnits],
    reason: str = "",
    actor: Actor,
    order_token: str = "",
) -> ReturnCase:
    """The customer wants to give goods back, within the window of the channel.

    Raises: NotFound, NothingToReturn, UnknownReturnLine, ReturnBeyondBought, ReturnWindowOver,
    FinalSale. Locks: order. Emits: return.requested.
    """
    get_order(actor, order_id, token=order_token)
    order = sales.locked_order(order_id)
    wanted = wanted_lines(order, units)
    now = clock.now()
    rules.check_returnable(order, wanted, now=now)
    rules.check_quantities(wanted, case=None)
    case = open_case(
        order=order,
        status=LogisticsState.REQUESTED,
        reason=reason,
        actor=actor,
        now=now,
    )
    lines = add_lines(case, order, units)
    case.tell(ReturnRequested, lines)
    refresh_order(case)
    return case.row


@transaction.atomic
def authorise(*, case_id: UUID, actor: Actor) -> ReturnCase:
    """The goods may come back, within 30 days. Raises: NotFound, InvalidTransition.
    Emits: return.authorised.
    """
    case = _take(case_id, actor)
    step(case, LogisticsState.AUTHORISED, expires_at=case.now + AUTHORISED_FOR)
    case.tell(ReturnAuthorised, case.lines())
    return case.row


@transaction.atomic
def decline(*, case_id: UUID, reason: str, actor: Actor) -> ReturnCase:
    """The goods are not taken back. Raises: NotFound, InvalidTransition. Emits: return.declined."""
    case = _take(case_id, actor)
    step(case, LogisticsState.DECLINED, closed_at=case.now, reason=reason.strip()[:40])
    case.tell(ReturnDeclined)
    refresh_order(case)
    return case.row


@transaction.atomic
def mark_in_transit(*, case_id: UUID, actor: Actor) -> ReturnCase:
    """The goods are on their way. Raises: NotFound, InvalidTransition."""
    case = _take(case_id, actor)
    step(case, LogisticsState.IN_TRANSIT)
    return case.row


@transaction.atomic
def mark_lost(*, case_id: UUID, actor: Actor) -> ReturnCase:
    """The goods never arrived. Raises: NotFound, InvalidTransition."""
    case = _take(case_id, actor)
    step(case, LogisticsState.LOST)
    return case.row


@transaction.atomic
def cancel_return(*, case_id: UUID, actor: Actor, order_token: str = "") -> ReturnCase:
    """The customer keeps the goods after all, before anything arrived.

    Raises: NotFound, InvalidTransition. Emits: return.cancelled.
    """
    if actor.kind in ("customer", "anonymous"):
        get_case_of_customer(actor, case_id, token=order_token)
        case = lock_case(case_id, actor=actor)
    else:
        case = _take(case_id, actor)
    step(case, LogisticsState.CANCELLED, closed_at=case.now)
    case.tell(ReturnCancelled)
    refresh_order(case)
    return case.row


def expire_returns(*, batch: int = 200) -> int:
    """Sweep: authorised cases whose goods did not come in time. Returns how many."""
    late = ReturnCase.objects.filter(
        status=LogisticsState.AUTHORISED, expires_at__lte=clock.now()
    ).order_by("expires_at")
    return sum(_expire(case_id) for case_id in late.values_list("pk", flat=True)[:batch])


@transaction.atomic
def _expire(case_id: UUID) -> bool:
    case = lock_case(case_id, actor=SYSTEM)
    expires_at = case.row.expires_at
    if case.row.status != LogisticsState.AUTHORISED or not expires_at or expires_at > case.now:
        return False
    step(case, LogisticsState.EXPIRED, closed_at=case.now)
    case.tell(ReturnCancelled)
    refresh_order(case)
    return True


# --- steps that the counter shares ----------------------------------------------------------------


def wanted_lines(order: Order, units: Sequence[ReturnUnits]) -> list[tuple[OrderLine, int]]:
    """Order lines with the units asked for, added up.

    Raises: NothingToReturn, UnknownReturnLine.
    """
    totals: dict[UUID, int] = {}
    for each in units:
        if each.quantity < 1:
            raise NothingToReturn
        totals[each.order_line_id] = totals.get(each.order_line_id, 0) + each.quantity
    if not totals:
        raise NothingToReturn
    found = order_lines(order, list(totals))
    return [(found[line_id], quantity) for line_id, quantity in totals.items()]


def open_case(
    *,
    order: Order,
    status: str,
    actor: Actor,
    now: datetime,
    kind: str = ReturnKind.RETURN,
    location_id: UUID | None = None,
    reason: str = "",
    reference: str | None = None,
) -> Case:
    """A new case of an order, as the locked row that it is."""
    row: ReturnCase = ReturnCase.objects.create(
        number=new_numbers(1)[0],
        kind=kind,
        order=order,
        customer_id=order.customer_id,
        channel_id=order.channel_id,
        location_id=location_id,
        status=status,
        currency=order.currency,
        reason=reason.strip()[:40],
        reference=reference,
        principal=actor.principal,
        opened_at=now,
    )
    return Case(row, order, actor, now)


def add_lines(case: Case, order: Order, units: Sequence[ReturnUnits]) -> list[ReturnLine]:
    """The lines of a case, as asked."""
    found = order_lines(order, [each.order_line_id for each in units])
    return ReturnLine.objects.bulk_create(
        ReturnLine(
            case=case.row,
            order_line=found[each.order_line_id],
            variant=found[each.order_line_id].variant,
            quantity=each.quantity,
            disposition=each.disposition if case.row.status != LogisticsState.REQUESTED else "",
            reason=each.reason.strip()[:40],
        )
        for each in units
    )


def _take(case_id: UUID, actor: Actor) -> Case:
    if not return_cases_visible_to(actor, Permission.RETURNS_CREATE).filter(pk=case_id).exists():
        raise NotFound
    return lock_case(case_id, actor=actor)
