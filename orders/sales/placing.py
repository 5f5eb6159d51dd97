"""The one statement that writes orders: order, lines, charges, address and credits together.

One order and a thousand are written by the same statement, so that equal input gives equal rows.
Rows travel as one array a column, so its text stays the same however many there are: it is prepared
once, and an order, the hottest write of the product, costs one round trip instead of five.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from omni.core.statements import hot_cursor
from orders.sales.drafts import OrderDraft
from orders.sales.models import FulfilmentStatus, OrderStatus, PaymentStatus, ReturnStatus
from orders.sales.status import Counters, fulfilment_status

Columns = Sequence[tuple[str, str]]  # name, type
Row = Sequence[Any]

_ORDER: Columns = (
    ("id", "uuid"),
    ("number", "text"),
    ("channel_id", "uuid"),
    ("location_id", "uuid"),
    ("customer_id", "uuid"),
    ("cart_id", "uuid"),
    ("token_digest", "text"),
    ("status", "text"),
    ("payment_status", "text"),
    ("fulfilment_status", "text"),
    ("return_status", "text"),
    ("payment_policy", "text"),
    ("currency", "text"),
    ("tax_display", "text"),
    ("total_minor", "bigint"),
    ("tax_minor", "bigint"),
    ("contact_name", "text"),
    ("email", "text"),
    ("phone", "text"),
    ("principal", "text"),
    ("placed_at", "timestamptz"),
    ("pay_by_at", "timestamptz"),
    ("confirmed_at", "timestamptz"),
    ("cancelled_minor", "bigint"),
)
_LINE: Columns = (
    ("id", "uuid"),
    ("order_id", "uuid"),
    ("position", "int"),
    ("variant_id", "uuid"),
    ("location_id", "uuid"),
    ("method", "text"),
    ("sku", "text"),
    ("name", "text"),
    ("quantity", "int"),
    ("price_minor", "bigint"),
    ("price_quantity", "int"),
    ("tax_rate", "numeric"),
    ("net_minor", "bigint"),
    ("tax_minor", "bigint"),
    ("total_minor", "bigint"),
    ("quantity_fulfilled", "int"),
    ("cancelled_minor", "bigint"),
    ("quantity_cancelled", "int"),
    ("quantity_returned", "int"),
)
_ADJUSTMENT: Columns = (
    ("order_id", "uuid"),
    ("kind", "text"),
    ("label", "text"),
    ("credit_of_id", "uuid"),
    ("tax_rate", "numeric"),
    ("net_minor", "bigint"),
    ("tax_minor", "bigint"),
    ("total_minor", "bigint"),
)
_ADDRESS: Columns = (
    ("order_id", "uuid"),
    ("name", "text"),
    ("street", "text"),
    ("postal_code", "text"),
    ("city", "text"),
    ("region", "text"),
    ("country", "text"),
    ("phone", "text"),
)
_CREDIT: Columns = (
    ("line_id", "uuid"),
    ("location_id", "uuid"),
    ("user_id", "uuid"),
    ("share_bps", "int"),
)


def insert_orders(
    drafts: Sequence[OrderDraft], *, principal: str, now: datetime
) -> dict[UUID, str]:
    """Write the drafts with all their parts, in one statement. Returns the numbers by id."""
    parts = [
        ("l", _LINES, _line_rows(drafts)),
        ("a", _ADJUSTMENTS, _adjustment_rows(drafts)),
        ("s", _ADDRESSES, _address_rows(drafts)),
        ("c", _CREDITS, _credit_rows(drafts)),
    ]
    values = _arrays([_order_row(draft, principal, now) for draft in drafts])
    statement = f"WITH o AS ({_ORDERS} RETURNING id, number)"
    for name, insert, rows in parts:
        if rows:
            statement += f", {name} AS ({insert})"
            values += _arrays(rows)
    with hot_cursor() as cursor:
        cursor.execute(f"{statement} SELECT id, number FROM o", values)  # noqa: S608
        return dict(cursor.fetchall())


def _insert(table: str, columns: Columns, **computed: str) -> str:
    """INSERT … SELECT from one array a column; ``computed`` replaces a column by an expression."""
    names = [name for name, _type in columns]
    chosen = ", ".join(computed.get(name, f"r.{name}") for name in names)
    arrays = ", ".join(f"%s::{kind}[]" for _name, kind in columns)
    listed = ", ".join(names)
    return (
        f"INSERT INTO {table} ({listed}) SELECT {chosen}"  # noqa: S608
        f" FROM unnest({arrays}) AS r({listed})"
    )


def _arrays(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


# A draft without a number draws the next one in the statement itself.
_ORDERS = _insert(
    "orders_order", _ORDER, number="coalesce(r.number, 'W' || nextval('orders_order_number'))"
)
_LINES = _insert("orders_orderline", _LINE)
_ADJUSTMENTS = _insert("orders_adjustment", _ADJUSTMENT)
_ADDRESSES = _insert("orders_orderaddress", _ADDRESS)
_CREDITS = _insert("orders_salescredit", _CREDIT)


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
        0,
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
            0,
            0,
            0,
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
            each.credit_of_id,
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
