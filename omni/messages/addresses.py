"""From the one address that a merchant gives to Django's settings of mail. Imported by settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ

MAILBOX = "omni.messages.providers.local.EmailBackend"


def email_settings(url: str) -> dict[str, Any]:
    """``mailbox://`` keeps mails in the ledger; ``anymail://<service>?<SETTING>=…`` hands them to a
    service that Anymail knows; the rest (``smtp+tls://user:secret@host:587``) is django-environ's.
    """
    parts = urlsplit(url)
    given: dict[str, Any]
    if parts.scheme == "mailbox":
        given = {"EMAIL_BACKEND": MAILBOX}
    elif parts.scheme == "anymail":
        given = {
            "EMAIL_BACKEND": f"anymail.backends.{parts.netloc}.EmailBackend",
            "ANYMAIL": {name.upper(): value for name, value in parse_qsl(parts.query)},
        }
    else:
        given = dict(environ.Env.email_url_config(url))
    return {
        "EMAIL_BACKEND": given["EMAIL_BACKEND"],
        "EMAIL_HOST": given.get("EMAIL_HOST") or "localhost",
        "EMAIL_PORT": given.get("EMAIL_PORT") or 25,
        "EMAIL_HOST_USER": given.get("EMAIL_HOST_USER") or "",
        "EMAIL_HOST_PASSWORD": given.get("EMAIL_HOST_PASSWORD") or "",
        "EMAIL_USE_TLS": given.get("EMAIL_USE_TLS", False),
        "EMAIL_USE_SSL": given.get("EMAIL_USE_SSL", False),
        "ANYMAIL": given.get("ANYMAIL", {}),
        "EMAIL_TIMEOUT": 10,
    }
