"""A browser at a store's console."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.test import Client

from inventory.locations.models import Location
from omni.access.models import User
from omni.core.ids import uuid7
from omni.screens.place import KEY, Place
from orders.pos.models import Register
from tests.factories.omni import make_staff, staff_client


def place_at(
    location: Location, register: Register | None = None, *, currency: str = "EUR"
) -> Place:
    return Place(
        location_id=location.pk,
        location_name=location.name,
        location_code=location.code,
        country=location.country,
        currency=currency,
        time_zone=location.time_zone,
        channel_id=register.channel_id if register else None,
        register_id=register.pk if register else None,
        register_name=register.name if register else "",
    )


def console_client(
    location: Location, *permissions: str, user: User | None = None, register: Any = None
) -> Client:
    """Signed in as somebody with these permissions at the store, and standing there."""
    client = staff_client(user or make_staff(*permissions, location_id=location.pk))
    session = client.session
    place = place_at(location, register)
    session[KEY] = {
        name: str(value) if isinstance(value, UUID) else value
        for name in Place.__dataclass_fields__
        for value in [getattr(place, name)]
    }
    session.save()
    return client


def once(**fields: Any) -> dict[str, Any]:
    """What a form posts, with a key of its own."""
    return {"idempotency_key": str(uuid7()), **fields}
