"""Which provider carries which medium: chosen by the settings, one place to look."""

from __future__ import annotations

from django.conf import settings

from omni.messages.addresses import MAILBOX
from omni.messages.models import Medium
from omni.messages.providers.base import Provider
from omni.messages.providers.local import LocalMailbox
from omni.messages.providers.mail import DjangoMail
from omni.messages.providers.sms_http import HttpSms


def provider_for(medium: str) -> Provider | None:
    """Who carries this medium here; None where the merchant has nobody."""
    if medium == Medium.EMAIL:
        return LocalMailbox() if settings.EMAIL_BACKEND == MAILBOX else DjangoMail()
    if settings.SMS_URL:
        return HttpSms()
    return LocalMailbox() if settings.DEMO else None


def can_send(medium: str) -> bool:
    """Whether messages of this medium leave from here at all."""
    return provider_for(medium) is not None
