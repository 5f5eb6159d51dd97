"""What customers allow: every decision is one more row, none is ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.consent.models import Consent, Purpose
from customers.consent.queries import in_force
from customers.events import ConsentChanged
from customers.profiles.operations import locked_customer
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Invalid
from omni.events import operations as events


class InvalidConsent(Invalid):
    code = "invalid_consent"
    message = _(
        "This consent cannot be recorded. Name a known purpose, and for one that is given the "
        "wording that was shown."
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided. ``wording`` is what the customer read; ``decided_at`` only for imports."""

    purpose: str
    is_granted: bool
    wording: str = ""
    channel_id: UUID | None = None
    decided_at: datetime | None = None


@transaction.atomic
def record_consent(*, customer_id: UUID, decision: Decision, actor: Actor) -> Consent:
    """A customer allows or forbids something from now on.

    The same decision in the same words as the one in force adds nothing. Raises: NotFound,
    CustomerErased, InvalidConsent. Locks: the customer. Emits: consent.changed.
    """
    _check(decision)
    customer = locked_customer(customer_id)
    current = in_force(customer_id=customer.id).get(decision.purpose)
    if current and _same(current, decision):
        return current
    consent = Consent.objects.create(
        customer=customer,
        purpose=decision.purpose,
        is_granted=decision.is_granted,
        channel_id=decision.channel_id,
        wording=decision.wording.strip(),
        principal=actor.principal,
        occurred_at=decision.decided_at or clock.now(),
    )
    changed = ConsentChanged(
        customer.id, consent.id, consent.purpose, consent.is_granted, consent.channel_id
    )
    events.record(changed, actor=actor, occurred_at=consent.occurred_at)
    return consent


def _check(decision: Decision) -> None:
    """Raises: InvalidConsent."""
    errors = []
    if decision.purpose not in Purpose.values:
        errors.append(("purpose", "unknown_purpose", _("This purpose is not known.")))
    if decision.is_granted and not decision.wording.strip():
        errors.append(("wording", "required", _("Say which words the customer agreed to.")))
    if len(decision.wording) > Consent.MAX_WORDING:
        errors.append(("wording", "too_long", _("This is too long.")))
    if errors:
        raise InvalidConsent(
            errors=[{"field": f, "code": c, "message": str(message)} for f, c, message in errors]
        )


def _same(current: Consent, decision: Decision) -> bool:
    return (
        current.is_granted == decision.is_granted
        and current.wording == decision.wording.strip()
        and current.channel_id == decision.channel_id
    )
