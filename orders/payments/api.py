"""Endpoints of payments that do not change what an order may do: looking, and refunds by staff.

Starting a payment and hearing of one by webhook may confirm the order, which lies above payments:
those endpoints are in ``orders.checkout.paying_api``.
"""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.access.permissions import Permission
from omni.core.money import CurrencyMismatch
from omni.core.secrets import digest
from omni.rest.answers import Answer
from omni.rest.serializers import Input, MoneyField
from omni.rest.views import PROCESS, Endpoint
from omni.work.operations import ApprovalNeeded
from orders.payments import operations as payments
from orders.payments import queries
from orders.payments.outputs import (
    PaymentListOutput,
    RefundListOutput,
    payment_output,
    refund_output,
)


class RefundInput(Input):
    """Money of an order to be given back over the tenders that paid it."""

    amount = MoneyField(minimum=1, help_text=_("What is given back, in the order's currency."))
    reason = serializers.CharField(max_length=120, help_text=_("Why; shown to colleagues."))
    approval_id = serializers.UUIDField(
        required=False, help_text=_("The granted approval, for an amount over your own limit.")
    )


class StaffOrderPayments(Endpoint):
    """How an order is paid."""

    permission = Permission.PAYMENTS_VIEW

    @extend_schema(responses=PaymentListOutput)
    def get(self, request: Request, order_id: UUID) -> Answer:
        """The payments of an order."""
        order = queries.order_for_staff(self.actor, order_id, Permission.PAYMENTS_VIEW)
        rows = queries.payments_of(order.pk)
        return self.ok({"results": [payment_output(row) for row in rows]})


class RefundOrder(Endpoint):
    """Refunds of an order."""

    permissions = {"GET": Permission.PAYMENTS_VIEW, "POST": Permission.PAYMENTS_REFUND}
    idempotency = {"POST": PROCESS}
    errors = {
        "POST": (
            payments.RefundTooLarge,
            payments.RefundOverLimit,
            payments.RefundReferenceReused,
            ApprovalNeeded,
            CurrencyMismatch,
        )
    }

    @extend_schema(responses=RefundListOutput)
    def get(self, request: Request, order_id: UUID) -> Answer:
        """The refunds of an order."""
        order = queries.order_for_staff(self.actor, order_id, Permission.PAYMENTS_VIEW)
        rows = queries.refunds_of(order.pk)
        return self.ok({"results": [refund_output(row, order.currency) for row in rows]})

    @extend_schema(request=RefundInput, responses={201: RefundListOutput})
    def post(self, request: Request, order_id: UUID) -> Answer:
        """Give money back, within your limit or with an approval.

        The limit counts what you gave back of this order before. The money goes back over the
        original tenders; what was paid in cash or at a terminal stays pending until a till pays it
        out.
        """
        given = self.given(RefundInput, request)
        order = queries.order_for_staff(self.actor, order_id, Permission.PAYMENTS_REFUND)
        if given["amount"].currency != order.currency:
            raise CurrencyMismatch(left=order.currency, right=given["amount"].currency)
        rows = payments.refund_payment(
            order_id=order.pk,
            amount_minor=given["amount"].minor,
            reference=f"staff:{digest(f'{self.actor.principal}:{self.idempotency_key}')}",
            reason=given["reason"],
            approval_id=given.get("approval_id"),
            actor=self.actor,
        )
        return self.created({"results": [refund_output(row, order.currency) for row in rows]})
