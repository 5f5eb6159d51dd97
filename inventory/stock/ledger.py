"""The statements on levels: lock in order, check and write in one, post movements.

Levels are always locked in the order of their ids before anything is decided, and every change of a
reservation happens under the lock of its level; a statement that begins after the lock therefore
sees every claim. A guarded statement changes all levels or none, so a refusal leaves nothing to
undo and the caller may go on in its transaction.

Shortfall only rises where ``may_fall_short`` says so. Everywhere else it can only fall, which keeps
the CHECK on promises a wall behind the guard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from inventory.stock.lines import Demand, Entry, Key
from omni.core.statements import hot_cursor


class LevelRow(NamedTuple):
    """A locked level."""

    id: int
    variant_id: UUID
    location_id: UUID
    on_hand: int
    unavailable: int
    committed: int
    held: int
    safety: int
    shortfall: int

    @property
    def key(self) -> Key:
        return (self.variant_id, self.location_id)

    @property
    def free(self) -> int:
        """Units on hand that nobody has a claim on, safety stock included."""
        return self.on_hand - self.unavailable - self.committed - self.held


@dataclass(frozen=True, slots=True)
class Change:
    """How the counters of one level change."""

    on_hand: int = 0
    unavailable: int = 0
    committed: int = 0
    held: int = 0


# The ids come from an array, not from a join: a row that another transaction changed while this one
# waited for its lock is judged again alone, and would not find its partners of a join any more.
_LOCK_KEYS = """
SELECT l.id, l.variant_id, l.location_id, l.on_hand, l.unavailable, l.committed, l.held, l.safety,
       l.shortfall
FROM inventory_stocklevel l
WHERE l.id = ANY(ARRAY(
    SELECT s.id
    FROM unnest(%(variants)s::uuid[], %(locations)s::uuid[]) AS k (variant_id, location_id)
    JOIN inventory_stocklevel s USING (variant_id, location_id)
    UNION ALL
    SELECT r.level_id FROM inventory_reservation r
    WHERE r.owner_id = %(hold_owner)s AND r.status IN ('held', 'requested')
))
ORDER BY l.id FOR NO KEY UPDATE OF l
"""

_LOCK_IDS = """
SELECT l.id, l.variant_id, l.location_id, l.on_hand, l.unavailable, l.committed, l.held, l.safety,
       l.shortfall
FROM inventory_stocklevel l
WHERE l.id = ANY(%(ids)s::bigint[])
ORDER BY l.id FOR NO KEY UPDATE OF l
"""

# Missing rows are made in one order, and only for goods and places that exist.
_ENSURE = """
INSERT INTO inventory_stocklevel
    (variant_id, location_id, on_hand, unavailable, committed, held, incoming, safety, shortfall)
SELECT v.id, p.id, 0, 0, 0, 0, 0, 0, 0
FROM (
    SELECT DISTINCT variant_id, location_id
    FROM unnest(%(variants)s::uuid[], %(locations)s::uuid[]) AS k (variant_id, location_id)
) k
JOIN inventory_variant v ON v.id = k.variant_id
JOIN inventory_location p ON p.id = k.location_id
WHERE NOT EXISTS (
    SELECT 1 FROM inventory_stocklevel l
    WHERE l.variant_id = k.variant_id AND l.location_id = k.location_id
)
ORDER BY v.id, p.id
ON CONFLICT (variant_id, location_id) DO NOTHING
"""

# A live hold of the owner is honoured up to its quantity whatever safety and buffer say now; what
# goes beyond it must leave both untouched. Holds of the owner end in the same statement.
_CLAIM = """
WITH want AS (
    SELECT * FROM unnest(%(levels)s::bigint[], %(needs)s::bigint[], %(buffers)s::bigint[])
        AS w (level_id, need, buffer)
), own AS (
    SELECT r.level_id, sum(r.quantity) AS units,
           coalesce(sum(r.quantity) FILTER (WHERE r.expires_at > %(now)s), 0) AS live
    FROM inventory_reservation r
    WHERE r.owner_id = %(hold_owner)s AND r.status IN ('held', 'requested')
      AND r.level_id = ANY(%(levels)s::bigint[])
    GROUP BY r.level_id
), judged AS (
    SELECT w.level_id, w.need, coalesce(o.units, 0) AS own,
           w.need = 0 OR (
               free.units >= w.need
               AND (w.need <= coalesce(o.live, 0)
                    OR free.units - l.safety * %(safety)s - w.buffer >= w.need)
           ) AS is_possible
    FROM want w
    JOIN inventory_stocklevel l ON l.id = w.level_id
    LEFT JOIN own o ON o.level_id = w.level_id
    CROSS JOIN LATERAL (
        SELECT l.on_hand - l.unavailable - l.committed - l.held + coalesce(o.units, 0) AS units
    ) free
)
UPDATE inventory_stocklevel l
SET on_hand = l.on_hand - j.need * %(take)s,
    committed = l.committed + j.need * %(commit)s,
    held = l.held - j.own + j.need * %(hold)s,
    shortfall = LEAST(l.shortfall, GREATEST(
        0, l.committed + l.held + l.unavailable - l.on_hand + j.need - j.own))
