"""Sales that were laid aside at a store: whose, what, how long; opened again at any till there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from orders.checkout import at_till
from orders.checkout.models import Cart
from orders.checkout.reading import CartState
from orders.pos.drawer import open_shift_of
from orders.pos.models import Register
from orders.pos.selling import till_of


@dataclass(frozen=True, slots=True)
class ParkedSale:
    """A sale that waits. ``total_minor`` is at the prices of its register's channel now, of which
    ``taken_minor`` was paid already; ``names`` are its first three things."""

    cart_id: UUID
    register_id: UUID
    register_name: str
    customer_id: UUID | None
    customer_name: str
    items: int
    names: Sequence[str]
    total_minor: int
    taken_minor: int
    currency: str
    parked_at: datetime
    parked_by: str
    minutes: int


_PARKED = """
SELECT k.id, r.id, r.name, k.customer_id, coalesce(nullif(c.name, ''), k.contact_name),
       coalesce(x.items, 0)::int, coalesce(x.names, '{}'), coalesce(x.total, 0)::bigint,
       coalesce((SELECT sum(t.amount_minor) FROM orders_takentender t WHERE t.cart_id = k.id),
                0)::bigint,
       k.currency, k.updated_at, coalesce(nullif(u.display_name, ''), u.email, '')
FROM orders_register r
JOIN orders_cart k ON k.register_id = r.id AND k.status = 'parked'
LEFT JOIN customers_customer c ON c.id = k.customer_id
LEFT JOIN omni_user u ON u.id = k.parked_by
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN v.unit = 'gram' THEN 1 ELSE l.quantity END) AS items,
           sum(round(i.price_minor::numeric * l.quantity / i.price_quantity)) AS total,
           (array_agg(p.name ORDER BY l.added_at, l.id))[1:3] AS names
    FROM orders_cartline l
    JOIN inventory_variant v ON v.id = l.variant_id
    JOIN inventory_product p ON p.id = v.product_id
    LEFT JOIN inventory_listing i
        ON i.variant_id = l.variant_id AND i.channel_id = r.channel_id AND i.status = 'live'
    WHERE l.cart_id = k.id) x ON true
WHERE r.location_id = %(location)s
ORDER BY k.updated_at DESC, k.id
LIMIT 100
"""


def parked_sales(actor: Actor, location_id: UUID) -> list[ParkedSale]:
    """What waits at the tills of a store, the last one first. One statement beside the clock.

    Raises: NotFound (the actor does not sell there).
    """
    if not actor.may(Permission.POS_SELL, location_id=location_id):
        raise NotFound
    now = clock.now()
    values: dict[str, Any] = {"location": location_id}
    with connection.cursor() as cursor:
        cursor.execute(_PARKED, values)
        rows = cursor.fetchall()
    return [ParkedSale(*(*row, _minutes(now, row[-2]))) for row in rows]


@transaction.atomic
def recall_parked(*, shift_id: UUID, cart_id: UUID, actor: Actor) -> CartState:
    """Open a sale that was parked at any till of this store; what is open here is laid aside.

    A repeat returns it. Raises: NotFound (also for another store's), ShiftNotOpen, CartAtTill,
    InvalidTransition. Locks: carts. Emits: cart.opened.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    parked_at = Cart.objects.filter(pk=cart_id).values("register_id")
    here = Register.objects.filter(
        pk__in=parked_at, location_id=shift.register.location_id
    ).exists()
    if not here:
        raise NotFound
    return at_till.recall_sale(cart_id=cart_id, till=till_of(shift), actor=actor)


def _minutes(now: datetime, since: datetime) -> int:
    return max(0, int((now - since).total_seconds() // 60))
