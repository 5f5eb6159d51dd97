"""Paying for the sale in progress, tender by tender, until nothing is open and it is a sale.

What was taken stands in the database, so that it outlives the page, the session and the person. The
tender that pays the rest finishes the sale, in the same transaction; a repeat of it, from whatever
window, answers with the sale that was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import Conflict
from omni.core.money import Money
from orders.checkout import at_till
from orders.checkout import operations as checkout
from orders.checkout.checking import check_lines, check_open, check_version
from orders.checkout.errors import AddressMissing, PriceChanged
from orders.checkout.models import Cart, CartStatus
from orders.checkout.operations import CartRef, CartState
from orders.checkout.reading import lock_cart
from orders.payments.gateways import card_terminal
from orders.payments.models import Tender
from orders.payments.operations import NotACounterTender
from orders.pos.drawer import lock_open_shift, open_shift_of
from orders.pos.errors import TendersDoNotMatch, TooLittleCashGiven
from orders.pos.models import Shift, TakenTender
from orders.pos.selling import Sale, SaleDraft, sell, till_of
from orders.pos.tendering import TenderGiven


class TendersTaken(Conflict):
    """``details``: taken_minor, currency."""

    code = "tenders_taken"
    message = _("Something was paid already. Give it back first, then call the sale off.")


class TooMuchTaken(Conflict):
    """``details``: taken_minor, due_minor, currency."""

    code = "too_much_taken"
    message = _("More was paid than it costs now. Give one payment back and take it anew.")


class TakenElsewhere(Conflict):
    """The money lies in another drawer, or in that of a shift that is over."""

    code = "taken_elsewhere"
    message = _("A part was paid at another till or in an earlier shift. Give it back first.")


@dataclass(frozen=True, slots=True)
class Intended:
    """What the cashier saw when they took the money: this version of the cart, at this total."""

    cart_id: UUID
    version: int
    total: Money


@dataclass(frozen=True, slots=True)
class Offered:
    """What the customer gives. Without an amount it is for all that is open, as far as it goes."""

    tender: str
    amount_minor: int | None = None
    given_minor: int | None = None
    terminal_reference: str = ""
    card_label: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is still open, minor units; the sale once nothing is."""

    open_minor: int
    sale: Sale | None = None


@transaction.atomic
def take_tender(*, shift_id: UUID, intended: Intended, offered: Offered, actor: Actor) -> Taken:
    """Take a tender for the sale that is open; the one that pays the rest finishes it.

    A cart that is a sale already answers with it, and nothing is taken. Raises: NotFound,
    ShiftNotOpen, CartChanged, PriceChanged, AddressMissing, what forbids a checkout,
    TendersDoNotMatch, TooLittleCashGiven, NotACounterTender, TerminalReferenceMissing,
    CardNumberRefused, TakenElsewhere. Locks: cart, and as ``sell``; of a part the shift.
    """
    return _step(shift_id, intended, offered, actor)


@transaction.atomic
def finish_sale(*, shift_id: UUID, intended: Intended, actor: Actor) -> Taken:
    """Make the sale of what costs nothing, or is paid already. Raises, Locks: as ``take_tender``;
    TendersDoNotMatch where something is open.
    """
    return _step(shift_id, intended, None, actor)


@transaction.atomic
def give_tender_back(*, shift_id: UUID, cart_id: UUID, tender_id: int, actor: Actor) -> int:
    """What was taken goes back to the customer before the sale is made; the amount. Its row goes on
    saying so. A repeat does nothing. Raises: NotFound, ShiftNotOpen, and what forbids a change.
    Locks: cart, shift.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    ref = CartRef(cart_id, till=till_of(shift))
    check_open(lock_cart(ref, actor=actor), ref)
    row = next((each for each in taken_for(cart_id) if each.pk == tender_id), None)
    if row is None:
        return 0
    lock_open_shift(shift.pk)
    row.returned_at, row.returned_by, row.returned_in = clock.now(), actor.principal, shift
    row.save(update_fields=["returned_at", "returned_by", "returned_in"])
    return row.given_minor


@transaction.atomic
def call_off(*, shift_id: UUID, cart_id: UUID, actor: Actor) -> Cart:
    """No sale after all: a customer's own cart goes back to them, another one ends.

    Raises: NotFound, ShiftNotOpen, CartNotAtTill, TendersTaken. Locks: cart.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    cart = at_till.let_go(cart=CartRef(cart_id, till=till_of(shift)), actor=actor)
    # Looked at under the lock of the cart: another window may just have taken something.
    check_nothing_taken(cart_id, shift.currency)
    return cart


