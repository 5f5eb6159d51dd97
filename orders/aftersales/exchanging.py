"""Something else instead: goods come back, others go out, and only the difference moves.

The worth of what came back is a credit on the new order (an adjustment of its own kind, with the
tax of the goods it stands for), so that the new order costs the difference. Where the new goods
cost less, the rest goes back over the tenders that paid. The money of the old order stays with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.core.money import CurrencyMismatch, Money, round_half_up, split
from omni.core.states import move
from omni.events.operations import record
from orders.aftersales.counter import CounterReturn, take_back_at_counter
from orders.aftersales.handling import Case
from orders.aftersales.models import (
    REPLACEMENT_MOVES,
    Exchange,
    ReplacementState,
    ReturnCase,
    ReturnLine,
)
from orders.aftersales.receiving import finish_inspection
from orders.aftersales.refunding import refundable_of
from orders.checkout import operations as checkout
from orders.checkout.operations import Intent, Till, Wish
from orders.events import ReturnExchanged
from orders.sales.drafts import AdjustmentDraft
from orders.sales.models import AdjustmentKind, Order, OrderLine


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The case, the new order (placed, to be paid its difference) and the difference in minor
    units: positive is to be paid, negative goes back."""

    case: ReturnCase
    order: Order
    difference_minor: int


@transaction.atomic
def exchange_at_till(
    *, returned: CounterReturn, wishes: Sequence[Wish], till: Till, actor: Actor
) -> Exchanged:
    """Take goods back and sell others at a till, in one transaction; the caller takes the money.

    The goods are worth what was paid for them and not given back since. Raises: as
    ``take_back_at_counter`` and ``check_out_cart``; CurrencyMismatch. Locks: order, cart, order
    lines, payments, levels. Emits: return.received, return.inspected, return.exchanged,
    order.placed.
    """
    case = take_back_at_counter(wanted=returned, actor=actor, settles=False)
    made = Exchange.objects.filter(case=case.row).select_related("order").first()
    if made is not None:
        return Exchanged(case.row, made.order, made.difference_minor)
    # What was given back already cannot be spent once more.
    goods = sum(line.refund_minor for line in case.lines())
    worth = min(goods, refundable_of(case))
    order, price = _order(case, wishes, till, worth, actor)
    exchange = Exchange.objects.create(
        case=case.row,
        order=order,
        difference_minor=price - worth,
        created_at=case.now,
    )
    move(
        case.row,
        ReplacementState.RESERVED,
        moves=REPLACEMENT_MOVES,
        field="replacement_status",
    )
    finish_inspection(case, approval_id=returned.approval_id, amount_minor=max(0, worth - price))
    facts = case.facts(new_order_id=order.pk, difference_minor=price - worth)
    record(ReturnExchanged(**facts), actor=actor)
    return Exchanged(case.row, order, exchange.difference_minor)


@transaction.atomic
def give_replacement(*, case: ReturnCase, order: Order) -> None:
    """The new goods are paid: in the customer's hands, or on their way."""
    methods = set(OrderLine.objects.filter(order=order).values_list("method", flat=True))
    is_given = methods == {Method.CARRY_OUT}
    to = ReplacementState.FULFILLED if is_given else ReplacementState.RELEASED
    row = ReturnCase.objects.filter(pk=case.pk).locked().get()
    if row.replacement_status == ReplacementState.RESERVED:
        move(row, to, moves=REPLACEMENT_MOVES, field="replacement_status")


def _order(
    case: Case, wishes: Sequence[Wish], till: Till, worth: int, actor: Actor
) -> tuple[Order, int]:
    """The new order with its credit, and what its goods cost."""
    customer_id = case.order.customer_id if case.order else None
    state = checkout.ring_up(till=till, wishes=wishes, customer_id=customer_id, actor=actor)
    price = state.quote.total_minor
    if state.header.currency != case.row.currency:
        raise CurrencyMismatch(left=case.row.currency, right=state.header.currency)
    done = checkout.check_out_cart(
        cart=checkout.CartRef(state.header.id, till=till),
        intent=Intent(
            version=state.header.version,
            total=Money(price, state.header.currency),
            payment=checkout.AT_TILL,
            credits=_credits(case, min(worth, price)),
        ),
        actor=actor,
    )
    return done.order, price


def _credits(case: Case, credit: int) -> list[AdjustmentDraft]:
    """The credit, per tax rate of the goods that came back; taxes in proportion."""
    worth, tax = _by_rate(case.lines())
    rates = [rate for rate, amount in worth.items() if amount]
    parts = split(credit, [worth[rate] for rate in rates]) if credit else []
    label = _("Exchange %(number)s") % {"number": case.row.number}
    drafts = []
    for rate, part in zip(rates, parts, strict=False):
        tax_part = round_half_up(Decimal(part * tax[rate]) / worth[rate])
        drafts.append(
            AdjustmentDraft(
                kind=AdjustmentKind.EXCHANGE,
                net_minor=tax_part - part,
                tax_minor=-tax_part,
                total_minor=-part,
                tax_rate=rate,
                label=label,
                credit_of_id=case.row.order_id,
            )
        )
    return drafts


def _by_rate(lines: Iterable[ReturnLine]) -> tuple[dict[Decimal, int], dict[Decimal, int]]:
    """Worth and tax (of whole order lines, as a measure) of the returned units, by rate."""
    worth: dict[Decimal, int] = {}
    tax: dict[Decimal, int] = {}
    for line in lines:
        sold = line.order_line
        if sold is None or not sold.total_minor:
            continue
        rate = sold.tax_rate
        worth[rate] = worth.get(rate, 0) + line.refund_minor
        share = round_half_up(Decimal(line.refund_minor * sold.tax_minor) / sold.total_minor)
        tax[rate] = tax.get(rate, 0) + share
    return worth, tax
