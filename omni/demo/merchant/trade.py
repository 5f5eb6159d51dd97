"""The last days of Atelier Nord: orders in several states, made by the operations of every day.

The clock is moved, so each step carries its own time. Every step looks how far it has come, so a
seed that was interrupted goes on where it stopped, and one that is done changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from journeys.timeline import operations as timeline
from journeys.timeline.operations import Capture
from omni.access.actor import Actor
from omni.core import clock
from omni.core.money import Money
from omni.demo.merchant import places
from omni.demo.merchant.goods import variant
from omni.demo.merchant.hours import work_after
from omni.demo.merchant.people import colleague_actor
from omni.demo.merchant.shoppers import EVE, SHOPPERS, find, shopper_actor, visitor_of
from orders.aftersales import operations as aftersales
from orders.aftersales.models import ReturnCase
from orders.checkout import operations as checkout
from orders.checkout.models import Cart
from orders.checkout.operations import CartRef, Contact, Intent, Wish
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.sales.models import Order

PICKUP = "pickup"
_EVE, _DAN, _LUCIE, _OLIVER = SHOPPERS
_REACHED = (
    FulfilmentState.NEW,
    FulfilmentState.ACCEPTED,
    FulfilmentState.PICKING,
    FulfilmentState.READY,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One order to be: whose, of what, where, how long ago, and how far the store has come."""

    key: str
    buyer: Callable[[], Actor]
    store: str
    lines: tuple[tuple[str, int], ...]
    ago: timedelta
    clerk: str = ""
    goal: str = FulfilmentState.NEW
    shelf: str = ""
    contact: Contact | None = None

    @property
    def device(self) -> str:
        return str(visitor_of(EVE) if self.key == "eve" else uuid5(NAMESPACE_URL, self.key))


def _guest(channel: str) -> Callable[[], Actor]:
    return lambda: Actor(kind="anonymous", channel_id=places.channel(channel).pk)


EVES_ORDER = Visit(
    "eve", lambda: shopper_actor(EVE), "lyon",
    (("MERINO-NAVY-M", 1), ("SCARF-GREY", 1)),
    timedelta(days=3), "Ben", FulfilmentState.READY, "A-03",
)  # fmt: skip
VISITS = (
    EVES_ORDER,
    Visit(
        "lucie", lambda: shopper_actor(_LUCIE), "nice",
        (("LINEN-M", 1), ("TOTE-NATURAL", 1)),
        timedelta(hours=20), "Cleo", FulfilmentState.READY, "N-01",
    ),
    Visit(
        "oliver", lambda: shopper_actor(_OLIVER), "london",
        (("MUG-WHITE", 6), ("COFFEE-1KG", 2)),
        timedelta(hours=5), "Max", FulfilmentState.ACCEPTED,
    ),
    Visit(
        "paul", _guest(places.WEB), "lyon",
        (("GLOVE-8", 1),),
        timedelta(minutes=40), "Ben", FulfilmentState.NEW,
        contact=Contact("Paul Roux", "paul@example.com", "+33612000016"),
    ),
)  # fmt: skip
CANCELLED = Visit(
    "dan", lambda: shopper_actor(_DAN), "lyon",
    (("LAMP", 1),),
    timedelta(days=2),
)  # fmt: skip


def ensure_orders() -> None:
    """Browsing, orders at the counter's different states, one that was cancelled."""
    _browse()
    for visit in VISITS:
        with clock.moved(by=-visit.ago):
            order = _order_of(visit) or _place(visit)
        with clock.moved(to=_worked_at(visit)):
            _work(order, visit)
    with clock.moved(by=-CANCELLED.ago):
        order = _order_of(CANCELLED) or _place(CANCELLED)
        buyer = CANCELLED.buyer()
        aftersales.cancel_order(order_id=order.pk, reason="changed my mind", actor=buyer)


def _worked_at(visit: Visit) -> datetime:
    """When the store has come so far: an hour of opening after the order, if it lies ready."""
    now = clock.now()
    return min(work_after(visit.store, now - visit.ago, 75 if visit.shelf else 5), now)


def eves_pickup() -> FulfilmentOrder:
    """The pickup that is collected, and of which something comes back, at the tills."""
    order = _order_of(EVES_ORDER)
    return FulfilmentOrder.objects.select_related("order").get(order=order)


def has_return(order: Order) -> bool:
    """Whether something of it came back already."""
    return ReturnCase.objects.filter(order=order).exists()


