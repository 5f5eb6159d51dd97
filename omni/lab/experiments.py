"""Every experiment by name: how often it runs unless told, and what it needs.

``perform`` is what the command does: the product is started for it, the audit ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from omni.lab import books, broker, flash, kills, merchant, stage
from omni.lab.report import Report
from omni.lab.stage import Stage


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment and how often it is repeated in full."""

    run: Callable[..., Report]
    runs: int


EXPERIMENTS: dict[tuple[str, str], Plan] = {
    ("race", "flash"): Plan(flash.race_flash, 20),
    ("race", "double_checkout"): Plan(flash.race_double_checkout, 10),
    ("chaos", "kill9"): Plan(kills.chaos_kill9, 10),
    ("chaos", "broker"): Plan(broker.chaos_broker, 3),
}


def perform(name: tuple[str, str], *, runs: int = 0, seed: int = 1) -> Report:
    """Start the product, run one experiment on it, audit, stop it."""
    plan = EXPERIMENTS[name]
    runs = runs or plan.runs
    with stage.running() as started:
        made = merchant.move_in(started, scarce=runs if name == ("race", "flash") else 0)
        return audited(started, plan.run(started, made, runs=runs, seed=seed))


def audited(started: Stage, report: Report) -> Report:
    """The report with what the audit finds afterwards."""
    broken = books.audit(started)
    report.violations += broken
    report.measured["audit"] = "broken" if broken else "clean"
    return report
