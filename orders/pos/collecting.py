"""A pickup that is paid when it is collected: money and goods change hands together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.ids import uuid7
from omni.core.money import CurrencyMismatch
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.hand_over import Quantities
from orders.fulfilment.models import FulfilmentOrder
from orders.fulfilment.operations import Proof
from orders.pos.drawer import lock_open_shift, open_shift_of, write_journal
from orders.pos.models import JournalKind, Shift
from orders.pos.tendering import TenderGiven, book_payments, check_tenders, record_payments


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A pickup at the till: who takes it on which proof, what of it, and what pays for it."""

    shift_id: UUID
    fulfilment_order_id: UUID
    tenders: Sequence[TenderGiven]
    code: str = ""
    id_kind: str = ""
    is_delegate: bool = False
    quantities: Quantities | None = None
    cancel_rest: bool = False
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """The pickup as it is now, and the change to give."""

    fulfilment_order: FulfilmentOrder
    change_minor: int


def collect(*, collection: Collection, actor: Actor) -> Collected:
    """Check the proof, take what is due, hand the goods over.

    Process: the proof commits on its own; money, goods and drawer are one transaction after it.
    Raises: NotFound, ShiftNotOpen, TendersDoNotMatch, CurrencyMismatch (something is due in
    another currency than the drawer's), as ``hand_over``.
    """
    shift = open_shift_of(actor, collection.shift_id, Permission.POS_SELL)
    before = fulfilment.handed_over_before(
        fulfilment_order_id=collection.fulfilment_order_id,
        request_key=collection.request_key,
        actor=actor,
    )
    if before is not None:
        return Collected(before, 0)
    proof = fulfilment.prove(
        fulfilment_order_id=collection.fulfilment_order_id,
        code=collection.code,
        id_kind=collection.id_kind,
        is_delegate=collection.is_delegate,
        actor=actor,
    )
    fulfilment.capture_what_is_due(
        fulfilment_order_id=collection.fulfilment_order_id,
        quantities=collection.quantities,
        actor=actor,
    )
    return _take_and_give(collection, proof, shift, actor)


@transaction.atomic
def _take_and_give(collection: Collection, proof: Proof, shift: Shift, actor: Actor) -> Collected:
    due, order = fulfilment.due_for(
        fulfilment_order_id=collection.fulfilment_order_id,
        quantities=collection.quantities,
        actor=actor,
    )
    if due and order.currency != shift.currency:
        raise CurrencyMismatch(left=order.currency, right=shift.currency)
    check_tenders(collection.tenders, due_minor=due, currency=order.currency)
    reference = f"collection:{uuid7()}"
    paid = record_payments(order.pk, collection.tenders, reference=reference, actor=actor)
    row = fulfilment.give_goods(
        proof=proof,
        quantities=collection.quantities,
        cancel_rest=collection.cancel_rest,
        request_key=collection.request_key,
        actor=actor,
    )
    if paid:
        shift = lock_open_shift(shift.pk)
        write_journal(
            shift,
            kind=JournalKind.COLLECTION,
            total_minor=due,
            tenders=book_payments(shift, paid, actor=actor),
            reference=reference,
            order_id=order.pk,
            actor=actor,
        )
    return Collected(row, sum(each.change_minor for each in collection.tenders))
