"""The demo's mailbox: nothing leaves the machine, the row of the ledger is the message.

Messages of the product come through ``LocalMailbox``; what others send by Django's mail (links for
staff to set a password) through ``EmailBackend``, which writes a row of its own. Settings name the
backend for the demo alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from omni.core import clock
from omni.core.ids import uuid7
from omni.messages.models import Basis, Medium, Message, MessageStatus
from omni.messages.providers.base import Outgoing


class LocalMailbox:
    """Everything arrives at once, in the ledger."""

    name = "mailbox"
    keeps_content = True

    def send(self, outgoing: Outgoing) -> str:
        return str(outgoing.message_id)


class EmailBackend(BaseEmailBackend):
    """Mails that were not queued by the product: one row per recipient."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        now = clock.now()
        rows = [
            _row(mail, recipient, now) for mail in email_messages for recipient in mail.recipients()
        ]
        Message.objects.bulk_create(rows)
        return len(email_messages)


def _row(mail: EmailMessage, recipient: str, now: Any) -> Message:
    row_id = uuid7()
    parts = mail.alternatives if isinstance(mail, EmailMultiAlternatives) else []
    html = next((str(part[0]) for part in parts if part[1] == "text/html"), "")
    return Message(
        id=row_id,
        reference=f"mail:{row_id}",
        purpose="mail",
        medium=Medium.EMAIL,
        basis=Basis.ACCOUNT,
        recipient=recipient[:254],
        sender=mail.from_email[:320],
        language="en",
        subject=mail.subject[:250],
        text=str(mail.body),
        html=html,
        status=MessageStatus.SENT,
        attempts=1,
        provider=LocalMailbox.name,
        provider_reference=str(row_id),
        principal="system",
        next_attempt_at=now,
        created_at=now,
        sent_at=now,
    )
