"""Endpoints that read orders: customers and guests their own, staff those of their places."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.access.actor import Actor
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.rest import limits
from omni.rest.answers import Answer
from omni.rest.limits import TooManyAttempts
from omni.rest.pagination import InvalidCursor
from omni.rest.serializers import Input, Output, PageQuery
from omni.rest.throttles import client_address
from omni.rest.views import ACCOUNT, STOREFRONT, Endpoint
from orders.sales import output, queries, sections
from orders.sales.models import (
    FulfilmentStatus,
    Order,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
)

ORDER_TOKEN = OpenApiParameter(
    "X-Order-Token",
    str,
    OpenApiParameter.HEADER,
    description="A guest's proof of the order, from the answer to the checkout.",
)


def order_token(request: Request) -> str:
    """The proof of the order that a guest sends along; empty for everybody else."""
    return str(request.META.get("HTTP_X_ORDER_TOKEN", ""))


LOOK_UP_TRIES = 10
LOOK_UP_WINDOW = timedelta(minutes=15)
NEWEST_FIRST = ["-placed_at", "-id"]


class OrderPageOutput(output.OrderOutput):
    """An order with all that belongs to it."""

    contact = output.OrderContactOutput(help_text=_("Who ordered."))
    shipping_address = output.OrderAddressOutput(
        allow_null=True, help_text=_("Where it is shipped, if anything is.")
    )
    adjustments = output.AdjustmentOutput(many=True, help_text=_("Shipping and discounts."))

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With the parts that other folders add."""
        return super().get_fields() | {
            each.name: deepcopy(each.field) for each in sections.sections()
        }


class StaffOrderOutput(OrderPageOutput):
    """An order as staff see it."""

    changes = output.OrderChangeOutput(many=True, help_text=_("What was changed, oldest first."))


class OrderListOutput(Output):
    """A page of orders, newest first."""

    results = output.OrderSummaryOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class LookUpInput(Input):
    """What a guest knows of an order."""

    number = serializers.CharField(max_length=20, help_text=_("From the confirmation."))
    email = serializers.CharField(max_length=254, help_text=_("As given with the order."))


class OrdersQuery(PageQuery):
    """Which orders."""

    status = serializers.ChoiceField(
        OrderStatus.choices, required=False, help_text=_("How far it is.")
    )
    payment_status = serializers.ChoiceField(
        PaymentStatus.choices, required=False, help_text=_("The money.")
    )
    fulfilment_status = serializers.ChoiceField(
        FulfilmentStatus.choices, required=False, help_text=_("The goods.")
    )
    return_status = serializers.ChoiceField(
        ReturnStatus.choices, required=False, help_text=_("What came back.")
    )
    channel_id = serializers.UUIDField(required=False, help_text=_("Where it was sold."))
    customer_id = serializers.UUIDField(required=False, help_text=_("Who bought."))
    number = serializers.CharField(required=False, max_length=20, help_text=_("Its number."))
    email = serializers.CharField(
        required=False, max_length=254, help_text=_("E-mail given with it, exact.")
    )
    placed_from = serializers.DateTimeField(required=False, help_text=_("Placed then or later."))
    placed_until = serializers.DateTimeField(required=False, help_text=_("Placed before."))


# Parameter -> the lookup that it means. Nothing else can be asked for.
FILTERS = {
    "status": "status",
    "payment_status": "payment_status",
    "fulfilment_status": "fulfilment_status",
    "return_status": "return_status",
    "channel_id": "channel_id",
    "customer_id": "customer_id",
    "number": "number",
    "email": "email",
    "placed_from": "placed_at__gte",
    "placed_until": "placed_at__lt",
}


class OrderById(Endpoint):
    """An order of the caller's own."""

    permission = STOREFRONT
    errors = [NotFound]

    @extend_schema(parameters=[ORDER_TOKEN], responses={200: OrderPageOutput})
    def get(self, request: Request, order_id: UUID) -> Answer:
        """The order, for its customer, or for a guest by its token."""
        order = queries.get_order(self.actor, order_id, token=order_token(request))
        return self.ok(
            _page(order, sections.sections_of([order], self.actor)[order.id], self.actor)
        )


class LookUpOrder(Endpoint):
    """An order by what a guest remembers of it."""

    permission = STOREFRONT
    errors = [NotFound, TooManyAttempts]

    def guard(self, request: Request, **kwargs: Any) -> None:
        """Numbers follow one another, so tries are counted, by address and by number."""
        address = client_address(request._request)  # noqa: SLF001
        limits.spend("orders.look_up", address, LOOK_UP_TRIES, LOOK_UP_WINDOW)
        number = request.data.get("number") if isinstance(request.data, dict) else None
        if isinstance(number, str):
            limits.spend("orders.look_up.number", number, LOOK_UP_TRIES, LOOK_UP_WINDOW)

    @extend_schema(request=LookUpInput, responses={200: output.OrderOutput})
    def post(self, request: Request) -> Answer:
        """How far an order is, by number and e-mail. It shows no contact, address nor code."""
        given = self.given(LookUpInput)
        order = queries.find_for_guest(**given)
        lines = order.lines.order_by("position")
        return self.ok(output.order_dict(order, lines, for_guest=True))


class AccountOrders(Endpoint):
    """The signed-in customer's orders."""

    permission = ACCOUNT
    query = PageQuery
    errors = [InvalidCursor]

    @extend_schema(responses={200: OrderListOutput})
    def get(self, request: Request) -> Answer:
        """Own orders of every channel, newest first."""
        rows = queries.orders_visible_to(self.actor)
        return self.page(rows, keys=NEWEST_FIRST, output=output.summary_dict)


class StaffOrders(Endpoint):
    """The orders of the caller's locations and channels."""

    permission = Permission.ORDERS_VIEW
    query = OrdersQuery
    errors = [InvalidCursor]

    @extend_schema(responses={200: OrderListOutput})
    def get(self, request: Request) -> Answer:
        """Orders, newest first."""
        wanted = {
            lookup: self.params[name] for name, lookup in FILTERS.items() if name in self.params
        }
        rows = queries.orders_visible_to(self.actor).filter(**wanted)
        return self.page(rows, keys=NEWEST_FIRST, output=output.summary_dict)


class StaffOrder(Endpoint):
    """One of them."""

    permission = Permission.ORDERS_VIEW
    errors = [NotFound]

    @extend_schema(responses={200: StaffOrderOutput})
    def get(self, request: Request, order_id: UUID) -> Answer:
        """The order with everything that belongs to it. The look is logged."""
        order = queries.get_order(self.actor, order_id)
        log_view(actor=self.actor, kind="order", subject_id=order.id)
        page = _page(order, sections.sections_of([order], self.actor)[order.id], self.actor)
        page["changes"] = [output.change_dict(row) for row in order.changes.order_by("id")]
        return self.ok(page)


def _page(order: Order, sections: dict[str, Any], actor: Actor) -> dict[str, Any]:
    lines = sorted(order.lines.all(), key=lambda line: line.position)
    adjustments = sorted(order.adjustments.all(), key=lambda row: row.id)
    return {
        **output.order_dict(order, lines, for_guest=actor.kind == "anonymous"),
        "contact": output.contact_dict(order),
        "shipping_address": output.address_dict(order),
        "adjustments": [output.adjustment_dict(row, order.currency) for row in adjustments],
        **sections,
    }
