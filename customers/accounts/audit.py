"""What must always hold of logins and their sessions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="C6",
    title=_("An account is a login of kind customer"),
    explain=_("A login of staff was tied to a customer: separate them."),
    sql="""
SELECT a.id, a.user_id, u.kind
FROM customers_account a JOIN omni_user u ON u.id = a.user_id WHERE u.kind <> 'customer'
""",
)
invariant(
    code="C7",
    title=_("A session token belongs to the customer of its login"),
    explain=_("Revoke the token: it opens somebody else's account, or staff's."),
    sql="""
SELECT s.id, s.user_id, s.customer_id
FROM omni_session_token s
JOIN omni_user u ON u.id = s.user_id
LEFT JOIN customers_account a ON a.user_id = s.user_id
WHERE s.revoked_at IS NULL AND s.expires_at > now() AND s.auth_epoch = u.auth_epoch
  AND (u.kind <> 'customer' OR s.customer_id IS DISTINCT FROM a.customer_id)
""",
)
invariant(
    code="C8",
    title=_("No code by e-mail was tried more often than allowed"),
    explain=_("A code was guessed at beyond its five tries."),
    sql="SELECT id, purpose, tries FROM customers_emailchallenge WHERE tries > 5",
)
