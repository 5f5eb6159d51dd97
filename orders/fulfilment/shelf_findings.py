"""What a location found instead of the goods, and what that means for its stock.

Not found: somebody counts, and until then as many units are set aside as are still free, so that
the next customer is not promised what is not there. Damaged: into the bucket, as many as the books
say are there. No capacity: the stock is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.stock import operations as stock
from inventory.stock.models import Bucket, StockLevel
from omni.core.errors import Invalid
from omni.work import operations as work_for_people
from orders.fulfilment.models import FulfilmentLine
from orders.fulfilment.queries import Work

COUNT_WITHIN = timedelta(hours=24)


class Finding(models.TextChoices):
    """Why a location cannot give the units."""

    NOT_FOUND = "not_found", gettext_lazy("Not found")
    DAMAGED = "damaged", gettext_lazy("Damaged")
    NO_CAPACITY = "no_capacity", gettext_lazy("No capacity")


class UnknownReason(Invalid):
    code = "unknown_reason"
    message = gettext_lazy(
        "This is not a reason that is known here. Name one of those in the details."
    )


_BUCKETS = {Finding.NOT_FOUND: Bucket.INSPECT, Finding.DAMAGED: Bucket.DAMAGED}


def check_reason(reason: str) -> None:
    """Raises: UnknownReason."""
    if reason not in Finding.values:
        raise UnknownReason(reason=reason, known=list(Finding.values))


def report_finding(
    work: Work, units: Sequence[tuple[FulfilmentLine, int]], *, reason: str, reference: str
) -> None:
    """Adjust the stock of released units by the reason. Raises: UnknownReason."""
    check_reason(reason)
    if reason == Finding.NO_CAPACITY:
        return
    for line, quantity in units:
        if line.order_line.variant.is_stocked:
            _set_aside(work, line, quantity, reason=reason, reference=reference)
            if reason == Finding.NOT_FOUND:
                _ask_for_a_count(work, line, quantity)


def _set_aside(
    work: Work, line: FulfilmentLine, quantity: int, *, reason: str, reference: str
) -> None:
    variant_id, location_id = line.order_line.variant_id, work.row.location_id
    units = min(quantity, _possible(variant_id, location_id, reason))
    if not units:
        # A count took them away before.
        return
    stock.move_bucket(
        variant_id=variant_id,
        location_id=location_id,
        quantity=units,
        to_bucket=_BUCKETS[Finding(reason)],
        reason=reason,
        reference=f"{reference}:{line.pk}",
        actor=work.actor,
    )


def _possible(variant_id: UUID, location_id: UUID, reason: str) -> int:
    """How many units of the level may be set aside. It is locked: its units were released."""
    level = StockLevel.objects.get(variant_id=variant_id, location_id=location_id)
    there = level.on_hand - level.unavailable
    if reason == Finding.NOT_FOUND:
        there -= level.committed + level.held
    return max(0, there)


def _ask_for_a_count(work: Work, line: FulfilmentLine, quantity: int) -> None:
    sku = line.order_line.sku
    matter = work_for_people.Matter(
        kind="count",
        subject_kind="variant",
        subject_id=line.order_line.variant_id,
        location_id=work.row.location_id,
        details={"sku": sku, "missing": quantity, "order": work.order.number},
    )
    work_for_people.create_task(
        matter=matter,
        title=_("Count %(sku)s: %(missing)s not found for order %(order)s")
        % {"sku": sku, "missing": quantity, "order": work.order.number},
        due_at=work.now + COUNT_WITHIN,
        actor=work.actor,
    )
    work_for_people.open_incident(
        kind="units_not_found",
        subject_kind="fulfilment_line",
        subject_id=line.pk,
        summary=_("Units of an order could not be found."),
        details={"sku": sku, "missing": quantity, "order": work.order.number},
        location_id=work.row.location_id,
        actor=work.actor,
    )
