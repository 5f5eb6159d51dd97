"""Endpoints of the timeline: capture in batches, and reading one's own or a customer's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from journeys.timeline import operations as timeline
from journeys.timeline.access import NoOpenReason, open_timeline
from journeys.timeline.kinds import CAPTURE_KINDS
from journeys.timeline.queries import TimelineFilter, timeline_page, told
from omni.access.permissions import Permission
from omni.core.errors import DomainError, NotFound
from omni.rest.answers import Answer
from omni.rest.serializers import Input, Output, PageQuery
from omni.rest.views import ACCOUNT, STOREFRONT, Endpoint


class InteractionInput(Input):
    """One touchpoint as the sender saw it."""

    kind = serializers.CharField(
        max_length=80, help_text=_("One of: %s.") % ", ".join(sorted(CAPTURE_KINDS))
    )
    key = serializers.CharField(
        min_length=8, max_length=64, help_text=_("Made by the sender, once per touchpoint.")
    )
    occurred_at = serializers.DateTimeField(
        required=False, help_text=_("When it happened; now if left out. Send it when repeating.")
    )
    visitor_id = serializers.UUIDField(
        required=False, help_text=_("The device of a visitor who is not known yet.")
    )
    facts = serializers.DictField(
        required=False, default=dict, help_text=_("Facts of this kind: see the guide.")
    )


class StaffInteractionInput(InteractionInput):
    """One touchpoint that a member of staff noted."""

    customer_id = serializers.UUIDField(required=False, help_text=_("Whose touchpoint it is."))
    location_id = serializers.UUIDField(required=False, help_text=_("Where it happened."))


class CaptureInput(Input):
    """A batch of touchpoints."""

    interactions = serializers.ListField(
        child=InteractionInput(),
        min_length=1,
        max_length=timeline.MAX_BATCH,
        help_text=_("Up to 100 touchpoints."),
    )


class StaffCaptureInput(Input):
    """A batch of touchpoints noted by staff or sent by a connected system."""

    interactions = serializers.ListField(
        child=StaffInteractionInput(),
        min_length=1,
        max_length=timeline.MAX_BATCH,
        help_text=_("Up to 100 touchpoints."),
    )


class CaptureOutput(Output):
    """How many were new; the rest had been captured before."""

    captured = serializers.IntegerField(help_text=_("Touchpoints that were new."))
    repeated = serializers.IntegerField(help_text=_("Touchpoints that were there already."))


class NamedOutput(Output):
    """Something with a name."""

    id = serializers.UUIDField(help_text=_("Its id."))
    name = serializers.CharField(help_text=_("Its name."))


class SubjectOutput(Output):
    """What a touchpoint is about."""

    kind = serializers.CharField(help_text=_("order, pickup, return…"))
    id = serializers.UUIDField(help_text=_("Its id."))


class TouchpointOutput(Output):
    """One touchpoint in plain words."""

    id = serializers.CharField(help_text=_("Id of the touchpoint."))
    kind = serializers.CharField(help_text=_("What kind of touchpoint."))
    occurred_at = serializers.DateTimeField(help_text=_("When."))
    text = serializers.CharField(help_text=_("In one line."))
    channel = NamedOutput(allow_null=True, help_text=_("In which channel."))
    location = NamedOutput(allow_null=True, help_text=_("At which location."))
    staff = NamedOutput(allow_null=True, help_text=_("With which member of staff."))
    device = serializers.CharField(allow_blank=True, help_text=_("On which device."))
    is_anonymous = serializers.BooleanField(help_text=_("Before the visitor was known."))
    subject = SubjectOutput(allow_null=True, help_text=_("What it is about."))


class TimelineOutput(Output):
    """A page of a timeline, newest first."""

    results = TouchpointOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class TimelineQuery(PageQuery):
    """Filters of a timeline."""

    kind = serializers.ListField(
        child=serializers.CharField(max_length=80),
        required=False,
        max_length=20,
        help_text=_("Only these kinds (may be repeated)."),
    )
    channel = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=20,
        help_text=_("Only these channels (may be repeated)."),
    )
    from_at = serializers.DateTimeField(required=False, help_text=_("From this moment on."))
    until_at = serializers.DateTimeField(required=False, help_text=_("Before this moment."))


class StaffTimelineQuery(TimelineQuery):
    """Filters, and why the history is looked at."""

    reason = serializers.CharField(
        required=False,
        max_length=120,
        default="",
        help_text=_("order:<id>, case:<id> or visit; not needed with customers.history_all."),
    )


CAPTURE_ERRORS: list[type[DomainError]] = [
    timeline.UnknownKind,
    timeline.BadFacts,
    timeline.BadMoment,
    timeline.NobodyNamed,
]


class CaptureInteractions(Endpoint):
    """Capture touchpoints of a visitor or of the signed-in customer, up to 100 at once.

    All or none are taken. A repeat (same key and moment) changes nothing.
    """

    permission = STOREFRONT
    errors = CAPTURE_ERRORS

    @extend_schema(request=CaptureInput, responses={201: CaptureOutput})
    def post(self, request: Request) -> Answer:
        return self._capture(self.given(CaptureInput)["interactions"])

    def _capture(self, given: list[dict[str, Any]]) -> Answer:
        captured = timeline.capture_interactions(
            captures=[timeline.Capture(**item) for item in given], actor=self.actor
        )
        return self.created({"captured": captured, "repeated": len(given) - captured})


class StaffCaptureInteractions(CaptureInteractions):
    """Capture touchpoints that staff noted: visits, calls, chat lines, up to 100 at once."""

    permission = Permission.JOURNEYS_CAPTURE
    errors = [*CAPTURE_ERRORS, NotFound]

    @extend_schema(request=StaffCaptureInput, responses={201: CaptureOutput})
    def post(self, request: Request) -> Answer:
        return self._capture(self.given(StaffCaptureInput)["interactions"])


class MyTimeline(Endpoint):
    """The signed-in customer's own touchpoints, newest first."""

    permission = ACCOUNT
    query = TimelineQuery

    @extend_schema(responses={200: TimelineOutput})
    def get(self, request: Request) -> Answer:
        return _page(self, self.actor.customer_id, to_staff=False)


class CustomerTimeline(Endpoint):
    """A customer's touchpoints, newest first. Each reading is logged with its reason."""

    permission = Permission.CUSTOMERS_HISTORY
    query = StaffTimelineQuery
    errors = [NoOpenReason]

    @extend_schema(responses={200: TimelineOutput})
    def get(self, request: Request, customer_id: UUID) -> Answer:
        open_timeline(actor=self.actor, customer_id=customer_id, reason=self.params["reason"])
        return _page(self, customer_id, to_staff=True)


def _page(endpoint: Endpoint, customer_id: UUID, *, to_staff: bool) -> Answer:
    params = endpoint.params
    page = timeline_page(
        customer_id=customer_id,
        wanted=TimelineFilter(
            kinds=params.get("kind", ()),
            channel_ids=params.get("channel", ()),
            from_at=params.get("from_at"),
            until_at=params.get("until_at"),
        ),
        cursor=params.get("cursor"),
        limit=params["limit"],
    )
    return endpoint.listed(told(page.rows, to_staff=to_staff), page.next)
