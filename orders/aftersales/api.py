"""Endpoints by which staff cancel orders and take goods back, at any location."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from inventory.stock.operations import OutOfStock
from omni.access.permissions import Permission
from omni.core.errors import NotAllowed, NotFound
from omni.core.secrets import digest
from omni.core.states import InvalidTransition
from omni.rest import limits
from omni.rest.answers import Answer
from omni.rest.limits import TooManyAttempts
from omni.rest.serializers import Input
from omni.rest.views import PLAIN, PROCESS, Endpoint
from orders.aftersales import errors as refused
from orders.aftersales import inputs, output, rules
from orders.aftersales import operations as aftersales
from orders.aftersales.after import carry_out_later
from orders.aftersales.models import ReturnCase
from orders.aftersales.queries import (
    get_case,
    get_returnable_order,
    return_cases_visible_to,
    with_parts,
)
from orders.fulfilment.after import carry_out_after_commit
from orders.sales import operations as sales
from orders.sales.models import Order, OrderLine
from orders.sales.output import OrderOutput, order_dict

RECEIPT_TRIES = 60
RECEIPT_WINDOW = timedelta(minutes=15)
RETURN_ERRORS = (
    refused.NothingToReturn,
    refused.UnknownReturnLine,
    refused.ReturnBeyondBought,
    refused.ReturnWindowOver,
    refused.FinalSale,
)
COUNTER_ERRORS = (
    *RETURN_ERRORS,
    NotFound,
    refused.ReturnsNotTaken,
    refused.OwnPurchase,
    refused.ApprovalAsked,
    refused.ReturnReferenceReused,
)
FILTERS = ("location_id", "order_id", "number", "status", "money_status")


def case_answer(case_id: UUID) -> dict[str, Any]:
    """The return as it is now; the operation settled who may see it."""
    return output.case_dict(with_parts(ReturnCase.objects.filter(pk=case_id)).get())


def request_reference(endpoint: Endpoint) -> str:
    """Names what this request makes, so that its repeat makes nothing new."""
    path = endpoint.request.path
    return digest(f"{endpoint.actor.principal}:{path}:{endpoint.idempotency_key}")


class StaffCancelOrder(Endpoint):
    """Cancelling by staff."""

    permission = Permission.ORDERS_CANCEL
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        NotAllowed,
        refused.NothingToCancel,
        sales.QuantityExceeded,
        InvalidTransition,
    ]

    @extend_schema(request=inputs.CancelInput, responses=OrderOutput)
    def post(self, request: Request, order_id: UUID) -> Answer:
        """Cancel all that is open, or some units; what is picked needs its own right.

        Picked goods can be sold again once they are put back.
        """
        given = self.given(inputs.CancelInput, request)
        order = aftersales.cancel_order(
            order_id=order_id,
            units=order_units(given.get("lines")),
            reason=given["reason"],
            actor=self.actor,
        )
        carry_out_after_commit(order_id)
        return self.ok(order_answer(order))


class StaffReturns(Endpoint):
    """Returns at the locations of the caller."""

    permissions = {"GET": Permission.RETURNS_VIEW, "POST": Permission.RETURNS_CREATE}
    idempotency = {"POST": PROCESS}
    query = inputs.ReturnsQuery
    errors = {"POST": COUNTER_ERRORS}

    @extend_schema(responses=output.ReturnListOutput)
    def get(self, request: Request) -> Answer:
        """Returns, newest first. One announced elsewhere is found by its number."""
        rows = return_cases_visible_to(self.actor)
        number = self.params.get("number", "").strip().upper()
        if number:
            self.params["number"] = number
            rows = rows | ReturnCase.objects.filter(number=number, location__isnull=True)
        for name in FILTERS:
            if name in self.params:
                rows = rows.filter(**{name: self.params[name]})
        return self.page(with_parts(rows), keys=["-id"], output=output.case_dict)

    @extend_schema(request=inputs.CounterReturnInput, responses={201: output.ReturnOutput})
    def post(self, request: Request) -> Answer:
        """Take goods of any order back at your location, whatever channel sold them.

        They can be sold at once; the money goes back over the tenders that paid. What was paid at
        a counter waits until a till pays it out. Over your limit the answer names an approval:
        repeat with it once it is granted.
        """
        case = aftersales.return_at_counter(
            wanted=counter_return(self.given(inputs.CounterReturnInput, request), self),
            actor=self.actor,
        )
        carry_out_later(case.pk)
        return self.created(case_answer(case.pk))


class ReturnsWithoutReceipt(Endpoint):
    """Goods that come back without a receipt."""

    permission = Permission.RETURNS_CREATE
    idempotency = {"POST": PROCESS}
    errors = [
        NotFound,
        refused.EvidenceMissing,
        refused.NothingToReturn,
        refused.UnknownReturnLine,
        refused.ReturnsNotTaken,
        refused.ReturnLimitReached,
        refused.OwnPurchase,
        refused.ApprovalAsked,
        refused.ReturnReferenceReused,
    ]

    @extend_schema(request=inputs.LooseReturnInput, responses={201: output.ReturnOutput})
    def post(self, request: Request) -> Answer:
        """Take goods back without a receipt: by a manager, or with a manager's approval.

        What is paid, today's price at most, comes out of a till's drawer.
        """
        given = self.given(inputs.LooseReturnInput, request)
        lines = inputs.loose_units_of(given.pop("lines"))
        case = aftersales.return_without_receipt(
            wanted=aftersales.LooseReturn(units=lines, reference=request_reference(self), **given),
            actor=self.actor,
        )
        return self.created(case_answer(case.pk))


class ReturnableOrder(Endpoint):
    """What of an order could come back."""

    permission = Permission.RETURNS_CREATE
    query = inputs.ReceiptQuery
    errors = [NotFound, TooManyAttempts]

    def guard(self, request: Request, **kwargs: Any) -> None:
        limits.spend("receipt", self.actor.principal, RECEIPT_TRIES, RECEIPT_WINDOW)

    @extend_schema(responses=output.ReturnableOrderOutput)
    def get(self, request: Request) -> Answer:
        """The goods of the order on a receipt, of any store; nothing personal is shown."""
        order = get_returnable_order(self.actor, number=self.params["number"])
        lines = OrderLine.objects.filter(order=order).select_related("variant__product")
        found = list(lines.order_by("position"))
        return self.ok(output.returnable_dict(order, found, rules.return_until(order)))


class StaffReturnById(Endpoint):
    """One return."""

    permission = Permission.RETURNS_VIEW
    errors = [NotFound]

    @extend_schema(responses=output.ReturnOutput)
    def get(self, request: Request, return_id: UUID) -> Answer:
        """The return with its goods and its money."""
        return self.ok(output.case_dict(get_case(self.actor, return_id)))


class ReceiveReturn(Endpoint):
    """Announced goods arrive."""

    permission = Permission.RETURNS_CREATE
    idempotency = {"POST": PLAIN}
    errors = [NotFound, InvalidTransition, refused.ReturnsNotTaken, *RETURN_ERRORS]

    @extend_schema(request=inputs.ReceiveInput, responses=output.ReturnOutput)
    def post(self, request: Request, return_id: UUID) -> Answer:
        """Goods of an authorised return are here and wait to be inspected."""
        given = self.given(inputs.ReceiveInput, request)
        aftersales.receive(
            case_id=return_id,
            location_id=given["location_id"],
            units=_case_units(given.get("lines")),
            number=given["number"],
            actor=self.actor,
        )
        return self.ok(case_answer(return_id))


class InspectReturn(Endpoint):
    """Received goods are looked at."""

    permission = Permission.RETURNS_INSPECT
    idempotency = {"POST": PROCESS}
    errors = [
        NotFound,
        InvalidTransition,
        refused.UnknownReturnLine,
        refused.ReturnBeyondBought,
        refused.OwnPurchase,
        refused.ApprovalAsked,
    ]

    @extend_schema(request=inputs.InspectInput, responses=output.ReturnOutput)
    def post(self, request: Request, return_id: UUID) -> Answer:
        """Decide what becomes of every received unit; the refund goes out."""
        given = self.given(inputs.InspectInput, request)
        decisions = given.get("decisions")
        aftersales.inspect(
            case_id=return_id,
            decisions=None
            if decisions is None
            else [aftersales.Decision(**each) for each in decisions],
            approval_id=given.get("approval_id"),
            actor=self.actor,
        )
        carry_out_later(return_id)
        return self.ok(case_answer(return_id))


class _Step(Endpoint):
    """A step of a return that needs little or nothing to be said."""

    permission = Permission.RETURNS_CREATE
    idempotency = {"POST": PLAIN}
    errors = [NotFound, InvalidTransition]
    takes: ClassVar[type[Input]] = inputs.NothingInput
    operate: ClassVar[Callable[..., Any]]

    def carry_out(self, request: Request, return_id: UUID) -> Answer:
        given = self.given(type(self).takes, request)
        type(self).operate(case_id=return_id, actor=self.actor, **given)
        carry_out_later(return_id)
        return self.ok(case_answer(return_id))


def _step(
    name: str,
    doc: str,
    operate: Callable[..., Any],
    *,
    takes: type[Input] = inputs.NothingInput,
    permission: str = Permission.RETURNS_CREATE,
    errors: tuple[type[Exception], ...] = (),
) -> type[Endpoint]:
    """The endpoint of one step; ``doc`` is what the schema says of it."""

    def post(self: _Step, request: Request, return_id: UUID) -> Answer:
        return self.carry_out(request, return_id)

    post.__doc__ = doc
    body = None if takes is inputs.NothingInput else takes
    return type(
        name,
        (_Step,),
        {
            "__doc__": doc,
            "__module__": __name__,
            "permission": permission,
            "errors": [*_Step.errors, *errors],
            "takes": takes,
            "operate": staticmethod(operate),
            "post": extend_schema(request=body, responses=output.ReturnOutput)(post),
        },
    )


AuthoriseReturn = _step(
    "AuthoriseReturn", "The goods may come back, within 30 days.", aftersales.authorise
)
DeclineReturn = _step(
    "DeclineReturn",
    "The goods are not taken back.",
    aftersales.decline,
    takes=inputs.DeclineInput,
)
StaffCancelReturn = _step(
    "StaffCancelReturn", "The customer keeps the goods after all.", aftersales.cancel_return
)
ReturnInTransit = _step(
    "ReturnInTransit", "The goods are on their way.", aftersales.mark_in_transit
)
ReturnLost = _step("ReturnLost", "The goods never arrived.", aftersales.mark_lost)
SendReturnBack = _step(
    "SendReturnBack",
    "Refused goods go back to the customer.",
    aftersales.send_back,
    permission=Permission.RETURNS_INSPECT,
    errors=(OutOfStock,),
)


def counter_return(
    given: dict[str, Any], endpoint: Endpoint, **over: Any
) -> aftersales.CounterReturn:
    """What lies on the counter, as the operations take it."""
    values = {**given, "units": inputs.units_of(given["lines"]), **over}
    del values["lines"]
    return aftersales.CounterReturn(reference=request_reference(endpoint), **values)


def order_answer(order: Order, *, for_guest: bool = False) -> dict[str, Any]:
    """The order as it is now, with its lines."""
    lines = OrderLine.objects.filter(order=order).order_by("position")
    return order_dict(order, list(lines), for_guest=for_guest)


def order_units(lines: list[dict[str, Any]] | None) -> list[tuple[UUID, int]] | None:
    """Units of order lines, as the operations take them; None is all that is open."""
    if lines is None:
        return None
    return [(line["order_line_id"], line["quantity"]) for line in lines]


def _case_units(lines: list[dict[str, int]] | None) -> list[tuple[int, int]] | None:
    if lines is None:
        return None
    return [(line["line_id"], line["quantity"]) for line in lines]
