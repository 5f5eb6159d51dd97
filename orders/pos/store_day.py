"""The day of a store: it begins with its first shift, is reconciled, and closed by a manager.

Closing needs every shift closed, the terminals' totals beside ours, and the safe counted. What a
shift leaves behind lies in the safe from then on; what goes to the bank has a slip. Locks: the day,
then the safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Sum

from inventory.locations.models import Location
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import move
from omni.events.operations import record
from orders.events import StoreDayClosed
from orders.fulfilment.shelf import left_for_tomorrow
from orders.payments.models import Tender
from orders.pos.day_figures import card_by_register, get_day, report_of
from orders.pos.denominations import kept, summed
from orders.pos.errors import (
    DifferenceNotExplained,
    SafeNotCounted,
    SafeTooEmpty,
    ShiftsStillOpen,
    StoreDayNotOpen,
    StoreDayNotReconciling,
    TerminalNotReconciled,
)
from orders.pos.models import (
    LIVE_SHIFTS,
    STORE_DAY_MOVES,
    CashEntry,
    CashKind,
    Deposit,
    Register,
    Safe,
    SafeEntry,
    SafeEntryKind,
    Shift,
    StoreDay,
    StoreDayStatus,
    TerminalBatch,
)


@transaction.atomic
def open_day(*, location_id: UUID, currency: str, actor: Actor) -> StoreDay:
    """Begin today at this store before its first shift does. A repeat returns the day.

    Raises: NotFound, StoreDayNotOpen. Locks: day.
    """
    granted = actor.location_ids(Permission.POS_SHIFT)
    location = Location.objects.filter(pk=location_id).first()
    if location is None or (granted is not None and location_id not in granted):
        raise NotFound
    return day_of_shift(location, currency, actor=actor)


def day_of_shift(location: Location, currency: str, *, actor: Actor) -> StoreDay:
    """Today's day of a store, locked and open: made if it is the first shift's.

    Raises: StoreDayNotOpen.
    """
    now = clock.now()
    day = StoreDay(
        location=location,
        business_date=local_date(now, location.time_zone),
        currency=currency,
        opened_by=actor.principal,
        opened_at=now,
    )
    StoreDay.objects.bulk_create([day], ignore_conflicts=True)
    found: StoreDay = (
        StoreDay.objects.filter(
            location=location, business_date=day.business_date, currency=currency
        )
        .locked()
        .get()
    )
    if found.status != StoreDayStatus.OPEN:
        raise StoreDayNotOpen(status=str(found.status))
    return found


@transaction.atomic
def begin_reconciling(*, day_id: UUID, actor: Actor) -> StoreDay:
    """All shifts are over: what they left goes into the safe, and no shift begins any more.

    Raises: NotFound, ShiftsStillOpen, InvalidTransition. Locks: day, safe.
    """
    day = _locked_day(day_id, actor, Permission.POS_SHIFT)
    live = Shift.objects.filter(store_day=day, status__in=LIVE_SHIFTS).values_list("pk", flat=True)
    if found := [str(pk) for pk in live]:
        raise ShiftsStillOpen(shift_ids=found)
    move(day, StoreDayStatus.RECONCILING, moves=STORE_DAY_MOVES)
    safe = _locked_safe(day)
    for shift in Shift.objects.filter(store_day=day).order_by("pk"):
        _book_safe(
            safe,
            day,
            kind=SafeEntryKind.DRAWER,
            amount_minor=_left_by(shift),
            reference=f"shift:{shift.pk}",
            actor=actor,
        )
    return day


@transaction.atomic
def reopen_day(*, day_id: UUID, actor: Actor) -> StoreDay:
    """A day that is being reconciled takes shifts again; the safe has to be counted anew.

    Raises: NotFound, InvalidTransition. Locks: day.
    """
    day = _locked_day(day_id, actor, Permission.POS_CLOSE_DAY)
    move(
        day,
        StoreDayStatus.OPEN,
        moves=STORE_DAY_MOVES,
        safe_counted_minor=None,
        safe_denominations=None,
    )
    return day


@transaction.atomic
def enter_terminal_batch(
    *,
    day_id: UUID,
    register_id: UUID,
    total_minor: int,
    batch_number: str = "",
    reason: str = "",
    actor: Actor,
) -> TerminalBatch:
    """What a register's terminal says it took, beside ours; entered again it is corrected.

    Raises: NotFound, StoreDayNotReconciling, DifferenceNotExplained. Locks: day.
    """
    day = _reconciling(day_id, actor, Permission.POS_SHIFT)
    if not Register.objects.filter(pk=register_id, location_id=day.location_id).exists():
        raise NotFound
    expected = card_by_register(day.pk).get(register_id, 0)
    if total_minor != expected and not reason.strip():
        raise DifferenceNotExplained(difference_minor=total_minor - expected)
    row, _made = TerminalBatch.objects.update_or_create(
        store_day=day,
        register_id=register_id,
        defaults={
            "total_minor": total_minor,
            "expected_minor": expected,
            "batch_number": batch_number.strip()[:40],
            "difference_reason": reason.strip()[:250],
            "principal": actor.principal,
            "entered_at": clock.now(),
        },
    )
    return row


@transaction.atomic
def count_safe(
    *, day_id: UUID, denominations: Mapping[str, int], reason: str = "", actor: Actor
) -> StoreDay:
    """All that lies in the safe, counted; what differs from its books is booked, with its reason.

    Raises: NotFound, StoreDayNotReconciling, DenominationsNotValid, DifferenceNotExplained.
    Locks: day, safe.
    """
    day = _reconciling(day_id, actor, Permission.POS_CLOSE_DAY)
    counted = summed(denominations, day.currency)
    safe = _locked_safe(day)
    difference = counted - safe.balance_minor
    if difference and not reason.strip():
        raise DifferenceNotExplained(difference_minor=difference)
    _book_safe(
        safe,
        day,
        kind=SafeEntryKind.DIFFERENCE,
        amount_minor=difference,
        reference=f"count:{day.pk}:{SafeEntry.objects.filter(store_day=day).count()}",
        reason=reason,
        actor=actor,
    )
    day.safe_counted_minor, day.safe_denominations = counted, kept(denominations)
    day.save(update_fields=["safe_counted_minor", "safe_denominations"])
    return day


@transaction.atomic
def make_deposit(
    *,
    day_id: UUID,
    denominations: Mapping[str, int],
    note: str = "",
    request_key: str,
    actor: Actor,
) -> Deposit:
    """Cash leaves the safe for the bank, with the next slip of this safe.

    A repeat with the key returns the deposit. Raises: NotFound, StoreDayNotReconciling,
    SafeNotCounted, DenominationsNotValid, SafeTooEmpty. Locks: day, safe.
    """
    day = _reconciling(day_id, actor, Permission.POS_CLOSE_DAY)
    safe = _locked_safe(day)
    made: Deposit | None = Deposit.objects.filter(store_day=day, reference=request_key).first()
    if made is not None:
        return made
    if day.safe_counted_minor is None:
        raise SafeNotCounted
    amount = summed(denominations, day.currency)
    number = _take_out(safe, amount)
    deposit: Deposit = Deposit.objects.create(
        safe=safe,
        store_day=day,
        slip_number=number,
        slip=f"{day.location.code}-{day.currency}-{number:06d}".upper(),
        amount_minor=amount,
        denominations=kept(denominations),
        note=note.strip()[:120],
        reference=request_key[:120],
        principal=actor.principal,
        occurred_at=clock.now(),
    )
    _write(safe, day, SafeEntryKind.DEPOSIT, -amount, f"deposit:{deposit.pk}", note, actor)
    return deposit


@transaction.atomic
def close_day(*, day_id: UUID, actor: Actor) -> StoreDay:
    """The end: the figures are kept, and what is left for tomorrow is listed.

    Raises: NotFound, StoreDayNotReconciling, TerminalNotReconciled, SafeNotCounted. Locks: day.
    Emits: store_day.closed.
    """
    day = _reconciling(day_id, actor, Permission.POS_CLOSE_DAY)
    batches = {row.register_id: row for row in TerminalBatch.objects.filter(store_day=day)}
    cards = card_by_register(day.pk)
    missing = [str(pk) for pk, amount in cards.items() if amount and pk not in batches]
    if missing:
        raise TerminalNotReconciled(register_ids=sorted(missing))
    if day.safe_counted_minor is None:
        raise SafeNotCounted
    report, now = report_of(day.pk), clock.now()
    move(
        day,
        StoreDayStatus.CLOSED,
        moves=STORE_DAY_MOVES,
        total_minor=report.total_minor,
        cash_minor=report.tenders.get(Tender.CASH.value, 0),
        card_minor=report.tenders.get(Tender.CARD_TERMINAL.value, 0),
        figures=report.as_json(),
        left=[each.as_json() for each in left_for_tomorrow(day.location_id, now=now)],
        closed_by=actor.principal,
        closed_at=now,
    )
    record(_closed(day, list(batches.values())), actor=actor)
    return day


def local_date(moment: datetime, time_zone: str) -> date:
    """The date on the store's own wall."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


