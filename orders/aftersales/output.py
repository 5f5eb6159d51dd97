"""How returns look in the API: to staff, and on the page of an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from omni.access.actor import Actor
from omni.core.money import Money
from omni.rest.serializers import MoneyField, Output
from omni.work.models import Approval, ApprovalStatus
from orders.aftersales.models import (
    Disposition,
    LogisticsState,
    MoneyState,
    ReplacementState,
    ReturnCase,
    ReturnKind,
    ReturnLine,
)
from orders.aftersales.queries import cases_of
from orders.sales.models import Order, OrderLine
from orders.sales.sections import Section


class ReturnLineOutput(Output):
    """Units in a return."""

    id = serializers.IntegerField(help_text=_("Names the line in further requests."))
    order_line_id = serializers.UUIDField(
        allow_null=True, help_text=_("The line of the order; none without receipt.")
    )
    variant_id = serializers.UUIDField(help_text=_("What it is."))
    sku = serializers.CharField(help_text=_("Stock keeping unit."))
    quantity = serializers.IntegerField(help_text=_("Units announced."))
    received = serializers.IntegerField(help_text=_("Of these arrived."))
    disposition = serializers.ChoiceField(
        Disposition.choices, allow_blank=True, help_text=_("What becomes of them, once decided.")
    )
    reason = serializers.CharField(allow_blank=True, help_text=_("Why they come back."))
    refund = MoneyField(help_text=_("What goes back for the received units."))


class ReturnOutput(Output):
    """Goods and money coming back."""

    id = serializers.UUIDField(help_text=_("Its id."))
    number = serializers.CharField(help_text=_("The number that people use."))
    kind = serializers.ChoiceField(ReturnKind.choices, help_text=_("What it is."))
    order_id = serializers.UUIDField(allow_null=True, help_text=_("The order, if one is known."))
    location_id = serializers.UUIDField(allow_null=True, help_text=_("Where the goods came."))
    status = serializers.ChoiceField(LogisticsState.choices, help_text=_("The goods."))
    money_status = serializers.ChoiceField(MoneyState.choices, help_text=_("The money."))
    replacement_status = serializers.ChoiceField(
        ReplacementState.choices, help_text=_("What was taken instead.")
    )
    refund = MoneyField(help_text=_("What the customer gets back in all."))
    refunded = MoneyField(help_text=_("Of this, what arrived."))
    reason = serializers.CharField(allow_blank=True, help_text=_("Why."))
    opened_at = serializers.DateTimeField(help_text=_("When it was opened."))
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text=_("Until when the goods must come, if they may.")
    )
    closed_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was closed."))
    new_order_id = serializers.UUIDField(
        allow_null=True, help_text=_("The order that was taken in exchange.")
    )
    lines = ReturnLineOutput(many=True, help_text=_("The goods."))


class ReturnListOutput(Output):
    """A page of returns, newest first."""

    results = ReturnOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class ReturnableLineOutput(Output):
    """A line of an order whose goods could come back."""

    order_line_id = serializers.UUIDField(help_text=_("Names the line in a return."))
    variant_id = serializers.UUIDField(help_text=_("What it is."))
    sku = serializers.CharField(help_text=_("Stock keeping unit."))
    name = serializers.CharField(help_text=_("As sold."))
    returnable = serializers.IntegerField(help_text=_("Units that may come back."))
    is_final_sale = serializers.BooleanField(help_text=_("Whether a manager must allow it."))
    total = MoneyField(help_text=_("What the whole line cost."))


class ReturnableOrderOutput(Output):
    """What of an order could come back. Nothing personal."""

    order_id = serializers.UUIDField(help_text=_("The order."))
    number = serializers.CharField(help_text=_("The number on the receipt."))
    return_until = serializers.DateTimeField(help_text=_("Later, a manager must allow it."))
    lines = ReturnableLineOutput(many=True, help_text=_("The goods."))


class CancelRequestOutput(Output):
    """A customer's question whether a late order may be cancelled."""

    status = serializers.ChoiceField(
        ApprovalStatus.choices,
        help_text=_("asked: nobody decided yet. granted: cancel it now. refused: it stays."),
    )
    asked_at = serializers.DateTimeField(help_text=_("When it was asked."))
    lapses_at = serializers.DateTimeField(help_text=_("Until when it can be decided and used."))


def cancel_request_dict(asked: Approval) -> dict[str, Any]:
    """A question as ``CancelRequestOutput`` says."""
    return {"status": asked.status, "asked_at": asked.asked_at, "lapses_at": asked.lapses_at}


def case_dict(row: ReturnCase) -> dict[str, Any]:
    """A return as anybody who may see it does. Needs ``with_parts``."""
    exchange = getattr(row, "exchange", None)
    return {
        "id": row.pk,
        "number": row.number,
        "kind": row.kind,
        "order_id": row.order_id,
        "location_id": row.location_id,
        "status": row.status,
        "money_status": row.money_status,
        "replacement_status": row.replacement_status,
        "refund": Money(row.refund_minor, row.currency),
        "refunded": Money(row.refunded_minor, row.currency),
        "reason": row.reason,
        "opened_at": row.opened_at,
        "expires_at": row.expires_at,
        "closed_at": row.closed_at,
        "new_order_id": exchange.order_id if exchange else None,
        "lines": [_line(line, row.currency) for line in row.lines.all()],
    }


def returnable_dict(order: Order, lines: Sequence[OrderLine], until: Any) -> dict[str, Any]:
    """What of an order could come back."""
    return {
        "order_id": order.pk,
        "number": order.number,
        "return_until": until,
        "lines": [
            {
                "order_line_id": line.pk,
                "variant_id": line.variant_id,
                "sku": line.sku,
                "name": line.name,
                "returnable": line.quantity_returnable,
                "is_final_sale": line.variant.product.is_final_sale,
                "total": Money(line.total_minor, order.currency),
            }
            for line in lines
        ],
    }


def _line(line: ReturnLine, currency: str) -> dict[str, Any]:
    return {
        "id": line.pk,
        "order_line_id": line.order_line_id,
        "variant_id": line.variant_id,
        "sku": line.variant.sku,
        "quantity": line.quantity,
        "received": line.received,
        "disposition": line.disposition,
        "reason": line.reason,
        "refund": Money(line.refund_minor, currency),
    }


def _of_orders(orders: Sequence[Order], actor: Actor) -> dict[UUID, Any]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in cases_of([order.pk for order in orders]):
        if row.order_id is not None:
            found[row.order_id].append(case_dict(row))
    return dict(found)


ORDER_SECTION = Section(
    name="returns",
    field=ReturnOutput(many=True, help_text=_("What came or comes back, oldest first.")),
    read=_of_orders,
)
