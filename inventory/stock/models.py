"""How many there are, and who has a claim on them: levels, their ledger, and reservations."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Variant
from inventory.locations.models import Location
from omni.core.ids import uuid7
from omni.core.models import LockingQuerySet
from omni.core.states import Moves, status_check


class StockLevel(models.Model):
    """One variant at one location: a hot row, changed only by guarded updates.

    available = on_hand - unavailable - committed - held - safety. ``shortfall`` is how far promises
    exceed goods after a count or a loss took units away; it falls in the statement that raises
    ``on_hand``. Invariants: on_hand is the sum of its movements, unavailable the sum of its
    buckets, committed and held the sums of its open reservations.
    """

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(_("on hand"), default=0)
    unavailable = models.IntegerField(_("unavailable"), default=0)
    committed = models.IntegerField(_("committed"), default=0)
    held = models.IntegerField(_("held"), default=0)
    incoming = models.IntegerField(_("incoming"), default=0)
    safety = models.IntegerField(_("safety stock"), default=0)
    shortfall = models.IntegerField(_("shortfall"), default=0)

    objects = LockingQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="level_once"),
            models.CheckConstraint(
                condition=Q(
                    unavailable__gte=0,
                    committed__gte=0,
                    held__gte=0,
                    incoming__gte=0,
                    safety__gte=0,
                    shortfall__gte=0,
                ),
                name="level_counters_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    on_hand__gte=F("committed") + F("held") + F("unavailable") - F("shortfall")
                ),
                name="level_promises_covered",
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0 - F("shortfall")), name="level_on_hand_covered"
            ),
        ]
        indexes = [models.Index(fields=["location", "variant"], name="level_by_location")]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.location_id}"

    @property
    def available(self) -> int:
        """Units that may be promised, before any channel's buffer. May be negative."""
        return self.on_hand - self.unavailable - self.committed - self.held - self.safety


class Bucket(models.TextChoices):
    """Why units on hand cannot be sold."""

    DAMAGED = "damaged", _("Damaged")
    INSPECT = "inspect", _("To be inspected")
    DISPLAY = "display", _("On display")
    PUT_BACK = "put_back", _("To be put back")


