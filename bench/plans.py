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


def cost(cursor: Any, statements: Sequence[Statement], *, repeats: int) -> Cost:
    """Of statements that belong together: the median of several runs, after one that warms up."""
    runs = [
        [_plan(cursor, statement, values) for statement, values in statements]
        for _number in range(repeats + 1)
    ][1:]
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
