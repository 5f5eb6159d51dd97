"""A world in which every principal owns canaries in rows of every kind.

Each row belongs to a party (``eve``, ``lyon``, ``web-a``…). Its texts carry the party's tag
(``zq-eve-qz``), its id is remembered as the party's. So an answer that holds a tag or an id of a
party that the caller must not see is a leak, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import connection, models
from django.test import Client

from customers.accounts.models import Account, ChallengePurpose, EmailChallenge
from customers.consent import operations as consent
from customers.identity.models import Identifier
from customers.profiles import address_book
from customers.profiles import operations as profiles
from customers.profiles.postal import AddressDraft
from inventory.catalog.models import Assortment, Category, Variant
from inventory.channels.models import Channel, ChannelKind
from inventory.locations.models import CapacitySlot, Location
from inventory.stock import operations as stock
from journeys.timeline import operations as timeline
from omni.access.actor import SYSTEM, Actor
from omni.access.operations import log_view
from omni.core import clock
from omni.core.money import Money
from omni.events import operations as events
from omni.events.models import ParkedAggregate
from omni.lab.authz import CLERK, EVERYTHING, MANAGER
from omni.webhooks import operations as webhooks
from omni.webhooks.models import WebhookDelivery
from omni.work import operations as work
from omni.work.operations import Matter
from orders.aftersales import operations as aftersales
from orders.checkout import operations as checkout
from orders.fulfilment.models import FulfilmentOrder
from orders.payments import operations as payments
from orders.payments.models import Payment, ProviderEvent
from orders.payments.operations import OnlineStart
from orders.pos import operations as pos
from orders.pos.models import Register
from orders.sales.models import OrderLine
from tests.factories.customers import PASSWORD, make_account, make_customer, make_identifier
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
from tests.factories.omni import (
    key_headers,
    make_api_key,
    make_channel_key,
    make_session_token,
    make_staff,
    shop_headers,
    staff_client,
)
from tests.factories.orders import make_shipping_rate, make_tax_rate
from tests.factories.orders_work import collect, take_payment

OUR_APPS = ("omni", "inventory", "customers", "orders", "journeys")
TAG = re.compile(r"zq-([a-z-]+?)-qz")
Ids = dict[str, Any]


def tag(party: str) -> str:
    """What the party's texts carry."""
    return f"zq-{party}-qz"


@dataclass
class Caller:
    """A principal with its way in, what it may see, and what it calls its own."""

    name: str
    client: Client
    headers: dict[str, str]
    sees: frozenset[str]
    own: Ids
    foreign: list[Ids] = field(default_factory=list)

    def copy(self) -> Caller:
        """The same caller with cookies of its own."""
        client = Client()
        for name, morsel in self.client.cookies.items():
            client.cookies[name] = morsel.value
        return replace(self, client=client)


@dataclass
class World:
    """Who calls, and whose each id is."""

    callers: dict[str, Caller] = field(default_factory=dict)
    ids: dict[str, Ids] = field(default_factory=dict)
    owner_of: dict[str, str] = field(default_factory=dict)
    _known: dict[type[models.Model], set[Any]] = field(default_factory=dict)
    _models: list[type[models.Model]] = field(default_factory=lambda: our_models())

    def copy(self) -> World:
        """The same world; what a test adds stays with the copy."""
        return replace(
            self,
            callers={name: caller.copy() for name, caller in self.callers.items()},
            ids={name: dict(ids) for name, ids in self.ids.items()},
            owner_of=dict(self.owner_of),
            _known={model: set(keys) for model, keys in self._known.items()},
        )

    @contextmanager
    def party(self, name: str) -> Iterator[None]:
        """Rows made within belong to this party."""
        self._harvest(None)
        yield
        self._harvest(name)

    def _harvest(self, name: str | None) -> None:
        for model in self._models:
            keys = [column.column for column in model._meta.pk_fields]
            texts = [f.column for f in model._meta.concrete_fields if _is_telling(f)]
            known = self._known.setdefault(model, set())
            for row in _rows(model._meta.db_table):
                key = tuple(row[column] for column in keys)
                if key in known:
                    continue
                known.add(key)
                own = [key[0]] if len(key) == 1 and isinstance(key[0], UUID) else []
                for value in [*own, *(row.get(column) or "" for column in texts)]:
                    if name and len(str(value)) > 5:
                        self.owner_of.setdefault(str(value), name)


def our_models() -> list[type[models.Model]]:
    """Every table of ours."""
    tables = set(connection.introspection.table_names())
    every = [each for each in apps.get_models() if each._meta.app_label in OUR_APPS]
    return [each for each in every if each._meta.db_table in tables and not each._meta.proxy]


