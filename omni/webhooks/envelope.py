"""What is sent: the event in a CloudEvents 1.0 envelope, signed after Standard Webhooks.

Source: CloudEvents 1.0, JSON event format; Standard Webhooks 1.0. Both are pure functions of the
event, so that a repeat is the same message and the receiver tells it by its ``webhook-id``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from standardwebhooks import Webhook

from omni.events.subscriptions import RecordedEvent

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def message_id(event_id: int) -> str:
    """The id by which a receiver recognises a repeat."""
    return f"evt_{event_id}"


def body(event: RecordedEvent) -> str:
    """The event as a CloudEvent, with the same payload as in the log."""
    cloud_event = {
        "specversion": "1.0",
        "id": message_id(event.id),
        "source": settings.PUBLIC_URL,
        "type": event.type,
        "subject": f"{event.aggregatetype}/{event.aggregateid}",
        "time": event.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "data": event.payload,
    }
    return json.dumps(cloud_event, ensure_ascii=False, separators=(",", ":"))


def headers(*, id_: str, moment: datetime, body_: str, secrets: Sequence[str]) -> dict[str, str]:
    """Id, moment and one signature per valid secret, so that a receiver may change over."""
    signatures = [Webhook(secret).sign(id_, moment, body_) for secret in secrets]
    return {
        "content-type": CONTENT_TYPE,
        "user-agent": "Omni-Webhooks/1",
        "webhook-id": id_,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
