"""Returns at a counter or till: one operation receives, inspects and asks for the refund."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from customers.profiles.models import Customer
from inventory.catalog.models import Listing, Variant
from inventory.channels.models import Channel
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.money import line_amount
from orders.aftersales import rules
from orders.aftersales.approving import with_approval
from orders.aftersales.drafts import LooseUnits, ReturnUnits
from orders.aftersales.errors import (
    EvidenceMissing,
    NothingToReturn,
    ReturnReferenceReused,
    UnknownReturnLine,
)
from orders.aftersales.handling import Case, arrive, new_numbers, refresh_order, step
from orders.aftersales.models import LogisticsState, ReturnCase, ReturnKind, ReturnLine
from orders.aftersales.opening import add_lines, open_case, wanted_lines
from orders.aftersales.queries import get_returnable_order
from orders.aftersales.receiving import finish_inspection
from orders.events import ReturnReceived
from orders.sales import operations as sales


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReturn:
    """Goods on the counter: of which order, at which location, what becomes of each unit.

    The order is one that the actor sees, or that of the number on the receipt. ``reference`` makes
    a repeat the same case. ``is_exception`` sets window and final sale aside (a manager may).
    """

    location_id: UUID
    units: Sequence[ReturnUnits]
    order_id: UUID | None = None
    order_number: str = ""
    kind: str = ReturnKind.RETURN
    reason: str = ""
    reference: str | None = None
    is_exception: bool = False
    approval_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseReturn:
    """Goods on the counter without a receipt. ``evidence`` says what shows where they are from."""

    location_id: UUID
    channel_id: UUID
    customer_id: UUID
    units: Sequence[LooseUnits]
    evidence: str
    reason: str = ""
    reference: str | None = None
    approval_id: UUID | None = None


def return_at_counter(*, wanted: CounterReturn, actor: Actor) -> ReturnCase:
    """Take goods of any order back at this location, whatever channel sold them.

    They are in their place at once, and their money is asked for over the tenders that paid. Over
    the actor's limit a second identity is asked. Process; a repeat with the reference returns the
    case. Raises: as ``take_back_at_counter``, ApprovalAsked.
    """
    return with_approval(
        lambda: take_back_at_counter(wanted=wanted, actor=actor).row,
        actor=actor,
    )


@transaction.atomic
def take_back_at_counter(*, wanted: CounterReturn, actor: Actor, settles: bool = True) -> Case:
    """The same for a caller with its own transaction (the till). ``settles`` False leaves the money
    to the caller: an exchange.

    Raises: NotFound, NothingToReturn, UnknownReturnLine, ReturnBeyondBought, ReturnsNotTaken,
    ReturnWindowOver, FinalSale, OwnPurchase, RefundOverOwnLimit, ReturnReferenceReused.
    Locks: order, payments, order lines, levels. Emits: return.received, return.inspected.
    """
    _require_at(wanted.location_id, actor)
    found = get_returnable_order(actor, order_id=wanted.order_id, number=wanted.order_number)
    order = sales.locked_order(found.pk)
    before = _made_before(wanted.reference, order.pk)
    now = clock.now()
    if before is not None:
        return Case(before, order, actor, now)
    rules.check_takes_returns(wanted.location_id)
    rules.check_not_own(order, None, actor)
    lines = wanted_lines(order, wanted.units)
    rules.check_quantities(lines, case=None)
    if not _may_set_rules_aside(wanted, actor):
        rules.check_returnable(order, lines, now=now)
    case = open_case(
        order=order,
        status=LogisticsState.AUTHORISED,
        actor=actor,
        now=now,
        kind=wanted.kind,
        location_id=wanted.location_id,
        reason=wanted.reason,
        reference=wanted.reference,
    )
    add_lines(case, order, wanted.units)
    process_at_counter(case, location_id=wanted.location_id)
    if settles:
        finish_inspection(case, approval_id=wanted.approval_id)
    return case


def return_without_receipt(*, wanted: LooseReturn, actor: Actor) -> ReturnCase:
    """Take goods back of which nobody can show the sale: a manager, evidence, and so many a person.

    What is paid is today's price in the channel, or less. The money is due until a till pays it out
    of its drawer. Somebody without the right asks a manager. Process; a repeat with the reference
    returns the case. Raises: NotFound, EvidenceMissing, NothingToReturn, UnknownReturnLine,
    ReturnsNotTaken, ReturnLimitReached, OwnPurchase, ApprovalAsked. Locks: customer, levels.
    Emits: return.received, return.inspected.
    """
    return with_approval(
        lambda: _take_back_loose(wanted=wanted, actor=actor).row,
        actor=actor,
    )


@transaction.atomic
def _take_back_loose(*, wanted: LooseReturn, actor: Actor) -> Case:
    _require_at(wanted.location_id, actor)
    customer = Customer.objects.filter(pk=wanted.customer_id).locked().first()
    channel = Channel.objects.filter(pk=wanted.channel_id).first()
    if customer is None or channel is None:
        raise NotFound
    now = clock.now()
    before = _made_before(wanted.reference, None)
    if before is not None:
        return Case(before, None, actor, now)
    if not wanted.evidence.strip():
        raise EvidenceMissing
    rules.check_takes_returns(wanted.location_id)
    rules.check_not_own(None, wanted.customer_id, actor)
    rules.check_no_receipt_limit(wanted.customer_id, now=now)
    lines = _loose_lines(wanted, channel)
    is_approved = _require_manager(wanted, sum(line.refund_minor for line in lines), actor)
    row: ReturnCase = ReturnCase.objects.create(
        number=new_numbers(1)[0],
        kind=ReturnKind.NO_RECEIPT,
        customer=customer,
        channel=channel,
        location_id=wanted.location_id,
        status=LogisticsState.AUTHORISED,
        currency=channel.currency,
        evidence=wanted.evidence.strip()[:250],
        reason=wanted.reason.strip()[:40],
        reference=wanted.reference,
        principal=actor.principal,
        opened_at=now,
    )
    for line in lines:
        line.case = row
    ReturnLine.objects.bulk_create(lines)
    case = Case(row, None, actor, now)
    process_at_counter(case, location_id=wanted.location_id)
    finish_inspection(case, approval_id=wanted.approval_id, is_approved=is_approved)
    return case


def process_at_counter(case: Case, *, location_id: UUID) -> None:
    """Received and inspected at once: every line says what becomes of its units."""
    lines = case.lines()
    step(case, LogisticsState.RECEIVED)
    arrive(case, [(line, line.quantity) for line in lines], location_id=location_id)
    case.tell(ReturnReceived, lines)
    step(case, LogisticsState.INSPECTED)
    refresh_order(case)


# --- steps ----------------------------------------------------------------------------------------


def _require_at(location_id: UUID, actor: Actor) -> None:
    """Staff take returns at their own locations only. Raises: NotFound."""
    if not actor.may(Permission.RETURNS_CREATE, location_id=location_id):
        raise NotFound


def _may_set_rules_aside(wanted: CounterReturn, actor: Actor) -> bool:
    """A claim is a right whenever it comes; anything else late needs a manager.

    Raises: NotAllowed.
    """
    if wanted.is_exception:
        actor.require(Permission.RETURNS_NO_RECEIPT, location_id=wanted.location_id)
    return rules.may_set_aside(
        kind=wanted.kind,
        is_exception=wanted.is_exception,
        location_id=wanted.location_id,
        actor=actor,
    )


def _made_before(reference: str | None, order_id: UUID | None) -> ReturnCase | None:
    if reference is None:
        return None
    row: ReturnCase | None = ReturnCase.objects.filter(reference=reference).locked().first()
    if row is not None and row.order_id != order_id:
        raise ReturnReferenceReused
    return row


def _loose_lines(wanted: LooseReturn, channel: Channel) -> list[ReturnLine]:
    """The lines at today's price of the channel, or at the lower one that was agreed."""
    if not wanted.units or any(each.quantity < 1 for each in wanted.units):
        raise NothingToReturn
    ids = [each.variant_id for each in wanted.units]
    variants = Variant.objects.in_bulk(ids)
    listings = Listing.objects.filter(channel=channel, variant__in=ids)
    prices = {row.variant_id: row for row in listings}
    lines = []
    for each in wanted.units:
        variant, listing = variants.get(each.variant_id), prices.get(each.variant_id)
        if variant is None or listing is None:
            raise UnknownReturnLine(variant_id=str(each.variant_id))
        most = line_amount(listing.price_minor, listing.price_quantity, each.quantity)
        agreed = most if each.refund_minor is None else min(most, each.refund_minor)
        lines.append(
            ReturnLine(
                variant=variant,
                quantity=each.quantity,
                disposition=each.disposition,
                reason=each.reason.strip()[:40],
                refund_minor=max(0, agreed),
            )
        )
    return lines


def _require_manager(wanted: LooseReturn, amount_minor: int, actor: Actor) -> bool:
    """Whoever lacks the right, and brings no approval, asks for one about the customer.

    Returns whether an approval was used, which then covers the money too.
    """
    if actor.may(Permission.RETURNS_NO_RECEIPT, location_id=wanted.location_id):
        return False
    rules.use_or_ask(
        amount_minor=amount_minor,
        matter=rules.no_receipt_matter(wanted.customer_id, wanted.location_id),
        approval_id=wanted.approval_id,
        actor=actor,
    )
    return True