def _rows(table: str) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        names = [column.name for column in cursor.description]
        yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _is_telling(column: models.Field[Any, Any]) -> bool:
    """A key of its own, or a text that occurs once: number, reference, SKU, code."""
    if column.is_relation or column.primary_key:
        return False
    return column.unique and isinstance(column, models.CharField | models.SlugField)


def build() -> World:
    """The world: Lyon sells in channel A, Nice in channel B; head office sees both."""
    world = World()
    make_tax_rate()
    with world.party("shared"):
        shared = make_variant(product=make_product(name="Shared"))
    for name, channel in (("lyon", "web-a"), ("nice", "web-b")):
        _store(world, name, channel, shared)
    _person(world, "eve", "lyon", "web-a")
    _person(world, "dan", "nice", "web-b")
    _guest(world, "gil", "lyon", "web-a")
    _guest(world, "gus", "nice", "web-b")
    with world.party("head"):
        world.ids["head"] = _webhooks()
        _papers()
    events.drain()
    world._harvest("head")
    _callers(world)
    return world


# --- places ---------------------------------------------------------------------------------------


def _store(world: World, name: str, channel_name: str, shared: Variant) -> None:
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
        ids |= _work(name, location) | _till(name, location, [variant, shared])
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


def _work(name: str, location: Location) -> Ids:
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
    return {
        "shop": shop.pk,
        "register": register.pk,
        "shift": shift.pk,
        "till_order": sale.order.pk,
    }


def _webhooks() -> Ids:
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


def _papers() -> None:
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


# --- people ---------------------------------------------------------------------------------------


def _person(world: World, name: str, store: str, channel_name: str) -> None:
    place = world.ids[store]
    ids = dict(place)
    with world.party(f"{name}-profile"):
        account = make_account(
            email=f"{name}.{tag(name + '-profile')}@example.com",
            channel_id=place["channel"],
            password=PASSWORD,
        )
        ids |= _profile(name, account, place)
    with world.party(f"{name}-notes"):
        profiles.write_note(
            customer_id=account.customer_id, text=tag(f"{name}-notes"), actor=SYSTEM
        )
    with world.party(name):
        session = make_session_token(
            account.user, place["channel"], customer_id=account.customer_id, device=tag(name)
        )
        ids["session"] = session.row.pk
        ids["session_secret"] = session.secret
        actor = Actor(
            kind="customer",
            user_id=account.user_id,
            customer_id=account.customer_id,
            channel_id=place["channel"],
        )
        ids |= _shopping(name, ids, actor)
        _touch(ids, account.customer_id)
        timeline.link_visitor(visitor_id=uuid4(), customer_id=account.customer_id)
    world.ids[name] = ids