class StockBucket(models.Model):
    """Units of a level that are on hand but not for sale. Written by the stock operations."""

    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="buckets")
    bucket = models.CharField(_("bucket"), max_length=16, choices=Bucket.choices)
    quantity = models.IntegerField(_("quantity"), default=0)

    class Meta:
        verbose_name = _("bucket")
        verbose_name_plural = _("buckets")
        constraints = [
            models.UniqueConstraint(fields=["level", "bucket"], name="bucket_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="bucket_not_negative"),
            status_check("bucket", Bucket, "bucket_known"),
        ]

    def __str__(self) -> str:
        return f"{self.bucket}: {self.quantity}"


class MovementKind(models.TextChoices):
    OPENING = "opening", _("Opening stock")
    RECEIVED = "received", _("Received")
    SOLD = "sold", _("Sold at the till")
    SHIPPED = "shipped", _("Shipped")
    HANDED_OVER = "handed_over", _("Handed over")
    RETURNED = "returned", _("Returned")
    TRANSFER_OUT = "transfer_out", _("Sent to another location")
    TRANSFER_IN = "transfer_in", _("Arrived from another location")
    COUNTED = "counted", _("Counted")
    DAMAGED = "damaged", _("Moved to or from a bucket")
    PUT_BACK = "put_back", _("Put back")
    CORRECTED = "corrected", _("Corrected")
    UNDONE = "undone", _("Handover undone")


class StockMovement(models.Model):
    """One entry of a level's ledger: append-only, corrected by a further entry dated now.

    ``quantity`` is the signed change of on_hand in units; ``bucket_quantity`` the signed change of
    the bucket named. ``reference`` is the entry's idempotency: what caused it, once per level and
    order line. ``order_line_id`` names the order line whose goods moved, where there is one.
    """

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(_("kind"), max_length=16, choices=MovementKind.choices)
    quantity = models.IntegerField(_("change on hand"))
    bucket = models.CharField(_("bucket"), max_length=16, choices=Bucket.choices, blank=True)
    bucket_quantity = models.IntegerField(_("change of the bucket"), default=0)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=250, blank=True)
    reference = models.CharField(_("reference"), max_length=120)
    order_line_id = models.UUIDField(_("order line"), null=True, blank=True)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.UniqueConstraint(
                fields=["level", "reference", "order_line_id"],
                name="movement_reference_once",
                nulls_distinct=False,
            ),
            status_check("kind", MovementKind, "movement_kind_known"),
            models.CheckConstraint(
                condition=~Q(quantity=0, bucket_quantity=0), name="movement_moves_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["order_line_id"],
                name="movement_order_line",
                condition=Q(order_line_id__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+d}"


class ReservationStatus(models.TextChoices):
    HELD = "held", _("Held")
    REQUESTED = "requested", _("Requested")
    COMMITTED = "committed", _("Committed")
    CONSUMED = "consumed", _("Consumed")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Expired")
    TRANSFERRED = "transferred", _("Transferred")


RESERVATION_MOVES: Moves = {
    ReservationStatus.HELD: frozenset(
        {ReservationStatus.COMMITTED, ReservationStatus.RELEASED, ReservationStatus.EXPIRED}
    ),
    ReservationStatus.REQUESTED: frozenset(
        {
            ReservationStatus.HELD,
            ReservationStatus.COMMITTED,
            ReservationStatus.RELEASED,
            ReservationStatus.EXPIRED,
        }
    ),
    ReservationStatus.COMMITTED: frozenset(
        {
            ReservationStatus.CONSUMED,
            ReservationStatus.RELEASED,
            ReservationStatus.TRANSFERRED,
        }
    ),
    ReservationStatus.CONSUMED: frozenset({ReservationStatus.COMMITTED}),  # handover undone
    ReservationStatus.RELEASED: frozenset(),  # end state
    ReservationStatus.EXPIRED: frozenset(),  # end state
    ReservationStatus.TRANSFERRED: frozenset(),  # end state
}


OPEN_RESERVATIONS = (
    ReservationStatus.HELD,
    ReservationStatus.REQUESTED,
    ReservationStatus.COMMITTED,
)


class Reservation(models.Model):
    """A claim on units of one level: a cart's hold, a person's request, an order line's commitment.

    The owner is a reference, never a ForeignKey, because owners live above: a cart holds, an order
    commits, line by line (``order_line_id``). ``quantity`` is what is still claimed; a claim that
    is consumed or released in part shrinks, and one that ended keeps what its last step ended. Held
    and requested units count as held, committed ones as committed. A hold that turns into
    commitments ends as released (reason ``committed``), because one hold may become several lines.
    Rows are written only under the lock of their level. ``principal`` is who claimed last; where
    several asked for one person, ``asked_by`` has the units of each.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="reservations")
    owner_kind = models.CharField(_("owner kind"), max_length=24)
    owner_id = models.UUIDField(_("owner"))
    order_line_id = models.UUIDField(_("order line"), null=True, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    status = models.CharField(_("status"), max_length=16, choices=ReservationStatus.choices)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    principal = models.CharField(_("by"), max_length=80, blank=True)
    asked_by = models.JSONField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"))

    objects = LockingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            status_check("status", ReservationStatus, "reservation_status_known"),
            models.UniqueConstraint(
                fields=["owner_id", "level"],
                name="reservation_hold_once",
                condition=Q(status__in=["held", "requested"]),
            ),
            models.UniqueConstraint(
                fields=["order_line_id", "level"],
                name="reservation_commitment_once",
                condition=Q(status="committed"),
            ),
            models.CheckConstraint(
                condition=~Q(status="committed") | Q(order_line_id__isnull=False),
                name="reservation_commitment_has_line",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["held", "requested"], expires_at__isnull=False)
                | ~Q(status__in=["held", "requested"]),
                name="reservation_hold_expires",
            ),
        ]
        indexes = [
            models.Index(fields=["owner_id"], name="reservation_owner"),
            models.Index(
                fields=["order_line_id"],
                name="reservation_order_line",
                condition=Q(order_line_id__isnull=False),
            ),
            models.Index(
                fields=["level"],
                name="reservation_open",
                condition=Q(status__in=["held", "requested", "committed"]),
            ),
            models.Index(
                fields=["expires_at"],
                name="reservation_expiry",
                condition=Q(status__in=["held", "requested"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.quantity}"
