"""Announced goods arrive somewhere, are looked at, and what becomes of them is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from inventory.stock import operations as stock
from inventory.stock.models import Bucket, MovementKind
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.work.operations import Matter
from orders.aftersales import rules
from orders.aftersales.approving import with_approval
from orders.aftersales.errors import NothingToReturn, ReturnBeyondBought
from orders.aftersales.handling import (
    Case,
    arrive,
    decide,
    is_refused,
    lock_case,
    refresh_order,
    rest_of,
    split_line,
    step,
)
from orders.aftersales.models import Disposition, LogisticsState, ReturnCase, ReturnLine
from orders.aftersales.queries import return_cases_visible_to
from orders.aftersales.refunding import ask_for_refund, close_if_done
from orders.events import ReturnInspected, ReturnReceived


@dataclass(frozen=True, slots=True)
class Decision:
    """So many received units of a line of the case, and what becomes of them."""

    line_id: int
    quantity: int
    disposition: str


@transaction.atomic
def receive(
    *,
    case_id: UUID,
    location_id: UUID,
    units: Sequence[tuple[int, int]] | None = None,
    number: str = "",
    actor: Actor,
) -> ReturnCase:
    """Goods of an authorised case arrive, at any location that takes returns.

    A case announced elsewhere is opened by its ``number``, which the customer brings.

    ``units`` are (line of the case, quantity); all that is missing by default. They count as
    returned and wait for inspection. Raises: NotFound, ReturnsNotTaken, UnknownReturnLine,
    ReturnBeyondBought, NothingToReturn, InvalidTransition. Locks: order, case, order lines, levels.
    Emits: return.received.
    """
    if not actor.may(Permission.RETURNS_CREATE, location_id=location_id):
        raise NotFound
    case = take_case(case_id, Permission.RETURNS_CREATE, actor, number=number)
    rules.check_takes_returns(location_id)
    arrived = _arrived(case, units)
    lines = case.lines()
    pending = sum(line.quantity - line.received for line in lines)
    is_all = pending == sum(quantity for _line, quantity in arrived)
    to = LogisticsState.RECEIVED if is_all else LogisticsState.PARTLY_RECEIVED
    if case.row.status != to:
        step(case, to, location_id=location_id)
    arrived = [(_lying_at(line, location_id), quantity) for line, quantity in arrived]
    arrive(case, arrived, location_id=location_id, bucket=Bucket.INSPECT)
    case.tell(ReturnReceived, [line for line, _quantity in arrived])
    refresh_order(case)
    return case.row


def inspect(
    *,
    case_id: UUID,
    decisions: Sequence[Decision] | None = None,
    approval_id: UUID | None = None,
    actor: Actor,
) -> ReturnCase:
    """Somebody looked at the goods: each unit's fate is decided, and the refund is asked for.

    Without ``decisions`` everything received can be sold again. Over the actor's limit a second
    identity is asked. Process. Raises: NotFound, ReturnBeyondBought, OwnPurchase,
    InvalidTransition, ApprovalAsked. Locks: order, case, payments, levels.
    Emits: return.inspected.
    """
    return with_approval(
        lambda: _inspect(
            case_id=case_id, decisions=decisions, approval_id=approval_id, actor=actor
        ),
        actor=actor,
    )


@transaction.atomic
def _inspect(
    *,
    case_id: UUID,
    decisions: Sequence[Decision] | None,
    approval_id: UUID | None,
    actor: Actor,
) -> ReturnCase:
    case = take_case(case_id, Permission.RETURNS_INSPECT, actor)
    rules.check_not_own(case.order, case.row.customer_id, actor)
    step(case, LogisticsState.INSPECTED)
    for decision in _all_decided(case, decisions):
        line = split_line(case.line(decision.line_id), decision.quantity)
        decide(case, line, decision.disposition)
    finish_inspection(case, approval_id=approval_id)
    return case.row


@transaction.atomic
def send_back(*, case_id: UUID, actor: Actor) -> ReturnCase:
    """Goods that were refused go back to the customer. Raises: NotFound, InvalidTransition.
    Locks: order, case, levels.
    """
    case = take_case(case_id, Permission.RETURNS_INSPECT, actor)
    step(case, LogisticsState.SENT_BACK)
    refused = [line for line in case.lines() if line.disposition == Disposition.SEND_BACK]
    stock.post(
        entries=[
            stock.Entry(
                variant_id=line.variant_id,
                location_id=line.received_at_location_id,
                quantity=-line.received,
                kind=MovementKind.RETURNED,
                reference=f"send-back:{line.pk}",
                bucket=Bucket.INSPECT,
                bucket_quantity=-line.received,
                order_line_id=line.order_line_id,
                reason="send_back",
            )
            for line in refused
            if line.variant.is_stocked and line.received_at_location_id
        ],
        actor=actor,
    )
    close_if_done(case)
    return case.row


def finish_inspection(
    case: Case,
    *,
    approval_id: UUID | None,
    is_approved: bool = False,
    amount_minor: int | None = None,
) -> None:
    """Ask for the refund of what was decided, within the limit of whoever decided.

    ``amount_minor`` is less than the goods are worth where others were taken instead.
    """
    lines = case.lines()
    worth = sum(line.refund_minor for line in lines)
    amount = worth if amount_minor is None else amount_minor
    if not is_approved:
        rules.check_refund_limit(
            amount_minor=amount, matter=_matter(case), approval_id=approval_id, actor=case.actor
        )
    ask_for_refund(case, amount_minor=amount)
    case.tell(ReturnInspected, lines)
    if is_refused(lines) and case.row.status == LogisticsState.INSPECTED:
        step(case, LogisticsState.REFUSED)
    close_if_done(case)


def take_case(case_id: UUID, permission: str, actor: Actor, *, number: str = "") -> Case:
    """Lock a case that the actor may handle. Goods come back anywhere, so a case that no location
    has yet opens to whoever is told its number. Raises: NotFound.
    """
    visible = return_cases_visible_to(actor, permission).filter(pk=case_id)
    announced = ReturnCase.objects.filter(
        pk=case_id, number=number.strip().upper(), location__isnull=True
    )
    if not (visible.exists() or (number and announced.exists())):
        raise NotFound
    return lock_case(case_id, actor=actor)


# --- steps ----------------------------------------------------------------------------------------


def _matter(case: Case) -> Matter:
    """An approval is about the order; without receipt about the customer."""
    row = case.row
    if row.order_id is None:
        return rules.refund_matter("customer", row.customer_id or row.pk, row.location_id)
    return rules.refund_matter("order", row.order_id, row.location_id)


def _arrived(case: Case, units: Sequence[tuple[int, int]] | None) -> list[tuple[ReturnLine, int]]:
    lines = {line.pk: line for line in case.lines()}
    if units is None:
        found = [(line, line.quantity - line.received) for line in lines.values()]
    else:
        wanted: dict[int, int] = {}
        for line_id, quantity in units:
            wanted[line_id] = wanted.get(line_id, 0) + quantity
        found = [(case.line(line_id), quantity) for line_id, quantity in wanted.items()]
    arrived = [(line, quantity) for line, quantity in found if quantity]
    if not arrived:
        raise NothingToReturn
    for line, quantity in arrived:
        possible = line.quantity - line.received
        if not 1 <= quantity <= possible:
            raise ReturnBeyondBought(line_id=line.pk, quantity=quantity, possible=possible)
    return arrived


def _lying_at(line: ReturnLine, location_id: UUID) -> ReturnLine:
    """Units of one line lie at one location: the rest of one that began elsewhere is another."""
    is_elsewhere = line.received and line.received_at_location_id != location_id
    return rest_of(line) if is_elsewhere else line


def _all_decided(case: Case, decisions: Sequence[Decision] | None) -> list[Decision]:
    """A decision for every received unit, once. Raises: ReturnBeyondBought."""
    lines = [line for line in case.lines() if line.received]
    if decisions is None:
        decisions = [Decision(line.pk, line.received, Disposition.SELLABLE) for line in lines]
    decided: dict[int, int] = {}
    for each in decisions:
        decided[each.line_id] = decided.get(each.line_id, 0) + each.quantity
    received = {line.pk: line.received for line in lines}
    if decided != received:
        raise ReturnBeyondBought(decided=decided, received=received)
    return list(decisions)
