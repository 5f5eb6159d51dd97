"""Who may read whose timeline, and the record that they did.

Customers read their own. Staff with ``customers.history_all`` read any; others need an open reason
at a place of theirs: an order, a return case, or a visit that was noted within the last day.
Every reading by staff or a key is logged before a row is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from journeys.timeline.models import Interaction
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

    None where no reason is open, alike for unknown customers. One query beside the log's row.
    Raises: NotAllowed, NotFound (to those who may see all).
    """
    actor.require(Permission.CUSTOMERS_HISTORY)
    opened = _opened(actor, customer_id)
    if opened is not None:
        access.log_view(
            actor=actor, kind="customer.timeline", subject_id=customer_id, reason=opened.reason
        )
    return opened


def require_reason(*, actor: Actor, customer_id: UUID) -> None:
    """For what is done on a customer's page. Raises: NotAllowed, NoOpenReason, NotFound."""
    actor.require(Permission.CUSTOMERS_HISTORY)
    if _opened(actor, customer_id) is None:
        raise NoOpenReason


def _opened(actor: Actor, customer_id: UUID) -> Opened | None:
    """The customer with an order, a case or a visit at a place of the actor's, in that order."""
    rows = Customer.objects.filter(id=customer_id)
    if actor.may_everywhere(Permission.CUSTOMERS_HISTORY_ALL):
        known = rows.first()
        if known is None:
            raise NotFound
        return Opened(known, ALL)
    of_customer = {"customer_id": OuterRef("pk")}
    cases = return_cases_visible_to(actor).exclude(status__in=ENDED_CASES).filter(**of_customer)
    orders = orders_visible_to(actor).filter(**of_customer).order_by("-pk")
    customer = rows.annotate(
        order_reason=Subquery(orders.values("pk")[:1]),
        case_reason=Subquery(cases.order_by("-pk").values("pk")[:1]),
        visit_reason=Exists(_visits(actor).filter(**of_customer)),
    ).first()
    if customer is None:
        return None
    if customer.order_reason:
        return Opened(customer, f"order:{customer.order_reason}")
    if customer.case_reason:
        return Opened(customer, f"case:{customer.case_reason}")
    return Opened(customer, "visit") if customer.visit_reason else None


def _visits(actor: Actor) -> QuerySet[Interaction]:
    """Visits of the last day at places of the actor's."""
    visits = Interaction.objects.filter(
        kind="store.visited", occurred_at__gt=clock.now() - VISIT_COUNTS_FOR
    )
    places = actor.location_ids(Permission.CUSTOMERS_HISTORY)
    return visits if places is None else visits.filter(location_id__in=places)


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
    return bool(_visits(actor).filter(customer_id=customer_id).exists())
