"""The till: registers, shifts on them, and the cash that goes in and out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check
from orders.sales.models import Order


class Register(Aggregate):
    """A till of a location, selling in one channel."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="registers")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="registers")
    code = models.SlugField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("register")
        verbose_name_plural = _("registers")

    def __str__(self) -> str:
        return self.name


class ShiftStatus(models.TextChoices):
    OPEN = "open", _("Open")
    SUSPENDED = "suspended", _("Suspended")
    CLOSING = "closing", _("Counted")
    RECOUNT = "recount", _("To be counted again")
    CLOSED = "closed", _("Closed")
    FORCE_CLOSED = "force_closed", _("Closed by a manager")


_H = ShiftStatus

SHIFT_MOVES: Moves = {
    _H.OPEN: frozenset({_H.SUSPENDED, _H.CLOSING, _H.FORCE_CLOSED}),
    _H.SUSPENDED: frozenset({_H.OPEN, _H.FORCE_CLOSED}),
    _H.CLOSING: frozenset({_H.CLOSED, _H.RECOUNT, _H.FORCE_CLOSED}),
    _H.RECOUNT: frozenset({_H.CLOSING, _H.FORCE_CLOSED}),
    _H.CLOSED: frozenset(),  # end state
    _H.FORCE_CLOSED: frozenset(),  # end state
}

LIVE_SHIFTS = [_H.OPEN, _H.SUSPENDED, _H.CLOSING, _H.RECOUNT]


class Shift(Aggregate):
    """A cash session on a register. At most one is live on a register.

    ``expected_minor`` = Σ of its cash entries, taken when it is counted; ``counted_minor`` is what
    lay in the drawer; the difference is booked as an entry when the shift closes.
    """

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="shifts")
    status = models.CharField(
        _("status"), max_length=16, choices=ShiftStatus.choices, default=ShiftStatus.OPEN
    )
    currency = models.CharField(_("currency"), max_length=3)
    opened_by = models.UUIDField(_("opened by"))
    opened_at = models.DateTimeField(_("opened"))
    counted_minor = models.BigIntegerField(_("counted"), null=True, blank=True)
    expected_minor = models.BigIntegerField(_("expected"), null=True, blank=True)
    difference_reason = models.CharField(_("why they differ"), max_length=250, blank=True)
    closed_by = models.UUIDField(_("closed by"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            status_check("status", ShiftStatus, "shift_status_known"),
            models.UniqueConstraint(
                fields=["register"],
                condition=Q(status__in=[s.value for s in LIVE_SHIFTS]),
                name="shift_one_live_a_register",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.opened_at:%Y-%m-%d %H:%M}"


class CashKind(models.TextChoices):
    FLOAT = "float", _("Float")
    SALE = "sale", _("Sale")
    REFUND = "refund", _("Refund")
    PAID_IN = "paid_in", _("Paid in")
    PAID_OUT = "paid_out", _("Paid out")
    DROP = "drop", _("To the safe")
    DIFFERENCE = "difference", _("Difference found")


class CashEntry(models.Model):
    """Cash that went into (positive) or out of (negative) the drawer of a shift. Append-only."""

    id = models.BigAutoField(primary_key=True)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("kind"), max_length=16, choices=CashKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    order_id = models.UUIDField(_("order"), null=True, blank=True)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("cash entry")
        verbose_name_plural = _("cash entries")
        constraints = [status_check("kind", CashKind, "cash_entry_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class JournalKind(models.TextChoices):
    SALE = "sale", _("Sale")
    COLLECTION = "collection", _("Paid at collection")
    RETURN = "return", _("Return")
    EXCHANGE = "exchange", _("Exchange")
    REFUND = "refund", _("Refund paid out")
    VOID = "void", _("Sale voided")


class JournalEntry(models.Model):
    """The till's numbered record of what it did with orders and money. Append-only, no gaps.

    ``number`` counts per register, under the lock of its shift. ``total_minor`` is what the
    customer paid (positive) or got (negative), ``tenders`` the same by tender. Cash also stands in
    the drawer's entries.
    """

    id = models.BigAutoField(primary_key=True)
    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="journal")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="journal")
    number = models.IntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=JournalKind.choices)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="till_entries"
    )
    total_minor = models.BigIntegerField(_("total"))
    tenders = models.JSONField(_("tenders"), default=dict)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        constraints = [
            status_check("kind", JournalKind, "journal_kind_known"),
            models.UniqueConstraint(fields=["register", "number"], name="journal_number_once"),
        ]
        indexes = [models.Index(fields=["shift", "kind"], name="journal_by_shift")]

    def __str__(self) -> str:
        return f"{self.register_id} {self.number}"
