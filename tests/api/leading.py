"""Leading generated cases to rows: the caller's own ids, the request of the walk, wild values."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemathesis.generation.case import Case

from omni.access.matrix import Entry
from omni.lab import authz
from omni.lab.authz_cases import CASES
from tests.api.canaries import Caller

# What a property of this name may be filled with, beside ids of its own name.
ALSO = {
    "shift_id": "shift",
    "register_id": "register",
    "order_line_id": "sold_line",
    "pickup_id": "fulfilment_order",
    "return_id": "return",
    "number": "receipt",
    "version": "cart_version",
    "line_id": "work_line",
    "total": "cart_total",
}
# Values that pass for their JSON type but fit no column, calendar, alphabet or stack.
WILD: tuple[Any, ...] = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\U0010ffff\u202e",
    "",
    " ",
    "'; DROP TABLE x; --",
    "%s%(a)s{0}",
    "x" * 70_000,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**400,
    -1,
    0,
    1e308,
    float("nan"),
    float("inf"),
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30",
    "NaN",
    "1e999999",
    "00000000-0000-0000-0000-000000000000",
    None,
    True,
    [],
    {},
    [[[[[[[[]]]]]]]],
    {"amount": 10**30, "currency": "EUR"},
    {"amount": 1, "currency": "JPY"},
)


@dataclass(frozen=True)
class Way:
    """An operation of the schema with the route behind it."""

    operation: Any
    entry: Entry

    @property
    def name(self) -> str:
        return f"{self.entry.method} {self.entry.path}"


@dataclass(frozen=True)
class Try:
    """Who tries what, with which dice."""

    way: Way
    caller: Caller
    dice: random.Random

    @property
    def plan(self) -> authz.Case:
        return CASES[self.way.name]

    def owns(self, template: Any) -> bool:
        return all(kind in self.caller.own for kind in authz.refs_of(template))


def lead(case: Case, turn: Try) -> None:
    """Put ids of rows that are there into path, query and body: mostly, not always."""
    for name in list(case.path_parameters or {}):
        kind = turn.plan.path.get(name, "")
        if kind in turn.caller.own and turn.dice.random() < 0.9:
            case.path_parameters[name] = str(turn.caller.own[kind])
    for holder in (case.query, case.body):
        if turn.dice.random() < 0.7:
            _fill(holder, turn)


def _fill(value: Any, turn: Try) -> None:
    if isinstance(value, list):
        for each in value:
            _fill(each, turn)
    elif isinstance(value, dict):
        for name in list(value):
            kind = ALSO.get(name, str(name).removesuffix("_id"))
            if kind in turn.caller.own and turn.dice.random() < 0.9:
                own = turn.caller.own[kind]
                value[name] = str(own) if isinstance(own, UUID) else own
            else:
                _fill(value[name], turn)


def splice(case: Case, turn: Try) -> None:
    """The request of the walk, with one value of it, or one more, from elsewhere."""
    plan, dice = turn.plan, turn.dice
    query = dice.choice(plan.queries)
    made_query = case.query if isinstance(case.query, dict) else {}
    made_body = case.body if isinstance(case.body, dict) else {}
    if turn.owns(query):
        case.query = dict(authz.filled(query, turn.caller.own))
    if plan.body is not None and turn.owns(plan.body):
        case.body = copy.deepcopy(authz.filled(plan.body, turn.caller.own))
    for _each in range(dice.choice((0, 1, 1, 2))):
        on_body = isinstance(case.body, dict) and (not made_query or dice.random() < 0.7)
        _put(case.body if on_body else case.query, made_body if on_body else made_query, dice)


def _put(holder: Any, made: dict[str, Any], dice: random.Random) -> None:
    """One value from elsewhere: of the generated request, or a wild one."""
    if not isinstance(holder, dict):
        return
    if made and dice.random() < 0.5:
        name = dice.choice(sorted(made, key=str))
        holder[name] = made[name]
    elif places := list(_places(holder)):
        inner, key = dice.choice(places)
        inner[key] = copy.deepcopy(dice.choice(WILD))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document where a value stands."""
    keys = range(len(value)) if isinstance(value, list) else list(value)
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])
