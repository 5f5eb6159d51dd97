"""Every page of the console in at most twelve statements, with nothing kept, however many rows.

Pages are those of the URLconf, and what their links lead to: tabs, filters, opened rows, searches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from inventory.locations.models import Location
from omni.core.ids import uuid7
from omni.screens.checks import methods_of
from omni.screens.place import KEY
from omni.screens.views import Screen
from omni.work.models import Task
from orders.pos.models import Register
from tests.api.canaries import Ids, World
from tests.api.growth import grow
from tests.api.test_screen_authorization import WALKED, address, with_messages
from tests.factories.screens import place_at

MOST = 12
MORE = 11  # of each row
LINK = re.compile(r'(?:href|hx-get)="(/console/[^"#]*)"')
SAVEPOINT = re.compile(r"^(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO)")


@dataclass(frozen=True)
class Seen:
    """How many statements a page took when nothing was kept, and where it leads."""

    cold: int
    links: frozenset[str]


def count(client: Client, path: str) -> tuple[int, Any]:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
        statements = [each["sql"] or "" for each in asked.captured_queries]
    assert answer.status_code < 500, f"{path}: {answer.status_code}"
    return sum(not SAVEPOINT.match(each) for each in statements), answer


def look(client: Client, path: str) -> Seen:
    cache.clear()
    cold, answer = count(client, path)
    if answer.status_code in (302, 303):
        return Seen(cold, frozenset({answer.headers["Location"]}))
    found = {unescape(each) for each in LINK.findall(answer.content.decode())}
    return Seen(cold, frozenset(found))


def starts(ids: Ids) -> list[str]:
    return [
        address(route, ids)[0]
        for route, screen in WALKED
        if route.path.startswith("/console/") and "GET" in methods_of(screen)
    ]


def kind_of(path: str) -> tuple[str, frozenset[str]]:
    """Links that differ in values alone are one page; a tab is a page of its own."""
    parts = urlsplit(path)
    query = parse_qsl(parts.query, keep_blank_values=True)
    told = {f"{key}={value}" if key in ("tab", "part", "view") else key for key, value in query}
    return resolve(parts.path).route, frozenset(told)


def walk(client: Client, first: list[str]) -> dict[str, Seen]:
    """Every page, and each kind of page that they lead to."""
    seen: dict[str, Seen] = {}
    known = {kind_of(path) for path in first}
    queue = list(first)
    while queue:
        path = queue.pop(0)
        seen[path] = look(client, path)
        for link in sorted(seen[path].links):
            if link.startswith("/console/") and (kind := kind_of(link)) not in known:
                known.add(kind)
                queue.append(link)
    return seen


@pytest.fixture
def manager(world: World) -> Client:
    """Head office at the till of Lyon, in the middle of a sale."""
    with_messages(world)
    client = world.callers["head office"].client
    ids = world.ids["lyon"]
    register = Register.objects.select_related("channel").get(pk=ids["register"])
    place = place_at(Location.objects.get(pk=ids["location"]), register)
    session = client.session
    session[KEY] = {
        name: None if getattr(place, name) is None else str(getattr(place, name))
        for name in type(place).__dataclass_fields__
    }
    session.save()
    client.post("/console/till/scan", {"idempotency_key": str(uuid7()), "q": ids["sku"]})
    return client


def pages_of(world: World) -> list[str]:
    ids = {**world.ids["lyon"], **world.ids["eve"]}
    searches = {
        f"customers/{ids['customer']}": f"kind=call.noted&channel={ids['channel']}",
        "find": f"q={ids['receipt']}",
        "orders": f"q={ids['receipt']}",
        "stock": f"q={ids['sku'][:6]}",
        "customers": f"q={ids['email'][:5]}",
    }
    peek = f"/console/find?peek=1&q={ids['sku'][:6]}"
    return [*starts(ids), peek, *(f"/console/{path}?{query}" for path, query in searches.items())]


def judged(client: Client, few: dict[str, Seen]) -> Iterator[str]:
    """The pages that ask too often, or the more often the more there is. Once more, nothing may
    be asked that was kept. A table that had no rows for a page before is one statement more."""
    for path, before in few.items():
        seen = look(client, path)
        again, _answer = count(client, path)
        if max(before.cold, seen.cold) > MOST or again > seen.cold or seen.cold > before.cold + 1:
            yield f"{path}: {before.cold} with few rows, {seen.cold} with many, {again} once more"


def test_no_page_asks_more_than_twelve_times_however_many_rows(
    world: World, manager: Client
) -> None:
    few = walk(manager, pages_of(world))
    grow(MORE)

    found = list(judged(manager, few))

    assert len(few) > 120  # the walk follows links: tabs, filters, opened rows
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("is_growing", [False, True])
def test_page_that_asks_too_often_is_found(
    manager: Client, monkeypatch: pytest.MonkeyPatch, *, is_growing: bool
) -> None:
    """The control: a page that asks thirteen times, and one that asks for each task."""
    show = Screen.show

    def asking(screen: Screen, *given: Any, **more: Any) -> Any:
        for _number in range(Task.objects.count() if is_growing else MOST):
            Task.objects.exists()
        return show(screen, *given, **more)

    monkeypatch.setattr(Screen, "show", asking)
    few = {"/console/tasks": look(manager, "/console/tasks")}
    at_first = list(judged(manager, few))
    grow(2)

    found = list(judged(manager, few))

    assert bool(at_first) is not is_growing
    assert found
