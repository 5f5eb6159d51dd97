"""The last touches of the full demo: what lies on the desks at the hour in which it is begun.

Sales parked at the tills, returns on their way, shelves that lack or hold damaged goods, tasks,
incidents, an approval that waits. Each act looks whether it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from inventory.stock import operations as stock
from inventory.stock.models import Bucket, MovementKind, StockLevel, StockMovement
from omni.access.actor import SYSTEM, Actor
from omni.core.errors import DomainError
from omni.demo.merchant import counter, day_end, desk
from omni.demo.merchant.hours import begins_today, from_day, near, work_after
from omni.demo.merchant.plan import Story
from omni.demo.merchant.sites import STORE_CODES
from omni.demo.merchant.stage import CLERK, MANAGER, Stage, at
from orders.aftersales import operations as aftersales
from orders.aftersales.drafts import ReturnUnits
from orders.aftersales.models import ReturnCase
from orders.aftersales.operations import CounterReturn
from orders.checkout import operations as checkout
from orders.checkout.operations import CartRef, Till
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.payments import operations as payments
from orders.pos import operations as pos
from orders.pos.models import LIVE_SHIFTS, Register, Shift, StoreDay
from orders.sales.models import Order, OrderLine
from orders.sales.tokens import ORDER, known_token

Last = Callable[[Stage, datetime, float], None]


def tidy_shelves(stage: Stage, began: datetime, scale: float) -> None:
    """Pickups whose window ended are not collected; a day later they are put back."""
    late = FulfilmentOrder.objects.filter(
        status__in=[FulfilmentState.READY, FulfilmentState.NO_SHOW],
        pickup__window_ends_at__lte=began - timedelta(days=2),
    )
    for row in late.select_related("pickup").order_by("pk"):
        ends = row.pickup.window_ends_at
        if ends is None:
            continue
        with at(ends + timedelta(minutes=20)):
            fulfilment.mark_no_show(fulfilment_order_id=row.pk, actor=SYSTEM)
        clerk = stage.crew_at(row.location_id)
        with at(work_after(stage.codes[row.location_id], ends, 30)):
            fulfilment.put_back(fulfilment_order_id=row.pk, actor=clerk)
            payments.carry_out_for_order(order_id=row.order_id)


def set_shelves(stage: Stage, began: datetime, scale: float) -> None:
    """Some goods are kept back, some are damaged, a few are gone."""
    for number, code in enumerate(STORE_CODES):
        location, manager = stage.locations[code], stage.crew(code, MANAGER)
        for place in range(number, len(stage.variants), 29):
            stock.set_safety(
                variant_id=stage.variant(place), location_id=location.pk, safety=2, actor=manager
            )
        for place in range(number + 3, len(stage.variants), 67):
            _damage(stage.variant(place), location.pk, stage, code)
        for place in range(number + 5, len(stage.variants), 101):
            _lose(stage.variant(place), location.pk, stage, code)


def _damage(variant_id: UUID, location_id: UUID, stage: Stage, code: str) -> None:
    level = StockLevel.objects.filter(variant_id=variant_id, location_id=location_id).first()
    reference = f"demo:damaged:{code}:{variant_id}"
    if level is not None and level.available > 0:
        stock.move_bucket(
            variant_id=variant_id, location_id=location_id, quantity=1,
            to_bucket=Bucket.DAMAGED, reason="damaged", note="Torn at the seam",
            reference=reference, actor=stage.crew(code),
        )  # fmt: skip


def _lose(variant_id: UUID, location_id: UUID, stage: Stage, code: str) -> None:
    level = StockLevel.objects.filter(variant_id=variant_id, location_id=location_id).first()
    reference = f"demo:counted:{code}:{variant_id}"
    known = StockMovement.objects.filter(reference=reference).exists()
    if level is None or known or level.committed or level.held:
        return
    if level.on_hand > level.unavailable:
        stock.correct(
            variant_id=variant_id, location_id=location_id, counted=level.unavailable,
            reason="count", note="None found in the count", kind=MovementKind.COUNTED,
            reference=reference, actor=stage.crew(code, MANAGER),
        )  # fmt: skip


def open_first_till(stage: Stage, began: datetime, store: str) -> None:
    """The first till of a store is open for whoever tries it."""
    register = Register.objects.get(code=f"{store}-1")
    if not Shift.objects.filter(register=register, status__in=LIVE_SHIFTS).exists():
        with at(begins_today(store, began)):
            pos.open_shift(
                register_id=register.pk, float_minor=counter.FLOAT, actor=stage.crew(store)
            )


def close_old_days(stage: Stage, began: datetime, scale: float) -> None:
    """A day that nobody closed in its evening is closed the next morning."""
    days = StoreDay.objects.filter(status="open", business_date__lt=began.date())
    in_use = Shift.objects.filter(store_day=OuterRef("pk"), status__in=LIVE_SHIFTS)
    for day in days.exclude(Exists(in_use)).order_by("business_date", "pk"):
        code = stage.codes[day.location_id]
        moment, _closes = next(from_day(code, day.business_date + timedelta(days=1)))
        with transaction.atomic(), at(min(moment, began)):
            day_end.reconcile(day, stage.crew(code, MANAGER))


def park_sales(stage: Stage, began: datetime, scale: float) -> None:
    """Two sales wait at the first till of each store: somebody went for another size."""
    for number, code in enumerate(STORE_CODES):
        register = Register.objects.get(code=f"{code}-1")
        for turn in range(2):
            place = number * 11 + turn * 5
            goods = ((place, 1), (place + 3, 1))[: 1 + turn]
            story = Story(f"parked:{code}:{turn}", "till", number + turn, code, goods,
                          {"known": turn == 0})  # fmt: skip
            with transaction.atomic(), at(near(code, began, -6 - 9 * turn)):
                _park(stage, story, register)


def _park(stage: Stage, story: Story, register: Register) -> None:
    state = counter.rung_up(stage, story, Shift(register=register))
    till = Till(register.pk, register.location_id, register.channel_id)
    cart = CartRef(state.header.id, till=till)
    checkout.park_cart(cart=cart, actor=stage.crew(story.store))


def announce_returns(stage: Stage, began: datetime, scale: float) -> None:
    """Customers want to send things back: some asked, some may, some are on their way."""
    wanted = max(2, round(9 * scale))
    sent = OrderLine.objects.filter(
        method="ship",
        order__placed_at__gte=began - timedelta(days=16),
        order__return_status="none",
        quantity_fulfilled__gt=0,
        quantity_returned=0,
        position=1,
    )
    lines = sent.select_related("order").order_by("-order__placed_at", "order__pk")[:wanted]
    for number, line in enumerate(lines):
        if ReturnCase.objects.filter(order=line.order).exists():
            continue
        with at(began - timedelta(hours=5 * number + 1)):
            case = _ask(line.order, line)
        if number % 3:
            with at(began - timedelta(hours=5 * number)):
                aftersales.authorise(case_id=case.pk, actor=SYSTEM)
        if number % 3 == 2:
            with at(began - timedelta(hours=5 * number) + timedelta(minutes=40)):
                aftersales.mark_in_transit(case_id=case.pk, actor=SYSTEM)


def _ask(order: Order, line: OrderLine) -> ReturnCase:
    return aftersales.request_return(
        order_id=order.pk,
        units=[ReturnUnits(line.pk, 1, reason="size")],
        reason="size",
        actor=Actor(kind="anonymous", channel_id=order.channel_id),
        order_token=known_token(ORDER, order.pk, order.token_digest) or "",
    )


def ask_for_approval(stage: Stage, began: datetime, scale: float) -> None:
    """A clerk takes back more than their limit allows: a manager is asked."""
    for code in ("lyon", "berlin"):
        shift = Shift.objects.filter(register__code=f"{code}-1", status="open").first()
        dear = OrderLine.objects.filter(
            order__location=stage.locations[code],
            order__placed_at__gte=began - timedelta(days=20),
            total_minor__gt=12_000,
            quantity_returned=0,
            quantity_fulfilled__gt=0,
        ).select_related("order")
        line = dear.order_by("-order__placed_at").first()
        if shift is None or line is None:
            continue
        wanted = CounterReturn(
            location_id=stage.locations[code].pk,
            units=[ReturnUnits(line.pk, line.quantity, reason="quality", disposition="inspect")],
            order_number=line.order.number,
            reason="quality",
            reference=f"demo:asks:{code}",
        )
        try:
            with at(began - timedelta(minutes=8)):
                pos.return_at_till(
                    shift_id=shift.pk, wanted=wanted, terminal_reference=f"R-{code}",
                    actor=stage.crew(code, CLERK),
                )  # fmt: skip
        except DomainError as refusal:
            if refusal.code != "approval_asked":
                raise


LAST_ACTS: Sequence[Last] = (
    tidy_shelves,
    desk.settle_old_work,
    set_shelves,
    close_old_days,
    park_sales,
    announce_returns,
    ask_for_approval,
    desk.give_work,
)
