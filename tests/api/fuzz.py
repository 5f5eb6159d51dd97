"""Cases of the schema, made by Schemathesis, led to rows that are there, and judged.

Of every operation there are three kinds of cases: what the schema allows (``positive``), what it
does not (``negative``), and the request of the walk, known to get through, into which single values
of the other two, or values that break programs, are put (``spliced``). Ids of the caller's own rows
stand in most of them, so that requests get past 400 and 404. Each request is undone.
"""

from __future__ import annotations

import copy
import json
import os
import random
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core import NotSet
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from omni.access.matrix import Entry
from omni.lab import authz
from tests.api.leading import Try, Way, lead, splice
from tests.api.walk import undone
from tests.api.world import Caller

SEED = int(os.environ.get("OMNI_FUZZ_SEED", "20"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Bodies that are no JSON, or none that can be read.
RAW: tuple[bytes, ...] = (
    b"",
    b"{",
    b"\xff\xfe{}",
    b'{"a": "\xc3"}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"null",
    b'"text"',
    b"1" * 5_000,
    b"\x00",
)
TYPES = ("text/plain", "application/xml", "multipart/form-data", "application/json; charset=utf-16")
ACCEPTS = ("text/html", "application/xml", "*/*;q=0", "application/json;q=x", "nonsense")
# Answers that say nothing of the business: the request did not get there.
SHALLOW = frozenset(
    {
        "invalid",
        "parse_error",
        "not_found",
        "not_authenticated",
        "authentication_failed",
        "not_allowed",
        "csrf_failed",
        "not_acceptable",
        "unsupported_media_type",
        "body_too_large",
        "invalid_cursor",
        "idempotency_key_missing",
        "idempotency_key_malformed",
        "internal_error",
    }
)


@dataclass
class Run:
    """What one caller's cases came to."""

    statuses: Counter[int] = field(default_factory=Counter)
    found: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)

    @property
    def cases(self) -> int:
        return sum(self.statuses.values())


def strict(document: dict[str, Any]) -> Any:
    """The schema for Schemathesis; answers may hold no field that it does not tell of."""
    document = copy.deepcopy(document)
    for name, schema in document["components"]["schemas"].items():
        if name != "Problem" and schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return openapi.from_dict(document)


def permitted(name: str) -> list[Entry]:
    """The routes whose declaration lets the caller of this name through."""
    who = authz.principal(name)
    return [each for each in authz.endpoints() if who.gate(each.permission) == authz.PASS]


def ways(schema: Any, name: str) -> list[Way]:
    """The operations that the caller may try, in a mixed, fixed order."""
    operations = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        operations[operation.method.upper(), operation.path] = operation
    found = []
    for entry in permitted(name):
        path = authz.PARAMETER.sub(lambda each: f"{{{each[2]}}}", entry.path)
        found.append(Way(operations[entry.method, path], entry))
    random.Random(SEED).shuffle(found)
    return found


def fuzz(caller: Caller, every: list[Way], cases: int) -> Run:
    """So many cases, as evenly over the operations as can be."""
    run = Run()
    caller.client.raise_request_exception = False
    for place, way in enumerate(every):
        count = cases // len(every) + (place < cases % len(every))
        for kind, number in _kinds(count, place).items():
            dice = random.Random(f"{SEED} {caller.name} {way.name} {kind}")
            for case in _generated(way, kind, number, dice):
                _attempt(case, kind, Try(way, caller, dice), run)
    return run


def _kinds(count: int, place: int) -> Counter[str]:
    """How many cases of which kind: half of them spliced, the rest by turns."""
    turns = ("spliced", "positive", "spliced", "negative")
    return Counter(turns[(place + each) % len(turns)] for each in range(count))


def _generated(way: Way, kind: str, number: int, dice: random.Random) -> list[Case]:
    """Cases as Schemathesis makes them. The first is always the plainest and is left out."""
    negative = kind == "negative" or (kind == "spliced" and dice.random() < 0.3)
    mode = GenerationMode.NEGATIVE if negative else GenerationMode.POSITIVE
    made: list[Case] = []

    @seed(dice.getrandbits(32))
    @settings(
        max_examples=number + 1,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=way.operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        made.append(case)

    try:
        collect()
    except Unsatisfiable:  # nothing in it that could be wrong
        made.append(way.operation.Case())
    chosen = made[1 : number + 1] or made[:1]
    return [_own_copy(chosen[each % len(chosen)]) for each in range(number)]


def _own_copy(case: Case) -> Case:
    copied: Case = case.operation.Case(
        path_parameters=dict(case.path_parameters or {}),
        headers=dict(case.headers or {}),
        query=copy.deepcopy(case.query),
        body=case.body if isinstance(case.body, NotSet) else copy.deepcopy(case.body),
    )
    return copied


def _attempt(case: Case, kind: str, turn: Try, run: Run) -> None:
    lead(case, turn)
    if kind == "spliced":
        splice(case, turn)
    answer, cause = _call(case, turn)
    code, name = _code(answer), turn.way.name
    run.statuses[answer.status_code] += 1
    run.tried.add(name)
    if answer.status_code < 300 or code not in SHALLOW:
        run.reached.add(name)
    for failure in _failures(case, answer):
        told = f"{name} ({kind}): {failure}\n    {case.body!r:.800} {case.query!r:.400}"
        told += f"\n    {answer.content[:400]!r}{cause}"
        run.found.setdefault(f"{name} {type(failure).__name__} {code}", told)


# --- calling and judging --------------------------------------------------------------------------


def _call(case: Case, turn: Try) -> tuple[Response, str]:
    """The request in this process, undone; the answer, and where an error came from."""
    entry, caller = turn.way.entry, turn.caller
    body, kind = _body(case, turn)
    with undone():
        answer = caller.client.generic(
            entry.method,
            _address(case, turn),
            body,
            content_type=kind,
            headers=_headers(case, turn),
        )
    caused = getattr(answer, "exc_info", None)
    cause = "\n" + "".join(traceback.format_exception(*caused)[-6:]) if caused else ""
    asked = requests.Request(entry.method, f"http://testserver{turn.way.operation.path}")
    response = Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.headers.items()},
        content=answer.content,
        request=asked.prepare(),
        elapsed=0.0,
        verify=False,
        encoding="utf-8",
    )
    return response, cause