FROM judged j
WHERE l.id = j.level_id
  AND (SELECT bool_and(is_possible) FROM judged)
  AND (j.need = 0 OR l.on_hand - l.unavailable - l.committed - l.held + j.own >= j.need)
  AND NOT EXISTS (
      SELECT 1 FROM inventory_stockmovement m
      WHERE m.level_id = ANY(%(levels)s::bigint[]) AND m.reference = %(reference)s
  )
RETURNING j.own
"""

# A change that takes nothing away from what is free is always right; any other must leave at least
# nothing free, or (a count, a loss, an offline sale) open a shortfall.
_CHANGE = """
WITH d AS (
    SELECT * FROM unnest(
        %(levels)s::bigint[], %(on_hand)s::int[], %(unavailable)s::int[], %(committed)s::int[],
        %(held)s::int[]
    ) AS d (level_id, on_hand, unavailable, committed, held)
), judged AS (
    SELECT d.*,
        l.unavailable + d.unavailable >= 0
        AND l.committed + d.committed >= 0
        AND l.held + d.held >= 0
        AND (
            %(may_fall_short)s
            OR d.on_hand - d.unavailable - d.committed - d.held >= 0
            OR l.on_hand - l.unavailable - l.committed - l.held
               + d.on_hand - d.unavailable - d.committed - d.held >= 0
        ) AS is_possible
    FROM d JOIN inventory_stocklevel l ON l.id = d.level_id
)
UPDATE inventory_stocklevel l
SET on_hand = l.on_hand + j.on_hand,
    unavailable = l.unavailable + j.unavailable,
    committed = l.committed + j.committed,
    held = l.held + j.held,
    shortfall = LEAST(
        CASE WHEN %(may_fall_short)s THEN 2147483647 ELSE l.shortfall END,
        GREATEST(0, l.committed + j.committed + l.held + j.held + l.unavailable + j.unavailable
                    - l.on_hand - j.on_hand))
FROM judged j
WHERE l.id = j.level_id AND (SELECT bool_and(is_possible) FROM judged)
RETURNING l.id, l.shortfall
"""

_EXPIRE = """
WITH gone AS (
    UPDATE inventory_reservation
    SET status = 'expired'
    WHERE level_id = ANY(%(levels)s::bigint[])
      AND status IN ('held', 'requested') AND expires_at <= %(now)s
    RETURNING level_id, quantity
), freed AS (
    SELECT level_id, sum(quantity) AS units, count(*) AS holds FROM gone GROUP BY level_id
)
UPDATE inventory_stocklevel l
SET held = l.held - f.units,
    shortfall = LEAST(l.shortfall, GREATEST(
        0, l.committed + l.held + l.unavailable - l.on_hand - f.units))
FROM freed f
WHERE l.id = f.level_id
RETURNING f.holds
"""

_INSERT_MOVEMENTS = """
INSERT INTO inventory_stockmovement
    (level_id, kind, quantity, bucket, bucket_quantity, reason, note, reference, order_line_id,
     principal, occurred_at)
SELECT e.level_id, e.kind, e.quantity, e.bucket, e.bucket_quantity, e.reason, e.note, e.reference,
       e.order_line_id, %(principal)s, e.occurred_at
FROM unnest(
    %(levels)s::bigint[], %(kinds)s::text[], %(quantities)s::int[], %(buckets)s::text[],
    %(bucket_quantities)s::int[], %(reasons)s::text[], %(notes)s::text[], %(references)s::text[],
    %(lines)s::uuid[], %(moments)s::timestamptz[]
) WITH ORDINALITY AS e (
    level_id, kind, quantity, bucket, bucket_quantity, reason, note, reference, order_line_id,
    occurred_at, place
)
ORDER BY e.place
ON CONFLICT (level_id, reference, order_line_id) DO NOTHING
RETURNING level_id, quantity, bucket, bucket_quantity
"""

_RAISE_BUCKETS = """
INSERT INTO inventory_stockbucket AS b (level_id, bucket, quantity)
SELECT * FROM unnest(%(levels)s::bigint[], %(buckets)s::text[], %(quantities)s::int[])
ON CONFLICT (level_id, bucket) DO UPDATE SET quantity = b.quantity + EXCLUDED.quantity
"""

_LOWER_BUCKETS = """
UPDATE inventory_stockbucket b
SET quantity = b.quantity + d.quantity
FROM unnest(%(levels)s::bigint[], %(buckets)s::text[], %(quantities)s::int[])
    AS d (level_id, bucket, quantity)
