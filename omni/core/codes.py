"""Codes that rows keep, as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise

_CODE = re.compile(r"[a-z][a-z0-9_]*")


def word_of(code: str, words: Mapping[str, Promise]) -> str:
    """The word of a code; without its underscores where it has none: ``gift_wrap`` -> Gift wrap.

    What is no code was written by a person, and stays as it is.
    """
    word = words.get(code)
    if word:
        return str(word)
    return code.replace("_", " ").capitalize() if _CODE.fullmatch(code) else code
