"""What time does to carts and unpaid orders. Each run takes a batch and may be repeated at will."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from inventory.stock import operations as stock
from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.ids import uuid7
from omni.core.states import move
from omni.events import operations as events
from orders.checkout import unfinished
from orders.checkout.handing import OPEN, return_to_customer
from orders.checkout.holds import OWNER
from orders.checkout.models import CART_MOVES, Cart, CartAddress, CartLine, CartStatus
from orders.events import CartExpired
from orders.fulfilment.confirmation import confirm_if_paid
from orders.payments import operations as payments
from orders.payments.queries import satisfies_policy
from orders.sales import operations as sales
from orders.sales.models import Order, OrderStatus

IDLE_AFTER = timedelta(days=30)
TILL_FORGETS_AFTER = timedelta(hours=12)


def expire_holds(*, batch: int = 500) -> int:
    """End holds whose time is over. They are judged at each read; this frees the counters."""
    return stock.expire_holds(batch=batch)


def expire_idle_carts(*, batch: int = 500, actor: Actor = SYSTEM) -> int:
    """Close carts that nobody touched for 30 days; tills let go of carts after 12 hours.

    A cart that holds money neither ends nor goes: after 12 hours it is parked, and people are told
    of it once. Returns how many carts changed or were told of. Locks: carts. Emits: cart.expired.
    """
    now = clock.now()
    at_tills = _untouched_since(now - TILL_FORGETS_AFTER).filter(status__in=OPEN)
    forgotten = at_tills.filter(status=CartStatus.AT_TILL).exclude(unfinished.holding_money())
    unpaid = at_tills.filter(unfinished.untold())
    idle = (
        _untouched_since(now - IDLE_AFTER)
        .filter(status__in=(CartStatus.ACTIVE, CartStatus.PARKED))
        .exclude(unfinished.holding_money())
    )
    changed = 0
    for cart_id in _oldest(unpaid.values_list("pk", flat=True), batch):
        changed += _lay_aside(cart_id, actor)
    for cart_id in _oldest(forgotten.values_list("pk", flat=True), batch):
        changed += _let_go(cart_id, actor)
    for cart_id in _oldest(idle.values_list("pk", flat=True), batch):
        changed += _expire(cart_id, actor)
    return changed


def fail_unpaid_orders(*, batch: int = 100, actor: Actor = SYSTEM) -> int:
    """End orders that were not paid within their window; their goods are free again.

    Process: an order that is secured but not confirmed yet is confirmed. Of the others pages and
    authorisations still open at the provider are closed first, and what was paid in part is given
    back. Returns how many failed. Money that arrives even later is given back by payments, with an
    incident.
    """
    late = Order.objects.filter(status=OrderStatus.PLACED, pay_by_at__lte=clock.now())
    ids = list(late.order_by("pay_by_at").values_list("pk", flat=True)[:batch])
    failed = 0
    for order_id in ids:
        if confirm_if_paid(order_id=order_id, actor=actor):
            continue
        payments.cancel_open_payments(order_id=order_id, actor=actor)
        failed += _fail(order_id, actor)
        payments.carry_out_for_order(order_id=order_id, actor=actor)
    return failed


@transaction.atomic
def copy_cart(*, order: Order) -> Cart | None:
    """A new cart with what an order had, for its customer or guest; None if there is nothing to
    copy, or its customer has begun another cart meanwhile."""
    old: Cart | None = Cart.objects.filter(pk=order.cart_id).first() if order.cart_id else None
    if old is None or _has_another(old):
        return None
    now = clock.now()
    # A guest's token goes on working: it is compared with its digest, not with the cart's id.
    new: Cart = Cart.objects.create(
        id=uuid7(),
        channel_id=order.channel_id,
        customer_id=old.customer_id,
        currency=old.currency,
        token_digest=old.token_digest,
        device_id=old.device_id,
        contact_name=old.contact_name,
        email=old.email,
        phone=old.phone,
        created_at=now,
        updated_at=now,
    )
    lines = CartLine.objects.filter(cart=old).order_by("added_at", "pk")
    CartLine.objects.bulk_create(_copied(lines, new))
    for address in CartAddress.objects.filter(cart=old):
        address.pk, address.cart = None, new
        address.save(force_insert=True)
    return new


# --- steps ----------------------------------------------------------------------------------------


def _untouched_since(moment: datetime) -> QuerySet[Cart, Cart]:
    return Cart.objects.filter(created_at__lte=moment, updated_at__lte=moment)


def _oldest(ids: Iterable[UUID], batch: int) -> list[UUID]:
    return list(ids.order_by("created_at")[:batch])  # type: ignore[attr-defined]


@transaction.atomic
def _expire(cart_id: UUID, actor: Actor) -> bool:
    row = _still(cart_id, IDLE_AFTER, (CartStatus.ACTIVE, CartStatus.PARKED))
    if row is None or _holds_money(row):
        return False
    move(row, CartStatus.EXPIRED, moves=CART_MOVES)
    stock.release(owner_kind=OWNER, owner_id=row.pk, reason="expired", actor=actor)
    expired = CartExpired(cart_id=row.pk, customer_id=row.customer_id, channel_id=row.channel_id)
    events.record(expired, actor=actor)
    return True


@transaction.atomic
def _let_go(cart_id: UUID, actor: Actor) -> bool:
    row = _still(cart_id, TILL_FORGETS_AFTER, (CartStatus.AT_TILL,))
    if row is None or _holds_money(row):
        return False
    return_to_customer(row, actor)
    return True


@transaction.atomic
def _lay_aside(cart_id: UUID, actor: Actor) -> bool:
    """Money was taken and the sale not finished: it waits on the stack for whom it concerns."""
    row = _still(cart_id, TILL_FORGETS_AFTER, OPEN)
    if row is None or not unfinished.tell(row, actor):
        return False
    if row.status == CartStatus.AT_TILL:
        move(row, CartStatus.PARKED, moves=CART_MOVES, updated_at=clock.now())
    return True


def _holds_money(row: Cart) -> bool:
    """Asked under the lock: a till may just have taken something."""
    return Cart.objects.filter(unfinished.holding_money(), pk=row.pk).exists()


def _still(cart_id: UUID, idle: timedelta, statuses: tuple[CartStatus, ...]) -> Cart | None:
    """The locked cart, if it is still what the sweep took it for."""
    row: Cart | None = (
        Cart.objects.filter(pk=cart_id, status__in=statuses, updated_at__lte=clock.now() - idle)
        .locked()
        .first()
    )
    return row


@transaction.atomic
def _fail(order_id: UUID, actor: Actor) -> bool:
    order = sales.locked_order(order_id)
    if order.status != OrderStatus.PLACED:
        return False
    if satisfies_policy(order):
        confirm_if_paid(order_id=order_id, actor=actor)
        return False
    cart = copy_cart(order=order)
    sales.fail_order(
        order_id=order_id,
        reason="not_paid_in_time",
        new_cart_id=cart.pk if cart else None,
        actor=actor,
    )
    payments.return_all_money(
        order_id=order_id, reference=f"unpaid:{order_id}", reason="not_paid_in_time", actor=actor
    )
    return True


def _has_another(cart: Cart) -> bool:
    return bool(
        cart.customer_id
        and Cart.objects.filter(
            customer_id=cart.customer_id,
            currency=cart.currency,
            status__in=(CartStatus.ACTIVE, CartStatus.AT_TILL),
        ).exists()
    )


def _copied(lines: Iterable[CartLine], new: Cart) -> list[CartLine]:
    return [
        CartLine(
            cart=new,
            variant_id=line.variant_id,
            quantity=line.quantity,
            method=line.method,
            location_id=line.location_id,
            added_at=new.created_at,
        )
        for line in lines
    ]
