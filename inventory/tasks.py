"""Every Celery entry point of the app; each makes one call into an operation."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from inventory.catalog import operations as catalog
from inventory.stock import operations as stock
from omni.access.actor import SYSTEM


@shared_task(name="inventory.expire_holds")
def expire_holds(**_kwargs: Any) -> int:
    """End holds whose time is over."""
    return stock.expire_holds(batch=500)


@shared_task(name="inventory.start_scheduled_listings")
def start_scheduled_listings(**_kwargs: Any) -> int:
    """Put listings on sale whose moment has come."""
    return catalog.start_scheduled_listings(actor=SYSTEM)
