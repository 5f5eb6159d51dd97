"""The API fed with what its schema allows and what it does not: no 5xx, nothing undocumented.

500 cases run with every test run, 5,000 with OMNI_PROVE=1; OMNI_FUZZ_SEED makes others.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from omni.events.parking import NothingParked
from omni.rest.answers import Answer
from orders.storefront.api import ShowChannel
from tests.api.fuzz import fuzz, permitted, strict, ways
from tests.api.world import World

CASES_IN_ALL = 5000 if os.environ.get("OMNI_PROVE") else 500
# The part of the operations that some case got through to: past input, ids and credentials.
DEPTH = 0.95 if os.environ.get("OMNI_PROVE") else 0.5
CALLERS = ("guest", "customer", "manager", "key of other scope", "head office")


def share(name: str) -> int:
    """The caller's part of the cases, by the operations that are open to it."""
    every = [len(permitted(each)) for each in CALLERS]
    place = CALLERS.index(name)
    upto = [CASES_IN_ALL * sum(every[:each]) // sum(every) for each in (place, place + 1)]
    return upto[1] - upto[0]


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema of the product, as Schemathesis reads it."""
    told = io.StringIO()
    call_command("spectacular", format="openapi-json", stdout=told)
    return strict(json.loads(told.getvalue()))


def test_shares_make_all_cases() -> None:
    assert sum(share(name) for name in CALLERS) == CASES_IN_ALL


@pytest.mark.parametrize("name", CALLERS)
def test_no_answer_is_an_error_or_undocumented(world: World, schema: Any, name: str) -> None:
    every = ways(schema, name)

    run = fuzz(world.callers[name], every, share(name))

    shallow = sorted(run.tried - run.reached)
    told = f"{name}: {run.cases} cases, {dict(sorted(run.statuses.items()))}"
    print(f"{told}, {len(run.reached)} of {len(every)} operations reached; not: {shallow}")
    if run.found:
        pytest.fail("\n".join([told, *run.found.values()]), pytrace=False)
    assert run.cases == share(name)
    assert len(run.tried) == len(every)
    assert len(run.reached) >= len(every) * DEPTH


def found_in(world: World, schema: Any, answer: Callable[[], Answer]) -> str:
    """What is found where one endpoint answers like that."""
    way = [each for each in ways(schema, "guest") if each.name == "GET /api/v1/channel"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ShowChannel, "get", lambda *_: answer())
        run = fuzz(world.callers["guest"], way, 12)
    return " ".join(run.found)


def test_wrong_answers_are_found(world: World, schema: Any) -> None:
    """The control: an error, a status, a code, a field and a form that nobody announced."""

    def broken() -> Answer:
        raise RuntimeError

    def undocumented() -> Answer:
        raise NothingParked

    assert "ServerError" in found_in(world, schema, broken)
    assert "UndefinedStatusCode" in found_in(world, schema, lambda: Answer({}, status=202))
    assert "JsonSchemaError" in found_in(world, schema, undocumented)
    assert "JsonSchemaError" in found_in(world, schema, lambda: Answer({"told": "too much"}))
    assert "UndefinedContentType" in found_in(world, schema, lambda: Answer({}, kind="text/html"))
