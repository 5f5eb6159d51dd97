"""Corrections of what is owed, without goods and without a payment: bad debt and its reversal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Conflict
from omni.core.money import exponent
from orders.payments.models import AccountCorrection


class CorrectionReferenceReused(Conflict):
    code = "correction_reference_reused"
    message = _("Another correction was recorded under this reference. Use a fresh one.")


@dataclass(frozen=True, slots=True)
class AccountCorrectionDraft:
    """A correction to be: a positive amount is owed on top, a negative one is written off."""

    channel_id: UUID
    amount_minor: int
    currency: str
    reason: str
    reference: str
    occurred_at: datetime | None = None


@transaction.atomic
def record_account_corrections(
    *, corrections: Sequence[AccountCorrectionDraft], actor: Actor
) -> int:
    """Book corrections of what is owed; those whose reference is booked already change nothing.

    Returns how many are new. Raises: UnknownCurrency, CorrectionReferenceReused.
    """
    by_reference = {draft.reference: draft for draft in corrections}
    booked = AccountCorrection.objects.in_bulk(list(by_reference), field_name="reference")
    for reference, row in booked.items():
        draft = by_reference[reference]
        if (row.amount_minor, row.currency) != (draft.amount_minor, draft.currency):
            raise CorrectionReferenceReused(reference=reference)
    now = clock.now()
    fresh = [draft for draft in by_reference.values() if draft.reference not in booked]
    for draft in fresh:
        exponent(draft.currency)
    AccountCorrection.objects.bulk_create(
        AccountCorrection(
            channel_id=draft.channel_id,
            amount_minor=draft.amount_minor,
            currency=draft.currency,
            reason=draft.reason[:120],
            reference=draft.reference,
            principal=actor.principal,
            occurred_at=draft.occurred_at or now,
        )
        for draft in fresh
    )
    return len(fresh)
