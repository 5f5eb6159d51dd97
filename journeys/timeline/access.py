"""Who may read whose timeline, and the record that they did.

Customers read their own. Staff with ``customers.history_all`` read any; others need an open reason
at a place of theirs: an order, a return case, or a visit that was noted within the last day.
Every reading by staff or a key is logged before a row is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from omni.access import operations as access
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotAllowed, NotFound
from orders.aftersales.models import LogisticsState
from orders.aftersales.queries import return_cases_visible_to
from orders.sales.queries import orders_visible_to

VISIT_COUNTS_FOR = timedelta(hours=24)
ENDED_CASES = [
    LogisticsState.CLOSED,
    LogisticsState.CANCELLED,
    LogisticsState.DECLINED,
    LogisticsState.EXPIRED,
]


ALL = "console"  # the reason in the log of those who need none


@dataclass(frozen=True, slots=True)
class Opened:
    """A customer whose history may be shown, and for which open reason."""

    customer: Customer
    reason: str


class NoOpenReason(NotAllowed):
    code = "history_without_reason"
    message = _(
        "The history is shown for an open reason only. Name an open reason: an order, a return "
        "case or a visit of this customer here."
    )


def open_timeline(*, actor: Actor, customer_id: UUID, reason: str = "") -> None:
    """Let the actor read this customer's timeline, and log it.

    ``reason`` is ``order:<id>``, ``case:<id>`` or ``visit``; any text for those who may see all.
    Raises: NotFound (also for a customer whom nobody may see), NoOpenReason, NotAllowed.
    """
    if actor.kind == "customer":
        if actor.customer_id != customer_id:
            raise NotFound
        return
    actor.require(Permission.CUSTOMERS_HISTORY)
    if not actor.may_everywhere(Permission.CUSTOMERS_HISTORY_ALL) and not _is_open(
        reason, actor=actor, customer_id=customer_id
    ):
        raise NoOpenReason  # before the look-up: unknown customers answer like those of others
    if not Customer.objects.filter(id=customer_id).exists():
        raise NotFound
    access.log_view(actor=actor, kind="customer.timeline", subject_id=customer_id, reason=reason)


def open_customer(*, actor: Actor, customer_id: UUID) -> Opened | None:
    """Open a customer's page for staff, for whichever reason is open, and log it with that.

    None where no reason is open: before the look-up, so unknown customers answer alike.
    Raises: NotAllowed, NotFound.
    """
    actor.require(Permission.CUSTOMERS_HISTORY)
    reason = ALL
    if not actor.may_everywhere(Permission.CUSTOMERS_HISTORY_ALL):
        reason = open_reason(actor=actor, customer_id=customer_id)
        if not reason:
            return None
    customer: Customer | None = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise NotFound
    access.log_view(actor=actor, kind="customer.timeline", subject_id=customer_id, reason=reason)
    return Opened(customer, reason)


def require_reason(*, actor: Actor, customer_id: UUID) -> None:
    """For what is done on a customer's page. Raises: NotAllowed, NoOpenReason."""
    actor.require(Permission.CUSTOMERS_HISTORY)
    if actor.may_everywhere(Permission.CUSTOMERS_HISTORY_ALL):
        return
    if not open_reason(actor=actor, customer_id=customer_id):
        raise NoOpenReason


def open_reason(*, actor: Actor, customer_id: UUID) -> str:
    """A reason that is open at a place of the actor's: an order, a case, a visit; or ""."""
    orders = orders_visible_to(actor).filter(customer_id=customer_id)
    order = orders.order_by("-pk").values_list("pk", flat=True).first()
    if order:
        return f"order:{order}"
    cases = return_cases_visible_to(actor).filter(customer_id=customer_id)
    case = cases.exclude(status__in=ENDED_CASES).values_list("pk", flat=True).first()
    if case:
        return f"case:{case}"
    return "visit" if _visited_lately(actor, customer_id) else ""


def _is_open(reason: str, *, actor: Actor, customer_id: UUID) -> bool:
    kind, _colon, rest = reason.partition(":")
    if kind == "visit" and not rest:
        return _visited_lately(actor, customer_id)
    try:
        subject = UUID(rest)
    except ValueError:
        return False
    if kind == "order":
        return orders_visible_to(actor).filter(id=subject, customer_id=customer_id).exists()
    if kind == "case":
        cases = return_cases_visible_to(actor).filter(id=subject, customer_id=customer_id)
        return bool(cases.exclude(status__in=ENDED_CASES).exists())
    return False


def _visited_lately(actor: Actor, customer_id: UUID) -> bool:
    places = actor.location_ids(Permission.CUSTOMERS_HISTORY)
    here = "" if places is None else " AND location_id = ANY(%(places)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM journeys_interaction WHERE customer_id = %(customer)s"  # noqa: S608
            f" AND kind = 'store.visited' AND occurred_at > %(since)s{here})",
            {
                "customer": customer_id,
                "since": clock.now() - VISIT_COUNTS_FOR,
                "places": list(places or ()),
            },
        )
        return bool(cursor.fetchone()[0])
