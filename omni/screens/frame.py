"""What the frame of every page of the console asks about a store: all of it in one statement.

Each app registers its questions, as querysets, and how their rows read. A store is asked at most
once in a few seconds, by whoever comes first; the rows are kept in the cache, for everybody. What
of them a person may see, and in which language it is told, is decided at each page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.cache import cache
from django.db.models import QuerySet

from omni.core.together import Rows, ask_together
from omni.screens.place import Place

KEPT_FOR = 5  # seconds

Told = TypeVar("Told")
Around = Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Asked(Generic[Told]):
    """One question about a store: a queryset of ``values()``, and what its rows mean."""

    name: str
    rows: Callable[[Place], QuerySet[Any, dict[str, Any]]]
    told: Callable[[Sequence[Mapping[str, Any]], Place], Told]


_asked: dict[str, Asked[Any]] = {}


def register(asked: Asked[Any]) -> None:
    """Let the frame ask this too."""
    _asked[asked.name] = asked


def around(place: Place) -> Around:
    """The rows of all questions about a store, at most a few seconds old. At most one query."""
    kept: Around | None = cache.get(_key(place))
    if kept is None:
        kept = ask_together({name: asked.rows(place) for name, asked in _asked.items()})
        cache.set(_key(place), kept, KEPT_FOR)
    return kept


def read(asked: Asked[Told], rows: Around, place: Place) -> Told:
    """What a question's rows mean."""
    return asked.told(rows.get(asked.name, ()), place)


def forget(place: Place) -> None:
    """Ask anew: something at the store just changed."""
    cache.delete(_key(place))


def _key(place: Place) -> str:
    return f"around:{place.location_id}"
