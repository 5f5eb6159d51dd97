"""Every Celery entry point of the app; each makes one call into an operation."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from orders.checkout import operations as checkout
from orders.checkout import paying


@shared_task(name="orders.sweep_payments")
def sweep_payments(**_kwargs: Any) -> int:
    """Settle payments, captures, voids, refunds and webhook messages left open."""
    return paying.sweep_payments()


@shared_task(name="orders.expire_holds")
def expire_holds(**_kwargs: Any) -> int:
    """End holds of carts whose time is over."""
    return checkout.expire_holds()


@shared_task(name="orders.expire_idle_carts")
def expire_idle_carts(**_kwargs: Any) -> int:
    """Close carts that nobody touched for long."""
    return checkout.expire_idle_carts()


@shared_task(name="orders.fail_unpaid_orders")
def fail_unpaid_orders(**_kwargs: Any) -> int:
    """End orders that were not paid in time."""
    return checkout.fail_unpaid_orders()
