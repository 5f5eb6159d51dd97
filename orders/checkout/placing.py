"""From cart to order: one plain operation, one transaction, at most one order per cart.

The price is computed here and must be the one that was shown. Stock is committed last, because its
rows are the hot ones; what obviously lacks is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from inventory.locations.models import Method
from inventory.stock import operations as stock
from omni.access.actor import Actor
from omni.core import clock
from omni.core.ids import uuid7
from omni.core.money import Money, split
from omni.core.secrets import digest
from omni.core.statements import hot_cursor
from omni.core.transactions import joined
from orders.checkout.buyers import Buyer, buyer_of, customer_of
from orders.checkout.carts import Contact
from orders.checkout.checking import check_lines, check_open, check_version
from orders.checkout.errors import (
    AddressMissing,
    HoldExpired,
    PaymentNotOffered,
    PriceChanged,
)
from orders.checkout.holds import take_over_kept
from orders.checkout.models import CartStatus
from orders.checkout.places import PlacedLine, place_lines
from orders.checkout.reading import CartRef, CartState, lock_cart
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder
from orders.pricing.quote import Amount
from orders.sales import operations as sales
from orders.sales.drafts import (
    AddressDraft,
    AdjustmentDraft,
    CreditDraft,
    LineDraft,
    OrderDraft,
    lines_of,
)
from orders.sales.models import AdjustmentKind, Order, OrderLine, PaymentPolicy
from orders.sales.tokens import ORDER, known_token, new_token

PAY_AT_COLLECTION = "pay_at_collection"
ONLINE = "online"
AT_TILL = "at_till"
POLICIES = {
    PAY_AT_COLLECTION: PaymentPolicy.PAY_AT_COLLECTION,
    ONLINE: PaymentPolicy.PREPAID,
    AT_TILL: PaymentPolicy.AT_TILL,
}


@dataclass(frozen=True, slots=True)
class Intent:
    """What the buyer agreed to: this version, at this total, to be paid in this way.

    ``credits`` take off what other goods are worth that were given for these; the total is before
    them.
    """

    version: int
    total: Money
    payment: str
    contact: Contact | None = None
    credits: Sequence[AdjustmentDraft] = ()


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """The order of a cart with its lines and, once confirmed, its work; the guest's token."""

    order: Order
    lines: Sequence[OrderLine]
    fulfilment_orders: Sequence[FulfilmentOrder]
    token: str | None
    replayed: bool = False


@joined
def check_out_cart(*, cart: CartRef, intent: Intent, actor: Actor) -> CheckedOut:
    """Turn a cart into an order: its stock is committed, its price is what was shown.

    Paid at collection (or free of charge): confirmed at once, with its fulfilment orders. Online:
    placed, to be paid within the channel's window. At a till: placed, and the till confirms it
    once it took the money. A cart that is an order already answers with that order.

    Raises: NotFound, CartChanged, CartMergedElsewhere, CartIsExpired, CartAtTill,
    CartOfOtherCurrency, ChannelClosed, CartEmpty, VariantNotOffered, MethodNotOffered,
    HoldExpired, AddressMissing, NotShippedThere, ContactMissing, InvalidIdentifier,
    CustomerBlocked, PaymentNotOffered, PriceChanged, OutOfStock.
    Locks: cart, the customer's identifiers, levels. Emits: order.placed, order.confirmed.
    """
    state = lock_cart(cart, actor=actor)
    if state.header.status == CartStatus.ORDERED and state.header.order_id:
        return _replay(state.header.order_id)
    buyer = _check(state, cart, intent, actor)
    contact, placed = buyer.contact, place_lines(state)
    customer_id = customer_of(buyer, state, actor)
    lines = _line_drafts(state, placed, _seller(cart, actor))
    draft = _draft(state, lines, contact, cart, intent, customer_id)
    order = sales.create_order(draft=draft, actor=actor)
    ordered = lines_of(draft)
    work: Sequence[FulfilmentOrder] = ()
    if draft.is_confirmed:
        work = fulfilment.create_fulfilment_orders(order=order, lines=ordered, actor=actor)
    _close(state, order, contact)
    _commit(placed, draft, state, cart, actor)
    return CheckedOut(order, ordered, work, _token(draft))


# --- checks ---------------------------------------------------------------------------------------


def _check(state: CartState, cart: CartRef, intent: Intent, actor: Actor) -> Buyer:
    """Everything that can be refused before anything is written. Returns who orders."""
    check_open(state, cart)
    check_version(state, intent.version)
    check_lines(state)
    header = state.header
    if header.held_until is not None and not state.is_held:
        raise HoldExpired(held_until=header.held_until.isoformat())
    if state.is_sent and header.address_id is None:
        raise AddressMissing
    state.check_shipping()
    buyer = buyer_of(state, cart, intent.contact, actor)
    _check_payment(state, cart, intent.payment)
    total = Money(state.quote.total_minor, header.currency)
    if intent.total != total:
        raise PriceChanged(total=total.as_json())
    return buyer


def _check_payment(state: CartState, cart: CartRef, payment: str) -> None:
    if payment == AT_TILL:
        if cart.till is None:
            raise PaymentNotOffered(payment=payment)
    elif payment == PAY_AT_COLLECTION:
        is_collected = all(line.method == Method.PICKUP for line in state.lines)
        if not (state.header.allows_pay_at_collection and is_collected):
            raise PaymentNotOffered(payment=payment)


# --- steps ----------------------------------------------------------------------------------------


