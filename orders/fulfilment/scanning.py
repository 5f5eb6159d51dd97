"""Picking with a scanner: each scan is one unit of the line that has its variant.

When everything is picked the next scan names the shelf. A code that could be either is taken for
goods: a box scanned once too often must not become the name of a shelf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.catalog import queries as catalog
from inventory.catalog.barcodes import GTIN_LENGTHS
from inventory.catalog.models import Variant
from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import Conflict, NotFound
from orders.fulfilment.errors import CodeUnknown
from orders.fulfilment.models import FulfilmentLine, FulfilmentState
from orders.fulfilment.picking import pick_line, start_picking
from orders.fulfilment.queries import WORKED, Work, take_work
from orders.fulfilment.waiting import mark_ready


class NotInThisWork(Conflict):
    """``details``: scanned, sku."""

    code = "scanned_not_in_this_work"


class AllOfItPicked(Conflict):
    """``details``: scanned, sku."""

    code = "scanned_all_picked"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did: picked a unit of a line, or put the goods on a shelf."""

    line: FulfilmentLine | None = None
    shelf: str = ""


@transaction.atomic
def take_scan(*, fulfilment_order_id: UUID, scanned: str, actor: Actor) -> Scanned:
    """Pick one unit of what was scanned; once all is picked, a shelf makes a pickup ready.

    Work that was accepted only is begun by its first scan. Raises: CodeUnknown, NotInThisWork,
    AllOfItPicked, and as ``pick_line`` and ``mark_ready``. Locks and emits as these.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=WORKED
    )
    code = scanned.strip()
    variant = _variant(code)
    is_done = not any(line.quantity_to_pick for line in work.lines)
    if variant is None:
        if is_done and work.row.method == Method.PICKUP and not _looks_like_goods(code):
            mark_ready(fulfilment_order_id=work.row.pk, shelf=code, actor=actor)
            return Scanned(shelf=code[:40])
        raise CodeUnknown(
            _("No product here has the code %(code)s. Scan the label again, or tap the line.")
            % {"code": code[:40]},
            scanned=code[:64],
        )
    if work.row.status == FulfilmentState.ACCEPTED:
        start_picking(fulfilment_order_id=work.row.pk, actor=actor)
    line = _line_of(work, variant, code)
    picked = pick_line(
        fulfilment_order_id=work.row.pk,
        line_id=line.pk,
        picked=line.picked + 1,
        short=line.short,
        actor=actor,
    )
    return Scanned(line=picked)


def _variant(code: str) -> Variant | None:
    try:
        return catalog.scan(code)
    except NotFound:
        return None


def _looks_like_goods(code: str) -> bool:
    return code.isdigit() and len(code) in GTIN_LENGTHS


def _line_of(work: Work, variant: Variant, code: str) -> FulfilmentLine:
    lines = [line for line in work.lines if line.order_line.variant_id == variant.pk]
    facts: dict[str, Any] = {"scanned": code[:64], "sku": variant.sku}
    name = {"name": lines[0].order_line.name if lines else str(variant.product)}
    if not lines:
        raise NotInThisWork(
            _("%(name)s is not part of this order. Put it back and take what is listed.") % name,
            **facts,
        )
    for line in lines:
        if line.quantity_to_pick:
            return line
    raise AllOfItPicked(
        _("All units of %(name)s are picked already. Put this one back.") % name, **facts
    )
