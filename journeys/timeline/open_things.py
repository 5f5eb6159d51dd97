"""What is open between a customer and the merchant: one statement over carts, pickups, parcels,
unpaid orders, returns, tasks, incidents and holds, and what was closed lately.

Everything of the customer is told, whatever the store: it is on the timeline too. What may be done
about it is another matter, and asked of the actor by the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.statements import hot_cursor

MOST = 30
CLOSED = 3


@dataclass(frozen=True, slots=True)
class OpenThing:
    """One open thing. ``facts`` are what its kind has; ``pictures`` those of its first goods."""

    kind: str
    id: str
    at: datetime
    facts: Mapping[str, Any]
    pictures: Sequence[Mapping[str, str]] = ()
    is_closed: bool = False

    def moment(self, name: str) -> datetime | None:
        """One of its moments, if it has it."""
        value = self.facts.get(name)
        return datetime.fromisoformat(value) if value else None


def open_things(*, actor: Actor, customer_id: UUID, now: datetime) -> list[OpenThing]:
    """What is open, the newest first; tasks and incidents only those that the actor may see."""
    places = actor.location_ids(Permission.WORK_VIEW)
    with hot_cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "customer": customer_id,
                "customer_text": str(customer_id),
                "everywhere": places is None,
                "places": sorted(places or (), key=str),
                "now": now,
                "most": MOST,
                "closed": CLOSED,
            },
        )
        rows = cursor.fetchall()
    return [
        OpenThing(kind, key, at, _read(facts), _read(pictures) or (), is_closed)
        for kind, key, at, facts, pictures, is_closed in rows
    ]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _pictures(lines: str) -> str:
    """Names and pictures of the first three goods of some lines (with variant_id and a number)."""
    return f"""(
    SELECT jsonb_agg(jsonb_build_object('name', s.name, 'url', coalesce(s.url, ''))) FROM (
        SELECT concat_ws(', ', p.name, nullif(v.name, '')) AS name, (
            SELECT m.url FROM inventory_media m WHERE m.product_id = p.id
                AND (m.variant_id = v.id OR m.variant_id IS NULL)
            ORDER BY m.variant_id IS NULL, m.position, m.id LIMIT 1) AS url
        FROM ({lines}) AS x(variant_id, position)
        JOIN inventory_variant v ON v.id = x.variant_id
        JOIN inventory_product p ON p.id = v.product_id
        ORDER BY x.position LIMIT 3) s)"""  # noqa: S608


_OF_WORK = _pictures(
    "SELECT l.variant_id, l.position FROM orders_fulfilmentline w"
    " JOIN orders_orderline l ON l.id = w.order_line_id WHERE w.fulfilment_order_id = f.id"
)
_OF_ORDER = _pictures(
    "SELECT l.variant_id, l.position FROM orders_orderline l WHERE l.order_id = o.id"
)
_OF_CASE = _pictures("SELECT l.variant_id, l.id FROM orders_returnline l WHERE l.case_id = r.id")
_OF_CART = _pictures(
    "SELECT l.variant_id, row_number() OVER (ORDER BY l.added_at, l.id)"
    " FROM orders_cartline l WHERE l.cart_id = k.id"
)

_WORK = f"""
SELECT CASE WHEN f.method = 'pickup' THEN 'pickup' ELSE 'parcel' END, f.id::text,
    coalesce(f.finished_at, f.created_at), jsonb_build_object(
        'number', o.number, 'order_id', o.id, 'status', f.status, 'method', f.method,
        'location_id', f.location_id,
        'location', l.name, 'due_at', f.due_at, 'shelf', p.shelf, 'ready_at', p.ready_at,
        'window_ends_at', p.window_ends_at, 'arrived_at', p.arrived_at,
        'is_locked', p.locked_at IS NOT NULL, 'payment', o.payment_status,
        'items', (SELECT sum(w.quantity - w.short - w.cancelled) FROM orders_fulfilmentline w
            WHERE w.fulfilment_order_id = f.id)),
    {_OF_WORK}, f.finished_at IS NOT NULL
