"""What must always hold of tills: the drawer and the journal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="D1",
    title=_("A shift expects the sum of its cash entries, and closed it is what was counted"),
    explain=_("Cash was booked past the till, or a shift was closed without its difference."),
    sql="""
SELECT s.id, s.status, s.expected_minor, s.counted_minor, coalesce(e.moved, 0) AS moved,
       coalesce(e.difference, 0) AS difference
FROM orders_shift s
LEFT JOIN (SELECT shift_id,
                  sum(amount_minor) FILTER (WHERE kind <> 'difference') AS moved,
                  sum(amount_minor) FILTER (WHERE kind = 'difference') AS difference
           FROM orders_cashentry GROUP BY 1) e ON e.shift_id = s.id
WHERE (s.expected_minor IS NOT NULL AND s.expected_minor <> coalesce(e.moved, 0))
   OR (s.status IN ('closed', 'force_closed') AND s.counted_minor IS NOT NULL
       AND s.counted_minor <> coalesce(e.moved, 0) + coalesce(e.difference, 0))
   OR coalesce(e.moved, 0) < 0
""",
)
invariant(
    code="D2",
    title=_("The journal of a register has no gaps"),
    explain=_("A sale is missing from a till's journal, or stands there twice."),
    sql="""
SELECT register_id, count(*) AS entries, max(number) AS last, min(number) AS first
FROM orders_journalentry GROUP BY 1
HAVING count(*) <> max(number) OR min(number) <> 1
""",
)
invariant(
    code="D3",
    title=_("The cash of a shift's journal lies in its drawer"),
    explain=_("A sale was paid in cash that the drawer's entries do not show, or the reverse."),
    sql="""
SELECT s.id, coalesce(j.cash, 0) AS journal, coalesce(e.cash, 0) AS drawer
FROM orders_shift s
LEFT JOIN (SELECT shift_id, sum(coalesce((tenders ->> 'cash')::bigint, 0)) AS cash
           FROM orders_journalentry GROUP BY 1) j ON j.shift_id = s.id
LEFT JOIN (SELECT shift_id, sum(amount_minor) AS cash FROM orders_cashentry
           WHERE kind IN ('sale', 'refund') GROUP BY 1) e ON e.shift_id = s.id
WHERE coalesce(j.cash, 0) <> coalesce(e.cash, 0)
""",
)
invariant(
    code="D4",
    title=_("A safe holds the sum of its entries, and each deposit left it under its own slip"),
    explain=_("Cash was booked past the store's day, or a deposit slip is missing."),
    sql="""
SELECT s.id, s.balance_minor, coalesce(e.moved, 0) AS moved, coalesce(e.deposits, 0) AS taken_out,
       coalesce(d.deposited, 0) AS on_slips, s.last_slip, coalesce(d.slips, 0) AS slips
FROM orders_safe s
LEFT JOIN (SELECT safe_id, sum(amount_minor) AS moved,
                  -sum(amount_minor) FILTER (WHERE kind = 'deposit') AS deposits
           FROM orders_safeentry GROUP BY 1) e ON e.safe_id = s.id
LEFT JOIN (SELECT safe_id, sum(amount_minor) AS deposited, count(*) AS slips,
                  max(slip_number) AS last
           FROM orders_deposit GROUP BY 1) d ON d.safe_id = s.id
WHERE s.balance_minor <> coalesce(e.moved, 0)
   OR coalesce(e.deposits, 0) <> coalesce(d.deposited, 0)
   OR s.last_slip <> coalesce(d.slips, 0) OR s.last_slip <> coalesce(d.last, 0)
""",
)
invariant(
    code="D5",
    title=_("The sums of a closed store day are those of the journal, the drawers and terminals"),
    explain=_(
        "A shift of a closed day moved money after it, or the day was written past the till."
    ),
    sql="""
SELECT d.id, d.total_minor, j.total, d.cash_minor, j.cash, c.cash AS drawers, d.card_minor, j.card,
       coalesce(b.card, 0) AS batches, j.live
FROM orders_storeday d
CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.total_minor), 0) AS total,
           coalesce(sum((e.tenders ->> 'cash')::bigint), 0) AS cash,
           coalesce(sum((e.tenders ->> 'card_terminal')::bigint), 0) AS card,
           (SELECT count(*) FROM orders_shift l
             WHERE l.store_day_id = d.id AND l.status NOT IN ('closed', 'force_closed')) AS live
    FROM orders_journalentry e JOIN orders_shift s ON s.id = e.shift_id
    WHERE s.store_day_id = d.id) j
CROSS JOIN LATERAL (
    SELECT coalesce(sum(k.amount_minor), 0) AS cash
    FROM orders_cashentry k JOIN orders_shift s ON s.id = k.shift_id
    WHERE s.store_day_id = d.id AND k.kind IN ('sale', 'refund')) c
LEFT JOIN (SELECT store_day_id, sum(expected_minor) AS card FROM orders_terminalbatch GROUP BY 1) b
    ON b.store_day_id = d.id
WHERE d.status = 'closed'
  AND (d.total_minor <> j.total OR d.cash_minor <> j.cash OR d.cash_minor <> c.cash
       OR d.card_minor <> j.card OR j.card <> coalesce(b.card, 0) OR j.live > 0)
""",
)
