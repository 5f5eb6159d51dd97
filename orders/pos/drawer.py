"""The drawer of a shift: every coin that goes in or out is an entry, written with its cause.

The shift is locked last, after orders, payments and stock: it is the till's own hot row. Under its
lock the entries are summed, so the drawer never gives what it does not hold, and the journal counts
on without gaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Max, QuerySet, Sum

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from orders.pos.errors import CashReferenceReused, DrawerTooEmpty, ShiftNotOpen
from orders.pos.models import (
    CashEntry,
    CashKind,
    JournalEntry,
    JournalKind,
    Register,
    Shift,
    ShiftStatus,
)


def registers_visible_to(actor: Actor, permission: str) -> QuerySet[Register]:
    """Registers of the locations where the actor holds the permission."""
    rows: QuerySet[Register] = Register.objects.all()
    granted = actor.location_ids(permission)
    return rows if granted is None else rows.filter(location_id__in=granted)


def shifts_visible_to(actor: Actor, permission: str) -> QuerySet[Shift]:
    """Shifts on them."""
    rows: QuerySet[Shift] = Shift.objects.select_related("register")
    granted = actor.location_ids(permission)
    return rows if granted is None else rows.filter(register__location_id__in=granted)


def get_shift(actor: Actor, shift_id: UUID, permission: str) -> Shift:
    """One of them, with its register. Raises: NotFound."""
    shift = shifts_visible_to(actor, permission).filter(pk=shift_id).first()
    if shift is None:
        raise NotFound
    return shift


def open_shift_of(actor: Actor, shift_id: UUID, permission: str) -> Shift:
    """One that is open, as far as can be seen before its lock. Raises: NotFound, ShiftNotOpen."""
    shift = get_shift(actor, shift_id, permission)
    if shift.status != ShiftStatus.OPEN:
        raise ShiftNotOpen(status=str(shift.status))
    return shift


def lock_shift(shift_id: UUID) -> Shift:
    """The shift, locked."""
    shift: Shift = Shift.objects.filter(pk=shift_id).locked().get()
    return shift


def lock_open_shift(shift_id: UUID) -> Shift:
    """The shift, locked, if money may move in it. Raises: ShiftNotOpen."""
    shift = lock_shift(shift_id)
    if shift.status != ShiftStatus.OPEN:
        raise ShiftNotOpen(status=str(shift.status))
    return shift


def cash_in(shift: Shift) -> int:
    """What the books say lies in the drawer, minor units."""
    return int(shift.entries.aggregate(total=Sum("amount_minor"))["total"] or 0)


def book_cash(
    shift: Shift,
    *,
    kind: CashKind,
    amount_minor: int,
    reference: str,
    reason: str = "",
    order_id: UUID | None = None,
    actor: Actor,
) -> CashEntry:
    """Book cash into (positive) or out of (negative) a locked drawer. A repeat with the reference
    returns the entry. Raises: DrawerTooEmpty, CashReferenceReused.
    """
    made = CashEntry.objects.filter(reference=reference).first()
    if made is not None:
        if (made.shift_id, made.amount_minor) != (shift.pk, amount_minor):
            raise CashReferenceReused(reference=reference)
        return made
    if amount_minor < 0 and kind != CashKind.DIFFERENCE:
        there = cash_in(shift)
        if there + amount_minor < 0:
            raise DrawerTooEmpty(in_drawer_minor=there, requested_minor=-amount_minor)
    return CashEntry.objects.create(
        shift=shift,
        kind=kind,
        amount_minor=amount_minor,
        reason=reason.strip()[:120],
        reference=reference,
        order_id=order_id,
        principal=actor.principal,
        occurred_at=clock.now(),
    )


def write_journal(
    shift: Shift,
    *,
    kind: JournalKind,
    total_minor: int,
    tenders: Mapping[str, int],
    reference: str,
    order_id: UUID | None,
    reason: str = "",
    actor: Actor,
) -> JournalEntry:
    """The next entry of the register's journal. The shift is locked, and only one lives on a
    register, so the numbers have no gaps.
    """
    last = JournalEntry.objects.filter(register_id=shift.register_id).aggregate(n=Max("number"))
    return JournalEntry.objects.create(
        register_id=shift.register_id,
        shift=shift,
        number=(last["n"] or 0) + 1,
        kind=kind,
        order_id=order_id,
        total_minor=total_minor,
        tenders={tender: amount for tender, amount in tenders.items() if amount},
        reason=reason.strip()[:120],
        reference=reference,
        principal=actor.principal,
        occurred_at=clock.now(),
    )
