"""Making and changing locations, their hours and services, and booking their slots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from inventory.events import LocationChanged
from inventory.locations import hours
from inventory.locations.models import (
    LOCATION_MOVES,
    CapacitySlot,
    ChannelLocation,
    HoursException,
    Location,
    LocationService,
    LocationStatus,
    Method,
    OpeningHours,
    StaffAssignment,
)
from inventory.locations.queries import hours_of
from omni.access.actor import Actor
from omni.core.countries import known_country
from omni.core.errors import Conflict, Invalid, NotFound
from omni.core.states import move
from omni.events import operations as events


class LocationNotValid(Invalid):
    code = "location_not_valid"
    message = _("The location cannot be kept like this. Correct what is named.")


class HoursNotValid(Invalid):
    code = "hours_not_valid"
    message = _("These opening hours overlap or make no sense. Correct those that are named.")


class SlotFull(Conflict):
    code = "slot_full"
    message = _("This slot is fully booked. Choose another one.")


@dataclass(frozen=True, slots=True)
class WeekdaySpan:
    """One span of a weekday (Monday 0), in local time."""

    weekday: int
    opens_at: time
    closes_at: time


@transaction.atomic
def save_location(*, location: Location, actor: Actor) -> Location:
    """Keep a new or changed location. Raises: LocationNotValid. Emits: location.changed."""
    wrong = []
    if location.time_zone not in available_timezones():
        wrong.append("time_zone")
    if not known_country(location.country):
        wrong.append("country")
    if (location.latitude is None) != (location.longitude is None):
        wrong.append("latitude")
    if location.opens_on and location.closes_on and location.closes_on < location.opens_on:
        wrong.append("closes_on")
    if wrong:
        raise LocationNotValid(fields=wrong)
    location.save()
    _record(location, actor)
    return location


@transaction.atomic
def open_location(*, location: Location, actor: Actor) -> Location:
    """Start to sell here, or take a closing back. Raises: InvalidTransition. Locks: location."""
    return _move(location, LocationStatus.OPEN, actor)


@transaction.atomic
def begin_closing(*, location: Location, actor: Actor) -> Location:
    """The location sells out and ends soon. Raises: InvalidTransition. Locks: location."""
    return _move(location, LocationStatus.CLOSING, actor)


@transaction.atomic
def close_location(*, location: Location, actor: Actor) -> Location:
    """End the location for good. Raises: InvalidTransition. Locks: location."""
    return _move(location, LocationStatus.CLOSED, actor)


@transaction.atomic
def set_opening_hours(
    *, location: Location, spans: Iterable[WeekdaySpan], actor: Actor
) -> list[OpeningHours]:
    """Replace the weekly hours. Raises: HoursNotValid (overlaps too). Emits: location.changed."""
    spans = list(spans)
    _refuse_overlaps(spans)
    row = _locked(location)
    OpeningHours.objects.filter(location=row).delete()
    made = OpeningHours.objects.bulk_create(
        OpeningHours(
            location=row,
            weekday=span.weekday,
            opens_at=span.opens_at,
            closes_at=span.closes_at,
        )
        for span in spans
    )
    _record(row, actor)
    return made


@transaction.atomic
def set_hours_exception(
    *,
    location: Location,
    on_date: date,
    opens_at: time | None = None,
    closes_at: time | None = None,
    note: str = "",
    actor: Actor,
) -> HoursException:
    """Other hours on one date; without times it is closed. Replaces an earlier exception.

    Raises: HoursNotValid. Emits: location.changed.
    """
    if (opens_at is None) != (closes_at is None):
        raise HoursNotValid
    row = _locked(location)
    exception, _made = HoursException.objects.update_or_create(
        location=row,
        on_date=on_date,
        defaults={
            "is_closed": opens_at is None,
            "opens_at": opens_at,
            "closes_at": closes_at,
            "note": note,
        },
    )
    _record(row, actor)
    return exception


@transaction.atomic
def offer_service(
    *,
    location: Location,
    service: str,
    lead_minutes: int = 120,
    window_days: int = 5,
    slot_minutes: int = 0,
    slot_capacity: int = 0,
    is_active: bool = True,
    actor: Actor,
) -> LocationService:
    """Offer a service with these settings, or change them. Emits: location.changed."""
    if (slot_minutes > 0) != (slot_capacity > 0):
        raise LocationNotValid(fields=["slot_capacity"])
    row = _locked(location)
    offered, _made = LocationService.objects.update_or_create(
        location=row,
        service=service,
        defaults={
            "lead_minutes": lead_minutes,
            "window_days": window_days,
            "slot_minutes": slot_minutes,
            "slot_capacity": slot_capacity,
            "is_active": is_active,
        },
    )
    _record(row, actor)
    return offered


@transaction.atomic
def serve_channel(
    *,
    channel: Channel,
    location: Location,
    methods: Sequence[str],
    priority: int = 100,
    buffer: int = 0,
    actor: Actor,
) -> ChannelLocation:
    """Let the location serve the channel by these methods, or change that.

    Raises: LocationNotValid (unknown methods). Emits: location.changed.
    """
    if not set(methods) <= set(Method.values):
        raise LocationNotValid(fields=["methods"])
    row = _locked(location)
    served, _made = ChannelLocation.objects.update_or_create(
        channel=channel,
        location=row,
        defaults={
            "methods": list(dict.fromkeys(methods)),
            "priority": priority,
            "buffer": buffer,
        },
    )
    _record(row, actor)
    return served


@transaction.atomic
def assign_staff(
    *, location: Location, user_id: UUID, is_home: bool = False, actor: Actor
) -> StaffAssignment:
    """Note that somebody works here. What they may do is a grant. Emits: location.changed."""
    assignment, _made = StaffAssignment.objects.update_or_create(
        location=location, user_id=user_id, defaults={"is_home": is_home}
    )
    _record(location, actor)
    return assignment


@transaction.atomic
def announce_location(*, location: Location, actor: Actor) -> None:
    """Say that hours, services or channels of a location changed. Emits: location.changed."""
    _record(location, actor)


@transaction.atomic
def make_slots(*, location: Location, service: str, on_date: date) -> list[CapacitySlot]:
    """Make the bookable slots of one date within the opening hours. A repeat makes none twice."""
    offered = LocationService.objects.filter(
        location=location, service=service, is_active=True, slot_minutes__gt=0
    ).first()
    if offered is None:
        return []
    length = timedelta(minutes=offered.slot_minutes)
    starts = list(_starts(hours.opening_hours_for(hours_of(location), on_date), length))
    CapacitySlot.objects.bulk_create(
        (
            CapacitySlot(
                location=location,
                service=service,
                starts_at=start,
                ends_at=start + length,
                capacity=offered.slot_capacity,
            )
            for start in starts
        ),
        ignore_conflicts=True,
    )
    slots = CapacitySlot.objects.filter(location=location, service=service, starts_at__in=starts)
    return list(slots.order_by("starts_at"))


def book_slot(*, slot_id: int) -> None:
    """Take one place of the slot: check and write are one statement. Raises: SlotFull, NotFound.

    Not safe to repeat by itself: whoever books keeps the slot's id and frees it once.
    """
    slots = CapacitySlot.objects.filter(pk=slot_id)
    if slots.filter(booked__lt=F("capacity")).update(booked=F("booked") + 1):
        return
    if not slots.exists():
        raise NotFound
    raise SlotFull(slot_id=slot_id)


def free_slot(*, slot_id: int) -> None:
    """Give one place of the slot back. Raises: NotFound, also when nothing is booked."""
    freed = CapacitySlot.objects.filter(pk=slot_id, booked__gt=0).update(booked=F("booked") - 1)
    if not freed:
        raise NotFound


def _starts(intervals: Sequence[hours.Interval], length: timedelta) -> Iterable[datetime]:
    for start, end in intervals:
        while start + length <= end:
            yield start
            start += length  # noqa: PLW2901  walks through the interval


def _refuse_overlaps(spans: Sequence[WeekdaySpan]) -> None:
    """Minutes of the week, with a span over Sunday's midnight carried on to Monday."""
    week = 7 * 24 * 60
    taken: list[tuple[int, int]] = []
    for span in spans:
        if not 0 <= span.weekday <= 6:
            raise HoursNotValid(weekday=span.weekday)
        start = span.weekday * 1440 + span.opens_at.hour * 60 + span.opens_at.minute
        end = span.weekday * 1440 + span.closes_at.hour * 60 + span.closes_at.minute
        taken.append((start, end if end > start else end + 1440))
    taken += [(start + week, end + week) for start, end in taken]
    taken.sort()
    for (_start, end), (start, _end) in pairwise(taken):
        if start < end:
            raise HoursNotValid(weekday=start // 1440 % 7)


def _move(location: Location, to: str, actor: Actor) -> Location:
    row = _locked(location)
    move(row, to, moves=LOCATION_MOVES)
    _record(row, actor)
    return row


def _locked(location: Location) -> Location:
    row: Location = Location.objects.locked().get(pk=location.pk)
    return row


def _record(location: Location, actor: Actor) -> None:
    events.record(LocationChanged(location.pk, location.status), actor=actor)
