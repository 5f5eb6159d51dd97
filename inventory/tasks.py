"""Every Celery entry point of the app; each makes one call into an operation."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from inventory.stock import operations as stock


@shared_task(name="inventory.expire_holds")
def expire_holds(**_kwargs: Any) -> int:
    """End holds whose time is over."""
    return stock.expire_holds(batch=500)