# --- steps ----------------------------------------------------------------------------------------


def _locked_day(day_id: UUID, actor: Actor, permission: str) -> StoreDay:
    location = get_day(actor, day_id, permission).location
    day: StoreDay = StoreDay.objects.filter(pk=day_id).locked().get()
    day.location = location
    return day


def _reconciling(day_id: UUID, actor: Actor, permission: str) -> StoreDay:
    day = _locked_day(day_id, actor, permission)
    if day.status != StoreDayStatus.RECONCILING:
        raise StoreDayNotReconciling(status=str(day.status))
    return day


def _left_by(shift: Shift) -> int:
    """What its drawer holds in the end and what was dropped, less the float it began with."""
    sums = dict(
        CashEntry.objects.filter(shift=shift).values_list("kind").annotate(Sum("amount_minor"))
    )
    return sum(sums.values()) - sums.get(CashKind.DROP, 0) - sums.get(CashKind.FLOAT, 0)


def _locked_safe(day: StoreDay) -> Safe:
    values = {"location_id": day.location_id, "currency": day.currency}
    Safe.objects.bulk_create([Safe(**values)], ignore_conflicts=True)
    safe: Safe = Safe.objects.filter(**values).locked().get()
    return safe


def _book_safe(
    safe: Safe,
    day: StoreDay,
    *,
    kind: SafeEntryKind,
    amount_minor: int,
    reference: str,
    reason: str = "",
    actor: Actor,
) -> None:
    """Book into a locked safe, once a reference; nothing is no entry."""
    if not amount_minor or SafeEntry.objects.filter(reference=reference).exists():
        return
    safe.balance_minor += amount_minor
    safe.save(update_fields=["balance_minor"])
    _write(safe, day, kind, amount_minor, reference, reason, actor)


