"""EVERY Celery entry point of the app; each makes one operation call."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from inventory.catalog import operations as catalog
from inventory.stock import operations as stock
from omni.access.actor import SYSTEM


@shared_task
def expire_holds(**_kwargs: Any) -> int:
    """End holds whose time is over."""
    return stock.expire_holds(batch=500)


@shared_task
def start_scheduled_listings(**_kwargs: Any) -> int:
    """Put listings on sale whose moment has come."""
    return catalog.start_scheduled_listings(actor=SYSTEM)
