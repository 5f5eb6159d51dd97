"""What fulfilment refuses, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, Invalid, NotAllowed
from omni.core.states import InvalidTransition

__all__ = [
    "AlreadyExtended",
    "AlreadyHandedOver",
    "CodeUnknown",
    "IdCheckNeeded",
    "InvalidTransition",
    "LineNotInFulfilmentOrder",
    "NoDelegateNamed",
    "NotAllPicked",
    "NotPaid",
    "NothingToHandOver",
    "NothingToPutBack",
    "OrderNotConfirmed",
    "PickupCodeLocked",
    "PutBackFirst",
    "QuantityBeyondLine",
    "ShelfMissing",
    "UndoTooLate",
    "WindowOver",
    "WrongMethod",
    "WrongPickupCode",
]


class OrderNotConfirmed(Conflict):
    code = "order_not_confirmed"
    message = _(
        "Work starts on a confirmed order only: paid or secured, and not cancelled. Wait for "
        "its payment, or leave it if it was cancelled."
    )


class NotPaid(Conflict):
    """``details``: due_minor, currency."""

    code = "not_paid"
    message = _("Not everything that is due is paid. Take it first, then hand over.")


class WrongPickupCode(Conflict):
    """``details``: attempts_left."""

    code = "wrong_pickup_code"
    message = _("This is not the code of this pickup. Ask the customer to show it again.")


class PickupCodeLocked(Conflict):
    code = "pickup_code_locked"
    message = _("Too many wrong codes. A key holder may check an ID instead or renew the code.")


class IdCheckNeeded(NotAllowed):
    code = "id_check_needed"
    message = _(
        "Without the code a key holder must check an ID. Ask for the code, or call a key holder."
    )


class QuantityBeyondLine(Invalid):
    """``details``: line_id, quantity, possible."""

    code = "quantity_beyond_line"
    message = _("There are not that many units to do this with. Name fewer.")


class LineNotInFulfilmentOrder(Invalid):
    code = "line_not_in_fulfilment_order"
    message = _("This line does not belong to this fulfilment order. Name one of its lines.")


class ShelfMissing(Invalid):
    code = "shelf_missing"
    message = _("No shelf is named. Say on which one the goods wait.")


class ReasonMissing(Invalid):
    code = "reason_missing"
    message = _("Say why in a word or two. Colleagues read it in the history.")


class NotAllPicked(Conflict):
    """``details.lines``: the lines with units that are neither picked nor short."""

    code = "not_all_picked"
    message = _("Not every unit is picked. Pick the rest, or report it as short.")


class NothingToHandOver(Conflict):
    code = "nothing_to_hand_over"
    message = _(
        "There is nothing left here to hand over. Read the order again to see what became of it."
    )


class AlreadyHandedOver(Conflict):
    """``details``: handed_over_at, handed_over_by, proof."""

    code = "already_handed_over"
    message = _("These goods were handed over already. Who did it and when is in the details.")


class NoDelegateNamed(Conflict):
    code = "no_delegate_named"
    message = _(
        "The customer named nobody else who may collect. Ask the customer to name them first."
    )


class NothingToPutBack(Conflict):
    code = "nothing_to_put_back"
    message = _("Nothing of this lies on a shelf to be put back. Read it again to see where it is.")


class PutBackFirst(Conflict):
    code = "put_back_first"
    message = _("Units that were cancelled still lie with these goods. Put them back first.")


class AlreadyExtended(Conflict):
    code = "already_extended"
    message = _("The time to collect was extended once already. Collect in time, or ask the store.")


class WindowOver(Conflict):
    code = "window_over"
    message = _("The time to collect is over. Ask the store whether the goods still wait.")


class UndoTooLate(Conflict):
    code = "undo_too_late"
    message = _("A hand-over can be undone within 15 minutes only. Take the goods back instead.")


class WrongMethod(Conflict):
    code = "wrong_method"
    message = _(
        "This step does not exist for the way in which these goods reach the customer. See "
        "`method`, and take a step of that way."
    )


class CodeUnknown(Invalid):
    """``details``: scanned."""

    code = "scanned_code_unknown"
