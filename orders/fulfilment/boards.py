"""What a store's people see of its work: the queue by its tabs, the counts, and one piece of work.

Decided here: what stands under which tab, and in which order. Work is sorted by its promise; what
waits on a shelf by who is here, then by the end of its window; what is over by when it ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Prefetch, Q, QuerySet, Value, When

from inventory.catalog.pictures import Picture, pictures_of
from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.core.errors import NotFound
from omni.core.together import counted
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState, Pickup
from orders.fulfilment.queries import PARCELS, PICKUP, fulfilment_orders_visible_to

_S = FulfilmentState
ROWS = 200

NEW = (_S.NEW,)
TO_PICK = (_S.ACCEPTED, _S.PICKING, _S.WAITING_TRANSFER)
ON_SHELF = (_S.READY, _S.PARTLY_HANDED_OVER)
BEFORE_READY = (*NEW, *TO_PICK)
UNPACKED = (*NEW, *TO_PICK, _S.SCHEDULED, _S.ON_HOLD)
UNDERWAY = (_S.DISPATCHED, _S.ATTEMPTED, _S.REFUSED_AT_DOOR, _S.RETURNING)

DUE_FIRST: Sequence[Any] = ("due_at", "pk")
LAST_FIRST: Sequence[Any] = ("-finished_at", "-pk")
HERE_FIRST: Sequence[Any] = (
    F("pickup__arrived_at").asc(nulls_last=True),
    "pickup__window_ends_at",
    "pk",
)

# Tab -> which work of the method stands there.
PICKUP_TABS: dict[str, Q] = {
    "accept": Q(status__in=NEW),
    "pick": Q(status__in=TO_PICK),
    "ready": Q(status__in=ON_SHELF),
    "late": Q(status__in=BEFORE_READY),
    "closed": Q(finished_at__isnull=False),
}
PARCEL_TABS: dict[str, Q] = {
    "pack": Q(status__in=UNPACKED),
    "dispatch": Q(status=_S.PACKED),
    "underway": Q(status__in=UNDERWAY),
    "closed": Q(finished_at__isnull=False),
}


@dataclass(frozen=True, slots=True)
class PickupCounts:
    """How much stands under each tab. Promises are those of today that are due or met."""

    accept: int
    pick: int
    ready: int
    late: int
    closed: int
    ship: int
    promised: int
    kept: int


def pickup_counts(
    actor: Actor, location_id: UUID, *, now: datetime, day_start: datetime
) -> PickupCounts:
    """All the counts of a store's pickups, in one statement."""
    pickup, late = Q(method=Method.PICKUP), Q(due_at__lt=now, status__in=BEFORE_READY)
    met = Q(pickup__ready_at__lte=F("due_at"))
    promised = pickup & Q(due_at__gte=day_start, due_at__lt=now) & ~Q(status__in=_NO_PROMISE)
    counted: dict[str, int] = (
        _at(actor, location_id)
        .filter(Q(finished_at__isnull=True) | Q(finished_at__gte=day_start))
        .aggregate(
            accept=Count("pk", filter=pickup & PICKUP_TABS["accept"]),
            pick=Count("pk", filter=pickup & PICKUP_TABS["pick"]),
            ready=Count("pk", filter=pickup & PICKUP_TABS["ready"]),
            late=Count("pk", filter=pickup & late),
            closed=Count("pk", filter=pickup & Q(finished_at__gte=day_start)),
            ship=Count("pk", filter=Q(method__in=PARCELS) & Q(status__in=(*UNPACKED, _S.PACKED))),
            promised=Count("pk", filter=promised),
            kept=Count("pk", filter=promised & met),
        )
    )
    return PickupCounts(**counted)


def rail_counts(location_id: UUID, *, now: datetime) -> QuerySet[Any, dict[str, Any]]:
    """What of a store's pickups is to accept, to pick, and late: one row of a queryset."""
    open_here = FulfilmentOrder.objects.filter(
        location_id=location_id, method=Method.PICKUP, status__in=BEFORE_READY
    )
    return counted(
        open_here,
        accept=Count("pk", filter=PICKUP_TABS["accept"]),
        pick=Count("pk", filter=PICKUP_TABS["pick"]),
        late=Count("pk", filter=Q(due_at__lt=now)),
    )


_NO_PROMISE = (_S.REJECTED, _S.CANCELLED)


def parcel_counts(actor: Actor, location_id: UUID, *, day_start: datetime) -> dict[str, int]:
    """The counts of a place's parcels by tab, in one statement."""
    counted: dict[str, int] = (
        _at(actor, location_id)
        .filter(Q(finished_at__isnull=True) | Q(finished_at__gte=day_start), method__in=PARCELS)
        .aggregate(**{tab: Count("pk", filter=rule) for tab, rule in PARCEL_TABS.items()})
    )
    return counted


# State -> the tab under which work stands; what is over stands under "closed".
TAB_OF: dict[str, str] = {
    **dict.fromkeys(NEW, "accept"),
    **dict.fromkeys(TO_PICK, "pick"),
    **dict.fromkeys(ON_SHELF, "ready"),
}
PARCEL_TAB_OF: dict[str, str] = {
    **dict.fromkeys(UNPACKED, "pack"),
    _S.PACKED: "dispatch",
    **dict.fromkeys(UNDERWAY, "underway"),
}


def tab_of(row: FulfilmentOrder) -> str:
    """The tab of its queue under which the work stands now."""
    known = TAB_OF if row.method == Method.PICKUP else PARCEL_TAB_OF
    return known.get(row.status, "closed")


def work_at(actor: Actor, fulfilment_order_id: UUID, location_id: UUID) -> FulfilmentOrder:
    """The work at this place, bare, if the actor may see it. Raises: NotFound."""
    row = _at(actor, location_id).filter(pk=fulfilment_order_id).first()
    if row is None:
        raise NotFound
    return row


