"""The filters of the merchant's list of orders, as a sentence: what, of where, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.core import clock
from omni.screens import sentences
from omni.screens.sentences import Part, is_id, typed
from orders.sales import listing
from orders.sales.models import (
    FulfilmentStatus,
    Order,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
)
from orders.sales.queries import orders_at

DAYS = {"1": 1, "7": 7, "30": 30, "90": 90, "365": 365}
SINCE = (
    ("1", gettext_lazy("the last 24 hours")),
    ("7", gettext_lazy("the last 7 days")),
    ("30", gettext_lazy("the last 30 days")),
    ("90", gettext_lazy("the last 90 days")),
    ("365", gettext_lazy("the last year")),
    ("", gettext_lazy("the beginning")),
)
_STATES: dict[str, Any] = {
    "status": OrderStatus,
    "payment": PaymentStatus,
    "goods": FulfilmentStatus,
    "returns": ReturnStatus,
}
_COLUMNS = {
    "status": "status",
    "payment": "payment_status",
    "goods": "fulfilment_status",
    "returns": "return_status",
}
NAMES = ("status", "payment", "goods", "returns", "channel", "place", "since", "q")


@dataclass(frozen=True, slots=True)
class Filters(sentences.Filters):
    """What was asked, checked."""

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        """Unknown values are left out."""
        found: dict[str, str] = {}
        for name in NAMES:
            value = typed(given, name)
            if name in _STATES and value not in {*_STATES[name].values, "problems"}:
                continue
            if name in ("channel", "place") and not is_id(value):
                continue
            if name == "since" and value not in DAYS:
                continue
            if value:
                found[name] = value
        if found.get("status") != "problems":
            found = {name: each for name, each in found.items() if each != "problems"}
        return cls(found)

    def apply(self, rows: QuerySet[Order]) -> QuerySet[Order]:
        """The orders that fit."""
        values = self.values
        if values.get("status") == "problems":
            rows = rows.filter(listing.problems(clock.now()))
        for name, column in _COLUMNS.items():
            if name in values and values[name] != "problems":
                rows = rows.filter(**{column: values[name]})
        if "channel" in values:
            rows = rows.filter(channel_id=values["channel"])
        if "place" in values:
            rows = orders_at(rows, [UUID(values["place"])])
        if "since" in values:
            rows = rows.filter(placed_at__gt=clock.now() - timedelta(days=DAYS[values["since"]]))
        return listing.searched(rows, values.get("q", ""))

    def parts(self, channels: Sequence[Channel], places: Sequence[Location]) -> list[Part]:
        """The sentence: Show all orders from every channel, …"""
        state = [("problems", _("orders with problems")), *OrderStatus.choices]
        return [
            self.part("status", _("Show"), _("all orders"), state),
            self.part("payment", _("with"), _("any payment"), PaymentStatus.choices),
            self.part("goods", _("and"), _("any goods"), FulfilmentStatus.choices),
            self.part("returns", _("and"), _("any returns"), ReturnStatus.choices),
            self.part(
                "channel",
                _("of"),
                _("all channels"),
                [(str(each.pk), each.name) for each in channels],
            ),
            self.part(
                "place", _("in"), _("all stores"), [(str(each.pk), each.name) for each in places]
            ),
            self.part("since", _("since"), _("the beginning"), SINCE[:-1]),
        ]
