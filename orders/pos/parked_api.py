"""Endpoints beside the sale: what is parked at a store, and what something costs and who has it."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import Money
from omni.core.states import InvalidTransition
from omni.rest.answers import Answer
from omni.rest.serializers import MoneyField, Output, Query
from omni.rest.views import PLAIN, Endpoint
from orders.checkout import errors as cart_refused
from orders.checkout.output import CartOutput, cart_dict
from orders.pos import errors as refused
from orders.pos import inputs, taking
from orders.pos import operations as pos
from orders.pos.drawer import registers_visible_to
from orders.pos.price_check import PriceCheck, price_check
from orders.pos.stack import Waiting, parked_sales


class ParkedQuery(Query):
    """At which store."""

    location_id = serializers.UUIDField(help_text=_("The store."))


class PriceCheckQuery(Query):
    """What, as seen from which till."""

    register_id = serializers.UUIDField(help_text=_("The till: its store and its channel."))
    text = serializers.CharField(max_length=120, help_text=_("A barcode, a SKU, or words."))


class ParkedSaleOutput(Output):
    """A sale that was laid aside."""

    cart_id = serializers.UUIDField(help_text=_("The cart that it is."))
    register_id = serializers.UUIDField(help_text=_("At which till it was."))
    register_name = serializers.CharField(help_text=_("Its name."))
    customer_id = serializers.UUIDField(allow_null=True, help_text=_("Whose it is, if known."))
    customer_name = serializers.CharField(allow_blank=True, help_text=_("Their name."))
    items = serializers.IntegerField(help_text=_("How many things."))
    names = serializers.ListField(
        child=serializers.CharField(), help_text=_("The first three of them.")
    )
    total = MoneyField(help_text=_("At the prices of now."))
    taken = MoneyField(help_text=_("What was paid already."))
    parked_at = serializers.DateTimeField(help_text=_("When."))
    parked_by = serializers.CharField(allow_blank=True, help_text=_("By whom."))


class ParkedSalesOutput(Output):
    """All of a store, the last one first."""

    results = ParkedSaleOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Always null: they are few."))


class StoreWithItOutput(Output):
    """Another store that has it."""

    location_id = serializers.UUIDField(help_text=_("Which."))
    name = serializers.CharField(help_text=_("Its name."))
    available = serializers.IntegerField(help_text=_("Units that it may promise."))
    distance_km = serializers.FloatField(allow_null=True, help_text=_("As the crow flies."))
    is_open = serializers.BooleanField(help_text=_("Whether it is open now."))
    next_change_at = serializers.DateTimeField(
        allow_null=True, help_text=_("Until when it is open, or closed.")
    )


class PriceCheckOutput(Output):
    """A variant, what it costs here, and where it is."""

    variant_id = serializers.UUIDField(help_text=_("Which."))
    sku = serializers.CharField(help_text=_("Its SKU."))
    name = serializers.CharField(help_text=_("Its name."))
    price = MoneyField(allow_null=True, help_text=_("Null: not sold here."))
    price_quantity = serializers.IntegerField(help_text=_("Units that the price is for."))
    here = serializers.IntegerField(help_text=_("Units that this counter may sell."))
    elsewhere = StoreWithItOutput(many=True, help_text=_("The nearest stores that have it."))


class PriceChecksOutput(Output):
    """What was found, best first."""

    results = PriceCheckOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Always null: they are few."))


class ParkedSales(Endpoint):
    """Sales that were laid aside."""

    permission = Permission.POS_SELL
    query = ParkedQuery
    errors = [NotFound]

    @extend_schema(responses=ParkedSalesOutput)
    def get(self, request: Request) -> Answer:
        """What waits at the tills of a store."""
        rows = parked_sales(self.actor, self.params["location_id"])
        return self.listed([_parked(row) for row in rows])


class RecallSale(Endpoint):
    """A sale that goes on."""

    permission = Permission.POS_SELL
    idempotency = {"POST": PLAIN}
    errors = [
        NotFound,
        refused.ShiftNotOpen,
        cart_refused.CartAtTill,
        cart_refused.CartOfOtherCurrency,
        taking.TendersTaken,
        InvalidTransition,
    ]

    @extend_schema(request=inputs.CartAtTillInput, responses=CartOutput)
    def post(self, request: Request, cart_id: UUID) -> Answer:
        """Open a parked sale at this till; the one that is open here is laid aside."""
        given = self.given(inputs.CartAtTillInput, request)
        state = pos.recall_sale(cart_id=cart_id, actor=self.actor, **given)
        return self.ok(cart_dict(state))


class CheckPrice(Endpoint):
    """What it costs, and who has it."""

    permission = Permission.POS_SELL
    query = PriceCheckQuery
    errors = [NotFound]

    @extend_schema(responses=PriceChecksOutput)
    def get(self, request: Request) -> Answer:
        """Price here, stock here, and the nearest stores that have it, by a code or words."""
        tills = registers_visible_to(self.actor, Permission.POS_SELL)
        till = tills.filter(pk=self.params["register_id"]).first()
        if till is None:
            raise NotFound
        found = price_check(
            self.actor,
            text=self.params["text"],
            location_id=till.location_id,
            channel_id=till.channel_id,
        )
        return self.listed([_checked(each) for each in found])


def _parked(row: Waiting) -> dict[str, object]:
    return {
        "cart_id": row.cart_id,
        "register_id": row.register_id,
        "register_name": row.register_name,
        "customer_id": row.customer_id,
        "customer_name": row.name,
        "items": row.items,
        "names": list(row.names),
        "total": Money(row.total_minor, row.currency),
        "taken": Money(row.taken_minor, row.currency),
        "parked_at": row.touched_at,
        "parked_by": row.parked_by,
    }


def _checked(each: PriceCheck) -> dict[str, object]:
    price = each.price_minor
    return {
        "variant_id": each.variant.id,
        "sku": each.variant.sku,
        "name": each.variant.label,
        "price": None if price is None else Money(price, each.currency),
        "price_quantity": each.price_quantity,
        "here": each.variant.available,
        "elsewhere": [
            {
                "location_id": store.location_id,
                "name": store.name,
                "available": store.available,
                "distance_km": store.distance_km,
                "is_open": store.is_open,
                "next_change_at": store.next_change_at,
            }
            for store in each.elsewhere
        ],
    }
