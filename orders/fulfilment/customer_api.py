"""Endpoints by which customers see to their pickups."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from omni.core.errors import NotFound
from omni.rest.answers import Answer
from omni.rest.views import PLAIN, STOREFRONT, Endpoint
from orders.fulfilment import errors as refused
from orders.fulfilment import inputs, output
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder
from orders.sales.api import ORDER_TOKEN, order_token


class _PickupOfCustomer(Endpoint):
    """A pickup of the caller's own."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}

    def answered(self, fulfilment_order_id: UUID) -> Answer:
        row = FulfilmentOrder.objects.select_related("pickup").get(pk=fulfilment_order_id)
        return self.ok(output.customer_pickup_dict(row, row.pickup, shows=True))

    @property
    def token(self) -> str:
        return order_token(self.request)


class ExtendPickup(_PickupOfCustomer):
    """More time to collect."""

    errors = [
        NotFound,
        refused.InvalidTransition,
        refused.AlreadyExtended,
        refused.WindowOver,
    ]

    @extend_schema(parameters=[ORDER_TOKEN], request=None, responses=output.CustomerPickupOutput)
    def post(self, request: Request, fulfilment_order_id: UUID) -> Answer:
        """Ask for more time, once, before the window ends."""
        self.given(inputs.NothingInput, request)
        fulfilment.extend(
            fulfilment_order_id=fulfilment_order_id, actor=self.actor, order_token=self.token
        )
        return self.answered(fulfilment_order_id)


class DelegatePickup(_PickupOfCustomer):
    """Somebody else who may collect."""

    errors = [NotFound, refused.InvalidTransition]

    @extend_schema(
        parameters=[ORDER_TOKEN],
        request=inputs.DelegateInput,
        responses=output.CustomerPickupOutput,
    )
    def post(self, request: Request, fulfilment_order_id: UUID) -> Answer:
        """Name who else may collect; they need the code too."""
        given = self.given(inputs.DelegateInput, request)
        fulfilment.name_delegate(
            fulfilment_order_id=fulfilment_order_id,
            name=given["name"],
            actor=self.actor,
            order_token=self.token,
        )
        return self.answered(fulfilment_order_id)


class ReportArrival(_PickupOfCustomer):
    """I am here."""

    errors = [NotFound, refused.InvalidTransition]

    @extend_schema(
        parameters=[ORDER_TOKEN], request=inputs.ArrivalInput, responses=output.CustomerPickupOutput
    )
    def post(self, request: Request, fulfilment_order_id: UUID) -> Answer:
        """Tell the store that you are there."""
        given = self.given(inputs.ArrivalInput, request)
        fulfilment.report_arrival(
            fulfilment_order_id=fulfilment_order_id,
            note=given["note"],
            actor=self.actor,
            order_token=self.token,
        )
        return self.answered(fulfilment_order_id)
