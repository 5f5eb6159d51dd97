"""Where goods and staff are: stores and warehouses, when they are open, what they offer."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from inventory.history import kept_history
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check


class LocationKind(models.TextChoices):
    STORE = "store", _("Store")
    WAREHOUSE = "warehouse", _("Warehouse")


class LocationStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")


LOCATION_MOVES: Moves = {
    LocationStatus.PLANNED: frozenset({LocationStatus.OPEN, LocationStatus.CLOSED}),
    LocationStatus.OPEN: frozenset({LocationStatus.CLOSING}),
    LocationStatus.CLOSING: frozenset({LocationStatus.OPEN, LocationStatus.CLOSED}),
    LocationStatus.CLOSED: frozenset(),  # end state
}


class Method(models.TextChoices):
    """How the goods of a line reach the customer."""

    SHIP = "ship", _("Ship")
    PICKUP = "pickup", _("Collect in store")
    LOCAL_DELIVERY = "local_delivery", _("Local delivery")
    CARRY_OUT = "carry_out", _("Take along")


class Service(models.TextChoices):
    """What a location offers."""

    SHIP = "ship", _("Ships orders")
    PICKUP = "pickup", _("Hands over pickups")
    LOCAL_DELIVERY = "local_delivery", _("Delivers nearby")
    RETURNS = "returns", _("Takes returns")
    TILL = "till", _("Sells at the till")


@kept_history()
class Location(Aggregate):
    """A store or a warehouse. ``time_zone`` is an IANA name: all its hours are local."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=16, choices=LocationKind.choices)
    status = models.CharField(
        _("status"), max_length=16, choices=LocationStatus.choices, default=LocationStatus.OPEN
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    opens_on = models.DateField(_("first day"), null=True, blank=True)
    closes_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            status_check("status", LocationStatus, "location_status_known"),
            status_check("kind", LocationKind, "location_kind_known"),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True)
                | models.Q(latitude__gte=-90, latitude__lte=90),
                name="location_latitude_range",
            ),
            models.CheckConstraint(
                condition=models.Q(longitude__isnull=True)
                | models.Q(longitude__gte=-180, longitude__lte=180),
                name="location_longitude_range",
            ),
        ]
        indexes = [models.Index(fields=["latitude", "longitude"], name="location_place")]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """One span of a weekday (Monday 0) in local time. Several a day: a lunch break.

    ``closes_at`` at or before ``opens_at`` means that the span ends on the next day.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    opens_at = models.TimeField(_("opens"))
    closes_at = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="hours_weekday_range"),
            models.UniqueConstraint(
                fields=["location", "weekday", "opens_at"], name="hours_one_span_a_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens_at:%H:%M}-{self.closes_at:%H:%M}"


class HoursException(models.Model):
    """The hours of one date, instead of the weekday's: closed, or one span."""

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="hours_exceptions"
    )
    on_date = models.DateField(_("date"))
    is_closed = models.BooleanField(_("closed"), default=True)
    opens_at = models.TimeField(_("opens"), null=True, blank=True)
    closes_at = models.TimeField(_("closes"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("exception of hours")
        verbose_name_plural = _("exceptions of hours")
        constraints = [
            models.UniqueConstraint(fields=["location", "on_date"], name="hours_exception_once"),
            models.CheckConstraint(
                condition=models.Q(is_closed=True)
                | models.Q(opens_at__isnull=False, closes_at__isnull=False),
                name="hours_exception_closed_or_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_date}"


@kept_history()
class LocationService(models.Model):
    """A service of a location with its settings.

    ``lead_minutes``: from order to ready or dispatched. ``window_days``: how long a pickup waits on
    the shelf. ``slot_minutes`` and ``slot_capacity``: bookable slots, none when zero.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="services")
    service = models.CharField(_("service"), max_length=16, choices=Service.choices)
    is_active = models.BooleanField(_("active"), default=True)
    lead_minutes = models.PositiveIntegerField(_("lead time in minutes"), default=120)
    window_days = models.PositiveIntegerField(_("days on the shelf"), default=5)
    slot_minutes = models.PositiveIntegerField(_("minutes a slot"), default=0)
    slot_capacity = models.PositiveIntegerField(_("orders a slot"), default=0)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(fields=["location", "service"], name="location_service_once"),
            status_check("service", Service, "location_service_known"),
        ]

    def __str__(self) -> str:
        return self.get_service_display()


class CapacitySlot(models.Model):
    """One bookable slot. ``booked`` moves by guarded updates only; booked by fulfilment's calls."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="slots")
    service = models.CharField(_("service"), max_length=16, choices=Service.choices)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    capacity = models.PositiveIntegerField(_("capacity"))
    booked = models.PositiveIntegerField(_("booked"), default=0)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "service", "starts_at"], name="slot_one_a_start"
            ),
            models.CheckConstraint(
                condition=models.Q(booked__lte=models.F("capacity")), name="slot_not_overbooked"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="slot_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


@kept_history()
class ChannelLocation(models.Model):
    """That a location serves a channel: by which methods, how gladly, and what it keeps back.

    Lower ``priority`` is asked first. ``buffer`` units of each variant are never promised to this
    channel by ship, pickup or local delivery (the till sells the last unit).
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="locations")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="channels")
    methods = ArrayField(
        models.CharField(max_length=16, choices=Method.choices), verbose_name=_("methods")
    )
    priority = models.PositiveIntegerField(_("priority"), default=100)
    buffer = models.PositiveIntegerField(_("buffer"), default=0)

    class Meta:
        verbose_name = _("channel served")
        verbose_name_plural = _("channels served")
        constraints = [
            models.UniqueConstraint(fields=["channel", "location"], name="channel_location_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} – {self.location}"


class StaffAssignment(models.Model):
    """That a member of staff works at a location. What they may do there is a grant, not this."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments"
    )
    is_home = models.BooleanField(_("home store"), default=False)

    class Meta:
        verbose_name = _("staff assignment")
        verbose_name_plural = _("staff assignments")
        constraints = [
            models.UniqueConstraint(fields=["location", "user"], name="staff_assignment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.location}"
