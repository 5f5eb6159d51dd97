"""Invariants of work for people."""

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="K1",
    title=_("Nobody decided on an approval of his own, and each decision names who made it"),
    sql="""
SELECT id, status, asked_by, decided_by FROM omni_approval
 WHERE decided_by = asked_by
    OR (status IN ('granted', 'refused') AND (decided_by = '' OR decided_at IS NULL))
    OR (used_at IS NOT NULL AND status <> 'granted')
""",
    explain=_("What this approval allowed was not allowed by a second person: look into it."),
)
invariant(
    code="K2",
    title=_("No approval waits an hour beyond its time"),
    sql="""
SELECT id, lapses_at FROM omni_approval
 WHERE status = 'asked' AND lapses_at < now() - interval '1 hour'
""",
    explain=_("The sweep of approvals does not run: see the worker."),
)
invariant(
    code="K3",
    title=_("Each decided incident names a decision and who made it; each ended task who ended it"),
    sql="""
SELECT id, 'incident' AS what FROM omni_incident
 WHERE status <> 'open' AND (decided_by = '' OR decided_at IS NULL)
UNION ALL
SELECT id, 'task' FROM omni_task
 WHERE status IN ('done', 'dropped') AND (ended_by = '' OR ended_at IS NULL)
""",
    explain=_("The row was changed outside its operations."),
)
