"""Units kept at a store for a person who asked for them: until closing time, unpaid.

A request counts as held, so nobody else is promised its units. It may take safety stock, for people
stand before the goods. When its person puts the goods into a cart or comes to the till, it passes
to that cart as a hold, and so on to the order: they are never in their own way. It serves once:
what they do not take of it is free again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg.errors import CheckViolation

from inventory.stock import ledger
from inventory.stock.errors import OutOfStock, StockChangeNotValid
from inventory.stock.ledger import Change, LevelRow
from inventory.stock.lines import Key, StockRequest, check_quantity
from inventory.stock.models import Reservation, ReservationStatus
from inventory.stock.shortfalls import settle_made_good
from omni.access.actor import SYSTEM, Actor
from omni.core import clock

CUSTOMER = "customer"


def request(
    *, line: StockRequest, customer_id: UUID, expires_at: datetime, actor: Actor
) -> Reservation:
    """Keep these units for a customer until ``expires_at``, on top of what they asked for here.

    Raises: OutOfStock (nothing was changed), QuantityNotValid. Locks: level.
    """
    check_quantity(line.quantity)
    now = clock.now()
    if expires_at <= now:
        raise StockChangeNotValid(expires_at=expires_at.isoformat())
    with transaction.atomic(savepoint=False):
        level = ledger.lock_levels([line.key]).get(line.key)
        if level is None:
            raise _refusal(line, 0)
        # What ran out is gone before it is added to, and before it stands in the way.
        if ledger.expire_on([level.id], now=now):
            settle_made_good([level], actor=SYSTEM)
        if not _keep(level, line):
            raise _refusal(line, ledger.lock_levels([line.key])[line.key].free)
        return _written(level, line, customer_id, expires_at, now, actor)


def release_request(*, reservation_id: UUID, reason: str, actor: Actor) -> bool:
    """A request ends before its time; whether it was still open. Repeatable. Locks: level."""
    asked = Reservation.objects.filter(pk=reservation_id, status=ReservationStatus.REQUESTED)
    with transaction.atomic(savepoint=False):
        locked = ledger.lock_level_ids(set(asked.values_list("level_id", flat=True)))
        row = asked.filter(level_id__in=locked).first() if locked else None
        if row is None:
            return False
        ledger.change_levels({row.level_id: Change(held=-row.quantity)})
        row.status, row.reason = ReservationStatus.RELEASED, reason[:40]
        row.principal = actor.principal
        row.save(update_fields=["status", "reason", "principal"])
        settle_made_good(locked.values(), actor=actor)
        return True


_HAND_ON = """
WITH mine AS (
    SELECT id, level_id, quantity FROM inventory_reservation
    WHERE owner_id = %(customer)s AND owner_kind = 'customer' AND status = 'requested'
      AND level_id = ANY(%(levels)s::bigint[]) AND expires_at > %(now)s
), joined AS (
    UPDATE inventory_reservation h SET quantity = h.quantity + mine.quantity FROM mine
    WHERE h.owner_id = %(owner)s AND h.level_id = mine.level_id AND h.status = 'held'
    RETURNING mine.id
)
UPDATE inventory_reservation r
SET status = CASE WHEN r.id IN (SELECT id FROM joined) THEN 'released' ELSE 'held' END,
    reason = 'passed',
    owner_kind = CASE WHEN r.id IN (SELECT id FROM joined) THEN r.owner_kind ELSE %(kind)s END,
    owner_id = CASE WHEN r.id IN (SELECT id FROM joined) THEN r.owner_id ELSE %(owner)s END
FROM mine WHERE r.id = mine.id
"""


def pass_requests(
    *, customer_id: UUID, keys: Collection[Key], owner_kind: str, owner_id: UUID
) -> bool:
    """What a customer asked for of these goods becomes the hold of their cart, all of it.

    The claim that follows in the same transaction is honoured up to that, and ends the rest.
    Returns whether there was anything. Locks: levels (all that the claim will).
    """
    with transaction.atomic(savepoint=False):
        levels = ledger.lock_levels(keys, hold_owner_id=owner_id)
        wanted = [level.id for key, level in levels.items() if key in set(keys)]
        values: dict[str, Any] = {
            "customer": customer_id,
            "levels": wanted,
            "owner": owner_id,
            "kind": owner_kind,
            "now": clock.now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(_HAND_ON, values)
            return bool(cursor.rowcount)


# --- steps ----------------------------------------------------------------------------------------


def _keep(level: LevelRow, line: StockRequest) -> bool:
    """The guarded statement: it changes nothing where too few are free."""
    try:
        return bool(ledger.change_levels({level.id: Change(held=line.quantity)}))
    except IntegrityError as error:
        if not isinstance(error.__cause__, CheckViolation):
            raise
        raise _refusal(line, level.free) from error


def _written(
    level: LevelRow,
    line: StockRequest,
    customer_id: UUID,
    expires_at: datetime,
    now: datetime,
    actor: Actor,
) -> Reservation:
    """The customer's row at this level: a new one, or what they asked for before, grown."""
    row: Reservation | None = Reservation.objects.filter(
        level_id=level.id, owner_id=customer_id, status=ReservationStatus.REQUESTED
    ).first()
    if row is None:
        return Reservation.objects.create(
            level_id=level.id,
            owner_kind=CUSTOMER,
            owner_id=customer_id,
            quantity=line.quantity,
            status=ReservationStatus.REQUESTED,
            expires_at=expires_at,
            principal=actor.principal,
            created_at=now,
        )
    before = row.asked_by or {row.principal: row.quantity}
    own = before.get(actor.principal, 0) + line.quantity
    row.asked_by = before | {actor.principal: own}
    row.quantity += line.quantity
    row.expires_at = max(expires_at, row.expires_at or expires_at)
    row.principal = actor.principal
    row.save(update_fields=["quantity", "expires_at", "principal", "asked_by"])
    return row


def _refusal(line: StockRequest, available: int) -> OutOfStock:
    return OutOfStock(
        lines=[
            {
                "variant_id": str(line.variant_id),
                "location_id": str(line.location_id),
                "requested": line.quantity,
                "available": max(0, available),
            }
        ]
    )
