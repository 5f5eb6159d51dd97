"""Celery entry points of the floor: each makes one call. What is due lies in the database, so a
task too many finds nothing, and a lost one is made good by the next tick."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from omni.access import operations as access
from omni.events import operations as events
from omni.events import relay
from omni.messages import operations as messages
from omni.rest import idempotency, limits
from omni.webhooks import sender
from omni.work import operations as work


@shared_task
def relay_events(**_: Any) -> int:
    return relay.run_all()


@shared_task
def send_webhooks(**_: Any) -> int:
    return sender.send_due()


@shared_task
def send_messages(**_: Any) -> int:
    return messages.send_due()


@shared_task
def make_event_months(**_: Any) -> None:
    events.make_months_ahead()


@shared_task
def lapse_approvals(**_: Any) -> int:
    return work.lapse_approvals()


@shared_task
def forget_idempotency_keys(**_: Any) -> int:
    return idempotency.sweep()


@shared_task
def forget_limit_counters(**_: Any) -> int:
    return limits.sweep()


@shared_task
def forget_session_tokens(**_: Any) -> int:
    return access.sweep_session_tokens()
