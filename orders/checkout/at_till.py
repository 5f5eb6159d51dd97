"""The sale in progress at a till: a cart that is open there; the others wait in a stack.

Scanning always goes into the sale that is open, so neither a second window nor a page that is old
begins another one. Opening one lays the other aside. The caller has settled that they may sell
there, and which registers' carts they may open.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef

from customers.identity.queries import reach_of
from customers.profiles.models import CustomerStatus
from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import move
from omni.core.transactions import joined
from omni.events import operations as events
from orders.checkout.buyers import CustomerBlocked
from orders.checkout.carts import add_line, remove_line
from orders.checkout.checking import open_for_change
from orders.checkout.errors import CartNotAtTill
from orders.checkout.handing import (
    merge_carts,
    open_by_code,
    recall_cart,
    return_to_customer,
)
from orders.checkout.models import CART_MOVES, Cart, CartLine, CartStatus
from orders.checkout.reading import CartRef, CartState, Till, Wish, lock_cart, read_cart
from orders.checkout.ringing_up import ring_up
from orders.events import CartExpired


def open_sale(register_id: UUID) -> UUID | None:
    """The cart that is open at a register, the last one if there are several."""
    rows = Cart.objects.filter(register_id=register_id, status=CartStatus.AT_TILL)
    found: UUID | None = rows.order_by("-updated_at", "-pk").values_list("pk", flat=True).first()
    return found


@joined
def scan_in(*, till: Till, wish: Wish, actor: Actor) -> CartState:
    """Put something into the sale that is open at the till; the first thing begins one.

    Raises: as ``add_line``; then nothing was begun. Locks: cart. Emits: cart.line_added.
    """
    cart = CartRef(open_sale(till.register_id) or _begin(till, actor), till=till)
    version = lock_cart(cart, actor=actor).header.version
    return add_line(cart=cart, version=version, wish=wish, actor=actor)


@joined
def change_way(
    *,
    cart: CartRef,
    line_id: UUID,
    version: int,
    method: str,
    location_id: UUID | None,
    actor: Actor,
) -> CartState:
    """Let a line reach its customer in another way. Raises: as ``add_line``. Locks: cart."""
    state = open_for_change(cart, version, actor=actor)
    line = next((each for each in state.lines if each.id == line_id), None)
    if line is None:
        raise NotFound
    if (line.method, line.location_id) == (method, location_id):
        return state
    state = remove_line(cart=cart, line_id=line_id, version=version, actor=actor)
    wish = Wish(line.variant_id, line.quantity, method, location_id)
    return add_line(cart=cart, version=state.header.version, wish=wish, actor=actor)


@joined
def set_buyer(*, till: Till, customer_id: UUID | None, actor: Actor) -> CartState:
    """Say whose sale the open one is, or that nobody is known; without one it begins here.

    Raises: NotFound, CustomerBlocked. Locks: cart.
    """
    if customer_id is not None:
        reach = reach_of(customer_id)
        if reach is None or reach.status == CustomerStatus.ERASED:
            raise NotFound
        if reach.status == CustomerStatus.BLOCKED:
            raise CustomerBlocked
    cart = CartRef(open_sale(till.register_id) or _begin(till, actor), till=till)
    version = lock_cart(cart, actor=actor).header.version
    Cart.objects.filter(pk=cart.cart_id).update(
        customer_id=customer_id, version=version + 1, updated_at=clock.now()
    )
    return read_cart(cart, actor=actor)


@joined
def take_in_cart(*, cart: CartRef, other_id: UUID, actor: Actor) -> CartState:
    """What the customer of this sale gathered elsewhere joins it; their other cart ends as merged.

    Raises: NotFound (also for another's cart), CartNotAtTill. Locks: carts.
    """
    rows = {row.pk: row for row in Cart.objects.filter(pk__in=[cart.cart_id, other_id]).locked()}
    target, source = rows.get(cart.cart_id), rows.get(other_id)
    if target is None or source is None or target.customer_id is None:
        raise NotFound
    if target.status != CartStatus.AT_TILL or not _is_at(target, cart):
        raise CartNotAtTill
    if (source.customer_id, source.currency) != (target.customer_id, target.currency):
        raise NotFound
    merge_carts(source=source, target=target, actor=actor)
    return read_cart(cart, actor=actor)


@joined
def recall_sale(*, cart_id: UUID, till: Till, actor: Actor) -> CartState:
    """Open a parked sale here; the one that was open is laid aside.

    Raises: NotFound, CartAtTill, InvalidTransition. Locks: carts. Emits: cart.opened.
    """
    lay_aside(till=till, keep=cart_id, actor=actor)
    return recall_cart(cart_id=cart_id, till=till, actor=actor)


@joined
def open_sale_by_code(*, code: str, till: Till, actor: Actor) -> CartState:
    """Open a customer's own cart here by its code; the sale that was open is laid aside.

    Raises: as ``open_by_code``. Locks: carts. Emits: cart.opened.
    """
    state = open_by_code(code=code, till=till, actor=actor).state
    lay_aside(till=till, keep=state.header.id, actor=actor)
    return state


@joined
def let_go(*, cart: CartRef, actor: Actor) -> Cart:
    """The sale is called off: a customer goes on with their cart, one of the till's own ends.

    Raises: CartNotAtTill. Locks: carts. Emits: cart.expired.
    """
    row = Cart.objects.filter(pk=cart.cart_id).locked().first()
    if row is None or row.status != CartStatus.AT_TILL or not _is_at(row, cart):
        raise CartNotAtTill
    return _end(row, actor)


def lay_aside(*, till: Till, keep: UUID, actor: Actor) -> None:
    """Park what else is open at the till; what holds nothing ends."""
    rows = Cart.objects.filter(register_id=till.register_id, status=CartStatus.AT_TILL)
    lines = CartLine.objects.filter(cart=OuterRef("pk"))
    others = rows.exclude(pk=keep).annotate(has_lines=Exists(lines)).order_by("pk")
    for pk, has_lines in list(others.values_list("pk", "has_lines")):
        row = Cart.objects.filter(pk=pk, status=CartStatus.AT_TILL).locked().first()
        if row is not None and has_lines:
            move(
                row,
                CartStatus.PARKED,
                moves=CART_MOVES,
                parked_by=actor.user_id,
                updated_at=clock.now(),
            )
        elif row is not None:
            _end(row, actor)


# --- steps ----------------------------------------------------------------------------------------


def _begin(till: Till, actor: Actor) -> UUID:
    return ring_up(till=till, wishes=(), actor=actor).header.id


def _is_at(row: Cart, cart: CartRef) -> bool:
    return cart.till is not None and row.register_id == cart.till.register_id


def _end(row: Cart, actor: Actor) -> Cart:
    if row.customer_id is not None or row.token_digest:
        return return_to_customer(row, actor)
    move(row, CartStatus.EXPIRED, moves=CART_MOVES, updated_at=clock.now())
    expired = CartExpired(cart_id=row.pk, customer_id=None, channel_id=row.channel_id)
    events.record(expired, actor=actor)
    return row


def placed_here(wish: Wish, till: Till) -> Wish:
    """What is taken along comes from where the till stands."""
    if wish.method == Method.CARRY_OUT:
        return Wish(wish.variant_id, wish.quantity, wish.method, till.location_id)
    return wish
