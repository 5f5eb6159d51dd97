"""Endpoints of tills: registers, shifts and the cash in their drawers."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import CurrencyMismatch
from omni.core.secrets import digest
from omni.core.states import InvalidTransition
from omni.rest.answers import Answer
from omni.rest.views import PLAIN, Endpoint
from orders.pos import errors as refused
from orders.pos import inputs, output
from orders.pos import operations as pos
from orders.pos.drawer import get_shift, registers_visible_to, shifts_visible_to
from orders.pos.models import Shift
from orders.pos.queries import figures_of


def request_name(endpoint: Endpoint) -> str:
    """Names what this request makes, so that its repeat makes nothing new."""
    return digest(f"{endpoint.actor.principal}:{endpoint.idempotency_key}")


class Registers(Endpoint):
    """Tills of the caller's locations."""

    permission = Permission.POS_SELL
    query = inputs.RegistersQuery

    @extend_schema(responses=output.RegisterListOutput)
    def get(self, request: Request) -> Answer:
        """The tills, by code."""
        rows = registers_visible_to(self.actor, Permission.POS_SELL)
        if "location_id" in self.params:
            rows = rows.filter(location_id=self.params["location_id"])
        return self.page(rows, keys=["code"], output=output.register_dict)


# --- shifts ---------------------------------------------------------------------------------------


class Shifts(Endpoint):
    """Cash sessions."""

    permission = Permission.POS_SHIFT
    idempotency = {"POST": PLAIN}
    query = inputs.ShiftsQuery
    errors = {
        "POST": (
            NotFound,
            CurrencyMismatch,
            refused.RegisterNotActive,
            refused.ShiftAlreadyOpen,
            refused.StoreDayNotOpen,
        )
    }

    @extend_schema(responses=output.ShiftListOutput)
    def get(self, request: Request) -> Answer:
        """Shifts, newest first."""
        rows = shifts_visible_to(self.actor, Permission.POS_SHIFT)
        for name in ("register_id", "status"):
            if name in self.params:
                rows = rows.filter(**{name: self.params[name]})
        return self.page(rows, keys=["-id"], output=output.shift_dict)

    @extend_schema(request=inputs.OpenShiftInput, responses={201: output.ShiftOutput})
    def post(self, request: Request) -> Answer:
        """Open a shift with change in the drawer."""
        given = self.given(inputs.OpenShiftInput, request)
        shift = pos.open_shift(
            register_id=given["register_id"],
            float_minor=given["opening_float"].minor,
            actor=self.actor,
        )
        inputs.minor_of(given["opening_float"], shift.currency)
        return self.created(output.shift_dict(shift))


class _OfShift(Endpoint):
    permission = Permission.POS_SHIFT
    idempotency = {"POST": PLAIN}
    errors = [NotFound, InvalidTransition]

    def shift(self, shift_id: UUID) -> Shift:
        return get_shift(self.actor, shift_id, str(self.permission))


class ShiftById(Endpoint):
    """One shift."""

    permission = Permission.POS_SHIFT
    errors = [NotFound]

    @extend_schema(responses=output.ShiftOutput)
    def get(self, request: Request, shift_id: UUID) -> Answer:
        """The shift."""
        return self.ok(output.shift_dict(get_shift(self.actor, shift_id, Permission.POS_SHIFT)))


class ShiftFigures(Endpoint):
    """X and Z."""

    permission = Permission.POS_SHIFT
    errors = [NotFound]

    @extend_schema(responses=output.FiguresOutput)
    def get(self, request: Request, shift_id: UUID) -> Answer:
        """What the shift did so far (X), or in all (Z)."""
        return self.ok(output.figures_dict(figures_of(self.actor, shift_id)))


class SuspendShift(_OfShift):
    """The cashier steps away."""

    @extend_schema(request=None, responses=output.ShiftOutput)
    def post(self, request: Request, shift_id: UUID) -> Answer:
        """Suspend the shift: nothing can be sold meanwhile."""
        self.given(inputs.NothingInput, request)
        return self.ok(output.shift_dict(pos.suspend_shift(shift_id=shift_id, actor=self.actor)))