@transaction.atomic
def give_back_cart(*, cart: CartRef, actor: Actor) -> Cart:
    """The till lets go of a cart, its customer goes on; not while money was taken for it.

    Raises: CartNotAtTill, TendersTaken. Locks: carts.
    """
    row = checkout.give_back_cart(cart=cart, actor=actor)
    check_nothing_taken(row.pk, row.currency)
    return row


def check_nothing_taken(cart_id: UUID, currency: str) -> None:
    """Raises: TendersTaken."""
    taken = sum(each.amount_minor for each in taken_for(cart_id))
    if taken:
        raise TendersTaken(taken_minor=taken, currency=currency)


def taken_for(cart_id: UUID) -> list[TakenTender]:
    """What was taken for a cart and not given back, in its order."""
    rows = TakenTender.objects.filter(cart_id=cart_id, returned_at=None)
    return list(rows.order_by("pk"))


# --- steps ----------------------------------------------------------------------------------------


def _step(shift_id: UUID, intended: Intended, offered: Offered | None, actor: Actor) -> Taken:
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    ref = CartRef(intended.cart_id, till=till_of(shift))
    state = lock_cart(ref, actor=actor)
    rows = taken_for(intended.cart_id)
    if state.header.status != CartStatus.ORDERED:
        _check(state, ref, intended)
        if any(each.shift_id not in (None, shift.pk) for each in rows):
            raise TakenElsewhere
        still_open = intended.total.minor - sum(each.amount_minor for each in rows)
        if still_open < 0:
            taken = intended.total.minor - still_open
            raise TooMuchTaken(
                taken_minor=taken, due_minor=intended.total.minor, currency=shift.currency
            )
        if offered is not None:
            rows.append(_take(intended.cart_id, offered, still_open, shift, actor))
            still_open -= rows[-1].amount_minor
        elif still_open:
            raise TendersDoNotMatch(due_minor=still_open, given_minor=0, currency=shift.currency)
        if still_open:
            lock_open_shift(shift.pk)
            return Taken(still_open)
    draft = SaleDraft(
        shift_id=shift.pk,
        cart_id=intended.cart_id,
        total=intended.total,
        tenders=[_given(each) for each in rows],
    )
    return Taken(0, sell(draft=draft, actor=actor))


def _check(state: CartState, ref: CartRef, intended: Intended) -> None:
    """Money is taken only for what can be sold as it was shown."""
    check_open(state, ref)
    check_version(state, intended.version)
    check_lines(state)
    if state.is_sent and state.header.address_id is None:
        raise AddressMissing
    state.check_shipping()
    total = Money(state.quote.total_minor, state.header.currency)
    if total != intended.total:
        raise PriceChanged(total=total.as_json())


def _take(
    cart_id: UUID, offered: Offered, open_minor: int, shift: Shift, actor: Actor
) -> TakenTender:
    amount = open_minor if offered.amount_minor is None else offered.amount_minor
    given = amount
    label = reference = ""
    if offered.tender == Tender.CASH:
        given = amount if offered.given_minor is None else offered.given_minor
        if offered.amount_minor is None:
            amount = min(given, open_minor)
        if given < amount:
            raise TooLittleCashGiven
    elif offered.tender == Tender.CARD_TERMINAL:
        slip = card_terminal.approval(
            reference=offered.terminal_reference, card_label=offered.card_label
        )
        reference, label = slip.reference, slip.card_label
    else:
        raise NotACounterTender(tender=offered.tender)
    if not 0 < amount <= open_minor:
        raise TendersDoNotMatch(due_minor=open_minor, given_minor=amount, currency=shift.currency)
    row: TakenTender = TakenTender.objects.create(
        cart_id=cart_id,
        shift=shift,
        tender=offered.tender,
        amount_minor=amount,
        given_minor=given,
        terminal_reference=reference[:120],
        card_label=label[:40],
        principal=actor.principal,
        taken_at=clock.now(),
    )
    return row


def _given(row: TakenTender) -> TenderGiven:
    return TenderGiven(
        row.tender,
        row.amount_minor,
        given_minor=row.given_minor,
        terminal_reference=row.terminal_reference,
        card_label=row.card_label,
    )
