"""What an experiment reports: one JSON line, and the violations in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Report:
    """``accepted`` is what was sold or acknowledged, ``expected`` what should have been.

    ``measured`` holds what this experiment measures besides.
    """

    name: str
    runs: int = 0
    attempts: int = 0
    accepted: int = 0
    expected: int = 0
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list, repr=False)
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def p95_ms(self) -> float:
        return round(1000 * percentile(self.latencies, 0.95), 1)

    def line(self) -> str:
        shown = {
            "experiment": self.name,
            "runs": self.runs,
            "attempts": self.attempts,
            "accepted": self.accepted,
            "expected": self.expected,
            "violations": len(self.violations),
            "p95_ms": self.p95_ms,
            "seconds": round(self.seconds, 1),
        }
        return json.dumps(shown | self.measured)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that the share of all does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
