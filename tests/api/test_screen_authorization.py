"""Who may open and do what on the pages: every screen × every member of staff, with canaries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from omni.access.actor import Actor
from omni.core.ids import uuid7
from omni.lab import authz
from omni.messages.models import Message
from omni.rest.checks import Route
from omni.screens.checks import methods_of, screens
from omni.screens.declarations import OPEN, STAFF
from omni.screens.place import KEY
from omni.screens.views import Screen
from tests.api.canaries import Caller, Ids, World, told_in
from tests.api.walk import Call, undone
from tests.factories.screens import place_at

from inventory.locations.models import Location  # isort: skip

# Where a store is, is no secret: staff are told of all that have a thing or served a customer.
STORES = frozenset({"lyon-store", "nice-store"})
# What an address names, by the kind of row of the world. A value that no row has is anybody's.
KINDS = {
    "order_id": "order",
    "work_id": "fulfilment_order",
    "return_id": "return",
    "customer_id": "customer",
    "variant_id": "variant",
    "task_id": "task",
    "incident_id": "incident",
    "approval_id": "approval",
    "number": "receipt",
    "identifier_id": "identifier",
    "shift_id": "shift",
    "register_id": "register",
    "cart_id": "cart",
    "location_id": "location",
    "message_id": "message",
}
PLACE_OF = {"clerk": "lyon", "manager": "lyon", "other store": "nice", "head office": "lyon"}
WORKERS = ["clerk", "manager", "other store"]
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
WALKED = [(route, screen) for route, screen in screens() if screen.permission != OPEN]


def at_their_store(world: World, name: str) -> Caller:
    """The caller with a session that stands at their store."""
    caller = world.callers[name]
    location = Location.objects.get(pk=world.ids[PLACE_OF[name]]["location"])
    session = caller.client.session
    place = place_at(location)
    session[KEY] = {
        field: None if value is None else str(value)
        for field in type(place).__dataclass_fields__
        for value in [getattr(place, field)]
    }
    session.save()
    return caller


def with_messages(world: World) -> None:
    """A message of each person's order is a row of theirs too."""
    for name in ("eve", "dan"):
        ids = world.ids[name]
        for row in Message.objects.filter(subject_id=str(ids["order"])):
            ids["message"] = row.pk
            world.owner_of[str(row.pk)] = name


def address(route: Route, ids: Ids) -> tuple[str, dict[str, Any]]:
    """The address with these ids, and what was sent in it."""
    sent: dict[str, Any] = {}

    def value(match: re.Match[str]) -> str:
        kind, name = match.groups()
        made = ids.get(KINDS.get(name, ""), None)
        if made is None:
            made = uuid4() if kind == "uuid" else 900_000_001 if kind == "int" else "nobody"
        sent[name] = made
        return str(made)

    return PARAMETER.sub(value, route.path), sent


def ask(caller: Caller, route: Route, method: str, ids: Ids) -> Call:
    path, sent = address(route, ids)
    caller.client.raise_request_exception = False
    with undone():
        if method == "GET":
            answer = caller.client.get(path)
        else:
            form = {"idempotency_key": str(uuid7()), "next": "/console/find"}
            answer = caller.client.post(path, form)
    caller.client.cookies.pop("messages", None)
    return Call(f"{method} {path}", answer, sent)


def gate(who: authz.Principal, screen: type[Screen], method: str) -> bool:
    """Whether the screen opens for this person at all."""
    declared = screen.declared_permission(method)
    return declared == STAFF or declared in who.holds


def judged(world: World, who: authz.Principal, caller: Caller) -> Iterator[str]:
    """What is wrong with this person at any screen."""
    for route, screen in WALKED:
        for method in methods_of(screen):
            own = ask(caller, route, method, caller.own)
            calls = [own]
            if not gate(who, screen, method):
                if own.answer.status_code != 403:
                    yield f"{own.route}: {own.answer.status_code} without a grant"
            elif PARAMETER.search(route.path):
                yield from _compared(caller, route, method, calls)
            for call in calls:
                if call.answer.status_code >= 500:
                    yield f"{call.route}: {call.answer.status_code}"
                for leak in told_in(call.text, world, caller.sees | STORES, call.sent):
                    yield f"{call.route} tells {leak}"


def _compared(caller: Caller, route: Route, method: str, calls: list[Call]) -> Iterator[str]:
    """Ids of others answer like ids of nobody."""
    asked = {KINDS.get(name, "") for _kind, name in PARAMETER.findall(route.path)}
    for other in caller.foreign:
        theirs = {kind: other[kind] for kind in asked if kind in other}
        if not theirs:
            continue
        foreign = ask(caller, route, method, caller.own | theirs)
        nobody = {kind: uuid4() for kind in theirs}
        if "receipt" in nobody:
            nobody["receipt"] = "R-999999"  # type: ignore[assignment]
        nobodys = ask(caller, route, method, caller.own | nobody)
        calls += [foreign, nobodys]
        if _seen(foreign) != _seen(nobodys):
            yield f"{foreign.route}: {_seen(foreign)} is told from random {_seen(nobodys)}"


def _seen(call: Call) -> tuple[int, str]:
    to = call.answer.headers.get("Location", "")
    for value in map(str, call.sent.values()):
        to = to.replace(value, "<id>")
    return call.answer.status_code, to


@pytest.mark.parametrize("name", WORKERS)
def test_pages_show_and_do_only_what_is_granted_here(world: World, name: str) -> None:
    cache.clear()
    with_messages(world)
    caller = at_their_store(world, name)

    found = list(dict.fromkeys(judged(world, authz.principal(name), caller)))

    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_strangers_come_to_the_sign_in_and_write_nothing(world: World) -> None:
    stranger = Caller("anonymous", Client(), {}, frozenset(), {}, [])

    for route, screen in WALKED:
        for method in methods_of(screen):
            call = ask(stranger, route, method, world.ids["eve"])
            to = call.answer.headers.get("Location", "")
            assert (call.answer.status_code, to.split("?")[0]) == (302, "/staff/sign-in"), (
                call.route
            )


def test_head_office_sees_what_others_must_not(world: World) -> None:
    """The control: what others must not see is really on the pages."""
    cache.clear()
    with_messages(world)
    caller = at_their_store(world, "head office")
    told = ""
    for who in ("eve", "dan"):
        for route, screen in WALKED:
            if hasattr(screen, "get"):
                call = ask(caller, route, "GET", {**world.ids["head"], **world.ids[who]})
                assert call.answer.status_code not in (403, 500), call.route
                told += call.text

    leaks = told_in(told, world, frozenset(), {})
    assert {f"{party}'s tag" for party in ("eve", "dan", "lyon", "nice")} <= leaks


def test_page_that_forgets_the_store_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without narrowing to granted stores the walk finds it."""
    cache.clear()
    caller = at_their_store(world, "clerk")
    monkeypatch.setattr(Actor, "location_ids", lambda self, permission: None)

    assert next(judged(world, authz.principal("clerk"), caller), None)
