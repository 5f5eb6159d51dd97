"""Endpoints of the till: registers, shifts, sales, collections, money back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from inventory.stock.operations import OutOfStock
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import CurrencyMismatch, Money
from omni.core.secrets import digest
from omni.core.states import InvalidTransition
from omni.rest import limits
from omni.rest.answers import Answer
from omni.rest.limits import TooManyAttempts
from omni.rest.views import PLAIN, PROCESS, Endpoint
from orders.aftersales import errors as return_refused
from orders.aftersales.after import carry_out_later
from orders.aftersales.inputs import units_of
from orders.aftersales.models import ReturnCase, ReturnKind
from orders.aftersales.operations import CounterReturn
from orders.aftersales.output import ReturnOutput, case_dict
from orders.aftersales.queries import with_parts as cases_with_parts
from orders.checkout import errors as cart_refused
from orders.checkout import operations as checkout
from orders.checkout.buyers import CustomerBlocked
from orders.checkout.operations import CartRef
from orders.checkout.output import CartOutput, cart_dict
from orders.fulfilment import errors as work_refused
from orders.fulfilment.after import carry_out_after_commit
from orders.fulfilment.models import FulfilmentOrder
from orders.fulfilment.output import work_dict
from orders.fulfilment.queries import with_parts
from orders.payments.models import Tender
from orders.payments.operations import (
    CardNumberRefused,
    NotACounterTender,
    PaymentNotReversible,
    TerminalReferenceMissing,
)
from orders.pos import errors as refused
from orders.pos import inputs, output, taking
from orders.pos import operations as pos
from orders.pos.drawer import open_shift_of
from orders.pos.models import Shift
from orders.pos.selling import till_of
from orders.sales.models import Order, OrderLine
from orders.sales.output import OrderOutput, order_dict

CODE_TRIES = 30
CODE_WINDOW = timedelta(minutes=15)
TENDER_ERRORS = (
    NotFound,
    CurrencyMismatch,
    refused.ShiftNotOpen,
    refused.TendersDoNotMatch,
    refused.TooLittleCashGiven,
    NotACounterTender,
    TerminalReferenceMissing,
    CardNumberRefused,
)
CHECKOUT_ERRORS = (
    OutOfStock,
    cart_refused.CartEmpty,
    cart_refused.CartAtTill,
    cart_refused.CartOrdered,
    cart_refused.PriceChanged,
    cart_refused.VariantNotOffered,
    cart_refused.MethodNotOffered,
    cart_refused.AddressMissing,
    cart_refused.QuantityOutOfRange,
    cart_refused.LocationMissing,
    CustomerBlocked,
)
RETURN_ERRORS = (
    return_refused.NothingToReturn,
    return_refused.UnknownReturnLine,
    return_refused.ReturnBeyondBought,
    return_refused.ReturnWindowOver,
    return_refused.FinalSale,
    return_refused.ReturnsNotTaken,
    return_refused.OwnPurchase,
    return_refused.ApprovalAsked,
    return_refused.ReturnReferenceReused,
    refused.DrawerTooEmpty,
)


def _key(endpoint: Endpoint) -> str:
    """Names what this request makes, so that its repeat makes nothing new."""
    path = endpoint.request.path
    return digest(f"{endpoint.actor.principal}:{path}:{endpoint.idempotency_key}")


def _order(order: Order) -> dict[str, Any]:
    return order_dict(order, list(OrderLine.objects.filter(order=order).order_by("position")))


# --- sales ----------------------------------------------------------------------------------------


class Sales(Endpoint):
    """Sales at the till."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [*TENDER_ERRORS, *CHECKOUT_ERRORS]

    @extend_schema(request=inputs.SaleInput, responses={201: output.SaleOutput})
    def post(self, request: Request) -> Answer:
        """Sell: the order is placed, paid and confirmed; what is carried out leaves at once.

        Lines may also be sent, or collected at another store. The till may sell the last unit.
        """
        given = self.given(inputs.SaleInput, request)
        shift = open_shift_of(self.actor, given["shift_id"], Permission.POS_SELL)
        draft = pos.SaleDraft(
            shift_id=shift.pk,
            cart_id=given.get("cart_id"),
            wishes=inputs.wishes_of(given["lines"]),
            total=given.get("total"),
            customer_id=given.get("customer_id"),
            contact=inputs.contact_of(given),
            address=inputs.address_of(given),
            tenders=inputs.tenders_of(given["tenders"], shift.currency),
        )
        sale = pos.sell(draft=draft, actor=self.actor)
        return self.created(
            {
                "order": _order(sale.order),
                "number": output.entry_number(sale.entry),
                "change": Money(sale.change_minor, shift.currency),
            }
        )


