"""One piece of work beside the queue: what can be done with it now, by this person, and what first.

For showing only: every step is judged again by its operation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.screens import words
from orders.fulfilment.beside import Happened, Shelf, history_of, shelves_of
from orders.fulfilment.boards import Card
from orders.fulfilment.hand_over import UNDO_WITHIN
from orders.fulfilment.models import FulfilmentState, Shipment
from orders.fulfilment.queries import PARCELS
from orders.sales.models import Order, PaymentPolicy, PaymentStatus

_S = FulfilmentState
_WORK = Permission.FULFILMENT_WORK

# Which steps each state offers; the first that may be taken now is the one thing to do next.
PICKUP_STEPS: dict[str, tuple[str, ...]] = {
    _S.NEW: ("accept", "reject"),
    _S.ACCEPTED: ("start", "reject"),
    _S.PICKING: ("put_back_rest", "pick", "ready", "reject"),
    _S.WAITING_TRANSFER: ("ready",),
    _S.READY: ("hand_over", "take_back", "refuse", "put_back_rest", "renew", "extend"),
    _S.PARTLY_HANDED_OVER: ("hand_over", "undo", "put_back", "renew", "extend"),
    _S.HANDED_OVER: ("undo",),
    _S.NO_SHOW: ("reinstate", "put_back"),
    _S.REFUSED_AT_COUNTER: ("put_back",),
    _S.CANCELLED: ("put_back",),
}
PARCEL_STEPS: dict[str, tuple[str, ...]] = {
    _S.NEW: ("accept", "hold", "reject"),
    _S.ON_HOLD: ("resume",),
    _S.ACCEPTED: ("start", "hold", "reject"),
    _S.PICKING: ("put_back_rest", "pick", "pack", "reject"),
    _S.PACKED: ("dispatch",),
    _S.DISPATCHED: ("deliver", "attempt", "refuse_at_door", "send_back", "lose"),
    _S.ATTEMPTED: ("deliver", "refuse_at_door", "send_back", "lose"),
    _S.REFUSED_AT_DOOR: ("send_back", "lose"),
    _S.RETURNING: ("receive_back", "lose"),
    _S.CANCELLED: ("put_back",),
}
PERMISSIONS: dict[str, str] = {
    "hand_over": Permission.PICKUP_HAND_OVER,
    "refuse": Permission.PICKUP_HAND_OVER,
    "take_back": Permission.PICKUP_REINSTATE,
    "reinstate": Permission.PICKUP_REINSTATE,
    "extend": Permission.PICKUP_REINSTATE,
    "undo": Permission.PICKUP_UNDO_HAND_OVER,
    "renew": Permission.PICKUP_HAND_OVER_BY_ID,
}


@dataclass(frozen=True, slots=True)
class Panel:
    """The open work: its card, its steps in order, its past, and where it could be put."""

    card: Card
    steps: tuple[str, ...]
    now: datetime
    history: list[Happened] = field(default_factory=list)
    shelves: list[Shelf] = field(default_factory=list)

    @property
    def can(self) -> dict[str, bool]:
        """For templates: ``panel.can.accept``."""
        return dict.fromkeys(self.steps, True)

    @property
    def next(self) -> str:
        """The one thing to do next."""
        return self.steps[0] if self.steps else ""

    @property
    def can_tick(self) -> bool:
        """Whether a tap on a line picks it, or takes that back."""
        return bool({"pick", "ready", "pack"} & set(self.steps)) and self.is_picking

    @property
    def is_picking(self) -> bool:
        return bool(self.card.work.status == _S.PICKING)

    @property
    def parcels(self) -> list[Shipment]:
        is_parcel = self.card.work.method in PARCELS
        return list(self.card.work.shipments.all()) if is_parcel else []

    @property
    def tone(self) -> str:
        """The colour of the promise."""
        due = self.card.work.due_at
        return words.clock(due, UTC, self.now).tone if due else ""

    @property
    def minutes(self) -> int:
        """How long the promise was, from the arrival of the work."""
        return max(1, self._minutes_until(self.card.work.due_at or self.now))

    @property
    def minutes_used(self) -> int:
        return min(self.minutes, max(0, self._minutes_until(self.now)))

    def _minutes_until(self, moment: datetime) -> int:
        return int((moment - self.card.work.created_at).total_seconds() // 60)


def panel_of(card: Card, actor: Actor, location_id: UUID, *, now: datetime) -> Panel:
    """The card with what stands beside it. Three statements at most."""
    steps = steps_of(card, actor, location_id, now=now)
    shelves = shelves_of(location_id, now=now) if "ready" in steps else []
    return Panel(card, steps, now, history_of(card.work), shelves)


def steps_of(card: Card, actor: Actor, location_id: UUID, *, now: datetime) -> tuple[str, ...]:
    """What this person can do with the work as it stands, the next thing first."""
    by_state = PICKUP_STEPS if card.work.method == Method.PICKUP else PARCEL_STEPS
    return tuple(
        step
        for step in by_state.get(card.work.status, ())
        if _fits(step, card, now)
        and actor.may(PERMISSIONS.get(step, _WORK), location_id=location_id)
    )


def _fits(step: str, card: Card, now: datetime) -> bool:
    """Whether the units and times of the work allow the step."""
    pickup = card.pickup
    if step in ("pick", "reject"):
        return bool(card.to_pick)
    if step in ("ready", "pack"):
        return not card.to_pick and not (step == "pack" and card.to_put_back)
    if step in ("put_back", "put_back_rest"):
        gives_up = card.work.status in (_S.NO_SHOW, _S.PARTLY_HANDED_OVER)
        return bool(card.to_put_back) or (step == "put_back" and gives_up)
    if step == "undo":
        given_at = pickup.handed_over_at if pickup else None
        return given_at is not None and given_at > now - UNDO_WITHIN
    if step == "extend":
        ends = pickup.window_ends_at if pickup else None
        return pickup is not None and not pickup.is_extended and ends is not None and ends > now
    if step == "renew":
        return pickup is not None and pickup.locked_at is not None
    return True


def paid_words(order: Order) -> str:
    """How an order stands with its money, in a word or two."""
    known = {
        PaymentStatus.PAID: _("paid"),
        PaymentStatus.OVERPAID: _("paid"),
        PaymentStatus.AUTHORISED: _("card authorised"),
        PaymentStatus.PARTLY_PAID: _("partly paid"),
        PaymentStatus.PARTLY_REFUNDED: _("paid, partly refunded"),
        PaymentStatus.REFUNDED: _("refunded"),
    }
    if order.payment_status in known:
        return known[PaymentStatus(order.payment_status)]
    if order.payment_policy == PaymentPolicy.PAY_AT_COLLECTION:
        return _("pays here")
    if order.payment_policy == PaymentPolicy.ON_ACCOUNT:
        return _("on account")
    return _("not paid")
