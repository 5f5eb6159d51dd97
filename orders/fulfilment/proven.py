"""A pickup code that was scanned before its page opened: proven, without standing in an address.

The one field of the console looks a code up by its digest. The page that it opens is handed a
signed note of that instead of the code: bound to the pickup, to this version of its code and to the
person who scanned it, for a quarter of an hour. The hand-over still checks the code itself.
"""

from __future__ import annotations

from uuid import UUID

from django.core import signing

from omni.access.actor import Actor
from omni.access.permissions import Permission
from orders.fulfilment import codes
from orders.fulfilment.models import Pickup
from orders.fulfilment.queries import fulfilment_orders_visible_to

SALT = "orders.fulfilment.proven"
LASTS = 15 * 60  # seconds


def pickup_with_code(typed: str, *, actor: Actor, location_id: UUID) -> Pickup | None:
    """The pickup at this place whose code this is, if the actor may hand it over. One statement."""
    digests = codes.possible_digests(typed)
    if not digests or not actor.may(Permission.PICKUP_HAND_OVER, location_id=location_id):
        return None
    found = Pickup.objects.filter(
        code_digest__in=digests, fulfilment_order__location_id=location_id
    )
    pickup: Pickup | None = found.select_related("fulfilment_order__order").first()
    return pickup


def note_for(pickup: Pickup, actor: Actor) -> str:
    """The note that the code of this pickup was scanned by this person just now."""
    facts = [str(pickup.pk), pickup.code_version, actor.principal]
    return signing.dumps(facts, salt=SALT)


def code_proven_by(note: str, pickup: Pickup, actor: Actor) -> str:
    """The code that the note stands for; "" where it is not about this pickup, code and person."""
    try:
        facts = signing.loads(note, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return ""
    if facts != [str(pickup.pk), pickup.code_version, actor.principal]:
        return ""
    return codes.shown_code(pickup.pk, pickup.code_version, pickup.code_digest) or ""


def proven_code(note: str, fulfilment_order_id: UUID, actor: Actor) -> str:
    """The same by the id of the pickup, for who takes the money first. "" if it proves nothing."""
    visible = fulfilment_orders_visible_to(actor, Permission.PICKUP_HAND_OVER)
    row = visible.filter(pk=fulfilment_order_id, pickup__isnull=False).select_related("pickup")
    first = row.first() if note else None
    return code_proven_by(note, first.pickup, actor) if first else ""
