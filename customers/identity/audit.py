"""What must always hold of identifiers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="C3",
    title=_("A verified identifier belongs to one customer"),
    explain=_("Decide whose it is, and take the proof from the others."),
    sql="""
SELECT kind, namespace, value, count(*) AS holders
FROM customers_identifier WHERE is_verified
GROUP BY kind, namespace, value HAVING count(DISTINCT customer_id) > 1
""",
)
invariant(
    code="C4",
    title=_("Verified and the moment of the proof go together"),
    explain=_("A proof without a moment, or a moment without a proof."),
    sql="""
SELECT id, customer_id, kind FROM customers_identifier
WHERE is_verified <> (verified_at IS NOT NULL)
""",
)
invariant(
    code="C5",
    title=_("Every customer is found by their e-mail addresses and phones"),
    explain=_("A search key is missing: remove and add the identifier again."),
    sql="""
SELECT i.id, i.customer_id, i.kind
FROM customers_identifier i JOIN customers_customer c ON c.id = i.customer_id
WHERE (i.kind = 'email' AND NOT c.identifier_keys @> ARRAY['@' || i.value])
   OR (i.kind = 'phone' AND NOT c.identifier_keys @> ARRAY['#' || ltrim(i.value, '+')])
""",
)
