"""Secrets that people and programs carry: made here, stored only as digests.

High-entropy secrets (256 bits) are stored as SHA-256; a slow hash would add nothing to them. Short
codes that a person types are guarded by counters in the database, never by their hash alone.
"""

from __future__ import annotations

import hashlib
import secrets

# Crockford's base 32: no I, L, O, U, so that a code read aloud is typed right.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CONFUSED = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


def new_secret(prefix: str) -> str:
    """``<prefix>_<43 URL-safe characters>``: 256 random bits with a prefix that scanners know."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """SHA-256 of the secret as 64 hexadecimal characters."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matches(secret: str, stored_digest: str) -> bool:
    """Whether the secret has this digest, compared in constant time."""
    return bool(stored_digest) and secrets.compare_digest(digest(secret), stored_digest)


def new_code(length: int = 8) -> str:
    """A random code for people: 5 bits a character (8 characters are 40 bits)."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def canonical_code(typed: str) -> str:
    """What a person typed or scanned, brought to the code's alphabet."""
    letters = "".join(c for c in typed.upper() if c.isascii() and c.isalnum())
    return letters.translate(_CONFUSED)
