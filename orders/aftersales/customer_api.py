"""Endpoints by which customers cancel their orders and ask to give goods back."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.rest.answers import Answer
from omni.rest.views import PLAIN, STOREFRONT, Endpoint
from orders.aftersales import errors as refused
from orders.aftersales import inputs, output
from orders.aftersales import operations as aftersales
from orders.aftersales.api import RETURN_ERRORS, case_answer, order_answer, order_units
from orders.aftersales.models import ReturnCase
from orders.aftersales.queries import with_parts
from orders.fulfilment.after import carry_out_after_commit
from orders.sales import operations as sales
from orders.sales.api import ORDER_TOKEN, order_token
from orders.sales.output import OrderOutput
from orders.sales.queries import get_order


class CancelOrder(Endpoint):
    """Cancelling of the caller's own order."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        refused.CancelTooLate,
        refused.NothingToCancel,
        sales.QuantityExceeded,
        InvalidTransition,
    ]

    @extend_schema(parameters=[ORDER_TOKEN], request=inputs.CancelInput, responses=OrderOutput)
    def post(self, request: Request, order_id: UUID) -> Answer:
        """Cancel all that is open, or some units, before somebody picks them.

        What was paid for them goes back over the tenders that paid.
        """
        given = self.given(inputs.CancelInput, request)
        order = aftersales.cancel_order(
            order_id=order_id,
            units=order_units(given.get("lines")),
            reason=given["reason"],
            actor=self.actor,
            order_token=order_token(request),
        )
        carry_out_after_commit(order_id)
        return self.ok(order_answer(order, for_guest=self.actor.kind == "anonymous"))


class AskToCancel(Endpoint):
    """The question whether the caller's own order may be cancelled although it is late."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}
    errors = [NotFound, InvalidTransition, refused.NothingToCancel, refused.CancelPossible]

    @extend_schema(
        parameters=[ORDER_TOKEN],
        request=inputs.AskToCancelInput,
        responses={201: output.CancelRequestOutput},
    )
    def post(self, request: Request, order_id: UUID) -> Answer:
        """Ask the store to let you cancel goods that are being picked or wait already.

        Once granted, cancel the order. A repeat tells what was decided.
        """
        given = self.given(inputs.AskToCancelInput, request)
        asked = aftersales.ask_to_cancel(
            order_id=order_id,
            reason=given["reason"],
            actor=self.actor,
            order_token=order_token(request),
        )
        return self.created(output.cancel_request_dict(asked))


class OrderReturns(Endpoint):
    """Returns of the caller's own order."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}
    errors = {"GET": (NotFound,), "POST": (NotFound, *RETURN_ERRORS)}

    @extend_schema(parameters=[ORDER_TOKEN], responses=output.ReturnListOutput)
    def get(self, request: Request, order_id: UUID) -> Answer:
        """What came or comes back of the order, oldest first."""
        get_order(self.actor, order_id, token=order_token(request))
        rows = with_parts(ReturnCase.objects.filter(order_id=order_id)).order_by("pk")
        return self.listed([output.case_dict(row) for row in rows])

    @extend_schema(
        parameters=[ORDER_TOKEN],
        request=inputs.AskReturnInput,
        responses={201: output.ReturnOutput},
    )
    def post(self, request: Request, order_id: UUID) -> Answer:
        """Ask to give goods back. They may also be brought to any store without asking."""
        given = self.given(inputs.AskReturnInput, request)
        case = aftersales.request_return(
            order_id=order_id,
            units=inputs.units_of(given["lines"]),
            reason=given["reason"],
            actor=self.actor,
            order_token=order_token(request),
        )
        return self.created(case_answer(case.pk))


class CancelReturn(Endpoint):
    """Giving up a return of the caller's own order."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}
    errors = [NotFound, InvalidTransition]

    @extend_schema(parameters=[ORDER_TOKEN], request=None, responses=output.ReturnOutput)
    def post(self, request: Request, return_id: UUID) -> Answer:
        """Keep the goods after all, before anything arrived."""
        self.given(inputs.NothingInput, request)
        case = aftersales.cancel_return(
            case_id=return_id,
            actor=self.actor,
            order_token=order_token(request),
        )
        return self.ok(case_answer(case.pk))
