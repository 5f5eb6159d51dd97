"""E-mail by Django's mail: a merchant's SMTP server, or a service behind an Anymail backend."""

from __future__ import annotations

from smtplib import SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from omni.messages.providers.base import Outgoing, Refused, TryLater


class DjangoMail:
    """Whatever ``EMAIL_URL`` names. The Message-ID is ours, so that a repeat can be told as one."""

    name = "mail"
    keeps_content = False

    def send(self, outgoing: Outgoing) -> str:
        mail = _mail(outgoing)
        try:
            mail.send()
        except SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise _judged(codes) from error
        except (AnymailRecipientsRefused, AnymailInvalidAddress) as error:
            raise Refused("recipient_refused") from error
        except SMTPResponseException as error:
            raise TryLater(f"smtp_{error.smtp_code}") from error
        except (OSError, AnymailError) as error:  # SMTP errors are OSErrors too
            raise TryLater(type(error).__name__) from error
        except ValueError as error:  # a header or an address that no mail can have
            raise Refused("not_an_address") from error
        status = getattr(mail, "anymail_status", None)
        return str(getattr(status, "message_id", None) or mail.extra_headers["Message-ID"])


def _judged(codes: list[int]) -> Refused | TryLater:
    if codes and all(code >= 500 for code in codes):
        return Refused(f"recipient_refused_{max(codes)}")
    return TryLater(f"recipient_refused_{max(codes, default=0)}")


def _mail(outgoing: Outgoing) -> EmailMultiAlternatives:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    mail = EmailMultiAlternatives(
        subject=outgoing.subject,
        body=outgoing.text,
        from_email=outgoing.sender or settings.DEFAULT_FROM_EMAIL,
        to=[outgoing.recipient],
        headers={
            "Message-ID": f"<{outgoing.message_id}@{host}>",
            # Source: RFC 3834, section 5. Keeps out-of-office answers away.
            "Auto-Submitted": "auto-generated",
        },
    )
    if outgoing.html:
        mail.attach_alternative(outgoing.html, "text/html")
    return mail
