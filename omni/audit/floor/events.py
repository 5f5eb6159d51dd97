"""Invariants of the log and its readers."""

from django.utils.translation import gettext_lazy as _

from omni.audit.registry import invariant
from omni.events.subscriptions import subscriptions


def _names() -> str:
    names = ", ".join(f"('{each.name}')" for each in subscriptions())
    return f"(VALUES {names or '(NULL)'})"


def _lagging() -> str:
    """Every declared subscription, also one that never ran."""
    return f"""
SELECT s.name AS subscription, e.id AS event_id, e.type, e.recorded_at
  FROM {_names()} AS s(name)
  LEFT JOIN omni_subscription p ON p.name = s.name
 CROSS JOIN LATERAL (
       SELECT id, type, recorded_at FROM omni_event
        WHERE (xid, id) > (coalesce(p.position_xid, '0'::xid8), coalesce(p.position_id, 0))
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT 1) AS e
 WHERE s.name IS NOT NULL AND e.recorded_at < now() - interval '60 seconds'
"""  # noqa: S608 - names are declared in code


invariant(
    code="E1",
    title=_("No event older than a minute waits for a subscription"),
    sql=_lagging,
    explain=_(
        "The relay does not keep up or does not run: see `manage.py events status` and the worker."
    ),
)
invariant(
    code="E2",
    title=_("Each parked aggregate has something waiting and an incident that is not closed"),
    sql="""
SELECT a.id, a.subscription, a.aggregatetype, a.aggregateid FROM omni_parked_aggregate a
 WHERE a.status = 'parked'
   AND (NOT EXISTS (SELECT FROM omni_incident i
                     WHERE i.id = a.incident_id AND i.status <> 'closed')
     OR NOT EXISTS (SELECT FROM omni_parked_event e
                     WHERE e.parked_id = a.id AND e.status = 'waiting'))
""",
    explain=_("Nobody is told of events that are held back: retry or skip them."),
)
invariant(
    code="E3",
    title=_("No position moved backwards without being declared"),
    sql="""
SELECT name, position_xid::text, position_id, high_xid::text, high_id FROM omni_subscription
 WHERE (position_xid, position_id) < (high_xid, high_id)
""",
    explain=_("Events would be handled twice. Positions move by the relay or by `events rebase`."),
)
invariant(
    code="E8",
    title=_("Every event bears a transaction id that this cluster has reached"),
    sql="""
SELECT id, xid::text AS xid_text, type FROM omni_event
 WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
   AND xid <> coalesce(pg_current_xact_id_if_assigned(), '0'::xid8)
""",
    explain=_("The database was restored into a new cluster: run `manage.py events rebase`."),
)
