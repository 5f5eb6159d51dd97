"""What aftersales refuses, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, Invalid, NotAllowed
from omni.work.operations import ApprovalNeeded

__all__ = [
    "ApprovalAsked",
    "CancelPossible",
    "CancelTooLate",
    "EvidenceMissing",
    "FinalSale",
    "NothingToCancel",
    "NothingToReturn",
    "OwnPurchase",
    "RefundOverOwnLimit",
    "ReturnBeyondBought",
    "ReturnLimitReached",
    "ReturnReferenceReused",
    "ReturnWindowOver",
    "ReturnsNotTaken",
    "UnknownReturnLine",
]


class NothingToCancel(Conflict):
    code = "nothing_to_cancel"
    message = _(
        "Nothing of this is left that could be cancelled. What was received can be returned."
    )


class CancelTooLate(Conflict):
    code = "cancel_too_late"
    message = _(
        "The goods are being picked or wait already. Ask the store to let you cancel "
        "(cancel-requests), or return them."
    )


class CancelPossible(Conflict):
    code = "cancel_possible"
    message = _("Nobody picked this yet, so nobody needs to be asked. Cancel it.")


class NothingToReturn(Invalid):
    code = "nothing_to_return"
    message = _("Nothing is named that comes back. Name at least one unit.")


class UnknownReturnLine(Invalid):
    code = "unknown_return_line"
    message = _("This line does not belong to this order or return. Name one of its lines.")


class ReturnBeyondBought(Conflict):
    """``details``: order_line_id, quantity, possible."""

    code = "return_beyond_bought"
    message = _("More cannot come back than was received and not returned yet. Return fewer.")


class ReturnWindowOver(Conflict):
    """``details``: until."""

    code = "return_window_over"
    message = _("The time to return this is over. A manager may allow it.")


class FinalSale(Conflict):
    code = "final_sale"
    message = _("This was sold finally and cannot be returned. A manager may allow it.")


class ReturnsNotTaken(Conflict):
    code = "returns_not_taken"
    message = _("This location takes no returns. Choose another one.")


class OwnPurchase(NotAllowed):
    code = "own_purchase"
    message = _("Nobody refunds their own purchase. Ask a colleague.")


class RefundOverOwnLimit(NotAllowed):
    """``details``: what an approval must be about. Becomes ``approval_asked`` with an approval."""

    code = "refund_over_own_limit"
    message = _("This refund is over your limit. Ask a colleague with a higher one.")


class ApprovalAsked(ApprovalNeeded):
    """The approval that was asked for: ``details.approval_id``. Repeat with it once granted."""

    status = 409
    code = "approval_asked"
    message = _("A second person is asked to approve this. Repeat it with the approval.")


class EvidenceMissing(Invalid):
    code = "evidence_missing"
    message = _(
        "There is no receipt and nothing in its place. Say what shows that it was bought here."
    )


class ReturnLimitReached(Conflict):
    """``details``: limit, days."""

    code = "return_limit_reached"
    message = _("This person has returned too much without receipt lately. Ask a manager.")


class ReturnReferenceReused(Conflict):
    code = "return_reference_reused"
    message = _("Another return was recorded under this reference. Use a fresh one.")
