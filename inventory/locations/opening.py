"""Whether stores are open now, kept for some minutes: every page asks it, hours rarely change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

from inventory.locations import hours
from inventory.locations.models import Location
from inventory.locations.queries import hours_of_many

KEPT = 300  # seconds


@dataclass(frozen=True, slots=True)
class Opening:
    """Open or closed, until ``changes_at`` (None: for good)."""

    is_open: bool
    changes_at: datetime | None


def openings(location_ids: Collection[UUID], now: datetime) -> dict[UUID, Opening]:
    """The state of each location. No query while what is kept still holds, else two."""
    keys = {f"opening:{pk}": pk for pk in location_ids}
    kept: dict[str, Opening] = cache.get_many(list(keys))
    known = {keys[key]: found for key, found in kept.items() if _holds(found, now)}
    missing = [pk for pk in location_ids if pk not in known]
    if missing:
        found = hours_of_many(Location.objects.filter(pk__in=missing))
        fresh = {
            pk: Opening(hours.is_open(found[pk], now), hours.next_change(found[pk], now))
            for pk in found
        }
        cache.set_many({f"opening:{pk}": opening for pk, opening in fresh.items()}, KEPT)
        known |= fresh
    return known


def _holds(opening: Opening, now: datetime) -> bool:
    return opening.changes_at is None or opening.changes_at > now
