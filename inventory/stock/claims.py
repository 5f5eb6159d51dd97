"""Claims on stock: a cart holds, an order commits; both are all or nothing.

A commit costs four statements at most: lock, check-and-write, insert the reservations, end the
cart's holds if it had any. Pass all lines of an order in one call: two calls in one transaction
would lock levels out of order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import CheckViolation, UniqueViolation

from inventory.catalog.models import Variant
from inventory.stock import ledger
from inventory.stock.errors import AlreadyCommitted, NotCommitted, OutOfStock, StockChangeNotValid
from inventory.stock.ledger import Change, Effect, LevelRow
from inventory.stock.lines import Demand, Key, StockRequest, summed
from inventory.stock.models import OPEN_RESERVATIONS, Reservation, ReservationStatus
from inventory.stock.shortfalls import settle_made_good
from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.rows import insert_rows

HOLDS = (ReservationStatus.HELD, ReservationStatus.REQUESTED)


def hold(
    *,
    lines: Sequence[StockRequest],
    owner_kind: str,
    owner_id: UUID,
    expires_at: datetime,
    actor: Actor,
) -> list[Reservation]:
    """Keep these units for a cart until ``expires_at``: all lines or none.

    Earlier holds of the same owner are replaced in the same statement, so a retry is never blocked
    by itself; without lines they only end. Variants that are not stocked need no hold.
    Raises: OutOfStock, QuantityNotValid. Locks: levels.
    """
    demand = Demand.of(lines)
    now = clock.now()
    if expires_at <= now:
        raise StockChangeNotValid(expires_at=expires_at.isoformat())
    claim = Claim(demand, Effect(hold=1), hold_owner_id=owner_id, now=now)
    with transaction.atomic(savepoint=False):
        if claim.write():
            if claim.ended_holds:
                end_holds(owner_id, reason="replaced", actor=actor)
            return Reservation.objects.bulk_create(
                Reservation(
                    level_id=claim.levels[key].id,
                    owner_kind=owner_kind,
                    owner_id=owner_id,
                    quantity=quantity,
                    status=ReservationStatus.HELD,
                    expires_at=expires_at,
                    principal=actor.principal,
                    created_at=now,
                )
                for key, quantity in claim.demand.needs.items()
            )
    raise claim.refusal()


def commit(
    *,
    lines: Sequence[StockRequest],
    owner_id: UUID,
    hold_owner_id: UUID | None = None,
    at_till: bool = False,
    adds: bool = False,
    actor: Actor,
) -> list[Reservation]:
    """Commit these units to the lines of an order: all lines or none.

    ``reference`` of each line is its order line. All holds of ``hold_owner_id`` (the cart) end; a
    live one is honoured up to its quantity. The till may take safety stock and buffer. Variants
    that are not stocked need no commitment. With ``adds`` the units come on top of what the line
    has committed at the level already (it was routed again); without, that is refused as a repeat.
    Raises: OutOfStock (nothing was changed), AlreadyCommitted, QuantityNotValid. Locks: levels.
    """
    demand = Demand.of(lines)
    if any(line.reference is None for line in lines):
        raise StockChangeNotValid(missing="reference")
    now = clock.now()
    claim = Claim(demand, Effect(commit=1), hold_owner_id=hold_owner_id, now=now, at_till=at_till)
    with transaction.atomic(savepoint=False):
        if claim.write():
            made = _commitments(lines, claim, owner_id=owner_id, actor=actor)
            _write_commitments(made, adds=adds)
            if claim.ended_holds and hold_owner_id:
                end_holds(hold_owner_id, reason="committed", actor=actor)
            return made
    raise claim.refusal()


def release(*, owner_kind: str, owner_id: UUID, reason: str, actor: Actor) -> int:
    """Give back whatever this owner still claims. Returns how many claims ended.

    Without open claims it does nothing, so a repeat does no harm. Locks: levels.
    """
    owned = Reservation.objects.filter(
        owner_kind=owner_kind, owner_id=owner_id, status__in=OPEN_RESERVATIONS
    )
    with transaction.atomic(savepoint=False):
        locked = ledger.lock_level_ids(set(owned.values_list("level_id", flat=True)))
        claims = list(owned.filter(level_id__in=locked)) if locked else []
        if not claims:
            return 0
        ledger.change_levels(_freed((claim, claim.quantity) for claim in claims))
        Reservation.objects.filter(pk__in=[claim.pk for claim in claims]).update(
            status=ReservationStatus.RELEASED, reason=reason, principal=actor.principal
        )
        settle_made_good(locked.values(), actor=actor)
        return len(claims)


def release_lines(
    *,
    order_line_quantities: Sequence[tuple[UUID, int]],
    location_id: UUID | None = None,
    reason: str,
    actor: Actor,
) -> None:
    """Give back part or all of what is committed to order lines, at one location if it is named.

    Not safe to repeat by itself: the caller's counters say how much is to be released.
    Raises: NotCommitted (nothing was changed), QuantityNotValid. Locks: levels.
    """
    wanted = summed(order_line_quantities)
    with transaction.atomic(savepoint=False):
        claims = lock_commitments(list(wanted), location_id=location_id)
        shares = share_out(claims, wanted)
        if shares is not None:
            levels = ledger.lock_level_ids({claim.level_id for claim, _share in shares})
            ledger.change_levels(_freed(shares))
            shrink(shares, to=ReservationStatus.RELEASED, reason=reason, actor=actor)
            settle_made_good(levels.values(), actor=actor)
            return
    raise not_committed(claims, wanted)


def expire_holds(*, batch: int = 500) -> int:
    """End up to ``batch`` holds whose time is over. Returns how many. Locks: levels."""
    now = clock.now()
    expired = Reservation.objects.filter(status__in=HOLDS, expires_at__lte=now)
    with transaction.atomic():
        level_ids = set(expired.order_by("expires_at").values_list("level_id", flat=True)[:batch])
        locked = ledger.lock_level_ids(level_ids)
        ended = ledger.expire_on(locked, now=now) if locked else 0
        settle_made_good(locked.values(), actor=SYSTEM)
        return ended


class Claim:
    """One attempt to claim units: the steps that holding, committing and taking share."""

    def __init__(
        self,
        demand: Demand,
        effect: Effect,
        *,
        now: datetime,
        hold_owner_id: UUID | None = None,
        at_till: bool = False,
        reference: str | None = None,
    ) -> None:
        self.demand = demand if not at_till else Demand(needs=demand.needs)
        self.effect = effect
        self.now = now
        self.hold_owner_id = hold_owner_id
        self.at_till = at_till
        self.reference = reference
        self.levels: dict[Key, LevelRow] = {}
        self.ended_holds = False
        self._available: dict[Key, int] = {}

    def write(self) -> bool:
        """Lock, then check and write; once more if holds stood in the way that have expired."""
        self.levels = ledger.lock_levels(self.demand.needs, hold_owner_id=self.hold_owner_id)
        missing = self.demand.needs.keys() - self.levels.keys()
        if missing:
            self.demand = self.demand.without(_not_stocked(missing))
            if self.demand.needs.keys() - self.levels.keys():
                self._remember_available()
                return False
        if self._attempt():
            return True
        levels = self.levels.values()
        if ledger.expire_on([level.id for level in levels], now=self.now):
            settle_made_good(levels, actor=SYSTEM)
            if self._attempt():
                return True
        self._remember_available()
        return False

    def refusal(self) -> OutOfStock:
        """What lacks, with what is available right now."""
        short = [
            {
                "variant_id": str(key[0]),
                "location_id": str(key[1]),
                "requested": need,
                "available": max(0, self._available.get(key, 0)),
            }
            for key, need in self.demand.needs.items()
            if self._available.get(key, 0) < need
        ]
        return OutOfStock(lines=short)

    def _attempt(self) -> bool:
        try:
            possible, self.ended_holds = ledger.claim_levels(
                self.levels.values(),
                self.demand,
                effect=self.effect,
                hold_owner_id=self.hold_owner_id,
                uses_safety=not self.at_till,
                now=self.now,
                reference=self.reference,
            )
        except IntegrityError as error:
            # The second wall. The transaction is broken, so what was read under the lock must do.
            if not isinstance(error.__cause__, CheckViolation):
                raise
            self._available = {key: row.free for key, row in self.levels.items()}
            raise self.refusal() from error
        return possible

    def _remember_available(self) -> None:
        """Read again, under the lock, what the owner could have had."""
        rows = ledger.lock_levels(self.demand.needs)
        own: dict[int, int] = {}
        if self.hold_owner_id:
            held = Reservation.objects.filter(owner_id=self.hold_owner_id, status__in=HOLDS)
            own = dict(held.values_list("level_id", "quantity"))
        for key, row in rows.items():
            kept = 0 if self.at_till else row.safety + self.demand.buffers.get(key, 0)
            mine = own.get(row.id, 0)
            self._available[key] = min(row.free + mine, max(mine, row.free + mine - kept))


def lock_commitments(
    order_line_ids: list[UUID], *, location_id: UUID | None = None
) -> list[Reservation]:
    """The open commitments of these order lines (at one location), their levels locked."""
    committed = Reservation.objects.filter(
        order_line_id__in=order_line_ids, status=ReservationStatus.COMMITTED
    )
    if location_id is not None:
        committed = committed.filter(level__location_id=location_id)
    locked = ledger.lock_level_ids(set(committed.values_list("level_id", flat=True)))
    return list(committed.filter(level_id__in=locked).order_by("pk")) if locked else []


def share_out(
    claims: Sequence[Reservation], wanted: dict[UUID, int]
) -> list[tuple[Reservation, int]] | None:
    """Which claim gives how much, or None where they do not suffice."""
    shares: list[tuple[Reservation, int]] = []
    left = dict(wanted)
    for claim in claims:
        line_id = claim.order_line_id
        share = min(claim.quantity, left.get(line_id, 0)) if line_id else 0
        if share and line_id:
            shares.append((claim, share))
            left[line_id] -= share
    return None if any(left.values()) else shares


def shrink(
    shares: Sequence[tuple[Reservation, int]], *, to: str, reason: str, actor: Actor
) -> None:
    """Take the shares off their claims; a claim with nothing left ends in the status ``to``."""
    for claim, share in shares:
        claim.principal = actor.principal
        if share == claim.quantity:
            claim.status, claim.reason = to, reason
        else:
            claim.quantity -= share
    Reservation.objects.bulk_update(
        [claim for claim, _ in shares], ["status", "reason", "quantity", "principal"]
    )


def end_holds(owner_id: UUID, *, reason: str, actor: Actor) -> None:
    """End the holds of an owner whose claim has just been written."""
    # Their levels are locked and have given the units back already.
    Reservation.objects.filter(owner_id=owner_id, status__in=HOLDS).update(
        status=ReservationStatus.RELEASED, reason=reason, principal=actor.principal
    )


def not_committed(claims: Sequence[Reservation], wanted: dict[UUID, int]) -> NotCommitted:
    """What is committed of what was asked for."""
    committed: dict[UUID | None, int] = {}
    for claim in claims:
        committed[claim.order_line_id] = committed.get(claim.order_line_id, 0) + claim.quantity
    return NotCommitted(
        lines=[
            {
                "order_line_id": str(line_id),
                "requested": quantity,
                "committed": committed.get(line_id, 0),
            }
            for line_id, quantity in wanted.items()
            if committed.get(line_id, 0) < quantity
        ]
    )


def _commitments(
    lines: Sequence[StockRequest], claim: Claim, *, owner_id: UUID, actor: Actor
) -> list[Reservation]:
    quantities: dict[tuple[Key, UUID | None], int] = {}
    for line in lines:
        if line.key in claim.demand.needs:
            place = (line.key, line.reference)
            quantities[place] = quantities.get(place, 0) + line.quantity
    return [
        Reservation(
            level_id=claim.levels[key].id,
            owner_kind="order",
            owner_id=owner_id,
            order_line_id=order_line_id,
            quantity=quantity,
            status=ReservationStatus.COMMITTED,
            principal=actor.principal,
            created_at=claim.now,
        )
        for (key, order_line_id), quantity in quantities.items()
    ]


def _write_commitments(made: list[Reservation], *, adds: bool) -> None:
    if adds:
        standing = Reservation.objects.filter(
            order_line_id__in=[row.order_line_id for row in made],
            status=ReservationStatus.COMMITTED,
        )
        by_place = {(row.order_line_id, row.level_id): row for row in standing}
        for place, row in enumerate(made):
            before = by_place.get((row.order_line_id, row.level_id))
            if before is not None:
                before.quantity += row.quantity
                before.save(update_fields=["quantity"])
                made[place] = before
    try:
        insert_rows([row for row in made if row._state.adding])  # noqa: SLF001
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise AlreadyCommitted from error
        raise


def _freed(shares: Iterable[tuple[Reservation, int]]) -> dict[int, Change]:
    freed: dict[int, Change] = {}
    for claim, share in shares:
        change = freed.get(claim.level_id, Change())
        if claim.status == ReservationStatus.COMMITTED:
            freed[claim.level_id] = Change(committed=change.committed - share, held=change.held)
        else:
            freed[claim.level_id] = Change(committed=change.committed, held=change.held - share)
    return freed


def _not_stocked(keys: set[Key]) -> set[Key]:
    """Those of the keys whose variant is never counted (postage, a service)."""
    uncounted = set(
        Variant.objects.filter(pk__in={key[0] for key in keys}, is_stocked=False).values_list(
            "pk", flat=True
        )
    )
    return {key for key in keys if key[0] in uncounted}
