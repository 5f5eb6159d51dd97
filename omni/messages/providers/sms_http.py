"""Text messages by HTTP: one POST of JSON, as gateways commonly take it.

``POST SMS_URL`` with ``Authorization: Bearer SMS_TOKEN``, ``Idempotency-Key`` and the body
``{"from", "to", "text", "reference"}``; any 2xx is taken, its ``id`` kept. Redirects are not
followed, proxies of the environment not used.
"""

from __future__ import annotations

import re

import httpx
from django.conf import settings

from omni.messages.providers.base import Outgoing, Refused, TryLater

# Errors that say nothing about the message: who asks, how often, a repeat that still runs.
_NOT_ITS_FAULT = frozenset({401, 403, 404, 405, 407, 408, 409, 425, 429})
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class HttpSms:
    """The gateway that ``SMS_URL`` names."""

    name = "sms"
    keeps_content = False

    def send(self, outgoing: Outgoing) -> str:
        if not _E164.fullmatch(outgoing.recipient):
            raise Refused("not_a_phone_number")
        try:
            answer = httpx.post(
                settings.SMS_URL,
                json={
                    "from": settings.SMS_SENDER or outgoing.sender,
                    "to": outgoing.recipient,
                    "text": outgoing.text,
                    "reference": str(outgoing.message_id),
                },
                headers={
                    "Authorization": f"Bearer {settings.SMS_TOKEN}",
                    "Idempotency-Key": str(outgoing.message_id),
                },
                timeout=settings.SMS_TIMEOUT_SECONDS,
                follow_redirects=False,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            raise TryLater(type(error).__name__) from error
        if answer.is_success:
            return _reference(answer) or str(outgoing.message_id)
        if answer.is_client_error and answer.status_code not in _NOT_ITS_FAULT:
            raise Refused(f"http_{answer.status_code}")
        raise TryLater(f"http_{answer.status_code}")


def _reference(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    found = body.get("id") or body.get("message_id") if isinstance(body, dict) else ""
    return str(found or "")[:200]