class ResumeShift(_OfShift):
    """The cashier is back."""

    @extend_schema(request=None, responses=output.ShiftOutput)
    def post(self, request: Request, shift_id: UUID) -> Answer:
        """Go on with a suspended shift."""
        self.given(inputs.NothingInput, request)
        return self.ok(output.shift_dict(pos.resume_shift(shift_id=shift_id, actor=self.actor)))


class CountShift(_OfShift):
    """The drawer is counted."""

    errors = [
        NotFound,
        InvalidTransition,
        CurrencyMismatch,
        refused.DenominationsNotValid,
        refused.SalePartPaid,
    ]

    @extend_schema(request=inputs.CountInput, responses=output.ShiftOutput)
    def post(self, request: Request, shift_id: UUID) -> Answer:
        """Say what lies in the drawer; the answer says what the books expect."""
        given = self.given(inputs.CountInput, request)
        minor = inputs.minor_of(given["counted"], self.shift(shift_id).currency)
        shift = pos.count_shift(
            shift_id=shift_id,
            counted_minor=minor or 0,
            denominations=given.get("denominations"),
            actor=self.actor,
        )
        return self.ok(output.shift_dict(shift))


class RecountShift(_OfShift):
    """The count is doubted."""

    @extend_schema(request=None, responses=output.ShiftOutput)
    def post(self, request: Request, shift_id: UUID) -> Answer:
        """Have the drawer counted again."""
        self.given(inputs.NothingInput, request)
        return self.ok(output.shift_dict(pos.ask_for_recount(shift_id=shift_id, actor=self.actor)))


class CloseShift(_OfShift):
    """The end of a shift."""

    errors = [NotFound, InvalidTransition, refused.DifferenceNotExplained]

    @extend_schema(request=inputs.CloseInput, responses=output.ShiftOutput)
    def post(self, request: Request, shift_id: UUID) -> Answer:
        """Close a counted shift; a difference needs its reason."""
        given = self.given(inputs.CloseInput, request)
        shift = pos.close_shift(shift_id=shift_id, actor=self.actor, **given)
        return self.ok(output.shift_dict(shift))


class ForceCloseShift(_OfShift):
    """The end of a shift that nobody closes."""

    permission = Permission.POS_FORCE_CLOSE
    errors = [NotFound, InvalidTransition, CurrencyMismatch]

    @extend_schema(request=inputs.ForceCloseInput, responses=output.ShiftOutput)
    def post(self, request: Request, shift_id: UUID) -> Answer:
        """Close a shift whose cashier is gone, counted or not."""
        given = self.given(inputs.ForceCloseInput, request)
        counted = inputs.minor_of(given.get("counted"), self.shift(shift_id).currency)
        shift = pos.force_close_shift(
            shift_id=shift_id, reason=given["reason"], counted_minor=counted, actor=self.actor
        )
        return self.ok(output.shift_dict(shift))


class ShiftCash(_OfShift):
    """Cash that is no sale."""

    errors = [
        NotFound,
        CurrencyMismatch,
        refused.ShiftNotOpen,
        refused.CashKindNotAllowed,
        refused.CashReferenceReused,
        refused.DrawerTooEmpty,
    ]

    @extend_schema(request=inputs.CashInput, responses={201: output.CashEntryOutput})
    def post(self, request: Request, shift_id: UUID) -> Answer:
        """Pay in, pay out, or drop into the safe."""
        given = self.given(inputs.CashInput, request)
        currency = self.shift(shift_id).currency
        entry = pos.move_cash(
            shift_id=shift_id,
            kind=given["kind"],
            amount_minor=inputs.minor_of(given["amount"], currency) or 0,
            reason=given["reason"],
            reference=request_name(self),
            actor=self.actor,
        )
        return self.created(output.cash_dict(entry, currency))
