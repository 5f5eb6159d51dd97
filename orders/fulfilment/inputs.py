"""What the endpoints of fulfilment are told: shapes only."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inventory.locations.models import Method
from omni.rest.serializers import Input, PageQuery, QuantityField
from orders.fulfilment.models import FulfilmentState
from orders.fulfilment.proof import IdKind
from orders.fulfilment.shelf_findings import Finding

MAX_LINES = 200
BIGINT = 2**63 - 1


class NothingInput(Input):
    """Nothing needs to be said."""


class ReasonInput(Input):
    """Why, in a word or two."""

    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40, help_text=_("Why.")
    )


class WhyInput(Input):
    """Why, in a word or two; it has to be said."""

    reason = serializers.CharField(max_length=40, help_text=_("Why."))


class WorkQuery(PageQuery):
    """Which work."""

    location_id = serializers.UUIDField(required=False, help_text=_("Where it is done."))
    order_id = serializers.UUIDField(required=False, help_text=_("Of which order."))
    method = serializers.ChoiceField(
        Method.choices, required=False, help_text=_("How the goods leave.")
    )
    status = serializers.ChoiceField(
        FulfilmentState.choices, required=False, help_text=_("How far it is.")
    )
    due_before = serializers.DateTimeField(required=False, help_text=_("Promised before then."))


class LineIdField(serializers.IntegerField):
    """A line of the work."""

    def __init__(self) -> None:
        super().__init__(
            min_value=1, max_value=BIGINT, help_text=_("`id` of the line of this work.")
        )


class PickInput(Input):
    """How many units of a line were found and not found, in all."""

    line_id = LineIdField()
    picked = serializers.IntegerField(
        min_value=0, max_value=1_000_000, help_text=_("Found so far, in all.")
    )
    short = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Not there, in all; it only rises."),
    )
    reason = serializers.ChoiceField(
        Finding.choices,
        required=False,
        default=Finding.NOT_FOUND,
        help_text=_("What was found instead."),
    )


class RejectInput(Input):
    """What the location cannot do, and why."""

    reason = serializers.ChoiceField(Finding.choices, help_text=_("It adjusts the stock."))
    line_ids = serializers.ListField(
        child=LineIdField(),
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text=_("Only these lines; all that is not picked by default."),
    )


class ReadyInput(Input):
    """Where the goods wait."""

    shelf = serializers.CharField(max_length=40, help_text=_("Shelf, locker or bag."))


class UnitsInput(Input):
    """So many units of a line."""

    line_id = LineIdField()
    quantity = QuantityField(help_text=_("Units."))


class HandOverInput(Input):
    """The proof, and what of it is given: a code, or the kind of ID that was checked."""

    code = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=40,
        help_text=_("As the customer shows it."),
    )
    id_kind = serializers.ChoiceField(
        IdKind.choices,
        required=False,
        default="",
        allow_blank=True,
        help_text=_("Instead of the code, by a key holder: what was looked at, never its number."),
    )
    is_delegate = serializers.BooleanField(
        required=False, default=False, help_text=_("Whether it is the person the customer named.")
    )
    lines = serializers.ListField(
        child=UnitsInput(),
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text=_("Only these units; all that waits by default."),
    )
    cancel_rest = serializers.BooleanField(
        required=False,
        default=False,
        help_text=_("Whether what is left is cancelled; it stays on the shelf by default."),
    )


class PackInput(Input):
    """The parcel."""

    carrier = serializers.CharField(max_length=60, help_text=_("Who carries it."))
    tracking_number = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=80, help_text=_("At the carrier.")
    )


class DelegateInput(Input):
    """Who else may collect."""

    name = serializers.CharField(
        allow_blank=True, max_length=200, help_text=_("Full name; empty takes it back.")
    )


class ArrivalInput(Input):
    """Where the customer is."""

    note = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=80, help_text=_("Bay or car.")
    )
