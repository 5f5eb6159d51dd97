"""The steps of the work, each a form of the queue's panel: one operation, then the panel again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access.permissions import Permission
from omni.screens.views import Done, Screen
from orders.fulfilment import boards
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.after import carry_out_after_commit
from orders.fulfilment.console import board_of, show_board
from orders.fulfilment.console_forms import (
    TAKE_OFF,
    FindingForm,
    PackForm,
    PickForm,
    ReasonForm,
    ScanForm,
    ShelfForm,
)
from orders.fulfilment.models import FulfilmentOrder


class Step(Screen):
    """One step of one piece of work at this place. What is refused is told in its panel."""

    permissions = {"GET": Permission.FULFILMENT_VIEW, "POST": Permission.FULFILMENT_WORK}
    takes: ClassVar[type[forms.Form]] = ReasonForm
    is_process: ClassVar[bool] = False
    said: ClassVar[str | Promise] = ""

    def get(self, request: HttpRequest, work_id: UUID) -> HttpResponse:
        row = self.row(work_id)
        return show_board(self, row) if self.problem else self.go(board_of(row))

    def post(self, request: HttpRequest, work_id: UUID) -> HttpResponse:
        return self.once(lambda: self._take(work_id), process=type(self).is_process)

    def row(self, work_id: UUID) -> FulfilmentOrder:
        return boards.work_at(self.actor, work_id, self.place.location_id)

    def _take(self, work_id: UUID) -> Done:
        before = self.row(work_id)
        given = self.form(type(self).takes).cleaned_data
        self.carry_out(work_id, given)
        carry_out_after_commit(before.order_id)
        after = self.row(work_id)
        return Done(self.leads_to(after), self.words(after))

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        """The one call into an operation."""
        raise NotImplementedError

    def leads_to(self, row: FulfilmentOrder) -> str:
        """The page that the form names (a queue to stay in), else the panel."""
        return self.came_from() if self.request.POST.get("next") else board_of(row)

    def words(self, row: FulfilmentOrder) -> str:
        return str(type(self).said)


class Open(Screen):
    """A piece of work by its id: where it stands now."""

    permission = Permission.FULFILMENT_VIEW

    def get(self, request: HttpRequest, work_id: UUID) -> HttpResponse:
        row = boards.work_at(self.actor, work_id, self.place.location_id)
        return self.go(board_of(row))


def _plain(name: str, operate: Callable[..., Any], said: str | Promise, **more: Any) -> type[Step]:
    """A step that needs to be told nothing."""

    def carry_out(self: Step, work_id: UUID, given: dict[str, Any]) -> None:
        operate(fulfilment_order_id=work_id, actor=self.actor)

    return _made(name, {"carry_out": carry_out, "said": said, **more})


def _with_reason(
    name: str, operate: Callable[..., Any], said: str | Promise, **more: Any
) -> type[Step]:
    """A step that may be told why."""

    def carry_out(self: Step, work_id: UUID, given: dict[str, Any]) -> None:
        operate(fulfilment_order_id=work_id, reason=given["reason"], actor=self.actor)

    return _made(name, {"carry_out": carry_out, "said": said, **more})


def _made(name: str, parts: dict[str, Any]) -> type[Step]:
    return type(name, (Step,), {"__module__": __name__, **parts})


def _by(permission: str) -> dict[str, Any]:
    return {"permissions": {"GET": Permission.FULFILMENT_VIEW, "POST": permission}}


Accept = _plain("Accept", fulfilment.accept, gettext_lazy("Accepted"))
StartPicking = _plain("StartPicking", fulfilment.start_picking, "")
Resume = _plain("Resume", fulfilment.resume, gettext_lazy("It goes on"))
PutBack = _plain(
    "PutBack", fulfilment.put_back, gettext_lazy("Back in its place, and for sale again")
)
Reinstate = _plain(
    "Reinstate",
    fulfilment.reinstate,
    gettext_lazy("It waits for the customer again"),
    **_by(Permission.PICKUP_REINSTATE),
)
RenewCode = _plain(
    "RenewCode",
    fulfilment.renew_code,
    gettext_lazy("The pickup has a new code. The customer sees it on the page of the order."),
    **_by(Permission.PICKUP_HAND_OVER_BY_ID),
)
Dispatch = _plain(
    "Dispatch", fulfilment.dispatch, gettext_lazy("The parcel has left"), is_process=True
)
Deliver = _plain("Deliver", fulfilment.deliver, gettext_lazy("Delivered"))
Attempt = _plain("Attempt", fulfilment.report_attempt, gettext_lazy("The carrier met nobody"))
ReceiveBack = _plain(
    "ReceiveBack", fulfilment.receive_back, gettext_lazy("Back here, and for sale again")
)
Lose = _plain(
    "Lose", fulfilment.report_lost, gettext_lazy("Lost. An incident decides what happens next.")
)
Hold = _with_reason("Hold", fulfilment.put_on_hold, gettext_lazy("It waits"))
TakeBack = _with_reason(
    "TakeBack",
    fulfilment.take_back,
    gettext_lazy("Taken back: it is picked anew"),
    **_by(Permission.PICKUP_REINSTATE),
)
ExtendForCustomer = _with_reason(
    "ExtendForCustomer",
    fulfilment.extend_for_customer,
    gettext_lazy("There is more time to collect. The customer is told."),
    **_by(Permission.PICKUP_REINSTATE),
)
RefuseAtDoor = _with_reason(
    "RefuseAtDoor", fulfilment.refuse_at_door, gettext_lazy("Refused at the door")
)
SendBack = _with_reason("SendBack", fulfilment.send_back, gettext_lazy("On its way back"))


class Pick(Step):
    """A tap on a line: its units are found, or not after all."""

    takes = PickForm

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        self.line = fulfilment.set_picked(
            fulfilment_order_id=work_id,
            line_id=given["line"],
            picked=given["picked"],
            actor=self.actor,
        )

    def leads_to(self, row: FulfilmentOrder) -> str:
        return f"{board_of(row)}&hit={self.line.pk}-{self.line.picked}"


class Scan(Step):
    """A scan: one unit of what was scanned, or the shelf when all is picked."""

    takes = ScanForm

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        self.result = fulfilment.take_scan(
            fulfilment_order_id=work_id, scanned=given["scanned"], actor=self.actor
        )

    def leads_to(self, row: FulfilmentOrder) -> str:
        line = self.result.line
        return f"{board_of(row)}&hit={line.pk}-{line.picked}" if line else board_of(row)

    def words(self, row: FulfilmentOrder) -> str:
        return _ready_words(self.result.shelf) if self.result.shelf else ""


class MarkReady(Step):
    """The goods lie on a shelf and wait."""

    takes = ShelfForm

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        self.shelf = given["other"] or given["shelf"]
        fulfilment.mark_ready(fulfilment_order_id=work_id, shelf=self.shelf, actor=self.actor)

    def words(self, row: FulfilmentOrder) -> str:
        return _ready_words(self.shelf)


def _ready_words(shelf: str) -> str:
    return _("Ready on shelf %(shelf)s. The customer is told.") % {"shelf": shelf}


class Report(Step):
    """A line that cannot be given: routed to another place, or taken off the order."""

    takes = FindingForm

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        line = given["line"]
        if line and given["then"] == TAKE_OFF:
            fulfilment.report_short(
                fulfilment_order_id=work_id,
                line_id=line,
                reason=given["reason"],
                actor=self.actor,
            )
        else:
            fulfilment.reject(
                fulfilment_order_id=work_id,
                reason=given["reason"],
                line_ids=[line] if line else None,
                actor=self.actor,
            )
        self.then = given["then"]

    def words(self, row: FulfilmentOrder) -> str:
        if self.then == TAKE_OFF:
            return _("Taken off the order. What was paid for it goes back.")
        return _("Given back. Where another place has it, that place takes over.")


class Pack(Step):
    """All units are in a parcel."""

    takes = PackForm
    said = gettext_lazy("Packed. Hand it to the carrier.")

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        fulfilment.pack(fulfilment_order_id=work_id, actor=self.actor, **given)
