"""The walk itself: call routes as principals, each call undone, and tell what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.db import transaction

from omni.access.matrix import Entry
from omni.lab import authz
from omni.lab.authz import PASS, Case, filled, kinds_of
from omni.lab.authz_cases import CASES
from tests.api.canaries import Caller, Ids, World, random_of, told_in

# Got through to the business, which may have its own reasons.
REACHED = frozenset({200, 201, 202, 204, 400, 409, 422, 503})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an answer should not have been."""

    who: str
    route: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.route}: {self.what}"


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the values that it sends and how it was answered."""

    route: str
    answer: Any
    sent: Mapping[str, Any]

    @property
    def text(self) -> str:
        head = "\n".join(f"{name}: {value}" for name, value in self.answer.headers.items())
        if self.answer.streaming:
            return f"{head}\n{self.answer.getvalue().decode('utf-8', 'replace')}"
        return f"{head}\n{self.answer.content.decode('utf-8', 'replace')}"

    def likeness(self, changed: set[str]) -> str:
        """The answer without the ids of these kinds, which alone differ between two calls."""
        return authz.likeness(
            status=self.answer.status_code,
            headers=self.answer.headers,
            body=self.answer.content,
            sent={kind: self.sent[kind] for kind in changed},
        )


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written within is rolled back, also by processes with durable blocks."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # durable blocks may begin within, as within the test's own
    with block:
        yield
        transaction.set_rollback(True)


def send(caller: Caller, entry: Entry, case: Case, query: Mapping[str, Any], ids: Ids) -> Call:
    """One request; what it writes does not stay."""
    case = replace(case, queries=(query,))
    path = authz.address(entry.path, case, ids)
    asked = filled(query, ids)
    headers = caller.headers | {"Idempotency-Key": str(uuid4())}
    if "X-Order-Token" in headers and {"sold_order", "return"} & set(case.path.values()):
        headers["X-Order-Token"] = caller.own["sold_token"]
    body = "" if case.body is None else json.dumps(filled(case.body, ids))
    sent = {kind: ids[kind] for kind in kinds_of(case)}
    with undone():
        answer = caller.client.generic(
            entry.method,
            f"{path}?{urlencode(asked)}" if asked else path,
            body,
            content_type="application/json",
            headers=headers,
        )
    asking = "?" + urlencode(asked) if asked else ""
    return Call(f"{entry.method} {path}{asking}", answer, sent)


def walk(
    world: World,
    *,
    names: frozenset[str],
    wanted: Callable[[Entry], bool] = lambda _entry: True,
) -> Iterator[Finding]:
    """What is wrong with these principals at these routes, route by route, as it is found."""
    for entry in authz.endpoints():
        if not wanted(entry):
            continue
        for who in authz.PRINCIPALS:
            if who.name in names:
                yield from _visit(world, who, world.callers[who.name], entry)


def gets(
    caller: Caller, ids: Ids, wanted: Callable[[str], bool] = lambda _path: True
) -> Iterator[Call]:
    """Every GET with these ids that answers 200."""
    for entry in authz.endpoints():
        case = CASES[f"{entry.method} {entry.path}"]
        if entry.method != "GET" or not wanted(entry.path):
            continue
        for query in case.queries:
            named = kinds_of(replace(case, queries=(query,)))
            if any(kind not in ids for kind in named):
                continue
            call = send(caller, entry, case, query, ids)
            if call.answer.status_code == 200:
                yield call


def _visit(world: World, who: authz.Principal, caller: Caller, entry: Entry) -> Iterator[Finding]:
    """Refused: with ids of others and of nobody alike. Let through: own ids get through, and ids of
    others answer like ids of nobody."""
    case = CASES[f"{entry.method} {entry.path}"]
    gate = who.gate(entry.permission)
    for query in case.queries:
        asked = replace(case, queries=(query,))
        some = _complete(caller.own or caller.foreign[0], world)
        own = send(caller, entry, asked, query, some)
        yield from _judge(world, who, caller, entry, own)
        if gate == PASS:
            yield from _own(who, caller, entry, asked, own)
            yield from _compare(world, who, caller, entry, asked)
        else:
            nobodys = send(caller, entry, asked, query, _random(some, set(some)))
            yield from _judge(world, who, caller, entry, nobodys)


def _judge(
    world: World, who: authz.Principal, caller: Caller, entry: Entry, call: Call
) -> Iterator[Finding]:
    """What no answer may be, whatever ids were sent."""
    route, gate = f"{entry.method} {entry.path}", who.gate(entry.permission)
    for leak in sorted(told_in(call.text, world, caller.sees, call.sent)):
        yield Finding(who.name, route, f"{call.route} tells {leak}")
    status = call.answer.status_code
    if gate != PASS and status != gate:
        yield Finding(who.name, route, f"{status} instead of {gate}")
    if status >= 500 and status != 503:
        yield Finding(who.name, route, f"{status}")


def _own(
    who: authz.Principal, caller: Caller, entry: Entry, case: Case, call: Call
) -> Iterator[Finding]:
    if not case.reaches or any(kind not in caller.own for kind in kinds_of(case)):
        return
    status = call.answer.status_code
    if status in REACHED and (entry.method != "GET" or status == 200):
        return
    told = call.answer.content.decode("utf-8", "replace")[:300]
    yield Finding(who.name, f"{entry.method} {entry.path}", f"own answered {status}: {told}")


def _compare(
    world: World, who: authz.Principal, caller: Caller, entry: Entry, case: Case
) -> Iterator[Finding]:
    """Foreign ids, alone and all together, answer like ids of nobody."""
    route, query = f"{entry.method} {entry.path}", case.queries[0]
    named = kinds_of(case)
    nobodys: dict[frozenset[str], Call] = {}
    for other in caller.foreign:
        own = {**other, **caller.own}
        kinds = [kind for kind in named if kind in other and other[kind] != own[kind]]
        sets = [{kind} for kind in kinds] + ([set(kinds)] if len(kinds) > 1 else [])
        for chosen in map(frozenset, sets):
            theirs = own | {kind: other[kind] for kind in chosen}
            left = send(caller, entry, case, query, theirs)
            yield from _judge(world, who, caller, entry, left)
            if chosen not in nobodys:
                ids = _random(theirs, set(chosen))
                nobodys[chosen] = send(caller, entry, case, query, ids)
            told = _difference(left, nobodys[chosen], set(chosen))
            if told:
                what = f"{left.route}: foreign {'+'.join(sorted(chosen))} is told from random"
                yield Finding(who.name, route, what + told)


def _difference(left: Call, right: Call, chosen: set[str]) -> str:
    mine, other = (call.likeness(chosen).splitlines() for call in (left, right))
    told = [f"\n    {line}" for line in mine if line not in other]
    return "".join(told + [f"\n  ≠ {line}" for line in other if line not in mine])


def _complete(ids: Ids, world: World) -> Ids:
    """Ids for every kind: what somebody has none of is another's."""
    return {**world.ids["head"], **world.ids["eve"], **ids}


def _random(ids: Ids, chosen: set[str]) -> Ids:
    keep = {"cart_version", "cart_total"}
    return ids | {kind: random_of(kind, ids[kind]) for kind in chosen - keep}
