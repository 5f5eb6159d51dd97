"""What the endpoints of the till are told: shapes only."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inventory.locations.models import Method
from omni.core.money import CurrencyMismatch, Money
from omni.rest.serializers import Input, MoneyField, PageQuery, QuantityField
from orders.aftersales.inputs import CounterUnitsInput, ReasonField
from orders.checkout.operations import Contact, Wish
from orders.fulfilment.inputs import UnitsInput
from orders.fulfilment.proof import IdKind
from orders.payments.models import Tender
from orders.pos.models import CashKind, ShiftStatus
from orders.pos.operations import TenderGiven
from orders.sales.drafts import AddressDraft

MAX_LINES = 200
TENDERS = [each for each in Tender.choices if each[0] in (Tender.CASH, Tender.CARD_TERMINAL)]
BY_HAND = [
    each
    for each in CashKind.choices
    if each[0] in (CashKind.PAID_IN, CashKind.PAID_OUT, CashKind.DROP)
]


class NothingInput(Input):
    """Nothing needs to be said."""


class ShiftsQuery(PageQuery):
    """Which shifts."""

    register_id = serializers.UUIDField(required=False, help_text=_("On which register."))
    status = serializers.ChoiceField(ShiftStatus.choices, required=False, help_text=_("Its state."))


class RegistersQuery(PageQuery):
    """Which registers."""

    location_id = serializers.UUIDField(required=False, help_text=_("Where."))


class OpenShiftInput(Input):
    """A cash session to be begun."""

    register_id = serializers.UUIDField(help_text=_("On which register."))
    opening_float = MoneyField(help_text=_("Change in the drawer."))


class CountInput(Input):
    """What lies in the drawer."""

    counted = MoneyField(help_text=_("All cash in the drawer."))
    denominations = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=1_000_000),
        required=False,
        help_text=_("How many of each coin and note, by its value in minor units."),
    )


class CloseInput(Input):
    """Why the drawer and the books differ, if they do."""

    difference_reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=250, help_text=_("Why.")
    )


class ForceCloseInput(Input):
    """Why a manager ends it, and what was found."""

    reason = serializers.CharField(max_length=120, help_text=_("Why."))
    counted = MoneyField(required=False, help_text=_("All cash in the drawer, if it was counted."))


class CashInput(Input):
    """Cash that is no sale."""

    kind = serializers.ChoiceField(BY_HAND, help_text=_("What it is."))
    amount = MoneyField(minimum=1, help_text=_("How much; the kind says in which direction."))
    reason = serializers.CharField(max_length=120, help_text=_("Why."))


class TenderInput(Input):
    """One way to pay a part."""

    tender = serializers.ChoiceField(TENDERS, help_text=_("What it is."))
    amount = MoneyField(minimum=1, help_text=_("What of the total it pays."))
    given = MoneyField(
        required=False, minimum=1, help_text=_("Cash handed over, if it is more: change is given.")
    )
    terminal_reference = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=120,
        help_text=_("The terminal's own number of an approved card payment."),
    )
    card_label = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=40,
        help_text=_("As on the slip, masked."),
    )


class TendersField(serializers.ListField):
    """What pays."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Together exactly what is due; empty when nothing is."))
        super().__init__(child=TenderInput(), max_length=10, **kwargs)


class SoldLineInput(Input):
    """What was scanned."""

    variant_id = serializers.UUIDField(help_text=_("What it is."))
    quantity = QuantityField(max_value=9_999, help_text=_("Units."))
    method = serializers.ChoiceField(
        Method.choices,
        required=False,
        default=Method.CARRY_OUT,
        help_text=_("Taken along by default; sent, or collected elsewhere."),
    )
    location_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Where it is collected.")
    )


class ContactInput(Input):
    """Who buys, as far as they say."""

    name = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, help_text=_("Full name.")
    )
    email = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=254, help_text=_("E-mail.")
    )
    phone = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=32, help_text=_("Phone.")
    )


class AddressInput(Input):
    """Where it is shipped."""

    name = serializers.CharField(max_length=200, help_text=_("Recipient."))
    street = serializers.CharField(max_length=250, help_text=_("Street and number."))
    postal_code = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=20, help_text=_("Postal code.")
    )
    city = serializers.CharField(max_length=100, help_text=_("City."))
    region = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=100, help_text=_("State.")
    )
    country = serializers.CharField(min_length=2, max_length=2, help_text=_("ISO 3166."))
    phone = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=32, help_text=_("For the carrier.")
    )


