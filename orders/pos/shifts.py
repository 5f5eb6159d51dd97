"""Shifts: opened with a float, suspended, counted blind, closed with the difference explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import move
from omni.events.operations import record
from orders.checkout.models import CartStatus
from orders.events import ShiftClosed, ShiftOpened
from orders.pos.denominations import checked, kept
from orders.pos.drawer import (
    book_cash,
    cash_in,
    get_shift,
    lock_open_shift,
    lock_shift,
    registers_visible_to,
)
from orders.pos.errors import (
    CashKindNotAllowed,
    DifferenceNotExplained,
    RegisterNotActive,
    SalePartPaid,
    ShiftAlreadyOpen,
)
from orders.pos.models import (
    LIVE_SHIFTS,
    SHIFT_MOVES,
    CashEntry,
    CashKind,
    Register,
    Shift,
    ShiftStatus,
    TakenTender,
)
from orders.pos.store_day import day_of_shift

# What a person books by hand, with its sign.
BY_HAND = {CashKind.PAID_IN: 1, CashKind.PAID_OUT: -1, CashKind.DROP: -1}


@transaction.atomic
def open_shift(*, register_id: UUID, float_minor: int, actor: Actor) -> Shift:
    """Begin a cash session on a register, with so much change in the drawer.

    The first of a date begins the store's day. Raises: NotFound, RegisterNotActive,
    ShiftAlreadyOpen, StoreDayNotOpen. Locks: register, day. Emits: shift.opened.
    """
    if not registers_visible_to(actor, Permission.POS_SHIFT).filter(pk=register_id).exists():
        raise NotFound
    register = (
        Register.objects.select_related("channel", "location").filter(pk=register_id).locked().get()
    )
    if not register.is_active:
        raise RegisterNotActive
    live = Shift.objects.filter(register=register, status__in=LIVE_SHIFTS).first()
    if live is not None:
        raise ShiftAlreadyOpen(shift_id=str(live.pk))
    day = day_of_shift(register.location, register.channel.currency, actor=actor)
    shift: Shift = Shift.objects.create(
        register=register,
        store_day=day,
        currency=register.channel.currency,
        opened_by=actor.user_id or actor.api_key_id or register.pk,
        opened_at=clock.now(),
    )
    if float_minor:
        book_cash(
            shift,
            kind=CashKind.FLOAT,
            amount_minor=float_minor,
            reference=f"float:{shift.pk}",
            actor=actor,
        )
    record(ShiftOpened(**_facts(shift, float_minor)), actor=actor)
    return shift


@transaction.atomic
def suspend_shift(*, shift_id: UUID, actor: Actor) -> Shift:
    """The cashier steps away. Raises: NotFound, InvalidTransition. Locks: shift."""
    return _move(shift_id, ShiftStatus.SUSPENDED, actor)


@transaction.atomic
def resume_shift(*, shift_id: UUID, actor: Actor) -> Shift:
    """The cashier goes on. Raises: NotFound, InvalidTransition. Locks: shift."""
    return _move(shift_id, ShiftStatus.OPEN, actor)


@transaction.atomic
def count_shift(
    *,
    shift_id: UUID,
    counted_minor: int | None = None,
    denominations: Mapping[str, int] | None = None,
    actor: Actor,
) -> Shift:
    """The drawer is counted; only then the till says what the books expect.

    By coins and notes (units by value in minor units), or as a sum, or as both that agree. Money of
    a sale that is not finished is no entry yet, so it would be counted as too much.
    Raises: NotFound, InvalidTransition, SalePartPaid, DenominationsNotValid. Locks: shift.
    """
    shift = _take(shift_id, actor)
    _check_nothing_in_between(shift)
    if denominations is not None or counted_minor is None:
        counted_minor = checked(denominations or {}, shift.currency, counted_minor)
    move(
        shift,
        ShiftStatus.CLOSING,
        moves=SHIFT_MOVES,
        counted_minor=counted_minor,
        denominations=kept(denominations),
        expected_minor=cash_in(shift),
    )
    return shift


@transaction.atomic
def ask_for_recount(*, shift_id: UUID, actor: Actor) -> Shift:
    """The count is doubted. Raises: NotFound, InvalidTransition. Locks: shift."""
    return _move(shift_id, ShiftStatus.RECOUNT, actor)


@transaction.atomic
def close_shift(*, shift_id: UUID, difference_reason: str = "", actor: Actor) -> Shift:
    """End a counted shift; what differs is booked, with its reason.

    Raises: NotFound, DifferenceNotExplained, InvalidTransition. Locks: shift. Emits: shift.closed.
    """
    shift = _take(shift_id, actor)
    difference = (shift.counted_minor or 0) - (shift.expected_minor or 0)
    if shift.status == ShiftStatus.CLOSING and difference and not difference_reason.strip():
        raise DifferenceNotExplained(difference_minor=difference)
    _end(shift, ShiftStatus.CLOSED, difference, difference_reason, actor)
    return shift


@transaction.atomic
def force_close_shift(
    *, shift_id: UUID, reason: str, counted_minor: int | None = None, actor: Actor
) -> Shift:
    """A manager ends a shift that nobody closes; a count made then is booked too.

    Raises: NotFound, InvalidTransition. Locks: shift. Emits: shift.closed.
    """
    get_shift(actor, shift_id, Permission.POS_FORCE_CLOSE)
    shift = lock_shift(shift_id)
    if shift.expected_minor is None:
        shift.expected_minor = cash_in(shift)
    if counted_minor is not None:
        shift.counted_minor = counted_minor
    counted = shift.expected_minor if shift.counted_minor is None else shift.counted_minor
    _end(shift, ShiftStatus.FORCE_CLOSED, counted - shift.expected_minor, reason, actor)
    return shift


@transaction.atomic
def move_cash(
    *,
    shift_id: UUID,
    kind: str,
    amount_minor: int,
    reason: str,
    reference: str,
    actor: Actor,
) -> CashEntry:
    """Cash that is no sale: paid in, paid out, dropped into the safe. ``amount_minor`` is positive.

    A repeat with the reference returns the entry. Raises: NotFound, CashKindNotAllowed,
    ShiftNotOpen, DrawerTooEmpty, CashReferenceReused. Locks: shift.
    """
    if kind not in BY_HAND or amount_minor <= 0:
        raise CashKindNotAllowed(kind=kind)
    get_shift(actor, shift_id, Permission.POS_SHIFT)
    shift = lock_open_shift(shift_id)
    return book_cash(
        shift,
        kind=CashKind(kind),
        amount_minor=BY_HAND[CashKind(kind)] * amount_minor,
        reference=f"hand:{reference}",
        reason=reason,
        actor=actor,
    )


# --- steps ----------------------------------------------------------------------------------------


def _take(shift_id: UUID, actor: Actor) -> Shift:
    register = get_shift(actor, shift_id, Permission.POS_SHIFT).register
    shift = lock_shift(shift_id)
    shift.register = register
    return shift


def _check_nothing_in_between(shift: Shift) -> None:
    """Raises: SalePartPaid."""
    rows = TakenTender.objects.filter(
        shift=shift, returned_at=None, cart__status__in=(CartStatus.AT_TILL, CartStatus.PARKED)
    )
    taken = rows.aggregate(total=Sum("amount_minor"))["total"]
    if taken:
        raise SalePartPaid(taken_minor=taken, currency=shift.currency)


def _move(shift_id: UUID, to: ShiftStatus, actor: Actor) -> Shift:
    shift = _take(shift_id, actor)
    move(shift, to, moves=SHIFT_MOVES)
    return shift


def _end(shift: Shift, to: ShiftStatus, difference: int, reason: str, actor: Actor) -> None:
    move(
        shift,
        to,
        moves=SHIFT_MOVES,
        counted_minor=shift.counted_minor,
        expected_minor=shift.expected_minor,
        difference_reason=reason.strip()[:250],
        closed_by=actor.user_id,
        closed_at=clock.now(),
    )
    if difference:
        book_cash(
            shift,
            kind=CashKind.DIFFERENCE,
            amount_minor=difference,
            reference=f"difference:{shift.pk}",
            reason=reason,
            actor=actor,
        )
    closed = ShiftClosed(**_facts(shift, difference), is_forced=to == ShiftStatus.FORCE_CLOSED)
    record(closed, actor=actor)


def _facts(shift: Shift, amount_minor: int) -> dict[str, Any]:
    return {
        "shift_id": shift.pk,
        "register_id": shift.register_id,
        "location_id": shift.register.location_id,
        "channel_id": shift.register.channel_id,
        "currency": shift.currency,
        "amount_minor": amount_minor,
    }
