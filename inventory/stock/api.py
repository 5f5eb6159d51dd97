"""Staff endpoints of stock: look up levels and their ledger, receive, correct, set aside.

Rows of locations where the caller has no grant do not exist for them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.catalog.queries import scan
from inventory.locations.queries import get_location_for
from inventory.stock import operations as stock
from inventory.stock import queries
from inventory.stock.models import Bucket, StockLevel, StockMovement
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.secrets import digest
from omni.rest.answers import Answer
from omni.rest.serializers import Input, Output, PageQuery, QuantityField
from omni.rest.views import PLAIN, Endpoint

REASON: dict[str, Any] = {"max_length": 40, "help_text": _("Why, as a short code: theft, count…")}
NOTE: dict[str, Any] = {
    "max_length": 250,
    "required": False,
    "default": "",
    "allow_blank": True,
    "help_text": _("In words."),
}
VARIANT: dict[str, Any] = {"help_text": _("Which goods.")}
LOCATION: dict[str, Any] = {"help_text": _("Where.")}
BUCKET = _("%s; empty for what can be sold.") % ", ".join(Bucket.values)


class LevelsQuery(PageQuery):
    """Which levels."""

    variant_id = serializers.UUIDField(required=False, help_text=_("Only of this variant."))
    location_id = serializers.UUIDField(required=False, help_text=_("Only at this location."))
    code = serializers.CharField(
        required=False, max_length=64, help_text=_("Only of the variant with this barcode or SKU.")
    )


class ArrivalInput(Input):
    """Goods of one kind."""

    variant_id = serializers.UUIDField(**VARIANT)
    quantity = QuantityField(help_text=_("How many came, in the variant's unit."))
    bucket = serializers.ChoiceField(
        choices=Bucket.choices, required=False, default="", allow_blank=True, help_text=BUCKET
    )


class ReceiptInput(Input):
    """A delivery that arrived."""

    location_id = serializers.UUIDField(**LOCATION)
    lines = serializers.ListField(
        child=ArrivalInput(), min_length=1, max_length=500, help_text=_("What came.")
    )
    delivery_note = serializers.CharField(
        max_length=60,
        required=False,
        default="",
        allow_blank=True,
        help_text=_("Number of the delivery note: the same one is received once per location."),
    )
    note = serializers.CharField(**NOTE)


class CorrectionInput(Input):
    """How many there really are: give either ``counted`` or ``change``."""

    variant_id = serializers.UUIDField(**VARIANT)
    location_id = serializers.UUIDField(**LOCATION)
    counted = serializers.IntegerField(
        min_value=0,
        max_value=1_000_000_000,
        required=False,
        help_text=_("Units on hand, those set aside included."),
    )
    change = serializers.IntegerField(
        min_value=-1_000_000_000,
        max_value=1_000_000_000,
        required=False,
        help_text=_("Difference to the books."),
    )
    reason = serializers.CharField(**REASON)
    note = serializers.CharField(**NOTE)


class BucketMoveInput(Input):
    """Units to be set aside, or put back for sale."""

    variant_id = serializers.UUIDField(**VARIANT)
    location_id = serializers.UUIDField(**LOCATION)
    quantity = QuantityField(help_text=_("How many."))
    from_bucket = serializers.ChoiceField(
        choices=Bucket.choices, required=False, default="", allow_blank=True, help_text=BUCKET
    )
    to_bucket = serializers.ChoiceField(
        choices=Bucket.choices, required=False, default="", allow_blank=True, help_text=BUCKET
    )
    reason = serializers.CharField(**REASON)
    note = serializers.CharField(**NOTE)


class LevelOutput(Output):
    """What is where, and who has a claim on it."""

    variant_id = serializers.UUIDField(**VARIANT)
    sku = serializers.CharField(help_text=_("SKU of the variant."))
    location_id = serializers.UUIDField(**LOCATION)
    location_code = serializers.CharField(help_text=_("Code of the location."))
    on_hand = serializers.IntegerField(help_text=_("Units that are there."))
    unavailable = serializers.IntegerField(help_text=_("Of these set aside in buckets."))
    committed = serializers.IntegerField(help_text=_("Promised to orders."))
    held = serializers.IntegerField(help_text=_("Held by carts."))
    incoming = serializers.IntegerField(help_text=_("On their way here."))
    safety = serializers.IntegerField(help_text=_("Kept back for the till."))
    shortfall = serializers.IntegerField(help_text=_("Promised beyond what is there."))
    available = serializers.IntegerField(help_text=_("May be promised, never below zero."))


class BucketOutput(Output):
    """Units set aside for one reason."""

    bucket = serializers.CharField(help_text=_("Why they cannot be sold."))
    quantity = serializers.IntegerField(help_text=_("How many."))


class LevelDetailOutput(LevelOutput):
    """A level with what is in its buckets."""

    buckets = BucketOutput(many=True, help_text=_("What is set aside, by reason."))


class MovementOutput(Output):
    """One entry of the ledger."""

    id = serializers.IntegerField(help_text=_("Number of the entry."))
    kind = serializers.CharField(help_text=_("What happened."))
    quantity = serializers.IntegerField(help_text=_("Change of the units on hand."))
    bucket = serializers.CharField(allow_blank=True, help_text=_("Bucket that changed."))
    bucket_quantity = serializers.IntegerField(help_text=_("Change of the bucket."))
    reason = serializers.CharField(allow_blank=True, help_text=_("Why."))
    note = serializers.CharField(allow_blank=True, help_text=_("In words."))
    reference = serializers.CharField(help_text=_("What caused it."))
    order_line_id = serializers.UUIDField(allow_null=True, help_text=_("Order line, if any."))
    principal = serializers.CharField(help_text=_("Who."))
    occurred_at = serializers.DateTimeField(help_text=_("When it happened."))


class LevelsOutput(Output):
    """A page of levels."""

    results = LevelOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class MovementsOutput(Output):
    """A page of a ledger, newest first."""

    results = MovementOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the next page."))


class WrittenOutput(Output):
    """The entries that the ledger has for this request."""

    results = MovementOutput(many=True)


class StockLevels(Endpoint):
    """Levels at the locations where the caller may see stock."""

    permission = Permission.STOCK_VIEW
    query = LevelsQuery
    errors = [NotFound]

    @extend_schema(responses={200: LevelsOutput})
    def get(self, request: Request) -> Answer:
        levels = queries.levels_visible_to(self.actor)
        for name in ("variant_id", "location_id"):
            if name in self.params:
                levels = levels.filter(**{name: self.params[name]})
        if "code" in self.params:
            levels = levels.filter(variant_id=scan(self.params["code"]).pk)
        return self.page(levels, keys=["id"], output=level_output)


class StockLevelDetail(Endpoint):
    """One level, with what is in its buckets."""

    permission = Permission.STOCK_VIEW

    @extend_schema(responses={200: LevelDetailOutput})
    def get(self, request: Request, variant_id: UUID, location_id: UUID) -> Answer:
        level = queries.get_level(self.actor, variant_id=variant_id, location_id=location_id)
        buckets = [
            {"bucket": row.bucket, "quantity": row.quantity}
            for row in level.buckets.all()
            if row.quantity
        ]
        return self.ok(level_output(level) | {"buckets": buckets})


class StockMovements(Endpoint):
    """The ledger of one level, newest first."""

    permission = Permission.STOCK_VIEW
    query = PageQuery

    @extend_schema(responses={200: MovementsOutput})
    def get(self, request: Request, variant_id: UUID, location_id: UUID) -> Answer:
        level = queries.get_level(self.actor, variant_id=variant_id, location_id=location_id)
        return self.page(queries.movements_of(level), keys=["-id"], output=movement_output)


class ReceiveStock(Endpoint):
    """Book goods that arrived."""

    permission = Permission.STOCK_RECEIVE
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        stock.NoSuchStock,
        stock.QuantityNotValid,
        stock.StockChangeNotValid,
        stock.StockReferenceReused,
    ]

    @extend_schema(request=ReceiptInput, responses={201: WrittenOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(ReceiptInput)
        place = get_location_for(self.actor, given["location_id"], Permission.STOCK_RECEIVE)
        delivery_note = given["delivery_note"]
        written = stock.put(
            lines=[
                stock.StockArrival(line["variant_id"], place.pk, line["quantity"], line["bucket"])
                for line in given["lines"]
            ],
            reference=f"delivery:{delivery_note}" if delivery_note else _reference(self),
            note=given["note"],
            actor=self.actor,
        )
        return self.created({"results": [movement_output(row) for row in written]})


class CorrectStock(Endpoint):
    """Book how many there really are. Without a difference nothing is written."""

    permission = Permission.STOCK_CORRECT
    idempotency = {"POST": PLAIN}
    errors = [NotFound, stock.NoSuchStock, stock.StockChangeNotValid]

    @extend_schema(request=CorrectionInput, responses={201: WrittenOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(CorrectionInput)
        get_location_for(self.actor, given["location_id"], Permission.STOCK_CORRECT)
        written = stock.correct(**given, reference=_reference(self), actor=self.actor)
        return self.created({"results": [movement_output(written)] if written else []})


class MoveBucket(Endpoint):
    """Set units aside (damaged, to be inspected, on display), or put them back for sale."""

    permission = Permission.STOCK_CORRECT
    idempotency = {"POST": PLAIN}
    errors = [NotFound, stock.NoSuchStock, stock.StockChangeNotValid, stock.BucketTooSmall]

    @extend_schema(request=BucketMoveInput, responses={201: WrittenOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(BucketMoveInput)
        get_location_for(self.actor, given["location_id"], Permission.STOCK_CORRECT)
        written = stock.move_bucket(**given, reference=_reference(self), actor=self.actor)
        return self.created({"results": [movement_output(row) for row in written]})


def level_output(level: StockLevel) -> dict[str, Any]:
    """A level (its variant and location fetched) as the API shows it."""
    return {
        "variant_id": str(level.variant_id),
        "sku": level.variant.sku,
        "location_id": str(level.location_id),
        "location_code": level.location.code,
        "on_hand": level.on_hand,
        "unavailable": level.unavailable,
        "committed": level.committed,
        "held": level.held,
        "incoming": level.incoming,
        "safety": level.safety,
        "shortfall": level.shortfall,
        "available": max(0, level.available),
    }


def movement_output(movement: StockMovement) -> dict[str, Any]:
    """An entry of the ledger as the API shows it."""
    return {
        "id": movement.pk,
        "kind": movement.kind,
        "quantity": movement.quantity,
        "bucket": movement.bucket,
        "bucket_quantity": movement.bucket_quantity,
        "reason": movement.reason,
        "note": movement.note,
        "reference": movement.reference,
        "order_line_id": str(movement.order_line_id) if movement.order_line_id else None,
        "principal": movement.principal,
        "occurred_at": movement.occurred_at,
    }


def _reference(endpoint: Endpoint) -> str:
    """The cause of an entry made by request: its key, which a repeat carries again."""
    return "api:" + digest(f"{endpoint.actor.principal} {endpoint.idempotency_key}")[:40]
