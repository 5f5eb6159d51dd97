"""Entries of the ledger, many at once, and the levels and buckets that follow them.

The one way by which goods come in and facts are booked; what leaves by a sale goes through a claim.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import DataError, transaction

from inventory.stock import ledger
from inventory.stock.errors import BucketTooSmall, NoSuchStock, OutOfStock, QuantityNotValid
from inventory.stock.ledger import Change, LevelRow
from inventory.stock.lines import Entry, Key
from inventory.stock.models import StockMovement
from inventory.stock.shortfalls import report_shortfalls, settle_made_good
from omni.access.actor import Actor
from omni.core import clock


def post(*, entries: Sequence[Entry], actor: Actor, may_fall_short: bool = False) -> int:
    """Write many entries of the ledger at once. Returns how many were new.

    The set-based form of ``put``, ``take``, ``move_bucket`` and ``correct``: equal entries make
    equal rows. Entries whose reference the level has already are skipped. Levels that are missing
    are made. What leaves must be free after all entries of the call, or everything is refused.
    With ``may_fall_short`` the facts are booked, and what is missing becomes a shortfall, an
    incident and an event; what is made good closes it.
    Raises: OutOfStock, BucketTooSmall, NoSuchStock. Locks: levels.
    """
    if not entries:
        return 0
    keys = {entry.key for entry in entries}
    now = clock.now()
    with transaction.atomic():
        ledger.ensure_levels(keys)
        levels = ledger.lock_levels(keys)
        _refuse_unknown(keys, levels)
        ids = {key: level.id for key, level in levels.items()}
        written = ledger.insert_movements(entries, ids, principal=actor.principal, now=now)
        changes, buckets = _summed_changes(written)
        shortfalls = _change(changes, levels, may_fall_short=may_fall_short)
        if not ledger.change_buckets(buckets):
            raise BucketTooSmall
        report_shortfalls(levels.values(), shortfalls, actor=actor)
        settle_made_good(levels.values(), actor=actor)
        return len(written)


def moved_by(reference: str, keys: Collection[Key]) -> list[StockMovement]:
    """The entries with this reference on the levels of these goods, as they were written."""
    variants, locations = {key[0] for key in keys}, {key[1] for key in keys}
    return list(
        StockMovement.objects.filter(
            reference=reference,
            level__variant_id__in=variants,
            level__location_id__in=locations,
        )
        .select_related("level")
        .order_by("pk")
    )


def _change(
    changes: dict[int, Change], levels: dict[Key, LevelRow], *, may_fall_short: bool
) -> dict[int, int]:
    try:
        shortfalls = ledger.change_levels(changes, may_fall_short=may_fall_short)
    except DataError as error:
        raise QuantityNotValid from error
    if len(shortfalls) < len(changes):
        raise _lacking(changes, levels)
    return shortfalls


def _lacking(changes: dict[int, Change], levels: dict[Key, LevelRow]) -> OutOfStock:
    lines = []
    for key, level in levels.items():
        change = changes.get(level.id, Change())
        wanted = change.unavailable - change.on_hand
        if wanted > max(level.free, 0):
            lines.append(
                {
                    "variant_id": str(key[0]),
                    "location_id": str(key[1]),
                    "requested": wanted,
                    "available": max(level.free, 0),
                }
            )
    return OutOfStock(lines=lines)


def _summed_changes(
    written: Sequence[tuple[int, int, str, int]],
) -> tuple[dict[int, Change], dict[tuple[int, str], int]]:
    changes: dict[int, Change] = {}
    buckets: dict[tuple[int, str], int] = {}
    for level_id, quantity, bucket, bucket_quantity in written:
        so_far = changes.get(level_id, Change())
        changes[level_id] = Change(
            on_hand=so_far.on_hand + quantity, unavailable=so_far.unavailable + bucket_quantity
        )
        if bucket:
            place = (level_id, bucket)
            buckets[place] = buckets.get(place, 0) + bucket_quantity
    return changes, buckets


def _refuse_unknown(keys: set[Key], levels: dict[Key, LevelRow]) -> None:
    unknown = keys - levels.keys()
    if unknown:
        raise NoSuchStock(
            lines=[{"variant_id": str(key[0]), "location_id": str(key[1])} for key in unknown]
        )
