"""Every Celery entry point of the app; each makes one call into an operation."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from journeys.messaging import operations as messaging


@shared_task(name="journeys.remind_of_pickups")
def remind_of_pickups(**_kwargs: Any) -> int:
    """Remind customers whose goods wait on a shelf before the window ends."""
    return messaging.remind_of_pickups()
