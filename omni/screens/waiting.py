"""Who stands in the store and waits, and what just came in: told on every page of the console.

Each app registers whom and what it knows of. It is asked with all else that the frame asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from omni.access.actor import Actor
from omni.screens import frame
from omni.screens.place import Place


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is here. ``what`` they come for; ``url`` is where that is dealt with."""

    url: str
    since: datetime
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a thing; "" is drawn as a placeholder."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Work that just came in and waits to be taken on."""

    key: str
    title: str
    detail: str
    due_at: datetime | None
    open_url: str
    accept_url: str
    reject_url: str
    pictures: tuple[Picture, ...] = ()
    more: int = 0


# By name: the permission that lets one see it, and what is asked.
_people: dict[str, tuple[str, frame.Asked[Sequence[Person]]]] = {}
_news: dict[str, tuple[str, frame.Asked[Sequence[Notice]]]] = {}


def register(people: frame.Asked[Sequence[Person]], *, permission: str) -> None:
    """Let an app name the people whom it knows to be at a store."""
    _people[people.name] = (permission, people)
    frame.register(people)


def register_news(news: frame.Asked[Sequence[Notice]], *, permission: str) -> None:
    """Let an app ring: the permission is that of taking the work on."""
    _news[news.name] = (permission, news)
    frame.register(news)


def here_now(actor: Actor, place: Place, rows: frame.Around) -> list[Person]:
    """Who is at the store, longest first, as far as the actor may know."""
    return sorted(_seen(_people, actor, place, rows), key=lambda person: person.since)


def news(actor: Actor, place: Place, rows: frame.Around) -> list[Notice]:
    """What came in and nobody took on, as far as the actor may do so."""
    return _seen(_news, actor, place, rows)


Known = TypeVar("Known", Person, Notice)


def _seen(
    known: Mapping[str, tuple[str, frame.Asked[Sequence[Known]]]],
    actor: Actor,
    place: Place,
    rows: frame.Around,
) -> list[Known]:
    found: list[Known] = []
    for permission, asked in known.values():
        if actor.may(permission, location_id=place.location_id):
            told: Sequence[Known] = frame.read(asked, rows, place)
            found.extend(told)
    return found
