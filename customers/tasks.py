"""EVERY Celery entry point of the app; each makes one operation call."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from customers.accounts import challenges


@shared_task
def sweep_email_challenges(**_: Any) -> int:
    """Daily: forget the codes that expired a day ago."""
    return challenges.sweep_challenges()
