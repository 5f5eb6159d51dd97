"""What the stock operations refuse, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from inventory.stock.lines import QuantityNotValid
from omni.core.errors import Conflict, Invalid, NotFound

__all__ = [
    "AlreadyCommitted",
    "BucketTooSmall",
    "NoSuchStock",
    "NotCommitted",
    "NothingToUndo",
    "OutOfStock",
    "QuantityNotValid",
    "StockChangeNotValid",
    "StockReferenceReused",
]


class OutOfStock(Conflict):
    """``details.lines``: variant_id, location_id, requested, available (now) of each that lacks."""

    code = "out_of_stock"
    message = _("Not enough of this is available any more. Take less, or choose another place.")


class NotCommitted(Conflict):
    """``details.lines``: order_line_id, requested, committed."""

    code = "not_committed"
    message = _("These units are not committed to this order line. Read the order again.")


class AlreadyCommitted(Conflict):
    code = "already_committed"
    message = _("Stock is committed to this order line already. Release it first.")


class BucketTooSmall(Conflict):
    """``details``: what is in the bucket (or on the shelf) and what was asked for."""

    code = "bucket_too_small"
    message = _("There are fewer units there than you want to move. Move fewer.")


class NothingToUndo(Conflict):
    code = "nothing_to_undo"
    message = _(
        "No goods moved under this reference, or they cannot come back this way. Check the "
        "reference, or correct the stock."
    )


class StockChangeNotValid(Invalid):
    """``details``: what was given, or what to give."""

    code = "stock_change_not_valid"
    message = _("This change of stock makes no sense. Say how many units change, and from where.")


class NoSuchStock(NotFound):
    code = "no_such_stock"
    message = _("There is no such variant or location. Check the ids.")


class StockReferenceReused(Conflict):
    """``details.lines``: variant_id, location_id, requested, written (under this reference)."""

    code = "stock_reference_reused"
    message = _(
        "Another quantity of this was booked under the same reference. Read what was booked; what "
        "is more or less belongs under a reference of its own."
    )