class VoidSale(Endpoint):
    """A sale that is undone."""

    permission = Permission.POS_VOID
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        refused.ShiftNotOpen,
        refused.NotSoldInThisShift,
        refused.AlreadyVoided,
        refused.SecondIdentityNeeded,
        refused.GoodsLeftElsewhere,
        refused.DrawerTooEmpty,
        PaymentNotReversible,
    ]

    @extend_schema(request=inputs.VoidInput, responses=OrderOutput)
    def post(self, request: Request, order_id: UUID) -> Answer:
        """Undo a sale of the open shift, as somebody other than its seller."""
        given = self.given(inputs.VoidInput, request)
        order = pos.void_sale(order_id=order_id, actor=self.actor, **given)
        return self.ok(_order(order))


class Collections(Endpoint):
    """Pickups that are paid at the till."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PROCESS}
    errors = [
        *TENDER_ERRORS,
        work_refused.InvalidTransition,
        work_refused.WrongMethod,
        work_refused.AlreadyHandedOver,
        work_refused.WrongPickupCode,
        work_refused.PickupCodeLocked,
        work_refused.IdCheckNeeded,
        work_refused.NoDelegateNamed,
        work_refused.NothingToHandOver,
        work_refused.LineNotInFulfilmentOrder,
        work_refused.QuantityBeyondLine,
        work_refused.NotPaid,
    ]

    @extend_schema(request=inputs.CollectionInput, responses=output.CollectionOutput)
    def post(self, request: Request) -> Answer:
        """Take what is due for a pickup and hand it over, together."""
        given = self.given(inputs.CollectionInput, request)
        shift = open_shift_of(self.actor, given["shift_id"], Permission.POS_SELL)
        lines = given.pop("lines", None)
        done = pos.collect(
            collection=pos.Collection(
                shift_id=shift.pk,
                fulfilment_order_id=given["pickup_id"],
                tenders=inputs.tenders_of(given["tenders"], shift.currency),
                code=given["code"],
                id_kind=given["id_kind"],
                is_delegate=given["is_delegate"],
                quantities=None
                if lines is None
                else {each["line_id"]: each["quantity"] for each in lines},
                cancel_rest=given["cancel_rest"],
                request_key=_key(self),
            ),
            actor=self.actor,
        )
        row = with_parts(FulfilmentOrder.objects.filter(pk=done.fulfilment_order.pk)).get()
        carry_out_after_commit(row.order_id)
        return self.ok(
            {
                "fulfilment_order": work_dict(row),
                "change": Money(done.change_minor, shift.currency),
            }
        )


# --- money back -----------------------------------------------------------------------------------


class PayOutRefunds(Endpoint):
    """Refunds that wait for a counter."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        refused.ShiftNotOpen,
        refused.NothingToPayOut,
        refused.DrawerTooEmpty,
        TerminalReferenceMissing,
        CardNumberRefused,
    ]

    @extend_schema(request=inputs.PayOutInput, responses=output.PaidOutOutput)
    def post(self, request: Request) -> Answer:
        """Give back what waits for an order: cash from the drawer, card at the terminal."""
        given = self.given(inputs.PayOutInput, request)
        done = pos.pay_out_refunds(actor=self.actor, **given)
        currency = done[0].payment.currency
        cash = sum(each.amount_minor for each in done if each.payment.tender == Tender.CASH)
        return self.ok(
            {
                "total": Money(sum(each.amount_minor for each in done), currency),
                "cash": Money(cash, currency),
            }
        )


