"""Who may see which orders, and orders as callers read them.

A customer sees their own, a guest the one whose token they hold, staff and programs those of their
locations and channels. Missing and forbidden look the same. Folders above sales add where else an
order may have work (``also_at``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.secrets import digest, matches
from orders.sales.models import Adjustment, Order, OrderLine, OrderLink

PlaceRule = Callable[[Iterable[UUID]], Q]
_place_rules: list[PlaceRule] = []


def also_at(rule: PlaceRule) -> None:
    """Add a rule by which an order concerns some locations, beside where its lines come from."""
    _place_rules.append(rule)


def orders_visible_to(actor: Actor, *, permission: str = Permission.ORDERS_VIEW) -> QuerySet[Order]:
    """Every order that the actor may see, in no order."""
    orders: QuerySet[Order] = Order.objects.all()
    if actor.kind == "customer":
        return orders.filter(customer_id=actor.customer_id) if actor.customer_id else orders.none()
    if not actor.may(permission):
        return orders.none()
    if actor.may_everywhere(permission):
        return orders
    locations = actor.location_ids(permission) or frozenset()
    channels = actor.channel_ids(permission) or frozenset()
    return orders.filter(Q(channel_id__in=channels) | _at(locations))


def orders_at(orders: QuerySet[Order], location_ids: Iterable[UUID]) -> QuerySet[Order]:
    """Those of the orders that concern one of the locations."""
    return orders.filter(_at(location_ids))


def get_order(actor: Actor, order_id: UUID, *, token: str = "") -> Order:
    """The order, if the actor may see it; a guest shows its token. Raises: NotFound."""
    order = orders_with_all().filter(pk=order_id).first() if token else None
    if order is not None and _opens(actor, order, token):
        return order
    order = orders_with_all(orders_visible_to(actor)).filter(pk=order_id).first()
    if order is None:
        raise NotFound
    return order


def orders_with_all(orders: QuerySet[Order] | None = None) -> QuerySet[Order]:
    """The orders with their lines, charges, address and channel, in a fixed number of queries."""
    rows: QuerySet[Order] = Order.objects.all() if orders is None else orders
    return rows.select_related("channel", "shipping_address").prefetch_related(
        "lines", "adjustments"
    )


def credit_sources(order: Order) -> Iterator[Order]:
    """The order whose goods were given back for a credit on this one, then that of its own."""
    given = Adjustment.objects.filter(credit_of__isnull=False).select_related("credit_of")
    while (credit := given.filter(order=order).first()) and credit.credit_of:
        order = credit.credit_of
        yield order


def links_with(token: str) -> QuerySet[OrderLink]:
    """The link that has this token and still works, or none."""
    return OrderLink.objects.filter(digest=digest(token), expires_at__gt=clock.now())


def find_by_link(token: str) -> Order:
    """The order whose page this link opens, with its channel. Raises: NotFound."""
    link = (
        links_with(token)
        .select_related("order__channel", "order__customer", "order__shipping_address")
        .first()
    )
    if link is None:
        raise NotFound
    return link.order


def find_for_guest(*, number: str, email: str) -> Order:
    """The order of this number and e-mail, compared without regard to case. Raises: NotFound.

    A wrong number and a wrong e-mail answer alike, and both cost one read by number.
    """
    order: Order | None = Order.objects.filter(number=number.strip().upper()).first()
    if order is None or not order.email or order.email.casefold() != email.strip().casefold():
        raise NotFound
    return order


def _at(location_ids: Iterable[UUID]) -> Q:
    """Orders sold at, or fulfilled or dealt with at, one of the locations."""
    ids = list(location_ids)
    at_line = OrderLine.objects.filter(order_id=OuterRef("pk"), location_id__in=ids)
    rule = Q(location_id__in=ids) | Q(Exists(at_line))
    for other in _place_rules:
        rule |= other(ids)
    return rule


def _opens(actor: Actor, order: Order, token: str) -> bool:
    """A token opens an order from any storefront, to nobody signed in as somebody else.

    A guest's own token, or that of the link in the mails (``sales.links``).
    """
    if actor.channel_id is None:
        return False
    if not matches(token, order.token_digest) and not links_with(token).filter(order=order):
        return False
    return actor.kind == "anonymous" or actor.customer_id == order.customer_id
