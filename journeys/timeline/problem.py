"""The one open problem of a customer, and what solves it. Pure: rows and the moment are arguments.

What is open is ranked by who suffers: first a person who stands there, then a promise that is
broken, then money that did not move, then what ends soon, then what waits, then the rest. Within a
rank the older one comes first. A thing that needs nobody (goods on their way) is no problem.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from journeys.timeline.open_things import OpenThing

SOON = timedelta(hours=24)
CART_WAITS = timedelta(hours=1)

TO_PREPARE = frozenset({"new", "accepted", "picking", "waiting_transfer"})
ON_ITS_WAY = frozenset({"dispatched"})
AT_THE_STORE = frozenset({"received", "partly_received", "inspected", "refused"})


class Trouble(StrEnum):
    """Why something needs somebody, the most urgent first."""

    HERE = "here"  # the customer stands there
    LATE = "late"  # a promise is broken
    REFUND_FAILED = "refund_failed"
    UNPAID = "unpaid"  # an order waits for its money
    WINDOW_ENDS = "window_ends"  # goods on the shelf, not for long
    NOT_COLLECTED = "not_collected"
    TASK_DUE = "task_due"
    RETURN_WAITS = "return_waits"  # goods are back, the customer waits for the money
    RETURN_ASKED = "return_asked"
    DELIVERY_FAILED = "delivery_failed"
    INCIDENT = "incident"
    HELD = "held"
    READY = "ready"
    TO_PREPARE = "to_prepare"
    TASK = "task"
    CART = "cart"


_RANK = {trouble: rank for rank, trouble in enumerate(Trouble)}
_BAD = frozenset({Trouble.LATE, Trouble.REFUND_FAILED, Trouble.NOT_COLLECTED})
# What is no problem above the fold: it goes its way, and stands among what is open.
_CALM = frozenset({Trouble.TO_PREPARE, Trouble.TASK, Trouble.CART})


@dataclass(frozen=True, slots=True)
class Problem:
    """One open thing that needs somebody. ``since`` or ``until`` is what its clock tells."""

    trouble: Trouble
    thing: OpenThing
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_bad(self) -> bool:
        return self.trouble in _BAD


def the_problem(things: Iterable[OpenThing], now: datetime) -> Problem | None:
    """The one to solve first, if there is any."""
    found = [problem for thing in things if (problem := trouble_of(thing, now)) is not None]
    urgent = [problem for problem in found if problem.trouble not in _CALM]
    return min(urgent, key=_order, default=None)


def _order(problem: Problem) -> tuple[int, datetime, str]:
    moment = problem.since or problem.until or problem.thing.at
    return (_RANK[problem.trouble], moment, problem.thing.id)


def trouble_of(thing: OpenThing, now: datetime) -> Problem | None:
    """What one open thing needs, if anything."""
    if thing.is_closed:
        return None
    judge = _JUDGES.get(thing.kind)
    return judge(thing, now) if judge else None


def _of_pickup(thing: OpenThing, now: datetime) -> Problem | None:
    status = thing.facts["status"]
    due, ends = thing.moment("due_at"), thing.moment("window_ends_at")
    arrived = thing.moment("arrived_at")
    if arrived and status in TO_PREPARE | {"ready", "partly_handed_over"}:
        return Problem(Trouble.HERE, thing, since=arrived)
    if status in TO_PREPARE:
        if due and due < now:
            return Problem(Trouble.LATE, thing, since=due)
        return Problem(Trouble.TO_PREPARE, thing, until=due)
    if status in ("no_show", "refused_at_counter"):
        return Problem(Trouble.NOT_COLLECTED, thing, since=ends)
    if status in ("ready", "partly_handed_over"):
        soon = ends is not None and ends - now < SOON
        return Problem(Trouble.WINDOW_ENDS if soon else Trouble.READY, thing, until=ends)
    return None


def _of_parcel(thing: OpenThing, now: datetime) -> Problem | None:
    status, due = thing.facts["status"], thing.moment("due_at")
    if status in TO_PREPARE | {"packed"}:
        if due and due < now:
            return Problem(Trouble.LATE, thing, since=due)
        return Problem(Trouble.TO_PREPARE, thing, until=due)
    if status in ("attempted", "refused_at_door"):
        return Problem(Trouble.DELIVERY_FAILED, thing, since=thing.at)
    return None


def _of_unpaid(thing: OpenThing, now: datetime) -> Problem | None:
    return Problem(Trouble.UNPAID, thing, since=thing.at, until=thing.moment("pay_by_at"))


def _of_return(thing: OpenThing, now: datetime) -> Problem | None:
    if thing.facts["money"] == "failed":
        return Problem(Trouble.REFUND_FAILED, thing, since=thing.at)
    if thing.facts["status"] in AT_THE_STORE or thing.facts["money"] in ("due", "partly_settled"):
        return Problem(Trouble.RETURN_WAITS, thing, since=thing.at)
    if thing.facts["status"] == "requested":
        return Problem(Trouble.RETURN_ASKED, thing, since=thing.at)
    return None


def _of_task(thing: OpenThing, now: datetime) -> Problem | None:
    due = thing.moment("due_at")
    is_due = due is not None and due - now < SOON
    return Problem(Trouble.TASK_DUE if is_due else Trouble.TASK, thing, until=due)


def _of_incident(thing: OpenThing, now: datetime) -> Problem | None:
    return Problem(Trouble.INCIDENT, thing, since=thing.at)


def _of_hold(thing: OpenThing, now: datetime) -> Problem | None:
    return Problem(Trouble.HELD, thing, until=thing.moment("expires_at"))


def _of_cart(thing: OpenThing, now: datetime) -> Problem | None:
    if thing.facts["status"] == "at_till" or now - thing.at < CART_WAITS:
        return None
    return Problem(Trouble.CART, thing, since=thing.at)


_JUDGES = {
    "pickup": _of_pickup,
    "parcel": _of_parcel,
    "unpaid": _of_unpaid,
    "return": _of_return,
    "task": _of_task,
    "incident": _of_incident,
    "hold": _of_hold,
    "cart": _of_cart,
}
