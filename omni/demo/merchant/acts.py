"""The steps of the stories, done by the operations of every day. What cannot be done is left out.

Each act looks at how things stand, so a step that is done again changes nothing, and a person who
takes part while the demo is filled is never overruled.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from uuid import UUID

from django.db import transaction

from omni.access.actor import SYSTEM, Actor
from omni.core.money import Money
from omni.demo.merchant import crowd
from omni.demo.merchant.plan import Step, Story
from omni.demo.merchant.stage import (
    KEY_HOLDER,
    MANAGER,
    Stage,
    device_of,
)
from orders.aftersales import operations as aftersales
from orders.checkout import operations as checkout
from orders.checkout.operations import CartRef, CartState, Contact, Intent, Wish
from orders.fulfilment import codes
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.payments import operations as payments
from orders.payments.models import Tender
from orders.payments.operations import OnlineStart
from orders.pos import operations as pos
from orders.pos.operations import Collection, TenderGiven
from orders.sales.drafts import AddressDraft
from orders.sales.models import Order, OrderStatus
from orders.sales.tokens import ORDER, known_token

_S = FulfilmentState
_CARD = "tok_visa"
_AHEAD = frozenset({_S.NEW, _S.ACCEPTED, _S.PICKING, _S.READY, _S.NO_SHOW, _S.PACKED, _S.DISPATCHED,
                    _S.ATTEMPTED, _S.SCHEDULED})  # fmt: skip


# --- ordered online -------------------------------------------------------------------------------


def place(stage: Stage, step: Step) -> None:
    """A cart is filled and checked out; what is paid online is paid at once."""
    story = step.story
    order = stage.order_of(story.key) or _check_out(stage, story)
    if story.facts["pays"] == "online" and order.status == OrderStatus.PLACED:
        channel = stage.channel_of(story)
        start = OnlineStart(
            order_id=order.pk,
            reference=f"demo:{story.key}",
            return_url=f"{channel.storefront_url}/thanks",
            card_token=_CARD,
        )
        payments.start_payment(start=start, actor=_guest(stage, story))
        fulfilment.confirm_if_paid(order_id=order.pk, actor=SYSTEM)


@transaction.atomic
def _check_out(stage: Stage, story: Story) -> Order:
    buyer, who = _guest(stage, story), crowd.person(story.person)
    cart, state = filled_cart(stage, story)
    if story.kind == "ship":
        street, postal_code, city = who.address
        address = AddressDraft(
            name=who.name, street=street, city=city, country=who.country, postal_code=postal_code
        )
        state = checkout.set_contact(
            cart=cart, version=state.header.version, address=address, actor=buyer
        )
    is_online = story.facts["pays"] == "online"
    intent = Intent(
        version=state.header.version,
        total=Money(state.quote.total_minor, state.header.currency),
        payment=checkout.ONLINE if is_online else checkout.PAY_AT_COLLECTION,
        contact=Contact(who.name, who.email, who.phone),
    )
    return checkout.check_out_cart(cart=cart, intent=intent, actor=buyer).order


def filled_cart(stage: Stage, story: Story) -> tuple[CartRef, CartState]:
    """A guest's cart with the goods of the story."""
    buyer = _guest(stage, story)
    opened = checkout.create_cart(device_id=str(device_of(story.key)), actor=buyer)
    cart, state = CartRef(opened.state.header.id, opened.token), opened.state
    method = "ship" if story.kind == "ship" else "pickup"
    store_id = None if method == "ship" else stage.locations[story.store].pk
    for place_, quantity in story.goods:
        wish = Wish(stage.variant(place_), quantity, method, store_id)
        state = checkout.add_line(cart=cart, version=state.header.version, wish=wish, actor=buyer)
    return cart, state


def _guest(stage: Stage, story: Story) -> Actor:
    device = str(device_of(story.key))
    return Actor(kind="anonymous", channel_id=stage.channel_of(story).pk, device=device)


def fill_cart(stage: Stage, step: Step) -> None:
    """A cart that nobody checks out."""
    with transaction.atomic():
        filled_cart(stage, step.story)


