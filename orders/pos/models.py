"""The till: registers, shifts on them, the cash that goes in and out, and the day of a store."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check
from orders.checkout.models import Cart
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


class StoreDayStatus(models.TextChoices):
    OPEN = "open", _("Open")
    RECONCILING = "reconciling", _("Being reconciled")
    CLOSED = "closed", _("Closed")


_D = StoreDayStatus

# All by whoever opens shifts there, but closing and reopening: store managers.
STORE_DAY_MOVES: Moves = {
    _D.OPEN: frozenset({_D.RECONCILING}),
    _D.RECONCILING: frozenset({_D.OPEN, _D.CLOSED}),
    _D.CLOSED: frozenset(),  # end state
}


class StoreDay(Aggregate):
    """A store's date in one currency: all shifts opened on it, the terminals, the safe.

    Written by ``pos.store_day`` and ``pos.reconciling``. ``business_date`` is the date in the
    location's zone when its first shift was opened. Closed it keeps what the Z report said
    (``figures``), of which ``total_minor``, ``cash_minor`` and ``card_minor`` must equal the
    journal of its shifts forever, and what was ``left`` for tomorrow.
    """

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="store_days")
    business_date = models.DateField(_("date"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(
        _("status"), max_length=16, choices=StoreDayStatus.choices, default=StoreDayStatus.OPEN
    )
    opened_by = models.CharField(_("opened by"), max_length=80)
    opened_at = models.DateTimeField(_("opened"))
    safe_counted_minor = models.BigIntegerField(_("counted in the safe"), null=True, blank=True)
    safe_denominations = models.JSONField(_("by denomination"), null=True, blank=True)
    total_minor = models.BigIntegerField(_("total of the journal"), null=True, blank=True)
    cash_minor = models.BigIntegerField(_("in cash"), null=True, blank=True)
    card_minor = models.BigIntegerField(_("at the terminals"), null=True, blank=True)
    figures = models.JSONField(_("Z report"), null=True, blank=True)
    left = models.JSONField(_("left for tomorrow"), default=list, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("store day")
        verbose_name_plural = _("store days")
        constraints = [
            status_check("status", StoreDayStatus, "store_day_status_known"),
            models.UniqueConstraint(
                fields=["location", "business_date", "currency"], name="store_day_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="closed")
                | Q(
                    closed_at__isnull=False,
                    total_minor__isnull=False,
                    cash_minor__isnull=False,
                    card_minor__isnull=False,
                    safe_counted_minor__isnull=False,
                ),
                name="store_day_closed_with_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.location} {self.business_date}"


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
    lay in the drawer, perhaps with coins and notes (units by value in minor units,
    ``denominations``); the difference is booked as an entry when the shift closes.
    """

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="shifts")
    store_day = models.ForeignKey(
        StoreDay, on_delete=models.PROTECT, null=True, blank=True, related_name="shifts"
    )
    status = models.CharField(
        _("status"), max_length=16, choices=ShiftStatus.choices, default=ShiftStatus.OPEN
    )
    currency = models.CharField(_("currency"), max_length=3)
    opened_by = models.UUIDField(_("opened by"))
    opened_at = models.DateTimeField(_("opened"))
    counted_minor = models.BigIntegerField(_("counted"), null=True, blank=True)
    denominations = models.JSONField(_("by denomination"), null=True, blank=True)
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


class TakenTender(models.Model):
    """What a customer gave for a sale in progress, before it adds up to the whole.

    Written by ``pos.taking``. Given back before the sale is finished, its row stays and says when,
    by whom and from which drawer; it pays nothing any more. The finished sale makes payments of the
    others, and they go on saying what was handed over and what change was given. ``amount_minor``
    is what it pays, ``given_minor`` the cash that was put down, ``shift`` in whose drawer or
    terminal it is (unknown of the oldest).
    """

    id = models.BigAutoField(primary_key=True)
    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="tenders")
    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="tenders_taken"
    )
    tender = models.CharField(_("tender"), max_length=20)
    amount_minor = models.BigIntegerField(_("amount"))
    given_minor = models.BigIntegerField(_("given"))
    terminal_reference = models.CharField(_("terminal's reference"), max_length=120, blank=True)
    card_label = models.CharField(_("card"), max_length=40, blank=True)
    principal = models.CharField(_("by"), max_length=80)
    taken_at = models.DateTimeField(_("taken"))
    returned_at = models.DateTimeField(_("given back"), null=True, blank=True)
    returned_by = models.CharField(_("given back by"), max_length=80, blank=True, default="")
    returned_in = models.ForeignKey(
        Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="tenders_returned"
    )

    class Meta:
        verbose_name = _("tender taken")
        verbose_name_plural = _("tenders taken")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, given_minor__gte=F("amount_minor")),
                name="taken_tender_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None, returned_by="", returned_in=None)
                | (Q(returned_at__isnull=False, returned_in__isnull=False) & ~Q(returned_by="")),
                name="taken_tender_given_back_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender} {self.amount_minor}"

    @property
    def change_minor(self) -> int:
        """What the customer got back of it."""
        return self.given_minor - self.amount_minor


