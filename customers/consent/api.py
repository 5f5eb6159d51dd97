"""Endpoints of consent: what the customer allows, and for staff what is in force."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from customers.consent import operations as consent
from customers.consent import queries
from customers.consent.models import Consent, Purpose
from customers.consent.operations import Decision, InvalidConsent
from customers.profiles.operations import CustomerErased
from customers.profiles.queries import view_customer
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.rest.answers import Answer
from omni.rest.serializers import Input, Output
from omni.rest.views import ACCOUNT, Endpoint


class ConsentInput(Input):
    """A decision of the customer."""

    purpose = serializers.ChoiceField(Purpose.choices, help_text=_("What it is about."))
    is_granted = serializers.BooleanField(help_text=_("Whether it is allowed."))
    wording = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=Consent.MAX_WORDING,
        help_text=_("The words that the customer agreed to; needed when it is allowed."),
    )


class ConsentOutput(Output):
    """The decision in force for a purpose; without one, nothing is allowed."""

    purpose = serializers.ChoiceField(Purpose.choices, help_text=_("What it is about."))
    is_granted = serializers.BooleanField(help_text=_("Whether it is allowed."))
    wording = serializers.CharField(allow_blank=True, help_text=_("The words shown."))
    channel_id = serializers.UUIDField(allow_null=True, help_text=_("Where it was decided."))
    decided_at = serializers.DateTimeField(allow_null=True, help_text=_("When; null: never."))


class ConsentsOutput(Output):
    """Every purpose with the decision in force."""

    results = ConsentOutput(many=True, help_text=_("One for each purpose."))
    next = serializers.CharField(allow_null=True, help_text=_("Always null: it is one page."))


class Consents(Endpoint):
    """What the customer allows."""

    permission = ACCOUNT
    errors = [InvalidConsent, CustomerErased, NotFound]

    @extend_schema(responses={200: ConsentsOutput})
    def get(self, request: Request) -> Answer:
        """Every purpose with the decision in force."""
        return self.listed(_in_force(self.actor.customer_id))

    @extend_schema(request=ConsentInput, responses={201: ConsentOutput})
    def post(self, request: Request) -> Answer:
        """Allow or forbid something from now on. Earlier decisions are kept."""
        row = consent.record_consent(
            customer_id=self.actor.customer_id,
            decision=Decision(**self.given(ConsentInput), channel_id=self.actor.channel_id),
            actor=self.actor,
        )
        return self.created(_consent(row.purpose, row))


class CustomerConsents(Endpoint):
    """What a customer allows. Each look is logged."""

    permission = Permission.CUSTOMERS_VIEW

    @extend_schema(responses={200: ConsentsOutput})
    def get(self, request: Request, customer_id: UUID) -> Answer:
        view_customer(actor=self.actor, customer_id=customer_id, reason="consents")
        return self.listed(_in_force(customer_id))


def _in_force(customer_id: UUID) -> list[dict[str, Any]]:
    held = queries.in_force(customer_id=customer_id)
    return [_consent(purpose, held.get(purpose)) for purpose in Purpose.values]


def _consent(purpose: str, row: Consent | None) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "is_granted": row is not None and row.is_granted,
        "wording": row.wording if row else "",
        "channel_id": row.channel_id if row else None,
        "decided_at": row.occurred_at if row else None,
    }
