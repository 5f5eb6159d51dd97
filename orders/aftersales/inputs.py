"""What the endpoints of aftersales are told: shapes only."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from omni.rest.serializers import Input, MoneyField, PageQuery, QuantityField, Query
from orders.aftersales.drafts import LooseUnits, ReturnUnits
from orders.aftersales.models import Disposition, LogisticsState, MoneyState, ReturnKind

MAX_LINES = 200
BIGINT = 2**63 - 1
# What is given at a counter with the goods; without receipt has its own endpoint.
KINDS = [kind for kind in ReturnKind.choices if kind[0] in (ReturnKind.RETURN, ReturnKind.CLAIM)]


class ReasonField(serializers.CharField):
    """Why, in a word or two."""

    def __init__(self, *, max_length: int = 40) -> None:
        super().__init__(
            required=False,
            default="",
            allow_blank=True,
            max_length=max_length,
            help_text=_("Why."),
        )


class NothingInput(Input):
    """Nothing needs to be said."""


class OrderUnitsInput(Input):
    """So many units of a line of the order."""

    order_line_id = serializers.UUIDField(help_text=_("The line of the order."))
    quantity = QuantityField(help_text=_("Units."))


class CancelInput(Input):
    """What is cancelled, and why."""

    lines = serializers.ListField(
        child=OrderUnitsInput(),
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text=_("Only these units; all that is open by default."),
    )
    reason = ReasonField(max_length=120)


class AskToCancelInput(Input):
    """Why the customer does not want it any more."""

    reason = ReasonField(max_length=120)


class AskedUnitsInput(OrderUnitsInput):
    """Units that shall come back."""

    reason = ReasonField()


class AskReturnInput(Input):
    """What the customer wants to give back."""

    lines = serializers.ListField(
        child=AskedUnitsInput(), min_length=1, max_length=MAX_LINES, help_text=_("The goods.")
    )
    reason = ReasonField()


class CounterUnitsInput(AskedUnitsInput):
    """Units on the counter, and what becomes of them."""

    disposition = serializers.ChoiceField(
        Disposition.choices, default=Disposition.SELLABLE, help_text=_("What becomes of them.")
    )


class CounterReturnInput(Input):
    """Goods on the counter, of an order that is visible or named by its receipt."""

    location_id = serializers.UUIDField(help_text=_("Your location."))
    order_id = serializers.UUIDField(required=False, help_text=_("An order that you see."))
    order_number = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=20, help_text=_("On the receipt.")
    )
    kind = serializers.ChoiceField(
        KINDS, default=ReturnKind.RETURN, help_text=_("A claim is not bound to the window.")
    )
    lines = serializers.ListField(
        child=CounterUnitsInput(), min_length=1, max_length=MAX_LINES, help_text=_("The goods.")
    )
    reason = ReasonField()
    is_exception = serializers.BooleanField(
        required=False, default=False, help_text=_("A manager sets window and final sale aside.")
    )
    approval_id = serializers.UUIDField(
        required=False, help_text=_("The granted approval, for an amount over your own limit.")
    )


class LooseUnitsInput(Input):
    """Units without a receipt."""

    variant_id = serializers.UUIDField(help_text=_("What it is."))
    quantity = QuantityField(help_text=_("Units."))
    disposition = serializers.ChoiceField(
        Disposition.choices, default=Disposition.SELLABLE, help_text=_("What becomes of them.")
    )
    refund = MoneyField(
        required=False, help_text=_("What is paid for them; today's price at most.")
    )
    reason = ReasonField()


class LooseReturnInput(Input):
    """Goods on the counter without a receipt."""

    location_id = serializers.UUIDField(help_text=_("Your location."))
    channel_id = serializers.UUIDField(help_text=_("Whose prices count."))
    customer_id = serializers.UUIDField(help_text=_("Who brings them."))
    lines = serializers.ListField(
        child=LooseUnitsInput(), min_length=1, max_length=MAX_LINES, help_text=_("The goods.")
    )
    evidence = serializers.CharField(
        max_length=250, help_text=_("What shows that they were bought here.")
    )
    reason = ReasonField()
    approval_id = serializers.UUIDField(
        required=False, help_text=_("The granted approval of a manager.")
    )


class CaseUnitsInput(Input):
    """So many units of a line of the return."""

    line_id = serializers.IntegerField(
        min_value=1, max_value=BIGINT, help_text=_("`id` of the line of the return.")
    )
    quantity = QuantityField(help_text=_("Units."))


class ReceiveInput(Input):
    """What arrived, and where."""

    location_id = serializers.UUIDField(help_text=_("Your location."))
    lines = serializers.ListField(
        child=CaseUnitsInput(),
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text=_("Only these units; all that is missing by default."),
    )
    number = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=20,
        help_text=_("The number of a return that was announced elsewhere."),
    )


class DecisionInput(CaseUnitsInput):
    """What becomes of units."""

    disposition = serializers.ChoiceField(Disposition.choices, help_text=_("What becomes of them."))


class InspectInput(Input):
    """What was decided on every received unit."""

    decisions = serializers.ListField(
        child=DecisionInput(),
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text=_("All can be sold again by default."),
    )
    approval_id = serializers.UUIDField(
        required=False, help_text=_("The granted approval, for an amount over your own limit.")
    )


class DeclineInput(Input):
    """Why the goods are not taken back."""

    reason = serializers.CharField(max_length=40, help_text=_("Why."))


class ReturnsQuery(PageQuery):
    """Which returns."""

    location_id = serializers.UUIDField(required=False, help_text=_("Where the goods came."))
    order_id = serializers.UUIDField(required=False, help_text=_("Of which order."))
    number = serializers.CharField(required=False, max_length=20, help_text=_("Its number."))
    status = serializers.ChoiceField(
        LogisticsState.choices, required=False, help_text=_("The goods.")
    )
    money_status = serializers.ChoiceField(
        MoneyState.choices, required=False, help_text=_("The money.")
    )


class ReceiptQuery(Query):
    """Which order."""

    number = serializers.CharField(max_length=20, help_text=_("On the receipt."))


def units_of(lines: list[dict[str, object]]) -> list[ReturnUnits]:
    """As the operations take them."""
    return [ReturnUnits(**line) for line in lines]  # type: ignore[arg-type]


def loose_units_of(lines: list[dict[str, object]]) -> list[LooseUnits]:
    """As the operations take them."""
    found = []
    for line in lines:
        refund = line.pop("refund", None)
        minor = getattr(refund, "minor", None)
        found.append(LooseUnits(**line, refund_minor=minor))  # type: ignore[arg-type]
    return found