class PayOutReturn(Endpoint):
    """Cash for goods without a receipt."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [NotFound, refused.ShiftNotOpen, refused.NothingToPayOut, refused.DrawerTooEmpty]

    @extend_schema(request=inputs.PayOutReturnInput, responses=ReturnOutput)
    def post(self, request: Request) -> Answer:
        """Pay out a return without receipt from the drawer."""
        given = self.given(inputs.PayOutReturnInput, request)
        row = pos.pay_out_return(
            shift_id=given["shift_id"], case_id=given["return_id"], actor=self.actor
        )
        return self.ok(_case(row.pk))


class TillReturns(Endpoint):
    """Goods that come back at the till."""

    permission = Permission.RETURNS_CREATE
    idempotency = {"POST": PROCESS}
    errors = [
        NotFound,
        refused.ShiftNotOpen,
        TerminalReferenceMissing,
        CardNumberRefused,
        *RETURN_ERRORS,
    ]

    @extend_schema(request=inputs.TillReturnInput, responses={201: ReturnOutput})
    def post(self, request: Request) -> Answer:
        """Take goods of any order back and give the money at once, as far as it was paid here."""
        given = self.given(inputs.TillReturnInput, request)
        shift = open_shift_of(self.actor, given["shift_id"], Permission.POS_SELL)
        case = pos.return_at_till(
            shift_id=shift.pk,
            wanted=_returned(self, given, shift, ReturnKind.RETURN),
            terminal_reference=given["terminal_reference"],
            actor=self.actor,
        )
        carry_out_later(case.pk)
        return self.created(_case(case.pk))


class Exchanges(Endpoint):
    """Goods that are exchanged at the till."""

    permission = Permission.RETURNS_CREATE
    idempotency = {"POST": PROCESS}
    errors = [*TENDER_ERRORS, *CHECKOUT_ERRORS, *RETURN_ERRORS]

    @extend_schema(request=inputs.ExchangeInput, responses={201: output.ExchangeOutput})
    def post(self, request: Request) -> Answer:
        """Take goods back and give others: only the difference is paid or given back."""
        given = self.given(inputs.ExchangeInput, request)
        shift = open_shift_of(self.actor, given["shift_id"], Permission.POS_SELL)
        made = pos.exchange(
            shift_id=shift.pk,
            returned=_returned(self, given, shift, ReturnKind.EXCHANGE),
            wishes=inputs.wishes_of(given["new_lines"]),
            tenders=inputs.tenders_of(given["tenders"], shift.currency),
            terminal_reference=given["terminal_reference"],
            actor=self.actor,
        )
        carry_out_later(made.case.pk)
        return self.created(
            {
                "case": _case(made.case.pk),
                "order": _order(made.order),
                "difference": Money(made.difference_minor, shift.currency),
                "change": Money(made.change_minor, shift.currency),
            }
        )


def _returned(endpoint: Endpoint, given: dict[str, Any], shift: Shift, kind: str) -> CounterReturn:
    return CounterReturn(
        location_id=shift.register.location_id,
        order_id=given.get("order_id"),
        order_number=given["order_number"],
        kind=kind,
        units=units_of(given["lines"]),
        reason=given["reason"],
        is_exception=given["is_exception"],
        approval_id=given.get("approval_id"),
        reference=_key(endpoint),
    )


def _case(case_id: UUID) -> dict[str, Any]:
    return case_dict(cases_with_parts(ReturnCase.objects.filter(pk=case_id)).get())


# --- carts at the till ----------------------------------------------------------------------------


class OpenCartAtTill(Endpoint):
    """A customer's own cart."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        refused.ShiftNotOpen,
        TooManyAttempts,
        cart_refused.CodeNotValid,
        cart_refused.CartAtTill,
        cart_refused.CartOfOtherCurrency,
    ]

    def guard(self, request: Request, **kwargs: Any) -> None:
        """A code has 40 bits and lives 15 minutes; a cashier tries thirty in that time."""
        limits.spend("till.open_cart", self.actor.principal, CODE_TRIES, CODE_WINDOW)

    @extend_schema(request=inputs.OpenCartInput, responses=CartOutput)
    def post(self, request: Request) -> Answer:
        """Open a customer's cart at this till by its code; they see that it is being rung up."""
        given = self.given(inputs.OpenCartInput, request)
        shift = open_shift_of(self.actor, given["shift_id"], Permission.POS_SELL)
        opened = checkout.open_by_code(code=given["code"], till=till_of(shift), actor=self.actor)
        return self.ok(cart_dict(opened.state))


class _CartAtTill(Endpoint):
    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        refused.ShiftNotOpen,
        cart_refused.CartNotAtTill,
        cart_refused.CartAtTill,
        InvalidTransition,
    ]

    def ref(self, request: Request, cart_id: UUID) -> CartRef:
        given = self.given(inputs.CartAtTillInput, request)
        shift = open_shift_of(self.actor, given["shift_id"], Permission.POS_SELL)
        return CartRef(cart_id, till=till_of(shift))


class GiveBackCart(_CartAtTill):
    """A cart that the till lets go of."""

    errors = [*_CartAtTill.errors, taking.TendersTaken]

    @extend_schema(request=inputs.CartAtTillInput, responses={204: None})
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Let the customer go on with their cart."""
        taking.give_back_cart(cart=self.ref(request, cart_id), actor=self.actor)
        return self.no_content()


class ParkCart(_CartAtTill):
    """A cart that is laid aside."""

    @extend_schema(request=inputs.CartAtTillInput, responses={204: None})
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Lay the cart aside, to be recalled."""
        checkout.park_cart(cart=self.ref(request, cart_id), actor=self.actor)
        return self.no_content()
