"""Rows of a timeline as people tell them: what belongs to one happening is one entry. Pure.

A sale at the till is a dozen events (placed, confirmed, paid, completed); a stroll through the shop
is fourteen page views. The loud row leads, the quiet ones stand in its detail. Nothing is lost: a
quiet row without a loud one is told by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from journeys.timeline.naming import order_of

Row = Mapping[str, Any]

TOGETHER = timedelta(minutes=10)  # what is done about an order in one go
STROLL = timedelta(hours=1)  # a pause that ends a stroll through the shop
LOOK_BACK = 12

BROWSING = frozenset({"page.viewed"})
PROFILE = (
    "account.created", "customer.created", "identifier.verified", "identifier.added",
    "customer.changed", "session.started", "session.ended",
)  # fmt: skip
QUIET_OF_ORDER = frozenset({
    "order.confirmed", "order.completed", "payment.authorised", "payment.captured",
    "fulfilment.accepted", "fulfilment.put_back", "refund.succeeded", "return.authorised",
    "return.inspected", "return.refunded", "payment.voided",
})  # fmt: skip
# What is told by the first of these when both happen in one go.
SWALLOWS = {
    "sale.completed": frozenset({"order.placed"}),
    "return.exchanged": frozenset({"return.received", "order.placed", "sale.completed"}),
    "return.received": frozenset({"return.requested"}),
    "sale.voided": frozenset({"order.cancelled"}),
    "shipment.dispatched": frozenset(),
}


@dataclass(slots=True)
class Fold:
    """One entry: the row that is told, and the others that belong to it, the newest first."""

    lead: Row
    rest: list[Row] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return [self.lead, *self.rest]

    @property
    def oldest(self) -> Row:
        return min(self.rows, key=lambda row: (row["occurred_at"], row["id"]))


def fold(rows: Sequence[Row]) -> list[Fold]:
    """The entries of rows that are in order, the newest first."""
    folds: list[Fold] = []
    for row in rows:
        for earlier in reversed(folds[-LOOK_BACK:]):
            if _joins(row, earlier, is_last=earlier is folds[-1]):
                break
        else:
            folds.append(Fold(row))
    return folds


def _joins(row: Row, one: Fold, *, is_last: bool) -> bool:
    """Let an older row join an entry, if it belongs to it."""
    kind, lead = row["kind"], one.lead["kind"]
    apart = one.oldest["occurred_at"] - row["occurred_at"]
    if kind in BROWSING and lead in BROWSING:
        if not (is_last and apart <= STROLL and _same_way(row, one.lead)):
            return False
        one.rest.append(row)
        return True
    if kind in PROFILE and lead in PROFILE:
        if not (apart <= TOGETHER and _same_day(row, one.lead)):
            return False
        _take(one, row, leads=PROFILE.index(kind) < PROFILE.index(lead))
        return True
    order = order_of(row)
    if not order or order != order_of(one.lead) or apart > TOGETHER:
        return False
    return _joins_order(row, one)


def _joins_order(row: Row, one: Fold) -> bool:
    kind, lead = row["kind"], one.lead["kind"]
    if kind in QUIET_OF_ORDER:
        one.rest.append(row)
        return True
    if lead in QUIET_OF_ORDER or lead in SWALLOWS.get(kind, ()):
        _take(one, row, leads=True)
        return True
    if kind in SWALLOWS.get(lead, ()):
        one.rest.append(row)
        return True
    return False


def _take(one: Fold, row: Row, *, leads: bool) -> None:
    if leads:
        one.rest.append(one.lead)
        one.lead = row
    else:
        one.rest.append(row)


def _same_way(row: Row, other: Row) -> bool:
    return bool(
        row["channel_id"] == other["channel_id"] and row["visitor_id"] == other["visitor_id"]
    )


def _same_day(row: Row, other: Row) -> bool:
    return bool(row["occurred_at"].date() == other["occurred_at"].date())
