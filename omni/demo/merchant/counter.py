"""What happens at the tills of the full demo: shifts, sales, returns, exchanges, deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from random import Random
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from inventory.catalog.models import Listing
from inventory.locations.models import Method
from inventory.stock import operations as stock
from inventory.stock.models import StockLevel
from inventory.stock.operations import StockArrival
from omni.core.errors import DomainError
from omni.demo.merchant.acts import tender
from omni.demo.merchant.day_end import in_cash
from omni.demo.merchant.plan import Step, Story
from omni.demo.merchant.stage import KEY_HOLDER, MANAGER, Stage, sale_of
from orders.aftersales.drafts import ReturnUnits
from orders.aftersales.models import ReturnCase
from orders.aftersales.operations import CounterReturn
from orders.checkout import operations as checkout
from orders.checkout.operations import CartState, Till, Wish
from orders.payments import operations as payments
from orders.pos import operations as pos
from orders.pos.models import Shift
from orders.pos.operations import SaleDraft
from orders.sales.models import Order, OrderLine

FLOAT = 20_000
CHANGE = 40_000
# More than this does not lie in a drawer over night.
MOST_CASH = 60_000
LOW, FULL = 3, 9
_WHY = ("A note counted twice", "Wrong change given", "Found under the tray", "Not explained")


def open_shift(stage: Stage, step: Step) -> None:
    """The drawer gets its float in the morning."""
    store = step.story.store
    if stage.live_shift(store) is None:
        register = stage.registers[store]
        pos.open_shift(register_id=register.pk, float_minor=FLOAT, actor=stage.crew(store))


def close_shift(stage: Stage, step: Step) -> None:
    """Counted at night. One drawer in nine does not hold what it should."""
    store = step.story.store
    shift = stage.live_shift(store)
    if shift is None:
        return
    draw = Random(f"count:{step.story.key}")  # noqa: S311  nothing secret is drawn
    keeper = stage.crew(store, KEY_HOLDER)
    there = int(shift.entries.aggregate(total=Sum("amount_minor"))["total"] or 0)
    if there > MOST_CASH:
        pos.move_cash(
            shift_id=shift.pk, kind="drop", amount_minor=(there - FLOAT) // 5000 * 5000,
            reason="To the safe", reference=f"demo:{step.story.key}", actor=keeper,
        )  # fmt: skip
        there -= (there - FLOAT) // 5000 * 5000
    off = draw.choice((-1000, -500, -200, -20, 100, 500)) if draw.random() < 0.11 else 0
    notes = in_cash(there + off, shift.currency)
    pos.count_shift(shift_id=shift.pk, denominations=notes, actor=keeper)
    why = draw.choice(_WHY) if off else ""
    pos.close_shift(shift_id=shift.pk, difference_reason=why, actor=keeper)


def sell(stage: Stage, step: Step) -> None:
    """A sale at the till: known customers say who they are, the others just pay."""
    store = step.story.store
    shift = stage.shift(store, step.at)
    if shift is None:
        return
    clerk = stage.crew(store)
    with transaction.atomic():
        state = rung_up(stage, step.story, shift)
        due = state.quote.total_minor
        paid = [tender(due, step, state.header.id)]
        draft = SaleDraft(shift_id=shift.pk, tenders=paid, cart_id=state.header.id)
        pos.sell(draft=draft, actor=clerk)


def rung_up(stage: Stage, story: Story, shift: Shift) -> CartState:
    """The goods of a story, scanned at a till."""
    register = shift.register
    till = Till(register.pk, register.location_id, register.channel_id)
    wishes = [Wish(stage.variant(place), units, Method.CARRY_OUT) for place, units in story.goods]
    customer_id = stage.people.get(story.person) if story.facts["known"] else None
    return checkout.ring_up(
        till=till, wishes=wishes, customer_id=customer_id, actor=stage.crew(story.store)
    )


def bring_back(stage: Stage, step: Step) -> None:
    """Some of the goods come back, wherever bought; their money goes where it came from."""
    found = _bought(stage, step)
    if found is None:
        return
    lines, shift = found
    draw = Random(f"back:{step.story.key}")  # noqa: S311  nothing secret is drawn
    why = draw.choices(("size", "colour", "quality", "changed_mind"), (5, 2, 1, 3))[0]
    state = "damaged" if why == "quality" else "sellable"
    back = lines[: 2 if why != "quality" and draw.random() < 0.4 else 1]
    wanted = _wanted(stage, step.story, back, reason=why, disposition=state)
    manager = stage.crew(step.story.store, MANAGER)
    give_back = partial(
        pos.return_at_till, shift_id=shift.pk, wanted=wanted, actor=manager,
        terminal_reference=f"R-{str(back[0].pk)[-12:]}",
    )  # fmt: skip
    try:
        give_back()
    except DomainError as refusal:
        if refusal.code != "drawer_too_empty":
            raise
        pos.move_cash(
            shift_id=shift.pk, kind="paid_in", amount_minor=CHANGE, reason="Change from the safe",
            reference=f"demo:{step.story.key}:change", actor=manager,
        )  # fmt: skip
        give_back()
    payments.carry_out_for_order(order_id=back[0].order_id)


def exchange(stage: Stage, step: Step) -> None:
    """Another size or colour instead; what it costs more is paid, what it costs less given back."""
    found = _bought(stage, step)
    if found is None:
        return
    (line, *_others), shift = found
    other = _instead(stage, line)
    channel = shift.register.channel_id
    price = Listing.objects.filter(variant_id=other, channel_id=channel).values_list(
        "price_minor", flat=True
    )
    worth = line.total_minor // line.quantity
    more = (price.first() or 0) - worth
    pos.exchange(
        shift_id=shift.pk,
        returned=_wanted(stage, step.story, [line], reason="size"),
        wishes=[Wish(other, 1, Method.CARRY_OUT)],
        tenders=[tender(more, step, line.pk)] if more > 0 else [],
        terminal_reference=f"R-{str(line.pk)[-12:]}",
        actor=stage.crew(step.story.store, MANAGER),
    )


def restock(stage: Stage, step: Step) -> None:
    """What runs low is sent from the supplier; a few goods are never sent enough of."""
    store = step.story.store
    location = stage.locations[store]
    levels = StockLevel.objects.filter(location=location).order_by("pk")
    free = {level.variant_id: level.available for level in levels}
    scarce = {stage.variant(place) for place in range(0, len(stage.variants), 23)}
    low = [key for key, left in free.items() if left < LOW and key not in scarce]
    lines = [StockArrival(key, location.pk, FULL - max(0, free[key])) for key in low]
    if lines:
        note = f"demo:{step.story.key}"
        stock.put(lines=lines, reference=note, note="Delivery", actor=stage.crew(store, MANAGER))


# --- steps ----------------------------------------------------------------------------------------


def _bought(stage: Stage, step: Step) -> tuple[list[OrderLine], Shift] | None:
    """The lines of which a unit can come back, and the shift in which it does."""
    story = step.story
    shift, order = stage.shift(story.store, step.at), _origin(stage, story)
    if shift is None or order is None or order.currency != shift.currency:
        return None
    if ReturnCase.objects.filter(reference=f"demo:{story.key}").exists():
        return None
    lines = OrderLine.objects.filter(order=order, quantity_fulfilled__gt=0, quantity_returned=0)
    found = list(lines.select_related("order").order_by("position"))
    return (found, shift) if found else None


def _origin(stage: Stage, story: Story) -> Order | None:
    placed = stage.order_of(story.facts["of"])
    if placed is not None or "sold_at" not in story.facts:
        return placed
    sold_at: datetime = story.facts["sold_at"]
    return sale_of(stage.locations[story.facts["sold_in"]], sold_at)


def _wanted(
    stage: Stage,
    story: Story,
    lines: Sequence[OrderLine],
    *,
    reason: str,
    disposition: str = "sellable",
) -> CounterReturn:
    return CounterReturn(
        location_id=stage.locations[story.store].pk,
        units=[ReturnUnits(line.pk, 1, disposition=disposition, reason=reason) for line in lines],
        order_number=lines[0].order.number,
        reason=reason,
        reference=f"demo:{story.key}",
    )


def _instead(stage: Stage, line: OrderLine) -> UUID:
    """The next variant of the same product."""
    here = next(n for n, each in enumerate(stage.variants) if each[0] == line.variant_id)
    slug = stage.variants[here][1]
    siblings = [each[0] for each in stage.variants if each[1] == slug]
    return siblings[(siblings.index(line.variant_id) + 1) % len(siblings)]
