"""Goods that nobody took go back to their place; only then is their stock free."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.catalog import queries as catalog
from inventory.catalog.models import Variant
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import Conflict, NotFound
from omni.core.states import move
from omni.events.operations import record
from orders.events import GoodsPutBack
from orders.fulfilment.errors import CodeUnknown, NothingToPutBack
from orders.fulfilment.hand_over import cancel_open_units
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, FulfilmentState
from orders.fulfilment.queries import (
    WORKED,
    Work,
    fulfilment_orders_visible_to,
    take_work,
    with_parts,
)
from orders.fulfilment.taking_off import release_units, settle_order

# From here nothing will be handed over any more, so what is still open is cancelled first.
_GIVEN_UP = frozenset({FulfilmentState.NO_SHOW, FulfilmentState.PARTLY_HANDED_OVER})
_OVER = _GIVEN_UP | {FulfilmentState.REFUSED_AT_COUNTER, FulfilmentState.CANCELLED}
_NOBODY_COMES = _OVER - {FulfilmentState.PARTLY_HANDED_OVER}


class NothingOfThisGoesBack(Conflict):
    code = "nothing_of_this_goes_back"


class MoreGoesBack(Conflict):
    code = "more_goes_back"
    message = gettext_lazy(
        "It lay with other goods that go back too. Find its row below and put them back together."
    )


@transaction.atomic
def put_back(*, fulfilment_order_id: UUID, actor: Actor) -> FulfilmentOrder:
    """Picked units that will not leave the house lie in their place again and can be sold.

    Not collected or partly collected work gives up its rest here: cancelled, refunded, closed. Of
    work that goes on only the surplus is put back. Raises: NotFound, NothingToPutBack.
    Locks: order, fulfilment order, order lines, levels. Emits: fulfilment.put_back.
    """
    work = take_work(
        fulfilment_order_id, actor=actor, permission=Permission.FULFILMENT_WORK, methods=WORKED
    )
    if work.row.status in _GIVEN_UP:
        reason = "not_collected" if work.row.status == FulfilmentState.NO_SHOW else "not_taken"
        cancel_open_units(work, reason=reason, reference=f"put-back:{work.row.pk}")
    units = [(line, line.quantity_to_put_back) for line in work.lines if line.quantity_to_put_back]
    if not units:
        raise NothingToPutBack
    release_units(work, units, reason="put_back")
    for line, count in units:
        line.picked -= count
        line.save(update_fields=["picked"])
    _close(work)
    quantities = {str(line.order_line_id): count for line, count in units}
    record(GoodsPutBack(**work.facts(quantities=quantities)), actor=actor)
    settle_order(work.order.pk, actor)
    return work.row


def _close(work: Work) -> None:
    if work.row.status in _OVER:
        move(work.row, FulfilmentState.PUT_BACK, moves=work.row.moves)
        move(work.row, FulfilmentState.CLOSED, moves=work.row.moves, finished_at=work.now)


@dataclass(frozen=True, slots=True)
class PutBack:
    """What a scan put back."""

    order_id: UUID
    units: int


@transaction.atomic
def put_back_scanned(*, location_id: UUID, scanned: str, actor: Actor) -> PutBack:
    """Somebody carries goods back and scans one of them: the work that it lay for is put back.

    Only work of which this is all that goes back, and the oldest of several: for more than one
    thing a person looks at the row. Raises: NothingOfThisGoesBack, MoreGoesBack, and as
    ``put_back``.
    """
    found = [
        (line, work)
        for work in _to_put_back(location_id, actor)
        for line in work.lines.all()
        if _goes_back(work, line)
    ]
    variant = _scanned(scanned)
    works = [work for line, work in found if line.order_line.variant_id == variant.pk]
    if not works:
        raise NothingOfThisGoesBack(
            _("%(name)s waits for nobody to be put back here.") % {"name": str(variant.product)}
        )
    counts = {work.pk: sum(1 for _line, each in found if each.pk == work.pk) for work in works}
    alone = [work for work in works if counts[work.pk] == 1]
    if not alone:
        raise MoreGoesBack
    units = sum(_goes_back(alone[0], line) for line in alone[0].lines.all())
    row = put_back(fulfilment_order_id=alone[0].pk, actor=actor)
    return PutBack(row.order_id, units)


def _to_put_back(location_id: UUID, actor: Actor) -> list[FulfilmentOrder]:
    rows = with_parts(fulfilment_orders_visible_to(actor, Permission.FULFILMENT_WORK))
    states = [*_OVER, FulfilmentState.READY, FulfilmentState.PICKING]
    return list(
        rows.filter(location_id=location_id, status__in=states, method__in=WORKED).order_by(
            "created_at", "pk"
        )
    )


def _goes_back(row: FulfilmentOrder, line: FulfilmentLine) -> int:
    """Units of the line that go back: all that lie there once nobody comes for them any more."""
    if row.status in _NOBODY_COMES:
        return max(0, line.picked - line.handed_over)
    return line.quantity_to_put_back


def _scanned(text: str) -> Variant:
    try:
        return catalog.scan(text)
    except NotFound:
        raise CodeUnknown(
            _("No product here has the code %(code)s. Scan the label again, or tap the row.")
            % {"code": text[:40]},
            scanned=text[:64],
        ) from None
