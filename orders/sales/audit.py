"""What must always hold of orders. Codes and meaning after the house's list of invariants."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="O1",
    title=_("The total of an order is the sum of its lines and charges"),
    explain=_("An order was changed after it was sold. Its parts say what it costs."),
    sql="""
SELECT o.id, o.number, o.total_minor, o.tax_minor,
       coalesce(l.total, 0) + coalesce(a.total, 0) AS parts
FROM orders_order o
LEFT JOIN (SELECT order_id, sum(total_minor) AS total, sum(tax_minor) AS tax
           FROM orders_orderline GROUP BY 1) l ON l.order_id = o.id
LEFT JOIN (SELECT order_id, sum(total_minor) AS total, sum(tax_minor) AS tax
           FROM orders_adjustment GROUP BY 1) a ON a.order_id = o.id
WHERE o.total_minor <> coalesce(l.total, 0) + coalesce(a.total, 0)
   OR o.tax_minor <> coalesce(l.tax, 0) + coalesce(a.tax, 0)
   OR l.order_id IS NULL
""",
)
invariant(
    code="O2",
    title=_("The total of a line is the price of its quantity, with its tax"),
    explain=_("A line's amounts do not follow from price and quantity (a part may round by one)."),
    sql="""
SELECT l.id, l.order_id, l.price_minor, l.price_quantity, l.quantity, l.net_minor, l.tax_minor,
       l.total_minor
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
WHERE l.total_minor <> l.net_minor + l.tax_minor
   OR abs((CASE o.tax_display WHEN 'gross' THEN l.total_minor ELSE l.net_minor END)
          - l.price_minor::numeric * l.quantity / l.price_quantity) > 1
   OR l.cancelled_minor < 0 OR l.cancelled_minor > greatest(l.total_minor, 0)
""",
)
invariant(
    code="O3",
    title=_("Quantities nest: cancelled and fulfilled in ordered, returned in fulfilled"),
    explain=_("More left the house than was sold, or more came back than left."),
    sql="""
SELECT id, order_id, quantity, quantity_cancelled, quantity_fulfilled, quantity_returned
FROM orders_orderline
WHERE quantity_cancelled + quantity_fulfilled > quantity
   OR quantity_returned > quantity_fulfilled
   OR least(quantity_cancelled, quantity_fulfilled, quantity_returned) < 0
""",
)
invariant(
    code="O6",
    title=_("One order per cart, and each knows the other"),
    explain=_("A cart was ordered twice, or its order is another one's."),
    sql="""
SELECT c.id AS cart_id, c.order_id, o.id AS placed_id
FROM orders_cart c FULL JOIN orders_order o ON o.cart_id = c.id
WHERE (c.id IS NOT NULL AND o.id IS NOT NULL AND c.order_id IS DISTINCT FROM o.id)
   OR (c.status = 'ordered' AND o.id IS NULL)
   OR (c.id IS NOT NULL AND c.status <> 'ordered' AND o.id IS NOT NULL)
UNION ALL
SELECT cart_id, NULL, NULL FROM orders_order
WHERE cart_id IS NOT NULL GROUP BY cart_id HAVING count(*) > 1
""",
)

# Picked units that will not leave the house: their stock is free only once they are put back.
_ON_THE_SHELF = """
    SELECT order_line_id,
           sum(greatest(0, picked - handed_over - (quantity - short - cancelled - handed_over)))
             AS units
    FROM orders_fulfilmentline GROUP BY 1"""

invariant(
    code="S5",
    title=_("Every commitment belongs to a line of a live order"),
    explain=_("Stock is committed to an order that is over. Release it."),
    sql=f"""
SELECT r.id, r.order_line_id, r.quantity, o.number, o.status
FROM inventory_reservation r
LEFT JOIN orders_orderline l ON l.id = r.order_line_id
LEFT JOIN orders_order o ON o.id = l.order_id
LEFT JOIN ({_ON_THE_SHELF}) f ON f.order_line_id = l.id
WHERE r.status = 'committed'
  AND (o.id IS NULL OR o.status IN ('failed', 'completed', 'cancelled'))
  AND coalesce(f.units, 0) < r.quantity
""",  # noqa: S608  a constant of this file
)
invariant(
    code="S6",
    title=_("Commitments cover exactly the open units of an order"),
    explain=_("Units of an order are not committed, or more are than are still to be fulfilled."),
    sql=f"""
SELECT l.id, o.number, l.quantity - l.quantity_cancelled - l.quantity_fulfilled AS open,
       coalesce(r.units, 0) AS committed
FROM orders_orderline l
JOIN orders_order o ON o.id = l.order_id AND o.status IN ('placed', 'in_review', 'confirmed')
JOIN inventory_variant v ON v.id = l.variant_id AND v.is_stocked
LEFT JOIN (SELECT order_line_id, sum(quantity) AS units FROM inventory_reservation
           WHERE status = 'committed' GROUP BY 1) r ON r.order_line_id = l.id
LEFT JOIN ({_ON_THE_SHELF}) f ON f.order_line_id = l.id
WHERE coalesce(r.units, 0)
      <> l.quantity - l.quantity_cancelled - l.quantity_fulfilled + coalesce(f.units, 0)
""",  # noqa: S608  a constant of this file
)
