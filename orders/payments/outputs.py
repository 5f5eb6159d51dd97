"""Payments as the API shows them, and their part of an order's page."""

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
from orders.payments.models import Payment, PaymentState, Refund, Tender
from orders.sales.models import Order
from orders.sales.sections import Section

IN_DOUBT = frozenset({PaymentState.PENDING, PaymentState.UNKNOWN})


class NextActionOutput(Output):
    """What the customer's device does now."""

    type = serializers.ChoiceField(
        choices=["redirect", "wait"],
        help_text=_("`redirect`: open the url. `wait`: ask again in a few seconds."),
    )
    url = serializers.CharField(allow_null=True, help_text=_("Where to go, for a redirect."))


class PaymentOutput(Output):
    """One tender of an order."""

    id = serializers.UUIDField(help_text=_("Id of the payment."))
    order_id = serializers.UUIDField(help_text=_("The order that it pays."))
    tender = serializers.ChoiceField(choices=Tender.choices, help_text=_("What it is paid with."))
    status = serializers.ChoiceField(choices=PaymentState.choices, help_text=_("Its state."))
    amount = MoneyField(help_text=_("What was asked for."))
    authorised = MoneyField(help_text=_("What is guaranteed, taken amounts included."))
    captured = MoneyField(help_text=_("What was taken."))
    refunded = MoneyField(help_text=_("What was given back."))
    next_action = NextActionOutput(
        allow_null=True, help_text=_("What the customer has to do; null when nothing is left.")
    )
    failure_code = serializers.CharField(
        allow_blank=True, help_text=_("Why it failed, in the provider's words.")
    )
    created_at = serializers.DateTimeField(help_text=_("When it was begun."))


class PaymentListOutput(Output):
    """The payments of an order, oldest first."""

    results = PaymentOutput(many=True)


class RefundOutput(Output):
    """Money on its way back over one payment."""

    id = serializers.UUIDField(help_text=_("Id of the refund."))
    payment_id = serializers.UUIDField(help_text=_("The payment that it goes back over."))
    status = serializers.ChoiceField(
        choices=["pending", "succeeded", "failed"], help_text=_("Its state.")
    )
    amount = MoneyField(help_text=_("What goes back."))
    reason = serializers.CharField(allow_blank=True, help_text=_("Why."))
    failure_code = serializers.CharField(allow_blank=True, help_text=_("Why it failed."))
    created_at = serializers.DateTimeField(help_text=_("When it was asked for."))
    settled_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was settled."))


class RefundListOutput(Output):
    """Refunds, oldest first."""

    results = RefundOutput(many=True)


def payment_output(payment: Payment) -> dict[str, Any]:
    """A payment for whoever may see its order."""
    currency = payment.currency
    return {
        "id": payment.pk,
        "order_id": payment.order_id,
        "tender": payment.tender,
        "status": payment.status,
        "amount": Money(payment.amount_minor, currency),
        "authorised": Money(payment.authorised_minor, currency),
        "captured": Money(payment.captured_minor, currency),
        "refunded": Money(payment.refunded_minor, currency),
        "next_action": _next_action(payment),
        "failure_code": payment.failure_code,
        "created_at": payment.created_at,
    }


def refund_output(refund: Refund, currency: str) -> dict[str, Any]:
    """A refund for staff."""
    return {
        "id": refund.pk,
        "payment_id": refund.payment_id,
        "status": refund.status,
        "amount": Money(refund.amount_minor, currency),
        "reason": refund.reason,
        "failure_code": refund.failure_code,
        "created_at": refund.created_at,
        "settled_at": refund.settled_at,
    }


def _next_action(payment: Payment) -> dict[str, Any] | None:
    if payment.next_action is not None:
        return {"type": payment.next_action["type"], "url": payment.next_action["url"]}
    return {"type": "wait", "url": None} if payment.status in IN_DOUBT else None


def _of_orders(orders: Sequence[Order], actor: Actor) -> dict[UUID, Any]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for payment in Payment.objects.filter(order__in=orders).order_by("pk"):
        found[payment.order_id].append(payment_output(payment))
    return dict(found)


ORDER_SECTION = Section(
    name="payments",
    field=PaymentOutput(many=True, help_text=_("How it is paid, oldest first.")),
    read=_of_orders,
)
