"""Mail servers with which something is wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused
from typing import Any, ClassVar

from django.core.mail.backends.base import BaseEmailBackend


class ServerIsAway(BaseEmailBackend):
    """Nobody listens."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise ConnectionRefusedError


class RecipientRefused(BaseEmailBackend):
    """Listens, and knows nobody of that name."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise SMTPRecipientsRefused({"eve@example.com": (550, b"no such user")})


class Slow(BaseEmailBackend):
    """Takes its time, and counts."""

    taken: ClassVar[list[str]] = []
    lock: ClassVar[threading.Lock] = threading.Lock()

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        time.sleep(0.02)
        with self.lock:
            self.taken.extend(each.extra_headers["Message-ID"] for each in email_messages)
        return len(email_messages)
