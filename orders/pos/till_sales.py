"""What a cashier does with the sale in progress: each needs their open shift, at their register."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from orders.checkout import at_till
from orders.checkout import operations as checkout
from orders.checkout.carts import Contact
from orders.checkout.models import Cart, CartStatus
from orders.checkout.operations import CartRef, CartState, Wish
from orders.pos.drawer import open_shift_of
from orders.pos.models import Register
from orders.pos.selling import till_of
from orders.pos.taking import check_nothing_taken
from orders.sales.drafts import AddressDraft


@transaction.atomic
def scan_in(*, shift_id: UUID, wish: Wish, actor: Actor) -> CartState:
    """Something goes into the sale that is open here. Raises: ShiftNotOpen, as ``at_till``."""
    till = till_of(open_shift_of(actor, shift_id, Permission.POS_SELL))
    return at_till.scan_in(till=till, wish=at_till.placed_here(wish, till), actor=actor)


@transaction.atomic
def set_quantity(
    *, shift_id: UUID, cart_id: UUID, line_id: UUID, version: int, quantity: int, actor: Actor
) -> CartState:
    """So many of a line; none takes it out. Raises: ShiftNotOpen, as ``change_line``."""
    cart = _cart(shift_id, cart_id, actor)
    if quantity == 0:
        return checkout.remove_line(cart=cart, line_id=line_id, version=version, actor=actor)
    return checkout.change_line(
        cart=cart, line_id=line_id, version=version, quantity=quantity, actor=actor
    )


@transaction.atomic
def set_way(
    *, shift_id: UUID, cart_id: UUID, line_id: UUID, version: int, wish: Wish, actor: Actor
) -> CartState:
    """Another way for a line. Raises: ShiftNotOpen, as ``at_till.change_way``."""
    cart = _cart(shift_id, cart_id, actor)
    assert cart.till is not None  # noqa: S101  just made with it
    placed = at_till.placed_here(wish, cart.till)
    return at_till.change_way(
        cart=cart,
        line_id=line_id,
        version=version,
        method=placed.method,
        location_id=placed.location_id,
        actor=actor,
    )


@transaction.atomic
def set_buyer(*, shift_id: UUID, customer_id: UUID | None, actor: Actor) -> CartState:
    """Whose sale it is. Raises: ShiftNotOpen, as ``at_till.set_buyer``."""
    till = till_of(open_shift_of(actor, shift_id, Permission.POS_SELL))
    return at_till.set_buyer(till=till, customer_id=customer_id, actor=actor)


@transaction.atomic
def set_delivery(
    *,
    shift_id: UUID,
    cart_id: UUID,
    version: int,
    contact: Contact,
    address: AddressDraft | None,
    actor: Actor,
) -> CartState:
    """Where it goes and how the customer is reached. Raises: ShiftNotOpen, as ``set_contact``."""
    return checkout.set_contact(
        cart=_cart(shift_id, cart_id, actor),
        version=version,
        contact=contact,
        address=address,
        actor=actor,
    )


@transaction.atomic
def take_in_cart(*, shift_id: UUID, cart_id: UUID, other_id: UUID, actor: Actor) -> CartState:
    """The customer's cart of elsewhere joins. Raises: ShiftNotOpen, as ``at_till``."""
    cart = _cart(shift_id, cart_id, actor)
    return at_till.take_in_cart(cart=cart, other_id=other_id, actor=actor)


@transaction.atomic
def park_sale(*, shift_id: UUID, cart_id: UUID, actor: Actor) -> Cart:
    """Lay the sale on the stack. Raises: ShiftNotOpen, CartNotAtTill."""
    return checkout.park_cart(cart=_cart(shift_id, cart_id, actor), actor=actor)


@transaction.atomic
def recall_sale(*, shift_id: UUID, cart_id: UUID, actor: Actor) -> CartState:
    """Take a sale from the store's stack; the one that is open here goes onto it.

    A repeat returns it. Raises: NotFound (also for another store's), ShiftNotOpen, CartAtTill,
    TendersTaken (for what is open and holds nothing), InvalidTransition (it is finished).
    Locks: carts. Emits: cart.opened.
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    here = Register.objects.filter(location_id=shift.register.location_id)
    if not Cart.objects.filter(pk=cart_id, register_id__in=here.values("pk")).exists():
        raise NotFound
    before = at_till.open_sale(shift.register_id)
    state = at_till.recall_sale(cart_id=cart_id, till=till_of(shift), actor=actor)
    _check_kept(before, shift.currency)
    return state


@transaction.atomic
def open_by_code(*, shift_id: UUID, code: str, actor: Actor) -> CartState:
    """A customer's own cart by its code; the caller counted the try. Raises: as ``at_till``,
    TendersTaken (for what is open and holds nothing).
    """
    shift = open_shift_of(actor, shift_id, Permission.POS_SELL)
    before = at_till.open_sale(shift.register_id)
    state = at_till.open_sale_by_code(code=code, till=till_of(shift), actor=actor)
    _check_kept(before, shift.currency)
    return state


def _check_kept(cart_id: UUID | None, currency: str) -> None:
    """A sale that holds nothing ends when it is laid aside; not with money in it."""
    waits = (CartStatus.AT_TILL, CartStatus.PARKED)
    if cart_id and Cart.objects.filter(pk=cart_id).exclude(status__in=waits).exists():
        check_nothing_taken(cart_id, currency)


def _cart(shift_id: UUID, cart_id: UUID, actor: Actor) -> CartRef:
    return CartRef(cart_id, till=till_of(open_shift_of(actor, shift_id, Permission.POS_SELL)))
