"""Who stands in the store and waits, and what just came in: told on every page of the console.

Each app registers whom and what it knows of. A store is asked at most once in a few seconds, by
whoever comes first, and the answer is kept in the cache, as with the counts of the rail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.core.cache import cache

from omni.access.actor import Actor
from omni.screens.navigation import COUNTS_FOR
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


People = Callable[[Place], Sequence[Person]]
News = Callable[[Place], Sequence[Notice]]

# By name: the permission that lets one see it, and whom to ask.
_people: dict[str, tuple[str, People]] = {}
_news: dict[str, tuple[str, News]] = {}


def register(name: str, people: People, *, permission: str) -> None:
    """Let an app name the people whom it knows to be at a store."""
    _people[name] = (permission, people)


def register_news(name: str, news: News, *, permission: str) -> None:
    """Let an app ring: the permission is that of taking the work on."""
    _news[name] = (permission, news)


def here_now(actor: Actor, place: Place) -> list[Person]:
    """Who is at the store, longest first, as far as the actor may know."""
    return sorted(_asked("here", _people, actor, place), key=lambda person: person.since)


def news(actor: Actor, place: Place) -> list[Notice]:
    """What came in and nobody took on, as far as the actor may do so."""
    return _asked("news", _news, actor, place)


def forget(place: Place) -> None:
    """Ask anew: something at the store just changed."""
    keys = [_key("here", name, place) for name in _people]
    cache.delete_many(keys + [_key("news", name, place) for name in _news])


Known = TypeVar("Known", Person, Notice)


def _asked(
    kind: str,
    known: Mapping[str, tuple[str, Callable[[Place], Sequence[Known]]]],
    actor: Actor,
    place: Place,
) -> list[Known]:
    found: list[Known] = []
    for name, (permission, ask) in known.items():
        if not actor.may(permission, location_id=place.location_id):
            continue
        key = _key(kind, name, place)
        kept: list[Known] | None = cache.get(key)
        if kept is None:
            kept = list(ask(place))
            cache.set(key, kept, COUNTS_FOR)
        found += kept
    return found


def _key(kind: str, name: str, place: Place) -> str:
    return f"{kind}:{name}:{place.location_id}"
