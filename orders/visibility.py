"""At which places an order is of concern, beside where its lines come from: work and returns."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from orders.aftersales.models import ReturnCase
from orders.fulfilment.models import FulfilmentOrder
from orders.sales.queries import also_at


def _has_work_at(location_ids: Iterable[UUID]) -> Q:
    work = FulfilmentOrder.objects.filter(order_id=OuterRef("pk"), location_id__in=location_ids)
    return Q(Exists(work))


def _has_return_at(location_ids: Iterable[UUID]) -> Q:
    cases = ReturnCase.objects.filter(order_id=OuterRef("pk"), location_id__in=location_ids)
    return Q(Exists(cases))


also_at(_has_work_at)
also_at(_has_return_at)
