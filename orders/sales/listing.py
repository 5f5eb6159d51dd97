"""Lists of orders for people: what is searched, what each part of a list holds. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from inventory.catalog.pictures import Picture, pictures_of
from omni.core import clock
from omni.work.models import Incident, IncidentStatus
from orders.sales.models import Order, OrderLine, OrderStatus, PaymentStatus

PICTURES = 3
OPEN, TODAY, PROBLEMS, ALL = "open", "today", "problems", "all"
PARTS = (OPEN, TODAY, PROBLEMS, ALL)
NEWEST = ("-placed_at", "-id")
_LIVE = [OrderStatus.PLACED, OrderStatus.IN_REVIEW, OrderStatus.CONFIRMED]
_OVER = [OrderStatus.CANCELLED, OrderStatus.FAILED]
_MONEY_THERE = [
    PaymentStatus.AUTHORISED,
    PaymentStatus.PARTLY_AUTHORISED,
    PaymentStatus.PAID,
    PaymentStatus.PARTLY_PAID,
]


def problems(now: datetime) -> Q:
    """Orders that a person should look at: money that is wrong, time that ran out, an incident."""
    told = Incident.objects.filter(
        subject_kind="order",
        subject_id=Cast(OuterRef("pk"), CharField()),
        status=IncidentStatus.OPEN,
    )
    return (
        Q(status=OrderStatus.IN_REVIEW)
        | Q(payment_status__in=[PaymentStatus.OVERPAID, PaymentStatus.DISPUTED])
        | Q(status=OrderStatus.PLACED, pay_by_at__lt=now)
        | Q(status__in=_OVER, payment_status__in=_MONEY_THERE)
        | Q(Exists(told))
    )


def part_of(rows: QuerySet[Order], part: str, *, day_start: datetime) -> QuerySet[Order]:
    """The orders of a part of the list."""
    return rows.filter(_rules(day_start).get(part, Q()))


def counts(rows: QuerySet[Order], *, day_start: datetime) -> dict[str, int]:
    """How many are open, of today, a problem. One statement."""
    rules = _rules(day_start)
    found = rows.aggregate(**{name: Count("pk", filter=rule) for name, rule in rules.items()})
    return {name: int(count) for name, count in found.items()}


def _rules(day_start: datetime) -> dict[str, Q]:
    return {
        OPEN: Q(status__in=_LIVE),
        TODAY: Q(placed_at__gte=day_start),
        PROBLEMS: problems(clock.now()),
    }


def searched(rows: QuerySet[Order], text: str) -> QuerySet[Order]:
    """By the beginning or end of the number, e-mail, phone or the beginning of a word of the name
    given with the order."""
    words = text.strip()[:120]
    if not words:
        return rows
    if "@" in words:
        return rows.filter(email__iexact=words)
    digits = "".join(each for each in words if each.isdigit())
    number = words.upper()[:20]
    rule = Q(number__startswith=number) if digits else Q(number=number)
    if len(digits) >= 4:
        rule |= Q(number__endswith=digits) | Q(phone__endswith=digits)
    if any(each.isalpha() for each in words):
        rule |= Q(contact_name__istartswith=words) | Q(contact_name__icontains=f" {words}")
    return rows.filter(rule)


@dataclass(slots=True)
class Row:
    """An order with what a list shows of its goods."""

    order: Order
    units: int = 0
    returnable: int = 0
    open_units: int = 0
    pictures: list[Picture] = field(default_factory=list)
    more: int = 0


def shown(orders: Sequence[Order]) -> list[Row]:
    """The orders with pictures of their goods. Two statements, however many."""
    lines: dict[UUID, list[Any]] = defaultdict(list)
    wanted = OrderLine.objects.filter(order__in=[order.pk for order in orders])
    for line in wanted.order_by("position"):
        lines[line.order_id].append(line)
    first = {
        order_id: list(dict.fromkeys(line.variant_id for line in rows))
        for order_id, rows in lines.items()
    }
    pictures = pictures_of({each for ids in first.values() for each in ids[:PICTURES]})
    return [
        Row(
            order,
            units=sum(line.quantity for line in lines[order.pk]),
            returnable=sum(line.quantity_returnable for line in lines[order.pk]),
            open_units=sum(line.quantity_open for line in lines[order.pk]),
            pictures=[
                pictures.get(each, Picture("", "")) for each in first.get(order.pk, [])[:PICTURES]
            ],
            more=max(0, len(first.get(order.pk, [])) - PICTURES),
        )
        for order in orders
    ]
