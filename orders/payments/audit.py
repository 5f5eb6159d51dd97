"""What must always hold of payments. Codes and meaning after the house's list of invariants."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant

invariant(
    code="P1",
    title=_("The counters of a payment equal its entries"),
    explain=_("Authorised, captured or refunded differs from the sum of the payment's ledger."),
    sql="""
SELECT p.id, p.authorised_minor, p.captured_minor, p.refunded_minor
FROM orders_payment p
LEFT JOIN (
    SELECT payment_id,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'authorisation'), 0)
             - coalesce(sum(amount_minor) FILTER (WHERE kind IN ('void', 'reversal')), 0) AS a,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0)
             - coalesce(sum(amount_minor) FILTER (WHERE kind = 'reversal'), 0) AS c,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS r
    FROM orders_paymentevent GROUP BY payment_id
) e ON e.payment_id = p.id
WHERE p.authorised_minor <> coalesce(e.a, 0)
   OR p.captured_minor <> coalesce(e.c, 0)
   OR p.refunded_minor <> coalesce(e.r, 0)
""",
)
invariant(
    code="P2",
    title=_("Refunded is at most captured, captured at most approved"),
    explain=_("More was taken than approved, or more given back than taken."),
    sql="""
SELECT id, authorised_minor, captured_minor, refunding_minor, refunded_minor
FROM orders_payment
WHERE refunded_minor > captured_minor OR captured_minor > authorised_minor
   OR refunded_minor < 0 OR captured_minor < 0 OR refunding_minor < 0
""",
)
invariant(
    code="P3",
    title=_("Pending and done refunds are at most what was captured"),
    explain=_("Refunds promise more than was taken, or the amounts set aside are not theirs."),
    sql="""
SELECT p.id, p.captured_minor, p.refunding_minor, p.refunded_minor, r.pending, r.done
FROM orders_payment p
LEFT JOIN (
    SELECT payment_id,
           coalesce(sum(amount_minor) FILTER (WHERE status = 'pending'), 0) AS pending,
           coalesce(sum(amount_minor) FILTER (WHERE status = 'succeeded'), 0) AS done
    FROM orders_refund GROUP BY payment_id
) r ON r.payment_id = p.id
WHERE coalesce(r.pending, 0) + coalesce(r.done, 0) > p.captured_minor
   OR coalesce(r.pending, 0) <> p.refunding_minor
   OR coalesce(r.done, 0) <> p.refunded_minor
""",
)
invariant(
    code="P4",
    title=_("A confirmed order was paid, authorised, or may be paid later"),
    explain=_("Work was started on an order whose payment policy was never satisfied."),
    sql="""
SELECT o.id, o.number, o.status
FROM orders_order o
LEFT JOIN (
    SELECT p.order_id, sum(e.amount_minor) AS approved
    FROM orders_payment p JOIN orders_paymentevent e ON e.payment_id = p.id
    WHERE e.kind = 'authorisation'
    GROUP BY p.order_id
) paid ON paid.order_id = o.id
WHERE o.status IN ('confirmed', 'completed')
  AND o.payment_policy IN ('prepaid', 'at_till')
  AND o.total_minor > o.cancelled_minor
  AND coalesce(paid.approved, 0) < o.total_minor - o.cancelled_minor
""",
)
invariant(
    code="P5",
    title=_("A dead order keeps no money"),
    explain=_("Money of a failed or cancelled order neither goes back nor is an open incident."),
    sql="""
SELECT p.id, o.number, p.captured_minor, p.refunded_minor
FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
WHERE o.status IN ('cancelled', 'failed')
  AND p.captured_minor > p.refunded_minor + p.refunding_minor
  AND NOT EXISTS (
      SELECT 1 FROM omni_incident i
      WHERE (i.kind = 'money_without_order' AND i.subject_id = p.id::text)
         OR (i.kind = 'refund_failed' AND i.subject_id IN (
             SELECT r.id::text FROM orders_refund r WHERE r.payment_id = p.id))
  )
""",
)
invariant(
    code="P6",
    title=_("No payment is in doubt for more than 15 minutes"),
    explain=_("The provider could not be asked what became of a payment, capture, void or refund."),
    sql="""
SELECT id::text, status, created_at FROM orders_payment
WHERE tender = 'online' AND status IN ('unknown', 'pending')
  AND created_at < now() - interval '15 minutes'
UNION ALL
SELECT a.id::text, a.kind, a.created_at FROM orders_paymentattempt a
WHERE a.status = 'open' AND a.created_at < now() - interval '15 minutes'
""",
)
invariant(
    code="P7",
    title=_("A provider's event is applied once, and each key is one payment"),
    explain=_("The same message or the same reference was stored twice."),
    sql="""
SELECT 'event' AS what, provider || ' ' || provider_event_id AS which
FROM orders_providerevent GROUP BY provider, provider_event_id HAVING count(*) > 1
UNION ALL
SELECT 'entry', reference FROM orders_paymentevent GROUP BY reference HAVING count(*) > 1
UNION ALL
SELECT 'payment', reference FROM orders_payment GROUP BY reference HAVING count(*) > 1
UNION ALL
SELECT 'refund', reference FROM orders_refund GROUP BY reference HAVING count(*) > 1
""",
)