def _draft(
    state: CartState,
    lines: Sequence[LineDraft],
    contact: Contact,
    cart: CartRef,
    intent: Intent,
    customer_id: UUID | None,
) -> OrderDraft:
    header, quote, payment = state.header, state.quote, intent.payment
    order_id, now = uuid7(), clock.now()
    is_confirmed = payment == PAY_AT_COLLECTION or (payment == ONLINE and not quote.total_minor)
    window = timedelta(minutes=header.payment_window_minutes)
    return OrderDraft(
        id=order_id,
        channel_id=header.channel_id,
        location_id=cart.till.location_id if cart.till else None,
        customer_id=customer_id,
        cart_id=header.id,
        token_digest=digest(new_token(ORDER, order_id)) if header.token_digest else "",
        currency=header.currency,
        tax_display=header.tax_display,
        payment_policy=POLICIES[payment],
        contact_name=contact.name,
        email=contact.email,
        phone=contact.phone,
        placed_at=now,
        pay_by_at=now + window if payment == ONLINE and not is_confirmed else None,
        is_confirmed=is_confirmed,
        lines=lines,
        adjustments=[*_adjustments(quote.shipping), *intent.credits],
        address=_address(state) if state.is_sent else None,
    )


def _seller(cart: CartRef, actor: Actor) -> CreditDraft | None:
    """What is sold at a till counts for its store and for whoever rings it up, wherever the goods
    come from."""
    if cart.till is None:
        return None
    return CreditDraft(location_id=cart.till.location_id, user_id=actor.user_id)


def _line_drafts(
    state: CartState, placed: Sequence[PlacedLine], seller: CreditDraft | None
) -> list[LineDraft]:
    """One line per place. A line that comes from several shares its amounts out, to the penny."""
    drafts: list[LineDraft] = []
    by_line: dict[UUID | None, list[PlacedLine]] = {}
    for part in placed:
        by_line.setdefault(part.line.id, []).append(part)
    for line, amount in zip(state.lines, state.quote.lines, strict=True):
        parts = by_line[line.id]
        for part, net, tax in zip(parts, *_shares(amount, parts), strict=True):
            drafts.append(_line_draft(part, amount, net, tax, seller))
    return drafts


def _shares(amount: Amount, parts: Sequence[PlacedLine]) -> tuple[list[int], list[int]]:
    if len(parts) == 1:
        return [amount.net_minor], [amount.tax_minor]
    weights = [part.quantity for part in parts]
    return split(amount.net_minor, weights), split(amount.tax_minor, weights)


def _line_draft(
    part: PlacedLine, amount: Amount, net: int, tax: int, seller: CreditDraft | None
) -> LineDraft:
    line = part.line
    credit = seller
    if credit is None and line.method == Method.PICKUP and part.location_id is not None:
        # A collected line counts for the store that hands it over.
        credit = CreditDraft(location_id=part.location_id)
    return LineDraft(
        variant_id=line.variant_id,
        sku=line.sku or "",
        name=(line.name or "")[:300],
        quantity=part.quantity,
        method=line.method,
        location_id=part.location_id,
        price_minor=line.price_minor or 0,
        price_quantity=line.price_quantity or 1,
        tax_rate=amount.tax_rate,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        credits=[credit] if credit else (),
    )


def _adjustments(shipping: Amount | None) -> list[AdjustmentDraft]:
    if shipping is None:
        return []
    return [
        AdjustmentDraft(
            kind=AdjustmentKind.SHIPPING,
            tax_rate=shipping.tax_rate,
            net_minor=shipping.net_minor,
            tax_minor=shipping.tax_minor,
            total_minor=shipping.total_minor,
        )
    ]


def _address(state: CartState) -> AddressDraft:
    header = state.header
    return AddressDraft(
        name=header.recipient,
        street=header.street,
        postal_code=header.postal_code,
        city=header.city,
        region=header.region,
        country=header.country,
        phone=header.address_phone,
    )


_CLOSE = """
UPDATE orders_cart SET status = 'ordered', order_id = %s, version = version + 1, updated_at = %s,
    channel_id = %s, contact_name = %s, email = %s, phone = %s, handoff_digest = '',
    handoff_until = NULL, held_until = NULL
WHERE id = %s
"""


def _close(state: CartState, order: Order, contact: Contact) -> None:
    """The cart becomes its order. The row is locked, and check_open saw a state that may."""
    values: list[Any] = [
        order.id,
        order.placed_at,
        order.channel_id,
        contact.name,
        contact.email,
        contact.phone,
        state.header.id,
    ]
    with hot_cursor() as cursor:
        cursor.execute(_CLOSE, values)


def _commit(
    placed: Sequence[PlacedLine],
    draft: OrderDraft,
    state: CartState,
    cart: CartRef,
    actor: Actor,
) -> None:
    requests = [
        request
        for part, line in zip(placed, draft.lines, strict=True)
        if (request := part.request(line.id))
    ]
    if requests:
        was_kept = take_over_kept(state, placed)
        stock.commit(
            lines=requests,
            owner_id=draft.id,
            hold_owner_id=state.header.id if state.header.held_until or was_kept else None,
            at_till=cart.till is not None,
            actor=actor,
        )


def _token(draft: OrderDraft) -> str | None:
    return new_token(ORDER, draft.id) if draft.token_digest else None


def _replay(order_id: UUID) -> CheckedOut:
    order = Order.objects.get(pk=order_id)
    lines = list(OrderLine.objects.filter(order_id=order_id).order_by("position"))
    work = list(FulfilmentOrder.objects.filter(order_id=order_id).order_by("pk"))
    token = known_token(ORDER, order_id, order.token_digest) if order.token_digest else None
    return CheckedOut(order, lines, work, token, replayed=True)
