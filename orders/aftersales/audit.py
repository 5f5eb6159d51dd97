"""What must always hold of goods and money that come back. Codes after the house's list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="O5",
    title=_("Returned counters equal the units received by return cases"),
    explain=_("A line counts more or less as returned than its cases took back."),
    sql="""
SELECT l.id, l.order_id, l.quantity_returned, coalesce(r.units, 0) AS received
FROM orders_orderline l
LEFT JOIN (SELECT order_line_id, sum(received) AS units FROM orders_returnline
           WHERE disposition <> 'send_back' GROUP BY 1) r ON r.order_line_id = l.id
WHERE l.quantity_returned <> coalesce(r.units, 0)
""",
)
invariant(
    code="O8",
    title=_("A return is in the currency of its order, and paid back no further than refunded"),
    explain=_("A case names money that no refund gave back, or another currency than was paid."),
    sql="""
SELECT c.id, c.number, c.currency, o.currency AS order_currency, c.refunded_minor,
       coalesce(r.amount, 0) AS refunds
FROM orders_returncase c
JOIN orders_order o ON o.id = c.order_id
LEFT JOIN (SELECT split_part(substr(reference, 8), '/', 1) AS case_id, sum(amount_minor) AS amount
           FROM orders_refund WHERE reference LIKE 'return:%' AND status = 'succeeded'
           GROUP BY 1) r ON r.case_id = c.id::text
WHERE c.currency <> o.currency OR c.refunded_minor > coalesce(r.amount, 0)
""",
)
