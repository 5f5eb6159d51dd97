"""Tables of the log: the events, where each subscription stands, and what is parked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.states import Moves, status_check
from omni.events.fields import Xid8Field


class ParkedStatus(models.TextChoices):
    PARKED = "parked", _("parked")
    RESOLVED = "resolved", _("resolved")


class ParkedEventStatus(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    SKIPPED = "skipped", _("skipped")


# The relay parks; a person resolves by retrying or skipping.
PARKED_MOVES: Moves = {
    ParkedStatus.PARKED: frozenset({ParkedStatus.RESOLVED}),
    ParkedStatus.RESOLVED: frozenset(),
}
PARKED_EVENT_MOVES: Moves = {
    ParkedEventStatus.WAITING: frozenset({ParkedEventStatus.DONE, ParkedEventStatus.SKIPPED}),
    ParkedEventStatus.DONE: frozenset(),
    ParkedEventStatus.SKIPPED: frozenset(),
}


class StoredEvent(models.Model):
    """One thing that happened, written in the transaction in which it happened. Append-only.

    Written by ``events.operations.record`` alone. Partitioned by month of ``recorded_at`` (the
    database's key is (id, recorded_at), so nothing has a ForeignKey to it). ``(xid, id)`` is the
    order in which readers go on. Column names follow Debezium's outbox event router.
    """

    id = models.BigIntegerField(primary_key=True)
    xid = Xid8Field(_("transaction"))
    recorded_at = models.DateTimeField(_("recorded at"))
    occurred_at = models.DateTimeField(_("occurred at"))
    aggregatetype = models.CharField(_("happened to"), max_length=60)
    aggregateid = models.UUIDField(_("id of what it happened to"))
    type = models.CharField(_("type"), max_length=80)
    payload = models.JSONField(_("facts"))
    customer_id = models.UUIDField(_("customer"), null=True, blank=True)
    principal = models.CharField(_("by"), max_length=100)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        db_table = "omni_event"
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.type} #{self.id}"


class SubscriptionPosition(models.Model):
    """How far one subscription has read the log. Written by the relay, in the batch's transaction.

    ``high_xid, high_id`` is the furthest it ever was: the position is behind it only while somebody
    declared so. ``rebuild_*`` is the position of a rebuild that goes on beside it.
    """

    name = models.CharField(_("subscription"), max_length=60, primary_key=True)
    position_xid = Xid8Field(_("transaction"), default=0)
    position_id = models.BigIntegerField(_("event"), default=0)
    high_xid = Xid8Field(_("furthest transaction"), default=0)
    high_id = models.BigIntegerField(_("furthest event"), default=0)
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    rebuild_xid = Xid8Field(_("rebuild: transaction"), null=True, blank=True)
    rebuild_id = models.BigIntegerField(_("rebuild: event"), null=True, blank=True)
    rebuilt_at = models.DateTimeField(_("rebuilt at"), null=True, blank=True)

    class Meta:
        db_table = "omni_subscription"
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return self.name


class ParkedAggregate(models.Model):
    """An aggregate whose events one subscription holds back, because one of them could not be done.

    Written by the relay; resolved by a person (retry or skip). ``incident_id`` is open for as long
    as it is parked.
    """

    id = models.BigAutoField(primary_key=True)
    subscription = models.CharField(_("subscription"), max_length=60)
    aggregatetype = models.CharField(_("happened to"), max_length=60)
    aggregateid = models.UUIDField(_("id of what it happened to"))
    status = models.CharField(
        _("status"), max_length=10, choices=ParkedStatus.choices, default=ParkedStatus.PARKED
    )
    incident_id = models.UUIDField(_("incident"))
    parked_at = models.DateTimeField(_("parked at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.CharField(_("resolved by"), max_length=100, blank=True)

    class Meta:
        db_table = "omni_parked_aggregate"
        verbose_name = _("parked aggregate")
        verbose_name_plural = _("parked aggregates")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "aggregatetype", "aggregateid"],
                condition=models.Q(status="parked"),
                name="parked_aggregate_once",
            ),
            status_check("status", ParkedStatus, "parked_aggregate_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription}: {self.aggregatetype} {self.aggregateid}"


class ParkedEvent(models.Model):
    """An event in the queue of a parked aggregate. The first waiting one is what could not be done.

    Written by the relay (waiting) and by ``retry`` and ``skip`` (done, skipped).
    """

    id = models.BigAutoField(primary_key=True)
    parked = models.ForeignKey(
        ParkedAggregate, on_delete=models.CASCADE, related_name="queue", verbose_name=_("parked")
    )
    event_id = models.BigIntegerField(_("event"))
    recorded_at = models.DateTimeField(_("recorded at"))
    type = models.CharField(_("type"), max_length=80)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ParkedEventStatus.choices,
        default=ParkedEventStatus.WAITING,
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        db_table = "omni_parked_event"
        verbose_name = _("parked event")
        verbose_name_plural = _("parked events")
        constraints = [
            models.UniqueConstraint(fields=["parked", "event_id"], name="parked_event_once"),
            status_check("status", ParkedEventStatus, "parked_event_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.event_id}"
