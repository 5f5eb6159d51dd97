"""The invariant of idempotency keys, which ``omni.rest`` below cannot register itself."""

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="I1",
    title=_("No idempotency key is stuck in progress"),
    sql="""
SELECT id, principal, route, key, lease_until FROM omni_idempotency_key
 WHERE status IS NULL AND lease_until < now() - interval '10 minutes'
""",
    explain=_("A process died and nobody repeated the request: look at what it was to do."),
)
