"""What the one field of the console makes of the app's codes: each takes one quick look.

A pickup code opens the hand-over with the code proven. The id on a pick slip opens its work, the
name of a shelf what lies there. A number of an order opens the order; its work here stands below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.rest import limits
from omni.rest.limits import TooManyAttempts
from omni.screens import codes
from omni.screens.codes import Hit
from omni.screens.place import Place
from orders.aftersales.queries import return_cases_visible_to
from orders.checkout.handing import is_code_of_a_cart, may_be_code
from orders.fulfilment.models import FulfilmentOrder
from orders.fulfilment.proven import note_for, pickup_with_code
from orders.fulfilment.queries import shelf_with_goods, work_meant
from orders.pos.console_receipts import order_on_receipt
from orders.sales.queries import orders_visible_to

PICKUP, WORK, SHELF = gettext_lazy("Pickup"), gettext_lazy("Work"), gettext_lazy("Shelf")
ORDER, RETURN, CART = gettext_lazy("Order"), gettext_lazy("Return"), gettext_lazy("Cart")
# Whoever scans receipts and pickups all day looks for carts as well; nobody guesses so many.
CODE_TRIES = 300
CODE_WINDOW = timedelta(minutes=15)
MAX_RECEIPT = 36


def pickup_code(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """The code that a customer shows."""
    found = pickup_with_code(text, actor=actor, location_id=place.location_id) if place else None
    if found is None:
        return []
    order = found.fulfilment_order.order
    page = reverse("console:hand-over", args=[found.pk])
    note = urlencode({"proven": note_for(found, actor)})
    return [
        Hit(
            PICKUP,
            order.contact_name or order.number,
            f"{page}?{note}",
            "shopping-bag",
            detail=_("Code checked: hand over %(number)s") % {"number": order.number},
            exact=True,
        )
    ]


def cart_code(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """The code by which a customer takes their cart to a till. Looking for one is a counted try."""
    if place is None or not may_be_code(text):
        return []
    if not actor.may(Permission.POS_SELL, location_id=place.location_id):
        return []
    try:
        limits.spend("scan.cart_code", actor.principal, CODE_TRIES, CODE_WINDOW)
    except TooManyAttempts:
        return []
    if not is_code_of_a_cart(text):
        return []
    page = f"{reverse('console:till')}?{urlencode({'code': text})}"
    detail = _("Open it at the till")
    return [Hit(CART, _("The customer's cart"), page, "shopping-cart", detail, exact=True)]


def work(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """The id on a pick slip (exact), or the number of an order with work at this place."""
    if place is None:
        return []
    slip = _id(text)
    rows = work_meant(actor, place.location_id, work_id=slip, number="" if slip else text)
    return [_work_hit(row, exact=slip is not None) for row in rows]


def _work_hit(row: FulfilmentOrder, *, exact: bool) -> Hit:
    is_pickup = row.method == Method.PICKUP
    return Hit(
        PICKUP if is_pickup else WORK,
        row.order.contact_name or row.order.number,
        reverse("console:work", args=[row.pk]),
        "shopping-bag" if is_pickup else "truck",
        detail=f"{row.order.number}, {row.get_status_display()}",
        exact=exact,
    )


def shelf(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """The name of a shelf on which something lies for customers."""
    if place is None or not actor.may(Permission.FULFILMENT_VIEW, location_id=place.location_id):
        return []
    name = shelf_with_goods(place.location_id, text)
    if not name:
        return []
    page = f"{reverse('console:shelf')}?{urlencode({'bay': name})}"
    return [Hit(SHELF, _("Shelf %(name)s") % {"name": name}, page, "archive", exact=True)]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None


def order(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """The whole number of an order, or of a receipt of a till: it opens the order's page."""
    number = text.strip().upper()
    if not number or len(number) > MAX_RECEIPT or " " in number or not number[-1].isdigit():
        return []
    found = order_on_receipt(number)
    if found is None or not orders_visible_to(actor).filter(pk=found.pk).exists():
        return []
    page = "console:order" if place else "office:order"
    detail = f"{found.number}, {found.get_status_display()}"
    name = found.contact_name or found.number
    return [Hit(ORDER, name, reverse(page, args=[found.pk]), "receipt", detail, exact=True)]


def return_case(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """The number of a return."""
    number = text.strip().upper()
    if not (number.startswith("R") and number[1:].isdigit() and len(number) <= MAX_RECEIPT):
        return []
    case = return_cases_visible_to(actor).filter(number=number).select_related("order").first()
    if case is None:
        return []
    url = reverse("console:return-case", args=[case.pk]) if place else reverse("office:returns")
    name = case.order.contact_name if case.order else case.number
    detail = f"{case.number}, {case.get_status_display()}"
    return [Hit(RETURN, name or case.number, url, "undo-2", detail, exact=True)]


codes.register("pickup code", pickup_code, order=10)
codes.register("cart code", cart_code, order=15)
codes.register("order", order, order=20)
codes.register("return", return_case, order=25)
codes.register("work", work, order=30)
codes.register("shelf", shelf, order=40)
