"""Filters that read as a sentence: what one word of it says, and what else it could say.

All of a question lies in the address, so that a list can be kept and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.http import urlencode

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Part:
    """One word that can be changed: what stands before it, what it says, its choices as addresses
    (each with ``label``, ``url`` and ``here``). ``is_set`` if it narrows what is shown."""

    name: str
    before: str
    said: str
    choices: Sequence[dict[str, Any]]
    is_set: bool = False


def part(
    name: str,
    before: str,
    value: str,
    choices: Sequence[tuple[Any, Any]],
    address: Callable[[str], str],
) -> Part:
    """The word for one value among (code, label); an unknown one is the first, which is none.

    ``address`` gives the query of the page with another value.
    """
    words = {str(code): str(label) for code, label in choices}
    known = value if value in words else next(iter(words), "")
    listed = [
        {"label": label, "url": f"?{address(code)}", "here": code == known}
        for code, label in words.items()
    ]
    return Part(name, before, words.get(known, ""), listed, known != next(iter(words), ""))


def typed(given: QueryDict, name: str) -> str:
    """What the address says for a name, as one short line that a database takes."""
    return " ".join(given.get(name, "").replace("\x00", "").split())[:LONGEST]


def is_id(text: str) -> bool:
    """Whether it could be the id of a row."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked of a list, checked; ``values`` hold only what is set."""

    values: Mapping[str, str]

    def query(self, **changes: str) -> str:
        """The filters as an address, with something changed; "" takes a filter off."""
        values = {**self.values, **changes}
        return urlencode({name: each for name, each in values.items() if each})

    def part(
        self, name: str, before: str, nothing: str, choices: Sequence[tuple[Any, Any]]
    ) -> Part:
        """The word of one filter; ``nothing`` is what it says where none is set."""
        return part(
            name,
            before,
            self.values.get(name, ""),
            [("", nothing), *choices],
            lambda code: self.query(**{name: code}),
        )
