"""What PostgreSQL says that a statement costs: EXPLAIN (ANALYZE, BUFFERS), read and printed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Statement = tuple[str, Mapping[str, Any]]
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS)"
EXPLAIN_JSON = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of the server, medians, and the pages that execution touched."""

    planning_ms: float
    execution_ms: float
    buffers: int

    @property
    def ms(self) -> float:
        return self.planning_ms + self.execution_ms


def costs(cursor: Any, bundles: Sequence[Sequence[Statement]], *, repeats: int) -> list[Cost]:
    """What each bundle of statements costs: the median of several turns after one that warms up.

    The bundles take turns, so that whatever else the machine does falls on all of them alike.
    """
    turns = [
        [[_plan(cursor, *statement) for statement in bundle] for bundle in bundles]
        for _number in range(repeats + 1)
    ][1:]
    return [_cost([turn[number] for turn in turns]) for number in range(len(bundles))]


def _cost(runs: Sequence[Sequence[Mapping[str, Any]]]) -> Cost:
    return Cost(
        planning_ms=median(sum(plan["Planning Time"] for plan in run) for run in runs),
        execution_ms=median(sum(plan["Execution Time"] for plan in run) for run in runs),
        buffers=int(median(sum(_pages(plan["Plan"]) for plan in run) for run in runs)),
    )


def print_plan(cursor: Any, statement: str, values: Mapping[str, Any]) -> None:
    """The plan in words. The statement runs, so writers are called in a transaction that ends."""
    cursor.execute(f"{EXPLAIN} {statement}", values)
    for (line,) in cursor.fetchall():
        print(f"    {line}")
    print(flush=True)


def _plan(cursor: Any, statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    cursor.execute(f"{EXPLAIN_JSON} {statement}", values)
    found = cursor.fetchone()[0]
    plans = json.loads(found) if isinstance(found, str) else found
    plan: dict[str, Any] = plans[0]
    return plan


def _pages(plan: Mapping[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
