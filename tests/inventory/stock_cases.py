"""What the tests of stock share: requests, snapshots, whether the books add up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Sum

from inventory.catalog.models import Variant
from inventory.locations.models import Location
from inventory.stock import operations as stock
from inventory.stock.models import (
    Reservation,
    StockBucket,
    StockLevel,
    StockMovement,
)
from omni.access.actor import SYSTEM
from omni.core import clock


def wanted(variant: Variant, location: Location, quantity: int, **over: Any) -> stock.StockRequest:
    over.setdefault("reference", uuid4())
    return stock.StockRequest(variant.pk, location.pk, quantity, **over)


def hold_for(cart_id: UUID, *lines: stock.StockRequest, minutes: int = 15) -> list[Reservation]:
    return stock.hold(
        lines=lines,
        owner_kind="cart",
        owner_id=cart_id,
        expires_at=clock.now() + timedelta(minutes=minutes),
        actor=SYSTEM,
    )


def commit_for(order_id: UUID, *lines: stock.StockRequest, **over: Any) -> list[Reservation]:
    return stock.commit(lines=lines, owner_id=order_id, actor=SYSTEM, **over)


def counters(variant: Variant, location: Location) -> tuple[int, int, int, int, int]:
    """on_hand, unavailable, committed, held, shortfall."""
    level = StockLevel.objects.get(variant=variant, location=location)
    return (level.on_hand, level.unavailable, level.committed, level.held, level.shortfall)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of stock, to show that nothing changed."""
    return {
        model.__name__: list(model.objects.order_by("pk").values_list())
        for model in (StockLevel, StockBucket, StockMovement, Reservation)
    }


def assert_books_add_up() -> None:
    for level in StockLevel.objects.all():
        moved = level.movements.aggregate(on_hand=Sum("quantity"), set_aside=Sum("bucket_quantity"))
        buckets = level.buckets.aggregate(units=Sum("quantity"))["units"] or 0
        claims = level.reservations.values_list("status", "quantity")
        committed = sum(units for status, units in claims if status == "committed")
        held = sum(units for status, units in claims if status in ("held", "requested"))
        assert (moved["on_hand"] or 0, moved["set_aside"] or 0) == (level.on_hand, buckets)
        assert (buckets, committed, held) == (level.unavailable, level.committed, level.held)
