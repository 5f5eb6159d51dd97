"""The one-time code of a pickup: derived from the deployment's key, never stored.

The code is an HMAC of the fulfilment order and a version, so that the customer can be shown it
again without the database holding it; beside the row lies only a keyed digest, so that a copy of
the database does not give the codes away. When the key is rotated, codes already given out go on
working as long as the old key is among the fallbacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from omni.core.secrets import CODE_ALPHABET, canonical_code

LENGTH = 8
_CODE = "orders.fulfilment.pickup_code"
_DIGEST = "orders.fulfilment.pickup_digest"


def new_code(fulfilment_order_id: UUID, version: int) -> str:
    """Eight characters of Crockford's base 32 (40 bits), by the current key."""
    return _derive(settings.SECRET_KEY, fulfilment_order_id, version)


def code_digest(code: str) -> str:
    """What the row keeps of the code, by the current key."""
    return _digest(settings.SECRET_KEY, code)


def code_matches(typed: str, stored_digest: str) -> bool:
    """Whether this is the code, as people type or scan it; compared in constant time."""
    code = canonical_code(typed)
    matched = [constant_time_compare(_digest(key, code), stored_digest) for key in _keys()]
    return any(matched)


def possible_digests(typed: str) -> list[str]:
    """What a row may keep of the code, by any key in use; nothing if it cannot be a code."""
    code = canonical_code(typed)
    return [_digest(key, code) for key in _keys()] if len(code) == LENGTH else []


def shown_code(fulfilment_order_id: UUID, version: int, stored_digest: str) -> str | None:
    """The code for the customer's eyes; None when the key that made it is gone."""
    for key in _keys():
        code = _derive(key, fulfilment_order_id, version)
        if constant_time_compare(_digest(key, code), stored_digest):
            return code
    return None


def possible_codes(fulfilment_order_id: UUID, version: int) -> list[str]:
    """What the code of this version may be, by any key in use."""
    return [_derive(key, fulfilment_order_id, version) for key in _keys()]


def _keys() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _derive(key: str, fulfilment_order_id: UUID, version: int) -> str:
    mac = salted_hmac(_CODE, f"{fulfilment_order_id}:{version}", secret=key, algorithm="sha256")
    number = int.from_bytes(mac.digest()[:5], "big")
    return "".join(CODE_ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))


def _digest(key: str, code: str) -> str:
    return salted_hmac(_DIGEST, code, secret=key, algorithm="sha256").hexdigest()
