"""The sales of a store that are not finished: what is open at a till, and what lies on its stack.

Two statements at most, however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound

_CARTS = """
SELECT c.id, c.status = 'parked', c.register_id, r.name, c.customer_id,
    coalesce(nullif(cu.name, ''), c.contact_name), c.created_at, c.updated_at,
    coalesce(nullif(u.display_name, ''), u.email, ''), coalesce(x.items, 0)::int,
    coalesce(x.names, '{}'), coalesce(x.total, 0)::bigint,
    coalesce((SELECT sum(t.amount_minor) FROM orders_takentender t
              WHERE t.cart_id = c.id AND t.returned_at IS NULL), 0)::bigint,
    c.currency
FROM orders_register r
JOIN orders_cart c ON c.register_id = r.id
LEFT JOIN customers_customer cu ON cu.id = c.customer_id
LEFT JOIN omni_user u ON u.id = c.parked_by
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN v.unit = 'gram' THEN 1 ELSE l.quantity END) AS items,
           sum(round(i.price_minor::numeric * l.quantity / i.price_quantity)) AS total,
           (array_agg(p.name ORDER BY l.added_at, l.id))[1:3] AS names
    FROM orders_cartline l
    JOIN inventory_variant v ON v.id = l.variant_id
    JOIN inventory_product p ON p.id = v.product_id
    LEFT JOIN inventory_listing i
        ON i.variant_id = l.variant_id AND i.channel_id = r.channel_id AND i.status = 'live'
    WHERE l.cart_id = c.id) x ON true
WHERE r.location_id = %(location)s
  AND (c.status = 'parked' OR (c.status = 'at_till' AND r.id = %(register)s))
ORDER BY c.updated_at DESC, c.id DESC
LIMIT 100
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
    """A sale that is not finished: laid aside, or open at the till that asks.

    ``total_minor`` is its goods at the prices of its register's channel now, of which
    ``taken_minor`` was paid already; ``names`` are its first three things.
    """

    cart_id: UUID
    is_parked: bool
    register_id: UUID
    register_name: str
    customer_id: UUID | None
    name: str
    began_at: datetime
    touched_at: datetime
    parked_by: str
    items: int
    names: Sequence[str]
    total_minor: int
    taken_minor: int
    currency: str


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
    rows = _unfinished(location_id, register_id)
    current = next((row for row in rows if not row.is_parked), None)
    return Stack(current, [row for row in rows if row is not current and row.items])


def parked_sales(actor: Actor, location_id: UUID) -> list[Waiting]:
    """What waits at the tills of a store, the last one first. One statement.

    Raises: NotFound (the actor does not sell there).
    """
    if not actor.may(Permission.POS_SELL, location_id=location_id):
        raise NotFound
    return [row for row in _unfinished(location_id, None) if row.items]


def _unfinished(location_id: UUID, register_id: UUID | None) -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(_CARTS, {"register": register_id, "location": location_id})
        return [Waiting(*row) for row in cursor.fetchall()]


def cart_elsewhere(*, customer_id: UUID, channel_id: UUID, currency: str) -> Elsewhere | None:
    """The open cart of a customer that no till has, at the till's prices."""
    values: dict[str, Any] = {"customer": customer_id, "channel": channel_id, "currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, values)
        row = cursor.fetchone()
    return Elsewhere(*row) if row else None
