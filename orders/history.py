"""What happened to orders, payments and returns, as the event log tells it, in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from omni.events.models import StoredEvent
from omni.events.phrases import has_phrase, say

MOST = 200
_ICONS = {
    "order": "receipt",
    "payment": "credit-card",
    "refund": "undo-2",
    "return": "undo-2",
    "fulfilment": "package",
    "pickup": "shopping-bag",
    "shipment": "truck",
    "sale": "calculator",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a history."""

    at: datetime
    kind: str
    text: str
    principal: str

    @property
    def icon(self) -> str:
        return _ICONS.get(self.kind.partition(".")[0], "circle-dot")


def happened_to(ids: Collection[UUID]) -> list[Happened]:
    """What happened to these aggregates, newest first. One statement."""
    rows = StoredEvent.objects.filter(aggregateid__in=list(ids)).order_by("-occurred_at", "-id")
    return [
        Happened(row.occurred_at, row.type, say(row.type, row.payload), row.principal)
        for row in rows[:MOST]
        if has_phrase(row.type)
    ]
