"""Which carts hold money, though they are no order yet: time does not end them.

What takes the money lies above and registers how it is known, and whom it tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, Q

from omni.access.actor import Actor
from orders.checkout.models import Cart


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """Two conditions on a cart, as ``OuterRef("pk")``: it holds money; people were told of it.

    ``tell`` tells them; the cart is locked.
    """

    held: Callable[[], Exists]
    told: Callable[[], Exists]
    tell: Callable[[Cart, Actor], None]


_known: list[MoneyIn] = []


def register(money_in: MoneyIn) -> None:
    """Ask this too before a cart is ended by time."""
    _known.append(money_in)


def holding_money() -> Q:
    """The carts that hold money of any kind."""
    found = Q(pk__in=[])
    for each in _known:
        found |= Q(each.held())
    return found


def untold() -> Q:
    """Those of them of which nobody was told yet."""
    found = Q(pk__in=[])
    for each in _known:
        found |= Q(each.held()) & ~Q(each.told())
    return found


def tell(cart: Cart, actor: Actor) -> bool:
    """Tell people of the money in a locked cart, once; whether there was anything to tell."""
    # Asked under the lock of the cart, which whoever takes or gives back money holds as well.
    this = Cart.objects.filter(pk=cart.pk)
    new = [each for each in _known if this.filter(each.held()).exclude(each.told()).exists()]
    for each in new:
        each.tell(cart, actor)
    return bool(new)
