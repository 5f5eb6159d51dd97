"""Giving money back: over the tenders it came from, never more than was taken.

Decided here: a refund is asked for in one transaction with what causes it (``request_refund``); the
pending row is the durable attempt. Online payments are refunded by the provider afterwards
(``carry_out_refund``), counter tenders when the till pays out (``pay_out_refund``); what was on
account is settled at once. A failed refund gives its amount free and is an incident; if the
provider gave it after all, it is booked then, and the incident says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotAllowed, NotFound
from omni.events.operations import record, record_all
from omni.work import operations as work
from orders.payments import order_money, settlement
from orders.payments.gateways import card_terminal, online_gateway
from orders.payments.gateways.base import ProviderEntry, ProviderRefused, ProviderUnavailable
from orders.payments.models import Payment, Refund, RefundState, Tender
from orders.payments.queries import given_back_by
from orders.payments.settlement import Locked
from orders.sales.models import Order

# Where money goes back first: what needs nobody, then the counter, last what was never paid.
WATERFALL = (Tender.ONLINE, Tender.CARD_TERMINAL, Tender.CASH, Tender.ON_ACCOUNT)
COUNTER = frozenset({Tender.CASH, Tender.CARD_TERMINAL})


class RefundTooLarge(Conflict):
    code = "refund_too_large"
    message = _("More than what was paid and not given back yet cannot be refunded. Refund less.")


class RefundReferenceReused(Conflict):
    code = "refund_reference_reused"
    message = _("Another refund was made under this reference. Use a fresh one.")


class RefundNotAtCounter(Conflict):
    code = "refund_not_at_counter"
    message = _(
        "This refund is carried out by the payment provider, not at the counter. Wait for it; "
        "give nothing back."
    )


class RefundOverLimit(NotAllowed):
    code = "refund_over_limit"
    message = _("This refund is over your limit. A second person must approve it.")


class AmountNotPositive(Invalid):
    code = "amount_not_positive"
    message = _("The amount is not more than zero. Name one that is.")


@transaction.atomic
def request_refund(
    *,
    order_id: UUID,
    amount_minor: int,
    reference: str,
    reason: str = "",
    actor: Actor,
    tenders: Sequence[Tender] = WATERFALL,
) -> list[Refund]:
    """Set money of an order aside to be given back, over the tenders that paid, in their waterfall.

    Plain: joins the caller's transaction. A repeat with the reference returns the same refunds.
    ``tenders`` narrows where the money may come from (cash at a till). Pending online refunds are
    carried out by ``carry_out_refund`` after the commit, at the latest by the sweep.
    Locks: order, payments. Raises: NotFound, AmountNotPositive, RefundTooLarge,
    RefundReferenceReused. Emits: RefundSucceeded for what was on account.
    """
    if amount_minor <= 0:
        raise AmountNotPositive
    order = settlement.lock_order(order_id)
    payments = _in_waterfall(order, tenders)
    made = _made_before(order, reference, amount_minor)
    if made:
        return made
    available = sum(_refundable(payment) for payment in payments)
    if available < amount_minor:
        raise RefundTooLarge(available_minor=available, requested_minor=amount_minor)
    refunds, rest = [], amount_minor
    for payment in payments:
        part = min(rest, _refundable(payment))
        if part > 0:
            refunds.append(_hold(order, payment, part, reference, reason, actor))
            rest -= part
    order_money.refresh_order(order, actor=actor)
    return refunds


def refund_payment(
    *,
    order_id: UUID,
    amount_minor: int,
    reference: str,
    reason: str = "",
    actor: Actor,
    approval_id: UUID | None = None,
) -> list[Refund]:
    """Give money of an order back now, within the actor's limit or with a granted approval.

    Process: the pending refunds are committed first, then the provider is called. A refund that the
    provider leaves open stays pending until its webhook or the sweep. A repeat with the reference
    returns the same refunds. Raises: as ``request_refund``, RefundOverLimit, ApprovalNeeded.
    """
    with transaction.atomic(durable=True):
        if not Refund.objects.filter(reference__startswith=f"{reference}/").exists():
            _check_limit(order_id, amount_minor, actor, approval_id)
        refunds = request_refund(
            order_id=order_id,
            amount_minor=amount_minor,
            reference=reference,
            reason=reason,
            actor=actor,
        )
    for refund in refunds:
        carry_out_refund(refund_id=refund.pk, actor=actor)
    return list(Refund.objects.filter(pk__in=[row.pk for row in refunds]).order_by("pk"))


def carry_out_refund(*, refund_id: UUID, actor: Actor = SYSTEM) -> Refund:
    """Have the provider give back a pending refund of an online payment; others are left alone.

    Process: the refund's id is the key of the call, so a repeat, also after a crash, refunds once.
    No definite answer leaves it pending. Raises: NotFound.
    """
    refund = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if refund is None:
        raise NotFound
    payment: Payment = refund.payment
    if refund.status != RefundState.PENDING or payment.tender != Tender.ONLINE:
        return refund
    gateway = online_gateway(payment.provider)
    try:
        entry = gateway.refund(
            payment.provider_reference, amount_minor=refund.amount_minor, key=str(refund.pk)
        )
    except ProviderRefused as refusal:
        entry = ProviderEntry("", refund.amount_minor, RefundState.FAILED, "", refusal.code)
    except ProviderUnavailable:
        return refund
    if entry.status == RefundState.PENDING:
        entry = _became(payment, entry)
    return _settle(refund.pk, entry, actor=actor)


@transaction.atomic
def pay_out_refund(*, refund_id: UUID, actor: Actor, provider_reference: str = "") -> Refund:
    """The counter gives a pending refund back: cash from the drawer, or by the terminal.

    ``provider_reference`` is the terminal's own number of what it gave to a card. Plain; whoever
    takes the cash out of a drawer books it in the same transaction. A repeat returns the refund.
    Locks: order, payment. Raises: NotFound, RefundNotAtCounter, TerminalReferenceMissing,
    CardNumberRefused, InvalidTransition. Emits: RefundSucceeded.
    """
    found = Refund.objects.filter(pk=refund_id).values_list("payment_id", "payment__tender").first()
    if found is None:
        raise NotFound
    payment_id, tender = found
    if tender not in COUNTER:
        raise RefundNotAtCounter
    locked = settlement.lock_payment(payment_id, actor=actor)
    refund = _locked_refund(refund_id)
    if refund.status == RefundState.SUCCEEDED:
        return refund
    if tender == Tender.CARD_TERMINAL:
        provider_reference = card_terminal.approval(reference=provider_reference).reference
    return _succeed(locked, refund, provider_reference)


# --- steps ----------------------------------------------------------------------------------------


def _became(payment: Payment, entry: ProviderEntry) -> ProviderEntry:
    """A repeated call replays its first answer, so what became of the refund is asked for.

    A refusal of that question says nothing about the refund.
    """
    try:
        heard = online_gateway(payment.provider).fetch(payment.provider_reference)
    except (ProviderRefused, ProviderUnavailable):
        return entry
    return next((found for found in heard.refunds if found.id == entry.id), entry)


def _in_waterfall(order: Order, tenders: Sequence[Tender]) -> list[Payment]:
    rows = Payment.objects.filter(order=order, tender__in=tenders).locked()
    return sorted(rows, key=lambda row: (list(WATERFALL).index(Tender(row.tender)), row.pk))


def _refundable(payment: Payment) -> int:
    return payment.captured_minor - payment.refunded_minor - payment.refunding_minor


def _made_before(order: Order, reference: str, amount_minor: int) -> list[Refund]:
    """The refunds of this reference: its parts are named after it and the payment."""
    rows = Refund.objects.filter(reference__startswith=f"{reference}/").select_related("payment")
    made = list(rows.order_by("pk"))
    strange = any(row.payment.order_id != order.pk for row in made)
    if made and (strange or sum(row.amount_minor for row in made) != amount_minor):
        raise RefundReferenceReused
    return made


def _hold(
    order: Order, payment: Payment, part: int, reference: str, reason: str, actor: Actor
) -> Refund:
    locked = Locked(order, payment, actor, clock.now())
    name = f"{reference}/{payment.pk}"
    refund = settlement.hold_refund(locked, amount_minor=part, reference=name, reason=reason)
    if payment.tender == Tender.ON_ACCOUNT:
        event = settlement.settle_refund(
            locked, refund, succeeded=True, provider_reference="", failure_code=""
        )
        record(event, actor=actor)
    return refund


def _check_limit(order_id: UUID, amount_minor: int, actor: Actor, approval_id: UUID | None) -> None:
    """The limit is part of the grant; above it a second identity must have allowed this amount.

    It holds for all that somebody gives back of one order, else many small refunds would pass it.
    Locks: order, so that two at once share it.
    """
    location_id = Order.objects.filter(pk=order_id).values_list("location_id", flat=True).first()
    limit = actor.limit(Permission.PAYMENTS_REFUND, "refund_limit_minor", location_id=location_id)
    if limit is None:
        return
    settlement.lock_order(order_id)
    before = given_back_by(actor.principal, order_id)
    if before + amount_minor <= limit:
        return
    if approval_id is None:
        raise RefundOverLimit(limit_minor=limit, given_back_minor=before)
    matter = work.Matter(kind="refund", subject_kind="order", subject_id=order_id)
    approval = work.use_approval(approval_id=approval_id, matter=matter, actor=actor)
    if approval.details.get("amount_minor", 0) < amount_minor:
        raise RefundOverLimit(limit_minor=approval.details.get("amount_minor", 0))


def _locked_refund(refund_id: UUID) -> Refund:
    refund: Refund = Refund.objects.filter(pk=refund_id).locked().get()
    return refund


@transaction.atomic(durable=True)
def _settle(refund_id: UUID, entry: ProviderEntry, *, actor: Actor) -> Refund:
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    locked = settlement.lock_payment(payment_id, actor=actor)
    refund = _locked_refund(refund_id)
    if refund.status == RefundState.FAILED and entry.status == RefundState.SUCCEEDED:
        # Somebody else heard of a failure while the provider was asked here.
        record_all(settlement.settle_late(locked, refund, provider_reference=entry.id), actor=actor)
        order_money.refresh_order(locked.order, actor=actor)
        return refund
    if refund.status != RefundState.PENDING:
        return refund
    if entry.status == RefundState.PENDING:
        refund.provider_reference = entry.id
        refund.save(update_fields=["provider_reference"])
        return refund
    event = settlement.settle_refund(
        locked,
        refund,
        succeeded=entry.status == RefundState.SUCCEEDED,
        provider_reference=entry.id,
        failure_code=entry.failure_code,
    )
    record_all([event], actor=actor)
    order_money.refresh_order(locked.order, actor=actor)
    return refund


def _succeed(locked: Locked, refund: Refund, provider_reference: str) -> Refund:
    event = settlement.settle_refund(
        locked,
        refund,
        succeeded=True,
        provider_reference=provider_reference,
        failure_code="",
    )
    record(event, actor=locked.actor)
    order_money.refresh_order(locked.order, actor=locked.actor)
    return refund
