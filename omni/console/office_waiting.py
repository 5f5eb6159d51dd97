"""What waits in the back office: the numbers beside the entries of its navigation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from inventory.stock.queries import levels_visible_to
from omni.access.actor import Actor
from omni.access.permissions import Permission as May
from omni.screens.office_counts import Waiting, register
from omni.webhooks.models import DeliveryStatus, WebhookDelivery
from omni.work import queries as work
from omni.work.models import IncidentStatus
from orders.aftersales.queries import return_cases_visible_to
from orders.aftersales.worklist import OPEN_MONEY, to_do
from orders.fulfilment.boards import BEFORE_READY
from orders.fulfilment.queries import fulfilment_orders_visible_to
from orders.sales.models import FulfilmentStatus, OrderStatus
from orders.sales.queries import orders_visible_to


def _orders(actor: Actor, now: datetime) -> QuerySet[Any]:
    """Agreed with the customer, and not all of it given."""
    return orders_visible_to(actor).filter(
        status__in=[OrderStatus.IN_REVIEW, OrderStatus.CONFIRMED],
        fulfilment_status__in=[FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PARTLY_FULFILLED],
    )


def _returns(actor: Actor, now: datetime) -> QuerySet[Any]:
    """Those that our people have to do something about, or whose money is owed."""
    return return_cases_visible_to(actor).filter(to_do() | Q(money_status__in=OPEN_MONEY))


def _late(actor: Actor, now: datetime) -> QuerySet[Any]:
    """Work that is not ready though it was promised."""
    rows = fulfilment_orders_visible_to(actor)
    return rows.filter(status__in=BEFORE_READY, due_at__lt=now)


def _short(actor: Actor, now: datetime) -> QuerySet[Any]:
    """Levels that lack units that were promised."""
    return levels_visible_to(actor).filter(shortfall__gt=0)


def _incidents(actor: Actor, now: datetime) -> QuerySet[Any]:
    return work.incidents(actor, status=IncidentStatus.OPEN)


def _deliveries(actor: Actor, now: datetime) -> QuerySet[Any]:
    """Those that were given up: nobody tries them again unless somebody says so."""
    return WebhookDelivery.objects.filter(status=DeliveryStatus.FAILED)


register(Waiting("orders", May.ORDERS_VIEW, _orders))
register(Waiting("returns", May.RETURNS_VIEW, _returns))
register(Waiting("work", May.FULFILMENT_VIEW, _late, is_hot=True))
register(Waiting("levels", May.STOCK_VIEW, _short, is_hot=True))
register(Waiting("incidents", May.WORK_VIEW, _incidents, is_hot=True))
register(Waiting("deliveries", May.WEBHOOKS_MANAGE, _deliveries, is_hot=True))
