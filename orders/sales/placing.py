"""The one statement that writes orders: order, lines, charges, address and credits together.

One order and a thousand are written by the same statement, so that equal input gives equal rows.
It is raw because an order is the hottest write of the product: one round trip instead of five.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from omni.core.statements import cursor_for
from orders.sales.drafts import OrderDraft
from orders.sales.models import FulfilmentStatus, OrderStatus, PaymentStatus, ReturnStatus
from orders.sales.status import Counters, fulfilment_status

_ORDER = (
    "id, number, channel_id, location_id, customer_id, cart_id, token_digest, status,"
    " payment_status, fulfilment_status, return_status, payment_policy, currency, tax_display,"
    " total_minor, tax_minor, cancelled_minor, contact_name, email, phone, principal, placed_at,"
    " pay_by_at, confirmed_at, closed_at"
)
# A draft without a number draws the next one in the statement itself.
_ORDER_ROW = (
    "(%s, COALESCE(%s, 'W' || nextval('orders_order_number')), %s, %s, %s, %s, %s, %s, %s, %s, %s,"
    " %s, %s, %s, %s, %s, 0, %s, %s, %s, %s, %s, %s, %s, NULL)"
)
_LINE = (
    "id, order_id, position, variant_id, location_id, method, sku, name, quantity, price_minor,"
    " price_quantity, tax_rate, net_minor, tax_minor, total_minor, quantity_fulfilled,"
    " cancelled_minor, quantity_cancelled, quantity_returned"
)
_LINE_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0)"
_ADJUSTMENT = "order_id, kind, label, tax_rate, net_minor, tax_minor, total_minor"
_ADDRESS = "order_id, name, street, postal_code, city, region, country, phone"
_CREDIT = "line_id, location_id, user_id, share_bps"

Row = Sequence[Any]


def insert_orders(
    drafts: Sequence[OrderDraft], *, principal: str, now: datetime
) -> dict[UUID, str]:
    """Write the drafts with all their parts, in one statement. Returns the numbers by id."""
    parts = [
        ("l", "orders_orderline", _LINE, _LINE_ROW, _line_rows(drafts)),
        ("a", "orders_adjustment", _ADJUSTMENT, _marks(7), _adjustment_rows(drafts)),
        ("s", "orders_orderaddress", _ADDRESS, _marks(8), _address_rows(drafts)),
        ("c", "orders_salescredit", _CREDIT, _marks(4), _credit_rows(drafts)),
    ]
    values: list[Any] = []
    orders = [_order_row(draft, principal, now) for draft in drafts]
    sql = ["WITH o AS (", _insert("orders_order", _ORDER, _ORDER_ROW, orders, values)]
    sql.append(" RETURNING id, number)")
    for name, table, columns, marks, rows in parts:
        if rows:
            sql += [f", {name} AS (", _insert(table, columns, marks, rows, values), ")"]
    sql.append(" SELECT id, number FROM o")
    with cursor_for(len(values)) as cursor:
        cursor.execute("".join(sql), values)
        return dict(cursor.fetchall())


def _insert(table: str, columns: str, marks: str, rows: Iterable[Row], values: list[Any]) -> str:
    count = 0
    for row in rows:
        values.extend(row)
        count += 1
    return f"INSERT INTO {table} ({columns}) VALUES {', '.join([marks] * count)}"  # noqa: S608


def _marks(count: int) -> str:
    return f"({', '.join(['%s'] * count)})"


def _order_row(draft: OrderDraft, principal: str, now: datetime) -> Row:
    placed_at = draft.placed_at or now
    return (
        draft.id,
        draft.number or None,
        draft.channel_id,
        draft.location_id,
        draft.customer_id,
        draft.cart_id,
        draft.token_digest,
        (OrderStatus.CONFIRMED if draft.is_confirmed else OrderStatus.PLACED).value,
        (PaymentStatus.PENDING if draft.total_minor else PaymentStatus.PAID).value,
        _fulfilment(draft),
        ReturnStatus.NONE.value,
        str(draft.payment_policy),
        draft.currency,
        str(draft.tax_display),
        draft.total_minor,
        draft.tax_minor,
        draft.contact_name,
        draft.email,
        draft.phone,
        principal,
        placed_at,
        draft.pay_by_at,
        placed_at if draft.is_confirmed else None,
    )


def _fulfilment(draft: OrderDraft) -> str:
    if not any(line.fulfilled for line in draft.lines):
        return FulfilmentStatus.UNFULFILLED.value
    counters = [Counters(line.quantity, fulfilled=line.fulfilled) for line in draft.lines]
    return fulfilment_status(counters).value


def _line_rows(drafts: Iterable[OrderDraft]) -> list[Row]:
    return [
        (
            line.id,
            draft.id,
            position,
            line.variant_id,
            line.location_id,
            str(line.method),
            line.sku,
            line.name,
            line.quantity,
            line.price_minor,
            line.price_quantity,
            line.tax_rate,
            line.net_minor,
            line.tax_minor,
            line.total_minor,
            line.fulfilled,
        )
        for draft in drafts
        for position, line in enumerate(draft.lines, start=1)
    ]


def _adjustment_rows(drafts: Iterable[OrderDraft]) -> list[Row]:
    return [
        (
            draft.id,
            str(each.kind),
            each.label,
            each.tax_rate,
            each.net_minor,
            each.tax_minor,
            each.total_minor,
        )
        for draft in drafts
        for each in draft.adjustments
    ]


def _address_rows(drafts: Iterable[OrderDraft]) -> list[Row]:
    return [
        (draft.id, a.name, a.street, a.postal_code, a.city, a.region, a.country, a.phone)
        for draft in drafts
        if (a := draft.address)
    ]


def _credit_rows(drafts: Iterable[OrderDraft]) -> list[Row]:
    return [
        (line.id, credit.location_id, credit.user_id, credit.share_bps)
        for draft in drafts
        for line in draft.lines
        for credit in line.credits
    ]
