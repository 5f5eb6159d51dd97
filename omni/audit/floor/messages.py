"""Invariants of messages."""

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="N1",
    title=_("No message waits ten minutes beyond its time"),
    sql="""
SELECT m.id, m.purpose, m.next_attempt_at, m.locked_until FROM omni_message m
 WHERE m.status IN ('queued', 'sending')
   AND greatest(m.next_attempt_at, m.locked_until) < now() - interval '10 minutes'
""",
    explain=_("The sender does not run or does not keep up: see the worker."),
)
