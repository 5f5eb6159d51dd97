"""Making a projection anew from the log, beside the one in use, and swapping the two.

Only subscriptions whose whole effect is a table of theirs can do this; the effects of all others
(webhooks, messages, journeys) left the house and must not happen again. The new one is filled in
batches, each its own transaction; for the last stretch and the swap the reader stands still.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Conflict
from omni.events import log, parking, positions
from omni.events.log import Position
from omni.events.models import SubscriptionPosition
from omni.events.subscriptions import Projection, Subscription, subscription

BATCH = 1000


class NotAProjection(Conflict):
    code = "not_a_projection"
    message = _(
        "What this subscription does cannot be done again, so it cannot be rebuilt. Rebuild "
        "projections only."
    )


class RebuildUnderWay(Conflict):
    code = "rebuild_under_way"
    message = _("This projection is being rebuilt already. Wait until that is done.")


def rebuild(*, name: str, actor: Actor) -> int:
    """Fill a shadow from the beginning of the log, swap it in. Returns the number of events read.

    An error leaves the projection in use as it was. Raises: NotAProjection, RebuildUnderWay, and
    what the projection raises.
    """
    each = subscription(name)
    if each.projection is None:
        raise NotAProjection(subscription=name)
    _begin(each, each.projection)
    try:
        count = _fill(each, each.projection)
        return count + _finish(each, each.projection, actor)
    except BaseException:
        _give_up(each, each.projection)
        raise


def abandon(*, name: str) -> None:
    """Forget a rebuild that was killed, so that another can begin."""
    each = subscription(name)
    if each.projection is not None:
        _give_up(each, each.projection)


@transaction.atomic
def _begin(each: Subscription, projection: Projection) -> None:
    positions.wait_for_lock(each.name)
    row = positions.current(each.name)
    if row.rebuild_xid is not None:
        raise RebuildUnderWay(subscription=each.name)
    projection.prepare()
    _mark(each.name, log.START)


def _fill(each: Subscription, projection: Projection) -> int:
    """Up to where the reader is now. It goes on meanwhile."""
    target = positions.of(positions.current(each.name))
    total = 0
    while count := _fill_batch(each, projection, target):
        total += count
    return total


@transaction.atomic
def _fill_batch(each: Subscription, projection: Projection, target: Position) -> int:
    batch = log.read(
        after=_marked(each.name), types=each.types, limit=BATCH, settled_only=False, up_to=target
    )
    if not batch:
        return 0
    projection.handle([event for event in batch if each.wants(event.type)])
    _mark(each.name, Position(batch[-1].xid, batch[-1].id))
    return len(batch)


@transaction.atomic
def _finish(each: Subscription, projection: Projection, actor: Actor) -> int:
    """The last stretch and the swap, while the reader waits."""
    positions.wait_for_lock(each.name)
    target = positions.of(positions.current(each.name))
    total = 0
    while count := _fill_batch(each, projection, target):
        total += count
    projection.swap()
    parking.resolve_all(each.name, actor)
    SubscriptionPosition.objects.filter(pk=each.name).update(
        rebuild_xid=None, rebuild_id=None, rebuilt_at=clock.now()
    )
    return total


@transaction.atomic
def _give_up(each: Subscription, projection: Projection) -> None:
    projection.discard()
    SubscriptionPosition.objects.filter(pk=each.name).update(rebuild_xid=None, rebuild_id=None)


def _marked(name: str) -> Position:
    row = SubscriptionPosition.objects.get(pk=name)
    if row.rebuild_xid is None or row.rebuild_id is None:
        raise RuntimeError(f"the rebuild of {name} was abandoned meanwhile")
    return Position(row.rebuild_xid, row.rebuild_id)


def _mark(name: str, position: Position) -> None:
    SubscriptionPosition.objects.filter(pk=name).update(
        rebuild_xid=position.xid, rebuild_id=position.id
    )
