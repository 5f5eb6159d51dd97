"""Invariants of the timeline (reliability.md §3, group E)."""

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="E4",
    title=_("Each event that concerns a customer is on exactly one timeline"),
    # A unique index forbids twice within one moment; twice at two moments, or not at all, is found
    # here. Events that the reader has not reached, or that are parked, are not late.
    sql="""
SELECT e.id, e.type, count(i.id) AS rows
FROM omni_event e
JOIN omni_subscription s ON s.name = 'timeline'
LEFT JOIN journeys_interaction i ON i.event_id = e.id
WHERE e.customer_id IS NOT NULL AND (e.xid, e.id) <= (s.position_xid, s.position_id)
  AND NOT EXISTS (SELECT 1 FROM omni_parked_event p
                  JOIN omni_parked_aggregate a ON a.id = p.parked_id
                  WHERE a.subscription = 'timeline' AND p.event_id = e.id
                    AND p.status <> 'done')
GROUP BY e.id, e.type
HAVING count(i.id) <> 1
""",
    explain=_("Rebuild the timeline from the log: manage.py events rebuild timeline."),
)

invariant(
    code="E5",
    title=_("Each interaction that names a customer names one that exists"),
    sql="""
SELECT i.id, i.customer_id
FROM journeys_interaction i
LEFT JOIN customers_customer c ON c.id = i.customer_id
WHERE i.customer_id IS NOT NULL AND c.id IS NULL
""",
    explain=_("An interaction points at nobody: find out which operation removed the customer."),
)

invariant(
    code="E9",
    title=_("Each month in which somebody has touchpoints is known to their timeline"),
    # A page reads the known months alone: what lies in another would never be seen.
    sql="""
SELECT i.subject_id, i.kind, i.month
FROM (SELECT DISTINCT coalesce(t.customer_id, t.visitor_id) AS subject_id, k.kind,
             date_trunc('month', t.occurred_at AT TIME ZONE 'UTC')::date AS month
      FROM journeys_interaction t CROSS JOIN LATERAL (VALUES (t.kind), ('')) AS k(kind)) i
LEFT JOIN journeys_timelinemonth m
  ON m.subject_id = i.subject_id AND m.kind = i.kind AND m.month = i.month
WHERE m.month IS NULL
""",
    explain=_("A timeline leaves something out: find out which operation wrote it past the rest."),
)
