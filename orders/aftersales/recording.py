"""Returns that happened before they were known here: the set-based form, for imports.

Equal input gives the rows that ``return_at_counter`` and its pay-out leave behind, dated when they
happened: closed cases, counters, goods back in their place, refunds over the tenders that paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.catalog.models import Variant
from inventory.stock import operations as stock
from inventory.stock.models import MovementKind
from omni.access.actor import Actor
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events.event import Event
from omni.events.operations import record_dated
from orders.aftersales.drafts import LooseUnits, ReturnDraft, ReturnUnits
from orders.aftersales.errors import NothingToReturn, ReturnBeyondBought, UnknownReturnLine
from orders.aftersales.handling import BUCKETS, WITHOUT_GOODS, Case, new_numbers
from orders.aftersales.models import (
    OPEN_CASES,
    Disposition,
    LogisticsState,
    MoneyState,
    ReturnCase,
    ReturnKind,
    ReturnLine,
)
from orders.aftersales.refunding import reference_of
from orders.events import ReturnInspected, ReturnReceived, ReturnRefunded
from orders.fulfilment.money import share_of_line
from orders.payments import operations as payments
from orders.payments.models import Payment
from orders.sales import operations as sales
from orders.sales.models import Order, OrderLine

STEPS: tuple[type[ReturnReceived | ReturnInspected | ReturnRefunded], ...] = (
    ReturnReceived,
    ReturnInspected,
    ReturnRefunded,
)


@dataclass(slots=True)
class _Batch:
    """What all drafts of one call share, read once."""

    orders: dict[UUID, Order]
    lines: dict[UUID, OrderLine]
    stocked: set[UUID]
    refundable: dict[UUID, int]
    returned: dict[UUID, int] = field(default_factory=dict)


@transaction.atomic
def record_returns(*, drafts: Sequence[ReturnDraft], actor: Actor) -> list[ReturnCase]:
    """Write returns that are over and done, many at once; a transaction per some 200.

    A draft whose reference is known already is skipped. Returns the new cases.
    Raises: NotFound, NothingToReturn, UnknownReturnLine, ReturnBeyondBought, RefundTooLarge; then
    nothing is written. Locks: orders, payments, order lines, levels.
    Emits: return.received, return.inspected, return.refunded, refund.succeeded.
    """
    fresh = _without_known(drafts)
    if not fresh:
        return []
    batch = _read(fresh)
    cases = _cases(fresh, actor)
    lines = [
        line
        for draft, case in zip(fresh, cases, strict=True)
        for line in _lines(draft, case, batch)
    ]
    ReturnCase.objects.bulk_create(cases)
    ReturnLine.objects.bulk_create(lines)
    _count(batch)
    _put(lines, batch, actor)
    _give_money_back(cases, actor)
    _refresh(batch)
    record_dated(_events(cases, lines, actor), actor=actor)
    return cases


def _without_known(drafts: Sequence[ReturnDraft]) -> list[ReturnDraft]:
    references = [draft.reference for draft in drafts]
    known = set(
        ReturnCase.objects.filter(reference__in=references).values_list("reference", flat=True)
    )
    return [draft for draft in drafts if draft.reference not in known]


def _read(drafts: Sequence[ReturnDraft]) -> _Batch:
    """Lock the orders and read everything that is decided on. Raises: NotFound."""
    wanted = {draft.order_id for draft in drafts if draft.order_id}
    orders = {order.pk: order for order in Order.objects.filter(pk__in=wanted).locked()}
    if len(orders) != len(wanted):
        raise NotFound
    line_ids = {each.order_line_id for draft in drafts for each in draft.units}
    lines = OrderLine.objects.in_bulk(list(line_ids))
    variants = {line.variant_id for line in lines.values()}
    variants |= {each.variant_id for draft in drafts for each in draft.loose}
    stocked = Variant.objects.filter(pk__in=variants, is_stocked=True)
    refundable: dict[UUID, int] = {}
    money = Payment.objects.filter(order_id__in=wanted).values_list(
        "order_id", "captured_minor", "refunded_minor", "refunding_minor"
    )
    for order_id, captured, refunded, refunding in money:
        refundable[order_id] = refundable.get(order_id, 0) + captured - refunded - refunding
    return _Batch(orders, lines, set(stocked.values_list("pk", flat=True)), refundable)


def _cases(drafts: Sequence[ReturnDraft], actor: Actor) -> list[ReturnCase]:
    numbers = iter(new_numbers(sum(not draft.number for draft in drafts)))
    return [
        ReturnCase(
            id=uuid7(),
            number=draft.number or next(numbers),
            kind=draft.kind if draft.order_id else ReturnKind.NO_RECEIPT,
            order_id=draft.order_id,
            customer_id=draft.customer_id,
            channel_id=draft.channel_id,
            location_id=draft.location_id,
            status=LogisticsState.CLOSED,
            money_status=MoneyState.SETTLED,
            currency=draft.currency,
            evidence=draft.evidence[:250],
            reason=draft.reason[:40],
            reference=draft.reference,
            principal=actor.principal,
            opened_at=draft.opened_at,
            closed_at=draft.opened_at,
        )
        for draft in drafts
    ]


def _lines(draft: ReturnDraft, case: ReturnCase, batch: _Batch) -> list[ReturnLine]:
    """The lines with their refunds; the case gets their sum, as far as it was paid."""
    if not draft.units and not draft.loose:
        raise NothingToReturn
    refunds: Sequence[int | None] = draft.refunds or [None] * len(draft.units)
    lines = [
        _of_order(draft, case, each, refund, batch)
        for each, refund in zip(draft.units, refunds, strict=True)
    ]
    lines += [_loose(draft, case, each) for each in draft.loose]
    total = sum(line.refund_minor for line in lines)
    if draft.order_id is not None:
        total = min(total, batch.refundable.get(draft.order_id, 0))
        batch.refundable[draft.order_id] = batch.refundable.get(draft.order_id, 0) - total
    case.refund_minor = case.refunded_minor = total
    return lines


def _of_order(
    draft: ReturnDraft,
    case: ReturnCase,
    units: ReturnUnits,
    refund: int | None,
    batch: _Batch,
) -> ReturnLine:
    row = batch.lines.get(units.order_line_id)
    if row is None or row.order_id != draft.order_id:
        raise UnknownReturnLine(order_line_id=str(units.order_line_id))
    before = batch.returned.get(row.pk, 0)
    possible = row.quantity_returnable - before
    if not 1 <= units.quantity <= possible:
        raise ReturnBeyondBought(
            order_line_id=str(row.pk), quantity=units.quantity, possible=possible
        )
    taken = row.quantity_cancelled + row.quantity_returned + before
    share = share_of_line(row, taken=taken, quantity=units.quantity)
    batch.returned[row.pk] = before + units.quantity
    return _line(draft, case, units, row.variant_id, share if refund is None else refund, row.pk)


def _loose(draft: ReturnDraft, case: ReturnCase, units: LooseUnits) -> ReturnLine:
    if units.quantity < 1:
        raise NothingToReturn
    return _line(draft, case, units, units.variant_id, units.refund_minor or 0, None)


def _line(
    draft: ReturnDraft,
    case: ReturnCase,
    units: ReturnUnits | LooseUnits,
    variant_id: UUID,
    refund_minor: int,
    order_line_id: UUID | None,
) -> ReturnLine:
    return ReturnLine(
        case=case,
        order_line_id=order_line_id,
        variant_id=variant_id,
        quantity=units.quantity,
        received=units.quantity,
        disposition=units.disposition,
        received_at_location_id=draft.location_id,
        reason=units.reason[:40],
        refund_minor=refund_minor,
    )


def _count(batch: _Batch) -> None:
    sales.add_counters_to_lines(
        deltas=[
            sales.CounterDelta(line_id=line_id, returned=quantity)
            for line_id, quantity in batch.returned.items()
        ]
    )


def _put(lines: Iterable[ReturnLine], batch: _Batch, actor: Actor) -> None:
    stock.post(
        entries=[
            _entry(line)
            for line in lines
            if line.variant_id in batch.stocked and line.disposition not in WITHOUT_GOODS
        ],
        actor=actor,
    )


def _entry(line: ReturnLine) -> stock.Entry:
    bucket = BUCKETS[Disposition(line.disposition)]
    assert line.received_at_location_id is not None  # noqa: S101  set with the row
    return stock.Entry(
        variant_id=line.variant_id,
        location_id=line.received_at_location_id,
        quantity=line.quantity,
        kind=MovementKind.RETURNED,
        reference=f"return-line:{line.pk}:{line.received}",
        bucket=bucket,
        bucket_quantity=line.quantity if bucket else 0,
        order_line_id=line.order_line_id,
        reason=line.reason,
        occurred_at=line.case.opened_at,
    )


def _give_money_back(cases: Iterable[ReturnCase], actor: Actor) -> None:
    payments.record_counter_refunds(
        refunds=[
            payments.CounterRefund(
                order_id=case.order_id,
                amount_minor=case.refund_minor,
                reference=f"{reference_of(case.pk)}/0",
                reason=str(case.kind),
                occurred_at=case.opened_at,
            )
            for case in cases
            if case.order_id and case.refund_minor
        ],
        actor=actor,
    )


def _refresh(batch: _Batch) -> None:
    open_ones = set(
        ReturnCase.objects.filter(order__in=list(batch.orders), status__in=OPEN_CASES).values_list(
            "order_id", flat=True
        )
    )
    for order_id in sorted(batch.orders):
        sales.refresh_returns(order_id=order_id, has_open_case=order_id in open_ones)


def _events(
    cases: Iterable[ReturnCase], lines: Iterable[ReturnLine], actor: Actor
) -> Iterable[tuple[Event, datetime]]:
    by_case: dict[UUID, list[ReturnLine]] = {}
    for line in lines:
        by_case.setdefault(line.case_id, []).append(line)
    for row in cases:
        case = Case(row, None, actor, row.opened_at)
        for step in STEPS:
            told = by_case[row.pk] if step is not ReturnRefunded else []
            if step is not ReturnRefunded or row.refund_minor:
                yield step(**case.facts(told)), row.opened_at
