"""A piece kept at a store for a customer whom staff know: until it closes, a few at most.

Whoever keeps something says for whom; the customer's page shows it and their cart or the till uses
it (``stock.requests``). Past closing it is kept until the next day's end. Locks: who keeps and for
whom, so that two at once never pass the limits together; the level last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer, CustomerStatus
from inventory.catalog.queries import get_variant_by_id
from inventory.locations import hours
from inventory.locations.models import Location
from inventory.locations.queries import get_location_for, hours_of
from inventory.stock import requests
from inventory.stock.models import Reservation
from inventory.stock.operations import StockRequest
from omni.access.actor import Actor
from omni.access.models import User
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import Conflict, NotFound
from omni.events.operations import record
from orders.checkout.buyers import CustomerBlocked
from orders.events import PieceKept, PieceReleased

UNITS_OF_CUSTOMER = 5
UNITS_OF_KEEPER = 30


class KeptTooMany(Conflict):
    """``details``: limit, kept (already), requested."""

    code = "kept_too_many"
    message = _("So many pieces are not kept for one customer. Let go of others first.")


class KeeperAtLimit(Conflict):
    """``details``: limit, kept (already), requested."""

    code = "keeper_at_limit"
    message = _("You keep too many pieces at once. Let go of some first.")


class NothingKept(Conflict):
    code = "nothing_kept"
    message = _(
        "This is not kept any more: it was bought, let go of, or its time is over."
        " Keep another one if there is any."
    )


class StoreStaysClosed(Conflict):
    code = "store_stays_closed"
    message = _("This store does not open again. Choose another one.")


@dataclass(frozen=True, slots=True)
class KeptPiece:
    """Units kept for a customer at a store. ``principal`` and ``kept_by`` say who keeps them."""

    id: UUID
    variant_id: UUID
    sku: str
    name: str
    location_id: UUID
    location_name: str
    customer_id: UUID
    customer_name: str
    quantity: int
    kept_at: datetime
    until: datetime
    principal: str
    kept_by: str


@transaction.atomic
def keep_for_customer(
    *, customer_id: UUID, variant_id: UUID, location_id: UUID, quantity: int = 1, actor: Actor
) -> Reservation:
    """Keep units at a store for a customer until it closes; more of the same join them.

    Raises: NotFound, CustomerBlocked, QuantityNotValid, KeptTooMany, KeeperAtLimit,
    StoreStaysClosed, OutOfStock. Locks: keeper, customer, level. Emits: piece.kept.
    """
    location = get_location_for(actor, location_id, Permission.POS_SELL)
    variant = get_variant_by_id(variant_id)
    line = StockRequest(variant_id, location_id, quantity)
    if actor.user_id is not None:
        User.objects.filter(pk=actor.user_id).locked().first()
    customer = Customer.objects.filter(pk=customer_id).locked().first()
    if customer is None or customer.status == CustomerStatus.ERASED:
        raise NotFound
    if customer.status == CustomerStatus.BLOCKED:
        raise CustomerBlocked
    now = clock.now()
    _check_limits(customer_id, _units(quantity, variant.unit), actor, now)
    until = closing_time(location, now)
    row = requests.request(line=line, customer_id=customer_id, expires_at=until, actor=actor)
    record(
        PieceKept(
            reservation_id=row.pk,
            customer_id=customer_id,
            variant_id=variant_id,
            location_id=location_id,
            name=variant.product.name,
            quantity=quantity,
            until=(row.expires_at or until).isoformat(),
        ),
        actor=actor,
    )
    return row


@transaction.atomic
def release_kept(*, reservation_id: UUID, reason: str = "let_go", actor: Actor) -> None:
    """Units that are kept go back on sale before their time.

    Raises: NotFound, NothingKept. Locks: level. Emits: piece.released.
    """
    row = Reservation.objects.select_related("level").filter(pk=reservation_id).first()
    granted = actor.location_ids(Permission.POS_SELL)
    if row is None or (granted is not None and row.level.location_id not in granted):
        raise NotFound
    if not requests.release_request(reservation_id=reservation_id, reason=reason, actor=actor):
        raise NothingKept
    record(
        PieceReleased(
            reservation_id=row.pk,
            customer_id=row.owner_id,
            variant_id=row.level.variant_id,
            location_id=row.level.location_id,
            quantity=row.quantity,
            reason=reason,
        ),
        actor=actor,
    )


_KEPT = """
SELECT r.id, l.variant_id, v.sku, concat_ws(', ', p.name, nullif(v.name, '')), l.location_id,
       s.name, r.owner_id, c.name, r.quantity, r.created_at, r.expires_at, r.principal,
       coalesce(nullif(u.display_name, ''), u.email, '')
