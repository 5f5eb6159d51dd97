"""Search keys for names in any script.

The embedded PostgreSQL has neither ICU nor unaccent, so letters are folded here, on the way in and
on the way to a query alike.
"""

from __future__ import annotations

import unicodedata


def search_key(text: str) -> str:
    """Lower-case, without marks and repeated blanks: ``"  Élodie  ŠKODA " -> "elodie skoda"``."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    # Recomposed so that Hangul, which NFKD takes apart, is stored as people type it.
    return unicodedata.normalize("NFC", " ".join(bare.casefold().split()))
