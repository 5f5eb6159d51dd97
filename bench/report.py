"""What a run of the benchmarks says: one line for each job, a table at the end, a file of it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of a job beside its goal.

    ``raw`` is the rival in the same run (none where there is none), ``ratio`` ours by raw, both
    medians over all pairs. ``goal`` is in the words of ``unit``, or of the ratio.
    """

    job: str
    unit: str
    raw: float | None
    ours: float
    ratio: float | None
    goal: str
    reached: bool
    pairs: Sequence[tuple[float, float]] = field(default=())


HEADER = ("job", "raw", "ours", "unit", "ratio", "goal", "")
WIDTHS = (34, 12, 12, 9, 8, 20, 0)


def print_table(results: Sequence[Result]) -> None:
    """All figures and whether each goal was reached."""
    _print_row(HEADER)
    for each in results:
        _print_row(
            (
                each.job,
                "" if each.raw is None else f"{each.raw:,.1f}",
                f"{each.ours:,.1f}",
                each.unit,
                "" if each.ratio is None else f"{each.ratio:.3f}",
                each.goal,
                "reached" if each.reached else "NOT REACHED",
            )
        )


def _print_row(cells: Sequence[str]) -> None:
    sides = ("<", ">", ">", "<", ">", "<", "<")
    line = "  ".join(
        f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, WIDTHS, strict=True)
    )
    print(line.rstrip(), flush=True)


def write_json(results: Sequence[Result], folder: Path, options: Mapping[str, Any]) -> Path:
    """Keep the run as a file of its own, named by its moment."""
    moment = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{moment:%Y%m%dT%H%M%SZ}.json"
    run = {
        "at": moment.isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "options": dict(options),
        "results": [asdict(each) for each in results],
    }
    path.write_text(json.dumps(run, indent=2) + "\n")
    return path
