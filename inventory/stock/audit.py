"""Invariants of stock: levels, ledger, buckets and claims agree, and nothing is promised twice."""

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="S1",
    title=_("Units on hand are the sum of their movements"),
    sql="""
SELECT l.id, l.variant_id, l.location_id, l.on_hand, coalesce(m.units, 0) AS moved
  FROM inventory_stocklevel l
  LEFT JOIN (SELECT level_id, sum(quantity) AS units FROM inventory_stockmovement GROUP BY 1) m
    ON m.level_id = l.id
 WHERE l.on_hand <> coalesce(m.units, 0)
""",
    explain=_("A level was written past the stock operations. Count the goods and correct it."),
)
invariant(
    code="S2",
    title=_("Committed and held units are the sums of the open reservations"),
    sql="""
SELECT l.id, l.variant_id, l.location_id, l.committed, l.held,
       coalesce(r.committed, 0) AS claimed_committed, coalesce(r.held, 0) AS claimed_held
  FROM inventory_stocklevel l
  LEFT JOIN (SELECT level_id,
                    sum(quantity) FILTER (WHERE status = 'committed') AS committed,
                    sum(quantity) FILTER (WHERE status IN ('held', 'requested')) AS held
               FROM inventory_reservation
              WHERE status IN ('held', 'requested', 'committed') GROUP BY 1) r
    ON r.level_id = l.id
 WHERE l.committed <> coalesce(r.committed, 0) OR l.held <> coalesce(r.held, 0)
""",
    explain=_("Units are blocked for nobody, or promised without being blocked."),
)
invariant(
    code="S3",
    title=_(
        "Nothing is promised beyond what is there, unless a shortfall with an incident says so"
    ),
    sql="""
SELECT l.id, l.variant_id, l.location_id, l.on_hand, l.unavailable, l.committed, l.held, l.shortfall
  FROM inventory_stocklevel l
 WHERE l.committed + l.held + l.unavailable - l.on_hand > l.shortfall
    OR least(l.unavailable, l.committed, l.held, l.shortfall, l.safety) < 0
    OR (l.shortfall > 0 AND NOT EXISTS (
        SELECT FROM omni_incident i
         WHERE i.kind = 'stock_shortfall' AND i.subject_kind = 'stock_level'
           AND i.subject_id = l.id::text AND i.status <> 'closed'))
""",
    explain=_("Somebody will not get what was promised, and nobody has been told to decide."),
)
invariant(
    code="S4",
    title=_("No hold is open more than two minutes after it expired"),
    sql="""
SELECT id, level_id, owner_kind, owner_id, expires_at
  FROM inventory_reservation
 WHERE status IN ('held', 'requested') AND expires_at < now() - interval '2 minutes'
""",
    explain=_("The sweep does not run: see the worker and beat. Sales are not blocked by it."),
)
invariant(
    code="S7",
    title=_("Each reference moved a level once for each order line"),
    sql="""
SELECT level_id, reference, order_line_id, count(*) AS movements
  FROM inventory_stockmovement
 GROUP BY level_id, reference, order_line_id HAVING count(*) > 1
""",
    explain=_("Goods were booked twice for one cause. Correct the level by the difference."),
)
invariant(
    code="S14",
    title=_("Unavailable units are the sum of the buckets, and buckets of their movements"),
    sql="""
SELECT l.id, l.variant_id, l.location_id, l.unavailable, coalesce(b.units, 0) AS in_buckets,
       coalesce(m.units, 0) AS moved
  FROM inventory_stocklevel l
  LEFT JOIN (SELECT level_id, sum(quantity) AS units FROM inventory_stockbucket GROUP BY 1) b
    ON b.level_id = l.id
  LEFT JOIN (SELECT level_id, sum(bucket_quantity) AS units FROM inventory_stockmovement
              WHERE bucket <> '' GROUP BY 1) m
    ON m.level_id = l.id
 WHERE l.unavailable <> coalesce(b.units, 0) OR l.unavailable <> coalesce(m.units, 0)
""",
    explain=_("A bucket was written past the stock operations. Look and move the units."),
)
