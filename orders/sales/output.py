"""How orders look in the API: plain dicts, and what documents them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inventory.locations.models import Method
from omni.rest.serializers import MoneyField, Output
from orders.sales.models import (
    Adjustment,
    AdjustmentKind,
    FulfilmentStatus,
    Order,
    OrderAddress,
    OrderChange,
    OrderLine,
    OrderStatus,
    PaymentPolicy,
    PaymentStatus,
    ReturnStatus,
)


class OrderLineOutput(Output):
    """One line as sold, and what became of it."""

    id = serializers.UUIDField(help_text=_("Names the line in further requests."))
    variant_id = serializers.UUIDField(help_text=_("What it is."))
    sku = serializers.CharField(help_text=_("Stock keeping unit."))
    name = serializers.CharField(help_text=_("As sold."))
    quantity = serializers.IntegerField(help_text=_("Units ordered."))
    quantity_cancelled = serializers.IntegerField(help_text=_("Of these cancelled."))
    quantity_fulfilled = serializers.IntegerField(help_text=_("Of these handed over or sent."))
    quantity_returned = serializers.IntegerField(help_text=_("Of the latter, brought back."))
    method = serializers.ChoiceField(Method.choices, help_text=_("How it reaches the customer."))
    location_id = serializers.UUIDField(allow_null=True, help_text=_("Where it comes from."))
    price = MoneyField(help_text=_("For `price_quantity` units, in the channel's tax display."))
    price_quantity = serializers.IntegerField(help_text=_("Units that the price is for."))
    tax_rate = serializers.CharField(help_text=_("A fraction: 0.20000 is 20 %."))
    tax = MoneyField(help_text=_("Tax in the total."))
    total = MoneyField(help_text=_("With tax, for the whole quantity."))


class OrderSummaryOutput(Output):
    """An order in a list."""

    id = serializers.UUIDField(help_text=_("Its id. It is no credential."))
    number = serializers.CharField(help_text=_("The number that people use."))
    channel_id = serializers.UUIDField(help_text=_("Where it was sold."))
    location_id = serializers.UUIDField(allow_null=True, help_text=_("The store, for a till."))
    customer_id = serializers.UUIDField(
        allow_null=True, help_text=_("Who bought; null where a guest asks.")
    )
    status = serializers.ChoiceField(OrderStatus.choices, help_text=_("How far it is."))
    payment_status = serializers.ChoiceField(PaymentStatus.choices, help_text=_("The money."))
    fulfilment_status = serializers.ChoiceField(FulfilmentStatus.choices, help_text=_("The goods."))
    return_status = serializers.ChoiceField(ReturnStatus.choices, help_text=_("What came back."))
    payment_policy = serializers.ChoiceField(
        PaymentPolicy.choices, help_text=_("When it is to be paid.")
    )
    total = MoneyField(help_text=_("As sold, tax included."))
    cancelled = MoneyField(help_text=_("What cancellations took off it."))
    placed_at = serializers.DateTimeField(help_text=_("When it was placed."))


class OrderOutput(OrderSummaryOutput):
    """An order with its lines."""

    tax = MoneyField(help_text=_("Tax in the total."))
    pay_by_at = serializers.DateTimeField(allow_null=True, help_text=_("To be paid by."))
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was confirmed."))
    closed_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was over."))
    lines = OrderLineOutput(many=True, help_text=_("What was sold."))


class OrderContactOutput(Output):
    """Who ordered, as told then."""

    name = serializers.CharField(allow_blank=True, help_text=_("Full name."))
    email = serializers.CharField(allow_blank=True, help_text=_("E-mail address."))
    phone = serializers.CharField(allow_blank=True, help_text=_("In international form."))


class OrderAddressOutput(Output):
    """Where it is shipped."""

    name = serializers.CharField(help_text=_("Recipient."))
    street = serializers.CharField(help_text=_("Street and number."))
    postal_code = serializers.CharField(allow_blank=True, help_text=_("Postal code."))
    city = serializers.CharField(help_text=_("City."))
    region = serializers.CharField(allow_blank=True, help_text=_("State or province."))
    country = serializers.CharField(help_text=_("ISO 3166, two letters."))
    phone = serializers.CharField(allow_blank=True, help_text=_("For the carrier."))


class AdjustmentOutput(Output):
    """A charge or discount on the whole order."""

    kind = serializers.ChoiceField(AdjustmentKind.choices, help_text=_("What it is."))
    label = serializers.CharField(  # type: ignore[assignment]  # DRF's own attribute of that name
        allow_blank=True, help_text=_("In words.")
    )
    tax = MoneyField(minimum=None, help_text=_("Tax in the total."))
    total = MoneyField(minimum=None, help_text=_("With tax."))


class OrderChangeOutput(Output):
    """What was changed after it was placed."""

    kind = serializers.CharField(help_text=_("What."))
    reason = serializers.CharField(allow_blank=True, help_text=_("Why."))
    principal = serializers.CharField(help_text=_("By whom."))
    occurred_at = serializers.DateTimeField(help_text=_("When."))


def summary_dict(order: Order) -> dict[str, Any]:
    """An order as ``OrderSummaryOutput`` says."""
    currency = order.currency
    return {
        "id": order.id,
        "number": order.number,
        "channel_id": order.channel_id,
        "location_id": order.location_id,
        "customer_id": order.customer_id,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfilment_status": order.fulfilment_status,
        "return_status": order.return_status,
        "payment_policy": order.payment_policy,
        "total": _money(order.total_minor, currency),
        "cancelled": _money(order.cancelled_minor, currency),
        "placed_at": order.placed_at,
    }


def order_dict(
    order: Order, lines: Iterable[OrderLine], *, for_guest: bool = False
) -> dict[str, Any]:
    """An order as ``OrderOutput`` says.

    A guest is not told which customer their e-mail was found to belong to: a typed address proves
    nothing, and the id would be the same for everybody who types it.
    """
    currency = order.currency
    found = summary_dict(order)
    if for_guest:
        found["customer_id"] = None
    found["tax"] = _money(order.tax_minor, currency)
    found["pay_by_at"] = order.pay_by_at
    found["confirmed_at"] = order.confirmed_at
    found["closed_at"] = order.closed_at
    found["lines"] = [_line(line, currency) for line in lines]
    return found


def contact_dict(order: Order) -> dict[str, Any]:
    """Who ordered."""
    return {"name": order.contact_name, "email": order.email, "phone": order.phone}


def address_dict(order: Order) -> dict[str, Any] | None:
    """Where it is shipped, or None."""
    try:
        row: OrderAddress = order.shipping_address
    except OrderAddress.DoesNotExist:
        return None
    return {
        "name": row.name,
        "street": row.street,
        "postal_code": row.postal_code,
        "city": row.city,
        "region": row.region,
        "country": row.country,
        "phone": row.phone,
    }


def adjustment_dict(row: Adjustment, currency: str) -> dict[str, Any]:
    """A charge or discount."""
    return {
        "kind": row.kind,
        "label": row.label,
        "tax": _money(row.tax_minor, currency),
        "total": _money(row.total_minor, currency),
    }


def change_dict(row: OrderChange) -> dict[str, Any]:
    """A change, for staff."""
    return {
        "kind": row.kind,
        "reason": row.reason,
        "principal": row.principal,
        "occurred_at": row.occurred_at,
    }


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "id": line.id,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "quantity_cancelled": line.quantity_cancelled,
        "quantity_fulfilled": line.quantity_fulfilled,
        "quantity_returned": line.quantity_returned,
        "method": line.method,
        "location_id": line.location_id,
        "price": _money(line.price_minor, currency),
        "price_quantity": line.price_quantity,
        "tax_rate": line.tax_rate,
        "tax": _money(line.tax_minor, currency),
        "total": _money(line.total_minor, currency),
    }


def _money(minor: int, currency: str) -> dict[str, Any]:
    return {"amount": minor, "currency": currency}
