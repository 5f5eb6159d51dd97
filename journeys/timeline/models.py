"""Every touchpoint of every customer, in every channel, in one place."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer


class Interaction(models.Model):
    """One touchpoint: something a customer did with the merchant, or the merchant for them.

    Append-only, partitioned by month of ``occurred_at``; nothing has a ForeignKey to it, and it has
    none itself. ``kind`` is the type of the event it was projected from, or a kind of direct
    capture (``kinds.py``). ``event_id`` is that event (none for direct capture, whose idempotency
    is ``capture_key``). ``visitor_id`` is the device of an anonymous visitor; rows are never
    rewritten when the visitor becomes known, ``VisitorLink`` joins them.
    """

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=80)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"))
    customer_id = models.UUIDField(_("customer"), null=True)
    visitor_id = models.UUIDField(_("visitor"), null=True)
    channel_id = models.UUIDField(_("channel"), null=True)
    location_id = models.UUIDField(_("location"), null=True)
    staff_id = models.UUIDField(_("member of staff"), null=True)
    device = models.CharField(_("device"), max_length=80, blank=True)
    subject_kind = models.CharField(_("about"), max_length=60, blank=True)
    subject_id = models.UUIDField(_("about which"), null=True)
    data = models.JSONField(_("facts"), default=dict)
    event_id = models.BigIntegerField(_("event"), null=True)
    capture_key = models.CharField(_("capture key"), max_length=160, blank=True)

    class Meta:
        db_table = "journeys_interaction"
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")

    def __str__(self) -> str:
        return self.kind


class VisitorLink(models.Model):
    """That an anonymous visitor turned out to be a customer: their history joins the timeline.

    Written by ``timeline.operations`` alone: the first customer who becomes known on a device takes
    its anonymous rows, past and coming, until somebody else becomes known on it (``until_at``).
    What is anonymous after that may be anybody's and is on no timeline.
    """

    visitor_id = models.UUIDField(_("visitor"), primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="visitors")
    linked_at = models.DateTimeField(_("linked"))
    until_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        indexes = [models.Index(fields=["customer"], name="visitor_by_customer")]

    def __str__(self) -> str:
        return str(self.visitor_id)


class TimelineMonth(models.Model):
    """That a customer, or an anonymous visitor, has touchpoints of a kind in a month (UTC).

    Written with each interaction by ``timeline.operations``, once for its kind and once for any
    kind (empty), and read before a page so that it looks nowhere else. It may name too much, never
    too little.
    """

    pk = models.CompositePrimaryKey("subject_id", "kind", "month")
    subject_id = models.UUIDField(_("customer or visitor"))
    kind = models.CharField(_("kind"), max_length=80, blank=True)
    month = models.DateField(_("month"))

    class Meta:
        verbose_name = _("month of a timeline")
        verbose_name_plural = _("months of timelines")

    def __str__(self) -> str:
        return f"{self.subject_id} {self.kind} {self.month:%Y-%m}"