class TerminalBatch(models.Model):
    """What a register's card terminal says it took on a store day, beside what we captured.

    Entered once a register and day, corrected by entering again until the day is closed; a
    difference has its reason.
    """

    id = models.BigAutoField(primary_key=True)
    store_day = models.ForeignKey(StoreDay, on_delete=models.PROTECT, related_name="batches")
    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="batches")
    batch_number = models.CharField(_("number of the batch"), max_length=40, blank=True)
    total_minor = models.BigIntegerField(_("as the terminal says"))
    expected_minor = models.BigIntegerField(_("as our books say"))
    difference_reason = models.CharField(_("why they differ"), max_length=250, blank=True)
    principal = models.CharField(_("by"), max_length=80)
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("terminal batch")
        verbose_name_plural = _("terminal batches")
        constraints = [
            models.UniqueConstraint(fields=["store_day", "register"], name="terminal_batch_once"),
            models.CheckConstraint(
                condition=Q(total_minor=F("expected_minor")) | ~Q(difference_reason=""),
                name="terminal_batch_difference_explained",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register_id} {self.total_minor}"


class Safe(Aggregate):
    """The safe of a location, in one currency. ``balance_minor`` = Σ of its entries.

    Its row is the lock of its ledger and of its deposit slips' numbers (``last_slip``).
    """

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="safes")
    currency = models.CharField(_("currency"), max_length=3)
    balance_minor = models.BigIntegerField(_("balance"), default=0)
    last_slip = models.PositiveIntegerField(_("last deposit slip"), default=0)

    class Meta:
        verbose_name = _("safe")
        verbose_name_plural = _("safes")
        constraints = [
            models.UniqueConstraint(fields=["location", "currency"], name="safe_once"),
        ]

    def __str__(self) -> str:
        return f"{self.location} {self.currency}"


class SafeEntryKind(models.TextChoices):
    DRAWER = "drawer", _("From a drawer")
    DEPOSIT = "deposit", _("To the bank")
    DIFFERENCE = "difference", _("Difference found")


class SafeEntry(models.Model):
    """Cash that went into (positive) or out of (negative) a safe. Append-only.

    ``drawer`` is what a shift leaves: what was counted and dropped, less the float it began with.
    """

    id = models.BigAutoField(primary_key=True)
    safe = models.ForeignKey(Safe, on_delete=models.PROTECT, related_name="entries")
    store_day = models.ForeignKey(StoreDay, on_delete=models.PROTECT, related_name="safe_entries")
    kind = models.CharField(_("kind"), max_length=16, choices=SafeEntryKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("safe entry")
        verbose_name_plural = _("safe entries")
        constraints = [status_check("kind", SafeEntryKind, "safe_entry_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class Deposit(Aggregate):
    """Cash on its way from a safe to the bank, with its slip. Never changed.

    ``slip_number`` counts per safe, without gaps; ``slip`` is the number as printed.
    """

    safe = models.ForeignKey(Safe, on_delete=models.PROTECT, related_name="deposits")
    store_day = models.ForeignKey(StoreDay, on_delete=models.PROTECT, related_name="deposits")
    slip_number = models.PositiveIntegerField(_("number"))
    slip = models.CharField(_("slip"), max_length=60, unique=True)
    amount_minor = models.BigIntegerField(_("amount"))
    denominations = models.JSONField(_("by denomination"))
    note = models.CharField(_("note"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    principal = models.CharField(_("by"), max_length=80)
    occurred_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        constraints = [
            models.UniqueConstraint(fields=["safe", "slip_number"], name="deposit_slip_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="deposit_positive"),
        ]

    def __str__(self) -> str:
        return self.slip