def cancel(stage: Stage, step: Step) -> None:
    """The customer thinks better of it."""
    order = stage.order_of(step.story.key)
    if order is not None:
        aftersales.cancel_order(
            order_id=order.pk,
            reason="changed my mind",
            actor=_guest(stage, step.story),
            order_token=_token(order),
        )
        payments.carry_out_for_order(order_id=order.pk)


def _token(order: Order) -> str:
    return known_token(ORDER, order.pk, order.token_digest) or ""


# --- worked on ------------------------------------------------------------------------------------


def works_of(stage: Stage, story: Story) -> list[FulfilmentOrder]:
    """The work of a story that is not over, wherever it is done by now."""
    order_id = stage.order_id_of(story.key)
    if order_id is None:
        return []
    rows = FulfilmentOrder.objects.filter(order_id=order_id, status__in=_AHEAD).order_by("pk")
    return list(rows.select_related("order"))


def accept(stage: Stage, step: Step) -> None:
    """The store takes the work on."""
    for work in works_of(stage, step.story):
        if work.status == _S.NEW:
            clerk = stage.crew_at(work.location_id)
            fulfilment.accept(fulfilment_order_id=work.pk, actor=clerk)


def reject(stage: Stage, step: Step) -> None:
    """The store cannot find it: it is routed to another, or cancelled."""
    for work in works_of(stage, step.story):
        if work.status == _S.NEW:
            clerk = stage.crew_at(work.location_id)
            fulfilment.reject(fulfilment_order_id=work.pk, reason="not_found", actor=clerk)
            payments.carry_out_for_order(order_id=work.order_id)


def pick(stage: Stage, step: Step) -> None:
    """Somebody goes for the goods, and has found the first of them."""
    for work in works_of(stage, step.story):
        if work.status == _S.ACCEPTED:
            _pick(work, stage.crew_at(work.location_id), most=1)


def ready(stage: Stage, step: Step) -> None:
    """Everything is found and lies on a shelf."""
    for work in works_of(stage, step.story):
        if work.status in (_S.ACCEPTED, _S.PICKING):
            clerk = stage.crew_at(work.location_id)
            _pick(work, clerk)
            draw = Random(f"shelf:{step.story.key}")  # noqa: S311  nothing secret is drawn
            shelf = f"{draw.choice('ABC')}-{draw.randint(1, 12):02d}"
            fulfilment.mark_ready(fulfilment_order_id=work.pk, shelf=shelf, actor=clerk)


def _pick(work: FulfilmentOrder, clerk: Actor, most: int = 99) -> None:
    if work.status == _S.ACCEPTED:
        fulfilment.start_picking(fulfilment_order_id=work.pk, actor=clerk)
    for line in work.lines.order_by("pk")[:most]:
        if line.quantity_to_pick:
            fulfilment.pick_line(
                fulfilment_order_id=work.pk, line_id=line.pk, picked=line.quantity, actor=clerk
            )


def send(stage: Stage, step: Step) -> None:
    """Picked, packed, given to the carrier."""
    for work in works_of(stage, step.story):
        if work.method != "ship" or work.status != _S.NEW:
            continue
        clerk = stage.crew_at(work.location_id)
        fulfilment.accept(fulfilment_order_id=work.pk, actor=clerk)
        work.refresh_from_db()
        _pick(work, clerk)
        carrier = {"FR": "Colissimo", "DE": "DHL", "GB": "Royal Mail"}
        country = crowd.person(step.story.person).country
        fulfilment.pack(
            fulfilment_order_id=work.pk,
            carrier=carrier[country],
            tracking_number=f"AN{work.order.number}",
            actor=clerk,
        )
        fulfilment.send_off(fulfilment_order_id=work.pk, actor=clerk)


def attempt(stage: Stage, step: Step) -> None:
    """The carrier found nobody."""
    for work in works_of(stage, step.story):
        if work.status == _S.DISPATCHED:
            clerk = stage.crew_at(work.location_id)
            fulfilment.report_attempt(fulfilment_order_id=work.pk, actor=clerk)


def deliver(stage: Stage, step: Step) -> None:
    """The parcel arrived."""
    for work in works_of(stage, step.story):
        if work.status in (_S.DISPATCHED, _S.ATTEMPTED):
            clerk = stage.crew_at(work.location_id)
            fulfilment.deliver(fulfilment_order_id=work.pk, actor=clerk)


# --- on the shelf ---------------------------------------------------------------------------------


