"""The queues of a store: its pickups and its parcels by their promises, one of them open beside.

A tab not named in the address is that of the open work, else the first that has something to do.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.locations.models import Method
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens import moment
from omni.screens.views import Screen
from orders.fulfilment import boards
from orders.fulfilment.boards import Card
from orders.fulfilment.console_panel import paid_words, panel_of, steps_of
from orders.fulfilment.models import FulfilmentOrder
from orders.fulfilment.shelf_findings import Finding


class Pickups(Screen):
    """Be on time, hand over fast: the pickups of the store."""

    permission = Permission.FULFILMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        return show_pickups(self, asked_tab(request), opened_in(request))


class Shipping(Screen):
    """What leaves the store in parcels."""

    permission = Permission.FULFILMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        return show_shipping(self, asked_tab(request), opened_in(request))


def show_board(screen: Screen, row: FulfilmentOrder) -> HttpResponse:
    """The queue in which a piece of work stands, with the work open: for what was refused there."""
    tab = boards.tab_of(row)
    show = show_pickups if row.method == Method.PICKUP else show_shipping
    return show(screen, tab, row.pk)


def board_of(row: FulfilmentOrder) -> str:
    """The address of that page."""
    name = "console:pickups" if row.method == Method.PICKUP else "console:shipping"
    return f"{reverse(name)}?tab={boards.tab_of(row)}&open={row.pk}"


def show_pickups(screen: Screen, tab: str, opened: UUID | None) -> HttpResponse:
    now, day_start, here = moment.now(), start_of_day(screen), screen.place.location_id
    counts = boards.pickup_counts(screen.actor, here, now=now, day_start=day_start)
    tab = tab if tab in boards.PICKUP_TABS else _tab_of(screen, opened, counts)
    cards, panel = boards.pickup_cards(
        screen.actor, here, tab, opened=opened, now=now, day_start=day_start
    )
    labels = {
        "accept": (_("To accept"), counts.accept, "wait"),
        "pick": (_("To pick"), counts.pick, ""),
        "ready": (_("Ready"), counts.ready, ""),
        "late": (_("Late"), counts.late, "bad"),
        "closed": (_("Closed today"), counts.closed, ""),
    }
    context = {
        **_shown(screen, cards, panel, tab, labels),
        "board": "pickups",
        "board_url": reverse("console:pickups"),
        "counts": counts,
    }
    return screen.show("console/pickups/queue.html", context)


def show_shipping(screen: Screen, tab: str, opened: UUID | None) -> HttpResponse:
    day_start, here = start_of_day(screen), screen.place.location_id
    counts = boards.parcel_counts(screen.actor, here, day_start=day_start)
    if tab not in boards.PARCEL_TABS and opened is not None:
        tab = boards.tab_of(boards.work_at(screen.actor, opened, here))
    elif tab not in boards.PARCEL_TABS:
        tab = next((each for each, count in counts.items() if count), "pack")
    cards, panel = boards.parcel_cards(screen.actor, here, tab, opened=opened, day_start=day_start)
    labels = {
        "pack": (_("To pack"), counts["pack"], ""),
        "dispatch": (_("To hand to the carrier"), counts["dispatch"], ""),
        "underway": (_("Under way"), counts["underway"], ""),
        "closed": (_("Closed today"), counts["closed"], ""),
    }
    context = {
        **_shown(screen, cards, panel, tab, labels),
        "board": "shipping",
        "board_url": reverse("console:shipping"),
    }
    return screen.show("console/pickups/queue.html", context)


def _shown(
    screen: Screen,
    cards: list[Card],
    opened: Card | None,
    tab: str,
    labels: dict[str, tuple[str, int, str]],
) -> dict[str, Any]:
    now, here = moment.now(), screen.place.location_id
    if opened is None and (screen.request.GET.get("open") or screen.problem):
        raise NotFound
    panel = panel_of(opened, screen.actor, here, now=now) if opened else None
    return {
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "url": f"?tab={key}",
                "here": key == tab,
                "count": count,
                "tone": tone if count else "",
                "push": key == "closed",
            }
            for key, (label, count, tone) in labels.items()
        ],
        "rows": [row_of(screen, card, now) for card in cards],
        "panel": panel,
        "panel_paid": paid_words(opened.work.order) if opened else "",
        "findings": Finding.choices,
        "hit": screen.request.GET.get("hit", ""),
    }


def row_of(screen: Screen, card: Card, now: datetime) -> dict[str, Any]:
    """A row of the queue: the card, how it stands with its money, and its one action."""
    steps = steps_of(card, screen.actor, screen.place.location_id, now=now)
    return {
        "card": card,
        "paid": paid_words(card.work.order),
        "next": steps[0] if steps else "",
    }


def _tab_of(screen: Screen, opened: UUID | None, counts: boards.PickupCounts) -> str:
    """The tab of the open work; without one the first in which something is to be done."""
    if opened is not None:
        return boards.tab_of(boards.work_at(screen.actor, opened, screen.place.location_id))
    waiting = {"pick": counts.pick, "accept": counts.accept, "ready": counts.ready}
    return next((tab for tab, count in waiting.items() if count), "pick")


# --- what pages of this folder share --------------------------------------------------------------


def asked_tab(request: HttpRequest) -> str:
    return request.GET.get("tab", "")


def opened_in(request: HttpRequest) -> UUID | None:
    """The work that the address names. Raises: NotFound (it is no id)."""
    asked = request.GET.get("open", "")
    try:
        return UUID(asked) if asked else None
    except ValueError:
        raise NotFound from None


def start_of_day(screen: Screen) -> datetime:
    """Midnight by the wall of the place."""
    today = moment.now().astimezone(screen.place.zone).date()
    return datetime.combine(today, time.min, tzinfo=screen.place.zone)
