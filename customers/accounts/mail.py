"""The mails of an account, in the customer's language and under the brand of the channel.

They go through the ledger of messages. Whoever waits for a code gets it at once or is told to try
again: a code that could not be sent is not tried later, for by then there is a newer one. A mail
that only informs is tried again like any other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from omni.access.actor import SYSTEM
from omni.core.errors import Busy
from omni.core.ids import uuid7
from omni.messages import operations as messages
from omni.messages.models import Basis, Medium, MessageStatus
from omni.messages.operations import Draft


class MailUnavailable(Busy):
    code = "mail_unavailable"
    message = _("The e-mail could not be sent just now. Try again in a moment.")


def send(
    *,
    template: str,
    email: str,
    channel: Channel,
    language: str,
    challenge_id: UUID,
    code: str = "",
    expires_at: datetime | None = None,
) -> None:
    """The mail of a challenge from ``templates/email/customers/<template>.txt``, at once.

    Talks to the mail server: never within a transaction. Raises: MailUnavailable.
    """
    subject, body = _rendered(template, channel, language, code)
    draft = Draft(
        **_envelope(email, channel, language),
        reference=f"challenge:{challenge_id}",
        purpose="code",
        subject=subject,
        text=body,
        secrets=(code,) if code else (),
        expires_at=expires_at,
    )
    sent = messages.send_at_once(draft=draft, actor=SYSTEM, is_final=True)
    if sent.status != MessageStatus.SENT:
        raise MailUnavailable


def notify(
    *, template: str, email: str, channel: Channel, language: str, customer_id: UUID
) -> None:
    """A mail that only informs: tried at once, and again later if it cannot be sent now."""
    subject, body = _rendered(template, channel, language, "")
    draft = Draft(
        **_envelope(email, channel, language),
        reference=f"{template}:{uuid7()}",
        purpose="account",
        subject=subject,
        text=body,
        customer_id=customer_id,
    )
    messages.send_at_once(draft=draft, actor=SYSTEM)


def _rendered(template: str, channel: Channel, language: str, code: str) -> tuple[str, str]:
    """Subject and text: the first line of the template is the subject."""
    with translation.override(language or channel.language):
        text = render_to_string(
            f"email/customers/{template}.txt",
            {"brand": channel.brand_name, "code": code, "storefront": channel.storefront_url},
        )
    subject, _blank, body = text.strip().partition("\n")
    return subject, body.strip() + "\n"


def _envelope(email: str, channel: Channel, language: str) -> dict[str, Any]:
    return {
        "medium": Medium.EMAIL,
        "basis": Basis.ACCOUNT,
        "recipient": email,
        "sender": messages.sender_of(channel.brand_name, channel.sender_email),
        "language": language or channel.language,
        "channel_id": channel.pk,
    }
