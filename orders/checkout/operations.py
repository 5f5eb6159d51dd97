"""All writes of this folder, by name; each capability has its own file beside this one.

``carts``: begin, add, change, remove, contact. ``holds``: hold and give up. ``keeping``: pieces
kept for a customer. ``handing``: code, till, claim, merge. ``placing``: the checkout. ``sweeps``:
what time does.
"""

from orders.checkout.carts import (
    Contact,
    OpenedCart,
    add_line,
    change_line,
    create_cart,
    remove_line,
    set_contact,
)
from orders.checkout.handing import (
    HandoffCode,
    claim_cart,
    give_back_cart,
    make_handoff_code,
    merge_carts,
    open_by_code,
    park_cart,
    recall_cart,
)
from orders.checkout.holds import hold_cart, release_hold
from orders.checkout.keeping import keep_for_customer, release_kept
from orders.checkout.placing import (
    AT_TILL,
    ONLINE,
    PAY_AT_COLLECTION,
    CheckedOut,
    Intent,
    check_out_cart,
)
from orders.checkout.reading import CartRef, CartState, Till, Wish, read_cart
from orders.checkout.ringing_up import ring_up
from orders.checkout.sweeps import (
    copy_cart,
    expire_holds,
    expire_idle_carts,
    fail_unpaid_orders,
)

__all__ = [
    "AT_TILL",
    "ONLINE",
    "PAY_AT_COLLECTION",
    "CartRef",
    "CartState",
    "CheckedOut",
    "Contact",
    "HandoffCode",
    "Intent",
    "OpenedCart",
    "Till",
    "Wish",
    "add_line",
    "change_line",
    "check_out_cart",
    "claim_cart",
    "copy_cart",
    "create_cart",
    "expire_holds",
    "expire_idle_carts",
    "fail_unpaid_orders",
    "give_back_cart",
    "hold_cart",
    "keep_for_customer",
    "make_handoff_code",
    "merge_carts",
    "open_by_code",
    "park_cart",
    "read_cart",
    "recall_cart",
    "release_hold",
    "release_kept",
    "remove_line",
    "ring_up",
    "set_contact",
]
