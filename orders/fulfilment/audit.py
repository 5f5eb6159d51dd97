"""What must always hold of goods that leave. Codes and meaning after the house's list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="O4",
    title=_("Fulfilled counters equal the units that left by fulfilment orders"),
    explain=_("A line counts more or less as fulfilled than its locations handed over or sent."),
    sql="""
SELECT l.id, l.order_id, l.quantity_fulfilled, coalesce(f.units, 0) AS left_the_house
FROM orders_orderline l
LEFT JOIN (SELECT order_line_id, sum(handed_over) AS units
           FROM orders_fulfilmentline GROUP BY 1) f ON f.order_line_id = l.id
WHERE l.quantity_fulfilled <> coalesce(f.units, 0)
""",
)
invariant(
    code="O7",
    title=_("A pickup that was handed over names who, when and on which proof, once per unit"),
    explain=_("Units left a counter without a hand-over, or a hand-over without its units."),
    sql="""
SELECT w.id, w.order_id, w.status, g.units AS given, l.units AS counted
FROM orders_fulfilmentorder w
LEFT JOIN (SELECT h.fulfilment_order_id, sum(q.value::int) AS units
           FROM orders_handover h CROSS JOIN LATERAL jsonb_each_text(h.quantities) q
           WHERE h.undone_at IS NULL GROUP BY 1) g ON g.fulfilment_order_id = w.id
LEFT JOIN (SELECT fulfilment_order_id, sum(handed_over) AS units
           FROM orders_fulfilmentline GROUP BY 1) l ON l.fulfilment_order_id = w.id
WHERE w.method = 'pickup'
  AND (coalesce(g.units, 0) <> coalesce(l.units, 0)
       OR (w.status = 'handed_over' AND coalesce(g.units, 0) = 0))
UNION ALL
SELECT w.id, w.order_id, w.status, NULL, NULL
FROM orders_handover h JOIN orders_fulfilmentorder w ON w.id = h.fulfilment_order_id
WHERE h.proof = '' OR h.principal = ''
""",
)
invariant(
    code="S8",
    title=_("What counts as fulfilled left the stock exactly once"),
    explain=_("Goods were handed over without leaving the books, or left them twice."),
    sql="""
SELECT l.id, l.order_id, l.quantity_fulfilled, coalesce(m.units, 0) AS moved_out
FROM orders_orderline l
JOIN inventory_variant v ON v.id = l.variant_id AND v.is_stocked
LEFT JOIN (SELECT order_line_id, -sum(quantity) AS units FROM inventory_stockmovement
           WHERE order_line_id IS NOT NULL
             AND kind IN ('sold', 'shipped', 'handed_over', 'undone')
           GROUP BY 1) m ON m.order_line_id = l.id
WHERE l.quantity_fulfilled <> coalesce(m.units, 0)
""",
)
