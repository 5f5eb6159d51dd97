"""The overview of head office: this period against the last, over all channels and stores."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from inventory.stock.figures import shortfalls, stock_worth
from omni.access.permissions import Permission
from omni.console import overview_cards as cards
from omni.console import overview_sales, periods
from omni.console.overview_cards import Card
from omni.console.questions import OfficeScreen, Question
from orders.aftersales.figures import off_sales, returned_by_day
from orders.fulfilment.figures import pickup_service
from orders.sales.figures import Span, buyers_by_week, sales_by_day

BUYER_WEEKS = 8


class Overview(OfficeScreen):
    """Sales, pickups, returns, stock and buyers at a glance, each with what to do about it."""

    permission = Permission.ORDERS_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        question = self.question(request)
        scope, spans = question.scope(self.actor), question.spans
        may_returns = self.actor.may(Permission.RETURNS_VIEW)
        back = question.scope(self.actor, Permission.RETURNS_VIEW) if may_returns else None
        returned = returned_by_day(spans, back=back, off=scope)
        sales = [*sales_by_day(scope, spans), *off_sales(returned)]
        share = overview_sales.share_back([row for row in sales if row.span == 0])
        context = {
            "question": question,
            "parts": question.parts(),
            "days": _days(question),
            "tiles": overview_sales.tiles(question, sales)[: 4 if may_returns else 3],
            "channels": overview_sales.by_channel(question, sales),
            "stores": overview_sales.by_store(question, sales),
            "cards": [
                *self._service(question),
                *([cards.returns(question, returned, share)] if may_returns else []),
                *self._stock(question),
                cards.buyers(question, buyers_by_week(scope, _weeks(question))),
            ],
            "has_sales": bool(sales),
            "doubts": question.doubts,
            "own": {"first": question.period.first, "last": question.period.last},
        }
        return self.show("office/overview/overview.html", context)

    def _service(self, question: Question) -> list[Card]:
        if not self.actor.may(Permission.FULFILMENT_VIEW):
            return []
        scope = question.scope(self.actor, Permission.FULFILMENT_VIEW)
        return [cards.pickups(question, pickup_service(scope, question.spans[0]))]

    def _stock(self, question: Question) -> list[Card]:
        if not self.actor.may(Permission.STOCK_VIEW):
            return []
        places = question.place_ids(self.actor, Permission.STOCK_VIEW)
        return [cards.stock(question, stock_worth(places), shortfalls(places, limit=3))]


def _weeks(question: Question) -> Span:
    """Eight weeks up to the end of the period."""
    last = question.period.last
    monday = last - timedelta(days=last.weekday())
    first = monday - timedelta(weeks=BUYER_WEEKS - 1)
    return Span(first, last, question.now)


def _days(question: Question) -> dict[str, Any]:
    """The days of both periods, in words."""
    of = question.period
    before = (
        periods.interval(of.before_first, of.before_last)
        if of.before_first and of.before_last
        else ""
    )
    return {"now": periods.interval(of.first, of.last), "before": before}
