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