def _write(
    safe: Safe,
    day: StoreDay,
    kind: SafeEntryKind,
    amount_minor: int,
    reference: str,
    reason: str,
    actor: Actor,
) -> None:
    SafeEntry.objects.create(
        safe=safe,
        store_day=day,
        kind=kind,
        amount_minor=amount_minor,
        reference=reference,
        reason=reason.strip()[:250],
        principal=actor.principal,
        occurred_at=clock.now(),
    )


_TAKE_OUT = """
UPDATE orders_safe SET balance_minor = balance_minor - %(amount)s, last_slip = last_slip + 1
WHERE id = %(safe)s AND balance_minor >= %(amount)s AND %(amount)s > 0
RETURNING last_slip
"""


def _take_out(safe: Safe, amount_minor: int) -> int:
    """The number of the slip. Raises: SafeTooEmpty."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OUT, {"amount": amount_minor, "safe": safe.pk})
        row = cursor.fetchone()
    if row is None:
        raise SafeTooEmpty(in_safe_minor=safe.balance_minor, requested_minor=amount_minor)
    return int(row[0])


def _closed(day: StoreDay, batches: list[TerminalBatch]) -> StoreDayClosed:
    moved = dict(
        SafeEntry.objects.filter(store_day=day).values_list("kind").annotate(Sum("amount_minor"))
    )
    return StoreDayClosed(
        store_day_id=day.pk,
        location_id=day.location_id,
        business_date=day.business_date.isoformat(),
        currency=day.currency,
        total_minor=day.total_minor or 0,
        cash_minor=day.cash_minor or 0,
        card_minor=day.card_minor or 0,
        deposited_minor=-moved.get(SafeEntryKind.DEPOSIT, 0),
        terminal_difference_minor=sum(b.total_minor - b.expected_minor for b in batches),
        safe_difference_minor=moved.get(SafeEntryKind.DIFFERENCE, 0),
    )
