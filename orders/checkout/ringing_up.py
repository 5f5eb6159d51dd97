"""A cart that begins at a till: what the cashier scanned, open there until it is an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from inventory.channels.models import Channel
from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.core import clock
from orders.checkout.carts import MAX_LINES
from orders.checkout.checking import check_open, check_wish
from orders.checkout.errors import CartFull
from orders.checkout.models import Cart, CartLine, CartStatus
from orders.checkout.reading import CartRef, CartState, Till, Wish, read_cart


@transaction.atomic
def ring_up(
    *, till: Till, wishes: Sequence[Wish], customer_id: UUID | None = None, actor: Actor
) -> CartState:
    """Begin a cart at a till with these lines; what is carried out comes from the till's location.

    Whether the lines can be had is checked when it is checked out. Raises: QuantityOutOfRange,
    LocationMissing, CartFull, ChannelClosed.
    """
    wanted = _joined([_placed(wish, till) for wish in wishes])
    if len(wanted) > MAX_LINES:
        raise CartFull(limit=MAX_LINES)
    for wish in wanted:
        check_wish(wish)
    now = clock.now()
    currency = Channel.objects.values_list("currency", flat=True).get(pk=till.channel_id)
    cart = Cart.objects.create(
        channel_id=till.channel_id,
        customer_id=customer_id,
        status=CartStatus.AT_TILL,
        currency=currency,
        register_id=till.register_id,
        created_at=now,
        updated_at=now,
    )
    CartLine.objects.bulk_create(
        CartLine(
            cart=cart,
            variant_id=wish.variant_id,
            quantity=wish.quantity,
            method=wish.method,
            location_id=wish.location_id,
            added_at=now,
        )
        for wish in wanted
    )
    ref = CartRef(cart.pk, till=till)
    state = read_cart(ref, actor=actor)
    check_open(state, ref)
    return state


def _placed(wish: Wish, till: Till) -> Wish:
    if wish.method == Method.CARRY_OUT:
        return replace(wish, location_id=till.location_id)
    return wish


def _joined(wishes: Sequence[Wish]) -> list[Wish]:
    """The same thing scanned twice is one line of two."""
    found: dict[tuple[UUID, str, UUID | None], Wish] = {}
    for wish in wishes:
        key = (wish.variant_id, wish.method, wish.location_id)
        before = found.get(key)
        found[key] = replace(wish, quantity=wish.quantity + (before.quantity if before else 0))
    return list(found.values())
