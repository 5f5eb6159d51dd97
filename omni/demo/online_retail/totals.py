"""The figures of all that was ever loaded, read back from the database.

Orders, returns and corrections are counted where they live, not in the list of documents, so that
the table proves what the product holds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

# Figures of the year 2010/11 as published with the data, in pence.
REFERENCE: dict[str, int] = {
    "lines": 541_909,
    "invoices_sale": 22_061,
    "invoices_credit": 3_836,
    "invoices_adjust": 3,
    "customers": 4_372,
    "sales_minor": 1_065_562_248,
    "credits_minor": -89_681_249,
    "adjustments_minor": -1_106_206,
    "net_minor": 974_774_793,
    "clean_orders": 18_532,
    "clean_customers": 4_338,
}

_TOTALS = """
WITH shop AS (SELECT id FROM inventory_channel WHERE code = 'online-retail'),
sold AS (
    SELECT o.id, o.customer_id, o.total_minor,
           EXISTS (SELECT FROM orders_orderline l
                   WHERE l.order_id = o.id AND l.price_minor > 0) AS is_priced
    FROM orders_order o WHERE o.channel_id = (SELECT id FROM shop)),
cases AS (
    SELECT c.id, c.customer_id, c.refund_minor, c.refunded_minor
    FROM orders_returncase c WHERE c.channel_id = (SELECT id FROM shop)),
credited AS (SELECT coalesce(sum(refund_minor), 0) AS amount FROM cases),
corrected AS (
    SELECT count(*) AS entries, coalesce(sum(amount_minor), 0) AS amount
    FROM orders_accountcorrection WHERE channel_id = (SELECT id FROM shop))
SELECT
    (SELECT coalesce(sum(lines), 0) FROM omni_sourcedocument WHERE source = 'online_retail'),
    (SELECT count(*) FROM sold)
      + (SELECT count(*) FROM omni_sourcedocument
          WHERE source = 'online_retail' AND kind = 'stock'),
    (SELECT count(*) FROM omni_sourcedocument WHERE source = 'online_retail' AND kind = 'credit'),
    (SELECT entries FROM corrected),
    (SELECT count(*) FROM (SELECT customer_id FROM sold WHERE customer_id IS NOT NULL
                           UNION SELECT customer_id FROM cases WHERE customer_id IS NOT NULL) c),
    (SELECT coalesce(sum(total_minor), 0) FROM sold),
    (SELECT -amount FROM credited),
    (SELECT amount FROM corrected),
    (SELECT coalesce(sum(total_minor), 0) FROM sold)
      - (SELECT amount FROM credited) + (SELECT amount FROM corrected),
    (SELECT count(*) FROM sold WHERE customer_id IS NOT NULL AND is_priced),
    (SELECT count(DISTINCT customer_id) FROM sold WHERE customer_id IS NOT NULL AND is_priced)
"""

_RFM = """
SELECT i.raw, %(on)s::date - max(o.placed_at)::date, count(DISTINCT o.id), sum(l.total_minor)
FROM customers_identifier i
JOIN orders_order o ON o.customer_id = i.customer_id
JOIN inventory_channel c ON c.id = o.channel_id AND c.code = 'online-retail'
JOIN orders_orderline l ON l.order_id = o.id AND l.price_minor > 0
WHERE i.kind = 'external' AND i.namespace = 'online_retail' AND i.raw = ANY(%(numbers)s)
GROUP BY i.raw
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """Documents, customers and pence by kind. Credits and adjustments are negative."""

    lines: int
    invoices_sale: int
    invoices_credit: int
    invoices_adjust: int
    customers: int
    sales_minor: int
    credits_minor: int
    adjustments_minor: int
    net_minor: int
    clean_orders: int
    clean_customers: int

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def totals() -> Totals:
    """What the database holds of the ledger now. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS)
        return Totals(*(int(value) for value in cursor.fetchone()))


def recency_frequency_money(numbers: list[str], *, on_date: str) -> dict[str, tuple[int, int, int]]:
    """Per customer number: days since the last order, orders, pence (lines with a price)."""
    with connection.cursor() as cursor:
        cursor.execute(_RFM, {"on": on_date, "numbers": numbers})
        rows: list[Any] = cursor.fetchall()
    return {number: (days, orders, int(pence)) for number, days, orders, pence in rows}
