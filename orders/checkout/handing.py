"""A cart goes from hand to hand: by a short code to another device or a till, at sign-in to its
customer, and back.

The code is shown where the cart is open, lives 15 minutes and opens it once. Its digest is keyed,
so that a copy of the database does not give codes away; tries are counted by the endpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from inventory.stock import operations as stock
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.secrets import CODE_ALPHABET, canonical_code, digest, matches, new_code
from omni.core.states import move
from omni.core.transactions import joined
from omni.events import operations as events
from orders.checkout.carts import MAX_LINES, OpenedCart
from orders.checkout.checking import MAX_QUANTITY, check_open
from orders.checkout.errors import CartAtTill, CartNotAtTill, CodeNotValid
from orders.checkout.holds import OWNER
from orders.checkout.models import CART_MOVES, Cart, CartLine, CartStatus
from orders.checkout.reading import CartRef, CartState, Till, lock_cart, read_cart
from orders.events import CartClaimed, CartOpened
from orders.sales.tokens import CART, new_token

CODE_LENGTH = 8
CODE_LIVES = timedelta(minutes=15)
OPEN = (CartStatus.ACTIVE, CartStatus.AT_TILL, CartStatus.PARKED)


@dataclass(frozen=True, slots=True)
class HandoffCode:
    """A code for people, and until when it opens the cart."""

    code: str
    expires_at: datetime


@joined
def make_handoff_code(*, cart: CartRef, actor: Actor) -> HandoffCode:
    """Make the code that opens this cart elsewhere; an earlier one no longer does.

    Raises: NotFound, and what forbids a change. Locks: cart.
    """
    state = lock_cart(cart, actor=actor)
    check_open(state, cart)
    code, until = new_code(CODE_LENGTH), clock.now() + CODE_LIVES
    Cart.objects.filter(pk=state.header.id).update(
        handoff_digest=_code_digest(code), handoff_until=until
    )
    return HandoffCode(code, until)


@joined
def open_by_code(*, code: str, till: Till | None = None, actor: Actor) -> OpenedCart:
    """Open a cart on another device, or at a till, by its code. The code is used up.

    On a device the cart's token is given. At a till the customer sees "being rung up" until the
    cart is ordered, parked or given back. The caller has counted the try.
    Raises: CodeNotValid, CartAtTill, and what forbids a change. Locks: cart. Emits: cart.opened.
    """
    row = _locked_by_code(code)
    if till is not None:
        return OpenedCart(_to_till(row, till, actor))
    if row.status != CartStatus.ACTIVE:
        raise CartAtTill
    if actor.customer_id and row.customer_id and actor.customer_id != row.customer_id:
        raise CodeNotValid
    token = new_token(CART, row.pk)
    _use_up(row, token_digest=digest(token))
    events.record(_opened(row, actor.channel_id or row.channel_id, None), actor=actor)
    state = read_cart(CartRef(row.pk, token), actor=actor)
    check_open(state, CartRef(row.pk, token))
    return OpenedCart(state, token)


@joined
def recall_cart(*, cart_id: UUID, till: Till, actor: Actor) -> CartState:
    """Open a parked cart at a till again. A repeat at the same till returns it.

    Raises: NotFound, CartAtTill, InvalidTransition. Locks: cart. Emits: cart.opened.
    """
    row = _locked(cart_id)
    if row.status == CartStatus.ACTIVE:
        # Its customer has it: it opens by their code only.
        raise NotFound
    return _to_till(row, till, actor)


@joined
def park_cart(*, cart: CartRef, actor: Actor) -> Cart:
    """Lay a cart that is open at a till aside. Raises: CartNotAtTill. Locks: cart."""
    row = _locked_at_till(cart)
    move(
        row,
        CartStatus.PARKED,
        moves=CART_MOVES,
        parked_by=actor.user_id,
        updated_at=clock.now(),
    )
    return row


@joined
def give_back_cart(*, cart: CartRef, actor: Actor) -> Cart:
    """The till lets go of a cart: its customer goes on with it.

    If they have begun another one meanwhile, the lines join it. Raises: CartNotAtTill.
    Locks: carts.
    """
    return return_to_customer(_locked_at_till(cart), actor)


@joined
def claim_cart(*, cart: CartRef, actor: Actor) -> CartState:
    """At sign-in the guest's cart becomes the customer's; lines join the cart they have already.

    Quantities are summed once: the guest's cart ends as merged, and a repeat returns the cart into
    which it went. Raises: NotFound (also without the token), CartOrdered, CartAtTill.
    Locks: carts in order of their keys, levels. Emits: cart.claimed.
    """
    if actor.customer_id is None:
        raise NotFound
    guest, own = _locked_pair(cart, actor.customer_id)
    if guest.customer_id == actor.customer_id:
        return read_cart(CartRef(guest.merged_into_id or guest.pk), actor=actor)
    if guest.customer_id is not None or not matches(cart.token, guest.token_digest):
        raise NotFound
    if guest.status == CartStatus.MERGED and own and guest.merged_into_id == own.pk:
        return read_cart(CartRef(own.pk), actor=actor)
    check_open(lock_cart(cart, actor=actor), cart)
    if own is None:
        guest.customer_id, guest.token_digest = actor.customer_id, ""
        guest.version += 1
        guest.updated_at = clock.now()
        guest.save(update_fields=["customer", "token_digest", "version", "updated_at"])
    else:
        merge_carts(source=guest, target=own, actor=actor)
    events.record(_claimed(guest, own, actor), actor=actor)
    return read_cart(CartRef(own.pk if own else guest.pk), actor=actor)


def merge_carts(*, source: Cart, target: Cart, actor: Actor) -> None:
    """Sum the lines of one cart into another, once; both are locked. The source ends as merged.

    A hold of the source ends, one of the target stays as it was. Raises: InvalidTransition.
    """
    now = clock.now()
    move(source, CartStatus.MERGED, moves=CART_MOVES, merged_into=target, updated_at=now)
    if source.held_until is not None:
        stock.release(owner_kind=OWNER, owner_id=source.pk, reason="merged", actor=actor)
    present = {
        (line.variant_id, line.method, line.location_id): line
        for line in CartLine.objects.filter(cart=target)
    }
    fresh: list[CartLine] = []
    for line in CartLine.objects.filter(cart=source).order_by("added_at", "pk"):
        same = present.get((line.variant_id, line.method, line.location_id))
        if same:
            same.quantity = min(MAX_QUANTITY, same.quantity + line.quantity)
        elif len(present) + len(fresh) < MAX_LINES:
            fresh.append(
                CartLine(
                    cart=target,
                    variant_id=line.variant_id,
                    quantity=line.quantity,
                    method=line.method,
                    location_id=line.location_id,
                    added_at=now,
                )
            )
    CartLine.objects.bulk_update(present.values(), ["quantity"])
    CartLine.objects.bulk_create(fresh)
    target.version += 1
    target.updated_at = now
    for name in ("contact_name", "email", "phone", "device_id"):
        setattr(target, name, getattr(target, name) or getattr(source, name))
    target.save(
        update_fields=["version", "updated_at", "contact_name", "email", "phone", "device_id"]
    )


def may_be_code(text: str) -> bool:
    """Whether a text has the form of a cart's code."""
    code = canonical_code(text)
    return len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET)


