"""The shelf: what lies where for whom, since when, and what has to go back. And slips on paper."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import ngettext

from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens import moment
from omni.screens.views import Done, Screen
from orders.fulfilment import boards
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.after import carry_out_after_commit
from orders.fulfilment.console import opened_in, start_of_day
from orders.fulfilment.console_forms import ScanForm
from orders.fulfilment.console_panel import steps_of
from orders.fulfilment.shelf import TO_PUT_BACK, WAITING, ShelfRow, shelf_of

MOST_SLIPS = 50


class Shelf(Screen):
    """Holds and put-backs by shelf with their age; a scan puts goods back or finds their shelf."""

    permissions = {"GET": Permission.FULFILMENT_VIEW, "POST": Permission.FULFILMENT_WORK}

    def get(self, request: HttpRequest) -> HttpResponse:
        every = shelf_of(self.actor, self.place.location_id)
        bay, what = request.GET.get("bay", ""), request.GET.get("what", "")
        rows = [row for row in every if _fits(row, bay, what)]
        cards = boards.cards_at(
            self.actor, self.place.location_id, {row.fulfilment_order_id for row in rows}
        )
        shown = [self._row(row, cards) for row in rows if row.fulfilment_order_id in cards]
        context = {
            "bays": [
                {"name": name, "rows": list(each)}
                for name, each in groupby(shown, key=lambda row: row["row"].shelf)
            ],
            "bay": bay,
            "what": what,
            "waiting": sum(row.what == WAITING for row in every),
            "back": sum(row.what == TO_PUT_BACK for row in every),
            "total": len(every),
            "opened": opened_in(request),
        }
        return self.show("console/pickups/shelf.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._scan)

    def _scan(self) -> Done:
        scanned = self.form(ScanForm).cleaned_data["scanned"]
        back = fulfilment.put_back_scanned(
            location_id=self.place.location_id, scanned=scanned, actor=self.actor
        )
        carry_out_after_commit(back.order_id)
        said = ngettext(
            "%(n)d item is back in its place, and for sale again",
            "%(n)d items are back in their place, and for sale again",
            back.units,
        )
        return Done(f"{reverse('console:shelf')}?what={TO_PUT_BACK}", said % {"n": back.units})

    def _row(self, row: ShelfRow, cards: dict[UUID, boards.Card]) -> dict[str, Any]:
        card = cards[row.fulfilment_order_id]
        steps = steps_of(card, self.actor, self.place.location_id, now=moment.now())
        is_back = row.what == TO_PUT_BACK
        return {
            "row": row,
            "card": card,
            "can": dict.fromkeys(steps, True),
            "is_back": is_back,
            "is_over": not is_back and row.until is not None and row.until < moment.now(),
        }


def _fits(row: ShelfRow, bay: str, what: str) -> bool:
    return (not bay or row.shelf.casefold() == bay.casefold()) and (not what or row.what == what)


class Slips(Screen):
    """Pick slips on paper: of one piece of work, or of all that stand under a tab."""

    permission = Permission.FULFILMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        here, asked = self.place.location_id, opened_in(request)
        if asked is not None:
            card = boards.card_of(self.actor, asked, here)
            if card is None:
                raise NotFound
            cards = [card]
        else:
            cards = self._under_tab(request.GET)
        return self.show(
            "console/pickups/slips.html", {"cards": cards[:MOST_SLIPS], "most": MOST_SLIPS}
        )

    def _under_tab(self, asked: QueryDict) -> list[boards.Card]:
        here, tab, now = self.place.location_id, asked.get("tab", ""), moment.now()
        if asked.get("board") == "shipping":
            tab = tab if tab in boards.PARCEL_TABS else "pack"
            found = boards.parcel_cards(
                self.actor, here, tab, opened=None, day_start=start_of_day(self)
            )
        else:
            tab = tab if tab in boards.PICKUP_TABS else "pick"
            found = boards.pickup_cards(
                self.actor, here, tab, opened=None, now=now, day_start=start_of_day(self)
            )
        return found[0]
