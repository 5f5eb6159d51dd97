"""The merchant's orders: a table with filters as a sentence, saved views and an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from inventory.locations.queries import channels_visible_to, locations_visible_to
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.money import Money, exponent
from omni.rest.pagination import page
from omni.screens.saved_views import forget_view, save_view, views_of
from omni.screens.tables import csv_file
from omni.screens.views import Done, Screen
from orders.sales import listing
from orders.sales.models import Order
from orders.sales.office_filters import Filters
from orders.sales.queries import orders_visible_to

ROWS = 50
EXPORTED = 20_000
PAGE = "office:orders"


class Orders(Screen):
    """All orders that one may see."""

    permission = Permission.ORDERS_VIEW
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        filters = Filters.read(request.GET)
        rows = filters.apply(orders_visible_to(self.actor)).select_related("channel")
        found = page(rows, keys=listing.NEWEST, cursor=request.GET.get("after"), limit=ROWS)
        places = locations_visible_to(self.actor, Permission.ORDERS_VIEW)
        channels = channels_visible_to(self.actor, Permission.ORDERS_VIEW)
        query = filters.query()
        context = {
            "filters": filters,
            "parts": filters.parts(list(channels.order_by("name")), list(places.order_by("name"))),
            "rows": listing.shown(found.rows),
            "query": query,
            "text": filters.values.get("q", ""),
            "views": [
                {
                    "row": each,
                    "here": each.query == query,
                    "own": each.owner_id == self.actor.user_id,
                }
                for each in views_of(self.actor, PAGE)
            ],
            "after": f"?{query}&{urlencode({'after': found.next})}" if found.next else "",
            "before": f"?{query}" if request.GET.get("after") else "",
            "may_cancel": self.actor.may(Permission.ORDERS_CANCEL),
        }
        return self.show("office/orders/orders.html", context)


class KeepView(Screen):
    """These filters under a name."""

    permission = Permission.ORDERS_VIEW
    needs_place = False

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._keep)

    def _keep(self) -> Done:
        given = self.request.POST
        filters = Filters.read(given)
        row = save_view(
            page=PAGE,
            name=given.get("name", ""),
            query=filters.query(),
            is_shared=given.get("shared") == "1",
            actor=self.actor,
        )
        return Done(f"{reverse(PAGE)}?{row.query}", _("Kept as “%(name)s”") % {"name": row.name})


class ForgetView(Screen):
    """One's own view is kept no longer."""

    permission = Permission.ORDERS_VIEW
    needs_place = False

    def post(self, request: HttpRequest, view_id: UUID) -> HttpResponse:
        return self.once(lambda: self._forget(view_id))

    def _forget(self, view_id: UUID) -> Done:
        forget_view(view_id=view_id, actor=self.actor)
        return Done(reverse(PAGE), _("Forgotten"))


class Export(Screen):
    """The orders that fit the filters, or those that were ticked, as a file for spreadsheets."""

    permission = Permission.ORDERS_VIEW
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = Filters.read(request.GET).apply(orders_visible_to(self.actor))
        ticked = ids_in(request.GET.getlist("order"))
        if ticked:
            rows = rows.filter(pk__in=ticked)
        log_view(
            actor=self.actor,
            kind="orders.export",
            subject_id="",
            reason=request.META.get("QUERY_STRING", "")[:200],
        )
        found = rows.select_related("channel", "location").order_by(*listing.NEWEST)
        return csv_file("orders.csv", _head(), _rows(found[:EXPORTED]))


def ids_in(texts: Sequence[str]) -> list[UUID]:
    """The ids among them, at most 200."""
    found = []
    for text in texts[:200]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _head() -> list[str]:
    return [
        _("Number"),
        _("Placed"),
        _("Channel"),
        _("Store"),
        _("Name"),
        _("E-mail"),
        _("Status"),
        _("Payment"),
        _("Goods"),
        _("Returns"),
        _("Total"),
        _("Cancelled"),
        _("Currency"),
    ]


def _rows(orders: Any) -> Iterator[Sequence[Any]]:
    for order in orders.iterator(chunk_size=500):
        yield _row(order)


def _row(order: Order) -> Sequence[Any]:
    return [
        order.number,
        order.placed_at.isoformat(timespec="seconds"),
        order.channel.name,
        order.location.name if order.location else "",
        order.contact_name,
        order.email,
        order.get_status_display(),
        order.get_payment_status_display(),
        order.get_fulfilment_status_display(),
        order.get_return_status_display(),
        _figure(order.total_minor, order.currency),
        _figure(order.cancelled_minor, order.currency),
        order.currency,
    ]


def _figure(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).to_decimal():.{exponent(currency)}f}"
