"""A pickup on its shelf: made ready, its window, who may come, and what if nobody comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from inventory.locations.models import Service
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.states import move
from omni.events.operations import record
from orders.events import (
    PickupArrived,
    PickupCodeRenewed,
    PickupDelegated,
    PickupExtended,
    PickupNotCollected,
    PickupReady,
    PickupReinstated,
    PickupTakenBack,
)
from orders.fulfilment import codes
from orders.fulfilment.calendar import Calendar, calendars
from orders.fulfilment.errors import (
    AlreadyExtended,
    NotAllPicked,
    NothingToHandOver,
    PutBackFirst,
    ReasonMissing,
    ShelfMissing,
    WindowOver,
)
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState, Pickup
from orders.fulfilment.queries import (
    PICKUP,
    Work,
    get_pickup_of_customer,
    lock_work,
    take_work,
)

# Nobody is marked as not collected while they may be standing at the counter.
GRACE = timedelta(minutes=15)


@transaction.atomic
def mark_ready(*, fulfilment_order_id: UUID, shelf: str, actor: Actor) -> FulfilmentOrder:
    """All goods are picked and wait on a shelf: the window starts, on the store's calendar.

    Raises: NotFound, ShelfMissing, NotAllPicked, NothingToHandOver, InvalidTransition.
    Emits: pickup.ready.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=PICKUP
    )
    if not shelf.strip():
        raise ShelfMissing
    if any(line.quantity_to_pick for line in work.lines):
        raise NotAllPicked(
            lines=[line.pk for line in work.lines if line.quantity_to_pick],
        )
    if not any(line.quantity_open for line in work.lines):
        raise NothingToHandOver
    move(work.row, FulfilmentState.READY, moves=work.row.moves)
    _start_window(work, shelf=shelf.strip()[:40])
    ready = PickupReady(**work.facts(), window_ends_at=_window_end_of(work.pickup))
    record(ready, actor=actor)
    return work.row


@transaction.atomic
def take_back(*, fulfilment_order_id: UUID, reason: str = "", actor: Actor) -> FulfilmentOrder:
    """A ready pickup is picked anew: gone from the shelf, or damaged there. Nothing counts as
    picked any more. Raises: NotFound, PutBackFirst, InvalidTransition. Emits: pickup.taken_back.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.PICKUP_REINSTATE, methods=PICKUP
    )
    move(work.row, FulfilmentState.PICKING, moves=work.row.moves)
    if any(line.quantity_to_put_back for line in work.lines):
        # Their stock stays committed until they are put back: nobody must forget them.
        raise PutBackFirst
    for line in work.lines:
        line.picked = line.handed_over
        line.save(update_fields=["picked"])
    _save_pickup(work.pickup, shelf="", ready_at=None, window_ends_at=None)
    record(PickupTakenBack(**work.facts(reason=reason[:40])), actor=actor)
    return work.row


@transaction.atomic
def extend(*, fulfilment_order_id: UUID, actor: Actor, order_token: str = "") -> Pickup:
    """The customer asks for more time, once: another window from the end of the first.

    Raises: NotFound, AlreadyExtended, WindowOver, InvalidTransition. Emits: pickup.extended.
    """
    return _extend(_take_as_customer(fulfilment_order_id, actor, order_token), "", actor)


@transaction.atomic
def extend_for_customer(*, fulfilment_order_id: UUID, reason: str, actor: Actor) -> Pickup:
    """Staff give the customer more time, with the customer's own limit: once a window, and before
    it is over. The customer is told.

    Raises: NotFound, ReasonMissing, AlreadyExtended, WindowOver, InvalidTransition.
    Emits: pickup.extended.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.PICKUP_REINSTATE, methods=PICKUP
    )
    if not reason.strip():
        raise ReasonMissing
    return _extend(work, reason.strip()[:40], actor)


@transaction.atomic
def name_delegate(
    *, fulfilment_order_id: UUID, name: str, actor: Actor, order_token: str = ""
) -> Pickup:
    """The customer names somebody else who may collect; an empty name takes it back.

    Raises: NotFound, InvalidTransition (when it is over). Emits: pickup.delegated.
    """
    work = _take_as_customer(fulfilment_order_id, actor, order_token)
    _require_open(work)
    _save_pickup(work.pickup, delegate_name=name.strip()[:200])
    record(PickupDelegated(**work.facts(), is_named=bool(name.strip())), actor=actor)
    return work.pickup


@transaction.atomic
def report_arrival(
    *, fulfilment_order_id: UUID, note: str = "", actor: Actor, order_token: str = ""
) -> Pickup:
    """The customer is there: at the door, in a bay. ``note`` says where or in which car.

    Raises: NotFound, InvalidTransition (not ready). Emits: pickup.arrived.
    """
    work = _take_as_customer(fulfilment_order_id, actor, order_token)
    _require_waiting(work)
    _save_pickup(work.pickup, arrived_at=work.now, arrival_note=note.strip()[:80])
    record(PickupArrived(**work.facts()), actor=actor)
    return work.pickup


def mark_no_shows(*, batch: int = 100, actor: Actor = SYSTEM) -> int:
    """Sweep: pickups whose window ended unattended. Returns how many. One transaction each."""
    late = Pickup.objects.filter(
        window_ends_at__lte=clock.now() - GRACE,
        handed_over_at__isnull=True,
        fulfilment_order__status=FulfilmentState.READY,
    )
    ids = list(late.order_by("window_ends_at").values_list("pk", flat=True)[:batch])
    return sum(mark_no_show(fulfilment_order_id=row_id, actor=actor) for row_id in ids)


