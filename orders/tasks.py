"""Every Celery entry point of the app; each makes one call into an operation."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from orders.checkout import paying


@shared_task(name="orders.sweep_payments")
def sweep_payments(**_kwargs: Any) -> int:
    """Settle payments, captures, voids, refunds and webhook messages left open."""
    return paying.sweep_payments()
