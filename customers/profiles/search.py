"""How a text becomes the keys by which staff find a customer: pure, no database.

A key is a folded word of the name, a whole e-mail address (marked ``@``), a whole card number or
foreign id (``=``), or four neighbouring digits of a phone or card (``#``). Names and e-mails match
by their beginning, numbers by any fragment of four digits and more. Words in scripts without blanks
(Han, kana, Hangul) also give their endings, so that the given name alone finds the person.

The marks keep what is unique to each customer (addresses, numbers) apart from words that many
share: looking up a beginning walks over every key that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from omni.core.text import search_key

GRAM = 4
MAX_KEY = 254
MAX_WORDS = 6
MAX_UNSPACED = 12
MIN_EMAIL = 3
DIGITS, EMAIL, NUMBER = "#", "@", "="
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
    """Pieces of four digits, and all digits for checking a fragment against."""
    digits = _NOT_DIGIT.sub("", number)
    return sorted({DIGITS + digits, *_grams(digits)}) if len(digits) >= GRAM else []


def email_keys(address: str) -> list[str]:
    """One key: the whole address."""
    return [EMAIL + search_key(address)[:MAX_KEY]]


def number_keys(number: str) -> list[str]:
    """A card number or foreign id as a whole, and the pieces of its digits."""
    return sorted({NUMBER + _joined(number), *phone_keys(number)})


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
        return " & ".join(_quoted(gram) for gram in _every_other(_grams(_national(digits))))
    given = words(text)[:MAX_WORDS]
    either = []
    if any(_selective(word) for word in given):
        either.append("(" + " & ".join(f"{_quoted(word)}:*" for word in given) + ")")
    if len(given) == 1 and len(given[0]) >= MIN_EMAIL:
        either.append(f"{_quoted(EMAIL + given[0])}:*")
    return " | ".join([*either, *_whole_number(text)])


def exact_query(text: str) -> str:
    """The tsquery for whole words only; empty for digits, which are a fragment of something."""
    given = words(text)[:MAX_WORDS]
    if phone_fragment(text) or not given:
        return ""
    either = ["(" + " & ".join(_quoted(word) for word in given) + ")"]
    if len(given) == 1:
        either.append(_quoted(EMAIL + given[0]))
    return " | ".join([*either, *_whole_number(text)])


def matches_fragment(digits: str, keys: Iterable[str]) -> bool:
    """Whether a number among the keys really holds the fragment (pieces may match scattered)."""
    wanted = _national(digits)
    return any(key.startswith(DIGITS) and wanted in key for key in keys)


def missed_words(text: str, keys: Iterable[str]) -> int:
    """How many words of the text are not whole among the keys: the fewer, the better the match."""
    whole = {key.lstrip(EMAIL + NUMBER) for key in keys}
    return sum(word not in whole for word in words(text))


def _selective(word: str) -> bool:
    """Digits count only as (part of) a number, whose shortest piece has four."""
    if word.lstrip("+").isdigit():
        return False
    return len(word) > 1 or is_unspaced(word)


def _national(digits: str) -> str:
    """The leading 0 of a national number is not part of the international one."""
    bare = digits.lstrip("0")
    return bare if len(bare) >= GRAM else digits


def _grams(digits: str) -> list[str]:
    return [DIGITS + digits[i : i + GRAM] for i in range(len(digits) - GRAM + 1)]


def _every_other(grams: list[str]) -> list[str]:
    """Enough pieces: each still overlaps the next by two digits, at half the price."""
    return list(dict.fromkeys([*grams[::2], grams[-1]]))


def _joined(text: str) -> str:
    return re.sub(r"[\s./-]+", "", search_key(text))[:MAX_KEY]


def _whole_number(text: str) -> list[str]:
    joined = _joined(text)
    return [_quoted(NUMBER + joined)] if len(joined) >= GRAM else []


def _quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
