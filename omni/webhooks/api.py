"""Endpoints by which a merchant's own programs manage what they are told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.access.permissions import Permission
from omni.core.states import InvalidTransition
from omni.events.event import event_types
from omni.rest.answers import Answer
from omni.rest.serializers import Input, Output, PageQuery
from omni.rest.views import Endpoint
from omni.webhooks import deliveries as sending
from omni.webhooks import operations, queries
from omni.webhooks.deliveries import EndpointNotActive
from omni.webhooks.models import (
    DeliveryStatus,
    EndpointStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from omni.webhooks.operations import TooManyEndpoints, UnknownEventType
from omni.webhooks.targets import UrlNotAllowed

MAX_BIGINT = 2**63 - 1


class CreateInput(Input):
    url = serializers.CharField(max_length=2000, help_text=_("https:// on port 443."))
    types = serializers.ListField(
        child=serializers.CharField(max_length=80),
        min_length=1,
        max_length=100,
        help_text=_("Types (`order.placed`), families (`order.*`) or `*`."),
    )
    description = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text=_("What it is for.")
    )


class ChangeInput(Input):
    url = serializers.CharField(
        max_length=2000, required=False, help_text=_("Where messages are sent.")
    )
    types = serializers.ListField(
        child=serializers.CharField(max_length=80),
        min_length=1,
        max_length=100,
        required=False,
        help_text=_("Event types that are sent; `order.*` stands for all of an order."),
    )
    description = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text=_("What it is for.")
    )


class ReplayInput(Input):
    since = serializers.DateTimeField(help_text=_("Events recorded from this moment on."))
    until = serializers.DateTimeField(
        required=False, help_text=_("Up to this moment; now if left out.")
    )
    delivered_too = serializers.BooleanField(
        required=False, default=False, help_text=_("Also what was delivered already.")
    )


class NoInput(Input):
    pass


class DeliveriesQuery(PageQuery):
    endpoint = serializers.UUIDField(required=False, help_text=_("Only to this endpoint."))
    status = serializers.ChoiceField(
        choices=DeliveryStatus.choices, required=False, help_text=_("Only in this state.")
    )
    type = serializers.CharField(
        max_length=80, required=False, help_text=_("Only of this event type.")
    )


class EndpointOutput(Output):
    id = serializers.UUIDField(help_text=_("Its id."))
    url = serializers.CharField(help_text=_("Where messages are sent."))
    description = serializers.CharField(help_text=_("What it is for."))
    types = serializers.ListField(
        child=serializers.CharField(),
        help_text=_("Event types that are sent; `order.*` stands for all of an order."),
    )
    status = serializers.ChoiceField(choices=EndpointStatus.choices, help_text=_("How far it is."))
    disabled_reason = serializers.CharField(help_text=_("Why it is disabled; empty while active."))
    failing_since = serializers.DateTimeField(
        allow_null=True, help_text=_("Since when nothing was delivered.")
    )
    created_at = serializers.DateTimeField(help_text=_("When it was made."))


class EndpointCreatedOutput(EndpointOutput):
    secret = serializers.CharField(help_text=_("Shown only now: what signatures are made with."))


class EndpointsOutput(Output):
    results = EndpointOutput(many=True, help_text=_("The rows of this page."))
    next = serializers.CharField(
        allow_null=True, help_text=_("Cursor of the next page; null on the last.")
    )


class SecretOutput(Output):
    secret = serializers.CharField(
        help_text=_("Shown only now. The one before is valid for a day.")
    )


class DeliveryOutput(Output):
    id = serializers.IntegerField(help_text=_("Its id."))
    endpoint = serializers.UUIDField(help_text=_("To which endpoint."))
    event_id = serializers.CharField(help_text=_("The `webhook-id` of the message."))
    type = serializers.CharField(help_text=_("Event type."))
    status = serializers.ChoiceField(choices=DeliveryStatus.choices, help_text=_("How far it is."))
    tries = serializers.IntegerField(help_text=_("Tries so far."))
    next_at = serializers.DateTimeField(allow_null=True, help_text=_("When it is tried next."))
    last_status = serializers.IntegerField(
        allow_null=True, help_text=_("HTTP status of the last answer.")
    )
    last_error = serializers.CharField(help_text=_("What went wrong last; empty if nothing."))
    delivered_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was delivered."))


class AttemptOutput(Output):
    attempted_at = serializers.DateTimeField(help_text=_("When it was tried."))
    duration_ms = serializers.IntegerField(help_text=_("How long it took, in milliseconds."))
    status_code = serializers.IntegerField(
        allow_null=True, help_text=_("HTTP status of the answer.")
    )
    error = serializers.CharField(help_text=_("What went wrong; empty if nothing."))
    is_success = serializers.BooleanField(help_text=_("Whether it was delivered."))


class DeliveryDetailOutput(DeliveryOutput):
    attempts = AttemptOutput(many=True, help_text=_("The tries, oldest first."))


class DeliveriesOutput(Output):
    results = DeliveryOutput(many=True, help_text=_("The rows of this page."))
    next = serializers.CharField(
        allow_null=True, help_text=_("Cursor of the next page; null on the last.")
    )


class ReplayOutput(Output):
    count = serializers.IntegerField(help_text=_("Messages that will be sent again."))


class EventTypesOutput(Output):
    results = serializers.ListField(
        child=serializers.CharField(), help_text=_("The rows of this page.")
    )


class WebhookEndpoints(Endpoint):
    """Where other systems are told of events."""

    permission = Permission.WEBHOOKS_MANAGE
    query = PageQuery
    errors = [UrlNotAllowed, UnknownEventType, TooManyEndpoints]

    @extend_schema(responses={200: EndpointsOutput})
    def get(self, request: Request) -> Answer:
        """List the endpoints, newest first."""
        return self.page(queries.endpoints(self.actor), keys=["-id"], output=_endpoint)

    @extend_schema(request=CreateInput, responses={201: EndpointCreatedOutput})
    def post(self, request: Request) -> Answer:
        """Add an endpoint. The answer holds its secret, this once."""
        given = self.given(CreateInput, request)
        endpoint, secret = operations.create_endpoint(**given, actor=self.actor)
        return self.created(_endpoint(endpoint) | {"secret": secret})


class WebhookEndpointDetail(Endpoint):
    """One endpoint."""

    permission = Permission.WEBHOOKS_MANAGE
    errors = [UrlNotAllowed, UnknownEventType, InvalidTransition]

    @extend_schema(responses={200: EndpointOutput})
    def get(self, request: Request, endpoint_id: UUID) -> Answer:
        """Show an endpoint."""
        return self.ok(_endpoint(queries.get_endpoint(self.actor, endpoint_id)))

    @extend_schema(request=ChangeInput, responses={200: EndpointOutput})
    def patch(self, request: Request, endpoint_id: UUID) -> Answer:
        """Change address, types or description."""
        given = self.given(ChangeInput, request)
        endpoint = operations.change_endpoint(endpoint_id=endpoint_id, **given, actor=self.actor)
        return self.ok(_endpoint(endpoint))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, endpoint_id: UUID) -> Answer:
        """Remove an endpoint: what is pending for it is cancelled."""
        operations.remove_endpoint(endpoint_id=endpoint_id, actor=self.actor)
        return self.no_content()


class ActivateWebhookEndpoint(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE
    errors = [InvalidTransition]

    @extend_schema(request=NoInput, responses={200: EndpointOutput})
    def post(self, request: Request, endpoint_id: UUID) -> Answer:
        """Send to a disabled endpoint again, first what was left pending."""
        self.given(NoInput, request)
        endpoint = operations.activate_endpoint(endpoint_id=endpoint_id, actor=self.actor)
        return self.ok(_endpoint(endpoint))


class DisableWebhookEndpoint(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE
    errors = [InvalidTransition]

    @extend_schema(request=NoInput, responses={200: EndpointOutput})
    def post(self, request: Request, endpoint_id: UUID) -> Answer:
        """Send nothing to this endpoint until it is activated."""
        self.given(NoInput, request)
        endpoint = operations.disable_endpoint(endpoint_id=endpoint_id, actor=self.actor)
        return self.ok(_endpoint(endpoint))


class RotateWebhookSecret(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(request=NoInput, responses={201: SecretOutput})
    def post(self, request: Request, endpoint_id: UUID) -> Answer:
        """Make a new secret. Messages are signed with both for a day."""
        self.given(NoInput, request)
        secret = operations.rotate_secret(endpoint_id=endpoint_id, actor=self.actor)
        return self.created({"secret": secret})


class ReplayWebhookEndpoint(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE
    errors = [EndpointNotActive]

    @extend_schema(request=ReplayInput, responses={200: ReplayOutput})
    def post(self, request: Request, endpoint_id: UUID) -> Answer:
        """Send what an endpoint missed in a period, at most 10,000 messages at once."""
        given = self.given(ReplayInput, request)
        count = sending.replay_endpoint(endpoint_id=endpoint_id, **given, actor=self.actor)
        return self.ok({"count": count})


class WebhookDeliveries(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE
    query = DeliveriesQuery

    @extend_schema(responses={200: DeliveriesOutput})
    def get(self, request: Request) -> Answer:
        """List deliveries, newest first."""
        rows = queries.deliveries(
            self.actor,
            endpoint_id=self.params.get("endpoint"),
            status=self.params.get("status", ""),
            type_=self.params.get("type", ""),
        )
        return self.page(rows, keys=["-id"], output=_delivery)


class WebhookDeliveryDetail(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(responses={200: DeliveryDetailOutput})
    def get(self, request: Request, delivery_id: int) -> Answer:
        """Show a delivery with its attempts."""
        delivery, attempts = queries.get_delivery(self.actor, min(delivery_id, MAX_BIGINT))
        return self.ok(_delivery(delivery) | {"attempts": [_attempt(each) for each in attempts]})


class ReplayWebhookDelivery(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE
    errors = [EndpointNotActive, InvalidTransition]

    @extend_schema(request=NoInput, responses={200: DeliveryOutput})
    def post(self, request: Request, delivery_id: int) -> Answer:
        """Send a delivered or given-up message once more, under the same id."""
        self.given(NoInput, request)
        delivery = sending.replay_delivery(
            delivery_id=min(delivery_id, MAX_BIGINT), actor=self.actor
        )
        return self.ok(_delivery(delivery))


class WebhookEventTypes(Endpoint):
    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(responses={200: EventTypesOutput})
    def get(self, request: Request) -> Answer:
        """List the types of events that there are."""
        return self.ok({"results": list(event_types())})


def _endpoint(row: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": row.pk,
        "url": row.url,
        "description": row.description,
        "types": row.types,
        "status": row.status,
        "disabled_reason": row.disabled_reason,
        "failing_since": row.failing_since,
        "created_at": row.created_at,
    }


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "endpoint": row.endpoint_id,
        "event_id": f"evt_{row.event_id}",
        "type": row.type,
        "status": row.status,
        "tries": row.tries,
        "next_at": row.next_at if row.status == DeliveryStatus.PENDING else None,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "delivered_at": row.delivered_at,
    }


def _attempt(row: WebhookAttempt) -> dict[str, Any]:
    return {
        "attempted_at": row.attempted_at,
        "duration_ms": row.duration_ms,
        "status_code": row.status_code,
        "error": row.error,
        "is_success": row.is_success,
    }