def _profile(name: str, account: Account, place: Ids) -> Ids:
    mark, customer_id = tag(f"{name}-profile"), account.customer_id
    profiles.change_customer(
        customer_id=customer_id,
        changes=profiles.CustomerChanges(name=mark, given_name=mark, family_name=mark),
        actor=SYSTEM,
    )
    draft = AddressDraft(name=mark, street=mark, postal_code="69001", city="Lyon", country="FR")
    saved = address_book.add_address(customer_id=customer_id, draft=draft, actor=SYSTEM)
    consent.record_consent(
        customer_id=customer_id,
        decision=consent.Decision("email_marketing", True, mark, place["channel"]),
        actor=SYSTEM,
    )
    now = clock.now()
    challenge = EmailChallenge.objects.create(
        purpose=ChallengePurpose.PASSWORD_RESET,
        email=account.user.email,
        user=account.user,
        channel_id=place["channel"],
        code_digest="0" * 64,
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return {
        "customer": customer_id,
        "buyer": customer_id,
        "address": saved.address.pk,
        "identifier": Identifier.objects.filter(customer_id=customer_id).first().pk,
        "email": account.user.email,
        "challenge": challenge.pk,
    }


def _guest(world: World, name: str, store: str, channel_name: str) -> None:
    ids = dict(world.ids[store])
    profile = f"{name}-profile"
    with world.party(profile):  # known by the address before, so that the order is attached to it
        known = make_customer(name=tag(profile))
        make_identifier(customer=known, value=f"{name}.order@example.com")
    with world.party(name):
        actor = Actor(kind="anonymous", channel_id=ids["channel"])
        ids |= _shopping(name, ids, actor)
    ids["email"] = f"nobody-{name}@example.com"
    world.ids[name] = ids


def _touch(ids: Ids, customer_id: UUID) -> None:
    timeline.capture_interactions(
        captures=[
            timeline.Capture(
                kind="call.noted",
                key=f"call-{customer_id}",
                facts={"text": "asked for gloves"},
                customer_id=customer_id,
                location_id=ids["location"],
            )
        ],
        actor=SYSTEM,
    )


def _shopping(name: str, ids: Ids, actor: Actor) -> Ids:
    """An order to be collected, paid online; one that was collected, of which a unit shall come
    back; a cart that is still open."""
    done = _ordered(name, ids, actor)
    start = OnlineStart(
        order_id=done.order.pk,
        reference=f"online:{tag(name)}",
        return_url="https://shop.example/back",
        card_token="tok_visa",
    )
    payments.start_payment(start=start, actor=SYSTEM)
    work_row = FulfilmentOrder.objects.get(order=done.order)
    second = _cart(name, ids, actor)
    opened = checkout.read_cart(second, actor=actor)
    return _collected(name, ids, actor) | {
        "order": done.order.pk,
        "order_token": done.token or "",
        "order_number": done.order.number,
        "order_email": done.order.email,
        "order_reason": f"order:{done.order.pk}",
        "order_line": OrderLine.objects.get(order=done.order).pk,
        "payment": Payment.objects.filter(order=done.order).latest("pk").pk,
        "fulfilment_order": work_row.pk,
        "work_line": work_row.lines.get().pk,
        "cart": second.cart_id,
        "cart_token": second.token,
        "cart_line": opened.lines[0].id,
        "cart_version": opened.header.version,
        "cart_total": {"amount": opened.quote.total_minor, "currency": "EUR"},
    }


def _ordered(name: str, ids: Ids, actor: Actor) -> checkout.CheckedOut:
    cart = _cart(name, ids, actor)
    state = checkout.read_cart(cart, actor=actor)
    total = Money(state.quote.total_minor, state.header.currency)
    intent = checkout.Intent(state.header.version, total, checkout.PAY_AT_COLLECTION)
    return checkout.check_out_cart(cart=cart, intent=intent, actor=actor)


def _collected(name: str, ids: Ids, actor: Actor) -> Ids:
    done = _ordered(name, ids, actor)
    take_payment(done.order, done.order.total_minor)
    collect(done.order)
    payments.refund_payment(
        order_id=done.order.pk,
        amount_minor=1,
        reference=f"walk:{tag(name)}",
        reason=tag(name),
        actor=SYSTEM,
    )
    line = OrderLine.objects.get(order=done.order)
    case = aftersales.request_return(
        order_id=done.order.pk,
        units=[aftersales.ReturnUnits(line.pk, 1)],
        reason=tag(name),
        order_token=done.token or "",
        actor=actor,
    )
    return {
        "sold_order": done.order.pk,
        "sold_token": done.token or "",
        "sold_line": line.pk,
        "receipt": done.order.number,
        "return": case.pk,
        "return_line": case.lines.get().pk,
    }


def _cart(name: str, ids: Ids, actor: Actor) -> checkout.CartRef:
    opened = checkout.create_cart(actor=actor, device_id=tag(name))
    cart = checkout.CartRef(opened.state.header.id, opened.token)
    wish = checkout.Wish(ids["own_variant"], 2, "pickup", ids["location"])
    version = opened.state.header.version
    state = checkout.add_line(cart=cart, version=version, wish=wish, actor=actor)
    contact = checkout.Contact(tag(name), f"{name}.order@example.com")
    checkout.set_contact(cart=cart, version=state.header.version, contact=contact, actor=actor)
    return cart


# --- callers --------------------------------------------------------------------------------------

STAFF_SEE = frozenset({"shared", "web-a", "web-b"})
STAFF_SEE |= {"eve-profile", "dan-profile", "gil-profile", "gus-profile"}
NOTES = frozenset({"eve-notes", "dan-notes"})
AT_LYON = frozenset({"lyon", "lyon-store", "eve", "gil"})
AT_NICE = frozenset({"nice", "nice-store", "dan", "gus"})
# Not foreign to staff: customers belong to no store, the catalog is one.
OF_ALL_STAFF = frozenset({"customer", "address", "identifier", "email", "variant", "own_variant"})
OF_ALL_STAFF |= {"shop", "sku", "product_slug", "category_slug", "visitor", "challenge", "session"}


def _callers(world: World) -> None:
    ids = world.ids
    web_a, web_b = (make_channel_key(ids[place]["channel"]) for place in ("lyon", "nice"))

    def add(name: str, sees: frozenset[str], own: Ids, foreign: list[Ids], **way: Any) -> None:
        client = way.get("client") or Client()
        world.callers[name] = Caller(name, client, way.get("headers", {}), sees, own, foreign)

    at_a = frozenset({"shared", "web-a", "lyon-store"})
    at_b = frozenset({"shared", "web-b", "nice-store"})
    everyone = [ids["eve"], ids["dan"]]
    add("anonymous", frozenset(), {}, everyone)
    add(
        "guest",
        at_a | {"gil"},
        ids["gil"],
        [_of_shoppers(ids["eve"]), _of_shoppers(ids["dan"])],
        headers=shop_headers(web_a, **_tokens(ids["gil"])),
    )
    for name, who, key, seen, others in (
        ("customer", "eve", web_a, at_a, ("dan", "gil")),
        ("other customer", "dan", web_b, at_b, ("eve", "gus")),
    ):
        session = f"Bearer {ids[who]['session_secret']}"
        add(
            name,
            seen | {who, f"{who}-profile"},
            ids[who],
            [_of_shoppers(ids[each]) for each in others],
            headers=shop_headers(key, Authorization=session, **_tokens(ids[who])),
        )
    _staff(world, add)


def _staff(world: World, add: Any) -> None:
    ids = world.ids
    lyon, nice = ids["lyon"]["location"], ids["nice"]["location"]
    at_lyon, at_nice = STAFF_SEE | NOTES | AT_LYON, STAFF_SEE | NOTES | AT_NICE
    far_from_lyon = [_of_place(ids["dan"]), _of_place(ids["gus"])]
    far_from_nice = [_of_place(ids["eve"]), _of_place(ids["gil"])]
    for name, held in (("clerk", CLERK), ("manager", MANAGER)):
        client = staff_client(make_staff(*held, location_id=lyon))
        add(name, at_lyon, ids["eve"], far_from_lyon, client=client)
    client = staff_client(make_staff(*MANAGER, location_id=nice))
    add("other store", at_nice, ids["dan"], far_from_nice, client=client)
    key = make_api_key(*MANAGER, scope_kind="location", scope_ids=[nice])
    add("key of other scope", at_nice, ids["dan"], far_from_nice, headers=key_headers(key))
    key = make_api_key("catalog.view", scope_kind="location", scope_ids=[lyon])
    add("narrow key", frozenset(), {}, [ids["eve"], ids["dan"]], headers=key_headers(key))
    everything = frozenset(world.owner_of.values()) | STAFF_SEE | NOTES | AT_LYON | AT_NICE
    client = staff_client(make_staff(*EVERYTHING))
    add("head office", everything, ids["eve"] | ids["head"], [], client=client)


def _tokens(ids: Ids) -> dict[str, str]:
    return {"X-Cart-Token": ids["cart_token"], "X-Order-Token": ids["order_token"]}


# The version and the total are no secrets: they are sent as they are, with every id.
PLAIN = frozenset({"cart_version", "cart_total", "variant", "visitor", "category_slug", "receipt"})


def _of_shoppers(ids: Ids) -> Ids:
    return {kind: value for kind, value in ids.items() if kind not in PLAIN}


def _of_place(ids: Ids) -> Ids:
    return {k: v for k, v in ids.items() if k not in PLAIN and k not in OF_ALL_STAFF}


def random_of(kind: str, like: Any) -> Any:
    """A value of the same form that belongs to nobody."""
    if isinstance(like, UUID):
        return uuid4()
    if isinstance(like, int):
        return 9_000_000_000 + like
    if kind == "order_reason":
        return f"order:{uuid4()}"
    if kind.endswith("email"):
        return f"{uuid4().hex}@example.com"
    if kind == "order_number":
        return like[:-6] + "999999"
    return f"{uuid4().hex}"


def more_of_nice(world: World) -> None:
    """Another guest, another delivery and more work at the store in Nice."""
    _guest(world, "guy", "nice", "web-b")
    with world.party("nice"):
        _work("nice", Location.objects.get(pk=world.ids["nice"]["location"]))
        stock_up(make_variant(), Location.objects.get(pk=world.ids["nice"]["location"]), 5)
    events.drain()


def told_in(text: str, world: World, sees: frozenset[str], sent: Mapping[str, Any]) -> set[str]:
    """The canaries in a text whose parties the caller must not see; what was sent may come back."""
    echoed = {str(value) for value in sent.values()}
    plain = text
    for value in echoed:
        plain = plain.replace(value, "")
    found = {f"{party}'s tag" for party in TAG.findall(plain) if party not in sees}
    for value in set(re.findall(r"[\w-]{6,}", plain)) - echoed:
        owner = world.owner_of.get(value)
        if owner is not None and owner not in sees:
            found.add(f"{owner}'s {value}")
    return found
