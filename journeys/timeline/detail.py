"""What an entry of the timeline opens to: the goods and the money of its order or return, as sums
that add up. One statement for either."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from omni.core.money import Money
from omni.core.statements import hot_cursor
from orders.aftersales.models import Disposition
from orders.payments.models import Tender
from orders.sales.models import AdjustmentKind


@dataclass(frozen=True, slots=True)
class Sum:
    """One line of the arithmetic; ``is_total`` stands out."""

    label: str
    amount: Money
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """Goods (with picture, name, quantity, a remark) and the sums of one order or return."""

    number: str
    goods: Sequence[Mapping[str, Any]]
    sums: Sequence[Sum]


_PICTURE = """(SELECT m.url FROM inventory_media m WHERE m.product_id = v.product_id
    AND (m.variant_id = v.id OR m.variant_id IS NULL)
    ORDER BY m.variant_id IS NULL, m.position, m.id LIMIT 1)"""

_ORDER = f"""
SELECT o.number, o.currency, o.total_minor, o.cancelled_minor,
    (SELECT coalesce(json_agg(json_build_object('name', l.name, 'quantity', l.quantity,
        'minor', l.total_minor, 'returned', l.quantity_returned,
        'cancelled', l.quantity_cancelled, 'url', {_PICTURE}) ORDER BY l.position), '[]')
     FROM orders_orderline l JOIN inventory_variant v ON v.id = l.variant_id
     WHERE l.order_id = o.id),
    (SELECT coalesce(json_agg(json_build_object('kind', a.kind, 'label', a.label,
        'minor', a.total_minor) ORDER BY a.id), '[]')
     FROM orders_adjustment a WHERE a.order_id = o.id),
    (SELECT coalesce(json_agg(json_build_object('tender', p.tender, 'card', p.card_label,
        'captured', p.captured_minor, 'refunded', p.refunded_minor) ORDER BY p.created_at), '[]')
     FROM orders_payment p WHERE p.order_id = o.id AND p.captured_minor > 0)
FROM orders_order o WHERE o.id = %(id)s AND o.customer_id = %(customer)s
"""  # noqa: S608

_RETURN = f"""
SELECT r.number, r.currency, r.refund_minor, r.refunded_minor,
    (SELECT coalesce(json_agg(json_build_object('name', coalesce(ol.name, v.sku),
        'quantity', l.quantity, 'minor', l.refund_minor, 'reason', l.reason,
        'disposition', l.disposition, 'place', i.name, 'url', {_PICTURE}) ORDER BY l.id), '[]')
     FROM orders_returnline l JOIN inventory_variant v ON v.id = l.variant_id
     LEFT JOIN orders_orderline ol ON ol.id = l.order_line_id
     LEFT JOIN inventory_location i ON i.id = l.received_at_location_id
     WHERE l.case_id = r.id),
    (SELECT coalesce(json_agg(json_build_object('tender', p.tender, 'card', p.card_label,
        'refunded', f.amount_minor) ORDER BY f.id), '[]')
     FROM orders_refund f JOIN orders_payment p ON p.id = f.payment_id
     WHERE f.status = 'succeeded' AND f.reference LIKE 'return:' || r.id::text || '/%%')
FROM orders_returncase r WHERE r.id = %(id)s AND r.customer_id = %(customer)s
"""  # noqa: S608


def order_detail(*, order_id: UUID, customer_id: UUID) -> Detail | None:
    """Goods, charges, what was paid by which tender and what went back."""
    row = _one(_ORDER, order_id, customer_id)
    if row is None:
        return None
    number, currency, total, cancelled, lines, adjustments, payments = row
    sums = [_sum(_("Goods"), sum(line["minor"] for line in lines), currency)]
    sums += [
        _sum(each["label"] or _kind(each["kind"]), each["minor"], currency) for each in adjustments
    ]
    sums.append(_sum(_("Total"), total, currency, is_total=True))
    if cancelled:
        sums.append(_sum(_("Cancelled"), -cancelled, currency))
    paid, given = _("Paid: %(tender)s"), _("Given back: %(tender)s")
    sums += [
        _sum(paid % {"tender": _tender(each)}, each["captured"], currency) for each in payments
    ]
    sums += [
        _sum(given % {"tender": _tender(each)}, -each["refunded"], currency)
        for each in payments
        if each["refunded"]
    ]
    return Detail(number, [_goods(line, currency) for line in lines], sums)


def return_detail(*, return_id: UUID, customer_id: UUID) -> Detail | None:
    """What came back, what it is worth, and to which tender the money went."""
    row = _one(_RETURN, return_id, customer_id)
    if row is None:
        return None
    number, currency, refund, refunded, lines, refunds = row
    worth = sum(line["minor"] for line in lines)
    sums = [_sum(_("Worth of the goods"), worth, currency)]
    if refund != worth:
        sums.append(_sum(_("Credited or kept back"), refund - worth, currency))
    for each in refunds:
        label = _("To %(tender)s") % {"tender": _tender(each)}
        sums.append(_sum(label, each["refunded"], currency, is_total=True))
    if refund != refunded:
        sums.append(_sum(_("Still due"), refund - refunded, currency, is_total=True))
    return Detail(number, [_goods(line, currency) for line in lines], sums)


def _one(statement: str, key: UUID, customer_id: UUID) -> tuple[Any, ...] | None:
    with hot_cursor() as cursor:
        cursor.execute(statement, {"id": key, "customer": customer_id})
        row = cursor.fetchone()
    return (
        tuple(json.loads(v) if isinstance(v, str) and v[:1] == "[" else v for v in row or ())
        or None
    )


def _goods(line: dict[str, Any], currency: str) -> dict[str, Any]:
    remarks = []
    if line.get("reason"):
        remarks.append(line["reason"].replace("_", " ").capitalize())
    if line.get("disposition"):
        remarks.append(str(Disposition(line["disposition"]).label))
    if line.get("place"):
        remarks.append(line["place"])
    if line.get("returned"):
        remarks.append(_("%(n)d came back") % {"n": line["returned"]})
    if line.get("cancelled"):
        remarks.append(_("%(n)d cancelled") % {"n": line["cancelled"]})
    return {
        "name": line["name"],
        "quantity": line["quantity"],
        "url": line["url"] or "",
        "amount": Money(line["minor"], currency),
        "remark": ", ".join(remarks),
    }


def _sum(label: str, minor: int, currency: str, *, is_total: bool = False) -> Sum:
    return Sum(label, Money(int(minor), currency), is_total)


def _tender(row: dict[str, Any]) -> str:
    return str(row["card"] or Tender(row["tender"]).label)


def _kind(kind: str) -> str:
    return str(AdjustmentKind(kind).label)
