"""The tills of the last days: sales, a pickup that is paid and collected, a return elsewhere.

The last shift in Lyon is counted and closed; those of today stay open, for whoever tries the
till. What a shift has done already stands in its journal, so nothing is rung up twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import IdentifierKind
from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.demo.merchant import places, trade
from omni.demo.merchant.goods import variant
from omni.demo.merchant.hours import before_day, begins_today, zone_of
from omni.demo.merchant.people import colleague_actor
from omni.demo.merchant.shoppers import KNOWN_IN_STORE
from orders.aftersales.operations import CounterReturn, ReturnUnits
from orders.checkout import operations as checkout
from orders.checkout.operations import Till, Wish
from orders.fulfilment.models import FulfilmentState
from orders.payments.models import Tender
from orders.pos import operations as pos
from orders.pos.models import JournalEntry, Register, Shift, ShiftStatus
from orders.pos.operations import Collection, SaleDraft, TenderGiven
from orders.sales.models import OrderLine

FLOAT = 15_000
FEW_MINUTES = timedelta(minutes=4)
SALES = (
    ((("MUG-BLUE", 2), ("CANDLE-SMALL", 1)), Tender.CASH),
    ((("BEANIE", 1),), Tender.CARD_TERMINAL),
)


def ensure_tills() -> None:
    """Yesterday in Lyon, today in every store."""
    ada, ben, cleo = (colleague_actor(name) for name in ("Ada", "Ben", "Cleo"))
    with clock.moved(to=_last_afternoon()):
        shift = _shift("lyon", 0, ben)
        if shift.status == ShiftStatus.OPEN:
            _ring_up_sales(shift, ben)
            _collect(shift, ada)
            _count(shift, ada)
    for store, number, clerk in (("lyon", 1, ben), ("london", 0, colleague_actor("Max"))):
        with clock.moved(to=begins_today(store, clock.now())):
            _shift(store, number, clerk)
    with clock.moved(to=begins_today("nice", clock.now())):
        shift = _shift("nice", 0, cleo)
    with clock.moved(by=-FEW_MINUTES):
        _bring_back(shift, cleo)


def _last_afternoon() -> datetime:
    """Four o'clock on the last day on which Lyon was open; by then Eve's pickup lies there."""
    now = clock.now()
    _opens, closes = before_day("lyon", now.astimezone(zone_of("lyon")).date())
    ready = now - trade.EVES_ORDER.ago + timedelta(hours=12)
    return max(closes.replace(hour=16, minute=5), ready)


def _shift(store: str, number: int, actor: Actor) -> Shift:
    """The shift of the store's register with this number in time, opened when it is missing."""
    register = Register.objects.get(code=f"{store}-1")
    known = list(Shift.objects.filter(register=register).order_by("opened_at"))
    if len(known) > number:
        return known[number]
    return pos.open_shift(register_id=register.pk, float_minor=FLOAT, actor=actor)


def _ring_up_sales(shift: Shift, clerk: Actor) -> None:
    done = JournalEntry.objects.filter(shift=shift, kind="sale").count()
    for place, (goods, tender) in enumerate(SALES):
        if place >= done:
            _sell(
                shift, goods, tender, _regular() if tender == Tender.CARD_TERMINAL else None, clerk
            )


@transaction.atomic
def _sell(
    shift: Shift,
    goods: Sequence[tuple[str, int]],
    tender: Tender,
    customer_id: UUID | None,
    clerk: Actor,
) -> None:
    till = Till(shift.register_id, shift.register.location_id, shift.register.channel_id)
    wishes = [Wish(variant(sku).pk, quantity, "carry_out") for sku, quantity in goods]
    state = checkout.ring_up(till=till, wishes=wishes, customer_id=customer_id, actor=clerk)
    due = state.quote.total_minor
    is_card = tender == Tender.CARD_TERMINAL
    paid = TenderGiven(
        tender=tender,
        amount_minor=due,
        given_minor=None if is_card else -(-due // 1000) * 1000,
        terminal_reference=f"T-{state.header.id}" if is_card else "",
        card_label="Visa 4242" if is_card else "",
    )
    draft = SaleDraft(shift_id=shift.pk, tenders=[paid], cart_id=state.header.id)
    pos.sell(draft=draft, actor=clerk)


def _regular() -> UUID:
    """Whom the store knows by phone only."""
    name, phone = KNOWN_IN_STORE
    found = identity.resolve(
        identifiers=[Given(IdentifierKind.PHONE, phone)],
        name=name,
        channel_id=places.channel(places.STORES).pk,
        actor=SYSTEM,
    )
    return found.customer.pk


def _collect(shift: Shift, manager: Actor) -> None:
    """Eve pays her pickup in cash. Her phone is at home, so Ada looks at her identity card."""
    work = trade.eves_pickup()
    if work.status != FulfilmentState.READY:
        return
    due = work.order.total_minor
    pos.collect(
        collection=Collection(
            shift_id=shift.pk,
            fulfilment_order_id=work.pk,
            tenders=[TenderGiven(Tender.CASH, due, given_minor=-(-due // 5000) * 5000)],
            id_kind="identity_card",
            request_key=f"demo:{work.pk}",
        ),
        actor=manager,
    )


def _count(shift: Shift, manager: Actor) -> None:
    counted = pos.count_shift(shift_id=shift.pk, counted_minor=_in_drawer(shift), actor=manager)
    pos.close_shift(shift_id=counted.pk, actor=manager)


def _in_drawer(shift: Shift) -> int:
    return sum(shift.entries.values_list("amount_minor", flat=True))


def _bring_back(shift: Shift, clerk: Actor) -> None:
    """Eve brings the scarf back in Nice and gets cash; the scarf is for sale there at once."""
    order = trade.eves_pickup().order
    if trade.has_return(order):
        return
    line = OrderLine.objects.get(order=order, sku="SCARF-GREY")
    pos.return_at_till(
        shift_id=shift.pk,
        wanted=CounterReturn(
            location_id=places.store("nice").pk,
            units=[ReturnUnits(line.pk, 1, reason="colour")],
            order_number=order.number,
            reason="colour",
            reference=f"demo:{order.pk}",
        ),
        actor=clerk,
    )
