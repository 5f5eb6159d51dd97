"""Which cases may be seen, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from orders.aftersales.models import ReturnCase, ReturnLine
from orders.sales.models import Order, OrderLine
from orders.sales.queries import get_order, orders_visible_to

AUTHORISED_FOR = timedelta(days=30)


def return_cases_visible_to(
    actor: Actor, permission: str = Permission.RETURNS_VIEW
) -> QuerySet[ReturnCase]:
    """A customer's own; for staff those at their locations, those that no location has yet, and
    those of orders of their channels."""
    rows: QuerySet[ReturnCase] = ReturnCase.objects.all()
    if actor.kind == "customer":
        return rows.filter(customer_id=actor.customer_id) if actor.customer_id else rows.none()
    if not actor.may(permission):
        return rows.none()
    if actor.may_everywhere(permission):
        return rows
    places = actor.location_ids(permission) or frozenset()
    channels = actor.channel_ids(permission) or frozenset()
    return rows.filter(concerns(places) | Q(channel_id__in=channels))


def concerns(location_ids: Iterable[UUID]) -> Q:
    """At one of the locations, or announced for an order that one of them handed over or sold."""
    ids = list(location_ids)
    of_order = OrderLine.objects.filter(order_id=OuterRef("order_id"), location_id__in=ids)
    return Q(location_id__in=ids) | Q(location__isnull=True) & Q(Exists(of_order))


def with_parts(rows: QuerySet[ReturnCase]) -> QuerySet[ReturnCase]:
    """With order, lines and what replaces them at hand, in a fixed number of statements."""
    lines = ReturnLine.objects.select_related("order_line", "variant").order_by("pk")
    return rows.select_related("order", "location", "exchange").prefetch_related(
        Prefetch("lines", lines)
    )


def get_case(actor: Actor, case_id: UUID, permission: str = Permission.RETURNS_VIEW) -> ReturnCase:
    """One of them. Raises: NotFound."""
    row = with_parts(return_cases_visible_to(actor, permission)).filter(pk=case_id).first()
    if row is None:
        raise NotFound
    return row


def get_case_of_customer(actor: Actor, case_id: UUID, *, token: str = "") -> ReturnCase:
    """A case of an order that the customer (or the guest with its token) owns. Raises: NotFound."""
    row = with_parts(ReturnCase.objects.all()).filter(pk=case_id).first()
    if row is None or row.order_id is None:
        raise NotFound
    get_order(actor, row.order_id, token=token)
    return row


def get_returnable_order(actor: Actor, *, order_id: UUID | None = None, number: str = "") -> Order:
    """An order whose goods somebody brings: one that the actor sees, or the one on the receipt.

    Goods may come back at any location, so a receipt's number opens an order of another store to
    whoever takes returns; nothing personal is shown of it. Raises: NotFound.
    """
    if not actor.may(Permission.RETURNS_CREATE):
        raise NotFound
    found: QuerySet[Order] = Order.objects.none()
    if number:
        found = Order.objects.filter(number=number.strip().upper())
    elif order_id is not None:
        found = orders_visible_to(actor, permission=Permission.RETURNS_CREATE).filter(pk=order_id)
    order = found.select_related("channel").first()
    if order is None:
        raise NotFound
    return order


def cases_of(order_ids: Sequence[UUID]) -> list[ReturnCase]:
    """The cases of these orders, oldest first, with their lines."""
    rows = ReturnCase.objects.filter(order_id__in=order_ids).order_by("pk")
    return list(with_parts(rows))
