"""What stands in the rail of the store console and in the navigation of the back office.

Each app registers its own entries. Their counts are asked with all else that the frame asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from django.urls import reverse
from django.utils.functional import Promise

from omni.access.actor import Actor
from omni.screens import frame
from omni.screens.place import Place

CONSOLE = "console"
OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Count:
    """How much waits behind an entry, and whether it burns."""

    number: int
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: shown to those who hold the permission anywhere ("" for all staff), or, where
    the page is of no single place, only to those who hold it ``everywhere``.

    ``url`` is the name of its address; ``below`` names the entry that it is indented under. A
    heading stands only above pages, and leads to the first of them.
    """

    key: str
    label: str | Promise
    icon: str
    url: str
    order: int
    permission: str = ""
    below: str = ""
    everywhere: bool = False
    is_heading: bool = False
    count: frame.Asked[Count] | None = field(default=None, compare=False)


_ENTRIES: dict[str, dict[str, Entry]] = {CONSOLE: {}, OFFICE: {}}


def register(area: str, entry: Entry) -> None:
    """Add an entry to an area."""
    _ENTRIES[area][entry.key] = entry
    if entry.count is not None:
        frame.register(entry.count)


def entries(area: str, actor: Actor) -> Iterator[Entry]:
    """What the actor sees there, in its order."""
    for entry in sorted(_ENTRIES[area].values(), key=lambda each: each.order):
        if not entry.permission or _granted(actor, entry):
            yield entry


def addresses(area: str) -> set[str]:
    """All addresses to which entries of an area lead, whoever may see them."""
    return {path_of(entry.url) for entry in _ENTRIES[area].values() if entry.url}


def _granted(actor: Actor, entry: Entry) -> bool:
    may = actor.may_everywhere if entry.everywhere else actor.may
    return may(entry.permission)


def counts(actor: Actor, place: Place, rows: frame.Around) -> dict[str, Count]:
    """The counts of the console's entries for a store, where the actor may see what is counted."""
    return {
        entry.key: frame.read(entry.count, rows, place)
        for entry in _ENTRIES[CONSOLE].values()
        if entry.count is not None
        and (not entry.permission or actor.may(entry.permission, location_id=place.location_id))
    }


def path_of(url: str) -> str:
    """The address of an entry: a URL name, or a path as it is."""
    return url if url.startswith("/") else _reversed(url)


@cache
def _reversed(name: str) -> str:
    """The addresses of pages last as long as the process."""
    return reverse(name)
