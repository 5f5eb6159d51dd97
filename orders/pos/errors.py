"""What the till refuses, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, Invalid, NotAllowed


class ShiftAlreadyOpen(Conflict):
    """``details``: shift_id."""

    code = "shift_already_open"
    message = _("There is a shift on this register already. Close it first.")


class ShiftNotOpen(Conflict):
    code = "shift_not_open"
    message = _("The shift is not open. Open or resume it first.")


class RegisterNotActive(Conflict):
    code = "register_not_active"
    message = _("This register is out of use. Choose another one.")


class DifferenceNotExplained(Invalid):
    """``details``: difference_minor."""

    code = "difference_not_explained"
    message = _("The drawer and the books differ. Say why.")


class DrawerTooEmpty(Conflict):
    """``details``: in_drawer_minor, requested_minor."""

    code = "drawer_too_empty"
    message = _("There is not enough cash in the drawer. Pay in change first, or pay out less.")


class SalePartPaid(Conflict):
    """``details``: taken_minor, currency."""

    code = "sale_part_paid"
    message = _("A sale that is not finished was paid in part. Finish it or give the money back.")


class CashReferenceReused(Conflict):
    code = "cash_reference_reused"
    message = _("Another cash entry was booked under this reference. Use a fresh one.")


class TendersDoNotMatch(Invalid):
    """``details``: due_minor, given_minor, currency."""

    code = "tenders_do_not_match"
    message = _("What is paid does not add up to what is due. The details say how much that is.")


class TooLittleCashGiven(Invalid):
    code = "too_little_cash_given"
    message = _("Less cash was given than it shall pay. Ask for the rest, or pay less in cash.")


class CashKindNotAllowed(Invalid):
    code = "cash_kind_not_allowed"
    message = _(
        "The till books cash of this kind itself. Name paid in, paid out or dropped into the safe."
    )


class NotSoldInThisShift(Conflict):
    code = "not_sold_in_this_shift"
    message = _("Only a sale of the open shift can be voided. Take the goods back instead.")


class GoodsLeftElsewhere(Conflict):
    code = "goods_left_elsewhere"
    message = _(
        "Goods of this sale were collected or sent already. Take back what came back instead."
    )


class AlreadyVoided(Conflict):
    code = "already_voided"
    message = _("This sale was voided already. Nothing is left to do.")


class SecondIdentityNeeded(NotAllowed):
    code = "second_identity_needed"
    message = _("Nobody voids their own sale. Let somebody else do it.")


class NothingToPayOut(Conflict):
    code = "nothing_to_pay_out"
    message = _(
        "Nothing waits to be paid out here. Read the order again to see what was given back."
    )


class StoreDayNotOpen(Conflict):
    """``details``: status."""

    code = "store_day_not_open"
    message = _("This store's day is being reconciled or closed. Reopen it, or begin tomorrow.")


class StoreDayNotReconciling(Conflict):
    """``details``: status."""

    code = "store_day_not_reconciling"
    message = _("This belongs to the reconciliation of a store's day. Begin it first.")


class ShiftsStillOpen(Conflict):
    """``details``: shift_ids."""

    code = "shifts_still_open"
    message = _("Not all shifts of the day are closed. Count and close them first.")


class TerminalNotReconciled(Conflict):
    """``details``: register_ids."""

    code = "terminal_not_reconciled"
    message = _("The card terminal's total is missing for a register. Enter it first.")


class SafeNotCounted(Conflict):
    code = "safe_not_counted"
    message = _("The safe was not counted yet. Count it first.")


class SafeTooEmpty(Conflict):
    """``details``: in_safe_minor, requested_minor."""

    code = "safe_too_empty"
    message = _("There is less in the safe than the slip says. Count again.")


class DenominationsNotValid(Invalid):
    """``details``: currency, denomination or counted_minor and sum_minor."""

    code = "denominations_not_valid"
    message = _("Coins and notes do not fit the currency or the sum. Count again.")
