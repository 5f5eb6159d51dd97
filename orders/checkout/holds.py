"""Stock kept for a cart for a while, so that nobody else takes it during the checkout.

A hold covers the whole cart or nothing. It belongs to the cart: a repeat replaces it, and the
checkout that follows turns it into the order's commitment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from inventory.stock import operations as stock
from omni.access.actor import Actor
from omni.core import clock
from omni.core.transactions import joined
from omni.events import operations as events
from orders.checkout.checking import check_lines, check_open, open_for_change
from orders.checkout.models import Cart
from orders.checkout.places import PlacedLine, place_lines
from orders.checkout.reading import CartRef, CartState, lock_cart
from orders.events import CartHeld

OWNER = "cart"


@joined
def hold_cart(*, cart: CartRef, version: int, actor: Actor) -> CartState:
    """Keep all that is in the cart for the channel's ``hold_minutes``, from now.

    Holding again starts the time anew, also after it ran out. Raises: CartChanged and what else
    forbids a change, CartEmpty, VariantNotOffered, MethodNotOffered, OutOfStock (nothing is held
    then that was not before). Locks: cart, levels. Emits: cart.held.
    """
    state = open_for_change(cart, version, actor=actor)
    check_lines(state)
    until = clock.now() + timedelta(minutes=state.header.hold_minutes)
    _hold(state, until, actor)
    Cart.objects.filter(pk=state.header.id).update(held_until=until, updated_at=clock.now())
    events.record(_held(state, until), actor=actor)
    return state.with_lines(state.lines, held_until=until)


@joined
def release_hold(*, cart: CartRef, actor: Actor) -> CartState:
    """Give up the hold of a cart. A repeat changes nothing. Locks: cart, levels.

    Raises: NotFound, CartOrdered and what else forbids a change.
    """
    state = lock_cart(cart, actor=actor)
    check_open(state, cart)
    if state.header.held_until is None:
        return state
    stock.release(owner_kind=OWNER, owner_id=state.header.id, reason="given_up", actor=actor)
    Cart.objects.filter(pk=state.header.id).update(held_until=None, updated_at=clock.now())
    return state.with_lines(state.lines, held_until=None)


def follow(state: CartState, *, actor: Actor) -> None:
    """Let a live hold follow a change of the lines, to the same moment. Raises: OutOfStock."""
    held_until = state.header.held_until
    if held_until is not None and state.is_held:
        _hold(state, held_until, actor)


def _hold(state: CartState, until: datetime, actor: Actor) -> None:
    placed = place_lines(state)
    requests = [request for part in placed if (request := part.request())]
    take_over_kept(state, placed)
    stock.hold(
        lines=requests,
        owner_kind=OWNER,
        owner_id=state.header.id,
        expires_at=until,
        actor=actor,
    )


def take_over_kept(state: CartState, placed: Sequence[PlacedLine]) -> bool:
    """What staff keep for the cart's customer becomes the cart's hold, where the cart wants it.

    Whether there was any. Locks: levels.
    """
    customer_id = state.header.customer_id
    if customer_id is None or not any(part.line.kept for part in placed):
        return False
    keys = {request.key for part in placed if (request := part.request())}
    return stock.pass_requests(
        customer_id=customer_id, keys=keys, owner_kind=OWNER, owner_id=state.header.id
    )


def _held(state: CartState, until: datetime) -> CartHeld:
    header = state.header
    return CartHeld(
        cart_id=header.id,
        customer_id=header.customer_id,
        channel_id=header.channel_id,
        held_until=until.isoformat(),
    )
