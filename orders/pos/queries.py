"""The figures of a shift: X while it runs, Z when it is closed. Derived, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Sum

from omni.access.actor import Actor
from omni.access.permissions import Permission
from orders.pos.drawer import get_shift
from orders.pos.models import CashKind, JournalEntry, JournalKind, Shift, ShiftStatus, TakenTender

CLOSED = frozenset({ShiftStatus.CLOSED, ShiftStatus.FORCE_CLOSED})


@dataclass(frozen=True, slots=True)
class Figures:
    """What a shift did, minor units of its currency. ``kind`` is X or Z.

    ``expected_minor`` is what the books say lies in the drawer before any difference was booked;
    it is shown once the drawer was counted. ``given_back`` was taken for sales that were not
    finished, and handed back in this shift: no figure counts it.
    """

    shift: Shift
    kind: str
    count_by_kind: dict[str, int]
    total_by_kind: dict[str, int]
    total_by_tender: dict[str, int]
    cash_by_kind: dict[str, int]
    expected_minor: int | None
    first_number: int | None
    last_number: int | None
    given_back: list[TakenTender]


def figures_of(actor: Actor, shift_id: UUID) -> Figures:
    """The figures of a shift that the actor may see. Raises: NotFound. Five statements."""
    shift = get_shift(actor, shift_id, Permission.POS_SHIFT)
    journal = JournalEntry.objects.filter(shift=shift)
    by_kind = {
        row["kind"]: (row["n"], row["total"])
        for row in journal.values("kind").annotate(n=Count("pk"), total=Sum("total_minor"))
    }
    tenders: dict[str, int] = {}
    numbers: list[int] = []
    for number, moved in journal.order_by("number").values_list("number", "tenders"):
        numbers.append(number)
        for tender, amount in moved.items():
            tenders[tender] = tenders.get(tender, 0) + amount
    cash = dict(shift.entries.values_list("kind").annotate(Sum("amount_minor")))
    expected = sum(amount for kind, amount in cash.items() if kind != CashKind.DIFFERENCE)
    return Figures(
        shift=shift,
        kind="Z" if shift.status in CLOSED else "X",
        count_by_kind={kind.value: by_kind.get(kind, (0, 0))[0] for kind in JournalKind},
        total_by_kind={kind.value: by_kind.get(kind, (0, 0))[1] for kind in JournalKind},
        total_by_tender=tenders,
        cash_by_kind={kind.value: cash.get(kind, 0) for kind in CashKind},
        # A cashier counts without knowing what to find.
        expected_minor=None if shift.counted_minor is None else expected,
        first_number=numbers[0] if numbers else None,
        last_number=numbers[-1] if numbers else None,
        given_back=list(shift.tenders_returned.order_by("returned_at", "pk")),
    )
