"""What is known of a customer beside what happened: identifiers, addresses, consents, devices, and
what they bought by month. One statement, whatever a customer has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from omni.core.money import Money
from omni.core.statements import hot_cursor

MONTHS = 12
MOST = 20  # identifiers, addresses, devices: what a page can show

# Money is what was taken less what was given back, at the month of the order.
_DOSSIER = """
SELECT
    (SELECT coalesce(json_agg(i ORDER BY i.is_verified DESC, i.id), '[]') FROM (
        SELECT id, kind, namespace, value, is_verified, created_at FROM customers_identifier
        WHERE customer_id = %(customer)s ORDER BY is_verified DESC, id LIMIT %(most)s) i),
    (SELECT coalesce(json_agg(a ORDER BY a.is_default DESC, a.created_at, a.id), '[]') FROM (
        SELECT id, label, name, street, postal_code, city, country, is_default, created_at
        FROM customers_address WHERE customer_id = %(customer)s
        ORDER BY is_default DESC, created_at LIMIT %(most)s) a),
    (SELECT coalesce(json_agg(c ORDER BY c.purpose), '[]') FROM (
        SELECT DISTINCT ON (purpose) purpose, is_granted, occurred_at FROM customers_consent
        WHERE customer_id = %(customer)s ORDER BY purpose, id DESC) c),
    (SELECT coalesce(json_agg(v ORDER BY v.linked_at DESC), '[]') FROM (
        SELECT visitor_id, linked_at, until_at FROM journeys_visitorlink
        WHERE customer_id = %(customer)s ORDER BY linked_at DESC LIMIT %(most)s) v),
    (SELECT coalesce(json_agg(m), '[]') FROM (
        SELECT o.currency, to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
            count(DISTINCT o.id) AS orders, max(o.placed_at) AS last_at,
            coalesce(sum(p.captured_minor - p.refunded_minor), 0) AS minor
        FROM orders_order o LEFT JOIN orders_payment p ON p.order_id = o.id
        WHERE o.customer_id = %(customer)s AND o.status IN ('confirmed', 'completed')
        GROUP BY 1, 2) m)
"""


@dataclass(frozen=True, slots=True)
class Purchases:
    """What a customer bought and kept, in the currency in which they buy most."""

    total: Money | None
    by_month: Sequence[int]
    orders: int
    last_at: datetime | None
    others: Sequence[Money] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """The facts of one customer. Rows are dicts of their columns."""

    identifiers: Sequence[Mapping[str, Any]]
    addresses: Sequence[Mapping[str, Any]]
    consents: Sequence[Mapping[str, Any]]
    visitors: Sequence[Mapping[str, Any]]
    purchases: Purchases


def dossier_of(customer_id: UUID, now: datetime) -> Dossier:
    """Everything of one customer, in one statement."""
    with hot_cursor() as cursor:
        cursor.execute(_DOSSIER, {"customer": customer_id, "most": MOST})
        identifiers, addresses, consents, visitors, months = cursor.fetchone()
    return Dossier(
        identifiers=_dated(identifiers, "created_at"),
        addresses=_dated(addresses, "created_at"),
        consents=_dated(consents, "occurred_at"),
        visitors=_dated(visitors, "linked_at", "until_at"),
        purchases=purchases(_dated(months, "last_at"), now),
    )


def purchases(rows: Sequence[Mapping[str, Any]], now: datetime) -> Purchases:
    """Sums and the trend of the last months, of rows by currency and month."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + int(row["minor"])
    if not rows:
        return Purchases(None, (), 0, None)
    main = max(sums, key=lambda currency: (sums[currency], currency))
    months = {row["month"]: int(row["minor"]) for row in rows if row["currency"] == main}
    return Purchases(
        total=Money(sums.pop(main), main),
        by_month=[months.get(month, 0) for month in _last_months(now)],
        orders=sum(int(row["orders"]) for row in rows),
        last_at=max(row["last_at"] for row in rows),
        others=[Money(minor, currency) for currency, minor in sorted(sums.items()) if minor],
    )


def _last_months(now: datetime) -> list[str]:
    first = now.astimezone(UTC).replace(day=1)
    found = []
    for _month in range(MONTHS):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]


def _dated(rows: Sequence[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Rows of JSON with their moments as moments."""
    for row in rows:
        for name in names:
            if row[name] is not None:
                row[name] = datetime.fromisoformat(row[name])
    return list(rows)
