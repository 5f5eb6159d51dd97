"""What the clock and people decide on: reminders, receipts, repeats; and money that goes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from inventory.locations.models import Method
from journeys.messaging import operations as messaging
from journeys.messaging.writing import CannotBeRepeated, NobodyToTell, NotAnEmail
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events import operations as events
from omni.events.event import Event
from omni.messages import operations as messages
from omni.messages.models import Message
from orders.aftersales import operations as aftersales
from orders.aftersales.models import MoneyState, ReturnCase
from orders.aftersales.operations import ReturnUnits
from orders.checkout.operations import Contact, Wish
from orders.events import RefundSucceeded, ReturnReceived, ReturnRefunded
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import Pickup
from orders.pos import operations as pos
from orders.pos.models import Register
from orders.pos.operations import SaleDraft, TenderGiven
from orders.sales.models import Order
from tests.factories.omni import staff_actor
from tests.factories.orders import make_tax_rate
from tests.factories.orders_work import (
    Shop,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    work_of,
)

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def in_winter() -> Iterator[None]:
    """Far from any change of the clocks, and in the middle of a day."""
    with clock.moved(to=datetime(2031, 1, 14, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def shop() -> Shop:
    return make_shop(language="en", country="GB")


def at(moment: datetime) -> Any:
    return clock.moved(to=moment)


def window(row_id: UUID, *, days: int) -> datetime:
    """Its window ends in so many days, at 18 o'clock in Lyon."""
    end = clock.now().astimezone(ZONE).replace(hour=18, minute=0, second=0, microsecond=0)
    end = (end + timedelta(days=days)).astimezone(UTC)
    Pickup.objects.filter(pk=row_id).update(window_ends_at=end)
    return end


# --- reminders ------------------------------------------------------------------------------------


def test_a_pickup_is_reminded_of_once_in_its_last_day_while_people_are_awake(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    end = window(row.pk, days=5)

    counts = []
    for before in (30, 23, 15, 8, 7, 1):  # hours: 12, 19, 3, 10, 11, 17 o'clock
        with at(end - timedelta(hours=before)):
            counts.append(messaging.remind_of_pickups())
    with at(end + timedelta(minutes=1)):
        counts.append(messaging.remind_of_pickups())

    assert counts == [0, 1, 0, 0, 0, 0, 0]
    message = Message.objects.get(purpose="pickup_reminder")
    assert (message.recipient, message.subject_id) == ("eve@example.com", str(order.pk))


def test_nobody_is_reminded_at_night_and_a_longer_window_has_a_reminder_of_its_own(
    shop: Shop,
) -> None:
    row = make_ready(make_order(shop))
    end = window(row.pk, days=5)

    with at(end - timedelta(hours=15)):
        assert messaging.remind_of_pickups() == 0
    with at(end - timedelta(hours=8)):
        assert messaging.remind_of_pickups() == 1
    later = window(row.pk, days=8)
    with at(later - timedelta(hours=8)):
        assert messaging.remind_of_pickups() == 1

    assert Message.objects.filter(purpose="pickup_reminder").count() == 2


def test_a_short_window_is_reminded_of_in_its_second_half(shop: Shop) -> None:
    row = make_ready(make_order(shop))
    end = window(row.pk, days=1)
    Pickup.objects.filter(pk=row.pk).update(ready_at=end - timedelta(hours=8))

    with at(end - timedelta(hours=5)):
        assert messaging.remind_of_pickups() == 0
    with at(end - timedelta(hours=3)):
        assert messaging.remind_of_pickups() == 1


def test_who_came_or_cannot_be_told_is_not_reminded(shop: Shop) -> None:
    collected = collect(make_order(shop))
    silent = make_ready(make_order(shop, email=""))
    ends = [window(row.pk, days=5) for row in (collected, silent)]

    with at(ends[0] - timedelta(hours=8)):
        assert messaging.remind_of_pickups() == 0

    assert not Message.objects.exists()


# --- receipts -------------------------------------------------------------------------------------


def sell(shop: Shop, **over: Any) -> Order:
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code=f"till-{uuid4().hex[:8]}", name="Till 1"
    )
    ben = staff_actor("pos.sell", "pos.shift", location_id=shop.lyon.pk)
    shift = pos.open_shift(register_id=register.pk, float_minor=10_000, actor=ben)
    wish = Wish(shop.variant.pk, 3, Method.CARRY_OUT)
    tenders = [
        TenderGiven("cash", 2000, given_minor=5000),
        TenderGiven("card_terminal", 1000, terminal_reference=f"slip-{uuid4()}"),
    ]
    draft = SaleDraft(shift_id=shift.pk, wishes=[wish], tenders=tenders, **over)
    return pos.sell(draft=draft, actor=ben).order


def test_a_sale_with_an_address_gets_its_receipt_and_one_without_none(shop: Shop) -> None:
    make_tax_rate("GB")
    make_tax_rate("FR")
    sell(shop)
    order = sell(shop, contact=Contact("Eve", "eve@example.com"))

    events.drain()
    messages.send_due()

    (sent,) = mail.outbox
    assert sent.subject == f"Your receipt {order.number}"
    wanted = ("3 × ", "Total: €30.00", "Paid: Cash: €20.00", "Paid: Card at the terminal: €10.00")
    for line in (*wanted, "of which tax 20%: €5.00", "Lyon"):
        assert line in sent.body
    assert sum(line.total_minor for line in lines_of(order)) == order.total_minor


