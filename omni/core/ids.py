"""Keys of aggregates: UUID version 7, ordered by time, made here and nowhere else.

Source: RFC 9562, section 5.7 (48 bits of Unix milliseconds, version, 12 + 62 random bits).
"""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def uuid7() -> UUID:
    """A new UUIDv7. It orders an index; business time comes from ``core.clock``."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = (milliseconds & ((1 << 48) - 1)) << 80
    return UUID(
        int=high | _VERSION | (random >> 62 & _RANDOM_A) << 64 | _VARIANT | random & _RANDOM_B
    )
