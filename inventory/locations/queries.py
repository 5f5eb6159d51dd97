"""Where locations are, when they are open, which of them serve a channel."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import ExpressionWrapper, F, FloatField, Q, QuerySet, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

from inventory.channels.models import Channel
from inventory.locations import hours
from inventory.locations.hours import Hours, Interval, Span
from inventory.locations.models import (
    CapacitySlot,
    ChannelLocation,
    HoursException,
    Location,
    LocationStatus,
    OpeningHours,
)
from omni.access.actor import Actor
from omni.core.errors import NotFound
from omni.core.together import found_together

EARTH_RADIUS_KM = 6371.0088  # mean radius; Source: IUGG, WGS 84
TRADING = (LocationStatus.OPEN, LocationStatus.CLOSING)


@dataclass(frozen=True, slots=True)
class NearbyLocation:
    """A location and how far away it is, as the crow flies."""

    location: Location
    distance_km: float


def get_location(location_id: UUID) -> Location:
    """The location. Raises: NotFound."""
    location: Location | None = Location.objects.filter(pk=location_id).first()
    if location is None:
        raise NotFound
    return location


def locations_visible_to(actor: Actor, permission: str) -> QuerySet[Location]:
    """Locations where the actor holds the permission."""
    granted = actor.location_ids(permission)
    locations: QuerySet[Location] = Location.objects.all()
    return locations if granted is None else locations.filter(pk__in=granted)


def channels_visible_to(actor: Actor, permission: str) -> QuerySet[Channel]:
    """Channels that the actor has to do with: where the permission is granted, and those that the
    locations of the grants serve."""
    channels: QuerySet[Channel] = Channel.objects.all()
    places, granted = actor.location_ids(permission), actor.channel_ids(permission)
    if places is None or granted is None:
        return channels
    served = ChannelLocation.objects.filter(location_id__in=places).values("channel_id")
    return channels.filter(Q(pk__in=granted) | Q(pk__in=served))


def get_location_for(actor: Actor, location_id: UUID, permission: str) -> Location:
    """The location, if the actor holds the permission there. Raises: NotFound."""
    location = locations_visible_to(actor, permission).filter(pk=location_id).first()
    if location is None:
        raise NotFound
    return location


def hours_of(location: Location) -> Hours:
    """The hours of one location. One query."""
    return hours_of_many([location])[location.pk]


def hours_of_many(locations: Iterable[Location]) -> dict[UUID, Hours]:
    """The hours of these locations. One query, however many they are."""
    by_id = {location.pk: location for location in locations}
    weekly: dict[UUID, dict[int, list[Span]]] = {pk: {} for pk in by_id}
    exceptions: dict[UUID, dict[date, Span | None]] = {pk: {} for pk in by_id}
    regular, special = found_together(
        OpeningHours.objects.filter(location_id__in=by_id),
        HoursException.objects.filter(location_id__in=by_id),
    )
    for row in regular:
        span = Span(row.opens_at, row.closes_at)
        weekly[row.location_id].setdefault(row.weekday, []).append(span)
    for exception in special:
        exceptions[exception.location_id][exception.on_date] = _exception_span(exception)
    return {
        pk: Hours(
            time_zone=location.time_zone,
            weekly=weekly[pk],
            exceptions=exceptions[pk],
            first_day=location.opens_on,
            last_day=location.closes_on,
        )
        for pk, location in by_id.items()
    }


def is_open(location: Location, at: datetime) -> bool:
    """Whether customers can walk in at this moment."""
    return location.status in TRADING and hours.is_open(hours_of(location), at)


def next_change(location: Location, at: datetime) -> datetime | None:
    """When it opens or closes next; None if that never changes."""
    if location.status not in TRADING:
        return None
    return hours.next_change(hours_of(location), at)


def opening_hours_for(location: Location, on_date: date) -> list[Interval]:
    """The intervals in UTC that begin on this local date."""
    return hours.opening_hours_for(hours_of(location), on_date)


def nearest(
    latitude: float,
    longitude: float,
    *,
    service: str = "",
    channel_id: UUID | None = None,
    method: str = "",
    limit: int = 10,
    radius_km: float | None = None,
) -> list[NearbyLocation]:
    """Trading locations by great-circle distance, nearest first, in one query.

    With a radius a box of degrees goes first, which an index understands; ``method`` narrows to
    what the location does for the channel.
    """
    locations: QuerySet[Any] = Location.objects.filter(
        status__in=TRADING, latitude__isnull=False, longitude__isnull=False
    ).annotate(distance_km=_distance(latitude, longitude))
    if service:
        locations = locations.filter(services__service=service, services__is_active=True)
    if channel_id:
        served = ChannelLocation.objects.filter(channel_id=channel_id)
        if method:
            served = served.filter(methods__contains=[method])
        locations = locations.filter(pk__in=served.values("location_id"))
    if radius_km is not None:
        within = Q(distance_km__lte=radius_km)
        locations = locations.filter(_box(latitude, longitude, radius_km)).filter(within)
    found = locations.order_by("distance_km", "pk")[:limit]
    return [NearbyLocation(row, round(row.distance_km, 3)) for row in found]


def locations_serving(
    channel_id: UUID, *, method: str = "", location_ids: Iterable[UUID] | None = None
) -> QuerySet[ChannelLocation]:
    """The rules of trading locations that serve the channel, gladdest first."""
    rules = ChannelLocation.objects.filter(
        channel_id=channel_id, location__status__in=TRADING
    ).select_related("location")
    if method:
        rules = rules.filter(methods__contains=[method])
    if location_ids is not None:
        rules = rules.filter(location_id__in=list(location_ids))
    return rules.order_by("priority", "location_id")


def get_rule(*, channel_id: UUID, location_id: UUID, method: str) -> ChannelLocation:
    """The rule by which a location serves a channel by a method. Raises: NotFound."""
    rule = locations_serving(channel_id, method=method, location_ids=[location_id]).first()
    if rule is None:
        raise NotFound
    return rule


def free_slots(
    location: Location, service: str, *, after: datetime, before: datetime
) -> QuerySet[CapacitySlot]:
    """Slots with a place left that begin in this span of time."""
    return CapacitySlot.objects.filter(
        location=location,
        service=service,
        starts_at__gte=after,
        starts_at__lt=before,
        booked__lt=F("capacity"),
    ).order_by("starts_at")


def _exception_span(exception: HoursException) -> Span | None:
    if exception.is_closed or exception.opens_at is None or exception.closes_at is None:
        return None
    return Span(exception.opens_at, exception.closes_at)


def _distance(latitude: float, longitude: float) -> Any:
    """Haversine. Source: R. W. Sinnott, Virtues of the Haversine, 1984."""
    lat, lon = Radians(F("latitude")), Radians(F("longitude"))
    here_lat, here_lon = math.radians(latitude), math.radians(longitude)
    chord = Power(Sin((lat - Value(here_lat)) / 2.0), 2) + Value(math.cos(here_lat)) * Cos(
        lat
    ) * Power(Sin((lon - Value(here_lon)) / 2.0), 2)
    angle = ASin(Least(Value(1.0), Sqrt(chord)))
    return ExpressionWrapper(angle * Value(2 * EARTH_RADIUS_KM), output_field=FloatField())


def _box(latitude: float, longitude: float, radius_km: float) -> Q:
    """Degrees that hold the circle, also at the poles and across the date line."""
    angle = radius_km / EARTH_RADIUS_KM
    south, north = latitude - math.degrees(angle), latitude + math.degrees(angle)
    box = Q(latitude__gte=south, latitude__lte=north)
    if south <= -90 or north >= 90 or angle >= math.pi / 2:
        return box
    spread = math.sin(angle) / math.cos(math.radians(latitude))
    if spread >= 1:
        return box
    width = math.degrees(math.asin(spread))
    west, east = longitude - width, longitude + width
    if west < -180:
        return box & (Q(longitude__gte=west + 360) | Q(longitude__lte=east))
    if east > 180:
        return box & (Q(longitude__gte=west) | Q(longitude__lte=east - 360))
    return box & Q(longitude__gte=west, longitude__lte=east)
