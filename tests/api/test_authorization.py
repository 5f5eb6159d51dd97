"""Who may see and do what: every route × every principal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.shortcuts import get_object_or_404

from customers.profiles.models import Address
from inventory.locations.models import Location
from inventory.stock.models import StockLevel
from omni.access.matrix import Entry
from omni.access.permissions import PUBLIC, HasPermission
from omni.lab import authz
from omni.lab.authz_cases import gaps
from orders.aftersales.models import ReturnCase
from orders.fulfilment.models import FulfilmentOrder
from orders.pos.models import Shift
from orders.sales.models import Order
from tests.api.canaries import TAG
from tests.api.walk import gets, walk
from tests.api.world import World, more_of_nice

# Lists that are one for all stores: customers belong to none.
SHARED = ("/staff/customers",)


def divided(path: str) -> bool:
    return not any(part in path for part in SHARED)


def test_every_route_has_a_case() -> None:
    assert list(gaps()) == []


@pytest.mark.parametrize("name", [each.name for each in authz.PRINCIPALS])
def test_walk_finds_nothing(world: World, name: str) -> None:
    found = dict.fromkeys(map(str, walk(world, names=frozenset({name}))))

    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_head_office_is_told_of_everybody(world: World) -> None:
    """The control: what others must not see is really in the answers."""
    told = set()
    for ids in (world.ids["eve"], world.ids["dan"], world.ids["gil"], world.ids["gus"]):
        for call in gets(world.callers["head office"], {**world.ids["head"], **ids}):
            told |= set(TAG.findall(call.text))

    people = {"eve", "dan", "gil", "gus"}
    assert told >= people | {f"{name}-profile" for name in people} | {"eve-notes", "dan-notes"}
    assert told >= {"lyon", "nice", "lyon-store", "nice-store", "web-a", "web-b", "head"}


@pytest.mark.parametrize("name", ["guest", "customer", "clerk", "manager"])
def test_rows_of_another_store_change_no_answer(world: World, name: str) -> None:
    caller = world.callers[name]
    before = {call.route: call.likeness(set()) for call in gets(caller, caller.own, divided)}

    more_of_nice(world)

    after = {call.route: call.likeness(set()) for call in gets(caller, caller.own, divided)}
    assert len(after) > 10
    assert after == before


def routes_with(part: str) -> Callable[[Entry], bool]:
    return lambda entry: part in entry.path


def finds(world: World, names: frozenset[str], wanted: Callable[[Entry], bool]) -> bool:
    """Whether the walk finds anything at these routes; it stops at the first."""
    return any(True for _ in walk(world, names=names, wanted=wanted))


def test_walk_finds_each_route_that_asks_for_no_permission(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each guarded route, with its permission taken away, is found by one principal or another.

    Not by each of them: some operations ask for the permission once more.
    """
    names = frozenset({"anonymous", "customer", "narrow key"})
    guarded = [each for each in authz.endpoints() if each.permission != PUBLIC]
    monkeypatch.setattr(HasPermission, "has_permission", lambda *_: True)

    unseen = [entry for entry in guarded if not finds(world, names, entry.__eq__)]

    assert unseen == []


SCOPES = [
    ("orders.sales.queries.orders_visible_to", lambda actor, **_: Order.objects.all(), "orders"),
    ("orders.sales.queries._opens", lambda *_: True, "orders/<uuid"),
    ("orders.payments.queries.orders_visible_to", lambda actor, **_: Order.objects.all(), "refund"),
    ("orders.checkout.reading._may_open", lambda *_: True, "carts"),
    (
        "orders.fulfilment.queries.fulfilment_orders_visible_to",
        lambda *_: FulfilmentOrder.objects.all(),
        "pickups",
    ),
    (
        "orders.aftersales.queries.return_cases_visible_to",
        lambda *_: ReturnCase.objects.all(),
        "returns/<uuid",
    ),
    ("orders.pos.drawer.shifts_visible_to", lambda *_: Shift.objects.all(), "shifts/<uuid"),
    ("omni.work.queries.visible", lambda actor, rows: rows, "tasks"),
    (
        "inventory.locations.queries.locations_visible_to",
        lambda *_: Location.objects.all(),
        "stock/receipts",
    ),
    (
        "inventory.stock.queries.levels_visible_to",
        lambda actor: StockLevel.objects.select_related("variant", "location"),
        "stock/levels",
    ),
    (
        "customers.profiles.address_book._own_address",
        lambda customer, address_id: get_object_or_404(Address, pk=address_id),
        "addresses",
    ),
    ("journeys.timeline.access._is_open", lambda *_, **__: True, "timeline"),
]


def test_walk_finds_each_scope_that_is_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    names = frozenset({"guest", "customer", "manager"})
    blind = []

    for rule, instead, part in SCOPES:
        with monkeypatch.context() as patch:
            patch.setattr(rule, instead)
            if not finds(world, names, routes_with(part)):
                blind.append(rule)

    assert blind == []
