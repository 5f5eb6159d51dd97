"""Beside the queue: what happened to an order, shelves, who is here and what just came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from inventory.catalog.pictures import picture_column
from inventory.locations.models import Method
from omni.access.names import names_of
from omni.events.models import StoredEvent
from omni.events.phrases import say
from orders.fulfilment.boards import NEW, ON_SHELF
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState, Pickup
from orders.fulfilment.proof import CODE, IdKind

HISTORY_ROWS = 30
SHELVES_SEEN = timedelta(days=30)
SHELVES_SHOWN = 4
HERE_FOR = timedelta(hours=3)  # who said «I am here» longer ago has left
NEWS_FOR = timedelta(minutes=20)  # after that it stands in the queue, and its clock calls
LIE_THERE = (*ON_SHELF, FulfilmentState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to the order, in words; ``where`` names who did it."""

    at: datetime
    text: str
    where: str


def history_of(row: FulfilmentOrder) -> list[Happened]:
    """What happened to this work and its order, newest first. Two statements."""
    events = [
        event
        for event in StoredEvent.objects.filter(aggregateid=row.order_id).order_by("-id")[
            :HISTORY_ROWS
        ]
        if event.payload.get("fulfilment_order_id", str(row.pk)) == str(row.pk)
        or event.type == "fulfilment.rejected"
    ]
    names = names_of(event.principal for event in events)
    return [
        Happened(event.occurred_at, say(event.type, event.payload), names.get(event.principal, ""))
        for event in events
    ]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A place for ready goods, as it was named before."""

    name: str
    lying: int


def shelves_of(location_id: UUID, *, now: datetime) -> list[Shelf]:
    """Shelves that were used lately, free ones first. One statement."""
    lying = Count("pk", filter=Q(fulfilment_order__status__in=LIE_THERE))
    rows = (
        Pickup.objects.filter(
            fulfilment_order__location_id=location_id, ready_at__gte=now - SHELVES_SEEN
        )
        .exclude(shelf="")
        .values_list("shelf")
        .annotate(lying=lying)
        .order_by("lying", "shelf")
    )
    return [Shelf(name, count) for name, count in rows[:SHELVES_SHOWN]]


# --- who is here, what came in --------------------------------------------------------------------


def people_here(location_id: UUID, *, now: datetime) -> QuerySet[Any, Any]:
    """Pickups whose customers said that they are here, and who and what for."""
    waiting = Pickup.objects.filter(
        fulfilment_order__location_id=location_id,
        fulfilment_order__status__in=ON_SHELF,
        arrived_at__gte=now - HERE_FOR,
    )
    return waiting.order_by("arrived_at").values(
        "arrived_at",
        "shelf",
        "arrival_note",
        work=F("fulfilment_order_id"),
        who=F("fulfilment_order__order__contact_name"),
        number=F("fulfilment_order__order__number"),
    )


def just_in(location_id: UUID, *, now: datetime) -> QuerySet[Any, Any]:
    """New pickups that nobody took on, the most urgent first, with the pictures of two things."""
    lines = FulfilmentLine.objects.filter(fulfilment_order=OuterRef("pk")).order_by("pk")
    drawn = JSONObject(
        url=picture_column("url", of="order_line__variant"),
        alt=picture_column("alt", of="order_line__variant"),
    )
    rows = FulfilmentOrder.objects.filter(
        location_id=location_id,
        method=Method.PICKUP,
        status__in=NEW,
        created_at__gte=now - NEWS_FOR,
    )
    return (
        rows.annotate(units=Sum("lines__quantity"), kinds=Count("lines"))
        .order_by("due_at", "pk")
        .values(
            "id",
            "due_at",
            "units",
            "kinds",
            who=F("order__contact_name"),
            number=F("order__number"),
            channel=F("order__channel__name"),
            pictures=ArraySubquery(lines.values(drawn=drawn)[:2]),
        )[:20]
    )


@dataclass(frozen=True, slots=True)
class Given:
    """One hand-over of a pickup as people tell it."""

    at: datetime
    to: str
    proof: str
    by: str
    is_undone: bool


def hand_overs_of(row: FulfilmentOrder) -> list[Given]:
    """The hand-overs of a pickup, newest first. Two statements."""
    rows = list(row.hand_overs.order_by("-pk"))
    names = names_of(each.principal for each in rows)
    proofs = {CODE: _("code"), **dict(IdKind.choices)}
    return [
        Given(
            each.occurred_at,
            each.handed_over_to,
            str(proofs.get(each.proof, each.proof)),
            names.get(each.principal, ""),
            each.undone_at is not None,
        )
        for each in rows
    ]
