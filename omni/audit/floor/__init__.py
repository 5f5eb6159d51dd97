"""Invariants of the floor, whose folders lie below the audit and cannot register with it."""

from omni.audit.floor import events, idempotency, messages, webhooks, work

__all__ = ["events", "idempotency", "messages", "webhooks", "work"]
