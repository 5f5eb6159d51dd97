"""Writing orders, confirming, completing and failing them; counters that never overrun."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.forms.models import model_to_dict

from inventory.locations.models import Method
from inventory.stock.models import StockLevel
from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from orders.checkout.operations import ONLINE
from orders.sales import operations as sales
from orders.sales.drafts import AddressDraft, AdjustmentDraft, CreditDraft, lines_of
from orders.sales.models import (
    Adjustment,
    Order,
    OrderAddress,
    OrderChange,
    OrderLine,
    SalesCredit,
)
from orders.sales.operations import CounterDelta, EmptyOrder, QuantityExceeded
from tests.factories.customers import make_customer
from tests.factories.inventory import make_channel, make_location, make_variant
from tests.factories.orders import (
    make_line_draft,
    make_order,
    make_order_draft,
    make_shop,
    order_from_cart,
)

pytestmark = pytest.mark.django_db


def full_draft(**over):
    """A draft with everything that an order can have."""
    location, variant = make_location(), make_variant()
    lines = [
        make_line_draft(
            variant=variant,
            location=location,
            quantity=2,
            credits=[CreditDraft(location_id=location.pk)],
        ),
        make_line_draft(variant=variant, location=location, method=Method.SHIP),
    ]
    shipping = AdjustmentDraft(
        kind="shipping", net_minor=408, tax_minor=82, total_minor=490, tax_rate=Decimal("0.2")
    )
    address = AddressDraft(name="Eve", street="1 rue X", city="Lyon", country="FR")
    values = {
        "lines": lines,
        "adjustments": [shipping],
        "address": address,
        "customer_id": make_customer().pk,
        "cart_id": uuid7(),
        "is_confirmed": True,
    }
    return make_order_draft(**values | over)


def test_create_order_writes_all_its_parts():
    draft = full_draft()

    order = sales.create_order(draft=draft, actor=SYSTEM)

    stored = Order.objects.get()
    assert stored.number.startswith("W1")
    assert (stored.status, stored.total_minor, stored.tax_minor) == ("confirmed", 6487, 1081)
    assert model_to_dict(order) == model_to_dict(stored)
    lines = OrderLine.objects.order_by("position")
    assert [model_to_dict(line) for line in lines_of(draft)] == [model_to_dict(x) for x in lines]
    assert Adjustment.objects.get().total_minor == 490
    assert OrderAddress.objects.get().city == "Lyon"
    assert SalesCredit.objects.get().line_id == draft.lines[0].id
    types = list(StoredEvent.objects.filter(aggregatetype="order").order_by("id"))
    assert [row.type for row in types] == ["order.placed", "order.confirmed"]
    assert types[0].payload["total_minor"] == 6487


def test_create_orders_writes_the_same_rows_as_one_by_one():
    at = datetime(2011, 12, 9, 12, 50, tzinfo=UTC)
    base = full_draft(number="536365", cart_id=None, placed_at=at)
    twin = replace(
        base, id=uuid7(), number="536366", lines=[replace(x, id=uuid7()) for x in base.lines]
    )
    third = replace(twin, id=uuid7(), number="", lines=[replace(twin.lines[0], id=uuid7())])

    sales.create_order(draft=base, actor=SYSTEM)
    single = _image(base)
    sales.create_orders(drafts=[twin, third], actor=SYSTEM)

    assert _image(twin) == single
    assert Order.objects.get(pk=third.id).number.startswith("W")
    moments = StoredEvent.objects.filter(type="order.placed").values_list("occurred_at", flat=True)
    assert set(moments) == {at}


def _image(draft):
    """All that was written for a draft, without its own keys."""
    own = {"id", "number", "order", "order_id", "line", "line_id"}

    def bare(row):
        return {name: value for name, value in row.items() if name not in own}

    return {
        "order": bare(Order.objects.filter(pk=draft.id).values().get()),
        "parts": [
            [bare(row) for row in model.objects.filter(order_id=draft.id).order_by(key).values()]
            for model, key in ((OrderLine, "position"), (Adjustment, "pk"), (OrderAddress, "pk"))
        ],
        "credits": [
            bare(row) for row in SalesCredit.objects.filter(line__order_id=draft.id).values()
        ],
        "events": [
            (row.type, row.occurred_at, row.payload["total_minor"] if "total" in row.payload else 0)
            for row in StoredEvent.objects.filter(aggregateid=draft.id).order_by("id")
        ],
    }


def test_create_order_costs_two_statements(django_assert_num_queries):
    draft = full_draft()
    make_order()  # the month of events is known from here on

    with django_assert_num_queries(4) as queries:  # a savepoint of the test around them
        sales.create_order(draft=draft, actor=SYSTEM)

    assert sum("SAVEPOINT" not in (query["sql"] or "") for query in queries) == 2


@pytest.mark.parametrize("lines", [[], [make_line_draft]])
def test_create_order_refuses_what_is_no_order(lines):
    drafts = [make() for make in lines]
    drafts = [replace(line, total_minor=-1, net_minor=-1, tax_minor=0) for line in drafts]
    draft = make_order_draft(lines=drafts)

    with pytest.raises(EmptyOrder):
        sales.create_order(draft=draft, actor=SYSTEM)

    assert not Order.objects.exists()
    assert not StoredEvent.objects.filter(aggregatetype="order").exists()


def test_confirm_order_confirms_once():
    order = make_order()

    sales.confirm_order(order_id=order.pk, actor=SYSTEM)
    again = sales.confirm_order(order_id=order.pk, actor=SYSTEM)

    assert again.status == "confirmed"
    assert again.confirmed_at is not None
    assert StoredEvent.objects.filter(type="order.confirmed").count() == 1


def test_confirm_order_refuses_orders_that_are_over():
    order = make_order()
    sales.fail_order(order_id=order.pk, reason="not_paid_in_time", actor=SYSTEM)

    with pytest.raises(InvalidTransition):
        sales.confirm_order(order_id=order.pk, actor=SYSTEM)

    assert Order.objects.get().status == "failed"
    assert not StoredEvent.objects.filter(type="order.confirmed").exists()


def test_confirm_order_does_not_know_unknown_orders():
    with pytest.raises(NotFound):
        sales.confirm_order(order_id=uuid7(), actor=SYSTEM)


def test_complete_if_settled_waits_for_goods_and_money():
    order = make_order(is_confirmed=True)
    line = order.lines.get()

    assert not sales.complete_if_settled(order_id=order.pk, actor=SYSTEM)
    sales.add_counters(line_id=line.pk, fulfilled=1)
    assert not sales.complete_if_settled(order_id=order.pk, actor=SYSTEM)
    sales.set_axis(order=order, axis="payment_status", value="paid")

    assert sales.complete_if_settled(order_id=order.pk, actor=SYSTEM)
    assert sales.complete_if_settled(order_id=order.pk, actor=SYSTEM)
    assert Order.objects.get().closed_at is not None
    assert StoredEvent.objects.filter(type="order.completed").count() == 1


def test_fail_order_frees_its_stock_once():
    shop = make_shop(stock=10)
    order = order_from_cart(shop, 3, payment=ONLINE).order

    sales.fail_order(order_id=order.pk, reason="not_paid_in_time", actor=SYSTEM)
    sales.fail_order(order_id=order.pk, reason="not_paid_in_time", actor=SYSTEM)

    assert Order.objects.get().status == "failed"
    assert StockLevel.objects.get(variant=shop.variant).committed == 0
    assert OrderChange.objects.get().reason == "not_paid_in_time"
    assert StoredEvent.objects.filter(type="order.failed").count() == 1


@pytest.mark.parametrize(
    "delta",
    [
        {"fulfilled": 4},
        {"cancelled": 4},
        {"fulfilled": 2, "cancelled": 2},
        {"returned": 1},
        {"fulfilled": -1},
        {"cancelled_minor": -1},
        {"cancelled_minor": 5998},
    ],
)
def test_add_counters_refuses_what_does_not_nest(delta):
    order = make_order(lines=[make_line_draft(quantity=3)])
    line = order.lines.get()

    with pytest.raises(QuantityExceeded) as caught:
        sales.add_counters(line_id=line.pk, **delta)

    assert caught.value.details == {"lines": [str(line.pk)]}
    line.refresh_from_db()
    assert (line.quantity_fulfilled, line.quantity_cancelled, line.quantity_returned) == (0, 0, 0)


def test_add_counters_to_lines_changes_all_or_none():
    drafts = [make_line_draft(quantity=2), make_line_draft(quantity=2)]
    order = make_order(lines=drafts)
    first, second = order.lines.order_by("position")

    sales.add_counters_to_lines(
        deltas=[
            CounterDelta(line_id=second.pk, fulfilled=2, returned=1),
            CounterDelta(line_id=first.pk, cancelled=1, cancelled_minor=1999),
        ]
    )
    with pytest.raises(QuantityExceeded):
        sales.add_counters_to_lines(
            deltas=[
                CounterDelta(line_id=first.pk, fulfilled=1),
                CounterDelta(line_id=second.pk, fulfilled=1),
            ]
        )

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.quantity_fulfilled, first.quantity_cancelled) == (0, 1)
    assert (second.quantity_fulfilled, second.quantity_returned) == (2, 1)


def test_refresh_functions_store_what_the_lines_say():
    order = make_order(lines=[make_line_draft(quantity=2)])
    line = order.lines.get()

    sales.add_counters(line_id=line.pk, fulfilled=1)
    sales.refresh_fulfilment(order_id=order.pk)
    assert Order.objects.get().fulfilment_status == "partly_fulfilled"
    sales.add_counters(line_id=line.pk, fulfilled=1, returned=1)
    sales.refresh_fulfilment(order_id=order.pk)
    sales.refresh_returns(order_id=order.pk, has_open_case=False)

    stored = Order.objects.get()
    assert (stored.fulfilment_status, stored.return_status) == ("fulfilled", "partly_returned")


def test_add_cancelled_amount_stays_within_the_total():
    order = make_order()

    with pytest.raises(sales.AmountExceeded):
        sales.add_cancelled_amount(order=order, amount_minor=2000)
    sales.add_cancelled_amount(order=order, amount_minor=1999)

    assert Order.objects.get().due_minor == 0


def test_orders_of_one_cart_cannot_be_two():
    cart_id = uuid7()
    make_order(cart_id=cart_id, channel=make_channel())

    with pytest.raises(Exception, match="cart_id"):
        make_order(cart_id=cart_id)
