"""Endpoints by which staff do the work on orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from inventory.locations.models import Method
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.secrets import digest
from omni.rest.answers import Answer
from omni.rest.serializers import Input
from omni.rest.views import PLAIN, PROCESS, Endpoint
from orders.fulfilment import errors as refused
from orders.fulfilment import inputs, output
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.after import carry_out_after_commit
from orders.fulfilment.models import FulfilmentOrder
from orders.fulfilment.queries import get_fulfilment_order, with_parts, worklist
from orders.fulfilment.shelf_findings import UnknownReason
from orders.payments.operations import (
    PaymentDeclined,
    PaymentInProgress,
    PaymentNotCapturable,
    PaymentUnclear,
)

# Parameter -> the lookup that it means. Nothing else can be asked for.
FILTERS = {
    "location_id": "location_id",
    "order_id": "order_id",
    "method": "method",
    "status": "status",
    "due_before": "due_at__lt",
}
CAPTURE_ERRORS = (PaymentDeclined, PaymentInProgress, PaymentNotCapturable, PaymentUnclear)


def work_answer(fulfilment_order_id: UUID) -> dict[str, Any]:
    """The work as it is now; the operation settled who may see it."""
    rows = with_parts(FulfilmentOrder.objects.filter(pk=fulfilment_order_id))
    return output.work_dict(rows.get())


class FulfilmentOrders(Endpoint):
    """Work at the locations of the caller."""

    permission = Permission.FULFILMENT_VIEW
    query = inputs.WorkQuery
    only_method: ClassVar[str | None] = None

    @extend_schema(responses=output.FulfilmentOrderListOutput)
    def get(self, request: Request) -> Answer:
        """What is to be done and was done, in the order in which it is due."""
        rows = worklist(self.actor).filter(due_at__isnull=False)
        if self.only_method:
            rows = rows.filter(method=self.only_method)
        for name, lookup in FILTERS.items():
            if name in self.params:
                rows = rows.filter(**{lookup: self.params[name]})
        return self.page(rows, keys=["due_at", "id"], output=output.work_dict)


class Pickups(FulfilmentOrders):
    """Pickups at the locations of the caller."""

    only_method = Method.PICKUP


class FulfilmentOrderById(Endpoint):
    """One piece of work."""

    permission = Permission.FULFILMENT_VIEW
    errors = [NotFound]

    @extend_schema(responses=output.FulfilmentOrderOutput)
    def get(self, request: Request, fulfilment_order_id: UUID) -> Answer:
        """The work with its lines, its pickup and its parcels."""
        return self.ok(output.work_dict(get_fulfilment_order(self.actor, fulfilment_order_id)))


class PickupById(FulfilmentOrderById):
    """One pickup."""


class _Verb(Endpoint):
    """A step of the work: one operation, told what ``takes`` says, answered with the work."""

    permission = Permission.FULFILMENT_WORK
    idempotency = {"POST": PLAIN}
    takes: ClassVar[type[Input]] = inputs.NothingInput
    operate: ClassVar[Callable[..., Any]]

    def carry_out(self, request: Request, fulfilment_order_id: UUID) -> Answer:
        given = self.given(type(self).takes, request)
        type(self).operate(fulfilment_order_id=fulfilment_order_id, actor=self.actor, **given)
        answer = work_answer(fulfilment_order_id)
        carry_out_after_commit(answer["order_id"])
        return self.ok(answer)


def _verb(
    name: str,
    doc: Any,
    operate: Callable[..., Any],
    *,
    takes: type[Input] = inputs.NothingInput,
    permission: str = Permission.FULFILMENT_WORK,
    errors: tuple[type[Exception], ...] = (),
    mode: str = PLAIN,
) -> type[Endpoint]:
    """The endpoint of one step; ``doc`` is what the schema says of it."""

    def post(self: _Verb, request: Request, fulfilment_order_id: UUID) -> Answer:
        return self.carry_out(request, fulfilment_order_id)

    post.__doc__ = str(doc)
    request = None if takes is inputs.NothingInput else takes
    documented = extend_schema(request=request, responses=output.FulfilmentOrderOutput)(post)
    return type(
        name,
        (_Verb,),
        {
            "__doc__": str(doc),
            "__module__": __name__,
            "permission": permission,
            "idempotency": {"POST": mode},
            "errors": [NotFound, refused.InvalidTransition, refused.WrongMethod, *errors],
            "takes": takes,
            "operate": staticmethod(operate),
            "post": documented,
        },
    )


AcceptWork = _verb(
    "AcceptWork",
    "Take the work on; the order must be paid or secured as its terms ask.",
    fulfilment.accept,
    errors=(refused.OrderNotConfirmed,),
)
StartPicking = _verb("StartPicking", "Go for the goods.", fulfilment.start_picking)
HoldWork = _verb("HoldWork", "Let it wait.", fulfilment.put_on_hold, takes=inputs.ReasonInput)
ResumeWork = _verb("ResumeWork", "Go on with what waited.", fulfilment.resume)
PickLine = _verb(
    "PickLine",
    "Say what was found and what is not there. Units that are short are cancelled and refunded.",
    fulfilment.pick_line,
    takes=inputs.PickInput,
    errors=(
        refused.QuantityBeyondLine,
        refused.LineNotInFulfilmentOrder,
        refused.PutBackFirst,
        UnknownReason,
    ),
)
RejectWork = _verb(
    "RejectWork",
    "Give back what this location cannot do; it is routed again or cancelled.",
    fulfilment.reject,
    takes=inputs.RejectInput,
    errors=(refused.NothingToHandOver, refused.LineNotInFulfilmentOrder, UnknownReason),
)
PutBack = _verb(
    "PutBack",
    "Goods that nobody takes lie in their place again; only now can they be sold.",
    fulfilment.put_back,
    errors=(refused.NothingToPutBack,),
)
PackParcel = _verb(
    "PackParcel",
    "All units are in a parcel.",
    fulfilment.pack,
    takes=inputs.PackInput,
    errors=(refused.NotAllPicked, refused.PutBackFirst, refused.NothingToHandOver),
)
DispatchParcel = _verb(
    "DispatchParcel",
    "The parcel leaves; an authorised card is captured first.",
    fulfilment.dispatch,
    errors=(
        refused.NotPaid,
        refused.NotAllPicked,
        refused.PutBackFirst,
        refused.NothingToHandOver,
        *CAPTURE_ERRORS,
    ),
    mode=PROCESS,
)
DeliverParcel = _verb("DeliverParcel", "The parcel arrived.", fulfilment.deliver)
ReportAttempt = _verb("ReportAttempt", "The carrier found nobody.", fulfilment.report_attempt)
RefuseParcel = _verb(
    "RefuseParcel", "Refused at the door.", fulfilment.refuse_at_door, takes=inputs.ReasonInput
)
SendParcelBack = _verb(
    "SendParcelBack", "It is on its way back.", fulfilment.send_back, takes=inputs.ReasonInput
)
ReceiveParcelBack = _verb(
    "ReceiveParcelBack",
    "It is back: its goods can be sold, what was paid goes back.",
    fulfilment.receive_back,
)
ReportParcelLost = _verb("ReportParcelLost", "The carrier lost it.", fulfilment.report_lost)

MarkReady = _verb(
    "MarkReady",
    "The goods wait on a shelf; the customer is told and the window starts.",
    fulfilment.mark_ready,
    takes=inputs.ReadyInput,
    errors=(refused.ShelfMissing, refused.NotAllPicked, refused.NothingToHandOver),
)
TakeBackReady = _verb(
    "TakeBackReady",
    "Gone from the shelf or damaged there: it is picked anew.",
    fulfilment.take_back,
    takes=inputs.ReasonInput,
    errors=(refused.PutBackFirst,),
    permission=Permission.PICKUP_REINSTATE,
)
RefuseAtCounter = _verb(
    "RefuseAtCounter",
    "The customer does not want it: cancelled and refunded, to be put back.",
    fulfilment.refuse_at_counter,
    takes=inputs.ReasonInput,
    permission=Permission.PICKUP_HAND_OVER,
)
ReinstatePickup = _verb(
    "ReinstatePickup",
    "Not collected in time, but still there: it may be collected after all.",
    fulfilment.reinstate,
    permission=Permission.PICKUP_REINSTATE,
)
ExtendForCustomer = _verb(
    "ExtendForCustomer",
    "Give the customer more time to collect, once a window; they are told.",
    fulfilment.extend_for_customer,
    takes=inputs.WhyInput,
    errors=(refused.ReasonMissing, refused.AlreadyExtended, refused.WindowOver),
    permission=Permission.PICKUP_REINSTATE,
)
UndoHandOver = _verb(
    "UndoHandOver",
    "It was the wrong bag: within 15 minutes the goods are on the shelf again.",
    fulfilment.undo_hand_over,
    takes=inputs.ReasonInput,
    permission=Permission.PICKUP_UNDO_HAND_OVER,
    errors=(refused.UndoTooLate,),
)
RenewCode = _verb(
    "RenewCode",
    "Give the pickup a new code, which unlocks it.",
    fulfilment.renew_code,
    permission=Permission.PICKUP_HAND_OVER_BY_ID,
)


class AcceptPickup(AcceptWork):  # type: ignore[misc,valid-type]
    """Take a pickup on."""


class StartPickingPickup(StartPicking):  # type: ignore[misc,valid-type]
    """Go for the goods of a pickup."""


class PickPickupLine(PickLine):  # type: ignore[misc,valid-type]
    """Say what of a pickup was found."""


class RejectPickup(RejectWork):  # type: ignore[misc,valid-type]
    """Give back what of a pickup this store cannot do."""


class PutPickupBack(PutBack):  # type: ignore[misc,valid-type]
    """The goods of a pickup lie in their place again."""


class HandOverPickup(Endpoint):
    """The hand-over at the counter."""

    permission = Permission.PICKUP_HAND_OVER
    idempotency = {"POST": PROCESS}
    errors = [
        NotFound,
        refused.WrongMethod,
        refused.InvalidTransition,
        refused.AlreadyHandedOver,
        refused.WrongPickupCode,
        refused.PickupCodeLocked,
        refused.IdCheckNeeded,
        refused.NoDelegateNamed,
        refused.NothingToHandOver,
        refused.LineNotInFulfilmentOrder,
        refused.QuantityBeyondLine,
        refused.NotPaid,
        *CAPTURE_ERRORS,
    ]

    @extend_schema(request=inputs.HandOverInput, responses=output.FulfilmentOrderOutput)
    def post(self, request: Request, fulfilment_order_id: UUID) -> Answer:
        """Give the goods to whoever shows the code; a key holder may check an ID instead.

        Five wrong codes lock the pickup. What is due at collection is taken at a till
        (`staff/sales/collections`).
        """
        given = self.given(inputs.HandOverInput, request)
        fulfilment.hand_over(
            fulfilment_order_id=fulfilment_order_id,
            quantities=units_of(given.pop("lines", None)),
            request_key=digest(f"{self.actor.principal}:{self.idempotency_key}"),
            actor=self.actor,
            **given,
        )
        answer = work_answer(fulfilment_order_id)
        carry_out_after_commit(answer["order_id"])
        return self.ok(answer)


def units_of(lines: list[dict[str, int]] | None) -> dict[int, int] | None:
    """Units by line; the same line twice adds up."""
    if lines is None:
        return None
    units: dict[int, int] = {}
    for line in lines:
        units[line["line_id"]] = units.get(line["line_id"], 0) + line["quantity"]
    return units
