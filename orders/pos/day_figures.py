"""A store's day as it stands: its shifts, its Z report, and what the terminals should say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, Sum

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from orders.payments.models import Tender
from orders.pos.models import (
    CashEntry,
    Deposit,
    JournalEntry,
    Safe,
    Shift,
    StoreDay,
    StoreDayStatus,
    TakenTender,
    TerminalBatch,
)
from orders.pos.zreport import JournalFact, PartFact, ZReport, z_report

_PARTS = """
WITH sold AS (
    SELECT j.order_id, j.kind = 'void' AS is_voided
    FROM orders_journalentry j JOIN orders_shift s ON s.id = j.shift_id
    WHERE s.store_day_id = %(day)s AND j.kind IN ('sale', 'exchange', 'void'))
SELECT p.tax_rate, sold.is_voided, p.is_discount,
       sum(p.net_minor)::bigint, sum(p.tax_minor)::bigint, sum(p.total_minor)::bigint
FROM sold JOIN LATERAL (
    SELECT l.tax_rate, false AS is_discount, l.net_minor, l.tax_minor, l.total_minor
    FROM orders_orderline l WHERE l.order_id = sold.order_id
    UNION ALL
    SELECT a.tax_rate, a.kind = 'discount', a.net_minor, a.tax_minor, a.total_minor
    FROM orders_adjustment a WHERE a.order_id = sold.order_id) p ON true
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class TerminalFigures:
    """A register's card money of the day: ours, and the terminal's once it was entered."""

    register_id: UUID
    register_name: str
    expected_minor: int
    batch: TerminalBatch | None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day with everything that its page shows.

    ``given_back``: what was taken for sales that were not finished and handed back, by shift; the
    report counts none of it.
    """

    day: StoreDay
    shifts: list[Shift]
    report: ZReport
    terminals: list[TerminalFigures]
    safe_minor: int
    deposits: list[Deposit]
    given_back: list[TakenTender]

    @property
    def is_final(self) -> bool:
        return self.day.status == StoreDayStatus.CLOSED


def days_visible_to(actor: Actor, permission: str = Permission.POS_SHIFT) -> QuerySet[StoreDay]:
    """Days of the stores where the actor holds the permission."""
    rows: QuerySet[StoreDay] = StoreDay.objects.select_related("location")
    granted = actor.location_ids(permission)
    return rows if granted is None else rows.filter(location_id__in=granted)


def get_day(actor: Actor, day_id: UUID, permission: str = Permission.POS_SHIFT) -> StoreDay:
    """One of them. Raises: NotFound."""
    day = days_visible_to(actor, permission).filter(pk=day_id).first()
    if day is None:
        raise NotFound
    return day


def day_figures(actor: Actor, day_id: UUID) -> DayFigures:
    """The day with shifts, figures, terminals, safe and deposits. Nine statements."""
    return figures_of_day(get_day(actor, day_id))


def figures_of_day(day: StoreDay) -> DayFigures:
    """The same of a day that was read already. One statement less."""
    shifts = list(Shift.objects.filter(store_day=day).select_related("register").order_by("pk"))
    entries = _entries(day.pk)
    safe = Safe.objects.filter(location_id=day.location_id, currency=day.currency).first()
    return DayFigures(
        day=day,
        shifts=shifts,
        report=_report(day.pk, entries),
        terminals=_terminals(day, shifts, _card(entries)),
        safe_minor=safe.balance_minor if safe else 0,
        deposits=list(Deposit.objects.filter(store_day=day).order_by("pk")),
        given_back=list(
            TakenTender.objects.filter(returned_in__store_day=day)
            .select_related("returned_in__register")
            .order_by("returned_in", "returned_at", "pk")
        ),
    )


def report_of(day_id: UUID) -> ZReport:
    """The Z report of a day (X while it runs), read from the journal. Three statements."""
    return _report(day_id, _entries(day_id))


def card_by_register(day_id: UUID) -> dict[UUID, int]:
    """What our books say each register's terminal took, less what it gave back."""
    return _card(_entries(day_id))


# --- steps ----------------------------------------------------------------------------------------

_Entry = tuple[UUID, JournalFact]


def _entries(day_id: UUID) -> list[_Entry]:
    """The journal of the day, each entry with its register."""
    rows = JournalEntry.objects.filter(shift__store_day_id=day_id).values_list(
        "register_id", "kind", "total_minor", "tenders", "order__total_minor"
    )
    return [
        (register_id, JournalFact(kind, total, tenders, order_total or 0))
        for register_id, kind, total, tenders, order_total in rows
    ]


def _report(day_id: UUID, entries: Sequence[_Entry]) -> ZReport:
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, {"day": day_id})
        parts = [PartFact(*row) for row in cursor.fetchall()]
    cash = CashEntry.objects.filter(shift__store_day_id=day_id).values_list("kind")
    facts = [fact for _register, fact in entries]
    return z_report(facts, parts, dict(cash.annotate(Sum("amount_minor"))))


def _card(entries: Sequence[_Entry]) -> dict[UUID, int]:
    totals: dict[UUID, int] = {}
    for register_id, fact in entries:
        amount = fact.tenders.get(Tender.CARD_TERMINAL.value, 0)
        totals[register_id] = totals.get(register_id, 0) + amount
    return totals


def _terminals(
    day: StoreDay, shifts: list[Shift], expected: dict[UUID, int]
) -> list[TerminalFigures]:
    batches = {row.register_id: row for row in TerminalBatch.objects.filter(store_day=day)}
    names = {shift.register_id: shift.register.name for shift in shifts}
    return [
        TerminalFigures(register_id, name, expected.get(register_id, 0), batches.get(register_id))
        for register_id, name in names.items()
    ]
