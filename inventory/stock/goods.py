"""Goods that move: entries of the ledger, and the levels that follow them in the same transaction.

A ``reference`` names one cause once. A call that is repeated with the same reference changes
nothing and returns what the first one wrote; what happens a second time (handed over again after an
undo) needs a reference of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from inventory.events import StockReceived
from inventory.stock import ledger
from inventory.stock.claims import (
    Claim,
    end_holds,
    lock_commitments,
    not_committed,
    share_out,
    shrink,
)
from inventory.stock.errors import (
    NothingToUndo,
    StockChangeNotValid,
    StockReferenceReused,
)
from inventory.stock.ledger import Change, Effect
from inventory.stock.lines import (
    Demand,
    Entry,
    Key,
    StockArrival,
    StockRequest,
    check_quantity,
    summed,
)
from inventory.stock.models import (
    Bucket,
    MovementKind,
    Reservation,
    ReservationStatus,
    StockMovement,
)
from inventory.stock.posting import moved_by, post
from omni.access.actor import Actor
from omni.core import clock
from omni.events import operations as events

_LEAVING = frozenset({MovementKind.SOLD, MovementKind.SHIPPED, MovementKind.HANDED_OVER})


def put(
    *,
    lines: Sequence[StockArrival],
    kind: str = MovementKind.RECEIVED,
    reference: str,
    actor: Actor,
    occurred_at: datetime | None = None,
    reason: str = "",
    note: str = "",
) -> list[StockMovement]:
    """Goods come in, for sale at once or into a bucket. A shortfall falls in the same statement.

    Missing levels are made. Raises: QuantityNotValid, NoSuchStock, StockReferenceReused (it booked
    another quantity of the same before). Locks: levels. Emits: stock.received for goods that were
    received.
    """
    for line in lines:
        check_quantity(line.quantity)
        _check_bucket(line.bucket)
    entries = [
        Entry(
            variant_id=line.variant_id,
            location_id=line.location_id,
            quantity=line.quantity,
            kind=kind,
            reference=reference,
            bucket=line.bucket,
            bucket_quantity=line.quantity if line.bucket else 0,
            order_line_id=line.reference,
            reason=reason,
            note=note,
            occurred_at=occurred_at,
        )
        for line in _joined(lines)
    ]
    with transaction.atomic():
        written = post(entries=entries, actor=actor)
        if written and kind == MovementKind.RECEIVED:
            _record_received(lines, reference=reference, actor=actor)
        rows = moved_by(reference, [entry.key for entry in entries])
        if written < len(entries):
            _check_repeat(entries, rows)
        return rows


def _check_repeat(entries: Sequence[Entry], rows: Sequence[StockMovement]) -> None:
    """What is told again must be what was booked. Raises: StockReferenceReused."""
    booked = {(row.level.variant_id, row.level.location_id, row.order_line_id): row for row in rows}
    differing = []
    for entry in entries:
        before = booked[(*entry.key, entry.order_line_id)]
        if (before.quantity, before.bucket) != (entry.quantity, entry.bucket):
            differing.append(
                {
                    "variant_id": str(entry.variant_id),
                    "location_id": str(entry.location_id),
                    "requested": entry.quantity,
                    "written": before.quantity,
                }
            )
    if differing:
        raise StockReferenceReused(lines=differing)


def take(
    *,
    lines: Sequence[StockRequest],
    kind: str = MovementKind.SOLD,
    reference: str,
    actor: Actor,
    at_till: bool = True,
    hold_owner_id: UUID | None = None,
    force: bool = False,
    occurred_at: datetime | None = None,
) -> list[StockMovement]:
    """Goods leave at once, without a reservation: all lines or none.

    ``reference`` of a line is its order line. Holds of ``hold_owner_id`` (the cart at the till) end
    with it. With ``force`` the goods are gone already (an offline sale): what is missing becomes a
    shortfall with an incident, and holds are left to expire.
    Raises: OutOfStock (nothing was changed), QuantityNotValid, NoSuchStock. Locks: levels.
    """
    demand = Demand.of(lines)
    now = occurred_at or clock.now()
    entries = _leaving(lines, kind=kind, reference=reference, occurred_at=now)
    if force:
        post(entries=entries, actor=actor, may_fall_short=True)
        return moved_by(reference, list(demand.needs))
    claim = Claim(
        demand,
        Effect(take=1),
        now=clock.now(),
        hold_owner_id=hold_owner_id,
        at_till=at_till,
        reference=reference,
    )
    with transaction.atomic(savepoint=False):
        if claim.write():
            if claim.ended_holds and hold_owner_id:
                end_holds(hold_owner_id, reason="taken along", actor=actor)
            return _write(entries, claim, actor=actor)
        before = moved_by(reference, list(demand.needs))
    if before:
        return before
    raise claim.refusal()


def consume(
    *,
    order_line_quantities: Sequence[tuple[UUID, int]],
    location_id: UUID | None = None,
    kind: str = MovementKind.HANDED_OVER,
    reference: str,
    actor: Actor,
    occurred_at: datetime | None = None,
) -> list[StockMovement]:
    """Committed goods leave the location: on_hand and the commitment fall together.

    A line that was routed again may be committed at two locations: ``location_id`` names which.

    Lines of variants that are not stocked have no commitment and must be left out.
    Raises: NotCommitted (nothing was changed), QuantityNotValid. Locks: levels.
    """
    wanted = summed(order_line_quantities)
    now = clock.now()
    with transaction.atomic(savepoint=False):
        claims = lock_commitments(list(wanted), location_id=location_id)
        before = _moved_lines(reference, list(wanted), location_id=location_id)
        if before:
            return before
        shares = share_out(claims, wanted)
        if shares is not None:
            changes: dict[int, Change] = {}
            for claim, share in shares:
                so_far = changes.get(claim.level_id, Change())
                changes[claim.level_id] = Change(
                    on_hand=so_far.on_hand - share, committed=so_far.committed - share
                )
            ledger.change_levels(changes)
            shrink(shares, to=ReservationStatus.CONSUMED, reason="", actor=actor)
            return StockMovement.objects.bulk_create(
                StockMovement(
                    level_id=claim.level_id,
                    kind=kind,
                    quantity=-share,
                    reference=reference,
                    order_line_id=claim.order_line_id,
                    principal=actor.principal,
                    occurred_at=occurred_at or now,
                )
                for claim, share in shares
            )
    raise not_committed(claims, wanted)


def undo(
    *, order_line_ids: Sequence[UUID], reference: str, actor: Actor, reason: str = ""
) -> list[StockMovement]:
    """Goods of these lines that left under ``reference`` are back: reversed by entries dated now.

    Where a commitment was consumed it stands again. A repeat changes nothing.
    Raises: NothingToUndo. Locks: levels.
    """
    undone = f"undo:{reference}"
    with transaction.atomic():
        moved = list(_leaving_by(reference, order_line_ids))
        if not moved:
            raise NothingToUndo(reference=reference)
        ledger.lock_level_ids({movement.level_id for movement in moved})
        before = _moved_lines(undone, order_line_ids)
        if before:
            return before
        stand_again = _restore_commitments(moved, actor=actor)
        changes: dict[int, Change] = {}
        for movement in moved:
            so_far = changes.get(movement.level_id, Change())
            promised = -movement.quantity if movement.pk in stand_again else 0
            changes[movement.level_id] = Change(
                on_hand=so_far.on_hand - movement.quantity,
                committed=so_far.committed + promised,
            )
        ledger.change_levels(changes)
        return StockMovement.objects.bulk_create(
            StockMovement(
                level_id=movement.level_id,
                kind=MovementKind.UNDONE,
                quantity=-movement.quantity,
                reason=reason,
                reference=undone,
                order_line_id=movement.order_line_id,
                principal=actor.principal,
                occurred_at=clock.now(),
            )
            for movement in moved
        )


def _record_received(lines: Sequence[StockArrival], *, reference: str, actor: Actor) -> None:
    by_location: dict[UUID, dict[str, int]] = {}
    for line in lines:
        quantities = by_location.setdefault(line.location_id, {})
        variant_id = str(line.variant_id)
        quantities[variant_id] = quantities.get(variant_id, 0) + line.quantity
    events.record_all(
        [StockReceived(place, reference, quantities) for place, quantities in by_location.items()],
        actor=actor,
    )


def _check_bucket(bucket: str) -> None:
    if bucket and bucket not in Bucket.values:
        raise StockChangeNotValid(bucket=bucket)


def _joined(lines: Sequence[StockArrival]) -> list[StockArrival]:
    """Lines for the same goods, bucket and order line added up: they would be one entry."""
    total: dict[tuple[Key, str, UUID | None], int] = {}
    for line in lines:
        place = (line.key, line.bucket, line.reference)
        total[place] = total.get(place, 0) + line.quantity
    joined = [
        StockArrival(*key, quantity, bucket, reference)
        for (key, bucket, reference), quantity in total.items()
    ]
    if len({(line.key, line.reference) for line in joined}) < len(joined):
        raise StockChangeNotValid(reason="one reference, two buckets")
    return joined


def _leaving(
    lines: Sequence[StockRequest], *, kind: str, reference: str, occurred_at: datetime
) -> list[Entry]:
    total: dict[tuple[Key, UUID | None], int] = {}
    for line in lines:
        place = (line.key, line.reference)
        total[place] = total.get(place, 0) + line.quantity
    return [
        Entry(
            variant_id=key[0],
            location_id=key[1],
            quantity=-quantity,
            kind=kind,
            reference=reference,
            order_line_id=order_line_id,
            occurred_at=occurred_at,
        )
        for (key, order_line_id), quantity in total.items()
    ]


def _write(entries: Sequence[Entry], claim: Claim, *, actor: Actor) -> list[StockMovement]:
    """The entries as rows, for levels that the claim has changed already."""
    return StockMovement.objects.bulk_create(
        StockMovement(
            level_id=claim.levels[entry.key].id,
            kind=entry.kind,
            quantity=entry.quantity,
            reference=entry.reference,
            order_line_id=entry.order_line_id,
            principal=actor.principal,
            occurred_at=entry.occurred_at or claim.now,
        )
        for entry in entries
        if entry.key in claim.demand.needs
    )


def _moved_lines(
    reference: str, order_line_ids: Sequence[UUID], *, location_id: UUID | None = None
) -> list[StockMovement]:
    moved = StockMovement.objects.filter(order_line_id__in=order_line_ids, reference=reference)
    if location_id is not None:
        moved = moved.filter(level__location_id=location_id)
    return list(moved.order_by("pk"))


def _leaving_by(reference: str, order_line_ids: Sequence[UUID]) -> QuerySet[StockMovement]:
    return StockMovement.objects.filter(
        order_line_id__in=order_line_ids, reference=reference, kind__in=_LEAVING
    ).order_by("pk")


def _restore_commitments(moved: Sequence[StockMovement], *, actor: Actor) -> set[int]:
    """Let the commitments stand again that these movements consumed. Returns the movements' ids."""
    claims = Reservation.objects.filter(
        order_line_id__in=[movement.order_line_id for movement in moved if movement.order_line_id],
        status__in=(ReservationStatus.COMMITTED, ReservationStatus.CONSUMED),
    ).order_by("-status", "pk")  # an open commitment comes last, so it wins
    by_place = {(claim.order_line_id, claim.level_id): claim for claim in claims}
    restored: set[int] = set()
    for movement in moved:
        claim = by_place.get((movement.order_line_id, movement.level_id))
        if claim is None:
            continue
        units = -movement.quantity
        if claim.status == ReservationStatus.COMMITTED:
            claim.quantity += units
        else:
            claim.status, claim.quantity = ReservationStatus.COMMITTED, units
        claim.principal = actor.principal
        claim.save(update_fields=["status", "quantity", "principal"])
        restored.add(movement.pk)
    return restored