def is_lived_in() -> bool:
    """Whether the last step of the last days was made: Eve's scarf came back."""
    order = _order_of(EVES_ORDER)
    return order is not None and has_return(order)


@transaction.atomic
def _place(visit: Visit) -> Order:
    buyer, store = visit.buyer(), places.store(visit.store)
    opened = checkout.create_cart(device_id=visit.device, actor=buyer)
    cart, state = CartRef(opened.state.header.id, opened.token), opened.state
    for sku, quantity in visit.lines:
        wish = Wish(variant(sku).pk, quantity, PICKUP, store.pk)
        state = checkout.add_line(cart=cart, version=state.header.version, wish=wish, actor=buyer)
    intent = Intent(
        version=state.header.version,
        total=Money(state.quote.total_minor, state.header.currency),
        payment=checkout.PAY_AT_COLLECTION,
        contact=visit.contact or _own_contact(visit),
    )
    return checkout.check_out_cart(cart=cart, intent=intent, actor=buyer).order


def _own_contact(visit: Visit) -> Contact:
    shopper = next(each for each in SHOPPERS if each.email.startswith(visit.key))
    return Contact(shopper.name, shopper.email, shopper.phone)


def _order_of(visit: Visit) -> Order | None:
    cart = Cart.objects.filter(device_id=visit.device, status="ordered").first()
    found: Order | None = Order.objects.filter(cart_id=cart.pk).first() if cart else None
    return found


def _work(order: Order, visit: Visit) -> None:
    """The clerk takes the pickup as far as it shall come."""
    work = FulfilmentOrder.objects.get(order=order)
    clerk = colleague_actor(visit.clerk)
    for state in _REACHED[1 : _REACHED.index(FulfilmentState(visit.goal)) + 1]:
        work.refresh_from_db()
        if work.status in _REACHED and _REACHED.index(FulfilmentState(work.status)) < (
            _REACHED.index(state)
        ):
            _step(work, state, visit.shelf, clerk)


def _step(work: FulfilmentOrder, state: FulfilmentState, shelf: str, clerk: Actor) -> None:
    if state == FulfilmentState.ACCEPTED:
        fulfilment.accept(fulfilment_order_id=work.pk, actor=clerk)
    elif state == FulfilmentState.PICKING:
        fulfilment.start_picking(fulfilment_order_id=work.pk, actor=clerk)
    else:
        for line in work.lines.order_by("pk"):
            fulfilment.pick_line(
                fulfilment_order_id=work.pk, line_id=line.pk, picked=line.quantity, actor=clerk
            )
        fulfilment.mark_ready(fulfilment_order_id=work.pk, shelf=shelf, actor=clerk)


def _browse() -> None:
    """Eve looks around in the app before she signs in, and calls the store later."""
    visitor = visitor_of(EVE)
    app = Actor(kind="anonymous", channel_id=places.channel(places.APP).pk)
    moment = _sign_up_moment()
    seen: list[tuple[str, int, dict[str, Any]]] = [
        ("ad.clicked", 30, {"source": "instagram", "campaign": "autumn-knitwear"}),
        ("page.viewed", 28, {"path": "/products/merino-sweater", "title": "Merino sweater"}),
        ("search.made", 24, {"query": "wool scarf", "results": 1}),
        ("page.viewed", 23, {"path": "/products/wool-scarf", "title": "Wool scarf"}),
    ]
    captures = [
        Capture(
            kind=kind,
            key=f"demo-eve-{number}",
            occurred_at=moment - timedelta(minutes=minutes),
            facts=facts,
            visitor_id=visitor,
        )
        for number, (kind, minutes, facts) in enumerate(seen)
    ]
    timeline.capture_interactions(captures=captures, actor=app)
    call = Capture(
        kind="call.noted",
        key="demo-eve-call",
        occurred_at=moment + timedelta(days=1),
        facts={"text": "Asked whether the sweater can be washed.", "direction": "in"},
        customer_id=_customer_id(),
        location_id=places.store("lyon").pk,
    )
    timeline.capture_interactions(captures=[call], actor=colleague_actor("Ben"))


def _sign_up_moment() -> datetime:
    account = find(EVE)
    assert account is not None  # noqa: S101  ensure_shoppers made it
    return account.created_at


def _customer_id() -> UUID:
    account = find(EVE)
    assert account is not None  # noqa: S101  ensure_shoppers made it
    return account.customer_id
