"""How much waits behind the entries of the back office's navigation: one statement for all.

What is counted is registered with the rows that a person may see, so the numbers are theirs alone.
They are kept in the cache for a few seconds, for each person and what they may do now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count as CountOf
from django.db.models import QuerySet

from omni.access.actor import Actor
from omni.core.secrets import digest
from omni.core.together import ask_together, counted
from omni.screens import moment
from omni.screens.navigation import Count

KEPT_FOR = 10  # seconds

Counts = dict[str, Count]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The entry, who may see its number, the rows that are counted, and whether they burn."""

    key: str
    permission: str
    rows: Callable[[Actor, datetime], QuerySet[Any]]
    is_hot: bool = False


_waiting: dict[str, Waiting] = {}


def register(waiting: Waiting) -> None:
    """Count this too."""
    _waiting[waiting.key] = waiting


def counts(actor: Actor) -> Counts:
    """By the keys of entries; those with nothing to do are left out. At most one query."""
    kept: Counts | None = cache.get(_key(actor))
    if kept is None:
        now = moment.now()
        found = ask_together(
            {
                each.key: counted(each.rows(actor, now), n=CountOf("pk"))
                for each in _waiting.values()
                if actor.may(each.permission)
            }
        )
        numbers = {key: int(rows[0]["n"]) for key, rows in found.items() if rows}
        kept = {
            key: Count(number, hot=_waiting[key].is_hot)
            for key, number in numbers.items()
            if number
        }
        cache.set(_key(actor), kept, KEPT_FOR)
    return kept


def forget(actor: Actor) -> None:
    """Count anew: the person just did something about it."""
    cache.delete(_key(actor))


def _key(actor: Actor) -> str:
    """Whoever may do less from now on sees no number of before."""
    grants = sorted(
        f"{each.scope_kind}:{each.scope_id}:{_told(each.permissions)}" for each in actor.grants
    )
    return f"office-counts:{actor.principal}:{digest('|'.join(grants))}"


def _told(permissions: frozenset[str] | None) -> str:
    return "all" if permissions is None else ",".join(sorted(permissions))
