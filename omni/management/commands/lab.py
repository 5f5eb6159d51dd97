"""``manage.py lab race flash|double_checkout``, ``manage.py lab chaos kill9|broker``.

Each starts the product on a data folder of its own, prints one JSON line, ends with the audit, and
exits with 1 when something was violated.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from omni.lab.experiments import EXPERIMENTS, perform


class Command(BaseCommand):
    help = "Tries to break the product: races over HTTP, kills and a broker that is away."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        families = sorted({family for family, _case in EXPERIMENTS})
        parser.add_argument("family", choices=families)
        parser.add_argument("case", choices=sorted({case for _family, case in EXPERIMENTS}))
        parser.add_argument("--runs", type=int, default=0, help="as often as issued by default")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        name = (options["family"], options["case"])
        if name not in EXPERIMENTS:
            self.stderr.write(f"There is no {name[1]} in {name[0]}.")
            raise SystemExit(2)
        report = perform(name, runs=options["runs"], seed=options["seed"])
        for text in report.violations:
            self.stderr.write(f"violation: {text}")
        self.stdout.write(report.line())
        if report.violations:
            raise SystemExit(1)
