"""The mails of an account, in the customer's language and under the brand of the channel."""

from __future__ import annotations

import logging
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from omni.core.errors import Busy

logger = logging.getLogger(__name__)


class MailUnavailable(Busy):
    code = "mail_unavailable"
    message = _("The e-mail could not be sent just now. Try again in a moment.")


def send(*, template: str, email: str, channel: Channel, language: str, code: str = "") -> None:
    """One mail from ``templates/email/customers/<template>.txt``; its first line is the subject.

    Talks to the mail server: never within a transaction. Raises: MailUnavailable.
    """
    with translation.override(language or channel.language):
        text = render_to_string(
            f"email/customers/{template}.txt",
            {"brand": channel.brand_name, "code": code, "storefront": channel.storefront_url},
        )
    subject, _blank, body = text.strip().partition("\n")
    message = EmailMessage(
        subject=subject, body=body.strip() + "\n", from_email=_sender(channel), to=[email]
    )
    try:
        message.send()
    except OSError as error:  # SMTP errors are OSErrors too
        logger.warning("an account mail could not be sent", exc_info=error)
        raise MailUnavailable from error


def notify(*, template: str, email: str, channel: Channel, language: str) -> None:
    """A mail that only informs: when it cannot be sent, what happened has happened all the same."""
    try:
        send(template=template, email=email, channel=channel, language=language)
    except MailUnavailable:
        return


def _sender(channel: Channel) -> str:
    if not channel.sender_email:
        return str(settings.DEFAULT_FROM_EMAIL)
    return formataddr((channel.brand_name, channel.sender_email))
