"""Promises beyond goods, told to people: an incident when a level falls short, closed when it is
made good by goods that came or by promises that ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext

from inventory.events import StockShortfallOpened
from inventory.stock.ledger import LevelRow
from inventory.stock.models import StockLevel
from omni.access.actor import Actor
from omni.events import operations as events
from omni.work import operations as work

KIND = "stock_shortfall"
SUBJECT = "stock_level"
MADE_GOOD = "made_good"


def report_shortfalls(
    before: Iterable[LevelRow], shortfalls: Mapping[int, int], *, actor: Actor
) -> None:
    """Open an incident for each (locked) level that falls shorter than before.

    Emits: stock.shortfall_opened.
    """
    for level in before:
        shortfall = shortfalls.get(level.id, 0)
        if shortfall <= level.shortfall:
            continue
        work.open_incident(
            kind=KIND,
            subject_kind=SUBJECT,
            subject_id=level.id,
            summary=gettext("%(units)s units are promised but not there") % {"units": shortfall},
            details={
                "variant_id": str(level.variant_id),
                "location_id": str(level.location_id),
                "shortfall": shortfall,
            },
            location_id=level.location_id,
            actor=actor,
        )
        opened = StockShortfallOpened(level.variant_id, level.location_id, shortfall)
        events.record(opened, actor=actor)


def settle_made_good(before: Iterable[LevelRow], *, actor: Actor) -> None:
    """Close the incident of each (locked) level that was short before and is not any more.

    Costs nothing where no level was short.
    """
    short = [level.id for level in before if level.shortfall]
    if not short:
        return
    good = StockLevel.objects.filter(pk__in=short, shortfall=0)
    for level_id in good.order_by("pk").values_list("pk", flat=True):
        work.settle_incident(
            kind=KIND, subject_kind=SUBJECT, subject_id=level_id, decision=MADE_GOOD, actor=actor
        )
