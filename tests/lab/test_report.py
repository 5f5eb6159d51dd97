"""The line that an experiment prints."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from omni.lab.report import Report, percentile


def test_line_is_one_json_object_with_figures_and_measurements():
    report = Report("race flash", runs=2, attempts=100, accepted=20, expected=20, seconds=3.14159)
    report.latencies += [0.1] * 95 + [0.5] * 5
    report.violations.append("a loser was told 500")
    report.measured["audit"] = "clean"

    assert json.loads(report.line()) == {
        "experiment": "race flash",
        "runs": 2,
        "attempts": 100,
        "accepted": 20,
        "expected": 20,
        "violations": 1,
        "p95_ms": 500.0,
        "seconds": 3.1,
        "audit": "clean",
    }


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.95, 0.0), ([3.0], 0.95, 3.0), ([4.0, 1.0, 3.0, 2.0], 0.5, 3.0)],
)
def test_percentile_takes_a_value_of_the_list(values, share, expected):
    assert percentile(values, share) == expected


def test_lab_refuses_a_case_of_another_family(capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("lab", "race", "broker")

    assert stopped.value.code == 2
