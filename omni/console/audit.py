"""The audit: whether the books are right, all of them against one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from omni.access.permissions import Permission
from omni.audit import runner
from omni.audit.registry import invariants
from omni.console.questions import OfficeScreen
from omni.core.errors import Busy, NotAllowed
from omni.screens import moment

LAST = "audit:last"
RUNS = "audit:runs"
KEPT_FOR = 30 * 86_400  # seconds
LONGEST_RUN = 300  # seconds
SHOWN = 20


class AuditRuns(Busy):
    code = "audit_runs"
    message = _("Somebody started it a moment ago. Look again in a minute.")


@dataclass(frozen=True, slots=True)
class Found:
    """What one invariant found: its offending rows as (names, values)."""

    code: str
    title: str
    explain: str
    count: int
    rows: list[dict[str, str]]
    error: str


@dataclass(frozen=True, slots=True)
class Result:
    """One run: when, by whom, how long it took, and the invariants that are broken."""

    at: datetime
    by: str
    seconds: float
    checked: int
    broken: list[Found]


class Audit(OfficeScreen):
    """The last run, and a new one."""

    permission = Permission.AUDIT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        self._require_everywhere()
        return self._shown(cache.get(LAST))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Reads only, so nothing is lost by doing it twice. Raises: NotAllowed, AuditRuns."""
        self._require_everywhere()
        if not cache.add(RUNS, True, LONGEST_RUN):
            raise AuditRuns
        try:
            findings = runner.run()
        finally:
            cache.delete(RUNS)
        result = Result(
            moment.now(),
            self.actor.name,
            round(sum(each.seconds for each in findings), 1),
            len(findings),
            [_told(each) for each in findings if not each.is_clean],
        )
        cache.set(LAST, result, KEPT_FOR)
        return self._shown(result)

    def _require_everywhere(self) -> None:
        """The books are of the whole merchant: a grant for one store shows nothing of them."""
        if not self.actor.may_everywhere(Permission.AUDIT_VIEW):
            raise NotAllowed

    def _shown(self, result: Result | None) -> HttpResponse:
        broken = {each.code for each in result.broken} if result else set()
        context = {
            "result": result,
            "invariants": [
                {"row": each, "is_broken": each.code in broken} for each in invariants()
            ],
        }
        return self.show("office/audit/audit.html", context)


def _told(finding: Any) -> Found:
    each = finding.invariant
    return Found(
        each.code,
        str(each.title),
        str(each.explain),
        finding.count,
        [{name: str(value) for name, value in row.items()} for row in finding.rows[:SHOWN]],
        finding.error,
    )
