"""Where a person works: the store, and the register if they stand at one.

It is chosen once and kept in the session with the names that every page shows, so no page asks the
database for it. What the person may do there is asked of their grants at every step, never of this.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest

KEY = "omni_place"


@dataclass(frozen=True, slots=True)
class Place:
    """One store as its staff's pages know it; ``currency`` is that of what it sells."""

    location_id: UUID
    location_name: str
    location_code: str
    country: str
    currency: str
    time_zone: str
    channel_id: UUID | None = None
    register_id: UUID | None = None
    register_name: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def place_of(request: HttpRequest) -> Place | None:
    """Where the person of this session works, if they chose a place."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None:
        return None
    ids = {
        name: UUID(kept[name]) if kept.get(name) else None
        for name in ("location_id", "channel_id", "register_id")
    }
    return Place(**{**kept, **ids})


def keep_place(request: HttpRequest, place: Place) -> None:
    """Work there from now on."""
    request.session[KEY] = {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in asdict(place).items()
    }


def forget_place(request: HttpRequest) -> None:
    """Work nowhere in particular."""
    request.session.pop(KEY, None)
