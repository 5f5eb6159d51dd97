"""How a text becomes the keys by which staff find a customer: pure, no database.

A key is a folded word of the name, a whole e-mail address, a card number, or four neighbouring
digits of a phone. Names and e-mails match by the beginning of a word, phones by any fragment of
four digits and more. Words in scripts without blanks (Han, kana, Hangul) also give their endings,
so that the given name alone finds the person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from omni.core.text import search_key

GRAM = 4
MAX_KEY = 254
MAX_WORDS = 6
MAX_UNSPACED = 12
# Marks keys that are pieces of a phone number, so that no word is taken for one.
DIGITS = "#"
_WORD = re.compile(r"[\w@.+&'’-]+")
_EDGES = ".-'’&"
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+")
_NOT_DIGIT = re.compile(r"\D+")
_PHONE = re.compile(r"[+()\d][\d\s()./-]*")


def name_keys(*names: str) -> list[str]:
    """The keys of a person's or company's names."""
    keys: set[str] = set()
    for name in names:
        for word in words(name):
            keys.add(word)
            if is_unspaced(word):
                keys.update(word[i:] for i in range(1, min(len(word), MAX_UNSPACED)))
            # "Jean-Luc" and "O'Neil" are found by their second half too.
            keys.update(part for part in re.split(r"[-'’.]", word) if len(part) > 1)
    return sorted(keys)


def phone_keys(number: str) -> list[str]:
    """Pieces of four digits, and the whole number for checking a fragment against."""
    digits = _NOT_DIGIT.sub("", number)
    return sorted({DIGITS + digits, *_grams(digits)})


def text_keys(value: str) -> list[str]:
    """One key: an e-mail address, a card number."""
    return [search_key(value)[:MAX_KEY]] if search_key(value) else []


def words(text: str) -> list[str]:
    """The folded words of a text, in their order."""
    found = (word.strip(_EDGES) for word in _WORD.findall(search_key(text)))
    return [word[:MAX_KEY] for word in found if word]


def is_unspaced(text: str) -> bool:
    """Whether the text is in a script that is written without blanks."""
    return bool(_UNSPACED.fullmatch(text))


def phone_fragment(text: str) -> str:
    """The digits, when the whole text can only be (part of) a phone number; otherwise empty."""
    stripped = text.strip()
    digits = _NOT_DIGIT.sub("", stripped)
    return digits if len(digits) >= GRAM and _PHONE.fullmatch(stripped) else ""


def query(text: str) -> str:
    """The tsquery that finds candidates; empty when the text is too short to search with."""
    digits = phone_fragment(text)
    if digits:
        pieces = " & ".join(_quoted(gram) for gram in _grams(digits))
        return f"({pieces}) | {_quoted(digits)}:*"
    given = words(text)[:MAX_WORDS]
    if not any(_selective(word) for word in given):
        return ""
    return " & ".join(f"{_quoted(word)}:*" for word in given)


def matches_fragment(digits: str, keys: Iterable[str]) -> bool:
    """Whether a number among the keys really holds the fragment (pieces may match scattered).

    A leading 0 of a national number is not part of the international one.
    """
    wanted = {digits, digits.lstrip("0")} - {""}
    return any(
        (key.startswith(DIGITS) and any(part in key for part in wanted)) or key.startswith(digits)
        for key in keys
    )


def _selective(word: str) -> bool:
    return len(word) > 1 or is_unspaced(word)


def _grams(digits: str) -> list[str]:
    bare = digits.lstrip("0") if len(digits.lstrip("0")) >= GRAM else digits
    return [DIGITS + bare[i : i + GRAM] for i in range(len(bare) - GRAM + 1)]


def _quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