def _by_customer(stage: Stage, step: Step, act: Callable[..., object], **also: object) -> None:
    for work in works_of(stage, step.story):
        if work.status == _S.READY:
            act(
                fulfilment_order_id=work.pk,
                actor=_guest(stage, step.story),
                order_token=_token(work.order),
                **also,
            )


def extend(stage: Stage, step: Step) -> None:
    """The customer needs more days."""
    _by_customer(stage, step, fulfilment.extend)


def delegate(stage: Stage, step: Step) -> None:
    """Somebody else will come for it."""
    other = crowd.person(step.story.person + 7).name
    _by_customer(stage, step, fulfilment.name_delegate, name=other)


def arrive(stage: Stage, step: Step) -> None:
    """The customer says: I am here."""
    note = ("", "", "At the door", "Blue car, bay 2")[step.story.person % 4]
    _by_customer(stage, step, fulfilment.report_arrival, note=note)


def collect(stage: Stage, step: Step) -> None:
    """The goods are handed over against the code; what is to be paid at the counter is paid."""
    for work in works_of(stage, step.story):
        if work.status == _S.NO_SHOW:  # its window ended while the story was being told
            manager = stage.crew_at(work.location_id, MANAGER)
            fulfilment.reinstate(fulfilment_order_id=work.pk, actor=manager)
        elif work.status != _S.READY:
            continue
        if step.story.facts["pays"] == "online":
            _hand_over(stage, step, work)
        else:
            _collect_at_till(stage, step, work)


def _hand_over(stage: Stage, step: Step, work: FulfilmentOrder) -> None:
    pickup = work.pickup
    by_id = step.story.person % 11 == 0
    fulfilment.hand_over(
        fulfilment_order_id=work.pk,
        code="" if by_id else codes.new_code(work.pk, pickup.code_version),
        id_kind="identity_card" if by_id else "",
        is_delegate=bool(pickup.delegate_name),
        request_key=f"demo:{work.pk}",
        actor=stage.crew_at(work.location_id, KEY_HOLDER if by_id else 0),
    )


def _collect_at_till(stage: Stage, step: Step, work: FulfilmentOrder) -> None:
    store = stage.codes[work.location_id]
    shift = stage.shift(store, step.at)
    if shift is None:
        return
    clerk = stage.crew(store)
    due, _order = _due(work.pk, clerk)
    pickup = work.pickup
    pos.collect(
        collection=Collection(
            shift_id=shift.pk,
            fulfilment_order_id=work.pk,
            tenders=[tender(due, step, work.pk)] if due else [],
            code=codes.new_code(work.pk, pickup.code_version),
            is_delegate=bool(pickup.delegate_name),
            request_key=f"demo:{work.pk}",
        ),
        actor=clerk,
    )


@transaction.atomic
def _due(work_id: UUID, clerk: Actor) -> tuple[int, Order]:
    return fulfilment.due_for(fulfilment_order_id=work_id, quantities=None, actor=clerk)


def tender(due: int, step: Step, reference: UUID | str) -> TenderGiven:
    """How this customer pays at a counter: in cash, rounded up to a note, or by card."""
    if step.story.facts["cash"]:
        return TenderGiven(Tender.CASH, due, given_minor=-(-due // 1000) * 1000)
    brands = ("Visa 4242", "Mastercard 5454", "CB 1881", "girocard 7702")
    label = brands[step.story.person % len(brands)]
    name = f"T-{str(reference)[-12:]}"
    return TenderGiven(Tender.CARD_TERMINAL, due, terminal_reference=name, card_label=label)


def no_show(stage: Stage, step: Step) -> None:
    """The window ended, and nobody came."""
    for work in works_of(stage, step.story):
        if work.status == _S.READY:
            fulfilment.mark_no_show(fulfilment_order_id=work.pk, actor=SYSTEM)


def put_back(stage: Stage, step: Step) -> None:
    """What nobody took goes back to its place; what was paid goes back to the card."""
    for work in works_of(stage, step.story):
        if work.status == _S.NO_SHOW:
            clerk = stage.crew_at(work.location_id)
            fulfilment.put_back(fulfilment_order_id=work.pk, actor=clerk)
            payments.carry_out_for_order(order_id=work.order_id)