FROM inventory_reservation r
JOIN inventory_stocklevel l ON l.id = r.level_id
JOIN inventory_variant v ON v.id = l.variant_id
JOIN inventory_product p ON p.id = v.product_id
JOIN inventory_location s ON s.id = l.location_id
JOIN customers_customer c ON c.id = r.owner_id
LEFT JOIN omni_user u ON r.principal = 'staff:' || u.id
WHERE r.owner_kind = 'customer' AND r.status = 'requested' AND r.expires_at > %(now)s
  AND (%(location)s::uuid IS NULL OR l.location_id = %(location)s)
  AND (%(customer)s::uuid IS NULL OR r.owner_id = %(customer)s)
  AND (%(everywhere)s OR l.location_id = ANY(%(places)s::uuid[]))
ORDER BY r.expires_at, r.id
LIMIT 200
"""


def kept_pieces(
    actor: Actor, *, location_id: UUID | None = None, customer_id: UUID | None = None
) -> list[KeptPiece]:
    """What is kept now, at a store or for a customer, as far as the actor sees stock. One statement
    beside the clock."""
    granted = actor.location_ids(Permission.STOCK_VIEW)
    values: dict[str, Any] = {
        "now": clock.now(),
        "location": location_id,
        "customer": customer_id,
        "everywhere": granted is None,
        "places": list(granted or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, values)
        return [KeptPiece(*row) for row in cursor.fetchall()]


def closing_time(location: Location, now: datetime) -> datetime:
    """When the store closes today; past that, on its next day. Never beyond a day's midnight.

    Raises: StoreStaysClosed.
    """
    week = hours_of(location)
    opens = hours.next_opening(week, now)
    if opens is None:
        raise StoreStaysClosed
    zone = ZoneInfo(location.time_zone)
    on_date = opens.astimezone(zone).date()
    midnight = datetime.combine(on_date + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    closes = hours.next_change(week, opens)
    return min(closes, midnight) if closes is not None else midnight


# --- steps ----------------------------------------------------------------------------------------

# Of what several keep together for a person, each has their own units.
_LIMITS = """
SELECT coalesce(sum(w.units) FILTER (WHERE w.owner_id = %(customer)s), 0)::int,
       coalesce(sum(w.own), 0)::int
FROM (SELECT r.owner_id,
             CASE WHEN v.unit = 'gram' THEN ceil(r.quantity / 1000.0) ELSE r.quantity END AS units,
             CASE WHEN v.unit = 'gram' THEN ceil(o.quantity / 1000.0) ELSE o.quantity END AS own
      FROM inventory_reservation r
      JOIN inventory_stocklevel l ON l.id = r.level_id
      JOIN inventory_variant v ON v.id = l.variant_id
      CROSS JOIN LATERAL (
          SELECT CASE WHEN r.asked_by IS NOT NULL
                      THEN coalesce((r.asked_by ->> %(keeper)s)::int, 0)
                      WHEN r.principal = %(keeper)s THEN r.quantity
                      ELSE 0 END AS quantity) o
      WHERE r.owner_kind = 'customer' AND r.status = 'requested' AND r.expires_at > %(now)s) w
"""


def _check_limits(customer_id: UUID, units: int, actor: Actor, now: datetime) -> None:
    values: dict[str, Any] = {"customer": customer_id, "keeper": actor.principal, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, values)
        for_customer, by_keeper = cursor.fetchone()
    if for_customer + units > UNITS_OF_CUSTOMER:
        raise KeptTooMany(limit=UNITS_OF_CUSTOMER, kept=for_customer, requested=units)
    if actor.kind != "system" and by_keeper + units > UNITS_OF_KEEPER:
        raise KeeperAtLimit(limit=UNITS_OF_KEEPER, kept=by_keeper, requested=units)


def _units(quantity: int, unit: str) -> int:
    """Weighed goods count by the kilogram begun."""
    return -(-quantity // 1000) if unit == "gram" else quantity