def is_code_of_a_cart(text: str) -> bool:
    """Whether a cart can be opened by this code now; it is not used up. The caller counts tries."""
    rows = Cart.objects.filter(
        handoff_digest=_code_digest(canonical_code(text)), handoff_until__gt=clock.now()
    )
    return rows.filter(status__in=OPEN).exists()


# --- steps ----------------------------------------------------------------------------------------


def _code_digest(code: str) -> str:
    return salted_hmac(
        "orders.checkout.handoff", code, secret=settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()


def _locked_by_code(code: str) -> Cart:
    row: Cart | None = (
        Cart.objects.filter(
            handoff_digest=_code_digest(canonical_code(code)), handoff_until__gt=clock.now()
        )
        .locked()
        .first()
    )
    if row is None or row.status not in OPEN:
        raise CodeNotValid
    return row


def _locked(cart_id: UUID) -> Cart:
    row: Cart | None = Cart.objects.filter(pk=cart_id).locked().first()
    if row is None:
        raise NotFound
    return row


def _locked_at_till(cart: CartRef) -> Cart:
    """A cart that is not there answers like one that is elsewhere."""
    row = Cart.objects.filter(pk=cart.cart_id).locked().first()
    if (
        row is None
        or cart.till is None
        or row.status != CartStatus.AT_TILL
        or row.register_id != cart.till.register_id
    ):
        raise CartNotAtTill
    return row


def _locked_pair(cart: CartRef, customer_id: UUID) -> tuple[Cart, Cart | None]:
    """The guest's cart and the customer's own of the same currency, locked in order of keys."""
    guest = Cart.objects.filter(pk=cart.cart_id).first()
    if guest is None:
        raise NotFound
    own_id = (
        Cart.objects.filter(
            customer_id=customer_id,
            currency=guest.currency,
            status__in=(CartStatus.ACTIVE, CartStatus.AT_TILL),
        )
        .exclude(pk=guest.pk)
        .order_by("status")
        .values_list("pk", flat=True)
        .first()
    )
    rows = {row.pk: row for row in Cart.objects.filter(pk__in=[guest.pk, own_id]).locked()}
    own = rows.get(own_id) if own_id else None
    # Gone into an order while the lock was waited for: then the guest's cart becomes the own one.
    return rows[guest.pk], own if own and own.status in OPEN else None


def _to_till(row: Cart, till: Till, actor: Actor) -> CartState:
    cart = CartRef(row.pk, till=till)
    if row.status == CartStatus.AT_TILL:
        if row.register_id != till.register_id:
            raise CartAtTill
    else:
        move(row, CartStatus.AT_TILL, moves=CART_MOVES, register_id=till.register_id)
        events.record(_opened(row, till.channel_id, till), actor=actor)
    _use_up(row)
    state = read_cart(cart, actor=actor)
    check_open(state, cart)
    return state


def _use_up(row: Cart, token_digest: str | None = None) -> None:
    row.handoff_digest, row.handoff_until, row.updated_at = "", None, clock.now()
    row.version += 1
    if token_digest is not None:
        row.token_digest = token_digest
    row.save(
        update_fields=["handoff_digest", "handoff_until", "updated_at", "version", "token_digest"]
    )


def return_to_customer(row: Cart, actor: Actor) -> Cart:
    other: Cart | None = None
    if row.customer_id:
        other = (
            Cart.objects.filter(
                customer_id=row.customer_id, currency=row.currency, status=CartStatus.ACTIVE
            )
            .locked()
            .first()
        )
    if other is None:
        move(row, CartStatus.ACTIVE, moves=CART_MOVES, register_id=None, updated_at=clock.now())
        return row
    merge_carts(source=other, target=row, actor=actor)
    move(row, CartStatus.ACTIVE, moves=CART_MOVES, register_id=None)
    return row


def _opened(row: Cart, channel_id: UUID, till: Till | None) -> CartOpened:
    return CartOpened(
        cart_id=row.pk,
        customer_id=row.customer_id,
        channel_id=channel_id,
        register_id=till.register_id if till else None,
        location_id=till.location_id if till else None,
    )


def _claimed(guest: Cart, own: Cart | None, actor: Actor) -> CartClaimed:
    assert actor.customer_id is not None  # noqa: S101  claim_cart refused otherwise
    return CartClaimed(
        cart_id=guest.pk,
        customer_id=actor.customer_id,
        channel_id=actor.channel_id or guest.channel_id,
        merged_into=own.pk if own else None,
        device=guest.device_id,
    )
