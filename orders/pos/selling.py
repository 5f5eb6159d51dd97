"""A sale at the till: from what was scanned (or a customer's own cart) to goods out of the door.

One transaction: the order is placed with the till's right to the last unit, paid by what the
customer gives, confirmed; what is carried out leaves, the rest becomes work elsewhere. The drawer's
entries and the journal stand or fall with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.money import Money
from omni.events.operations import record
from orders.checkout import operations as checkout
from orders.checkout.operations import CartRef, CartState, Contact, Intent, Till, Wish
from orders.events import SaleCompleted
from orders.fulfilment import operations as fulfilment
from orders.pos.drawer import lock_open_shift, open_shift_of, write_journal
from orders.pos.models import JournalEntry, JournalKind, Shift
from orders.pos.tendering import TenderGiven, book_payments, check_tenders, record_payments
from orders.sales.drafts import AddressDraft
from orders.sales.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleDraft:
    """What is sold: the cart that is open at the till, or lines as scanned.

    ``total`` is what the till showed, if it showed one; it must be what it costs.
    """

    shift_id: UUID
    tenders: Sequence[TenderGiven]
    cart_id: UUID | None = None
    wishes: Sequence[Wish] = ()
    total: Money | None = None
    customer_id: UUID | None = None
    contact: Contact | None = None
    address: AddressDraft | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A finished sale, its number in the journal, and the change to give."""

    order: Order
    entry: JournalEntry
    change_minor: int
    fulfilment_orders: Sequence[object] = field(default=())


@transaction.atomic
def sell(*, draft: SaleDraft, actor: Actor) -> Sale:
    """Ring up a sale: placed, paid, handed over or sent, in one transaction.

    A cart that is an order already is not sold twice. Raises: NotFound, ShiftNotOpen, what forbids
    a checkout (OutOfStock, PriceChanged, …), TendersDoNotMatch, TooLittleCashGiven,
    NotACounterTender, TerminalReferenceMissing, CardNumberRefused. Locks: cart, order, payments,
    levels, shift. Emits: order.placed, order.confirmed, payment.captured, sale.completed.
    """
    shift = open_shift_of(actor, draft.shift_id, Permission.POS_SELL)
    till = till_of(shift)
    state = _cart(draft, till, actor)
    price = Money(state.quote.total_minor, state.header.currency)
    done = checkout.check_out_cart(
        cart=CartRef(state.header.id, till=till),
        intent=Intent(
            version=state.header.version,
            total=draft.total or price,
            payment=checkout.AT_TILL,
            contact=draft.contact,
        ),
        actor=actor,
    )
    order = done.order
    if done.replayed:
        return _sold_before(order)
    check_tenders(draft.tenders, due_minor=order.total_minor, currency=order.currency)
    reference = f"sale:{order.pk}"
    paid = record_payments(order.pk, draft.tenders, reference=reference, actor=actor)
    fulfilment.confirm_if_paid(order_id=order.pk, actor=actor)
    order.refresh_from_db()
    shift = lock_open_shift(shift.pk)
    tenders = book_payments(shift, paid, actor=actor)
    entry = write_journal(
        shift,
        kind=JournalKind.SALE,
        total_minor=order.total_minor,
        tenders=tenders,
        reference=reference,
        order_id=order.pk,
        actor=actor,
    )
    record(_completed(order, till, shift, tenders), actor=actor)
    return Sale(order, entry, sum(each.change_minor for each in draft.tenders))


def till_of(shift: Shift) -> Till:
    """The till that checkout knows: register, location, channel."""
    register = shift.register
    return Till(register.pk, register.location_id, register.channel_id)


def _cart(draft: SaleDraft, till: Till, actor: Actor) -> CartState:
    """The customer's cart that is open here, or a new one of what was scanned."""
    if draft.cart_id is not None:
        state = checkout.read_cart(CartRef(draft.cart_id, till=till), actor=actor)
    else:
        state = checkout.ring_up(
            till=till, wishes=draft.wishes, customer_id=draft.customer_id, actor=actor
        )
    if draft.address is None:
        return state
    return checkout.set_contact(
        cart=CartRef(state.header.id, till=till),
        version=state.header.version,
        contact=draft.contact,
        address=draft.address,
        actor=actor,
    )


def _sold_before(order: Order) -> Sale:
    entry = JournalEntry.objects.get(reference=f"sale:{order.pk}")
    return Sale(order, entry, 0)


def _completed(order: Order, till: Till, shift: Shift, tenders: dict[str, int]) -> SaleCompleted:
    return SaleCompleted(
        order_id=order.pk,
        channel_id=order.channel_id,
        customer_id=order.customer_id,
        location_id=till.location_id,
        register_id=till.register_id,
        shift_id=shift.pk,
        total_minor=order.total_minor,
        currency=order.currency,
        tenders=tenders,
    )