WHERE b.level_id = d.level_id AND b.bucket = d.bucket AND b.quantity + d.quantity >= 0
"""


def lock_levels(keys: Collection[Key], *, hold_owner_id: UUID | None = None) -> dict[Key, LevelRow]:
    """The levels of these goods, and those where the owner holds something, locked in order."""
    found = _fetch(_LOCK_KEYS, {**_split(keys), "hold_owner": hold_owner_id})
    return {level.key: level for level in (LevelRow(*row) for row in found)}


def lock_level_ids(ids: Collection[int]) -> dict[int, LevelRow]:
    """The levels with these ids, locked in order."""
    if not ids:
        return {}
    return {row[0]: LevelRow(*row) for row in _fetch(_LOCK_IDS, {"ids": list(ids)})}


def ensure_levels(keys: Collection[Key]) -> None:
    """Make the missing levels, empty. Unknown variants and locations get none."""
    _run(_ENSURE, _split(keys))


class Effect(NamedTuple):
    """What a claim does with the units it gets."""

    hold: int = 0
    commit: int = 0
    take: int = 0


def claim_levels(
    levels: Collection[LevelRow],
    demand: Demand,
    *,
    effect: Effect,
    hold_owner_id: UUID | None,
    uses_safety: bool,
    now: datetime,
    reference: str | None = None,
) -> tuple[bool, bool]:
    """Check and write in one statement, for all levels or none.

    Levels without demand only lose the owner's holds. Returns whether it was possible, and whether
    holds of the owner ended. Not possible too when ``reference`` already moved these levels.
    """
    if not levels:
        return True, False
    own = _fetch(
        _CLAIM,
        {
            "levels": [level.id for level in levels],
            "needs": [demand.needs.get(level.key, 0) for level in levels],
            "buffers": [demand.buffers.get(level.key, 0) for level in levels],
            "hold_owner": hold_owner_id,
            "safety": int(uses_safety),
            "now": now,
            "reference": reference,
            **effect._asdict(),
        },
    )
    return len(own) == len(levels), any(units for (units,) in own)


def change_levels(changes: dict[int, Change], *, may_fall_short: bool = False) -> dict[int, int]:
    """Apply all changes in one guarded statement, or none: then the answer is empty.

    Returns the shortfall of each level afterwards.
    """
    if not changes:
        return {}
    values = list(changes.values())
    rows = _fetch(
        _CHANGE,
        {
            "levels": list(changes),
            "on_hand": [change.on_hand for change in values],
            "unavailable": [change.unavailable for change in values],
            "committed": [change.committed for change in values],
            "held": [change.held for change in values],
            "may_fall_short": may_fall_short,
        },
    )
    return dict(rows)


def expire_on(levels: Iterable[int], *, now: datetime) -> int:
    """End the expired holds of these (locked) levels. Returns how many ended."""
    return sum(row[0] for row in _fetch(_EXPIRE, {"levels": list(levels), "now": now}))


def insert_movements(
    entries: Sequence[Entry], level_ids: dict[Key, int], *, principal: str, now: datetime
) -> list[tuple[int, int, str, int]]:
    """Write the entries that the ledger has not yet. Returns level, quantity, bucket, its change.

    The level ids are those of locked levels.
    """
    return _fetch(
        _INSERT_MOVEMENTS,
        {
            "principal": principal,
            "levels": [level_ids[entry.key] for entry in entries],
            "kinds": [entry.kind for entry in entries],
            "quantities": [entry.quantity for entry in entries],
            "buckets": [entry.bucket for entry in entries],
            "bucket_quantities": [entry.bucket_quantity for entry in entries],
            "reasons": [entry.reason for entry in entries],
            "notes": [entry.note for entry in entries],
            "references": [entry.reference for entry in entries],
            "lines": [entry.order_line_id for entry in entries],
            "moments": [entry.occurred_at or now for entry in entries],
        },
    )


def change_buckets(changes: dict[tuple[int, str], int]) -> bool:
    """Apply the changes to the buckets. False if one has too little (undo the transaction then)."""
    lower = {key: change for key, change in changes.items() if change < 0}
    higher = {key: change for key, change in changes.items() if change > 0}
    if higher:
        _run(_RAISE_BUCKETS, _split_buckets(higher))
    return not lower or _run(_LOWER_BUCKETS, _split_buckets(lower)) == len(lower)


def _split_buckets(changes: dict[tuple[int, str], int]) -> dict[str, list[Any]]:
    return {
        "levels": [level_id for level_id, _ in changes],
        "buckets": [bucket for _, bucket in changes],
        "quantities": list(changes.values()),
    }


def _split(keys: Collection[Key]) -> dict[str, Any]:
    return {"variants": [key[0] for key in keys], "locations": [key[1] for key in keys]}


def _fetch(statement: str, values: dict[str, Any]) -> list[Any]:
    with hot_cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _run(statement: str, values: dict[str, Any]) -> int:
    with hot_cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
