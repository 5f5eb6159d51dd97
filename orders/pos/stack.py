"""The sales of a store that are not finished: what is open at a till, and what lies on its stack.

Two statements at most, however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

_CARTS = """
SELECT c.id, c.status = 'at_till' AND c.register_id = %(register)s, c.customer_id,
    coalesce(nullif(cu.name, ''), c.contact_name), c.token_digest <> '', r.name,
    c.created_at, c.updated_at, coalesce(nullif(u.display_name, ''), u.email, ''),
    coalesce(sum(l.quantity), 0)::bigint,
    coalesce(sum(round(li.price_minor * l.quantity::numeric / li.price_quantity)), 0)::bigint,
    EXISTS (SELECT FROM orders_takentender t WHERE t.cart_id = c.id)
FROM orders_cart c
JOIN orders_register r ON r.id = c.register_id AND r.location_id = %(location)s
LEFT JOIN customers_customer cu ON cu.id = c.customer_id
LEFT JOIN omni_user u ON u.id = c.parked_by
LEFT JOIN orders_cartline l ON l.cart_id = c.id
LEFT JOIN inventory_listing li ON li.variant_id = l.variant_id AND li.channel_id = r.channel_id
WHERE c.status IN ('parked', 'at_till')
  AND (c.status = 'parked' OR c.register_id = %(register)s)
GROUP BY c.id, cu.name, r.name, u.id
ORDER BY c.updated_at DESC, c.id DESC
LIMIT 40
"""
_ELSEWHERE = """
SELECT c.id, ch.name, ch.kind, sum(l.quantity)::bigint,
    coalesce(sum(round(li.price_minor * l.quantity::numeric / li.price_quantity)), 0)::bigint,
    (array_agg(m.url ORDER BY l.added_at) FILTER (WHERE m.url IS NOT NULL))[1:3]
FROM orders_cart c
JOIN inventory_channel ch ON ch.id = c.channel_id
JOIN orders_cartline l ON l.cart_id = c.id
LEFT JOIN inventory_listing li ON li.variant_id = l.variant_id AND li.channel_id = %(channel)s
JOIN inventory_variant v ON v.id = l.variant_id
LEFT JOIN LATERAL (
    SELECT url FROM inventory_media
    WHERE product_id = v.product_id AND (variant_id = v.id OR variant_id IS NULL)
    ORDER BY variant_id IS NULL, position, id LIMIT 1) m ON true
WHERE c.customer_id = %(customer)s AND c.status = 'active' AND c.currency = %(currency)s
GROUP BY c.id, ch.name, ch.kind
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sale that is not finished; ``total_minor`` is its goods at the till's prices."""

    cart_id: UUID
    is_open_here: bool
    customer_id: UUID | None
    name: str
    is_from_device: bool
    register_name: str
    began_at: datetime
    touched_at: datetime
    parked_by: str
    items: int
    total_minor: int
    is_part_paid: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the customer gathered in another channel."""

    cart_id: UUID
    channel_name: str
    channel_kind: str
    items: int
    total_minor: int
    pictures: list[str] | None


@dataclass(frozen=True, slots=True)
class Stack:
    """The sale that is open at a register, and all others that can be opened there."""

    current: Waiting | None
    others: list[Waiting]


def stack_at(*, register_id: UUID, location_id: UUID) -> Stack:
    """All sales of a store's tills that are not finished, the last touched first."""
    with connection.cursor() as cursor:
        cursor.execute(_CARTS, {"register": register_id, "location": location_id})
        rows = [Waiting(*row) for row in cursor.fetchall()]
    current = next((row for row in rows if row.is_open_here), None)
    return Stack(current, [row for row in rows if row is not current and row.items])


def cart_elsewhere(*, customer_id: UUID, channel_id: UUID, currency: str) -> Elsewhere | None:
    """The open cart of a customer that no till has, at the till's prices."""
    values: dict[str, Any] = {"customer": customer_id, "channel": channel_id, "currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, values)
        row = cursor.fetchone()
    return Elsewhere(*row) if row else None