def test_a_receipt_goes_where_the_customer_wants_it(shop: Shop) -> None:
    order = sell(shop)
    ben, cleo = (
        staff_actor("orders.view", location_id=store.pk) for store in (shop.lyon, shop.nice)
    )

    message = messaging.send_receipt(order_id=order.pk, email=" dan@example.com ", actor=ben)

    assert (message.recipient, message.basis) == ("dan@example.com", "request")
    assert message.principal == ben.principal
    for actor, email, error in (
        (cleo, "dan@example.com", NotFound),
        (ben, "dan", NotAnEmail),
        (ben, "dan@example.com\nBcc: all@example.com", NotAnEmail),
    ):
        with pytest.raises(error):
            messaging.send_receipt(order_id=order.pk, email=email, actor=actor)
    assert Message.objects.count() == 1


# --- repeats --------------------------------------------------------------------------------------


def test_a_message_is_said_again_as_things_stand_now(shop: Shop) -> None:
    order = make_order(shop)
    make_ready(order)
    events.drain()
    messages.send_due()
    ready = Message.objects.get(purpose="pickup_ready")
    actor = staff_actor("customers.view", "orders.view", location_id=shop.lyon.pk)
    Order.objects.filter(pk=order.pk).update(email="new@example.com")

    again = messaging.send_again(message_id=ready.pk, actor=actor)

    messages.send_due()
    assert mail.outbox[-1].to == [again.recipient] == ["new@example.com"]
    assert "Your code:" in mail.outbox[-1].body
    Order.objects.filter(pk=order.pk).update(email="")
    with pytest.raises(NobodyToTell):
        messaging.send_again(message_id=ready.pk, actor=actor)
    elsewhere = staff_actor("customers.view", "orders.view", location_id=shop.nice.pk)
    Order.objects.filter(pk=order.pk).update(email="new@example.com")
    fulfilment.take_back(fulfilment_order_id=work_of(order).pk, actor=SYSTEM)
    with pytest.raises(CannotBeRepeated):
        messaging.send_again(message_id=ready.pk, actor=actor)
    with pytest.raises(NotFound):
        messaging.send_again(message_id=ready.pk, actor=elsewhere)
    assert Message.objects.filter(reference__startswith="again:").count() == 1


def test_a_code_is_never_sent_again() -> None:
    message = messages.queue_message(
        draft=messages.Draft(
            reference="x", purpose="code", medium="email", recipient="a@b.example", language="en",
            subject="s", text="t",
        ),
        actor=SYSTEM,
    )  # fmt: skip

    with pytest.raises(CannotBeRepeated):
        messaging.send_again(message_id=message.pk, actor=SYSTEM)


# --- money that goes back -------------------------------------------------------------------------


def happened(event: Event) -> list[str]:
    before = set(Message.objects.values_list("pk", flat=True))
    events.record(event, actor=SYSTEM)
    events.drain()
    return [row.purpose for row in Message.objects.exclude(pk__in=before)]


def refund(order: Order, **over: Any) -> RefundSucceeded:
    values: dict[str, Any] = {
        "refund_id": uuid7(),
        "payment_id": uuid7(),
        "order_id": order.pk,
        "channel_id": order.channel_id,
        "customer_id": None,
        "tender": "online",
        "amount_minor": 1999,
        "currency": "EUR",
        "reference": "cancel:1",
    }
    return RefundSucceeded(**values | over)


def test_money_back_is_told_once_whatever_it_was_for(shop: Shop) -> None:
    order = make_order(shop)
    events.drain()

    assert happened(refund(order)) == ["refunded"]
    assert happened(refund(order, tender="cash")) == []
    assert happened(refund(order, reference="return:1")) == []

    message = Message.objects.get(purpose="refunded")
    assert message.subject == f"You get €19.99 back for your order {order.number}"
    assert "(Card online)" in message.text


def test_a_return_is_told_when_it_came_and_when_it_is_settled(shop: Shop) -> None:
    order = make_order(shop)
    collect(order)
    guest = Order.objects.get(pk=order.pk)
    line = lines_of(guest)[0]
    case = aftersales.request_return(
        order_id=order.pk, units=[ReturnUnits(line.pk, 1)], actor=SYSTEM
    )
    events.drain()
    facts: dict[str, Any] = {
        "return_id": case.pk,
        "number": case.number,
        "kind": case.kind,
        "order_id": order.pk,
        "customer_id": None,
        "channel_id": order.channel_id,
        "location_id": None,
        "refund_minor": 1000,
        "currency": "EUR",
    }

    assert happened(ReturnReceived(**facts)) == ["return_received"]
    ReturnCase.objects.filter(pk=case.pk).update(money_status=MoneyState.SETTLED)
    # At a till both happen in one breath.
    assert happened(ReturnReceived(**facts)) == []
    assert happened(ReturnRefunded(**facts)) == ["return_refunded"]
    assert happened(ReturnRefunded(**facts | {"refund_minor": 0})) == []
    assert happened(ReturnRefunded(**facts | {"order_id": None})) == []
    assert "€10.00" in Message.objects.get(purpose="return_refunded").text
