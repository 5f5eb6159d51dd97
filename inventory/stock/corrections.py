"""What people find at the shelf: another count, damaged goods. Facts are booked, never refused.

Where a fact takes away units that are promised, the level falls short: the shortfall is set in the
same statement, with an incident and an event, and people decide what to do about the promises.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from inventory.events import StockCorrected
from inventory.stock import ledger
from inventory.stock.errors import BucketTooSmall, NoSuchStock, StockChangeNotValid
from inventory.stock.ledger import LevelRow
from inventory.stock.lines import MAX_QUANTITY, Entry, Key, check_quantity
from inventory.stock.models import Bucket, MovementKind, StockBucket, StockLevel, StockMovement
from inventory.stock.posting import moved_by, post
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.events import operations as events


def correct(
    *,
    variant_id: UUID,
    location_id: UUID,
    counted: int | None = None,
    change: int | None = None,
    reason: str,
    note: str = "",
    reference: str,
    actor: Actor,
    kind: str = "",
) -> StockMovement | None:
    """Book how many there really are: ``counted`` on hand (buckets included), or a difference.

    Counted as the books say: nothing is written and the answer is None.
    Raises: StockChangeNotValid (below zero, a change by nothing, both or none given), NoSuchStock.
    Locks: the level.
    Emits: stock.corrected, stock.shortfall_opened.
    """
    if (counted is None) == (change is None):
        raise StockChangeNotValid(give="either counted or change")
    if change == 0:
        raise StockChangeNotValid(change=0)
    key = (variant_id, location_id)
    with transaction.atomic():
        level = _lock_one(key)
        before = moved_by(reference, [key])
        if before:
            return before[0]
        difference = change if change is not None else (counted or 0) - level.on_hand
        if not difference:
            return None
        _check_result(level, difference)
        entry = Entry(
            *key,
            quantity=difference,
            kind=kind or (MovementKind.CORRECTED if counted is None else MovementKind.COUNTED),
            reference=reference,
            reason=reason,
            note=note,
        )
        post(entries=[entry], actor=actor, may_fall_short=True)
        corrected = StockCorrected(*key, difference, level.on_hand + difference, reason)
        events.record(corrected, actor=actor)
        return moved_by(reference, [key])[0]


def move_bucket(
    *,
    variant_id: UUID,
    location_id: UUID,
    quantity: int,
    from_bucket: str = "",
    to_bucket: str = "",
    reason: str = "",
    note: str = "",
    reference: str,
    actor: Actor,
) -> list[StockMovement]:
    """Move units between the sellable stock ("") and the buckets; on_hand stays.

    Raises: BucketTooSmall (nothing was changed), StockChangeNotValid, NoSuchStock.
    Locks: the level. Emits: stock.shortfall_opened where promised units were set aside.
    """
    check_quantity(quantity)
    if from_bucket == to_bucket or not {from_bucket, to_bucket} <= {"", *Bucket.values}:
        raise StockChangeNotValid(from_bucket=from_bucket, to_bucket=to_bucket)
    key = (variant_id, location_id)
    with transaction.atomic():
        level = _lock_one(key)
        legs = [(from_bucket, -quantity, reference), (to_bucket, quantity, f"{reference}#to")]
        if not from_bucket:
            legs = [(to_bucket, quantity, reference)]
        legs = [leg for leg in legs if leg[0]]
        before = moved_by(reference, [key]) + moved_by(f"{reference}#to", [key])
        if before:
            return before
        _check_there_are(level, from_bucket, quantity)
        entries = [
            Entry(
                *key,
                quantity=0,
                kind=MovementKind.PUT_BACK if not to_bucket else MovementKind.DAMAGED,
                reference=leg_reference,
                bucket=bucket,
                bucket_quantity=moved,
                reason=reason,
                note=note,
            )
            for bucket, moved, leg_reference in legs
        ]
        post(entries=entries, actor=actor, may_fall_short=True)
        return moved_by(reference, [key]) + moved_by(f"{reference}#to", [key])


def set_safety(*, variant_id: UUID, location_id: UUID, safety: int, actor: Actor) -> StockLevel:
    """How many units are kept back from everybody but the till.

    Raises: StockChangeNotValid, NoSuchStock, NotAllowed.
    """
    actor.require(Permission.STOCK_CORRECT, location_id=location_id)
    if not 0 <= safety <= MAX_QUANTITY:
        raise StockChangeNotValid(safety=safety)
    with transaction.atomic():
        level = _lock_one((variant_id, location_id))
        StockLevel.objects.filter(pk=level.id).update(safety=safety)
        return StockLevel.objects.get(pk=level.id)


def _lock_one(key: Key) -> LevelRow:
    ledger.ensure_levels([key])
    level = ledger.lock_levels([key]).get(key)
    if level is None:
        raise NoSuchStock(variant_id=str(key[0]), location_id=str(key[1]))
    return level


def _check_result(level: LevelRow, difference: int) -> None:
    if not 0 <= level.on_hand + difference <= MAX_QUANTITY:
        raise StockChangeNotValid(on_hand=level.on_hand, change=difference)


def _check_there_are(level: LevelRow, bucket: str, quantity: int) -> None:
    """Units can only be set aside from the shelf, or taken out of a bucket, that are there."""
    if bucket:
        rows = StockBucket.objects.filter(level_id=level.id, bucket=bucket)
        there = rows.values_list("quantity", flat=True).first() or 0
    else:
        there = level.on_hand - level.unavailable
    if there < quantity:
        raise BucketTooSmall(bucket=bucket, there=max(there, 0), requested=quantity)
