"""What may be done about an open thing, by whom, and on which page: one action each.

An action is told only to those who may do it at that place. The pages are those of the folders
below; where one is not part of this console there is no action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from journeys.timeline.open_things import OpenThing
from journeys.timeline.problem import TO_PREPARE
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.screens.place import Place


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: where, in which word. ``posts``: it is done at once, by a form."""

    label: str
    url: str
    posts: bool = False


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts for which customer, and where they stand."""

    actor: Actor
    place: Place
    customer_id: UUID

    def may(self, permission: str, thing: OpenThing | None = None) -> bool:
        """Whether they may at the thing's own place; without one, at theirs."""
        named = thing.facts.get("location_id") if thing else None
        location_id = UUID(named) if named else self.place.location_id
        return self.actor.may(permission, location_id=location_id)

    def is_here(self, thing: OpenThing) -> bool:
        return str(thing.facts.get("location_id")) == str(self.place.location_id)

    def action(self, thing: OpenThing) -> Action | None:
        """The one action for an open thing."""
        find = _ACTIONS.get(thing.kind)
        return find(self, thing) if find else None


def page(name: str, *args: Any, **query: Any) -> str:
    """The address of a page of the console; "" where it has none."""
    try:
        address = reverse(f"console:{name}", args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address


def _to(label: str, url: str) -> Action | None:
    return Action(label, url) if url else None


def _order(acting: Acting, thing: OpenThing, label: str = "") -> Action | None:
    if not thing.facts.get("order_id") or not acting.may(Permission.ORDERS_VIEW, thing):
        return None
    return _to(label or _("Open order"), page("order", thing.facts["order_id"]))


def _pickup(acting: Acting, thing: OpenThing) -> Action | None:
    status = thing.facts["status"]
    if not acting.is_here(thing):
        return _order(acting, thing)
    if status in ("ready", "partly_handed_over") and acting.may(Permission.PICKUP_HAND_OVER):
        return _to(_("Hand over"), page("hand-over", thing.id))
    if status in TO_PREPARE and acting.may(Permission.FULFILMENT_WORK):
        label = _("Accept") if status == "new" else _("Go on picking")
        return _to(label, page("pickups", open=thing.id))
    if acting.may(Permission.FULFILMENT_VIEW):
        if status in ("no_show", "refused_at_counter"):
            return _to(_("See the shelf"), page("shelf"))
        return _to(_("Open pickup"), page("pickups", open=thing.id))
    return None


def _parcel(acting: Acting, thing: OpenThing) -> Action | None:
    if acting.is_here(thing) and acting.may(Permission.FULFILMENT_VIEW):
        return _to(_("Open parcel"), page("work", thing.id))
    return _order(acting, thing)


def _unpaid(acting: Acting, thing: OpenThing) -> Action | None:
    return _order(acting, thing)


def _return(acting: Acting, thing: OpenThing) -> Action | None:
    if not acting.may(Permission.RETURNS_VIEW):
        return None
    return _to(_("Open return"), page("return-case", thing.id))


def _cart(acting: Acting, thing: OpenThing) -> Action | None:
    if thing.facts["status"] == "at_till" or not acting.may(Permission.POS_SELL):
        return None
    url = page("till", customer=acting.customer_id, cart=thing.id)
    return _to(_("Open at till"), url)


def _task(acting: Acting, thing: OpenThing) -> Action | None:
    if not acting.may(Permission.WORK_VIEW, thing):
        return None
    url = page("finish-task", thing.id)
    return Action(_("Done"), url, posts=True) if url else None


def _incident(acting: Acting, thing: OpenThing) -> Action | None:
    if not acting.may(Permission.WORK_VIEW, thing):
        return None
    return _to(_("Decide"), page("incident", thing.id))


def _hold(acting: Acting, thing: OpenThing) -> Action | None:
    if not acting.is_here(thing) or not acting.may(Permission.POS_SELL):
        return None
    url = page("release-hold", acting.customer_id, thing.id)
    return Action(_("Let go"), url, posts=True) if url else None


_ACTIONS = {
    "pickup": _pickup,
    "parcel": _parcel,
    "unpaid": _unpaid,
    "return": _return,
    "cart": _cart,
    "task": _task,
    "incident": _incident,
    "hold": _hold,
}