def _address(case: Case, turn: Try) -> str:
    path = turn.way.operation.path
    for name, value in (case.path_parameters or {}).items():
        part = quote(str(value), safe="", errors="surrogatepass")
        path = path.replace(f"{{{name}}}", part)
    asked = case.query if isinstance(case.query, dict) else {}
    if not asked:
        return path
    return f"{path}?{urlencode(asked, doseq=True, errors='surrogatepass')}"


def _body(case: Case, turn: Try) -> tuple[bytes, str]:
    """The body and its type; now and then none that can be read."""
    dice = turn.dice
    kind = dice.choice(TYPES) if dice.random() < 0.03 else "application/json"
    if turn.way.entry.method != "GET" and dice.random() < 0.03:
        return dice.choice(RAW), kind
    if isinstance(case.body, NotSet):
        return b"", kind
    if isinstance(case.body, bytes):
        return case.body, kind
    return json.dumps(case.body).encode(), kind


def _headers(case: Case, turn: Try) -> dict[str, str]:
    caller, dice = turn.caller, turn.dice
    headers = caller.headers | {"Idempotency-Key": str(uuid4())}
    if "X-Order-Token" in headers and {"sold_order", "return"} & set(turn.plan.path.values()):
        headers["X-Order-Token"] = caller.own["sold_token"]
    if dice.random() < 0.05:
        made = {name: str(value) for name, value in dict(case.headers or {}).items()}
        headers |= {n: v for n, v in made.items() if v.isprintable() and _in_header(n + v)}
    if dice.random() < 0.03:
        headers["Accept"] = dice.choice(ACCEPTS)
    return headers


def _in_header(text: str) -> bool:
    return all(ord(sign) < 256 for sign in text)


def _code(answer: Response) -> str:
    """The code of a problem; empty for other answers."""
    if answer.status_code < 400:
        return ""
    try:
        return str(json.loads(answer.content)["code"])
    except (ValueError, KeyError, TypeError):
        return "not a problem"


def _failures(case: Case, answer: Response) -> list[Exception]:
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        return list(group.exceptions)
    except Failure as failure:
        return [failure]
    return []
