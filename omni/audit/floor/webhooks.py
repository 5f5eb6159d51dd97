"""Invariants of webhooks."""

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="E7",
    title=_("Each active endpoint has a delivery of every event that fits it"),
    # The margin covers events recorded while the endpoint was being changed.
    sql="""
SELECT e.id AS event_id, e.type, w.id AS endpoint_id
  FROM omni_webhook_endpoint w
  JOIN omni_event e
    ON e.recorded_at >= greatest(w.active_since, w.types_changed_at) + interval '1 minute'
   AND e.recorded_at < now() - interval '5 minutes'
   AND EXISTS (SELECT FROM unnest(w.types) AS t(wanted)
                WHERE t.wanted IN ('*', e.type)
                   OR (right(t.wanted, 2) = '.*' AND starts_with(e.type, left(t.wanted, -1))))
 WHERE w.status = 'active'
   AND NOT EXISTS (SELECT FROM omni_webhook_delivery d
                    WHERE d.endpoint_id = w.id AND d.event_id = e.id)
   AND NOT EXISTS (SELECT FROM omni_parked_event q JOIN omni_parked_aggregate a
                       ON a.id = q.parked_id AND a.subscription = 'webhooks'
                    WHERE q.event_id = e.id AND q.status <> 'done')
""",
    explain=_("A receiver was not told: replay the period for this endpoint."),
)
invariant(
    code="W1",
    title=_("No delivery of an active endpoint waits ten minutes beyond its time"),
    sql="""
SELECT d.id, d.endpoint_id, d.next_at, d.locked_until
  FROM omni_webhook_delivery d JOIN omni_webhook_endpoint w ON w.id = d.endpoint_id
 WHERE d.status = 'pending' AND w.status = 'active' AND w.failing_since IS NULL
   AND greatest(d.next_at, w.active_since, d.locked_until) < now() - interval '10 minutes'
""",
    explain=_("The sender does not run or does not keep up: see the worker."),
)
invariant(
    code="W2",
    title=_("A delivered message has a successful attempt"),
    sql="""
SELECT d.id, d.endpoint_id FROM omni_webhook_delivery d
 WHERE d.status = 'delivered'
   AND NOT EXISTS (SELECT FROM omni_webhook_attempt a WHERE a.delivery_id = d.id AND a.is_success)
""",
    explain=_("The log of attempts was changed: replay the message if in doubt."),
)
invariant(
    code="W3",
    title=_("Each endpoint that is not removed has one current secret, and at most two valid ones"),
    sql="""
SELECT w.id, count(s.id) AS secrets FROM omni_webhook_endpoint w
  LEFT JOIN omni_webhook_secret s
    ON s.endpoint_id = w.id AND (s.expires_at IS NULL OR s.expires_at > now())
 WHERE w.status <> 'removed'
 GROUP BY w.id
HAVING count(s.id) FILTER (WHERE s.expires_at IS NULL) <> 1 OR count(s.id) > 2
""",
    explain=_("Nothing can be signed for this endpoint: rotate its secret."),
)
