"""Two stores, each with its channel, its goods, its work and its till; the papers of the house."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from inventory.catalog.models import Assortment, Category, Variant
from inventory.channels.models import Channel, ChannelKind
from inventory.locations.models import CapacitySlot, Location
from inventory.stock import operations as stock
from omni.access.actor import SYSTEM, Actor
from omni.access.operations import log_view
from omni.core import clock
from omni.events.models import ParkedAggregate
from omni.lab.authz import MANAGER
from omni.webhooks import operations as webhooks
from omni.webhooks.models import WebhookDelivery
from omni.work import operations as work
from omni.work.operations import Matter
from orders.checkout import operations as checkout
from orders.payments.models import ProviderEvent
from orders.pos import operations as pos
from orders.pos.models import (
    Deposit,
    Register,
    Safe,
    SafeEntry,
    StoreDay,
    TerminalBatch,
)
from tests.api.canaries import Ids, World, tag
from tests.factories.inventory import (
    make_category,
    make_channel,
    make_listing,
    make_location,
    make_product,
    make_variant,
    serve,
    stock_up,
)
from tests.factories.omni import make_staff
from tests.factories.orders import make_shipping_rate


def add_store(world: World, name: str, channel_name: str, shared: Variant) -> None:
    with world.party(f"{name}-store"):
        location = make_location(name=tag(f"{name}-store"), street=tag(f"{name}-store"))
    with world.party("shared"):  # the tree of categories is one for all channels
        category = make_category(slug=f"category-of-{channel_name}")
    with world.party(channel_name):
        channel = make_channel(name=tag(channel_name), brand_name=tag(channel_name))
        serve(channel, location)
        product = make_product(
            name=tag(channel_name), slug=f"product-{tag(channel_name)}", category=category
        )
        variant = make_variant(product=product, sku=f"sku-{tag(channel_name)}")
        make_listing(variant, channel, 1000)
        make_listing(shared, channel, 500)
    ids = _place(channel, location, category, variant)
    with world.party(name):
        for each in (variant, shared):
            stock_up(each, location, 1000)
        stock.move_bucket(
            variant_id=variant.pk,
            location_id=location.pk,
            quantity=3,
            to_bucket="damaged",
            reason="broken",
            note=tag(name),
            reference=f"walk:{name}",
            actor=SYSTEM,
        )
        now = clock.now()
        CapacitySlot.objects.create(
            location=location,
            service="pickup",
            starts_at=now,
            ends_at=now + timedelta(hours=1),
            capacity=3,
        )
        Assortment.objects.create(location=location, category=category)
        make_shipping_rate(channel)
        ids |= add_work(name, location) | _till(name, location, [variant, shared])
    ids["variant"] = shared.pk
    world.ids[name] = ids


def _place(channel: Channel, location: Location, category: Category, variant: Variant) -> Ids:
    return {
        "channel": channel.pk,
        "location": location.pk,
        "store_code": location.code,
        "category_slug": category.slug,
        "product_slug": variant.product.slug,
        "own_variant": variant.pk,
        "sku": variant.sku,
        "challenge": uuid4(),
        "visitor": uuid4(),
    }


def add_work(name: str, location: Location) -> Ids:
    matter = Matter("walk", "location", location.pk, location.pk, {"told": tag(name)})
    asker = make_staff(*MANAGER, location_id=location.pk)
    asking = Actor(kind="staff", user_id=asker.pk, grants=())
    task = work.create_task(matter=matter, title=tag(name), actor=SYSTEM)
    approval = work.ask_approval(matter=matter, reason=tag(name), actor=asking)
    incident = work.open_incident(
        kind="walk",
        subject_kind="location",
        subject_id=location.pk,
        summary=tag(name),
        details={"told": tag(name)},
        location_id=location.pk,
        actor=SYSTEM,
    )
    return {"task": task.pk, "approval": approval.pk, "incident": incident.pk}


def _till(name: str, location: Location, variants: list[Variant]) -> Ids:
    """A till with an open shift and one sale."""
    shop = make_channel(name=tag(name), brand_name=tag(name), kind=ChannelKind.STORE)
    serve(shop, location)
    for variant in variants:
        make_listing(variant, shop, 500)
    register = Register.objects.create(
        location=location, channel=shop, code=f"till-{tag(name)}", name=tag(name)
    )
    shift = pos.open_shift(register_id=register.pk, float_minor=10_000, actor=SYSTEM)
    sale = pos.sell(
        draft=pos.SaleDraft(
            shift_id=shift.pk,
            wishes=[checkout.Wish(variants[0].pk, 1, "carry_out", location.pk)],
            tenders=[pos.TenderGiven(tender="cash", amount_minor=500)],
        ),
        actor=SYSTEM,
    )
    _day_s_end(shift.store_day, register, location)
    return {
        "shop": shop.pk,
        "register": register.pk,
        "shift": shift.pk,
        "store_day": shift.store_day_id,
        "till_order": sale.order.pk,
    }


def add_webhooks() -> Ids:
    endpoint, _secret = webhooks.create_endpoint(
        url=f"http://127.0.0.1:9/{tag('head')}",
        types=["order.*"],
        description=tag("head"),
        actor=SYSTEM,
    )
    now = clock.now()
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event_id=1, recorded_at=now, type="order.placed", next_at=now
    )
    return {"endpoint": endpoint.pk, "delivery": delivery.pk}


def add_papers() -> None:
    """What the house keeps for itself."""
    now = clock.now()
    ProviderEvent.objects.create(
        provider="psp",
        provider_event_id=tag("head"),
        type="payment.captured",
        payload={"told": tag("head")},
        received_at=now,
    )
    ParkedAggregate.objects.create(
        subscription="walk",
        aggregatetype="order",
        aggregateid=uuid4(),
        incident_id=uuid4(),
        parked_at=now,
    )
    log_view(actor=SYSTEM, kind="walk", subject_id=tag("head"), reason=tag("head"))


def _day_s_end(day: StoreDay, register: Register, location: Location) -> None:
    """What the end of a day leaves, so that its pages have rows; the day itself stays open."""
    now = clock.now()
    by: dict[str, Any] = {"principal": "system"}
    safe = Safe.objects.create(location=location, currency="EUR", balance_minor=0, last_slip=1)
    TerminalBatch.objects.create(
        store_day=day,
        register=register,
        total_minor=0,
        expected_minor=0,
        entered_at=now,
        **by,
    )
    SafeEntry.objects.create(
        safe=safe,
        store_day=day,
        kind="difference",
        amount_minor=100,
        reference=f"walk:{safe.pk}",
        occurred_at=now,
        **by,
    )
    Deposit.objects.create(
        safe=safe,
        store_day=day,
        slip_number=1,
        slip=f"slip-{safe.pk}",
        amount_minor=100,
        denominations={},
        reference=f"walk-deposit:{safe.pk}",
        occurred_at=now,
        **by,
    )
