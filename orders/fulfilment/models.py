"""The work of getting goods to the customer: one location, one method."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.locations.models import CapacitySlot, Location, Method
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check
from orders.sales.models import Order, OrderLine


class FulfilmentState(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    ON_HOLD = "on_hold", _("On hold")
    NEW = "new", _("New")
    ACCEPTED = "accepted", _("Accepted")
    PICKING = "picking", _("Being picked")
    WAITING_TRANSFER = "waiting_transfer", _("Waiting for goods")
    # ship and local delivery
    PACKED = "packed", _("Packed")
    DISPATCHED = "dispatched", _("Dispatched")
    DELIVERED = "delivered", _("Delivered")
    ATTEMPTED = "attempted", _("Delivery attempted")
    RETURNING = "returning", _("On its way back")
    RETURNED_TO_ORIGIN = "returned_to_origin", _("Back at the origin")
    LOST = "lost", _("Lost")
    REFUSED_AT_DOOR = "refused_at_door", _("Refused at the door")
    # pickup and carry out
    READY = "ready", _("Ready")
    PARTLY_HANDED_OVER = "partly_handed_over", _("Partly handed over")
    HANDED_OVER = "handed_over", _("Handed over")
    NO_SHOW = "no_show", _("Not collected")
    REFUSED_AT_COUNTER = "refused_at_counter", _("Refused at the counter")
    PUT_BACK = "put_back", _("Put back")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected by the location")
    CANCELLED = "cancelled", _("Cancelled")


_S = FulfilmentState

SHIP_MOVES: Moves = {
    _S.SCHEDULED: frozenset({_S.NEW, _S.CANCELLED}),
    _S.ON_HOLD: frozenset({_S.NEW, _S.CANCELLED}),
    _S.NEW: frozenset({_S.ACCEPTED, _S.ON_HOLD, _S.REJECTED, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.PICKING, _S.ON_HOLD, _S.REJECTED, _S.CANCELLED}),
    _S.PICKING: frozenset({_S.PACKED, _S.REJECTED, _S.CANCELLED}),
    _S.PACKED: frozenset({_S.DISPATCHED, _S.CANCELLED}),
    _S.DISPATCHED: frozenset(
        {_S.DELIVERED, _S.ATTEMPTED, _S.LOST, _S.REFUSED_AT_DOOR, _S.RETURNING}
    ),
    _S.ATTEMPTED: frozenset({_S.DELIVERED, _S.RETURNING, _S.LOST, _S.REFUSED_AT_DOOR}),
    _S.REFUSED_AT_DOOR: frozenset({_S.RETURNING, _S.LOST}),
    _S.RETURNING: frozenset({_S.RETURNED_TO_ORIGIN, _S.LOST}),
    _S.DELIVERED: frozenset(),  # end state
    _S.RETURNED_TO_ORIGIN: frozenset(),  # end state
    _S.LOST: frozenset(),  # end state: an incident decides what the customer gets
    _S.REJECTED: frozenset(),  # end state: its lines are routed again
    # Cancelled after picking: the goods lie at the packing table until they are put back.
    _S.CANCELLED: frozenset({_S.PUT_BACK}),
    _S.PUT_BACK: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),  # end state
}

PICKUP_MOVES: Moves = {
    _S.SCHEDULED: frozenset({_S.NEW, _S.CANCELLED}),
    _S.NEW: frozenset({_S.ACCEPTED, _S.REJECTED, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.PICKING, _S.REJECTED, _S.CANCELLED}),
    _S.PICKING: frozenset({_S.WAITING_TRANSFER, _S.READY, _S.REJECTED, _S.CANCELLED}),
    _S.WAITING_TRANSFER: frozenset({_S.PICKING, _S.READY, _S.CANCELLED}),
    _S.READY: frozenset(
        {
            _S.HANDED_OVER,
            _S.PARTLY_HANDED_OVER,
            _S.PICKING,
            _S.NO_SHOW,
            _S.REFUSED_AT_COUNTER,
            _S.CANCELLED,
        }
    ),
    _S.NO_SHOW: frozenset({_S.READY, _S.PUT_BACK}),
    _S.REFUSED_AT_COUNTER: frozenset({_S.PUT_BACK}),
    # Cancelled after picking: the goods still lie on the shelf until they are put back. Without
    # picked goods this is an end state.
    _S.CANCELLED: frozenset({_S.PUT_BACK}),
    _S.PUT_BACK: frozenset({_S.CLOSED}),
    _S.HANDED_OVER: frozenset({_S.READY}),  # undone by a manager within 15 minutes
    _S.PARTLY_HANDED_OVER: frozenset({_S.HANDED_OVER, _S.READY, _S.PUT_BACK, _S.CLOSED}),
    _S.REJECTED: frozenset(),  # end state: its lines are routed again
    _S.CLOSED: frozenset(),  # end state
}

# Made at once at the till; a sale voided in its shift is cancelled, its goods stay in the store.
CARRY_OUT_MOVES: Moves = {
    _S.HANDED_OVER: frozenset({_S.CANCELLED}),
    _S.CANCELLED: frozenset(),  # end state
}

MOVES_BY_METHOD: dict[str, Moves] = {
    Method.SHIP: SHIP_MOVES,
    Method.LOCAL_DELIVERY: SHIP_MOVES,
    Method.PICKUP: PICKUP_MOVES,
    Method.CARRY_OUT: CARRY_OUT_MOVES,
}


class FulfilmentOrder(Aggregate):
    """Work at one location by one method for one order.

    ``due_at`` is the promise: ready by (pickup) or dispatched by (ship). The moves table depends
    on the method (``MOVES_BY_METHOD``). Written by ``orders.fulfilment`` only.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfilment_orders")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="fulfilment_orders"
    )
    method = models.CharField(_("method"), max_length=16, choices=Method.choices)
    status = models.CharField(_("status"), max_length=20, choices=FulfilmentState.choices)
    slot = models.ForeignKey(
        CapacitySlot, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("why it ended so"), max_length=40, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("fulfilment order")
        verbose_name_plural = _("fulfilment orders")
        constraints = [
            status_check("status", FulfilmentState, "fulfilment_status_known"),
            status_check("method", Method, "fulfilment_method_known"),
        ]
        indexes = [
            models.Index(fields=["location", "status", "due_at"], name="fulfilment_worklist"),
            models.Index(
                fields=["status", "id"],
                name="fulfilment_live",
                condition=Q(finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} – {self.location}"

    @property
    def moves(self) -> Moves:
        """The legal moves of this method."""
        return MOVES_BY_METHOD[self.method]


class FulfilmentLine(models.Model):
    """Units of an order line in one fulfilment order.

    ``picked`` and ``short`` are what the location found and did not find. ``cancelled`` units were
    taken off before they were handed over; those of them that had been picked lie on the shelf
    until they are put back. ``handed_over`` counts what left the house, by hand or by parcel.
    """

    id = models.BigAutoField(primary_key=True)
    fulfilment_order = models.ForeignKey(
        FulfilmentOrder, on_delete=models.PROTECT, related_name="lines"
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="fulfilment_lines"
    )
    quantity = models.IntegerField(_("quantity"))
    picked = models.IntegerField(_("picked"), default=0)
    short = models.IntegerField(_("short"), default=0)
    cancelled = models.IntegerField(_("cancelled"), default=0)
    handed_over = models.IntegerField(_("handed over or dispatched"), default=0)

    class Meta:
        verbose_name = _("fulfilment line")
        verbose_name_plural = _("fulfilment lines")
        constraints = [
            models.UniqueConstraint(
                fields=["fulfilment_order", "order_line"], name="fulfilment_line_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    quantity__gt=0,
                    picked__gte=0,
                    short__gte=0,
                    cancelled__gte=0,
                    handed_over__gte=0,
                    quantity__gte=F("picked") + F("short"),
                    handed_over__lte=F("quantity") - F("short") - F("cancelled"),
                ),
                name="fulfilment_line_quantities_nest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}"

    @property
    def quantity_open(self) -> int:
        """Units that shall still leave the house from here."""
        return self.quantity - self.short - self.cancelled - self.handed_over

    @property
    def quantity_to_pick(self) -> int:
        """Units that still have to be looked for."""
        return max(0, self.quantity - self.picked - self.short - self.cancelled)

    @property
    def quantity_to_put_back(self) -> int:
        """Units that were picked and will not leave the house."""
        return max(0, self.picked - self.handed_over - self.quantity_open)


class Pickup(models.Model):
    """What only a pickup has: its code, its shelf, its window, who may collect.

    The one-time code is derived from a key of the deployment (``codes``), so that only its digest
    lies here. ``code_attempts`` counts wrong codes by a guarded update; five lock it.
    """

    fulfilment_order = models.OneToOneField(
        FulfilmentOrder, on_delete=models.PROTECT, related_name="pickup", primary_key=True
    )
    code_digest = models.CharField(max_length=64, db_index=True, editable=False)
    code_version = models.PositiveIntegerField(default=1, editable=False)
    code_attempts = models.PositiveIntegerField(_("wrong codes"), default=0)
    locked_at = models.DateTimeField(_("code locked"), null=True, blank=True)
    shelf = models.CharField(_("shelf"), max_length=40, blank=True)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    window_ends_at = models.DateTimeField(_("to be collected by"), null=True, blank=True)
    is_extended = models.BooleanField(_("extended"), default=False)
    delegate_name = models.CharField(_("may be collected by"), max_length=200, blank=True)
    arrived_at = models.DateTimeField(_("customer arrived"), null=True, blank=True)
    arrival_note = models.CharField(_("bay or car"), max_length=80, blank=True)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)

    class Meta:
        verbose_name = _("pickup")
        verbose_name_plural = _("pickups")
        constraints = [
            models.CheckConstraint(
                condition=Q(code_attempts__lte=5), name="pickup_code_attempts_limited"
            ),
        ]

        indexes = [
            models.Index(
                fields=["window_ends_at"],
                name="pickup_window",
                condition=Q(handed_over_at__isnull=True, window_ends_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.fulfilment_order_id)


class HandOver(Aggregate):
    """Goods that changed hands at the counter, once per row: what, to whom, on which proof.

    ``quantities`` are units by fulfilment line. ``proof`` is ``code`` or the kind of ID checked,
    never the document. The id names the movement of the goods. A row is undone, never deleted.
    """

    fulfilment_order = models.ForeignKey(
        FulfilmentOrder, on_delete=models.PROTECT, related_name="hand_overs"
    )
    quantities = models.JSONField(_("quantities"))
    proof = models.CharField(
        _("proof"), max_length=40, help_text=_("Code, or the kind of ID checked.")
    )
    handed_over_to = models.CharField(_("handed over to"), max_length=200, blank=True)
    request_key = models.CharField(
        max_length=200,
        unique=True,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Of the request that asked for it: the same twice is one hand-over."),
    )
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("handed over at"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        indexes = [models.Index(fields=["fulfilment_order"], name="hand_over_of")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(proof="") & ~Q(principal=""), name="hand_over_has_proof_and_staff"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.occurred_at:%Y-%m-%d %H:%M}"

    @property
    def reference(self) -> str:
        """Under which the stock moved."""
        return f"hand-over:{self.pk}"


class Shipment(Aggregate):
    """A parcel of a fulfilment order, once it is packed."""

    fulfilment_order = models.ForeignKey(
        FulfilmentOrder, on_delete=models.PROTECT, related_name="shipments"
    )
    carrier = models.CharField(_("carrier"), max_length=60)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    dispatched_at = models.DateTimeField(_("dispatched"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")

    def __str__(self) -> str:
        return self.tracking_number or self.carrier
