"""What happened to orders, payments and returns, as the event log tells it, in words."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

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

# Who did it is joined here: a page of an order has no room for another statement.
_EVENTS = """
SELECT e.occurred_at, e.type, e.payload::text, e.principal,
       coalesce(nullif(u.display_name, ''), u.email, '')
FROM omni_event e
LEFT JOIN omni_user u ON u.kind = 'staff'
     AND u.id = CASE WHEN e.principal LIKE 'staff:%%' THEN substr(e.principal, 7)::uuid END
WHERE e.aggregateid = ANY(%s::uuid[])
ORDER BY e.occurred_at DESC, e.id DESC
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a history."""

    at: datetime
    kind: str
    text: str
    principal: str
    name: str

    @property
    def icon(self) -> str:
        return _ICONS.get(self.kind.partition(".")[0], "circle-dot")

    @property
    def who(self) -> str:
        """A member of staff by name, everybody else by what they are."""
        if self.name:
            return self.name
        kind = self.principal.partition(":")[0]
        return {"system": _("Automatic"), "customer": _("Customer"), "channel": _("Guest")}.get(
            kind, ""
        )


def happened_to(ids: Collection[UUID]) -> list[Happened]:
    """What happened to these aggregates, newest first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [list(ids), MOST])
        rows = cursor.fetchall()
    return [
        Happened(at, kind, say(kind, json.loads(payload)), principal, name)
        for at, kind, payload, principal, name in rows
        if has_phrase(kind)
    ]
