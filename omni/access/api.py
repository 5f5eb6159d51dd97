"""Whether a storefront's key works: the cheapest request that is signed in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.rest.answers import Answer
from omni.rest.serializers import Output
from omni.rest.views import STOREFRONT, Endpoint


class PingOutput(Output):
    """Who the key says you are."""

    channel_id = serializers.UUIDField(help_text=_("The channel that the key names."))
    is_signed_in = serializers.BooleanField(help_text=_("Whether a customer's session came too."))


class Ping(Endpoint):
    """Tell whether the key works, and whether the customer's session still does."""

    permission = STOREFRONT

    @extend_schema(responses={200: PingOutput})
    def get(self, request: Request) -> Answer:
        actor = self.actor
        return self.ok({"channel_id": actor.channel_id, "is_signed_in": actor.kind == "customer"})
