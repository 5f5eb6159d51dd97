"""How an order stands, in the customer's words: one sentence, and the steps to the end.

Pure: from the states of ``fulfilment`` and ``sales`` to texts. What staff call rejected or put back
is nothing to a customer; those say what it means for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.locations.models import Method
from orders.fulfilment.models import FulfilmentState
from orders.sales.models import OrderStatus

_S = FulfilmentState
Words = Mapping[str, tuple[str | Promise, str | Promise]]

PICKUP_STEPS = (_("Ordered"), _("Being prepared"), _("Ready"), _("Collected"))
SHIP_STEPS = (_("Ordered"), _("Being prepared"), _("On its way"), _("Delivered"))

_WORK: Words = {
    _S.SCHEDULED: (_("Planned"), ""),
    _S.ON_HOLD: (_("Waiting"), _("We are looking into it and will come back to you.")),
    _S.NEW: (_("We have your order"), _("We write to you as soon as it is ready.")),
    _S.ACCEPTED: (_("We have your order"), _("We write to you as soon as it is ready.")),
    _S.PICKING: (_("Being prepared"), _("We write to you as soon as it is ready.")),
    _S.WAITING_TRANSFER: (
        _("Being prepared"),
        _("A part comes from another store. We write to you as soon as it is ready."),
    ),
    _S.PACKED: (_("Packed"), _("It leaves with the next carrier.")),
}
_PICKUP: Words = {
    _S.READY: (_("Ready to collect"), _("Show the code at the counter.")),
    _S.PARTLY_HANDED_OVER: (
        _("Partly collected"),
        _("The rest waits for you. Show the code at the counter."),
    ),
    _S.HANDED_OVER: (_("Collected"), _("Thank you. Enjoy it.")),
    _S.NO_SHOW: (
        _("Not collected in time"),
        _("Ask the store: if it still lies there, you can have it."),
    ),
    _S.REFUSED_AT_COUNTER: (_("Not taken"), _("What you paid for it goes back.")),
    _S.PUT_BACK: (_("Closed"), _("It went back on sale.")),
    _S.CLOSED: (_("Closed"), _("It went back on sale.")),
    _S.CANCELLED: (_("Cancelled"), ""),
}
_PARCEL: Words = {
    _S.DISPATCHED: (_("On its way"), ""),
    _S.DELIVERED: (_("Delivered"), _("Thank you. Enjoy it.")),
    _S.ATTEMPTED: (_("Nobody was met"), _("The carrier tries again or leaves you a note.")),
    _S.RETURNING: (_("On its way back to us"), ""),
    _S.RETURNED_TO_ORIGIN: (_("Back with us"), _("What you paid for it goes back.")),
    _S.LOST: (_("Lost on its way"), _("We are looking into it and will come back to you.")),
    _S.REFUSED_AT_DOOR: (_("Refused at the door"), _("What you paid for it goes back.")),
    _S.CANCELLED: (_("Cancelled"), ""),
    _S.PUT_BACK: (_("Cancelled"), ""),
    _S.CLOSED: (_("Cancelled"), ""),
}
_ORDER: Words = {
    OrderStatus.PLACED: (
        _("Waiting for your payment"),
        _("We keep the goods for you until then."),
    ),
    OrderStatus.IN_REVIEW: (_("Being checked"), _("We come back to you shortly.")),
    OrderStatus.CONFIRMED: (_("We have your order"), ""),
    OrderStatus.COMPLETED: (_("Complete"), _("Thank you. Enjoy it.")),
    OrderStatus.CANCELLED: (_("Cancelled"), ""),
    OrderStatus.FAILED: (
        _("Not paid in time"),
        _("Nothing was sold and nothing is charged. The goods are free again."),
    ),
}

_DONE_STEPS = {
    _S.SCHEDULED: 0, _S.ON_HOLD: 0, _S.NEW: 0, _S.ACCEPTED: 1, _S.PICKING: 1,
    _S.WAITING_TRANSFER: 1, _S.PACKED: 1, _S.READY: 2, _S.PARTLY_HANDED_OVER: 2, _S.HANDED_OVER: 4,
    _S.DISPATCHED: 2, _S.ATTEMPTED: 2, _S.DELIVERED: 4,
}  # fmt: skip
BAD = frozenset(
    {_S.NO_SHOW, _S.LOST, _S.RETURNING, _S.RETURNED_TO_ORIGIN, _S.ATTEMPTED, _S.ON_HOLD}
)


@dataclass(frozen=True, slots=True)
class Standing:
    """``headline`` and what follows from it; ``tone`` good, wait, bad or info."""

    headline: str | Promise
    advice: str | Promise
    tone: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the bar: done, now or todo."""

    label: str | Promise
    state: str


def standing_of_work(method: str, status: str) -> Standing:
    """How a part of the order stands."""
    own = _PICKUP if method == Method.PICKUP else _PARCEL
    if method == Method.CARRY_OUT:
        return Standing(_("Taken along"), "", "good")
    headline, advice = own.get(status) or _WORK.get(status) or (_("Closed"), "")
    return Standing(headline, advice, _tone(status))


def standing_of_order(status: str) -> Standing:
    """How an order stands that has no work yet, or none any more."""
    headline, advice = _ORDER[status]
    ends = {OrderStatus.COMPLETED: "good", OrderStatus.FAILED: "bad", OrderStatus.CANCELLED: "info"}
    return Standing(headline, advice, ends.get(OrderStatus(status), "wait"))


def steps_of(method: str, status: str) -> list[Step]:
    """The bar; none for what left the usual way."""
    reached = _DONE_STEPS.get(FulfilmentState(status))
    if reached is None or method == Method.CARRY_OUT:
        return []
    labels = PICKUP_STEPS if method == Method.PICKUP else SHIP_STEPS
    return [
        Step(label, "done" if index < reached else "now" if index == reached else "todo")
        for index, label in enumerate(labels)
    ]


def _tone(status: str) -> str:
    if status in BAD:
        return "bad"
    if status in (_S.READY, _S.PARTLY_HANDED_OVER, _S.HANDED_OVER, _S.DELIVERED):
        return "good"
    return "info" if _DONE_STEPS.get(FulfilmentState(status)) is not None else "wait"
