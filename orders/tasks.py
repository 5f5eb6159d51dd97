"""Every Celery entry point of the app; each makes one call into an operation."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from orders.aftersales import operations as aftersales
from orders.checkout import operations as checkout
from orders.checkout import paying
from orders.fulfilment import operations as fulfilment


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


@shared_task(name="orders.confirm_paid_orders")
def confirm_paid_orders(**_kwargs: Any) -> int:
    """Confirm what was paid and make its work, where a crash came between."""
    return fulfilment.confirm_paid_orders()


@shared_task(name="orders.capture_lapsing_authorisations")
def capture_lapsing_authorisations(**_kwargs: Any) -> int:
    """Take the money for what waits on a shelf longer than its authorisation lives."""
    return fulfilment.capture_lapsing_authorisations()


@shared_task(name="orders.mark_no_shows")
def mark_no_shows(**_kwargs: Any) -> int:
    """Mark pickups whose window ended and that nobody collected."""
    return fulfilment.mark_no_shows()


@shared_task(name="orders.settle_due_returns")
def settle_due_returns(**_kwargs: Any) -> int:
    """Bring returns up to date with their refunds."""
    return aftersales.settle_due_returns()


@shared_task(name="orders.expire_returns")
def expire_returns(**_kwargs: Any) -> int:
    """End authorised returns whose goods did not come in time."""
    return aftersales.expire_returns()
