"""``manage.py audit``: prove the invariants while traffic runs; exit code 1 when one is broken."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from omni.audit import runner
from omni.audit.runner import Finding


class Command(BaseCommand):
    help = "Checks the invariants of the house in one read-only snapshot."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object on standard output")
        parser.add_argument("--only", default="", help="codes, separated by commas: S1,P2")
        parser.add_argument(
            "--explain", action="store_true", help="show meaning, statement and plan; check nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        only = [code.strip() for code in options["only"].split(",") if code.strip()] or None
        try:
            if options["explain"]:
                self._explain(only)
                return
            findings = runner.run(only=only)
        except LookupError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(findings), default=str))
        else:
            self._print(findings)
        if not all(finding.is_clean for finding in findings):
            raise SystemExit(1)

    def _explain(self, only: list[str] | None) -> None:
        for each, plan in runner.explain(only=only):
            self.stdout.write(f"{each.code}  {each.title}\n{each.explain}")
            self.stdout.write(f"{each.statement().strip()}\n{plan}\n")

    def _print(self, findings: list[Finding]) -> None:
        for finding in findings:
            verdict = finding.error or (f"{finding.count} rows" if finding.count else "ok")
            each = finding.invariant
            self.stdout.write(f"{each.code:<5}{verdict:<12}{finding.seconds:6.2f} s  {each.title}")
            for row in finding.rows[:10]:
                self.stdout.write("       " + ", ".join(f"{k}={v}" for k, v in row.items()))
            if finding.count:
                self.stdout.write(f"       {each.explain}")
        broken = sum(not finding.is_clean for finding in findings)
        self.stdout.write(f"{len(findings)} invariants, {broken} broken")


def _as_json(findings: list[Finding]) -> dict[str, Any]:
    return {
        "clean": all(finding.is_clean for finding in findings),
        "invariants": [
            {
                "code": finding.invariant.code,
                "title": str(finding.invariant.title),
                "count": finding.count,
                "rows": finding.rows,
                "seconds": round(finding.seconds, 3),
                "error": finding.error,
            }
            for finding in findings
        ],
    }
