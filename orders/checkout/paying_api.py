"""Endpoints by which an order is paid online, and the one that the provider's webhooks reach."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.core.money import CurrencyMismatch
from omni.core.secrets import digest
from omni.rest.answers import Answer
from omni.rest.serializers import Input, MoneyField
from omni.rest.views import PROCESS, PUBLIC, STOREFRONT, Endpoint
from orders.checkout import paying
from orders.checkout.ways_back import ReturnUrlNotAllowed
from orders.payments import operations as payments
from orders.payments import queries
from orders.payments.operations import OnlineStart
from orders.payments.outputs import PaymentListOutput, PaymentOutput, payment_output
from orders.sales.api import ORDER_TOKEN, order_token
from orders.sales.models import Order
from orders.sales.queries import get_order


class PayOrderInput(Input):
    """How the customer pays, and where to send them afterwards."""

    return_url = serializers.RegexField(
        r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?$",
        max_length=1000,
        help_text=_(
            "Where the provider's page sends the customer back to: an address of the channel's "
            "storefront, or any https address if the channel names none."
        ),
    )
    amount = MoneyField(
        minimum=1,
        required=False,
        help_text=_("A part of what is due; all that is outstanding if left out."),
    )
    card_token = serializers.RegexField(
        r"^[A-Za-z0-9_]{1,80}$",
        required=False,
        help_text=_("The provider's token of a card, instead of its page. Never a card number."),
    )


class _OrderEndpoint(Endpoint):
    """Endpoints of an order that a storefront may see."""

    def order(self, order_id: UUID) -> Order:
        return get_order(self.actor, order_id, token=order_token(self.request))


class OrderPayments(_OrderEndpoint):
    """Payments of an order."""

    permission = STOREFRONT
    idempotency = {"POST": PROCESS}
    errors = {
        "POST": (
            ReturnUrlNotAllowed,
            payments.OrderNotPayable,
            payments.NothingToPay,
            payments.AmountTooLarge,
            payments.PaymentInProgress,
            payments.PaymentDeclined,
            payments.PaymentUnclear,
            CurrencyMismatch,
        )
    }

    @extend_schema(parameters=[ORDER_TOKEN], responses=PaymentListOutput)
    def get(self, request: Request, order_id: UUID) -> Answer:
        """How the order is paid so far."""
        rows = queries.payments_of(self.order(order_id).pk)
        return self.ok({"results": [payment_output(row) for row in rows]})

    @extend_schema(parameters=[ORDER_TOKEN], request=PayOrderInput, responses={201: PaymentOutput})
    def post(self, request: Request, order_id: UUID) -> Answer:
        """Pay the order online.

        Follow ``next_action``. A declined payment has the status ``failed``; the order can be paid
        again. With ``unknown`` the provider did not answer: ask for the payment again.
        """
        given = self.given(PayOrderInput, request)
        order, amount = self.order(order_id), given.get("amount")
        if amount is not None and amount.currency != order.currency:
            raise CurrencyMismatch(left=order.currency, right=amount.currency)
        start = OnlineStart(
            order_id=order.pk,
            reference=f"online:{order.pk}:{digest(self.idempotency_key)[:32]}",
            return_url=given["return_url"],
            amount_minor=amount.minor if amount is not None else None,
            card_token=given.get("card_token", ""),
        )
        payment = paying.pay_order(start=start, actor=self.actor)
        return self.created(payment_output(payment))


class OrderPayment(_OrderEndpoint):
    """One payment of an order."""

    permission = STOREFRONT

    @extend_schema(parameters=[ORDER_TOKEN], responses=PaymentOutput)
    def get(self, request: Request, order_id: UUID, payment_id: UUID) -> Answer:
        """A payment and what the customer has to do next."""
        order = self.order(order_id)
        return self.ok(
            payment_output(queries.get_payment(order_id=order.pk, payment_id=payment_id))
        )


class PspWebhook(Endpoint):
    """What the payment provider tells."""

    permission = PUBLIC
    errors = (payments.SignatureInvalid,)

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses={204: OpenApiResponse(description=_("Taken in."))},
    )
    def post(self, request: Request) -> Answer:
        """A message of the provider, signed after Standard Webhooks.

        The raw body is verified with the headers ``webhook-id``, ``webhook-timestamp`` (five
        minutes) and ``webhook-signature``. A repeat changes nothing.
        """
        raw = request._request  # noqa: SLF001  the signature is over the bytes as they came
        paying.hear_provider(provider="psp", headers=dict(raw.headers), body=raw.body)
        return self.no_content()