FROM orders_order o
JOIN orders_fulfilmentorder f ON f.order_id = o.id
JOIN inventory_location l ON l.id = f.location_id
LEFT JOIN orders_pickup p ON p.fulfilment_order_id = f.id
WHERE o.customer_id = %(customer)s"""  # noqa: S608

_OPEN = f"""
({_WORK} AND f.method <> 'carry_out' AND f.status IN (
    'scheduled', 'on_hold', 'new', 'accepted', 'picking', 'waiting_transfer', 'packed',
    'dispatched', 'attempted', 'returning', 'refused_at_door', 'ready', 'partly_handed_over',
    'no_show', 'refused_at_counter')
ORDER BY f.created_at DESC LIMIT %(most)s)
UNION ALL
({_WORK} AND f.status IN ('handed_over', 'delivered', 'closed') AND f.finished_at IS NOT NULL
ORDER BY f.finished_at DESC LIMIT %(closed)s)
UNION ALL
(SELECT 'unpaid', o.id::text, o.placed_at, jsonb_build_object(
        'number', o.number, 'order_id', o.id, 'pay_by_at', o.pay_by_at, 'currency', o.currency,
        'minor', o.total_minor - o.cancelled_minor, 'in_review', o.status = 'in_review',
        'failed', EXISTS (SELECT FROM orders_payment p WHERE p.order_id = o.id
            AND p.status = 'failed')),
    {_OF_ORDER}, false
FROM orders_order o WHERE o.customer_id = %(customer)s AND o.status IN ('placed', 'in_review')
ORDER BY o.placed_at DESC LIMIT %(most)s)
UNION ALL
(SELECT 'return', r.id::text, coalesce(r.closed_at, r.opened_at), jsonb_build_object(
        'number', r.number, 'order_id', r.order_id, 'status', r.status, 'money', r.money_status,
        'minor', r.refund_minor - r.refunded_minor, 'refund_minor', r.refund_minor,
        'currency', r.currency, 'location_id', r.location_id, 'location', l.name,
        'opened_at', r.opened_at),
    {_OF_CASE}, false
FROM orders_returncase r LEFT JOIN inventory_location l ON l.id = r.location_id
WHERE r.customer_id = %(customer)s AND (
    r.status IN ('requested', 'authorised', 'in_transit', 'lost', 'partly_received', 'received',
        'refused', 'sent_back')
    OR r.money_status IN ('due', 'partly_settled', 'failed'))
ORDER BY r.id DESC LIMIT %(most)s)
UNION ALL
(SELECT 'return', r.id::text, r.closed_at, jsonb_build_object(
        'number', r.number, 'order_id', r.order_id, 'status', r.status, 'location', l.name),
    {_OF_CASE}, true
FROM orders_returncase r LEFT JOIN inventory_location l ON l.id = r.location_id
WHERE r.customer_id = %(customer)s AND r.closed_at IS NOT NULL
    AND r.money_status IN ('none', 'settled')
ORDER BY r.closed_at DESC LIMIT %(closed)s)
UNION ALL
(SELECT 'cart', k.id::text, k.updated_at, jsonb_build_object(
        'status', k.status, 'channel', c.name, 'channel_kind', c.kind, 'currency', k.currency,
        'register_id', k.register_id, 'held_until', k.held_until,
        'items', (SELECT sum(l.quantity) FROM orders_cartline l WHERE l.cart_id = k.id),
        'minor', (SELECT sum(round(i.price_minor::numeric * l.quantity / i.price_quantity))
            FROM orders_cartline l JOIN inventory_listing i
                ON i.variant_id = l.variant_id AND i.channel_id = k.channel_id
            WHERE l.cart_id = k.id)),
    {_OF_CART}, false
FROM orders_cart k JOIN inventory_channel c ON c.id = k.channel_id
WHERE k.customer_id = %(customer)s AND k.status IN ('active', 'parked', 'at_till')
    AND EXISTS (SELECT FROM orders_cartline l WHERE l.cart_id = k.id)
ORDER BY k.updated_at DESC LIMIT %(most)s)
UNION ALL
(SELECT 'task', t.id::text, t.created_at, jsonb_build_object(
        'title', t.title, 'due_at', t.due_at, 'status', t.status, 'location_id', t.location_id,
        'assignee', u.display_name),
    NULL::jsonb, false
FROM omni_task t LEFT JOIN omni_user u ON u.id = t.assignee_id
WHERE t.subject_kind = 'customer' AND t.subject_id = %(customer_text)s
    AND t.status IN ('open', 'doing')
    AND (%(everywhere)s::boolean OR t.location_id = ANY(%(places)s::uuid[]))
ORDER BY t.due_at NULLS LAST, t.id LIMIT %(most)s)
UNION ALL
(SELECT 'incident', n.id::text, n.opened_at, jsonb_build_object(
        'title', n.summary, 'kind', n.kind, 'location_id', n.location_id),
    NULL::jsonb, false
FROM omni_incident n
WHERE n.subject_kind = 'customer' AND n.subject_id = %(customer_text)s AND n.status = 'open'
    AND (%(everywhere)s::boolean OR n.location_id = ANY(%(places)s::uuid[]))
ORDER BY n.opened_at DESC LIMIT %(most)s)
UNION ALL
(SELECT 'hold', v.id::text, v.created_at, jsonb_build_object(
        'variant_id', s.variant_id, 'items', v.quantity, 'expires_at', v.expires_at,
        'location_id', s.location_id, 'location', l.name),
    {_pictures("SELECT s.variant_id, 1")}, false
FROM inventory_reservation v
JOIN inventory_stocklevel s ON s.id = v.level_id
JOIN inventory_location l ON l.id = s.location_id
WHERE v.owner_id = %(customer)s AND v.status = 'requested' AND v.expires_at > %(now)s
ORDER BY v.expires_at LIMIT %(most)s)
"""  # noqa: S608
