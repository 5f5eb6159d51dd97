"""Endpoints of pieces that staff keep for customers."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.stock.operations import OutOfStock, QuantityNotValid
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.rest.answers import Answer
from omni.rest.serializers import Input, Output, QuantityField, Query
from omni.rest.views import PLAIN, Endpoint
from orders.checkout import keeping
from orders.checkout import operations as checkout
from orders.checkout.buyers import CustomerBlocked

MOST = 5_000  # grams; pieces are far fewer


class KeptQuery(Query):
    """Which pieces."""

    location_id = serializers.UUIDField(required=False, help_text=_("Where they are kept."))
    customer_id = serializers.UUIDField(required=False, help_text=_("For whom."))


class KeepInput(Input):
    """What shall be kept, and where."""

    variant_id = serializers.UUIDField(help_text=_("What it is."))
    location_id = serializers.UUIDField(help_text=_("Where it is."))
    quantity = QuantityField(max_value=MOST, default=1, required=False, help_text=_("Units."))


class NothingInput(Input):
    """Nothing needs to be said."""


class KeptOutput(Output):
    """What is kept now."""

    id = serializers.UUIDField(help_text=_("Its id."))
    quantity = serializers.IntegerField(help_text=_("Units in all."))
    until = serializers.DateTimeField(help_text=_("When it goes back on sale."))


class KeptPieceOutput(KeptOutput):
    """Units kept for a customer at a store."""

    variant_id = serializers.UUIDField(help_text=_("What it is."))
    sku = serializers.CharField(help_text=_("Its SKU."))
    name = serializers.CharField(help_text=_("Its name."))
    location_id = serializers.UUIDField(help_text=_("Where it is."))
    location_name = serializers.CharField(help_text=_("Name of the store."))
    customer_id = serializers.UUIDField(help_text=_("For whom."))
    customer_name = serializers.CharField(allow_blank=True, help_text=_("Their name."))
    kept_at = serializers.DateTimeField(help_text=_("Since when."))
    kept_by = serializers.CharField(allow_blank=True, help_text=_("By whom."))


class KeptPiecesOutput(Output):
    """What is kept, what ends first first."""

    results = KeptPieceOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Always null: they are few."))


class KeptPieces(Endpoint):
    """What is kept for customers."""

    permission = Permission.POS_SELL
    query = KeptQuery

    @extend_schema(responses=KeptPiecesOutput)
    def get(self, request: Request) -> Answer:
        """What is kept at your stores now."""
        rows = [asdict(row) for row in keeping.kept_pieces(self.actor, **self.params)]
        for row in rows:
            del row["principal"]
        return self.listed(rows)


class KeepForCustomer(Endpoint):
    """A piece kept for a customer."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        CustomerBlocked,
        QuantityNotValid,
        OutOfStock,
        keeping.KeptTooMany,
        keeping.KeeperAtLimit,
        keeping.StoreStaysClosed,
    ]

    @extend_schema(request=KeepInput, responses={201: KeptOutput})
    def post(self, request: Request, customer_id: UUID) -> Answer:
        """Keep it until the store closes; only the customer's own cart and the till give it out."""
        given = self.given(KeepInput, request)
        row = checkout.keep_for_customer(customer_id=customer_id, actor=self.actor, **given)
        return self.created({"id": row.pk, "quantity": row.quantity, "until": row.expires_at})


class ReleaseKept(Endpoint):
    """A piece that is not wanted any more."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [NotFound, keeping.NothingKept]

    @extend_schema(request=NothingInput, responses={204: None})
    def post(self, request: Request, reservation_id: UUID) -> Answer:
        """Put it on sale again."""
        self.given(NothingInput, request)
        checkout.release_kept(reservation_id=reservation_id, actor=self.actor)
        return self.no_content()
