"""What must always hold of consent."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="C9",
    title=_("Every consent that was given has its wording"),
    explain=_("It cannot be shown what the customer agreed to: ask again."),
    sql="SELECT id, customer_id, purpose FROM customers_consent WHERE is_granted AND wording = ''",
)
invariant(
    code="C10",
    title=_("An erased customer allows nothing"),
    explain=_("Record the withdrawal for this purpose."),
    sql="""
SELECT newest.customer_id, newest.purpose
FROM (
    SELECT DISTINCT ON (customer_id, purpose) customer_id, purpose, is_granted
    FROM customers_consent ORDER BY customer_id, purpose, id DESC
) newest
JOIN customers_customer c ON c.id = newest.customer_id
WHERE c.status = 'erased' AND newest.is_granted
""",
)