class SaleInput(Input):
    """A sale: the cart that is open at this till, or lines as scanned."""

    shift_id = serializers.UUIDField(help_text=_("Your open shift."))
    cart_id = serializers.UUIDField(required=False, help_text=_("A cart that is open here."))
    lines = serializers.ListField(
        child=SoldLineInput(),
        required=False,
        default=list,
        max_length=MAX_LINES,
        help_text=_("What was scanned, without a cart."),
    )
    total = MoneyField(required=False, help_text=_("What the till showed; it must be right."))
    customer_id = serializers.UUIDField(required=False, help_text=_("Who buys, if known."))
    contact = ContactInput(required=False, help_text=_("Needed for what is sent or collected."))
    address = AddressInput(required=False, help_text=_("Needed for what is sent."))
    tenders = TendersField()


class CollectionInput(Input):
    """A pickup that is paid here."""

    shift_id = serializers.UUIDField(help_text=_("Your open shift."))
    pickup_id = serializers.UUIDField(help_text=_("The pickup."))
    code = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40, help_text=_("As shown.")
    )
    id_kind = serializers.ChoiceField(
        IdKind.choices,
        required=False,
        default="",
        allow_blank=True,
        help_text=_("Instead of the code, by a key holder."),
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
        required=False, default=False, help_text=_("Whether what is left is cancelled.")
    )
    tenders = TendersField()


class PayOutInput(Input):
    """Refunds of an order that wait to be paid out."""

    shift_id = serializers.UUIDField(help_text=_("Your open shift."))
    order_number = serializers.CharField(max_length=20, help_text=_("On the receipt."))
    terminal_reference = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=120,
        help_text=_("The terminal's own number of what it gave back to a card."),
    )


class PayOutReturnInput(Input):
    """A return without receipt that is paid out."""

    shift_id = serializers.UUIDField(help_text=_("Your open shift."))
    return_id = serializers.UUIDField(help_text=_("The return."))


class TillReturnInput(Input):
    """Goods on the counter, refunded at once."""

    shift_id = serializers.UUIDField(help_text=_("Your open shift."))
    order_id = serializers.UUIDField(required=False, help_text=_("An order that you see."))
    order_number = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=20, help_text=_("On the receipt.")
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
    terminal_reference = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=120,
        help_text=_("The terminal's own number of what it gave back to a card."),
    )


class ExchangeInput(TillReturnInput):
    """Goods back, others out; the difference is paid or given back."""

    new_lines = serializers.ListField(
        child=SoldLineInput(), min_length=1, max_length=MAX_LINES, help_text=_("What is taken.")
    )
    tenders = TendersField(required=False, default=list)


class VoidInput(Input):
    """Why a sale is undone."""

    shift_id = serializers.UUIDField(help_text=_("The open shift that made it."))
    reason = serializers.CharField(max_length=40, help_text=_("Why."))


class OpenCartInput(Input):
    """A customer's cart."""

    shift_id = serializers.UUIDField(help_text=_("Your open shift."))
    code = serializers.CharField(max_length=40, help_text=_("As the customer's device shows it."))


class CartAtTillInput(Input):
    """The till at which a cart is."""

    shift_id = serializers.UUIDField(help_text=_("Your open shift."))


def minor_of(money: Money | None, currency: str) -> int | None:
    """The amount, if it is in the currency of the till. Raises: CurrencyMismatch."""
    if money is None:
        return None
    if money.currency != currency:
        raise CurrencyMismatch(left=currency, right=money.currency)
    return money.minor


def tenders_of(given: list[dict[str, Any]], currency: str) -> list[TenderGiven]:
    """As the operations take them. Raises: CurrencyMismatch."""
    return [
        TenderGiven(
            tender=each["tender"],
            amount_minor=minor_of(each["amount"], currency) or 0,
            given_minor=minor_of(each.get("given"), currency),
            terminal_reference=each["terminal_reference"],
            card_label=each["card_label"],
        )
        for each in given
    ]


def wishes_of(lines: list[dict[str, Any]]) -> list[Wish]:
    """As the operations take them."""
    return [Wish(**line) for line in lines]


def contact_of(given: dict[str, Any]) -> Contact | None:
    """As the operations take it."""
    return Contact(**given["contact"]) if "contact" in given else None


def address_of(given: dict[str, Any]) -> AddressDraft | None:
    """As the operations take it."""
    if "address" not in given:
        return None
    return AddressDraft(**{**given["address"], "country": given["address"]["country"].upper()})
