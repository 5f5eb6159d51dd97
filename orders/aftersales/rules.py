"""Whether goods may come back, and who may give money for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, Sum
from django.utils.translation import gettext as _

from customers.identity.models import Identifier, IdentifierKind
from inventory.locations.models import LocationService, Service
from omni.access.actor import Actor
from omni.access.models import User
from omni.access.permissions import Permission
from omni.core import clock
from omni.work import operations as work
from omni.work.models import Approval, ApprovalStatus
from orders.aftersales.errors import (
    ApprovalAsked,
    FinalSale,
    OwnPurchase,
    RefundOverOwnLimit,
    ReturnBeyondBought,
    ReturnLimitReached,
    ReturnsNotTaken,
    ReturnWindowOver,
)
from orders.aftersales.models import (
    LogisticsState,
    ReturnCase,
    ReturnKind,
    ReturnLine,
)
from orders.fulfilment.models import FulfilmentLine
from orders.payments.queries import given_back_by
from orders.sales.models import Order, OrderLine

NO_RECEIPT_CASES = 3
NO_RECEIPT_DAYS = 90
# Asked for and not decided or not arrived yet: these units cannot be asked for a second time.
_ANNOUNCED = [LogisticsState.REQUESTED, LogisticsState.AUTHORISED, LogisticsState.IN_TRANSIT]


def check_returnable(
    order: Order, lines: Iterable[tuple[OrderLine, int]], *, now: datetime
) -> None:
    """Raises: FinalSale, ReturnWindowOver. Quantities are ``check_quantities``."""
    until = return_until(order)
    if _is_over(until, now):
        raise ReturnWindowOver(until=until.isoformat())
    final = _sold_finally(line for line, _quantity in lines)
    if final is not None:
        raise FinalSale(order_line_id=str(final.pk))


def return_until(order: Order) -> datetime:
    """The last moment of the return window: it starts when the last goods reached the customer."""
    left = FulfilmentLine.objects.filter(
        fulfilment_order__order=order, handed_over__gt=0
    ).aggregate(
        handed=Max("fulfilment_order__hand_overs__occurred_at"),
        delivered=Max("fulfilment_order__shipments__delivered_at"),
        dispatched=Max("fulfilment_order__shipments__dispatched_at"),
        finished=Max("fulfilment_order__finished_at"),
    )
    moments = [left["handed"], left["delivered"] or left["dispatched"], left["finished"]]
    started = max((moment for moment in moments if moment), default=order.placed_at)
    return started + timedelta(days=order.channel.return_window_days)


def check_quantities(lines: Iterable[tuple[OrderLine, int]], *, case: ReturnCase | None) -> None:
    """Nobody announces more than they have. The counters guard it again when goods arrive.

    Raises: ReturnBeyondBought.
    """
    wanted = list(lines)
    announced = _announced_elsewhere([line.pk for line, _quantity in wanted], case)
    for line, quantity in wanted:
        possible = line.quantity_returnable - announced.get(line.pk, 0)
        if quantity > possible:
            raise ReturnBeyondBought(
                order_line_id=str(line.pk), quantity=quantity, possible=max(0, possible)
            )


def _announced_elsewhere(line_ids: list[UUID], case: ReturnCase | None) -> Mapping[UUID, int]:
    rows = ReturnLine.objects.filter(order_line_id__in=line_ids, case__status__in=_ANNOUNCED)
    if case is not None:
        rows = rows.exclude(case=case)
    return dict(rows.values_list("order_line_id").annotate(Sum("quantity")))


def announced_units(order_id: UUID) -> Mapping[UUID, int]:
    """Units of each line that a return announces and that have not arrived."""
    rows = ReturnLine.objects.filter(order_line__order=order_id, case__status__in=_ANNOUNCED)
    return dict(rows.values_list("order_line_id").annotate(Sum("quantity")))


def check_takes_returns(location_id: UUID) -> None:
    """Raises: ReturnsNotTaken."""
    service = LocationService.objects.filter(location_id=location_id, service=Service.RETURNS)
    row = service.first()
    if row is None or not row.is_active:
        raise ReturnsNotTaken


def check_not_own(order: Order | None, customer_id: UUID | None, actor: Actor) -> None:
    """Raises: OwnPurchase, for a member of staff who is the buyer."""
    if actor.user_id is None or actor.kind != "staff":
        return
    buyer = order.customer_id if order else customer_id
    same = Q(email__iexact=order.email) if order and order.email else Q(pk__in=[])
    if buyer is not None:
        emails = Identifier.objects.filter(customer_id=buyer, kind=IdentifierKind.EMAIL)
        same |= Q(Exists(emails.filter(value__iexact=OuterRef("email"))))
    if User.objects.filter(same, pk=actor.user_id).exists():
        raise OwnPurchase


@dataclass(frozen=True, slots=True)
class Bar:
    """What speaks against a return; ``may`` where it is set aside."""

    code: str
    may: bool = False


def bars(
    order: Order,
    lines: Iterable[OrderLine],
    *,
    takes_returns: bool,
    until: datetime,
    is_set_aside: bool,
    actor: Actor,
) -> list[Bar]:
    """All that the checks would refuse about these lines at a counter, before it is tried.

    ``until`` is ``return_until``; ``is_set_aside`` is ``may_set_aside``.
    """
    found = [] if takes_returns else [Bar(ReturnsNotTaken.code)]
    try:
        check_not_own(order, None, actor)
    except OwnPurchase as error:
        found.append(Bar(error.code))
    if _is_over(until, clock.now()):
        found.append(Bar(ReturnWindowOver.code, is_set_aside))
    if _sold_finally(lines) is not None:
        found.append(Bar(FinalSale.code, is_set_aside))
    return found


def may_set_aside(*, kind: str, is_exception: bool, location_id: UUID, actor: Actor) -> bool:
    """Whether window and final sale do not count: for a claim, or as a manager's exception."""
    may_except = is_exception and may_make_exceptions(actor, location_id)
    return kind == ReturnKind.CLAIM or may_except


