"""The store's orders: those that concern it, newest first, and any that a search finds."""

from __future__ import annotations

from datetime import datetime, time

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from omni.access.permissions import Permission
from omni.core import clock
from omni.rest.pagination import page
from omni.screens.views import Screen
from orders.sales import listing
from orders.sales.queries import orders_at, orders_visible_to

ROWS = 40
TABS = (
    (listing.OPEN, _("Open"), ""),
    (listing.TODAY, _("Today"), ""),
    (listing.PROBLEMS, _("Problems"), "bad"),
    (listing.ALL, _("All"), ""),
)


class Orders(Screen):
    """Orders that this store sells, prepares or takes back; with a text those of everywhere one
    may see."""

    permission = Permission.ORDERS_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        visible = orders_visible_to(self.actor)
        here = orders_at(visible, [self.place.location_id])
        text = " ".join(request.GET.get("q", "").split())[:120]
        part = request.GET.get("tab", listing.OPEN)
        part = part if part in listing.PARTS else listing.OPEN
        today = clock.now().astimezone(self.place.zone).date()
        start = datetime.combine(today, time.min, tzinfo=self.place.zone)
        counted = {} if text else listing.counts(here, day_start=start)
        rows = (
            listing.searched(visible, text)
            if text
            else listing.part_of(here, part, day_start=start)
        )
        found = page(
            rows.select_related("channel"),
            keys=listing.NEWEST,
            cursor=request.GET.get("after"),
            limit=ROWS,
        )
        asked = {"q": text} if text else {"tab": part}
        context = {
            "text": text,
            "rows": listing.shown(found.rows),
            "may_return": self.actor.may(Permission.RETURNS_CREATE),
            "part": part,
            "after": f"?{urlencode({**asked, 'after': found.next})}" if found.next else "",
            "before": f"?{urlencode(asked)}" if request.GET.get("after") else "",
            "tabs": [
                {
                    "label": label,
                    "url": f"?tab={name}",
                    "here": name == part,
                    "count": counted.get(name),
                    "tone": tone if counted.get(name) else "",
                    "push": name == listing.ALL,
                }
                for name, label, tone in TABS
            ],
        }
        return self.show("console/orders/orders.html", context)
