"""A customer who comes too late to cancel asks, and somebody at the store decides.

Decided here: the question is an approval about the order. Granted, it lets the customer cancel
once; it does nothing by itself, because the goods may have left in the meantime. Asking again gives
the same question with what was decided.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from omni.access.actor import Actor
from omni.core import clock
from omni.core.states import InvalidTransition
from omni.work import operations as work_for_people
from omni.work.models import Approval
from orders.aftersales.cancelling import LATE_CANCEL, LIVE, late_works, open_units
from orders.aftersales.errors import CancelPossible
from orders.sales import operations as sales
from orders.sales.queries import get_order


@transaction.atomic
def ask_to_cancel(
    *, order_id: UUID, reason: str = "", actor: Actor, order_token: str = ""
) -> Approval:
    """Ask the store to let the customer cancel what is being picked or waits already.

    A repeat returns the standing question. Raises: NotFound, InvalidTransition (the order is over),
    NothingToCancel, CancelPossible (nobody needs to be asked). Locks: order, fulfilment orders.
    """
    get_order(actor, order_id, token=order_token)
    order = sales.locked_order(order_id)
    if order.status not in LIVE:
        raise InvalidTransition(order_status=str(order.status))
    late = late_works(order, open_units(order, None), actor)
    if not late:
        raise CancelPossible
    matter = work_for_people.Matter(
        kind=LATE_CANCEL,
        subject_kind="order",
        subject_id=order.pk,
        location_id=late[0].row.location_id,
        details={"order": order.number},
    )
    asked = Approval.objects.filter(
        kind=matter.kind,
        subject_kind=matter.subject_kind,
        subject_id=str(order.pk),
        asked_by=actor.principal,
        used_at=None,
        lapses_at__gt=clock.now(),
    )
    standing: Approval | None = asked.order_by("-pk").first()
    why = reason.strip() or _("The customer wants to cancel.")
    return standing or work_for_people.ask_approval(matter=matter, reason=why, actor=actor)
