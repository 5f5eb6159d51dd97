"""What a scan or a typed word may mean: each app registers what it understands.

The one field of the frame asks all of them. An exact hit (a whole code) opens at once if it is the
only one; else the person chooses among the hits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from omni.access.actor import Actor
from omni.screens.place import Place

MAX_TEXT = 200
_NOISE = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that the text may mean. ``kind`` is a word for people: Order, Customer, Product."""

    kind: str | Promise
    label: str
    url: str
    icon: str
    detail: str = ""
    picture: str = ""
    exact: bool = False


Understand = Callable[[str, Actor, Place | None], Sequence[Hit]]

_KNOWN: list[tuple[int, str, Understand]] = []


def register(name: str, understand: Understand, *, order: int = 50) -> None:
    """Let an app say what it makes of a text: at most a handful of hits, best first.

    It is asked at every keystroke, so it takes one quick query, and none where the text cannot be
    its kind of code. It returns nothing where the actor may not see anything.
    """
    _KNOWN.append((order, name, understand))
    _KNOWN.sort(key=lambda each: each[:2])


def cleaned(text: str) -> str:
    """The text without what scanners and clipboards add; cut to what a code or a name can be."""
    return " ".join(_NOISE.sub(" ", text[: MAX_TEXT * 2]).split())[:MAX_TEXT]


def hits(text: str, actor: Actor, place: Place | None) -> list[Hit]:
    """What the text may mean, exact hits first."""
    words = cleaned(text)
    if not words:
        return []
    found = [hit for _, _, understand in _KNOWN for hit in understand(words, actor, place)]
    return sorted(found, key=lambda hit: not hit.exact)


def only_exact(found: Sequence[Hit]) -> Hit | None:
    """The hit to open without asking."""
    exact = [hit for hit in found if hit.exact]
    return exact[0] if len(exact) == 1 else None
