"""What must be true before a cart is changed, held or ordered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from inventory.channels.models import ChannelStatus
from inventory.channels.operations import ChannelClosed
from inventory.locations.models import Method
from inventory.stock.operations import OutOfStock
from omni.access.actor import Actor
from omni.core.errors import DomainError
from orders.checkout.errors import (
    CartAtTill,
    CartChanged,
    CartEmpty,
    CartIsExpired,
    CartMergedElsewhere,
    CartOfOtherCurrency,
    CartOrdered,
    LocationMissing,
    MethodNotOffered,
    QuantityOutOfRange,
    VariantNotOffered,
)
from orders.checkout.models import CartStatus
from orders.checkout.reading import CartRef, CartState, Line, Wish, lock_cart

MAX_QUANTITY = 9_999
AT_A_PLACE = frozenset({Method.PICKUP.value, Method.CARRY_OUT.value})


def open_for_change(
    cart: CartRef, version: int, *, actor: Actor, wish: Wish | None = None
) -> CartState:
    """The locked cart, if it may be changed and is still of this version.

    Raises: NotFound, CartOrdered, CartMergedElsewhere, CartIsExpired, CartAtTill, CartChanged,
    CartOfOtherCurrency, ChannelClosed.
    """
    state = lock_cart(cart, actor=actor, wish=wish)
    check_open(state, cart)
    check_version(state, version)
    return state


def check_open(state: CartState, cart: CartRef) -> None:
    """Raises unless the cart can still become an order, here."""
    header = state.header
    if header.status == CartStatus.ORDERED:
        raise CartOrdered(order_id=str(header.order_id))
    if header.status == CartStatus.MERGED:
        raise CartMergedElsewhere(cart_id=str(header.merged_into_id))
    if header.status == CartStatus.EXPIRED:
        raise CartIsExpired
    if header.status != CartStatus.ACTIVE and cart.till is None:
        raise CartAtTill
    if header.status == CartStatus.PARKED:
        raise CartAtTill
    if header.currency != header.channel_currency:
        raise CartOfOtherCurrency(currency=header.currency)
    if header.channel_status != ChannelStatus.OPEN:
        raise ChannelClosed


def check_version(state: CartState, version: int) -> None:
    """Raises: CartChanged."""
    if state.header.version != version:
        raise CartChanged(version=state.header.version)


def check_lines(state: CartState) -> None:
    """Raises what keeps the lines from being had. CartEmpty, VariantNotOffered, MethodNotOffered,
    OutOfStock."""
    if not state.lines:
        raise CartEmpty
    wrong = [line for line in state.lines if line.problem]
    if wrong:
        raise problem_of(wrong)


def check_wish(wish: Wish) -> None:
    check_quantity(wish.quantity)
    if wish.method in AT_A_PLACE and wish.location_id is None:
        raise LocationMissing(method=str(wish.method))


def check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_QUANTITY:
        raise QuantityOutOfRange(minimum=1, maximum=MAX_QUANTITY)


def check_line(line: Line) -> None:
    """Raises what keeps this one line from being sold here."""
    check_quantity(line.quantity)
    if line.problem is None:
        return
    raise problem_of([line])


def problem_of(lines: Sequence[Line]) -> DomainError:
    """The error for lines that cannot be ordered, of the kind of the first one's problem."""
    code = lines[0].problem
    same = [line for line in lines if line.problem == code]
    if code == "variant_not_offered":
        return VariantNotOffered(lines=[_named(line) for line in same])
    if code == "method_not_offered":
        return MethodNotOffered(
            lines=[
                _named(line) | {"method": line.method, "location_id": _text(line.location_id)}
                for line in same
            ]
        )
    return OutOfStock(
        lines=[
            {
                "variant_id": str(line.variant_id),
                "location_id": _text(line.location_id),
                "requested": line.quantity,
                "available": line.available,
            }
            for line in same
        ]
    )


def _named(line: Line) -> dict[str, Any]:
    return {"line_id": _text(line.id), "variant_id": str(line.variant_id)}


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
