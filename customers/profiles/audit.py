"""What must always hold of profiles."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="C1",
    title=_("Nothing personal is left of an erased customer"),
    explain=_("Finish the erasure: names, keys, addresses, notes and identifiers must be gone."),
    sql="""
SELECT c.id FROM customers_customer c
WHERE c.status = 'erased' AND (
    c.name <> '' OR c.given_name <> '' OR c.family_name <> ''
    OR cardinality(c.search_keys) > 0 OR cardinality(c.identifier_keys) > 0
    OR EXISTS (SELECT 1 FROM customers_address a WHERE a.customer_id = c.id)
    OR EXISTS (SELECT 1 FROM customers_note n WHERE n.customer_id = c.id)
    OR EXISTS (SELECT 1 FROM customers_identifier i WHERE i.customer_id = c.id)
)
""",
)
invariant(
    code="C2",
    title=_("Whoever has addresses has exactly one default"),
    explain=_("Mark one address of the book as the default."),
    sql="""
SELECT customer_id, count(*) AS addresses, count(*) FILTER (WHERE is_default) AS defaults
FROM customers_address GROUP BY customer_id HAVING count(*) FILTER (WHERE is_default) <> 1
""",
)
