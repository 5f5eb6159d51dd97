"""Secrets of messages that wait: sealed under the deployment's key, bullets where people look.

Codes are kept nowhere in the clear (``orders.fulfilment.codes``), so the ledger of messages must
not be the place where they can be read. A key that was rotated opens what it sealed as long as it
is among the fallbacks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

BULLETS = "••••••"
_SALT = "omni.messages.sealing"
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Content:
    """What a recipient reads."""

    subject: str
    text: str
    html: str = ""

    def parts(self) -> tuple[str, str, str]:
        return self.subject, self.text, self.html

    def without(self, secrets: Collection[str]) -> Content:
        """The same with bullets in place of each secret."""
        parts = list(self.parts())
        # The longest first: one secret may be part of another.
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            parts = [part.replace(secret, BULLETS) for part in parts]
        return Content(*parts)


def seal(content: Content) -> bytes:
    """The content as it is stored."""
    nonce = os.urandom(_NONCE)
    plain = json.dumps(content.parts()).encode()
    return nonce + AESGCM(next(_keys())).encrypt(nonce, plain, None)


def open_sealed(sealed: bytes | memoryview) -> Content | None:
    """The content as it was; None when the key that sealed it is gone."""
    nonce, body = bytes(sealed[:_NONCE]), bytes(sealed[_NONCE:])
    for key in _keys():
        try:
            return Content(*json.loads(AESGCM(key).decrypt(nonce, body, None)))
        except InvalidTag:
            continue
    return None


def _keys() -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac(_SALT, "key", secret=secret, algorithm="sha256").digest()
