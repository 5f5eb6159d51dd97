"""Open things and the one problem in plain words, as the page shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from journeys.timeline.acting import Acting, Action
from journeys.timeline.open_things import OpenThing
from journeys.timeline.problem import Problem, Trouble, the_problem, trouble_of
from omni.core.money import Money
from omni.screens import words
from orders.aftersales.models import LogisticsState
from orders.fulfilment.models import FulfilmentState

_ICONS = {
    "pickup": "package", "parcel": "truck", "unpaid": "credit-card", "return": "undo-2",
    "cart": "shopping-cart", "task": "circle-check-big", "incident": "triangle-alert",
    "hold": "bookmark",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One open thing: title, its state as a chip, one line below, one action."""

    thing: OpenThing
    icon: str
    title: str
    number: str
    chip: str
    tone: str
    chip_icon: str
    amount: Money | None
    foot: str
    action: Action | None


@dataclass(frozen=True, slots=True)
class ProblemTold:
    """The one problem: since when, what, more about it, and its solution."""

    is_bad: bool
    clock: str
    title: str
    more: str
    action: Action | None


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a page is looked at."""

    now: datetime
    zone: tzinfo

    def when(self, moment: datetime | None) -> str:
        return words.when(moment, self.zone, self.now) if moment else ""

    def by(self, moment: datetime | None) -> str:
        """The same within a sentence."""
        return words.within(self.when(moment))

    def ago(self, moment: datetime) -> str:
        return words.ago(moment, self.now)

    def apart(self, moment: datetime) -> str:
        return words.span(int(abs((self.now - moment).total_seconds())))


def problem_told(things: Sequence[OpenThing], acting: Acting, moment: Moment) -> ProblemTold | None:
    """The one to solve first, in words."""
    problem = the_problem(things, moment.now)
    if problem is None:
        return None
    row = _row(problem.thing, acting, moment)
    title, more = _PROBLEMS[problem.trouble](problem, moment)
    return ProblemTold(problem.is_bad, _clock(problem, moment), title, more, row.action)


def rows_told(things: Sequence[OpenThing], acting: Acting, moment: Moment) -> list[OpenRow]:
    """What is open, what needs somebody first on top."""
    order = list(Trouble)

    def rank(thing: OpenThing) -> tuple[int, float]:
        problem = trouble_of(thing, moment.now)
        urgency = order.index(problem.trouble) if problem else len(order)
        return (urgency, -thing.at.timestamp())

    live = sorted((thing for thing in things if not thing.is_closed), key=rank)
    return [_row(thing, acting, moment) for thing in live]


def closed_told(things: Sequence[OpenThing], zone: tzinfo, most: int) -> list[dict[str, Any]]:
    """What was closed lately, the newest first."""
    closed = sorted((t for t in things if t.is_closed), key=lambda t: t.at, reverse=True)
    return [
        {"text": _closed(thing), "thing": thing, "at": words.plain_day(thing.at.astimezone(zone))}
        for thing in closed[:most]
    ]


def _closed(thing: OpenThing) -> str:
    facts = thing.facts
    named = {"number": facts["number"], "place": facts.get("location") or ""}
    if thing.kind == "return":
        if named["place"]:
            return _("Returned at %(place)s") % named
        return _("Return %(number)s closed") % named
    if facts.get("method") == "carry_out":
        return _("Bought at %(place)s") % named
    if facts["status"] == "delivered":
        return _("Delivered %(number)s") % named
    if facts["status"] == "closed":
        return _("Put back %(number)s") % named
    return _("Collected %(number)s") % named


# --- rows -----------------------------------------------------------------------------------------


def _row(thing: OpenThing, acting: Acting, moment: Moment) -> OpenRow:
    title, number, chip, tone, foot = _ROWS[thing.kind](thing, moment)
    problem = trouble_of(thing, moment.now)
    if problem and problem.is_bad:
        tone = "bad"
    icons = {"good": "check", "wait": "clock", "bad": "triangle-alert", "info": "truck"}
    amount = None
    if thing.kind == "cart" and thing.facts.get("minor") is not None:
        amount = Money(int(thing.facts["minor"]), thing.facts["currency"])
    return OpenRow(
        thing=thing,
        icon=_ICONS[thing.kind],
        title=title,
        number=number,
        chip=chip,
        tone=tone,
        chip_icon=icons.get(tone, "clock"),
        amount=amount,
        foot=foot,
        action=acting.action(thing),
    )


Told = tuple[str, str, str, str, str]  # title, number, chip, tone, foot
_WORK_TONES = {
    "ready": "good", "partly_handed_over": "good", "dispatched": "info", "returning": "info",
    "no_show": "bad", "refused_at_counter": "wait", "attempted": "wait", "refused_at_door": "wait",
}  # fmt: skip


def _work(thing: OpenThing, moment: Moment) -> Told:
    facts = thing.facts
    is_pickup = thing.kind == "pickup"
    ends, due = thing.moment("window_ends_at"), thing.moment("due_at")
    foot = [facts["location"]]
    if facts.get("shelf"):
        foot.insert(0, facts["shelf"])
    if ends and facts["status"] == "ready":
        foot.append(_("until %(when)s") % {"when": moment.by(ends)})
    elif due and facts["status"] in ("new", "accepted", "picking", "waiting_transfer", "packed"):
        foot.append(_("for %(when)s") % {"when": moment.by(due)})
    status = facts["status"]
    chip = str(FulfilmentState(status).label)
    title = _("Pickup") if is_pickup else _("Parcel")
    return title, facts["number"], chip, _WORK_TONES.get(status, "wait"), ", ".join(foot)


def _unpaid(thing: OpenThing, moment: Moment) -> Told:
    facts = thing.facts
    amount = Money(int(facts["minor"]), facts["currency"])
    by = thing.moment("pay_by_at")
    chip = _("In review") if facts["in_review"] else _("Not paid")
    if facts["failed"]:
        chip = _("Payment failed")
    foot = str(amount)
    if by:
        foot = _("%(amount)s, kept until %(when)s") % {"amount": amount, "when": moment.by(by)}
    return _("Order"), facts["number"], chip, "wait", foot


def _return(thing: OpenThing, moment: Moment) -> Told:
    facts = thing.facts
    chip, tone = str(LogisticsState(facts["status"]).label), "wait"
    if facts["status"] in ("authorised", "in_transit"):
        tone = "info"
    if facts["money"] == "failed":
        chip, tone = _("Refund failed"), "bad"
    elif facts["money"] in ("due", "partly_settled"):
        chip = _("Refund due")
    foot = facts["location"] or _("No store yet")
    if facts["minor"]:
        amount = Money(int(facts["minor"]), facts["currency"])
        foot = _("Refund %(amount)s") % {"amount": amount}
    return _("Return"), facts["number"], chip, tone, foot


def _cart(thing: OpenThing, moment: Moment) -> Told:
    facts = thing.facts
    items = ngettext("%(n)d item", "%(n)d items", facts["items"]) % {"n": facts["items"]}
    title = _("Cart: %(channel)s") % {"channel": facts["channel"]}
    chip = _("At the till") if facts["status"] == "at_till" else ""
    foot = f"{items}, {_('changed %(ago)s') % {'ago': moment.ago(thing.at)}}"
    return title, "", chip, "info" if chip else "", foot


def _task(thing: OpenThing, moment: Moment) -> Told:
    due = thing.moment("due_at")
    chip = moment.when(due) if due else _("Task")
    foot = thing.facts["assignee"] or _("Nobody has it yet")
    tone = "bad" if due and due < moment.now else ""
    return thing.facts["title"], "", chip, tone, foot


def _incident(thing: OpenThing, moment: Moment) -> Told:
    return thing.facts["title"], "", _("To decide"), "wait", moment.ago(thing.at)


def _hold(thing: OpenThing, moment: Moment) -> Told:
    facts = thing.facts
    name = thing.pictures[0]["name"] if thing.pictures else _("Item")
    foot = _("%(place)s, until %(when)s") % {
        "place": facts["location"],
        "when": moment.by(thing.moment("expires_at")),
    }
    return _("Held: %(item)s") % {"item": name}, "", f"× {facts['items']}", "good", foot


_ROWS: dict[str, Callable[[OpenThing, Moment], Told]] = {
    "pickup": _work,
    "parcel": _work,
    "unpaid": _unpaid,
    "return": _return,
    "cart": _cart,
    "task": _task,
    "incident": _incident,
    "hold": _hold,
}


# --- the problem ----------------------------------------------------------------------------------


def _clock(problem: Problem, moment: Moment) -> str:
    if problem.trouble == Trouble.LATE and problem.since:
        return _("%(span)s late") % {"span": moment.apart(problem.since)}
    if problem.trouble == Trouble.HERE and problem.since:
        return _("Here for %(span)s") % {"span": moment.apart(problem.since)}
    if problem.until and problem.until < moment.now:
        return _("Since %(when)s") % {"when": moment.by(problem.until)}
    if problem.until:
        return _("Until %(when)s") % {"when": moment.by(problem.until)}
    return _("Waiting %(span)s") % {"span": moment.apart(problem.since or problem.thing.at)}


def _names(thing: OpenThing) -> str:
    return ", ".join(each["name"] for each in thing.pictures)


def _of_work(text: str) -> Callable[[Problem, Moment], tuple[str, str]]:
    def tell(problem: Problem, moment: Moment) -> tuple[str, str]:
        facts = problem.thing.facts
        named = {
            "number": facts["number"],
            "place": facts["location"],
            "shelf": facts.get("shelf") or "–",
        }
        return _(text) % named, _names(problem.thing)

    return tell


def _unpaid_told(problem: Problem, moment: Moment) -> tuple[str, str]:
    facts = problem.thing.facts
    amount = Money(int(facts["minor"]), facts["currency"])
    text = _("Order %(number)s is not paid: %(amount)s")
    if facts["failed"]:
        text = _("The payment of order %(number)s failed: %(amount)s")
    if facts["in_review"]:
        text = _("Order %(number)s waits for a review: %(amount)s")
    return text % {"number": facts["number"], "amount": amount}, _names(problem.thing)


def _refund_told(problem: Problem, moment: Moment) -> tuple[str, str]:
    facts = problem.thing.facts
    amount = Money(int(facts["minor"]), facts["currency"])
    named = {"number": facts["number"], "amount": amount}
    if problem.trouble == Trouble.REFUND_FAILED:
        return _("The refund of %(amount)s failed") % named, _("Pay it out another way")
    if problem.trouble == Trouble.RETURN_ASKED:
        return _("Asked to return goods (%(number)s)") % named, _names(problem.thing)
    if facts["money"] in ("due", "partly_settled"):
        return _("%(amount)s of the return %(number)s is due") % named, _names(problem.thing)
    return _("Return %(number)s waits to be inspected") % named, _names(problem.thing)


def _titled(problem: Problem, moment: Moment) -> tuple[str, str]:
    thing = problem.thing
    return thing.facts["title"], thing.facts.get("assignee") or ""


def _held_told(problem: Problem, moment: Moment) -> tuple[str, str]:
    facts = problem.thing.facts
    return _("Held at %(place)s") % {"place": facts["location"]}, _names(problem.thing)


_PROBLEMS: dict[Trouble, Callable[[Problem, Moment], tuple[str, str]]] = {
    Trouble.HERE: _of_work(gettext_noop("Is here for pickup %(number)s, shelf %(shelf)s")),
    Trouble.LATE: _of_work(gettext_noop("Order %(number)s is late at %(place)s")),
    Trouble.REFUND_FAILED: _refund_told,
    Trouble.UNPAID: _unpaid_told,
    Trouble.WINDOW_ENDS: _of_work(
        gettext_noop("Pickup %(number)s is not kept much longer, shelf %(shelf)s")
    ),
    Trouble.NOT_COLLECTED: _of_work(
        gettext_noop("Pickup %(number)s was not collected at %(place)s")
    ),
    Trouble.TASK_DUE: _titled,
    Trouble.RETURN_WAITS: _refund_told,
    Trouble.RETURN_ASKED: _refund_told,
    Trouble.DELIVERY_FAILED: _of_work(
        gettext_noop("The parcel of order %(number)s did not arrive")
    ),
    Trouble.INCIDENT: _titled,
    Trouble.HELD: _held_told,
    Trouble.READY: _of_work(
        gettext_noop("Pickup %(number)s is ready at %(place)s, shelf %(shelf)s")
    ),
}