def may_make_exceptions(actor: Actor, location_id: UUID) -> bool:
    """Whether the actor may set the rules aside there."""
    return actor.may(Permission.RETURNS_NO_RECEIPT, location_id=location_id)


def _is_over(until: datetime, now: datetime) -> bool:
    return now > until


def _sold_finally(lines: Iterable[OrderLine]) -> OrderLine | None:
    return next((line for line in lines if line.variant.product.is_final_sale), None)


def check_no_receipt_limit(customer_id: UUID, *, now: datetime) -> None:
    """Raises: ReturnLimitReached. Locks nothing: the caller locked the customer."""
    recent = ReturnCase.objects.filter(
        customer_id=customer_id,
        kind=ReturnKind.NO_RECEIPT,
        opened_at__gt=now - timedelta(days=NO_RECEIPT_DAYS),
    ).exclude(status__in=[LogisticsState.CANCELLED, LogisticsState.DECLINED])
    if recent.count() >= NO_RECEIPT_CASES:
        raise ReturnLimitReached(limit=NO_RECEIPT_CASES, days=NO_RECEIPT_DAYS)


# --- limits and second identities -----------------------------------------------------------------


def refund_matter(subject_kind: str, subject_id: UUID, location_id: UUID | None) -> work.Matter:
    """What an approval of a refund is about."""
    return work.Matter(
        kind="refund", subject_kind=subject_kind, subject_id=subject_id, location_id=location_id
    )


def no_receipt_matter(customer_id: UUID, location_id: UUID) -> work.Matter:
    """What an approval of a return without receipt is about."""
    return work.Matter(
        kind="no_receipt_return",
        subject_kind="customer",
        subject_id=customer_id,
        location_id=location_id,
    )


def check_refund_limit(
    *, amount_minor: int, matter: work.Matter, approval_id: UUID | None, actor: Actor
) -> None:
    """The limit is part of the grant; above it a granted approval of this amount is used up.

    It holds for all that the actor gives back of one order, which the caller locked.
    Raises: RefundOverOwnLimit, ApprovalNeeded.
    """
    limit = actor.limit(
        Permission.PAYMENTS_REFUND, "refund_limit_minor", location_id=matter.location_id
    )
    if limit is None or not amount_minor:
        return
    is_of_order = matter.subject_kind == "order"
    before = given_back_by(actor.principal, UUID(str(matter.subject_id))) if is_of_order else 0
    if before + amount_minor > limit:
        use_or_ask(
            amount_minor=amount_minor,
            given_back_minor=before,
            matter=matter,
            approval_id=approval_id,
            actor=actor,
        )


def use_or_ask(
    *,
    amount_minor: int,
    given_back_minor: int = 0,
    matter: work.Matter,
    approval_id: UUID | None,
    actor: Actor,
) -> None:
    """Use up a granted approval of at least this amount.

    Raises: RefundOverOwnLimit (with what an approval must be about), ApprovalNeeded.
    """
    if approval_id is not None:
        approval = work.use_approval(approval_id=approval_id, matter=matter, actor=actor)
        if approval.details.get("amount_minor", 0) >= amount_minor:
            return
    raise RefundOverOwnLimit(
        amount_minor=amount_minor,
        given_back_minor=given_back_minor,
        kind=matter.kind,
        subject_kind=matter.subject_kind,
        subject_id=str(matter.subject_id),
        location_id=str(matter.location_id) if matter.location_id else "",
    )


@transaction.atomic(durable=True)
def ask_for_approval(
    *, matter: work.Matter, amount_minor: int, given_back_minor: int, actor: Actor
) -> ApprovalAsked:
    """Ask a second identity, once for the same thing. Returns the error that names the approval.

    The approval says what was given back before, for the limit holds for both together. Commits on
    its own, because the request that needed it fails.
    """
    details = {"amount_minor": amount_minor, "given_back_minor": given_back_minor}
    asked = Approval.objects.filter(
        kind=matter.kind,
        subject_kind=matter.subject_kind,
        subject_id=str(matter.subject_id),
        asked_by=actor.principal,
        status__in=[ApprovalStatus.ASKED, ApprovalStatus.GRANTED],
        used_at=None,
        details=details,
    ).first()
    if asked is None:
        asked = work.ask_approval(
            matter=work.Matter(
                kind=matter.kind,
                subject_kind=matter.subject_kind,
                subject_id=matter.subject_id,
                location_id=matter.location_id,
                details=details,
            ),
            reason=_("A refund over the limit of the person at the counter."),
            actor=actor,
        )
    return ApprovalAsked(approval_id=str(asked.pk), amount_minor=amount_minor, status=asked.status)
