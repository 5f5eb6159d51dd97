"""The secret by which a guest proves an order (or a cart): derived from the deployment's key.

Derived, so that a repeated checkout, or a second device that knows the cart's code, can be given it
again; compared with the digest beside the row, so that a token given out goes on working when the
key is rotated.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from omni.core.secrets import matches

ORDER = "ot"
CART = "ct"


def new_token(kind: str, row_id: UUID) -> str:
    """The token of a row by the current key: 256 bits behind the prefix ``ot`` or ``ct``."""
    return _derive(kind, row_id, settings.SECRET_KEY)


def known_token(kind: str, row_id: UUID, stored_digest: str) -> str | None:
    """The token that has this digest; None when the key that made it is gone."""
    tokens = (_derive(kind, row_id, key) for key in _keys())
    return next((token for token in tokens if matches(token, stored_digest)), None)


def _keys() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _derive(kind: str, row_id: UUID, key: str) -> str:
    mac = salted_hmac(f"orders.token.{kind}", row_id.hex, secret=key, algorithm="sha256")
    return f"{kind}_{base64.urlsafe_b64encode(mac.digest()).decode().rstrip('=')}"
