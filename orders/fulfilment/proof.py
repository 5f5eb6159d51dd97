"""Who may take goods away: the one-time code, or an ID that a key holder looked at.

A wrong code is counted in a transaction of its own, which is committed before the error is raised,
so that the count survives whatever becomes of the request. The row is locked while the code is
compared: any number of tries at once are judged one after the other, and never more than five.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.events.operations import record
from omni.work import operations as work_for_people
from orders.events import PickupCodeLocked as CodeLocked
from orders.fulfilment import codes
from orders.fulfilment.errors import (
    AlreadyHandedOver,
    IdCheckNeeded,
    InvalidTransition,
    NoDelegateNamed,
    PickupCodeLocked,
    WrongPickupCode,
)
from orders.fulfilment.models import FulfilmentState, HandOver
from orders.fulfilment.queries import PICKUP, Work, take_work

MAX_ATTEMPTS = 5
CODE = "code"
HANDABLE = frozenset({FulfilmentState.READY, FulfilmentState.PARTLY_HANDED_OVER})


class IdKind(models.TextChoices):
    """What was looked at; its number is never written down."""

    IDENTITY_CARD = "identity_card", gettext_lazy("Identity card")
    PASSPORT = "passport", gettext_lazy("Passport")
    DRIVING_LICENCE = "driving_licence", gettext_lazy("Driving licence")


@dataclass(frozen=True, slots=True)
class Proof:
    """That somebody may take these goods: made here only, used at once."""

    fulfilment_order_id: UUID
    kind: str
    handed_over_to: str


def prove(
    *,
    fulfilment_order_id: UUID,
    code: str = "",
    id_kind: str = "",
    is_delegate: bool = False,
    actor: Actor,
) -> Proof:
    """Check the code, or note the ID that a key holder checked.

    Commits on its own (a wrong code counts even though the request fails), so it must run outside
    any transaction. Raises: NotFound, AlreadyHandedOver, InvalidTransition, NoDelegateNamed,
    WrongPickupCode, PickupCodeLocked, IdCheckNeeded. Emits: pickup.code_locked.
    """
    with transaction.atomic(durable=True):
        work = take_work(
            fulfilment_order_id,
            actor=actor,
            permission=Permission.PICKUP_HAND_OVER,
            methods=PICKUP,
        )
        require_handable(work)
        who = _taker(work, is_delegate)
        if id_kind:
            if not actor.may(Permission.PICKUP_HAND_OVER_BY_ID, location_id=work.row.location_id):
                raise IdCheckNeeded
            return Proof(work.row.pk, IdKind(id_kind).value, who)
        refusal = _refusal(work, code)
    if refusal is not None:
        raise refusal
    return Proof(work.row.pk, CODE, who)


def require_handable(work: Work) -> None:
    """Raises: AlreadyHandedOver (with who and when), InvalidTransition."""
    if work.row.status in HANDABLE:
        return
    last = HandOver.objects.filter(fulfilment_order=work.row, undone_at=None).order_by("-pk")[:1]
    if work.row.status == FulfilmentState.HANDED_OVER and last:
        raise AlreadyHandedOver(
            handed_over_at=last[0].occurred_at.isoformat(),
            handed_over_by=last[0].principal,
            proof=last[0].proof,
        )
    details: dict[str, Any] = {
        "from": str(work.row.status),
        "to": FulfilmentState.HANDED_OVER.value,
        "allowed": sorted(str(state) for state in work.row.moves.get(work.row.status, ())),
    }
    raise InvalidTransition(**details)


def _taker(work: Work, is_delegate: bool) -> str:
    if not is_delegate:
        return work.order.contact_name
    if not work.pickup.delegate_name:
        raise NoDelegateNamed
    return work.pickup.delegate_name


def _refusal(work: Work, code: str) -> WrongPickupCode | PickupCodeLocked | None:
    """Why the code does not open, counted; None when it does. The pickup is locked."""
    pickup = work.pickup
    if pickup.locked_at is not None:
        return PickupCodeLocked()
    if codes.code_matches(code, pickup.code_digest):
        return None
    attempts = _count_wrong_code(work)
    if attempts < MAX_ATTEMPTS:
        return WrongPickupCode(attempts_left=MAX_ATTEMPTS - attempts)
    _report_lock(work)
    return PickupCodeLocked()


_COUNT = """
UPDATE orders_pickup
SET code_attempts = code_attempts + 1,
    locked_at = CASE WHEN code_attempts + 1 >= %(most)s THEN %(now)s ELSE locked_at END
WHERE fulfilment_order_id = %(id)s AND code_attempts < %(most)s
RETURNING code_attempts
"""


def _count_wrong_code(work: Work) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"most": MAX_ATTEMPTS, "now": work.now, "id": work.row.pk})
        row = cursor.fetchone()
    return int(row[0]) if row else MAX_ATTEMPTS


def _report_lock(work: Work) -> None:
    work_for_people.open_incident(
        kind="pickup_code_locked",
        subject_kind="fulfilment_order",
        subject_id=work.row.pk,
        summary=_("A pickup code was typed wrong five times and is locked."),
        details={"order": work.order.number},
        location_id=work.row.location_id,
        actor=work.actor,
    )
    record(CodeLocked(**work.facts()), actor=work.actor)