@transaction.atomic
def mark_no_show(*, fulfilment_order_id: UUID, actor: Actor) -> bool:
    """The window ended and nobody came. Returns whether it is so; one that was collected, extended
    or cancelled meanwhile is left alone. Raises: NotFound. Emits: pickup.not_collected.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=PICKUP
    )
    ends = work.pickup.window_ends_at
    if work.row.status != FulfilmentState.READY or ends is None or ends > work.now - GRACE:
        return False
    move(work.row, FulfilmentState.NO_SHOW, moves=work.row.moves)
    record(PickupNotCollected(**work.facts()), actor=actor)
    return True


@transaction.atomic
def reinstate(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """Not collected in time, but the goods are still on the shelf: a new window starts.

    Raises: NotFound, InvalidTransition. Emits: pickup.reinstated.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.PICKUP_REINSTATE, methods=PICKUP
    )
    move(work.row, FulfilmentState.READY, moves=work.row.moves)
    _start_window(work, shelf=work.pickup.shelf)
    again = PickupReinstated(**work.facts(), window_ends_at=_window_end_of(work.pickup))
    record(again, actor=actor)
    return work.row


@transaction.atomic
def renew_code(*, fulfilment_order_id: UUID, actor: Actor) -> Pickup:
    """A key holder gives a pickup a new code, which unlocks it. Raises: NotFound,
    InvalidTransition. Emits: pickup.code_renewed.
    """
    work = take_work(
        fulfilment_order_id,
        actor=actor,
        permission=Permission.PICKUP_HAND_OVER_BY_ID,
        methods=PICKUP,
    )
    _require_open(work)
    _renew(work)
    return work.pickup


@transaction.atomic
def end_told_codes(*, order_id: UUID, actor: Actor) -> list[FulfilmentOrder]:
    """Each code of an order that may have been told opens nothing any more, because it went to a
    wrong address. Returns the pickups, those that wait and those that nobody collected.

    The caller has settled that the actor may correct the address. Locks: order, pickups.
    Emits: pickup.code_renewed.
    """
    told = FulfilmentOrder.objects.filter(
        order_id=order_id,
        method__in=PICKUP,
        pickup__ready_at__isnull=False,
        status__in=_WAITING | _BEFORE_READY | {FulfilmentState.NO_SHOW},
    )
    ended = []
    for work_id in list(told.order_by("pk").values_list("pk", flat=True)):
        work = lock_work(work_id, order_id=order_id, actor=actor, methods=PICKUP)
        _renew(work)
        ended.append(work.row)
    return ended


# --- steps ----------------------------------------------------------------------------------------


def _renew(work: Work) -> None:
    version = work.pickup.code_version + 1
    _save_pickup(
        work.pickup,
        code_version=version,
        code_digest=codes.code_digest(codes.new_code(work.row.pk, version)),
        code_attempts=0,
        locked_at=None,
    )
    record(PickupCodeRenewed(**work.facts()), actor=work.actor)


_WAITING = frozenset({FulfilmentState.READY, FulfilmentState.PARTLY_HANDED_OVER})
_BEFORE_READY = frozenset(
    {
        FulfilmentState.SCHEDULED,
        FulfilmentState.NEW,
        FulfilmentState.ACCEPTED,
        FulfilmentState.PICKING,
        FulfilmentState.WAITING_TRANSFER,
    }
)


def _take_as_customer(fulfilment_order_id: UUID, actor: Actor, order_token: str) -> Work:
    row = get_pickup_of_customer(actor, fulfilment_order_id, token=order_token)
    return lock_work(row.pk, order_id=row.order_id, actor=actor, methods=PICKUP)


def _extend(work: Work, reason: str, actor: Actor) -> Pickup:
    pickup = work.pickup
    _require_waiting(work)
    if pickup.is_extended:
        raise AlreadyExtended
    ends = _window_end_of(pickup)
    if ends <= work.now:
        raise WindowOver
    later = _calendar_of(work).window_end(ends, Service.PICKUP)
    _save_pickup(pickup, window_ends_at=later, is_extended=True)
    record(PickupExtended(**work.facts(reason=reason), window_ends_at=later), actor=actor)
    return pickup


def _require_waiting(work: Work) -> None:
    if work.row.status not in _WAITING:
        # Refused by the table: nothing but a ready pickup goes on from here.
        move(work.row, FulfilmentState.READY, moves={})


def _require_open(work: Work) -> None:
    if work.row.status not in _WAITING | _BEFORE_READY:
        move(work.row, FulfilmentState.READY, moves={})


def _start_window(work: Work, *, shelf: str) -> None:
    _save_pickup(
        work.pickup,
        shelf=shelf,
        ready_at=work.now,
        window_ends_at=_calendar_of(work).window_end(work.now, Service.PICKUP),
        is_extended=False,
    )


def _calendar_of(work: Work) -> Calendar:
    return calendars([work.row.location_id], since=work.now)[work.row.location_id]


def _window_end_of(pickup: Pickup) -> datetime:
    return pickup.window_ends_at or clock.now()


def _save_pickup(pickup: Pickup, **values: object) -> None:
    for name, value in values.items():
        setattr(pickup, name, value)
    pickup.save(update_fields=list(values))