# --- the queue ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Card:
    """A piece of work with all that a row or the panel of it shows."""

    work: FulfilmentOrder
    lines: list[Line] = field(default_factory=list)

    @property
    def pickup(self) -> Pickup | None:
        return self.work.pickup if self.work.method == Method.PICKUP else None

    @property
    def shown(self) -> list[Line]:
        """The first lines, for thumbnails."""
        return self.lines[:3]

    @property
    def more(self) -> int:
        """How many lines the thumbnails leave out."""
        return max(0, len(self.lines) - 3)

    @property
    def units(self) -> int:
        return sum(line.wanted for line in self.lines)

    @property
    def picked(self) -> int:
        return sum(line.row.picked for line in self.lines)

    @property
    def to_pick(self) -> list[Line]:
        return [line for line in self.lines if line.row.quantity_to_pick]

    @property
    def next_line(self) -> Line | None:
        return next(iter(self.to_pick), None)

    @property
    def to_put_back(self) -> int:
        return sum(line.row.quantity_to_put_back for line in self.lines)


@dataclass(frozen=True, slots=True)
class Line:
    """Units of a line, with their picture."""

    row: FulfilmentLine
    picture: Picture | None

    @property
    def name(self) -> str:
        return str(self.row.order_line.name)

    @property
    def field(self) -> str:
        """The name of its field where fewer units than all are given."""
        return f"units-{self.row.pk}"

    @property
    def wanted(self) -> int:
        """Units that this place shall find and give."""
        return self.row.quantity - self.row.short - self.row.cancelled

    @property
    def waits(self) -> int:
        """Units that lie ready to be given."""
        return max(0, min(self.row.quantity_open, self.row.picked - self.row.handed_over))

    @property
    def is_picked(self) -> bool:
        return not self.row.quantity_to_pick


def pickup_cards(
    actor: Actor,
    location_id: UUID,
    tab: str,
    *,
    opened: UUID | None,
    now: datetime,
    day_start: datetime,
) -> tuple[list[Card], Card | None]:
    """The pickups under a tab, and the one that is open beside them. Three statements.

    The open one may stand under another tab by now; it is None where there is none for the actor.
    """
    rule, order = PICKUP_TABS[tab], DUE_FIRST
    if tab == "late":
        rule &= Q(due_at__lt=now)
    elif tab == "ready":
        order = HERE_FIRST
    elif tab == "closed":
        rule, order = Q(finished_at__gte=day_start), LAST_FIRST
    return _cards(actor, location_id, PICKUP, rule, order, opened)


def parcel_cards(
    actor: Actor, location_id: UUID, tab: str, *, opened: UUID | None, day_start: datetime
) -> tuple[list[Card], Card | None]:
    """The same for parcels."""
    rule, order = PARCEL_TABS[tab], DUE_FIRST
    if tab == "closed":
        rule, order = Q(finished_at__gte=day_start), LAST_FIRST
    return _cards(actor, location_id, PARCELS, rule, order, opened)


def _cards(
    actor: Actor,
    location_id: UUID,
    methods: frozenset[str],
    rule: Q,
    order: Sequence[Any],
    opened: UUID | None,
) -> tuple[list[Card], Card | None]:
    here = _with_lines(_at(actor, location_id).filter(method__in=methods), methods)
    wanted = rule | Q(pk=opened) if opened else rule
    is_under = Case(When(rule, then=True), default=False)
    rows = list(here.filter(wanted).annotate(is_under=is_under).order_by(*order)[:ROWS])
    if opened and all(row.pk != opened for row in rows):
        # Beyond the last row shown, or nothing of the kind.
        rows += here.filter(pk=opened).annotate(is_under=Value(False))
    cards = cards_of(rows)
    panel = next((card for card in cards if card.work.pk == opened), None)
    return [card for card in cards if vars(card.work)["is_under"]], panel


def _with_lines(
    rows: QuerySet[FulfilmentOrder], methods: frozenset[str]
) -> QuerySet[FulfilmentOrder]:
    lines = Prefetch("lines", FulfilmentLine.objects.select_related("order_line").order_by("pk"))
    parts = [lines, "shipments"] if methods & PARCELS else [lines]
    return rows.select_related(
        "order__channel", "order__shipping_address", "pickup"
    ).prefetch_related(*parts)


def cards_of(rows: Iterable[FulfilmentOrder]) -> list[Card]:
    """The work with the pictures of its lines. One statement; needs ``with_parts``."""
    kept = list(rows)
    lines = [line for row in kept for line in row.lines.all()]
    pictures = pictures_of({line.order_line.variant_id for line in lines})
    return [
        Card(
            row, [Line(line, pictures.get(line.order_line.variant_id)) for line in row.lines.all()]
        )
        for row in kept
    ]


def card_of(actor: Actor, fulfilment_order_id: UUID, location_id: UUID) -> Card | None:
    """One piece of work at this place, if the actor may see it. Four statements at most."""
    rows = _with_lines(_at(actor, location_id).filter(pk=fulfilment_order_id), PARCELS)
    return next(iter(cards_of(rows)), None)


def cards_at(actor: Actor, location_id: UUID, ids: Collection[UUID]) -> dict[UUID, Card]:
    """These pieces of work at this place, as far as the actor may see them. Three statements."""
    if not ids:
        return {}
    rows = _with_lines(_at(actor, location_id).filter(pk__in=ids), PICKUP)
    return {card.work.pk: card for card in cards_of(rows)}


def _at(actor: Actor, location_id: UUID) -> QuerySet[FulfilmentOrder]:
    return fulfilment_orders_visible_to(actor).filter(location_id=location_id)
